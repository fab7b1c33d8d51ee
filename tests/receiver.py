"""Where webhooks arrive: a real HTTP server that remembers what it was sent and answers as it is told."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from tests.support import SECONDS_TO_WAIT


class Message(NamedTuple):
    """One request as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)

    @property
    def about(self) -> str:
        """Kind of the event and name of its lead: "lead.assigned Asha"."""
        event = self.json
        return f"{event['type']} {(event['data']['lead'] or {}).get('name', '-')}"


class Answer(NamedTuple):
    """What is answered: status, headers, body."""

    status: int = 204
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""


class Receiver:
    """`answer(message)` says what is answered, 204 unless changed; `messages` is all that came, in order."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.answer: Callable[[Message], Answer] = lambda _: Answer()
        self._came = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # who asked was killed before it had said all
                message = Message({name.lower(): value for name, value in self.headers.items()}, body)
                with receiver._came:
                    receiver.messages.append(message)
                    receiver._came.notify_all()
                answer = receiver.answer(message)
                with suppress(OSError):  # who asked may be gone by now
                    self._say(answer)

            def _say(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in {"content-length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def wait(self, count: int) -> list[Message]:
        """The first `count` messages once they are there; fails when they do not come."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.messages) >= count, SECONDS_TO_WAIT), self.abouts()
            return self.messages[:count]

    def abouts(self) -> list[str]:
        """What each message is about, in order."""
        return [message.about for message in self.messages]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
