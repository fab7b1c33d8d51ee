"""Questions that take long: only so many at once, and none for somebody who is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import httpx
import pytest

from gateway.http import long_questions
from tests.conftest import Connect
from tests.gateway.conftest import of_workspace, sign_in
from tests.support import Gateway, Workspace, until

RUNNING = """select count(*) from pg_stat_activity
             where datname = current_database() and state = 'active' and query = 'select api.simulate($1)'"""


@pytest.fixture
def endless(workspace: Workspace) -> Iterator[None]:
    """Leads that are dealt again take as long as a simulation may."""
    workspace.ingest({"name": "Asha"})
    workspace.connection.execute(
        """create function public.dawdle() returns trigger language plpgsql as
           $$ begin perform pg_sleep(100); return new; end $$;
           create trigger dawdle before insert on crm.leads for each row
           when (new.workspace_id < 0) execute function public.dawdle()"""
    )
    yield
    until(lambda: running(workspace) == 0)
    workspace.connection.execute("drop function public.dawdle() cascade")


def running(workspace: Workspace) -> int:
    """How many simulations the database is at."""
    row = workspace.connection.execute(RUNNING).fetchone()
    assert row is not None
    return int(row[0])


class Asking:
    """Simulations that a person waits for."""

    def __init__(self, person: httpx.Client, workspace: Workspace) -> None:
        self._workspace = workspace
        self._client = httpx.AsyncClient(base_url=person.base_url, cookies=person.cookies, timeout=60)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def begin(self, count: int, running_then: int) -> list[asyncio.Task[httpx.Response]]:
        """Ask so many, and return when the database is at them."""
        tasks = [asyncio.create_task(self._client.post("/api/simulate", json={})) for _ in range(count)]
        await asyncio.to_thread(until, lambda: running(self._workspace) == running_then)
        return tasks

    async def one_more(self) -> httpx.Response:
        """Another one."""
        return await self._client.post("/api/simulate", json={})


async def leave(*tasks: asyncio.Task[httpx.Response]) -> None:
    """Close the connections of those who wait."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@contextmanager
def somebody_else(gateway: Gateway, workspace: Workspace) -> Iterator[httpx.Client]:
    """The admin of another workspace, signed in."""
    with httpx.Client(base_url=gateway.url, timeout=30) as client:
        sign_in(client, *of_workspace(gateway, workspace).admin)
        yield client


@pytest.mark.usefixtures("endless")
async def test_a_simulation_ends_in_the_database_when_the_one_who_asked_has_gone(
    workspace: Workspace, manager: httpx.Client
) -> None:
    async with Asking(manager, workspace) as asking:
        await leave(*await asking.begin(2, 2))
        await asyncio.to_thread(until, lambda: running(workspace) == 0)


@pytest.mark.usefixtures("endless")
async def test_one_long_question_too_many_is_refused_and_harms_no_other_workspace(
    gateway: Gateway, workspace: Workspace, manager: httpx.Client, connect: Connect
) -> None:
    other = Workspace.create(connect(), name="Beside it")
    other.ingest({"name": "Bilal"})
    async with Asking(manager, workspace) as asking:
        tasks = await asking.begin(long_questions.MOST_OF_PERSON, long_questions.MOST_OF_PERSON)
        refused = await asking.one_more()
        assert (refused.status_code, refused.headers["retry-after"]) == (429, str(long_questions.RETRY_AFTER))
        assert "long answers already" in refused.json()["detail"]
        assert (await asyncio.to_thread(manager.get, "/api/fairness")).status_code == 429
        assert (await asyncio.to_thread(manager.get, "/api/leads")).status_code == 200
        with somebody_else(gateway, other) as person:
            assert (await asyncio.to_thread(person.get, "/api/fairness")).status_code == 200
            assert "Bilal" in (await asyncio.to_thread(person.get, "/api/leads.csv")).text
        await leave(*tasks)
    await asyncio.to_thread(until, lambda: manager.get("/api/fairness").status_code == 200)


def test_a_file_counts_until_it_has_been_sent(workspace: Workspace, manager: httpx.Client) -> None:
    workspace.ingest({"name": "Asha"})
    for _ in range(long_questions.MOST_OF_ALL + 2):
        assert manager.get("/api/leads.csv").status_code == 200
        assert manager.get("/api/leads.xlsx").status_code == 200
        assert manager.get("/api/audit.csv").status_code == 200
        assert manager.get("/api/leads.csv", params={"since": "never"}).status_code == 422
