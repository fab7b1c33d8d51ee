"""What one workspace's trouble and viewers who come back cost the others, measured: `pytest -s -m long`, with figures.

FAIRLEAD_MEASURE_SECONDS is how many seconds each part takes, 15 unless set.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import psycopg
import pytest

from tests.bench.leads import STATES, lead
from tests.conftest import Connect
from tests.gateway.conftest import of_workspace, sign_in
from tests.support import NO_TLS, Gateway, Workspace

pytestmark = [pytest.mark.long, pytest.mark.alone, pytest.mark.concurrent]
SECONDS = float(os.environ.get("FAIRLEAD_MEASURE_SECONDS", "15"))
CLIENTS = 32
MOST_MEGABYTES = 600
SECONDS_TO_ANSWER = 5
VIEWERS = 60
EVENTS_BEHIND = 30_000
LEADS_A_SECOND = 100
SECONDS_TO_CATCH_UP = 120


def load(gateway: Gateway, workspace: Workspace, seconds: float = SECONDS) -> dict[str, float]:
    """What 32 clients of a workspace meet who post as fast as they are answered."""
    command = [sys.executable, "-m", "tests.bench.load", gateway.url, "--token", workspace.token]
    command += ["--clients", str(CLIENTS), "--seconds", str(seconds)]
    measured = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return dict(measured)


class Memory(Thread):
    """The most private memory that any backend of the server had meanwhile, in MB."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__(daemon=True)
        self._connection = connection
        self._over = Event()
        self.most = 0.0

    def run(self) -> None:
        """Look several times a second."""
        while not self._over.wait(0.2):
            for (pid,) in self._connection.execute("select pid from pg_stat_activity").fetchall():
                self.most = max(self.most, _private_megabytes(pid))

    def __enter__(self) -> Memory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def _private_megabytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon:"))


@contextmanager
def trouble(gateway: Gateway, workspace: Workspace, connect: Connect) -> Iterator[None]:
    """A workspace whose turnstile is held most of the time, whose rules are slow, and whose leads are huge."""
    workspace.connection.execute(
        f"""create function public.dawdle() returns trigger language plpgsql as
            $$ begin perform pg_sleep(0.1); return new; end $$;
            create trigger dawdle before insert on crm.leads for each row
            when (new.workspace_id = {workspace.id}) execute function public.dawdle()"""
    )
    over = Event()

    def hold() -> None:
        with connect(autocommit=False) as holder:
            while not over.is_set():
                holder.execute("select from crm.workspaces where id = %s for update", [workspace.id])
                over.wait(4)
                holder.rollback()
                over.wait(1)

    def post_huge() -> None:
        headers = {"authorization": f"Bearer {workspace.token}"}
        with httpx.Client(base_url=gateway.url, headers=headers, timeout=30) as client:
            number = 0
            while not over.is_set():
                number += 1
                numbers = [[time.time(), number, n] for n in range(20_000)]
                client.post("/api/leads/webhook", json={"name": "Huge", "metadata": {"numbers": numbers}})

    with ThreadPoolExecutor(6) as pool:
        work = [pool.submit(hold), *(pool.submit(post_huge) for _ in range(4))]
        posting = pool.submit(load, gateway, workspace, SECONDS)
        yield
        over.set()
        for each in work:
            each.result()
        theirs = posting.result()
        print(f"the workspace in trouble: {theirs['errors']:.0f} of its posts were refused, p99 {theirs['p99']:.2f} s")
    workspace.connection.execute("drop function public.dawdle() cascade")


def test_the_worst_workspace_costs_another_one_no_error_and_no_backend_much_memory(
    gateway: Gateway, workspace: Workspace, connect: Connect
) -> None:
    worst = Workspace.create(connect(), name="Worst")
    for each in (workspace, worst):
        for number in range(8):
            each.caller(f"Caller {number}", *STATES)
    load(gateway, workspace, 3)
    alone = load(gateway, workspace, min(SECONDS, 20))
    with Memory(connect()) as memory, trouble(gateway, worst, connect):
        beside = load(gateway, workspace)
    for name, found in (("alone", alone), ("beside it", beside)):
        print(
            f"{name}: {found['per_second']:.0f} posts/s, p50 {found['p50'] * 1000:.1f} ms, "
            f"p99 {found['p99'] * 1000:.1f} ms, {found['errors']:.0f} errors"
        )
    print(f"largest backend {memory.most:.0f} MB; load {os.getloadavg()}")
    assert beside["errors"] == 0
    assert memory.most < MOST_MEGABYTES


def signed_in(gateway: Gateway, workspace: Workspace) -> list[dict[str, str]]:
    """The cookies of each of the viewers, 15 of whom are one person's pages."""
    people: list[dict[str, str]] = []
    with httpx.Client(base_url=gateway.url, timeout=30) as admin:
        sign_in(admin, *of_workspace(gateway, workspace).admin)
        for number in range(VIEWERS // 15):
            email = f"manager{number}@example.com"
            added = admin.post("/api/users", json={"email": email, "name": "M", "role": "manager"})
            assert added.status_code == 201, added.text
            with httpx.Client(base_url=gateway.url, timeout=30) as person:
                sign_in(person, email, added.json()["password"])
                people += [dict(person.cookies)] * 15
    return people


async def steadily(client: httpx.AsyncClient, until: asyncio.Event, seconds: float) -> list[float]:
    """Post 100 leads a second for so long, and on until the event; the seconds each took, sorted. All are stored."""
    took: list[float] = []

    async def post() -> None:
        began = time.perf_counter()
        (await client.post("/api/leads/webhook", json=lead())).raise_for_status()
        took.append(time.perf_counter() - began)

    begin = time.perf_counter()
    posts: list[asyncio.Task[None]] = []
    while time.perf_counter() - begin < seconds or not until.is_set():
        await asyncio.sleep(max(0, begin + len(posts) / LEADS_A_SECOND - time.perf_counter()))
        posts.append(asyncio.create_task(post()))
    await asyncio.gather(*posts)
    return sorted(took)


async def catch_up(client: httpx.AsyncClient, after: int, newest: int) -> str:
    """Watch from far behind until nothing that was there is missing: `heard`, or `reloaded` when told to."""
    async with client.stream("GET", "/api/events", params={"after": after}) as response:
        response.raise_for_status()
        kind = ""
        async for line in response.aiter_lines():
            if line.startswith("data: ") and json.loads(line[6:])["kind"] == "feed.too_old":
                kind = "reloaded"
            elif line.startswith("id: ") and int(line[4:]) >= newest:
                kind = kind or "heard"
            if kind and not line:
                break
        await response.aclose()
    if kind == "reloaded":
        (await client.get("/api/leads", params={"limit": 100})).raise_for_status()
    return kind


@pytest.mark.parametrize("behind", [EVENTS_BEHIND, 3_000])
async def test_viewers_who_come_back_together_do_not_hold_up_the_posts(
    gateway: Gateway, workspace: Workspace, connect: Connect, behind: int
) -> None:
    for number in range(8):
        workspace.caller(f"Caller {number}", *STATES)
    people = await asyncio.to_thread(signed_in, gateway, workspace)
    for batch in range(behind // 500):
        await asyncio.to_thread(workspace.ingest, *({"name": f"Lead {batch}/{number}"} for number in range(500)))
    row = workspace.connection.execute("select event_seq from crm.workspaces where id = %s", [workspace.id]).fetchone()
    assert row is not None
    newest = row[0]
    headers = {"authorization": f"Bearer {workspace.token}"}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    caught_up = asyncio.Event()
    caught_up.set()
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=60, limits=limits) as sender:
        # Made beforehand, and without certificates: what a client costs is not what is measured.
        viewers = [
            httpx.AsyncClient(base_url=gateway.url, cookies=cookies, timeout=SECONDS_TO_CATCH_UP, verify=NO_TLS)
            for cookies in people
        ]
        alone = await steadily(sender, caught_up, min(SECONDS, 15))
        caught_up.clear()
        posting = asyncio.create_task(steadily(sender, caught_up, min(SECONDS, 15)))
        began = time.perf_counter()
        async with asyncio.timeout(SECONDS_TO_CATCH_UP):
            kinds = await asyncio.gather(*(catch_up(viewer, newest - behind, newest) for viewer in viewers))
        seconds = time.perf_counter() - began
        caught_up.set()
        beside = await posting
        for viewer in viewers:
            await viewer.aclose()
    print(
        f"{VIEWERS} viewers {behind:,} events behind had caught up in {seconds:.1f} s "
        f"({kinds.count('reloaded')} by loading the page again); posts at {LEADS_A_SECOND}/s: p99 "
        f"{alone[int(len(alone) * 0.99)] * 1000:.1f} ms alone, {beside[int(len(beside) * 0.99)] * 1000:.1f} ms beside; "
        f"load {os.getloadavg()}"
    )
    assert all(kinds)
