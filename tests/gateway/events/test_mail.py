"""Events that are sent by e-mail: as text and HTML, by whichever mail server, with nothing in the headers."""

from __future__ import annotations

import socket
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from gateway.core.settings import MailServer
from gateway.events import mail
from gateway.events.mail import Mailer, written
from tests.gateway.conftest import Post
from tests.gateway.events.destinations import deliveries, one, send_to
from tests.mailbox import Mailbox
from tests.support import Workspace, free_port, until


def test_events_are_sent_by_e_mail_as_text_and_html(
    manager: httpx.Client, workspace: Workspace, post: Post, mailbox: Mailbox
) -> None:
    workspace.caller("Kavita")
    assert manager.get("/api/destinations").json()["can_mail"] is True
    send_to(manager, "boss@example.com", "lead.assigned", kind="email")
    post(name="Asha <b>\nBcc: all@example.com", city="Pune")
    until(lambda: len(mailbox.letters) == 1)
    [(recipients, letter)] = mailbox.letters
    assert recipients == ["boss@example.com"]
    assert (letter["from"], letter["to"], letter["bcc"]) == ("fairlead@example.com", "boss@example.com", None)
    assert letter["subject"] == "Lead assigned: Asha <b> Bcc: all@example.com"
    assert isinstance(letter, EmailMessage)
    text, html = (letter.get_body(kind) for kind in (("plain",), ("html",)))
    assert text is not None
    assert html is not None
    assert "City: Pune" in text.get_content()
    assert "Asha &lt;b&gt;" in html.get_content()
    until(lambda: deliveries(manager) == [("lead.assigned", "delivered", 1)])


def test_a_mail_server_that_is_away_is_tried_again(manager: httpx.Client, workspace: Workspace) -> None:
    destination = send_to(manager, "boss@example.com", "alert.*", kind="email")
    assert destination.secret is None
    manager.post(f"/api/destinations/{destination.id}/test")
    until(lambda: bool(one(manager)["last"]))
    assert one(manager)["last"]["answer"].startswith("The mail server cannot be reached")
    assert deliveries(manager) == [("destination.tested", "waiting", 1)]
    assert manager.post(f"/api/destinations/{destination.id}/rotate").status_code == 409


AT = "2026-01-05T06:30:00+00:00"


TESTED: dict[str, Any] = {"kind": "destination.tested", "seq": 1, "at": AT, "lead": None, "caller": None, "data": {}}


class Unwilling:
    """An SMTP server's handler that takes nothing."""

    async def handle_RCPT(self, *_: Any) -> str:  # noqa: N802
        """Refuse whoever it is for."""
        return "550 5.1.1 Nobody\r of that name"


async def test_what_a_mail_server_refuses_is_told_in_its_words() -> None:
    controller = Controller(Unwilling(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        for encryption, answer in (
            ("", "550 5.1.1 Nobody of that name"),
            ("starttls", "The mail server offers no STARTTLS: use smtps://, or smtp:// without starttls=1"),
            ("tls", "The mail server cannot be reached: "),
        ):
            server = MailServer("127.0.0.1", controller.port, "", "", encryption, "fairlead@example.com")  # type: ignore[arg-type]
            outcome = await Mailer(server).send("boss@example.com", "evt_1_1", TESTED)
            assert outcome.result == "failed"
            assert outcome.answer.startswith(answer)
    finally:
        controller.stop()


async def test_a_mail_server_that_asks_who_it_is_is_told() -> None:
    def check(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
        is_right = (given.login, given.password) == (b"fairlead", "s\u00e9cret".encode())
        return AuthResult(success=is_right, handled=False)

    mailbox = Mailbox()
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, authenticator=check, auth_require_tls=False)
    controller.start()
    try:
        outcomes = []
        for password in ("wrong", "s\u00e9cret"):
            server = MailServer("127.0.0.1", port, "fairlead", password, "", "fairlead@example.com")
            outcomes.append(await Mailer(server).send("boss@example.com", "evt_1_1", TESTED))
    finally:
        controller.stop()
    assert [(outcome.result, outcome.answer[:3]) for outcome in outcomes] == [("failed", "535"), ("delivered", "Han")]
    assert len(mailbox.letters) == 1


async def test_a_mail_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "SECONDS_TO_WAIT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", silent.getsockname()[1], "", "", "", "fairlead@example.com")
        outcome = await Mailer(server).send("boss@example.com", "evt_1_1", TESTED)
    assert outcome.result == "failed"
    assert outcome.answer.startswith("The mail server cannot be reached")


def test_nothing_gets_into_the_headers_of_an_e_mail() -> None:
    event = {"kind": "alert.raised", "seq": 1, "at": "2026-01-05T06:30:00+00:00", "actor": "tick", "lead": None}
    data = {"title": "No\r\nBcc: all@example.com\x00", "reason": "x"}
    letter = written("fairlead@example.com", "boss@example.com", "evt_1_1", {**event, "caller": None, "data": data})
    assert letter["subject"] == "No Bcc: all@example.com"
    assert b"\nBcc" not in letter.as_bytes()
