"""Batches: one commit for what arrived meanwhile, no lead paying for another's mistake, and an end to waiting."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from gateway.batcher import Batcher
from gateway.database import Database, Unavailable
from gateway.problems import Problem
from tests.support import Workspace


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The gateway's way to the test's database."""
    opened = Database(database_url, role="intake")
    await opened.start()
    yield opened
    await opened.stop()


class Commits:
    """Commits batches for real, and remembers how many leads each had."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sizes: list[int] = []
        self.begun = asyncio.Event()

    async def __call__(self, batch: str) -> list[Any]:
        """Commit."""
        self.sizes.append(len(json.loads(batch, parse_float=str)))
        self.begun.set()
        rows: list[Any] = await self._database.rows("ingest_leads", batch)
        return rows


@pytest.fixture
async def commits(database: Database) -> Commits:
    """See Commits."""
    return Commits(database)


def lead(workspace: Workspace, name: str, metadata: str = "{}") -> bytes:
    """One lead as the batcher takes it."""
    return b'{"source_id":%d,"name":"%b","metadata":%b}' % (workspace.source_id, name.encode(), metadata.encode())


async def test_a_bad_lead_in_a_full_batch_fails_alone(workspace: Workspace, commits: Commits) -> None:
    batcher = Batcher(commits)
    too_large_for_the_database = lead(workspace, "bad", '{"n":1e999999}')
    futures = [batcher.add(lead(workspace, f"good {number}")) for number in range(499)]
    futures.insert(123, batcher.add(too_large_for_the_database))
    batcher.start()
    results = await asyncio.gather(*futures, return_exceptions=True)
    await batcher.stop()
    assert commits.sizes[0] == 500
    assert [number for number, result in enumerate(results) if isinstance(result, BaseException)] == [123]
    assert len({result["lead_id"] for result in results if not isinstance(result, BaseException)}) == 499
    assert workspace.call("api.count_leads('{}')") == 499


async def test_what_arrives_during_a_commit_is_one_batch(workspace: Workspace, commits: Commits, connect: Any) -> None:
    batcher = Batcher(commits)
    batcher.start()
    with held_turnstile(connect(autocommit=False), workspace):
        first = batcher.add(lead(workspace, "first"))
        await commits.begun.wait()
        rest = [batcher.add(lead(workspace, f"later {number}")) for number in range(20)]
    await asyncio.gather(first, *rest)
    await batcher.stop()
    assert commits.sizes == [1, 20]


async def test_a_full_queue_says_come_back_and_loses_nothing(
    workspace: Workspace, commits: Commits, connect: Any
) -> None:
    batcher = Batcher(commits, capacity=3)
    batcher.start()
    with held_turnstile(connect(autocommit=False), workspace):
        accepted = [batcher.add(lead(workspace, "committing"))]
        await commits.begun.wait()
        accepted += [batcher.add(lead(workspace, f"waiting {number}")) for number in range(3)]
        with pytest.raises(Problem) as refusal:
            batcher.add(lead(workspace, "one too many"))
    assert refusal.value.status == 503
    assert int(refusal.value.headers["retry-after"]) >= 1
    await asyncio.gather(*accepted)
    batcher.add(lead(workspace, "room again"))
    await batcher.stop()
    assert workspace.call("api.count_leads('{}')") >= 4


async def test_a_sender_who_goes_away_does_not_disturb_the_batch(workspace: Workspace, commits: Commits) -> None:
    batcher = Batcher(commits)
    stays, leaves = batcher.add(lead(workspace, "stays")), batcher.add(lead(workspace, "leaves"))
    leaves.cancel()
    batcher.start()
    assert (await stays)["lead_id"]
    await batcher.stop()


async def test_the_end_answers_everybody_who_still_waits(workspace: Workspace, commits: Commits, connect: Any) -> None:
    batcher = Batcher(commits)
    batcher.start()
    with held_turnstile(connect(autocommit=False), workspace):
        committing = batcher.add(lead(workspace, "committing"))
        await commits.begun.wait()
        waiting = batcher.add(lead(workspace, "waiting"))
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
