"""What is said of an event in Slack, Microsoft Teams, Google Chat and Telegram: a text from a template.

`CHATS` is the one table of these tools, `PLACEHOLDERS` the closed list of what a template may hold. How each tool wants
a text follows its own reference: Slack's "Incoming webhooks", Microsoft's "Post to a channel when a webhook request is
received", Google's "Build a Google Chat app as a webhook", Telegram's "Bot API, sendMessage".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import httpx
import msgspec

from gateway.events.mail import subject_of
from gateway.events.outgoing import Outcome, outcome_of

# Telegram takes the fewest: 4096.
LONGEST_TEXT = 4000

# The phone is in no template unless somebody writes it there: many more read a channel than work the lead.
USUAL_TEMPLATE = "{title}\nCaller: {caller.name}\n{reason}"

# Every placeholder with its sample.
PLACEHOLDERS: dict[str, str] = {
    "title": "Lead assigned: Asha Rao",
    "event": "Lead assigned",
    "time": "01 Dec 2026 09:30 UTC",
    "reason": "Rule Karnataka, in turn",
    "actor": "Fairlead",
    "lead.name": "Asha Rao",
    "lead.phone": "+919812345678",
    "lead.email": "asha.rao@example.com",
    "lead.city": "Bengaluru",
    "lead.state": "Karnataka",
    "lead.source": "Google Ads",
    "lead.message": "Please call after five",
    "caller.name": "Kavita",
}

_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")


class Chat(NamedTuple):
    """How a tool is told: its name, what a value must not bring about, and the body around a text."""

    name: str
    escaped: Callable[[str], str]
    body: Callable[[str, httpx.QueryParams], dict[str, Any]]


def _slack(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _google(value: str) -> str:
    # There is no way to write a "<" of its own, and <users/all> would call everybody.
    return value.replace("<", "‹").replace(">", "›")


def _as_it_is(value: str) -> str:
    return value


def _text(text: str, _: httpx.QueryParams) -> dict[str, Any]:
    return {"text": text}


def _card(text: str, _: httpx.QueryParams) -> dict[str, Any]:
    """Runs of text, because in a block of text Markdown would be read."""
    blocks = [
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]} for line in text.split("\n") if line
    ]
    card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _message(text: str, asked: httpx.QueryParams) -> dict[str, Any]:
    return {"chat_id": asked["chat_id"], "text": text, "link_preview_options": {"is_disabled": True}}


CHATS: dict[str, Chat] = {
    "slack": Chat("Slack", _slack, _text),
    "teams": Chat("Microsoft Teams", _as_it_is, _card),
    "google_chat": Chat("Google Chat", _google, _text),
    "telegram": Chat("Telegram", _as_it_is, _message),
}


def unknown_placeholders(template: str) -> list[str]:
    """What stands in braces and is no placeholder, in order."""
    return [name for name in _PLACEHOLDER.findall(template) if name not in PLACEHOLDERS]


def filled(template: str, values: Mapping[str, str]) -> str:
    """The text of a template. A line is left out when it has placeholders and none of them has a value."""
    lines = []
    for line in template.splitlines():
        names = _PLACEHOLDER.findall(line)
        if not names or any(values.get(name) for name in names):
            lines.append(_PLACEHOLDER.sub(lambda found: values.get(found[1], ""), line).rstrip())
    return "\n".join(lines).strip()


def message_of(delivery: Mapping[str, Any], event: dict[str, Any]) -> tuple[str, bytes]:
    """Address and body of what a chat is told of an event as api.read_events() gives it."""
    chat = CHATS[delivery["kind"]]
    is_test = event["kind"] == "destination.tested"
    values = PLACEHOLDERS if is_test else values_of(event)
    template = delivery["template"] or USUAL_TEMPLATE
    text = filled(template, {name: chat.escaped(value) for name, value in values.items()}) or chat.escaped(
        values["title"]
    )
    if is_test:
        text = f"A test from Fairlead, with a sample:\n{text}"
    url = httpx.URL(delivery["address"])
    asked = url.params
    if delivery["kind"] == "telegram":
        url = url.copy_with(query=None)
    return str(url), msgspec.json.encode(chat.body(text[:LONGEST_TEXT], asked))


def values_of(event: dict[str, Any]) -> dict[str, str]:
    """What the placeholders stand for in an event; those that it has nothing for are not there."""
    data, lead, caller = event["data"] or {}, event["lead"] or {}, event["caller"] or {}
    title = subject_of(event)
    values = {
        "title": title,
        "event": event["kind"].replace(".", " ").replace("_", " ").capitalize(),
        "time": datetime.fromisoformat(event["at"]).strftime("%d %b %Y %H:%M UTC"),
        "reason": data.get("reason") or lead.get("assignment_reason"),
        "actor": event["actor"],
        "lead.name": lead.get("name"),
        "lead.phone": lead.get("phone"),
        "lead.email": lead.get("email"),
        "lead.city": lead.get("city"),
        "lead.state": lead.get("state"),
        "lead.source": lead.get("lead_source"),
        "lead.message": lead.get("message"),
        "caller.name": (lead.get("assigned_caller") or {}).get("name") or caller.get("name"),
    }
    return {name: _one_line(str(value)) for name, value in values.items() if value}


class _Parameters(msgspec.Struct):
    retry_after: float | None = None


class _TelegramAnswer(msgspec.Struct):
    ok: bool
    parameters: _Parameters | None = None


def understood(status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """What a chat's answer means: some say that they failed, or how long to wait, only in the body."""
    outcome = outcome_of(status, headers, body)
    if outcome.result == "delivered" and b"failed with error" in body:  # Teams, when a limit is reached
        return outcome._replace(result="failed")
    try:
        said = msgspec.json.decode(body, type=_TelegramAnswer)
    except msgspec.DecodeError:
        return outcome
    wait = said.parameters.retry_after if said.parameters else None
    if said.ok or outcome.result == "gone":
        return outcome
    return Outcome("failed", outcome.answer, outcome.wait_seconds if wait is None else max(0, min(int(wait), 21600)))


def _one_line(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()[:1000]
