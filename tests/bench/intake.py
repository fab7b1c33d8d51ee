"""What the gateway adds: webhook posts against its own empty endpoint, and how long until a lead is on every page."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpx
import psycopg
import uvloop
from rich.progress import Progress

from gateway.database.embedded import Server
from gateway.database.migrate import migrate
from tests.bench.leads import STATES, lead
from tests.bench.load import WEBHOOK, is_whole, request_of
from tests.bench.measure import Figure, in_turn
from tests.support import Gateway, Workspace

# Of posts a second, beside those of the empty endpoint, for so many clients.
SHARES = {1: 0.12, 64: 0.5, 256: 0.7}
VIEWERS = 200
VIEWERS_OF_ONE_PERSON = 20
LEADS_A_SECOND = 500
MOST_SECONDS_TO_VIEWERS = 0.25
PHONE = re.compile(rb'"phone": "([+0-9]+)"')
LONGEST_MATCH = 40


def figures(progress: Progress, server: Server, folder: Path, *, seconds: int = 15) -> list[Figure]:
    """The figures of the gateway, on a database of its own."""
    url = server.ensure_database("bench_gateway")
    migrate(url)
    workspace = Workspace.create(psycopg.connect(url, autocommit=True))
    for number in range(8):
        workspace.caller(f"Caller {number}", *STATES)
    with Gateway(url, folder, workspace) as gateway:
        throughputs = [
            in_turn(
                progress,
                f"webhook posts, {clients} client{'s' * (clients > 1)}",
                partial(_posts_a_second, gateway, WEBHOOK, clients),
                "the same gateway's empty endpoint",
                partial(_posts_a_second, gateway, "/healthz", clients),
                unit="requests/s",
                rounds=3,
                at_least=share,
            )
            for clients, share in SHARES.items()
        ]
        task = progress.add_task(f"{LEADS_A_SECOND} leads/s before {VIEWERS} viewers", total=None)
        seen = sorted(uvloop.run(_seconds_to_viewers(gateway, seconds)))
        progress.update(task, total=1, completed=1)
    p50, p99 = seen[len(seen) // 2], seen[int(len(seen) * 0.99)]
    return [
        *throughputs,
        Figure(
            f"post to event at {VIEWERS} viewers, {LEADS_A_SECOND} leads/s: p99",
            *(p99, "p50", p50, p99, "s"),
            at_most=MOST_SECONDS_TO_VIEWERS,
        ),
    ]


def _posts_a_second(gateway: Gateway, path: str, clients: int, seconds: int = 4) -> float:
    command = [sys.executable, "-m", "tests.bench.load", gateway.url, "--token", gateway.token, "--path", path]
    command += ["--clients", str(clients), "--seconds", str(seconds)]
    measured = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    assert measured["errors"] == 0, measured
    return float(measured["per_second"])


async def _seconds_to_viewers(gateway: Gateway, seconds: int) -> list[float]:
    """Seconds from the moment a lead is posted to the moment it has arrived, for each lead and viewer."""
    posted: dict[bytes, float] = {}
    free: list[Sender] = []
    seen: list[float] = []
    all_seen = asyncio.Event()

    def see(phone: bytes) -> None:
        seen.append(time.perf_counter() - posted[phone])
        if len(seen) == LEADS_A_SECOND * seconds * VIEWERS:
            all_seen.set()

    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        cookies = await _cookies_of_people(client, gateway)
        viewers = [
            Viewer(f"GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n", see)
            for cookie in cookies
            for _ in range(VIEWERS_OF_ONE_PERSON)
        ]
        address = urlsplit(gateway.url)
        loop = asyncio.get_running_loop()
        for viewer in viewers:
            await loop.create_connection(lambda viewer=viewer: viewer, address.hostname, address.port)  # type: ignore[misc, arg-type]
        await asyncio.gather(*(viewer.ready.wait() for viewer in viewers))
        begin = time.perf_counter()
        for number in range(LEADS_A_SECOND * seconds):
            await asyncio.sleep(max(0, begin + number / LEADS_A_SECOND - time.perf_counter()))
            if not free:
                sender = Sender(free)
                await loop.create_connection(lambda sender=sender: sender, address.hostname, address.port)  # type: ignore[misc, arg-type]
            generated = lead()
            posted[generated["phone"].encode()] = time.perf_counter()
            free.pop().post(json.dumps(generated).encode(), gateway.token)
        async with asyncio.timeout(30):
            await all_seen.wait()
    return seen


async def _cookies_of_people(client: httpx.AsyncClient, gateway: Gateway) -> list[str]:
    """The cookies of as many people as there must be, since one person may have only so many pages open."""
    email, password = gateway.admin
    (await client.post("/api/session", json={"email": email, "password": password})).raise_for_status()
    cookies = []
    for number in range(VIEWERS // VIEWERS_OF_ONE_PERSON):
        person = {"email": f"viewer{number}@example.com", "name": f"Viewer {number}", "role": "manager"}
        added = (await client.post("/api/users", json=person)).raise_for_status().json()
        async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as browser:
            given = {"email": person["email"], "password": added["password"]}
            (await browser.post("/api/session", json=given)).raise_for_status()
            cookies.append("; ".join(f"{name}={value}" for name, value in browser.cookies.items()))
    return cookies


class Sender(asyncio.Protocol):
    """A connection that posts a lead at a time; it stands in `free` while it may post."""

    def __init__(self, free: list[Sender]) -> None:
        self._free = free
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        self._transport = cast(asyncio.Transport, transport)
        self._free.append(self)

    def data_received(self, data: bytes) -> None:
        """Once the whole answer is there, the next lead may go."""
        self._received += data
        if is_whole(self._received):
            assert self._received.startswith(b"HTTP/1.1 2"), self._received
            self._received = b""
            self._free.append(self)

    def post(self, lead: bytes, token: str) -> None:
        """Post a lead."""
        self._transport.write(request_of("x", token, lead))


class Viewer(asyncio.Protocol):
    """One open page: a stream of events, in which it looks for phone numbers."""

    def __init__(self, request: str, see: Callable[[bytes], None]) -> None:
        self._request = request.encode()
        self._see = see
        self._received = b""
        self.ready = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        """Report each lead's phone once it is there; the answer's head says that the stream is open."""
        self.ready.set()
        data = self._received + data
        end = 0
        for found in PHONE.finditer(data):
            self._see(found[1])
            end = found.end()
        self._received = data[max(end, len(data) - LONGEST_MATCH) :]
