"""E-mails about events: written from the templates in ui/events, handed in at the server of the settings."""

from __future__ import annotations

import asyncio
import re
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import Any

import aiosmtplib
import jinja2

from gateway.core.settings import MailServer
from gateway.events.outgoing import Outcome
from gateway.http.templates import UI

# For each answer of the server.
SECONDS_TO_WAIT = 10.0
MOST_CONNECTIONS = 4
NO_SERVER = Outcome("failed", "No mail server is set: FAIRLEAD_SMTP_URL")


class Mailer:
    """Sends e-mails by `server`; without one, every try fails and says so."""

    def __init__(self, server: MailServer | None) -> None:
        self._server = server
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)
        self._tls = ssl.create_default_context() if server and server.encryption else None

    @property
    def sender(self) -> str:
        """Whom e-mails are from."""
        return self._server.sender if self._server else "fairlead@localhost"

    async def send(self, address: str, message_id: str, event: dict[str, Any]) -> Outcome:
        """Tell `address` of an event as api.read_events() gives it. Whatever goes wrong is an outcome."""
        if self._server is None:
            return NO_SERVER
        return await self.hand_in(written(self._server.sender, address, message_id, event))

    async def hand_in(self, message: EmailMessage) -> Outcome:
        """Hand a message in. Whatever goes wrong is an outcome."""
        if self._server is None:
            return NO_SERVER
        try:
            async with self._places:
                await aiosmtplib.send(
                    message,
                    hostname=self._server.host,
                    port=self._server.port,
                    username=self._server.user or None,
                    password=self._server.password,
                    use_tls=self._server.encryption == "tls",
                    start_tls=self._server.encryption == "starttls",
                    tls_context=self._tls,
                    timeout=SECONDS_TO_WAIT,
                )
        except aiosmtplib.SMTPResponseException as error:
            return _failed(f"{error.code} {error.message}")
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _failed(f"{error.recipients[0].code} {error.recipients[0].message}")
        except (OSError, aiosmtplib.SMTPException) as error:
            if "STARTTLS extension not supported" in str(error):
                return _failed("The mail server offers no STARTTLS: use smtps://, or smtp:// without starttls=1")
            return _failed(f"The mail server cannot be reached: {getattr(error, 'strerror', None) or error}")
        return Outcome("delivered", "Handed to the mail server")


def written(sender: str, address: str, message_id: str, event: dict[str, Any]) -> EmailMessage:
    """The e-mail about an event, as plain text and HTML."""
    message = new_message(sender, address, message_id, subject_of(event), datetime.fromisoformat(event["at"]))
    shown = {"event": event, "subject": message["Subject"], "facts": facts_of(event)}
    message.set_content(rendered("events/mail.txt", shown))
    message.add_alternative(rendered("events/mail.html", shown), subtype="html")
    return message


def new_message(sender: str, address: str, message_id: str, subject: str, date: datetime | None = None) -> EmailMessage:
    """A message with all its headers and nothing in it. `date`: when what it is about happened; else now."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = address
    message["Subject"] = _one_line(subject, 150)
    message["Date"] = format_datetime(date or datetime.now(UTC))
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    return message


def rendered(name: str, shown: dict[str, Any]) -> str:
    """The template of this name in ui, filled in."""
    return _template(name).render(shown)


def subject_of(event: dict[str, Any]) -> str:
    """What happened, in a few words."""
    kind, data = event["kind"], event["data"]
    match kind:
        case "alert.raised":
            return str(data["title"])
        case "alert.cleared":
            return f"Over: {data['title']}"
        case "alert.acknowledged":
            return f"Seen by {event['actor']}: {data['title']}"
        case "destination.tested":
            return "A test from Fairlead"
    about = event["lead"] or event["caller"] or {}
    words = kind.replace(".", " ").replace("_", " ").capitalize()
    return f"{words}: {about['name']}" if about.get("name") else words


def facts_of(event: dict[str, Any]) -> list[tuple[str, str]]:
    """What is worth reading of an event: names and values."""
    data, lead, caller = event["data"], event["lead"] or {}, event["caller"] or {}
    holder = lead.get("assigned_caller") or {}
    facts = [
        ("What", data.get("reason")),
        ("Lead", lead.get("name")),
        ("Phone", lead.get("phone")),
        ("E-mail", lead.get("email")),
        ("City", lead.get("city")),
        ("State", lead.get("state")),
        ("Source", lead.get("lead_source")),
        ("Message", lead.get("message")),
        ("Caller", holder.get("name") or caller.get("name")),
        ("Why", lead.get("assignment_reason")),
        ("When", datetime.fromisoformat(event["at"]).strftime("%d %b %Y %H:%M:%S UTC")),
    ]
    return [(name, str(value)) for name, value in facts if value]


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(UI),
        autoescape=name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _failed(answer: str) -> Outcome:
    return Outcome("failed", _one_line(answer, 500))


def _one_line(text: str, most: int) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()[:most]
