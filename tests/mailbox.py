"""A mail server that keeps what it is handed, for tests of e-mails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support import Gateway


class Mailbox:
    """An SMTP server's handler that keeps what it is handed."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], Message]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a letter in."""
        assert isinstance(envelope.content, bytes)
        letter = BytesParser(policy=default).parsebytes(envelope.content)
        self.letters.append((envelope.rcpt_tos, letter))
        return "250 OK"

    def texts_to(self, address: str) -> list[str]:
        """The plain text of all letters to an address, the oldest first."""
        return [_text_of(letter) for recipients, letter in self.letters if recipients == [address]]


def _text_of(letter: Message) -> str:
    assert isinstance(letter, EmailMessage)
    text = letter.get_body(("plain",))
    assert text is not None
    return str(text.get_content())


@contextmanager
def mailbox_of(gateway: Gateway) -> Iterator[Mailbox]:
    """The mail server that a gateway knows, for as long as the context lasts."""
    handler = Mailbox()
    port = urlsplit(gateway.environment["FAIRLEAD_SMTP_URL"]).port or 0
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()
