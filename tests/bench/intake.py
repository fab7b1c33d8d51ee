"""What the gateway adds: webhook posts against its own empty endpoint, and how long until a lead is on every page."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
from rich.progress import Progress

from gateway.embedded import Server
from gateway.migrate import migrate
from tests.bench.leads import STATES, lead
from tests.bench.measure import Figure, in_turn
from tests.support import Gateway, Workspace

CLIENTS = 64
VIEWERS = 50
LEADS_A_SECOND = 200


def figures(progress: Progress, server: Server, folder: Path, *, seconds: int = 15) -> list[Figure]:
    """The figures of the gateway, on a database of its own."""
    url = server.ensure_database("bench_gateway")
    migrate(url)
    workspace = Workspace.create(psycopg.connect(url, autocommit=True))
    for number in range(8):
        workspace.caller(f"Caller {number}", *STATES)
    with Gateway(url, folder, workspace) as gateway:
        throughput = in_turn(
            progress,
            f"webhook posts, {CLIENTS} clients",
            lambda: _posts_a_second(gateway, "/api/leads/webhook"),
            "the same gateway's empty endpoint",
            lambda: _posts_a_second(gateway, "/healthz"),
            unit="requests/s",
            at_least=0.35,
        )
        task = progress.add_task(f"{LEADS_A_SECOND} leads/s before {VIEWERS} viewers", total=None)
        seen = sorted(asyncio.run(_seconds_to_viewers(gateway, seconds)))
        progress.update(task, total=1, completed=1)
    p50, p99 = seen[len(seen) // 2], seen[int(len(seen) * 0.99)]
    return [
        throughput,
        Figure(
            f"post to event at {VIEWERS} viewers, {LEADS_A_SECOND} leads/s: p99", p99, "p50", p50, p99, "s", at_most=1
        ),
    ]


def _posts_a_second(gateway: Gateway, path: str, seconds: int = 5) -> float:
    command = [sys.executable, "-m", "tests.bench.load", gateway.url, "--token", gateway.token, "--path", path]
    command += ["--clients", str(CLIENTS), "--seconds", str(seconds)]
    measured = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    assert measured["errors"] == 0, measured
    return float(measured["per_second"])


async def _seconds_to_viewers(gateway: Gateway, seconds: int) -> list[float]:
    """Seconds from the moment a lead is posted to the moment it has arrived, for each lead and viewer."""
    posted: dict[str, float] = {}
    seen: list[float] = []
    expected = LEADS_A_SECOND * seconds * VIEWERS
    all_seen = asyncio.Event()

    def see(phone: str, now: float) -> None:
        seen.append(now - posted[phone])
        if len(seen) == expected:
            all_seen.set()

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60, limits=limits) as client:
        email, password = gateway.admin
        (await client.post("/api/session", json={"email": email, "password": password})).raise_for_status()
        ready = [asyncio.Event() for _ in range(VIEWERS)]
        viewers = [asyncio.create_task(_watch(client, event, see)) for event in ready]
        await asyncio.gather(*(event.wait() for event in ready))
        begin = time.perf_counter()
        posts: list[asyncio.Task[None]] = []
        for number in range(LEADS_A_SECOND * seconds):
            await asyncio.sleep(max(0, begin + number / LEADS_A_SECOND - time.perf_counter()))
            posts.append(asyncio.create_task(_post(client, gateway.token, posted)))
        await asyncio.gather(*posts)
        async with asyncio.timeout(30):
            await all_seen.wait()
        for viewer in viewers:
            viewer.cancel()
        await asyncio.wait(viewers)
    return seen


async def _post(client: httpx.AsyncClient, token: str, posted: dict[str, float]) -> None:
    generated: dict[str, Any] = lead()
    posted[generated["phone"]] = time.perf_counter()
    answer = await client.post("/api/leads/webhook", json=generated, headers={"authorization": f"Bearer {token}"})
    answer.raise_for_status()


async def _watch(client: httpx.AsyncClient, ready: asyncio.Event, see: Callable[[str, float], None]) -> None:
    async with client.stream("GET", "/api/events") as stream:
        ready.set()
        received = b""
        async for chunk in stream.aiter_raw():
            now = time.perf_counter()
            received += chunk
            *messages, received = received.split(b"\n\n")
            for message in messages:
                before, _, rest = message.partition(b'"phone": "')
                if before and rest:
                    see(rest.partition(b'"')[0].decode(), now)
