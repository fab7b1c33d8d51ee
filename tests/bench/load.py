"""Keep-alive clients that post as fast as they are answered, in a process of their own: python -m tests.bench.load.

Written on bare sockets so that the clients cost little beside what they measure. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import cast
from urllib.parse import urlsplit

import uvloop

from tests.bench.leads import body

WEBHOOK = "/api/leads/webhook"
SECONDS_TO_ANSWER = 30
# A second's worth: making them while measuring would take time from the gateway.
MADE_BEFOREHAND = 8000


class Client(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, sends the next, until the deadline."""

    def __init__(self, request: Callable[[], bytes], deadline: float, done: asyncio.Future[None]) -> None:
        self._request = request
        self._deadline = deadline
        self._done = done
        self._received = b""
        self._sent = 0.0
        self.seconds: list[float] = []
        self.errors = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Count a complete answer and send the next request."""
        self._received += data
        if not is_whole(self._received):
            return
        self.seconds.append(time.perf_counter() - self._sent)
        self.errors += self._received[9:10] != b"2"
        self._received = b""
        if time.perf_counter() < self._deadline:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Done, whether or not the deadline was reached."""
        self.errors += exc is not None
        if not self._done.done():
            self._done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request())


def is_whole(answer: bytes) -> bool:
    """Whether all of an answer is there."""
    head, separator, rest = answer.partition(b"\r\n\r\n")
    return bool(separator) and len(rest) >= _content_length(head)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0


def request_of(host: str, token: str, lead: bytes) -> bytes:
    """The request that posts a lead."""
    head = f"POST {WEBHOOK} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n".encode()
    return b"%bContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (head, len(lead), lead)


def webhook(host: str, token: str, requests: int) -> Iterator[bytes]:
    """Requests that post generated leads; so many are made beforehand, the rest when asked for."""

    def request() -> bytes:
        return request_of(host, token, body())

    made = [request() for _ in range(requests)]
    return chain(made, iter(request, None))


async def run(url: str, token: str, path: str, clients: int, seconds: float) -> dict[str, float]:
    """Requests a second, errors, and the 50th and 99th percentile of the answers' seconds."""
    address = urlsplit(url)
    host = address.netloc
    get = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    requests = webhook(host, token, int(seconds * MADE_BEFOREHAND)) if path == WEBHOOK else repeat(get)
    loop = asyncio.get_running_loop()
    assert address.hostname
    assert address.port
    begin = time.perf_counter()
    made: list[Client] = []
    done: list[asyncio.Future[None]] = []
    for _ in range(clients):
        future: asyncio.Future[None] = loop.create_future()
        client = Client(requests.__next__, begin + seconds, future)
        await loop.create_connection(lambda client=client: client, address.hostname, address.port)  # type: ignore[misc]
        made.append(client)
        done.append(future)
    async with asyncio.timeout(seconds + SECONDS_TO_ANSWER):
        await asyncio.gather(*done)
    took = sorted(second for client in made for second in client.seconds)
    return {
        "per_second": len(took) / (time.perf_counter() - begin),
        "errors": sum(client.errors for client in made),
        "p50": took[len(took) // 2],
        "p99": took[int(len(took) * 0.99)],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Post generated leads to a running gateway, or get an address.")
    parser.add_argument("url")
    parser.add_argument("--token", default="")
    parser.add_argument("--path", default=WEBHOOK)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    measured = uvloop.run(run(given.url, given.token, given.path, given.clients, given.seconds))
    print(json.dumps(measured))
