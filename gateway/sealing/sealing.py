"""Sealing on the gateway's ways in and out: leads are sealed before PostgreSQL sees them, and its answers opened.

There is one place for each: `seal` before a lead is put in a batch or previewed, `hashes_of` for a search,
`opened` behind every answer to people, every event of the feed and every delivery. PostgreSQL puts the field "sealed"
beside hashes only for people who may see phones; without it the hashes stay.
"""

from __future__ import annotations

import binascii
import re
import time
from base64 import b64decode, b64encode
from typing import NamedTuple, TypeVar

import msgspec
import structlog

from gateway.core.settings import SettingsError
from gateway.database.calls import SECONDS_TO_LOOK_UP, Database, answered_within
from gateway.sealing.keys import Sealer, UnknownKey, sealer_of
from gateway.sealing.phones import normalize_email, read_phones

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

# As jsonb is written. Never the first field of an object; within a text the quotes would be escaped.
FIELD = re.compile(r', "sealed": "([A-Za-z0-9+/]{40,}={0,2})"')
HASH = re.compile(r'"(sealed[:-][0-9a-f]{32})"')
# A hash may have been taken by another contact, so a value has up to so many; see api.choose_hashes().
PLACES_SEARCHED = 3
# So long after they were changed a workspace's placeholders may count on.
REMEMBERED_SECONDS = 5.0


class Sealed(NamedTuple):
    """What is stored of a phone and an e-mail: they or their hashes, and all sealed, in base64, or empty.

    `other_phones` are hashes of further numbers in the phone, and last, where not all of it could be read, of the
    whole text.
    """

    phone: str | None
    email: str | None
    values: bytes
    other_phones: list[str] | None = None


class Sealing:
    """Where nothing is sealed: all goes in and out as it is. `seals` says whether that is so."""

    seals = False

    async def seal(self, workspace_id: int, phone: str | None, email: str | None) -> Sealed:
        """What is stored of a lead's phone and e-mail. Raises Unavailable."""
        return Sealed(phone, email, b"")

    def seal_bytes(self, workspace_id: int, content: bytes) -> bytes:
        """Anything else that is kept for a while, such as a piece of a file."""
        return content

    async def open_bytes(self, workspace_id: int, sealed: bytes) -> bytes:
        """What `seal_bytes` was given. Raises Unavailable, UnknownKey, or ValueError for another workspace's."""
        return sealed

    async def hashes_of(self, workspace_id: int, search: str) -> list[str] | None:
        """What a phone or e-mail that is searched for would be as a sealed one. Raises Unavailable."""
        return None

    async def opened(self, answer: Answer, workspace_id: int) -> Answer | str:
        """An answer of the database with the values in the place of hashes, where it came with what is sealed."""
        return answer


class SealingByKeys(Sealing):
    """Seals and opens with the keys of the environment, `keys`, and those that `keeper` reads from the database."""

    seals = True

    def __init__(self, sealer: Sealer, keys: tuple[bytes, ...], keeper: Database) -> None:
        self._sealer = sealer
        self._keys = keys
        self._keeper = keeper
        self._countries: dict[int, str] = {}
        self._placeholders: dict[int, tuple[float, re.Pattern[str] | None]] = {}

    async def seal(self, workspace_id: int, phone: str | None, email: str | None) -> Sealed:
        values: dict[str, str] = {}
        phones = [
            await self._hashed(workspace_id, "phone", said, values) for said in await self._phones(workspace_id, phone)
        ]
        address = normalize_email(email or "")
        email = None if address is None else await self._hashed(workspace_id, "email", address, values)
        sealed = b64encode(self._sealer.seal(workspace_id, values)) if values else b""
        return Sealed(phones[0] if phones else None, email, sealed, phones[1:] or None)

    def seal_bytes(self, workspace_id: int, content: bytes) -> bytes:
        return self._sealer.seal_bytes(workspace_id, content)

    async def open_bytes(self, workspace_id: int, sealed: bytes) -> bytes:
        try:
            return self._sealer.open_bytes(workspace_id, sealed)
        except UnknownKey:
            await self._read_keys()
        return self._sealer.open_bytes(workspace_id, sealed)

    async def hashes_of(self, workspace_id: int, search: str) -> list[str] | None:
        values = [("phone", said) for said in await self._phones(workspace_id, search)]
        if email := normalize_email(search):
            values.append(("email", email))
        return [
            self._sealer.hash_of(workspace_id, kind, value, place, is_nobody=is_nobody)
            for kind, value in values
            for place, is_nobody in ((0, True), *((place, False) for place in range(PLACES_SEARCHED)))
        ]

    async def opened(self, answer: Answer, workspace_id: int) -> Answer | str:
        if not isinstance(answer, str) or '"sealed": "' not in answer:
            return answer
        try:
            return self._open(answer, workspace_id)
        except UnknownKey:
            await self._read_keys()
        try:
            return self._open(answer, workspace_id)
        except UnknownKey:
            log.error("something is sealed with a data key that is not there", workspace=workspace_id)
            return answer

    def _open(self, answer: str, workspace_id: int) -> str:
        plain: dict[str, str] = {}

        def take_out(found: re.Match[str]) -> str:
            try:
                plain.update(self._sealer.open(workspace_id, b64decode(found[1], validate=True)))
            except (ValueError, binascii.Error):
                return found[0]
            return ""

        without = FIELD.sub(take_out, answer)
        return HASH.sub(lambda found: _quoted(plain.get(found[1], found[1])), without)

    async def _hashed(self, workspace_id: int, kind: str, value: str, values: dict[str, str]) -> str:
        placeholders = await self._placeholders_of(workspace_id)
        is_nobody = placeholders is not None and placeholders.match(value) is not None
        hashed = self._sealer.hash_of(workspace_id, kind, value, is_nobody=is_nobody)
        values[hashed] = value
        return hashed

    async def _placeholders_of(self, workspace_id: int) -> re.Pattern[str] | None:
        known = self._placeholders.get(workspace_id)
        if known is None or known[0] < time.monotonic():
            async with answered_within(SECONDS_TO_LOOK_UP):
                [(pattern,)] = await self._keeper.rows("read_placeholders", workspace_id)
            known = time.monotonic() + REMEMBERED_SECONDS, None if pattern is None else re.compile(pattern)
            self._placeholders[workspace_id] = known
        return known[1]

    async def _phones(self, workspace_id: int, phone: str | None) -> list[str]:
        """The numbers in a phone, and last the text itself where they are not all of it."""
        given = (phone or "").strip(" ")
        if not given:
            return []
        country = self._countries.get(workspace_id)
        if country is None:
            async with answered_within(SECONDS_TO_LOOK_UP):
                country = self._countries[workspace_id] = (await self._keeper.rows("read_country", workspace_id))[0][0]
        read = read_phones(given, country)
        return read.numbers if read.is_whole else [*read.numbers, given]

    async def _read_keys(self) -> None:
        """Another data key is in use since this gateway began."""
        try:
            self._sealer = sealer_of(await self._keeper.rows("read_sealing_keys"), self._keys)
        except SettingsError as error:
            log.error("the data keys cannot be read", error=str(error))


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
