"""A source's secret address, for senders that can be given an address and nothing else: /in/{key}.

A key is the number of the source, the generation of the source's key, and a hash of both made with the gateway's own
key. So nothing secret is stored, a wrong address is refused without a question to the database, and the address is
renewed with the source's key: the one before works on while the old key does. It is a path, and paths are logged: this
one is called by ROUTE wherever something is told of it.

The secret that a sender made itself is stored, encrypted with a key derived from the gateway's.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import time
from typing import NamedTuple

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.database.calls import SECONDS_TO_LOOK_UP, Database, answered_within
from gateway.http.limits import Buckets, Limit
from gateway.http.scope import ADDRESS
from gateway.intake.sources import REMEMBERED_SECONDS, Source, refused, source_of

log = structlog.get_logger(__name__)

ROUTE = f"{ADDRESS}{{key}}"
NONCE_BYTES = 12
# Of wrong addresses, from each network address.
WRONG = Limit(per_minute=60, burst=60)
MOST_NETWORKS = 10_000

_KEY = re.compile(r"([1-9][0-9]{0,8})-([1-9][0-9]{0,8})-([A-Za-z0-9_-]{43})")


class Addressed(NamedTuple):
    """A source found by its address, and the secret of its sender, if one was set."""

    source: Source
    secret: str | None


class Addresses:
    """Makes secret addresses, and finds sources by them; seals the secrets of senders."""

    def __init__(self, database: Database, secret_key: bytes) -> None:
        self._database = database
        self._key = hmac.digest(secret_key, b"secret addresses", "sha256")
        self._cipher = AESGCM(hmac.digest(secret_key, b"sender secrets", "sha256"))
        self._known: dict[tuple[int, int], tuple[float, Addressed]] = {}
        self._wrong = Buckets(whose="network", most=MOST_NETWORKS)

    def path_of(self, source_id: int, generation: int) -> str:
        """The path of the address that goes with a source's key of this generation."""
        digest = hmac.digest(self._key, b"%d-%d" % (source_id, generation), "sha256")
        return f"{ADDRESS}{source_id}-{generation}-{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"

    async def find(self, path: str, network: str) -> Addressed:
        """The source of an address. Raises Problem 401, 429 for too many wrong ones from a network, or Unavailable."""
        found = _KEY.fullmatch(path.removeprefix(ADDRESS))
        source_id, generation = (int(found[1]), int(found[2])) if found else (0, 0)
        if found is None or not hmac.compare_digest(path, self.path_of(source_id, generation)):
            self._wrong.take(network, WRONG)
            raise refused("This address belongs to no source. Copy it again from the source's page.")
        known = self._known.get((source_id, generation))
        if known is not None and known[0] > time.monotonic():
            return known[1]
        async with answered_within(SECONDS_TO_LOOK_UP):
            rows = await self._database.rows("find_key", source_id, generation)
        if not rows:
            self._known.pop((source_id, generation), None)
            raise refused(
                "Its source was revoked, or has a new address. Copy the address again from the source's page."
            )
        sealed = rows[0]["sender_secret"]
        addressed = Addressed(source_of(rows[0]), None if sealed is None else self._open(source_id, sealed))
        self._known[source_id, generation] = (time.monotonic() + REMEMBERED_SECONDS, addressed)
        return addressed

    def forget(self, source_id: int) -> None:
        """Ask the database again, at once, for a source that has changed."""
        self._known = {key: known for key, known in self._known.items() if key[0] != source_id}

    def seal(self, source_id: int, secret: str) -> bytes:
        """The secret of a source's sender as it is stored."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), b"source %d" % source_id)

    def _open(self, source_id: int, sealed: bytes) -> str:
        """Raises Problem 401 when it was sealed with another key: nobody is let in unasked then."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], b"source %d" % source_id).decode()
        except InvalidTag:
            log.error("a sender's secret was stored with another secret key", source=source_id)
            raise refused("The sender's secret cannot be read any more. Set it again on the source's page.") from None
