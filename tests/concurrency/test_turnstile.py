"""What two sessions see of each other, one interleaving at a time."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import IsolationLevel

from tests.concurrency.conftest import insert
from tests.conftest import Connect
from tests.support import SECONDS_TO_WAIT, Workspace

pytestmark = pytest.mark.concurrent
PHONE = "+919812312345"


@pytest.fixture
def background() -> Iterator[ThreadPoolExecutor]:
    """Runs what has to wait for something that the test does later."""
    with ThreadPoolExecutor() as pool:
        yield pool


def await_blocked(watcher: psycopg.Connection[Any], waiting: int, holding: int) -> None:
    """Return once the session with process id `waiting` waits for a lock that `holding` has."""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    blocked = """select wait_event_type = 'Lock' and %s = any (pg_blocking_pids(pid))
                 from pg_stat_activity where pid = %s"""
    while watcher.execute(blocked, [holding, waiting]).fetchone() != (True,):
        assert time.monotonic() < deadline, "nobody waits"


def caller_of(workspace: Workspace, name: str) -> Any:
    """The name of the caller who has a lead, None if nobody has."""
    row = workspace.connection.execute("select caller_name from core.lead_cards where name = %s", [name]).fetchone()
    assert row is not None
    return row[0]


def duplicates(workspace: Workspace) -> dict[str, str]:
    """By its name, each lead that came after an open one of its contact, and the name of that one."""
    rows = workspace.connection.execute(
        """select c.name, l.name from core.lead_cards c
           join crm.leads l on l.workspace_id = c.workspace_id and l.id = c.duplicate_of"""
    )
    return dict(rows.fetchall())


def test_the_second_dealer_waits_for_the_first_and_goes_on_after_it(
    connect: Connect, workspace: Workspace, eight_callers: list[str], background: ThreadPoolExecutor
) -> None:
    first, second = connect(autocommit=False), connect()
    insert(first, workspace, "a", "b")
    waiting: Future[None] = background.submit(insert, second, workspace, "c")
    await_blocked(workspace.connection, second.info.backend_pid, first.info.backend_pid)
    first.commit()
    waiting.result(SECONDS_TO_WAIT)
    assert [caller_of(workspace, name) for name in "abc"] == ["Caller 0", "Caller 1", "Caller 2"]


def test_the_second_dealer_gets_the_turn_that_the_first_gave_up(
    connect: Connect, workspace: Workspace, eight_callers: list[str], background: ThreadPoolExecutor
) -> None:
    first, second = connect(autocommit=False), connect()
    insert(first, workspace, "a", "b")
    waiting = background.submit(insert, second, workspace, "c")
    await_blocked(workspace.connection, second.info.backend_pid, first.info.backend_pid)
    first.rollback()
    waiting.result(SECONDS_TO_WAIT)
    assert caller_of(workspace, "c") == "Caller 0"


def test_a_pause_that_came_first_is_seen_by_the_deal_that_waited(
    connect: Connect, workspace: Workspace, eight_callers: list[str], background: ThreadPoolExecutor
) -> None:
    manager, writer = connect(autocommit=False), connect()
    manager.execute("update crm.callers set status = 'paused' where id = %s", [eight_callers[0]])
    waiting = background.submit(insert, writer, workspace, "a")
    await_blocked(workspace.connection, writer.info.backend_pid, manager.info.backend_pid)
    manager.commit()
    waiting.result(SECONDS_TO_WAIT)
    assert caller_of(workspace, "a") == "Caller 1"


def test_a_cap_reached_by_the_first_is_seen_by_the_second(
    connect: Connect, workspace: Workspace, background: ThreadPoolExecutor
) -> None:
    workspace.caller("Only", daily_limit=1)
    first, second = connect(autocommit=False), connect()
    insert(first, workspace, "a")
    waiting = background.submit(insert, second, workspace, "b")
    await_blocked(workspace.connection, second.info.backend_pid, first.info.backend_pid)
    first.commit()
    waiting.result(SECONDS_TO_WAIT)
    assert [caller_of(workspace, name) for name in "ab"] == ["Only", None]


def test_a_contact_made_by_the_first_is_found_by_the_second(
    connect: Connect, workspace: Workspace, eight_callers: list[str], background: ThreadPoolExecutor
) -> None:
    first, second = connect(autocommit=False), connect()
    insert(first, workspace, "a", phone=PHONE)
    waiting = background.submit(insert, second, workspace, "b", phone=PHONE)
    await_blocked(workspace.connection, second.info.backend_pid, first.info.backend_pid)
    first.commit()
    waiting.result(SECONDS_TO_WAIT)
    assert [caller_of(workspace, name) for name in "ab"] == ["Caller 0", "Caller 0"]
    assert duplicates(workspace) == {"b": "a"}


def test_a_contact_that_the_first_gave_up_is_made_by_the_second(
    connect: Connect, workspace: Workspace, eight_callers: list[str], background: ThreadPoolExecutor
) -> None:
    first, second = connect(autocommit=False), connect()
    insert(first, workspace, "a", phone=PHONE)
    waiting = background.submit(insert, second, workspace, "b", phone=PHONE)
    await_blocked(workspace.connection, second.info.backend_pid, first.info.backend_pid)
    first.rollback()
    waiting.result(SECONDS_TO_WAIT)
    insert(second, workspace, "c", phone=PHONE)
    assert [caller_of(workspace, name) for name in "bc"] == ["Caller 0", "Caller 0"]
    assert duplicates(workspace) == {"c": "b"}


def test_a_merge_that_came_first_is_seen_by_the_deal_that_waited(
    connect: Connect, workspace: Workspace, eight_callers: list[str], background: ThreadPoolExecutor
) -> None:
    manager, writer = connect(autocommit=False), connect()
    insert(writer, workspace, "a", phone=PHONE)
    insert(writer, workspace, "b", phone="+919812345678")
    manager.execute("select set_config('fairlead.workspace_id', %s, true)", [str(workspace.id)])
    merge = """select api.merge_contacts(l.id, m.id, 'keep')
               from crm.leads l, crm.leads m where l.name = 'b' and m.name = 'a'"""
    manager.execute(merge)
    waiting = background.submit(insert, writer, workspace, "c", phone="+919812345678")
    await_blocked(workspace.connection, writer.info.backend_pid, manager.info.backend_pid)
    manager.commit()
    waiting.result(SECONDS_TO_WAIT)
    assert caller_of(workspace, "c") == "Caller 0"
    assert duplicates(workspace) == {"c": "a"}


def test_the_day_is_that_of_the_moment_past_the_turnstile(
    connect: Connect, workspace: Workspace, eight_callers: list[str], background: ThreadPoolExecutor
) -> None:
    """A batch that waited over midnight is dealt, whole, on the new day."""
    first, second = connect(autocommit=False), connect()
    first.execute("set fairlead.now = '2026-01-05 23:59+05:30'")
    insert(first, workspace, "a")
    second.execute("set fairlead.now = '2026-01-06 00:00+05:30'")
    waiting = background.submit(insert, second, workspace, "b", "c")
    await_blocked(workspace.connection, second.info.backend_pid, first.info.backend_pid)
    first.commit()
    waiting.result(SECONDS_TO_WAIT)
    days = workspace.connection.execute("select business_date::text, count(*) from crm.lead_assignments group by 1")
    assert dict(days.fetchall()) == {"2026-01-05": 1, "2026-01-06": 2}


def test_another_workspace_does_not_wait(connect: Connect, workspace: Workspace, eight_callers: list[str]) -> None:
    other = Workspace.create(workspace.connection, name="Other")
    other.caller("Other caller")
    first, second = connect(autocommit=False), connect(options="-c lock_timeout=5s")
    insert(first, workspace, "a")
    insert(second, other, "b")
    first.commit()
    assert caller_of(workspace, "b") == "Other caller"


def test_a_lead_arriving_does_not_wait_for_those_who_read(
    connect: Connect, workspace: Workspace, eight_callers: list[str]
) -> None:
    reader, writer = connect(autocommit=False), connect(options="-c lock_timeout=5s")
    for question in ("select * from routing.verify()", "select * from report.callers_today", "select * from crm.leads"):
        reader.execute(question.encode())
    insert(writer, workspace, "a")
    assert caller_of(workspace, "a") == "Caller 0"


def test_who_cannot_pass_in_time_is_told_so_and_stores_nothing(
    connect: Connect, workspace: Workspace, eight_callers: list[str]
) -> None:
    first, second = connect(autocommit=False), connect(options="-c lock_timeout=50ms")
    insert(first, workspace, "a")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        insert(second, workspace, "b")
    first.commit()
    insert(second, workspace, "b")
    assert [caller_of(workspace, name) for name in "ab"] == ["Caller 0", "Caller 1"]


def test_a_repeatable_read_that_came_too_late_fails_and_a_retry_cures_it(
    connect: Connect, workspace: Workspace, eight_callers: list[str]
) -> None:
    connection = connect(autocommit=False)
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.execute("select 1 from crm.leads")
    insert(workspace.connection, workspace, "a")
    with pytest.raises(psycopg.errors.SerializationFailure):
        insert(connection, workspace, "b")
    connection.rollback()
    insert(connection, workspace, "b")
    connection.commit()
    assert [caller_of(workspace, name) for name in "ab"] == ["Caller 0", "Caller 1"]


@pytest.mark.parametrize("level", [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE], ids=str)
def test_strict_transactions_that_retry_deal_as_fairly(
    level: IsolationLevel, connect: Connect, workspace: Workspace, eight_callers: list[str]
) -> None:
    def write(number: int) -> None:
        connection = connect(autocommit=False)
        connection.isolation_level = level
        for turn in range(8):
            while True:
                try:
                    insert(connection, workspace, f"{number}-{turn}")
                    connection.commit()
                    break
                except psycopg.errors.SerializationFailure:
                    connection.rollback()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    counts = workspace.connection.execute("select count from crm.caller_daily_counters").fetchall()
    assert counts == [(4,)] * 8
