"""Delivering events to where workspaces want them: signed webhooks, e-mails, texts in chats.

The tick puts deliveries in the database; every gateway claims some, tries them, and says what came of it. Which may
go, in which order and when again, api.claim_deliveries() and api.finish_delivery() know. A claim lasts a minute: of a
gateway that is killed in the middle another takes it over, so that everything is delivered at least once.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import asyncpg
import msgspec
import structlog
from standardwebhooks import Webhook

from gateway.core.loop import Loop
from gateway.core.readable import decode_any
from gateway.core.settings import Settings
from gateway.database.calls import Database, Unavailable
from gateway.events.mail import Mailer
from gateway.events.outgoing import Outcome, new_client, post
from gateway.events.texts import CHATS, message_of, understood
from gateway.sealing.sealing import Sealing

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 64
SECONDS_BETWEEN_LOOKS = 1.0
LONGEST_PAUSE = 5.0
# In-flight tries are given this long when the gateway ends; the rest is tried again by another, a minute later.
SECONDS_TO_FINISH = 5.0

USER_AGENT = "Fairlead"


class _Kind(msgspec.Struct):
    kind: str
    at: str


_kind = msgspec.json.Decoder(_Kind).decode


def signing_secret(secret_key: bytes, destination_id: int, generation: int) -> str:
    """The Standard Webhooks secret (`whsec_...`) of a destination: derived from the gateway's key, not stored."""
    digest = hmac.digest(secret_key, b"destination:%d:%d" % (destination_id, generation), "sha256")
    return "whsec_" + base64.b64encode(digest).decode()


def message_id(delivery: Mapping[str, Any]) -> str:
    """What a receiver tells repetitions by: the same at every try."""
    return f"evt_{delivery['destination_id']}_{delivery['seq']}"


def signed(delivery: Mapping[str, Any], secret_key: bytes, now: datetime) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a webhook: {type, timestamp, data}, signed by every secret in use."""
    event = _kind(delivery["payload"])
    kind, at = msgspec.json.encode(event.kind).decode(), msgspec.json.encode(event.at).decode()
    body = f'{{"type":{kind},"timestamp":{at},"data":{delivery["payload"]}}}'
    secrets = [
        signing_secret(secret_key, delivery["destination_id"], generation) for generation in delivery["generations"]
    ]
    headers = {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message_id(delivery),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id(delivery), now, body) for secret in secrets),
    }
    return body.encode(), headers


class Deliverer:
    """Claims deliveries and makes them, several at once, until it is stopped."""

    def __init__(self, keeper: Database, settings: Settings, sealing: Sealing) -> None:
        self._keeper = keeper
        self._secret_key = settings.secret_key
        self._mailer = Mailer(settings.mail_server)
        self._allow_private = settings.allow_private_destinations
        self._sealing = sealing
        self._client = new_client()
        self._loop = Loop(
            "delivering", self._claim, pause=SECONDS_BETWEEN_LOOKS, longest=LONGEST_PAUSE, outage=Unavailable
        )
        self._at_work: dict[int, asyncio.Task[None]] = {}
        self._in_hand = 0

    def start(self) -> None:
        """Begin to deliver. Succeeds while the server is down."""
        self._loop.start()

    async def stop(self) -> None:
        """Claim no more, let what is under way come to an end for some seconds, and leave the rest."""
        await self._loop.stop()
        if self._at_work:
            _, late = await asyncio.wait(self._at_work.values(), timeout=SECONDS_TO_FINISH)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        await self._client.aclose()

    async def _claim(self) -> None:
        """Woken by what became free, behind which more may wait; otherwise the tick brings news once a second."""
        claimed = await self._keeper.rows("claim_deliveries", MOST_AT_ONCE - self._in_hand, list(self._at_work))
        for destination_id, deliveries in groupby(claimed, lambda row: int(row["destination_id"])):
            self._begin(destination_id, list(deliveries))

    def _begin(self, destination_id: int, deliveries: list[asyncpg.Record]) -> None:
        """One destination's claims go together, and it gets no more before they are done: a slow one delays itself."""
        task = asyncio.create_task(self._deliver_all(deliveries), name=f"deliveries to {destination_id}")
        self._at_work[destination_id] = task
        self._in_hand += len(deliveries)

        def done(_: asyncio.Task[None]) -> None:
            del self._at_work[destination_id]
            self._in_hand -= len(deliveries)
            self._loop.wake()

        task.add_done_callback(done)

    async def _deliver_all(self, deliveries: list[asyncpg.Record]) -> None:
        async with asyncio.TaskGroup() as group:
            for delivery in deliveries:
                group.create_task(self._deliver(delivery))

    async def _deliver(self, delivery: asyncpg.Record) -> None:
        try:
            outcome = await self._try(delivery)
        except Exception as error:
            log.error("a delivery failed unexpectedly", delivery=message_id(delivery), exc_info=error)
            outcome = Outcome("failed", "Something went wrong in Fairlead; it is logged")
        try:
            await self._keeper.rows(
                "finish_delivery",
                delivery["workspace_id"],
                delivery["destination_id"],
                delivery["seq"],
                delivery["try"],
                *outcome,
            )
        except Exception as error:
            # It is due again when the claim is over, and then delivered twice.
            log.warning("what came of a delivery could not be saved", delivery=message_id(delivery), error=str(error))

    async def _try(self, claimed: asyncpg.Record) -> Outcome:
        delivery = dict(claimed)
        delivery["payload"] = await self._sealing.opened(delivery["payload"], delivery["workspace_id"])
        if delivery["kind"] == "email":
            event = decode_any(delivery["payload"])
            return await self._mailer.send(delivery["address"], message_id(delivery), event)
        if delivery["kind"] in CHATS:
            address, body = message_of(delivery, decode_any(delivery["payload"]))
            headers = {"content-type": "application/json", "user-agent": USER_AGENT}
            return await post(self._client, address, body, headers, allow_private=self._allow_private, read=understood)
        body, headers = signed(delivery, self._secret_key, datetime.now(UTC))
        return await post(self._client, delivery["address"], body, headers, allow_private=self._allow_private)
