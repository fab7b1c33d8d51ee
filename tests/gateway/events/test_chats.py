"""Slack, Teams, Google Chat and Telegram are told in a text, by the deliveries that everything else goes by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from gateway.events.destinations import Kind
from gateway.events.texts import CHATS, PLACEHOLDERS, filled, message_of, understood, unknown_placeholders
from tests.gateway.conftest import Post, fields_at_fault
from tests.gateway.events.destinations import deliveries, one
from tests.receiver import Answer, Receiver
from tests.support import Workspace, until

TELEGRAM = "/bot1:a/sendMessage?chat_id=-100"
EVENT = {
    "seq": 1,
    "at": "2026-12-01T09:30:00+00:00",
    "kind": "lead.assigned",
    "actor": "Fairlead",
    "data": {"reason": "Rule A"},
    "caller": None,
    "lead": {"name": "<users/all> & *Asha*", "phone": "+919812345678", "assigned_caller": {"name": "Kavita"}},
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody else's server."""
    with Receiver() as running:
        yield running


def said(body: Any) -> str:
    """The text in a body, whichever chat it is for."""
    if "attachments" not in body:
        return str(body["text"])
    [attachment] = body["attachments"]
    return "\n".join(run["text"] for block in attachment["content"]["body"] for run in block["inlines"])


def add(manager: httpx.Client, receiver: Receiver, kind: str, **more: Any) -> httpx.Response:
    """Add a destination of a kind that gets what is assigned."""
    address = receiver.url.removesuffix("/hook") + (TELEGRAM if kind == "telegram" else "/hook")
    body = {"name": kind, "kind": kind, "address": address, "events": ["lead.assigned"], **more}
    return manager.post("/api/destinations", json=body)


def test_every_chat_is_told_in_a_text_from_its_template_and_of_no_phone_unless_it_says_so(
    manager: httpx.Client, workspace: Workspace, post: Post, receiver: Receiver
) -> None:
    workspace.caller("Kavita")
    for kind in CHATS:
        template = "Call {lead.phone}" if kind == "slack" else None
        made = add(manager, receiver, kind, template=template)
        assert (made.status_code, made.json()["secret"]) == (201, None), made.text
    post(name="Asha <&>", phone="+919812345678")
    bodies = [message.json for message in receiver.wait(4)]
    said_first = sorted(said(body).split("\n")[0] for body in bodies)
    assert said_first == ["Call +919812345678", *["Lead assigned: Asha <&>"] * 2, "Lead assigned: Asha ‹&›"]
    assert all("\nCaller: Kavita\n" in said(body) for body in bodies if "Call +" not in said(body))
    assert [body["chat_id"] for body in bodies if "chat_id" in body] == ["-100"]
    assert sum("98123" in str(body) for body in bodies) == 1
    until(lambda: {status for _, status, _ in deliveries(manager)} == {"delivered"})


def test_a_test_sends_the_sample(manager: httpx.Client, receiver: Receiver) -> None:
    made = add(manager, receiver, "slack", template="*{lead.name}* is {caller.name}'s").json()["destination"]
    manager.post(f"/api/destinations/{made['id']}/test")
    [message] = receiver.wait(1)
    assert message.json == {"text": "A test from Fairlead, with a sample:\n*Asha Rao* is Kavita's"}
    changed = manager.patch(f"/api/destinations/{made['id']}", json={"template": None}).json()
    assert changed["template"] is None
    shown = manager.get("/api/destinations").json()
    assert (shown["template"], shown["placeholders"]) == ("{title}\nCaller: {caller.name}\n{reason}", PLACEHOLDERS)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("slack", Answer(429, {"retry-after": "3600"}, b"rate_limited")),
        ("telegram", Answer(429, {}, b'{"ok":false,"error_code":429,"parameters":{"retry_after":3600}}')),
    ],
)
def test_who_asks_for_a_pause_gets_one(
    manager: httpx.Client, workspace: Workspace, receiver: Receiver, kind: str, answer: Answer
) -> None:
    receiver.answer = lambda _: answer
    made = add(manager, receiver, kind).json()["destination"]
    manager.post(f"/api/destinations/{made['id']}/test")
    until(lambda: one(manager)["last"] is not None)
    assert deliveries(manager) == [("destination.tested", "waiting", 1)]
    assert workspace.connection.execute(
        "select resume_at > now() + interval '50 minutes' from crm.destinations where id = %s", [made["id"]]
    ).fetchone() == (True,)


@pytest.mark.parametrize(
    ("status", "body", "result", "wait"),
    [
        # api.slack.com "Incoming webhooks", errors
        (200, b"ok", "delivered", None),
        (403, b"invalid_token", "failed", None),
        (404, b"no_service", "failed", None),
        (410, b"channel_is_archived", "gone", None),
        # core.telegram.org/bots/api, "Making requests" and ResponseParameters
        (200, b'{"ok":true,"result":{"message_id":1}}', "delivered", None),
        (200, b'{"ok":false,"description":"x"}', "failed", None),
        (429, b'{"ok":false,"parameters":{"retry_after":7}}', "failed", 7),
        (429, b'{"ok":false,"parameters":{"retry_after":1e300}}', "failed", 21600),
        (400, b'{"ok":false,"parameters":{"migrate_to_chat_id":-1001}}', "failed", None),
        (403, b'{"ok":false,"description":"Forbidden: bot was kicked from the group chat"}', "failed", None),
        # learn.microsoft.com "Rate limiting for incoming webhooks": the status is 200
        (200, b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
         "failed", None),
        (202, b"", "delivered", None),
        # developers.google.com "Chat API usage limits"
        (429, b'{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}', "failed", None),
        (200, b'{"name":"spaces/A/messages/B"}', "delivered", None),
        (500, b"\xff\xfe", "failed", None),
        (200, b"[1]", "delivered", None),
    ],
)  # fmt: skip
def test_what_a_chat_answers_is_understood(status: int, body: bytes, result: str, wait: int | None) -> None:
    outcome = understood(status, {}, body)
    assert (outcome.result, outcome.wait_seconds) == (result, wait)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("slack", "&lt;users/all&gt; &amp; *Asha*"),
        ("teams", "<users/all> & *Asha*"),
        ("google_chat", "‹users/all› & *Asha*"),
        ("telegram", "<users/all> & *Asha*"),
    ],
)
def test_a_name_calls_nobody_and_changes_no_text(kind: Kind, text: str) -> None:
    delivery = {"kind": kind, "template": "*{lead.name}*", "address": f"https://a.example{TELEGRAM}"}
    address, body = message_of(delivery, EVENT)
    assert said(httpx.Response(200, content=body).json()) == f"*{text}*"
    assert (urlsplit(address).query == "") == (kind == "telegram")
    assert b"parse_mode" not in body


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{lead.name}", "Asha"),
        ("Lead: {lead.name}\nCity: {lead.city}\n{reason}", "Lead: Asha"),
        ("{lead.name}, {lead.city}", "Asha,"),
        ("Hello\n\n{lead.name}", "Hello\n\nAsha"),
        ("{{lead.name}}", "{Asha}"),
        ("{", "{"),
        ("{lead.city}", ""),
    ],
)
def test_a_line_without_anything_to_say_is_left_out(template: str, text: str) -> None:
    assert filled(template, {"lead.name": "Asha"}) == text


@pytest.mark.parametrize(
    ("template", "unknown"),
    [
        ("{lead.name} {lead.phone}", []),
        ("{lead.Name}", ["lead.Name"]),
        ("{ lead.name }", [" lead.name "]),
        ("{lead.metadata.x}{y}", ["lead.metadata.x", "y"]),
        ("{}", [""]),
        ("{lead.name!r}", ["lead.name!r"]),
    ],
)
def test_placeholders_are_a_closed_list(template: str, unknown: list[str]) -> None:
    assert unknown_placeholders(template) == unknown


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"template": "{lead.nam}"}, "template"),
        ({"template": ""}, "template"),
        ({"template": "x" * 2001}, "template"),
        ({"kind": "webhook", "template": "{lead.name}"}, "template"),
        ({"kind": "slack", "address": "nowhere"}, "address"),
        ({"kind": "telegram", "address": "https://api.telegram.org/bot1:a/sendMessage"}, "address"),
        ({"kind": "telegram", "address": "https://api.telegram.org/bot1:a/sendMessage?chat_id=our team"}, "address"),
        ({"kind": "telegram", "address": "https://api.telegram.org/bot1:a/getMe?chat_id=1"}, "address"),
    ],
)
def test_a_wrong_chat_is_refused_at_its_field(manager: httpx.Client, change: dict[str, Any], field: str) -> None:
    body = {"name": "Team", "kind": "slack", "address": "https://hooks.example/x", **change}
    response = manager.post("/api/destinations", json=body)
    assert (response.status_code, fields_at_fault(response)) == (422, [field]), response.text


def test_the_longest_text_is_cut() -> None:
    delivery = {"kind": "slack", "template": "{lead.message}" * 100, "address": "https://a.example/"}
    event = {**EVENT, "lead": {"message": "x" * 10_000}}
    assert len(said(httpx.Response(200, content=message_of(delivery, event)[1]).json())) == 4000
