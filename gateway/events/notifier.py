"""Telling people, when the page is not in front, what they chose to be told: by Web Push and by e-mail.

Whom to tell what by now, api.claim_notices() knows. It has taken that out of the database before anything is sent: a
person is told at most once, and nothing is tried again. What is true only on the page (whose lead it is by now) is
there a click away.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from gateway.core.loop import Loop
from gateway.core.settings import Settings
from gateway.database.calls import Database, Unavailable
from gateway.events.mail import Mailer
from gateway.events.outgoing import Outcome, new_client, outcome_of, post
from gateway.events.web_push import Shown, Subscription, Voucher, message_for

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 32
SECONDS_BETWEEN_LOOKS = 1.0
LONGEST_PAUSE = 5.0
SECONDS_TO_FINISH = 5.0


class Lead(msgspec.Struct):
    """A lead that a notice is about; `id` is None for a task about no lead."""

    id: UUID | None
    name: str | None
    city: str | None
    source: str | None


class Notice(msgspec.Struct):
    """So many things of one kind, with some of their leads; `until` is when the first claim runs out."""

    kind: str
    count: int
    leads: list[Lead]
    until: str | None


class Notifier:
    """Claims notices and sends them, several at once, until it is stopped."""

    def __init__(self, keeper: Database, settings: Settings) -> None:
        self._keeper = keeper
        self._mailer = Mailer(settings.mail_server)
        self._voucher = Voucher(settings)
        self._allow_private = settings.allow_private_destinations
        self._client = new_client()
        self._loop = Loop(
            "telling people", self._claim, pause=SECONDS_BETWEEN_LOOKS, longest=LONGEST_PAUSE, outage=Unavailable
        )
        self._at_work: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to tell. Succeeds while the server is down."""
        self._loop.start()

    async def stop(self) -> None:
        """Claim no more, and let what is under way come to an end for some seconds."""
        await self._loop.stop()
        if self._at_work:
            _, late = await asyncio.wait(self._at_work, timeout=SECONDS_TO_FINISH)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        await self._client.aclose()

    async def _claim(self) -> None:
        """Each person's in a task of its own: a slow push service delays nobody else."""
        places = MOST_AT_ONCE - len(self._at_work)
        if places <= 0:
            return
        for claimed in await self._keeper.rows("claim_notices", places):
            task = asyncio.create_task(self._tell(dict(claimed)))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    async def _tell(self, claimed: Mapping[str, Any]) -> None:
        try:
            notices = msgspec.json.decode(claimed["notices"], type=list[Notice])
            if claimed["way"] == "email":
                outcome = await self._mailer.hand_in(mail_of(self._mailer.sender, claimed["address"], notices))
                if outcome.result != "delivered":
                    log.warning("a person could not be told", user=str(claimed["user_id"]), answer=outcome.answer)
                return
            async with asyncio.TaskGroup() as group:
                for subscription in msgspec.json.decode(claimed["subscriptions"], type=list[Subscription]):
                    group.create_task(self._push(claimed["workspace_id"], subscription, notices))
        except Exception as error:
            log.error("telling a person failed", user=str(claimed["user_id"]), exc_info=error)

    async def _push(self, workspace_id: int, subscription: Subscription, notices: list[Notice]) -> None:
        outcome = Outcome("delivered", "")
        for notice in notices:
            body, headers = message_for(subscription, shown_of(notice), self._voucher)
            endpoint = subscription.endpoint
            outcome = await post(
                self._client, endpoint, body, headers, allow_private=self._allow_private, read=understood
            )
            if outcome.result != "delivered":
                break
        await self._keeper.rows("finish_push", workspace_id, UUID(subscription.id), outcome.result)


def understood(status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """What a push service answers: a subscription that it does not know any more is gone (RFC 8030, 7.3)."""
    outcome = outcome_of(status, headers, body)
    return outcome._replace(result="gone") if status == 404 else outcome


def shown_of(notice: Notice) -> Shown:
    """What a browser shows of a notice. No phone and no e-mail address: a locked screen shows it to everybody."""
    if notice.count == 1:
        lead = notice.leads[0]
        about = " · ".join(filter(None, (lead.city, lead.source, notice.until and f"claim by {notice.until}")))
        body = about if notice.kind == "new_leads" else ""
        return Shown(title_of(notice), body, f"/leads/{lead.id}" if lead.id else "/", notice.kind)
    names = [lead.name for lead in notice.leads if lead.name]
    return Shown(title_of(notice), ", ".join(names[:3]) + (" …" if notice.count > 3 else ""), "/", notice.kind)


def title_of(notice: Notice) -> str:
    """What there is to know, in a few words."""
    name = (notice.leads[0].name or "a lead without a name") if notice.count == 1 else ""
    match notice.kind:
        case "new_leads":
            return f"New lead: {name}" if name else f"{notice.count:,} new leads"
        case "claims_running_out":
            return f"Claim {name or f'{notice.count:,} leads'} by {notice.until}"
    return f"Due now: {name}" if name else f"{notice.count:,} call-backs are due"


def mail_of(sender: str, address: str, notices: list[Notice]) -> EmailMessage:
    """One e-mail with all there is."""
    lines = []
    for notice in notices:
        lines.append(title_of(notice))
        if notice.count > 1:
            lines += [f"  {lead.name}" for lead in notice.leads if lead.name]
            lines += ["  ..."] if notice.count > len(notice.leads) else []
    message = EmailMessage()
    message["From"] = sender
    message["To"] = address
    message["Subject"] = "; ".join(" ".join(title_of(notice).split()) for notice in notices)[:150]
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = f"<notice_{secrets.token_hex(12)}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "\n".join([*lines, "", "Sent by Fairlead. What you are told of you choose on your account page."])
    )
    return message
