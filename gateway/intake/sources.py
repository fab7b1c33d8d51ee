"""Which source is posting: by its token, or by a Standard Webhooks signature made with its signing secret."""

from __future__ import annotations

import base64
import hmac
import time
from contextlib import suppress
from typing import NamedTuple

import asyncpg
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.core.dates import ANYWHERE, Customs, customs_of
from gateway.core.problems import Problem
from gateway.core.tokens import token_hash
from gateway.database.calls import SECONDS_TO_LOOK_UP, Database, answered_within
from gateway.http.limits import Buckets, Limit
from gateway.intake.kinds import Kind, kind_called
from gateway.intake.mapping import Mapping, mapping_of

# Who a token or signature belongs to, and the source's limit and mapping, may be remembered this long. Whether it has
# been revoked or the key has expired meanwhile, the database says when it is to store the lead.
REMEMBERED_SECONDS = 5.0


class Source(NamedTuple):
    """A source that may hand leads in, recognised by its key of this generation, or by its form.

    `mapping` says what the sender calls the fields of a lead, if not as we do; of a `kind` (None: plain), with all that
    the kind says of it. `customs` is how it writes dates.
    """

    id: int
    workspace_id: int
    name: str
    generation: int | None
    limit: Limit | None
    mapping: Mapping | None
    customs: Customs = ANYWHERE
    kind: Kind | None = None


def signing_secret(secret_key: bytes, source_id: int, generation: int = 1) -> str:
    """The Standard Webhooks secret (`whsec_...`) of a source's key: derived from the gateway's key, not stored."""
    name = b"source:%d" % source_id if generation == 1 else b"source:%d:%d" % (source_id, generation)
    return "whsec_" + base64.b64encode(hmac.digest(secret_key, name, "sha256")).decode()


class Sources:
    """Finds sources, and remembers for a few seconds those it found."""

    def __init__(self, database: Database, secret_key: bytes) -> None:
        self._database = database
        self._secret_key = secret_key
        self._by_authorization: dict[bytes, tuple[float, Source]] = {}
        self._signers: list[tuple[Webhook, Source]] = []
        self._signers_read = float("-inf")
        self._buckets = Buckets()

    def remembered(self, authorization: bytes) -> Source | None:
        """The source of an Authorization header seen within the last few seconds."""
        found = self._by_authorization.get(authorization)
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def count(self, source: Source) -> None:
        """Count a lead against the source's limit, if it has one. Raises Problem 429."""
        if source.limit is not None:
            self._buckets.take(source.id, source.limit)

    async def by_token(self, authorization: bytes) -> Source:
        """The source of the header `Authorization: Bearer <token>`. Raises Problem 401, or Unavailable."""
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not token.strip():
            raise refused("Send the source's token as Authorization: Bearer <token>.")
        async with answered_within(SECONDS_TO_LOOK_UP):
            rows = await self._database.rows("find_source", token_hash(token.strip()))
        if not rows:
            self._by_authorization.pop(authorization, None)
            raise refused("This token belongs to no source. Look it up, or make a new source.")
        source = source_of(rows[0])
        self._by_authorization[authorization] = (time.monotonic() + REMEMBERED_SECONDS, source)
        return source

    async def by_signature(self, headers: dict[str, str], body: bytes, source_id: int | None) -> Source:
        """The source whose secret signed `body`; only `source_id` is tried if given.

        Raises Problem 401 for a signature that is wrong, stale or of no known source, or Unavailable.
        """
        if time.monotonic() - self._signers_read < REMEMBERED_SECONDS:
            with suppress(Problem):
                return self._verify(headers, body, source_id)
        # The source may have been made a moment ago.
        await self._read_signers()
        return self._verify(headers, body, source_id)

    async def _read_signers(self) -> None:
        async with answered_within(SECONDS_TO_LOOK_UP):
            rows = await self._database.rows("list_sources")
        self._signers = [
            (Webhook(signing_secret(self._secret_key, row["source_id"], row["generation"])), source_of(row))
            for row in rows
        ]
        self._signers_read = time.monotonic()

    def _verify(self, headers: dict[str, str], body: bytes, source_id: int | None) -> Source:
        reason = "No source has this number."
        for webhook, source in self._signers:
            if source_id is not None and source.id != source_id:
                continue
            try:
                webhook.verify(body, headers, json_parse=False)
                return source
            except (WebhookVerificationError, ValueError) as error:  # ValueError: a header in no known form
                reason = f"{error}."
        raise refused(f"The signature was refused: {reason} Sign with the source's secret, and send the current time.")


def source_of(row: asyncpg.Record) -> Source:
    """The source that the database tells of."""
    per_minute = row["leads_per_minute"]
    limit = None if per_minute is None else Limit(per_minute, row["burst"])
    kind = kind_called(row["kind"])
    mapping = mapping_of(row["mapping"] if kind is None else kind.with_mapping(row["mapping"]))
    customs = customs_of(row["country"], row["timezone"], row["date_order"])
    generation = row.get("generation")
    return Source(row["source_id"], row["workspace_id"], row["name"], generation, limit, mapping, customs, kind)


def refused(detail: str) -> Problem:
    """401: who is posting is not known."""
    return Problem(401, detail, headers={"www-authenticate": 'Bearer realm="leads"'})
