"""The database goes away and comes back: nothing is promised that is not kept, and everything resumes by itself."""

import asyncio
import time
from typing import Any

import httpx
import psycopg

from gateway.database.embedded import Server
from tests.gateway.conftest import Post, Watch, stopped
from tests.support import Workspace, until

SECONDS_TO_RECOVER = 30


async def until_accepted(post: Post, **lead: str) -> httpx.Response:
    """Post until the gateway takes the lead, as an automation does."""
    deadline = time.monotonic() + SECONDS_TO_RECOVER
    while (response := await asyncio.to_thread(post, **lead)).status_code == 503:
        assert time.monotonic() < deadline, response.text
    return response


async def test_a_stopped_database_acknowledges_nothing_and_resumes_without_a_missed_event(
    server: Server, database_url: str, workspace: Workspace, post: Post, visitor: httpx.Client, watch: Watch
) -> None:
    async with watch() as stream:
        assert (await asyncio.to_thread(post, name="Before")).status_code == 201
        with stopped(server):
            refused = await asyncio.to_thread(post, name="Meanwhile")
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) > 0
            assert refused.headers["content-type"] == "application/problem+json"
            await asyncio.to_thread(until, lambda: "the database cannot be reached" in missing(visitor))
            assert (await asyncio.to_thread(visitor.get, "/readyz")).status_code == 503
            assert (await asyncio.to_thread(visitor.get, "/healthz")).status_code == 200
        # Events written while the gateway is still reconnecting must not be missed either.
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("insert into crm.leads (workspace_id, name) values (%s, 'By SQL')", [workspace.id])
        assert (await until_accepted(post, name="After")).status_code in (200, 201)
        events = await stream.take(3)
        assert [event.data["lead"]["name"] for event in events] == ["Before", "By SQL", "After"]
        first = events[0].number
        assert [event.number for event in events] == [first, first + 1, first + 2]
    await until_ready(visitor)


async def test_broken_connections_are_opened_again_without_a_missed_event(
    workspace: Workspace, post: Post, visitor: httpx.Client, watch: Watch
) -> None:
    async with watch() as stream:
        for number in range(5):
            killed = workspace.connection.execute(
                """select count(pg_terminate_backend(pid)) from pg_stat_activity
                   where application_name = 'fairlead' and datname = current_database()"""
            ).fetchone()
            assert killed is not None
            assert killed[0] > 0
            workspace.ingest({"name": f"By SQL {number}"})
            response = await asyncio.to_thread(post, name=f"Posted {number}")
            assert response.status_code == 201, response.text
            await until_ready(visitor)
        events = await stream.take(10)
    assert [event.number for event in events] == list(range(events[0].number, events[0].number + 10))


def missing(visitor: httpx.Client) -> list[str]:
    """What /readyz says is missing. What it has found out it says for a second."""
    answer: list[str] = visitor.get("/readyz").json()["missing"]
    return answer


async def until_ready(visitor: httpx.Client) -> None:
    """Wait for /readyz."""
    deadline = time.monotonic() + SECONDS_TO_RECOVER
    while (response := await asyncio.to_thread(visitor.get, "/readyz")).status_code != 200:
        assert time.monotonic() < deadline, response.text


def test_a_busy_workspace_says_come_back(workspace: Workspace, connect: Any, post: Post, manager: httpx.Client) -> None:
    holder = connect(autocommit=False)
    holder.execute("select from crm.workspaces where id = %s for update", [workspace.id])
    response = post(name="Asha")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    holder.rollback()
    assert post(name="Asha").status_code == 201
    assert workspace.call("api.count_leads('{}')") == 1
