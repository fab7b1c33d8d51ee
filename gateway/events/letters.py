"""E-mails to people about signing in: invitations, and links to set another password.

They are rows of the database until they are sent, so that none is lost with a gateway. What strangers asked for is
looked at here, too, when nobody waits for the answer any more.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from gateway.core.loop import Loop
from gateway.core.settings import MailServer, Settings
from gateway.database.calls import Database, Unavailable
from gateway.events.mail import Mailer, new_message, rendered
from gateway.people.links import address_of_link

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 20
SECONDS_BETWEEN_LOOKS = 1.0
LONGEST_PAUSE = 5.0


class Letters:
    """Sends what is due, once a second. Without a mail server it does nothing: links are copied then."""

    def __init__(self, keeper: Database, settings: Settings) -> None:
        self._keeper = keeper
        self._secret_key = settings.secret_key
        self._server = settings.mail_server
        self._mailer = Mailer(settings.mail_server)
        self._loop = Loop(
            "sending letters", self._look, pause=SECONDS_BETWEEN_LOOKS, longest=LONGEST_PAUSE, outage=Unavailable
        )

    def start(self) -> None:
        """Begin. Succeeds while the server is down."""
        if self._server is not None:
            self._loop.start()

    async def stop(self) -> None:
        """End; what is under way is sent again by the next gateway."""
        await self._loop.stop()

    async def _look(self) -> bool:
        """Whether there may be more."""
        asked = await self._keeper.rows("claim_resets", MOST_AT_ONCE)
        # Each in a transaction of its own: a workspace that is stuck delays no other.
        await asyncio.gather(*(self._begin(row[0]) for row in asked))
        due = await self._keeper.rows("claim_letters", MOST_AT_ONCE)
        assert self._server is not None, "it was not started without one"
        await asyncio.gather(*(self._send(self._server, dict(row)) for row in due))
        return MOST_AT_ONCE in (len(asked), len(due))

    async def _begin(self, asked: UUID) -> None:
        try:
            await self._keeper.rows("begin_reset", asked)
        except Exception as error:
            log.warning("a link to set another password could not be made; trying again", error=str(error))

    async def _send(self, server: MailServer, letter: Mapping[str, Any]) -> None:
        try:
            outcome = await self._mailer.hand_in(written(server.sender, self._secret_key, letter))
            is_sent, answer = outcome.result == "delivered", outcome.answer
        except Exception as error:
            log.error("a letter failed unexpectedly", link=str(letter["link_id"]), exc_info=error)
            is_sent, answer = False, "Something went wrong in Fairlead; it is logged"
        try:
            ids = (letter["workspace_id"], letter["user_id"], letter["link_id"])
            await self._keeper.rows("finish_letter", *ids, is_sent, answer)
        except Exception as error:
            # It is due again when the claim is over, and then sent twice.
            log.warning("what came of a letter could not be saved", link=str(letter["link_id"]), error=str(error))


def written(sender: str, secret_key: bytes, letter: Mapping[str, Any]) -> EmailMessage:
    """The e-mail of a link as api.claim_letters() tells of it, as plain text and HTML."""
    until = f"{letter['expires_at'].astimezone(ZoneInfo(letter['timezone'])):%d %b %Y, %H:%M} ({letter['timezone']})"
    workspace, by = _shown(letter["workspace_name"]), _shown(letter["made_by"] or "")
    if letter["kind"] == "invitation":
        subject = f"{by or 'Your admin'} invites you to {workspace}"
        why = f"{by or 'Your admin'} has added you to {workspace} on Fairlead. You sign in as {letter['email']}."
        action = "Choose your password"
        small = ["If you did not expect this, you need not do anything."]
    else:
        subject = f"Set a new password for {workspace}"
        why = (
            f"{by} has sent you this link" if by else "Somebody, probably you, said that the password is forgotten"
        ) + f" for {letter['email']} in {workspace} on Fairlead."
        action = "Set a new password"
        small = [
            "It signs you out everywhere, and ends your personal tokens.",
            "If you do not want a new password, you need not do anything: the present one stays.",
        ]
    told = {
        "greeting": f"Hello {_shown(letter['name'])},",
        "why": why,
        "action": action,
        "address": address_of_link(secret_key, letter["page"], letter["kind"], letter["link_id"]),
        "small": [f"The link works once, until {until}.", *small],
    }
    message = new_message(sender, letter["email"], f"link_{letter['link_id']}", subject)
    shown = {"subject": message["Subject"], **told}
    message.set_content(rendered("people/letter.txt", shown))
    message.add_alternative(rendered("people/letter.html", shown), subtype="html")
    return message


def _shown(name: str) -> str:
    """A name that somebody typed, without what mail programs would make a link of."""
    return re.sub(r"\s+", " ", re.sub(r"(?i)\bhttps?://|\bwww\.", "", name)).strip()[:100]
