"""Real connections that work at the same time, and what must be true after every test of this folder."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import psycopg
import pytest

from tests.conftest import Connect
from tests.support import Workspace

T = TypeVar("T")
Work = Callable[[psycopg.Connection[Any], int], T]


@pytest.fixture
def together(connect: Connect) -> Callable[[int, Work[T]], list[T]]:
    """`together(16, work)` calls work(connection, number) on 16 connections at once and gives what each returned.

    The connections are in autocommit mode and begin at the same moment. The first error of any is raised.
    """

    def run(workers: int, work: Work[T]) -> list[T]:
        connections = [connect() for _ in range(workers)]
        ready = Barrier(workers)

        def begin(number: int) -> T:
            ready.wait()
            return work(connections[number], number)

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(begin, range(workers)))

    return run


@pytest.fixture(autouse=True)
def no_deadlock(server_log: Callable[[str], int]) -> Iterator[None]:
    """No two connections may ever have waited for each other in a circle."""
    yield
    assert server_log("deadlock detected") == 0


@pytest.fixture
def eight_callers(workspace: Workspace) -> list[str]:
    """The ids of eight callers of Maharashtra without a cap, in the order of the circle."""
    return [workspace.caller(f"Caller {number}", "Maharashtra") for number in range(8)]


def insert(
    connection: psycopg.Connection[Any],
    workspace: Workspace,
    *names: str,
    state: str = "Maharashtra",
    phone: str | None = None,
) -> None:
    """Insert leads by one plain statement, as a DBA would."""
    connection.execute(
        "insert into crm.leads (workspace_id, name, state, phone) select %s, name, %s, %s from unnest(%s::text[]) name",
        [workspace.id, state, phone, list(names)],
    )


def shares(workspace: Workspace) -> dict[str, int]:
    """How many leads each caller holds, by the caller's name; None counts the queue."""
    rows = workspace.connection.execute("select caller_name, count(*) from core.lead_cards group by 1")
    return dict(rows.fetchall())
