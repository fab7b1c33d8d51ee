"""Many connections insert at once: everybody's share is fair, and no cap is overshot."""

import random
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.concurrency.conftest import insert, shares
from tests.support import Workspace

pytestmark = pytest.mark.concurrent
Together = Callable[..., list[Any]]
WRITERS = 16


def test_single_leads_of_many_connections_are_shared_evenly(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    def write(connection: psycopg.Connection[Any], number: int) -> None:
        for turn in range(25):
            insert(connection, workspace, f"{number}-{turn}")

    together(WRITERS, write)
    held = shares(workspace)
    assert sum(held.values()) == WRITERS * 25
    assert set(held.values()) == {50}


def test_caps_are_met_exactly_and_the_rest_waits(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    workspace.connection.execute("update crm.callers set daily_limit = 20")

    def write(connection: psycopg.Connection[Any], number: int) -> None:
        for turn in range(25):
            insert(connection, workspace, f"{number}-{turn}")

    together(WRITERS, write)
    held = shares(workspace)
    assert held.pop(None) == 240  # type: ignore[call-overload]
    assert sum(held.values()) == 160
    assert set(held.values()) == {20}


def test_batches_of_every_size_are_shared_evenly(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    sizes = [1, 1, 1, 2, 3, 5, 8, 40]

    def write(connection: psycopg.Connection[Any], number: int) -> None:
        for turn, size in enumerate(random.Random(number).sample(sizes, len(sizes))):
            insert(connection, workspace, *(f"{number}-{turn}-{lead}" for lead in range(size)))

    together(WRITERS, write)
    held = shares(workspace)
    assert sum(held.values()) == WRITERS * sum(sizes)
    assert max(held.values()) - min(held.values()) <= 1


def test_pools_that_share_callers_keep_every_cap(together: Together, workspace: Workspace) -> None:
    states = ["Goa", "Kerala", "Bihar", "Assam"]
    for number in range(8):
        workspace.caller(f"Caller {number}", *states[number % 4 : number % 4 + 2], daily_limit=number * 5)

    def write(connection: psycopg.Connection[Any], number: int) -> None:
        for turn in range(10):
            state = [*states, "Nowhere"][(number + turn) % 5]
            insert(connection, workspace, *(f"{number}-{turn}-{lead}" for lead in range(turn % 4)), state=state)

    together(WRITERS, write)
    held = shares(workspace)
    assert sum(held.values()) == WRITERS * sum(turn % 4 for turn in range(10))
    for number in range(1, 8):
        assert held[f"Caller {number}"] <= number * 5
    assert None not in held


def test_every_event_is_numbered_in_the_order_of_commit(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    seen: list[list[int]] = []

    def write_or_read(connection: psycopg.Connection[Any], number: int) -> None:
        """Half of them write; the others read on from the last number they saw, as the feed does."""
        last = 0
        for turn in range(20):
            if number % 2:
                insert(connection, workspace, f"{number}-{turn}")
                continue
            rows = connection.execute("select seq from api.read_events(%s, %s, 1000)", [workspace.id, last]).fetchall()
            numbers = [seq for (seq,) in rows]
            assert numbers == list(range(last + 1, last + 1 + len(numbers)))
            last += len(numbers)
            seen.append(numbers)

    together(WRITERS, write_or_read)
    assert any(seen)


def test_workspaces_do_not_mix(together: Together, workspace: Workspace, eight_callers: list[str]) -> None:
    other = Workspace.create(workspace.connection, name="Other")
    for number in range(3):
        other.caller(f"Other {number}", "Maharashtra")

    def write(connection: psycopg.Connection[Any], number: int) -> None:
        """Some statements insert into both at once, in either order."""
        for turn in range(10):
            first, second = (workspace, other) if (number + turn) % 2 else (other, workspace)
            connection.execute(
                """insert into crm.leads (workspace_id, name, state)
                   values (%s, %s, 'Maharashtra'), (%s, %s, 'Maharashtra')""",
                [first.id, f"{number}-{turn}", second.id, f"{number}-{turn}"],
            )

    together(WRITERS, write)
    held = shares(workspace)
    assert {name: held[name] for name in held if name.startswith("Caller")} == {f"Caller {n}": 20 for n in range(8)}
    assert sorted(held[f"Other {number}"] for number in range(3)) == [53, 53, 54]
