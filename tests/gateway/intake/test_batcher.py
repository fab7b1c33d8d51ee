"""Batches: one commit for what arrived meanwhile, no lead paying for another's mistake, and an end to waiting."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from gateway.core.problems import Problem
from gateway.database.calls import Database, Unavailable
from gateway.intake import batcher as batcher_module
from gateway.intake.batcher import Batcher, Lane
from tests.support import Workspace


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The gateway's way to the test's database."""
    opened = Database(database_url, role="intake", seconds=1, lock_seconds=0.5, more_seconds=0.3)
    yield opened
    await opened.stop()


class Commits:
    """Commits batches for real, and remembers how many leads each had."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sizes: list[int] = []
        self.begun = asyncio.Event()
        self.tries = asyncio.Semaphore(0)

    async def __call__(self, batch: str, seconds: float) -> list[Any]:
        """Commit."""
        self.sizes.append(len(json.loads(batch, parse_float=str)))
        self.begun.set()
        self.tries.release()
        rows: list[Any] = await self._database.rows("ingest_leads", batch, within=seconds)
        return rows


@pytest.fixture
async def commits(database: Database) -> Commits:
    """See Commits."""
    return Commits(database)


def lead(workspace: Workspace, name: str, metadata: str = "{}") -> bytes:
    """One lead as the batcher takes it."""
    return b'{"source_id":%d,"name":"%b","metadata":%b}' % (workspace.source_id, name.encode(), metadata.encode())


def batcher_of(commits: Commits, slow: Commits | None = None, **more: Any) -> Batcher:
    """A batcher with as many places as the gateway's."""
    return Batcher(Lane(commits, places=3, seconds=1.3), Lane(slow or commits, places=3, seconds=1.3), **more)


async def test_a_bad_lead_in_a_full_batch_fails_alone(workspace: Workspace, commits: Commits) -> None:
    batcher = batcher_of(commits)
    too_large_for_the_database = lead(workspace, "bad", '{"n":1e999999}')
    futures = [batcher.add(workspace.id, lead(workspace, f"good {number}")) for number in range(499)]
    futures.insert(123, batcher.add(workspace.id, too_large_for_the_database))
    batcher.start()
    results = await asyncio.gather(*futures, return_exceptions=True)
    await batcher.stop()
    assert commits.sizes[0] == 500
    assert [number for number, result in enumerate(results) if isinstance(result, BaseException)] == [123]
    assert len({result["lead_id"] for result in results if not isinstance(result, BaseException)}) == 499
    assert workspace.call("api.count_leads('{}')") == 499


async def test_what_arrives_during_a_commit_is_one_batch(workspace: Workspace, commits: Commits, connect: Any) -> None:
    batcher = batcher_of(commits)
    batcher.start()
    with held_turnstile(connect(autocommit=False), workspace):
        first = batcher.add(workspace.id, lead(workspace, "first"))
        await commits.begun.wait()
        rest = [batcher.add(workspace.id, lead(workspace, f"later {number}")) for number in range(20)]
    await asyncio.gather(first, *rest)
    await batcher.stop()
    assert commits.sizes == [1, 20]


async def test_a_full_queue_says_come_back_and_loses_nothing(
    workspace: Workspace, commits: Commits, connect: Any
) -> None:
    batcher = batcher_of(commits, capacity=6)
    batcher.start()
    with held_turnstile(connect(autocommit=False), workspace):
        accepted = [batcher.add(workspace.id, lead(workspace, "committing"))]
        await commits.begun.wait()
        accepted += [batcher.add(workspace.id, lead(workspace, f"waiting {number}")) for number in range(3)]
        with pytest.raises(Problem) as refusal:
            batcher.add(workspace.id, lead(workspace, "one too many"))
    assert refusal.value.status == 503
    assert int(refusal.value.headers["retry-after"]) >= 1
    await asyncio.gather(*accepted)
    batcher.add(workspace.id, lead(workspace, "room again"))
    await batcher.stop()
    assert workspace.call("api.count_leads('{}')") >= 4


async def test_a_backlog_refuses_only_the_posts_of_its_own_workspace(
    workspace: Workspace, commits: Commits, connect: Any
) -> None:
    other = Workspace.create(workspace.connection, name=f"Beside {workspace.id}")
    batcher = batcher_of(commits, capacity=6)
    batcher.start()
    with held_turnstile(connect(autocommit=False), workspace):
        batcher.add(workspace.id, lead(workspace, "committing"))
        await commits.begun.wait()
        for number in range(3):
            batcher.add(workspace.id, lead(workspace, f"waiting {number}"))
        with pytest.raises(Problem):
            batcher.add(workspace.id, lead(workspace, "one too many"))
        assert (await batcher.add(other.id, lead(other, "beside it")))["lead_id"]
    await batcher.stop()


async def test_however_many_workspaces_are_stuck_another_one_is_not(
    workspace: Workspace, commits: Commits, connect: Any
) -> None:
    stuck = [Workspace.create(workspace.connection, name=f"Stuck {workspace.id} {number}") for number in range(7)]
    batcher = batcher_of(commits)
    batcher.start()
    with ExitStack() as held:
        holder = connect(autocommit=False)
        for each in stuck:
            held.enter_context(held_turnstile(holder, each))
        answers = [batcher.add(each.id, lead(each, "stuck")) for each in stuck]
        # Each of them has held a place once; from then on they wait in the slow lane.
        for _ in range(len(stuck) + 1):
            await commits.tries.acquire()
        for number in range(3):
            assert (await batcher.add(workspace.id, lead(workspace, f"free {number}")))["lead_id"]
        assert not any(answer.done() for answer in answers)
    assert all(row["lead_id"] for row in await asyncio.gather(*answers))
    await batcher.stop()


async def test_a_lead_that_cannot_be_stored_in_time_is_answered_and_not_stored(
    workspace: Workspace, commits: Commits, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batcher_module, "SECONDS_TO_STORE", 2.0)
    batcher = batcher_of(commits)
    batcher.start()
    with held_turnstile(connect(autocommit=False), workspace):
        for future in [batcher.add(workspace.id, lead(workspace, f"late {number}")) for number in range(3)]:
            with pytest.raises(Unavailable, match="nothing was stored"):
                await future
    assert (await batcher.add(workspace.id, lead(workspace, "later")))["lead_id"]
    await batcher.stop()
    assert workspace.call("api.count_leads('{}')") == 1


async def test_a_slow_workspace_gets_its_leads_stored_in_smaller_batches(
    workspace: Workspace, commits: Commits, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its leads take 40 ms each: forty of them never come through at once."""
    monkeypatch.setattr(batcher_module, "SECONDS_TO_STORE", 20)
    workspace.connection.execute(
        f"""create function public.dawdle_{workspace.id}() returns trigger language plpgsql as
            $$ begin perform pg_sleep(0.04); return new; end $$;
            create trigger dawdle_{workspace.id} before insert on crm.leads for each row
            when (new.workspace_id = {workspace.id}) execute function public.dawdle_{workspace.id}()"""
    )
    slow = Commits(database)
    batcher = batcher_of(commits, slow)
    batcher.start()
    rows = await asyncio.gather(*(batcher.add(workspace.id, lead(workspace, f"slow {n}")) for n in range(40)))
    await batcher.stop()
    workspace.connection.execute(f"drop function public.dawdle_{workspace.id}() cascade")
    assert (commits.sizes[0], slow.sizes[0]) == (40, 10)
    assert len({row["lead_id"] for row in rows}) == 40


async def test_a_sender_who_goes_away_does_not_disturb_the_batch(workspace: Workspace, commits: Commits) -> None:
    batcher = batcher_of(commits)
    stays, leaves = (
        batcher.add(workspace.id, lead(workspace, "stays")),
        batcher.add(workspace.id, lead(workspace, "leaves")),
    )
    leaves.cancel()
    batcher.start()
    assert (await stays)["lead_id"]
    await batcher.stop()


async def test_the_end_answers_everybody_who_still_waits(workspace: Workspace, commits: Commits, connect: Any) -> None:
    batcher = batcher_of(commits)
    batcher.start()
    with held_turnstile(connect(autocommit=False), workspace):
        committing = batcher.add(workspace.id, lead(workspace, "committing"))
        await commits.begun.wait()
        waiting = batcher.add(workspace.id, lead(workspace, "waiting"))
        await batcher.stop()
    for future in (committing, waiting):
        with pytest.raises(Unavailable):
            await future


class held_turnstile:  # noqa: N801
    """While it is held nobody's leads are dealt in the workspace."""

    def __init__(self, connection: psycopg.Connection[Any], workspace: Workspace) -> None:
        self._connection = connection
        self._workspace = workspace

    def __enter__(self) -> None:
        self._connection.execute("select from crm.workspaces where id = %s for no key update", [self._workspace.id])

    def __exit__(self, *_: object) -> None:
        self._connection.rollback()
