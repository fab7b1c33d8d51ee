"""One connection of a client: what it may send before there is a request that could be answered.

uvicorn leaves heads without limits, and a gateway may stand without a proxy that has some. A request that arrives
whole, as nearly all do, costs nothing more here, and less later: nothing has to wait for its body.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.core.problems import Problem
from gateway.http import headers
from gateway.http.errors import response_of
from gateway.http.front_door import IS_WHOLE

SECONDS_FOR_HEAD = 20.0
LARGEST_HEAD = 32 * 1024
MOST_HEADERS = 100


class Connection(HttpToolsProtocol):
    """uvicorn's own, with an end to its patience: heads are limited in time, size and number of headers."""

    _size = 0  # of the head so far, and of the data at hand
    _arriving = 0
    _in_head = False
    _is_whole = True
    _patience: asyncio.TimerHandle | None = None
    _refusal: Problem | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Close the connection of a client that sends nothing, as after an answer."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """No more patience is needed."""
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what arrives; what is missing of a request then must come in time."""
        self._arriving = len(data)
        super().data_received(data)
        if self._is_whole:
            if self._patience is not None:
                self._patience.cancel()
                self._patience = None
            return
        if self._patience is None:
            self._patience = self.loop.call_later(SECONDS_FOR_HEAD, self._lose_patience)
        if self._in_head:
            self._size += len(data)
        # Headers may also come behind a body.
        if self._size > LARGEST_HEAD or len(self.headers) > MOST_HEADERS:
            self._refuse(_too_large())

    def on_message_begin(self) -> None:
        """A head begins."""
        self._size, self._in_head, self._is_whole = 0, True, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there. Raises when it is too large or names no host, which ends the connection."""
        self._in_head = False
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() != "1.0"):
            self._refusal = Problem(400, "The request must have one header Host.")
            raise self._refusal
        if len(self.headers) > MOST_HEADERS or (
            self._size + self._arriving > LARGEST_HEAD
            and len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > LARGEST_HEAD
        ):
            self._refusal = _too_large()
            raise self._refusal
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request has arrived whole."""
        self._is_whole = True
        self.scope[IS_WHOLE] = True  # type: ignore[literal-required]
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn for what is no request, or was refused above."""
        self._refuse(self._refusal or Problem(400, "This is not HTTP/1.1 as it can be read here."))

    def _lose_patience(self) -> None:
        self._patience = None
        if self._in_head:
            self._refuse(Problem(408, f"The headers did not arrive within {SECONDS_FOR_HEAD:g} seconds."))
        elif self.cycle.response_complete:
            self.transport.close()  # the rest is of no interest any more
        else:
            # Whoever reads the body has a limit of its own.
            self._patience = self.loop.call_later(SECONDS_FOR_HEAD, self._lose_patience)

    def _refuse(self, problem: Problem) -> None:
        if self.transport.is_closing():
            return
        if not self._in_head and self.cycle is not None and self.cycle.response_started:
            self.transport.close()  # in the middle of an answer there is nothing to say
            return
        response = response_of(problem)
        lines: list[Any] = [STATUS_LINE[problem.status]]
        for name, value in headers.completed(response.raw_headers, self.scheme or "http"):
            lines += [name, b": ", value, b"\r\n"]
        self.transport.write(b"".join([*lines, b"connection: close\r\n\r\n", bytes(response.body)]))
        self.transport.close()


def _too_large() -> Problem:
    return Problem(431, f"There are more than {MOST_HEADERS} headers, or more than {LARGEST_HEAD // 1024} KiB of them.")
