"""The way to PostgreSQL: what is repeated, what is not, and what becomes of a broken connection."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import msgspec
import pytest

from gateway.database.calls import Database, Principal, Terms, TookTooLong, Unavailable
from gateway.database.migrate import migrate
from gateway.database.pool import Pool
from tests.support import Workspace, until


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Another way to the database, with connections of its own."""
    opened = Database(database_url, connections=4)
    yield opened
    await opened.stop()


async def test_connections_broken_at_any_moment_are_replaced_unnoticed(
    database: Database, workspace: Workspace, connect: Any
) -> None:
    someone = Principal("manager", workspace.id, "cli")
    killer = connect()
    for _ in range(25):
        callers = asyncio.gather(*(database.call(someone, "list_callers") for _ in range(4)))
        await asyncio.sleep(0)
        killer.execute(
            """select pg_terminate_backend(pid) from pg_stat_activity
               where application_name = 'fairlead' and datname = current_database()"""
        )
        assert await callers == ["[]"] * 4
        assert await database.call(someone, "list_callers") == "[]"


async def test_an_edit_of_one_version_takes_three_round_trips_after_the_session(
    database_url: str, workspace: Workspace
) -> None:
    statements: list[str] = []

    class Counted(Database):
        async def connect(self) -> Any:
            connection = await super().connect()
            connection.add_query_logger(lambda record: statements.append(record.query))
            return connection

    database = Counted(database_url, connections=1)
    someone = Principal("manager", workspace.id, "o'cli")
    asha = workspace.caller("Asha")
    caller = msgspec.json.decode(await database.call(someone, "get_caller", asha))
    statements.clear()
    current = Terms(edited=("caller", asha), etags=(caller["etag"],))
    await database.call(someone, "update_caller", asha, '{"name": "Asha R"}', terms=current)
    assert len(statements) == 3, statements
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await database.call(someone, "update_caller", asha, '{"name": "Asha S"}', terms=current)
    assert refusal.value.sqlstate == "LD412"
    after = msgspec.json.decode(await database.call(someone, "get_caller", asha))
    assert after["name"] == "Asha R"
    await database.stop()
    by = "select actor from crm.events where kind = 'caller.updated' and workspace_id = %s"
    assert workspace.connection.execute(by, [workspace.id]).fetchall() == [("o'cli",)]


async def test_what_the_function_refuses_is_passed_on(database: Database, workspace: Workspace) -> None:
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await database.call(
            Principal("manager", workspace.id, "cli"), "archive_caller", "01900000-0000-7000-8000-000000000000"
        )
    assert refusal.value.sqlstate == "LD404"


async def test_the_gateway_may_touch_nothing_but_its_functions(database: Database) -> None:
    connection = await database.connect()
    try:
        for statement in ("select from crm.leads", "select routing.verify()", "create table api.mine ()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def superuser(connect: Any) -> Iterator[Any]:
    """A superuser's connection; while it lasts there is `api.nap(seconds)`."""
    superuser = connect()
    superuser.execute("create sequence crm.naps")
    superuser.execute(
        """create function api.nap(p_seconds float) returns bigint language sql security definer
           as $$ select nextval('crm.naps') from pg_sleep(p_seconds) $$"""
    )
    superuser.execute("grant execute on function api.nap(float) to fairlead_manager")
    yield superuser
    superuser.execute("drop function api.nap(float)")
    superuser.execute("drop sequence crm.naps")


NAPS = """from pg_stat_activity where datname = current_database() and state = 'active' and wait_event = 'PgSleep'"""
END_NAPS = f"select pg_terminate_backend(pid) {NAPS}"


async def test_a_long_call_has_a_limit_of_its_own_and_is_not_begun_again(
    database: Database, workspace: Workspace, superuser: Any
) -> None:
    someone = Principal("manager", workspace.id, "cli")
    with pytest.raises(TookTooLong):
        await database.long_call(someone, "nap", 5.0, seconds=1)
    # The limit was that call's alone, on a connection that others go on to use.
    assert await asyncio.gather(*(database.call(someone, "nap", 1.2) for _ in range(4)))

    broken = asyncio.create_task(database.long_call(someone, "nap", 5.0, seconds=20))
    await asyncio.sleep(1)
    assert superuser.execute(END_NAPS).fetchall() == [(True,)]
    with pytest.raises(Unavailable):
        await asyncio.wait_for(broken, 3)


async def test_a_cancelled_call_is_not_tried_again_when_its_connection_breaks(
    database: Database, workspace: Workspace, superuser: Any
) -> None:
    someone = Principal("manager", workspace.id, "cli")
    cancelled = asyncio.create_task(database.call(someone, "nap", 2.0))
    await asyncio.to_thread(until, lambda: superuser.execute(f"select {NAPS}").fetchall())
    # Both come at once: nothing is read from the connection in between.
    assert superuser.execute(END_NAPS).fetchall() == [(True,)]
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert await database.call(someone, "list_callers") == "[]"


async def test_a_cancelled_call_has_ended_before_its_connection_is_used_again(
    database_url: str, workspace: Workspace, superuser: Any
) -> None:
    database = Database(database_url, connections=1)
    someone = Principal("manager", workspace.id, "cli")
    cancelled = asyncio.create_task(database.call(someone, "nap", 10.0))
    await asyncio.to_thread(until, lambda: superuser.execute(f"select {NAPS}").fetchall())
    waiting = asyncio.create_task(database.call(someone, "list_callers"))
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert await waiting == "[]"
    assert not superuser.execute(f"select {NAPS}").fetchall()
    await database.stop()


async def test_a_pool_hands_out_what_is_sound_and_never_more_than_its_number(database: Database) -> None:
    pool = Pool(database.connect, 1)
    first = await pool.take(5)
    with pytest.raises(TimeoutError):
        await pool.take(0.01)
    waiting = asyncio.create_task(pool.take(5))
    await asyncio.sleep(0)
    pool.give_back(first)
    assert await waiting is first
    await first.execute("begin")
    pool.give_back(first)
    second = await pool.take(5)
    assert first.is_closed()
    pool.give_back(second)
    pool.expire()
    third = await pool.take(5)
    assert second.is_closed()
    third.terminate()
    pool.give_back(third)
    pool.give_back(await pool.take(5))
    await pool.close(5)
    with pytest.raises(ConnectionError):
        await pool.take(5)


async def test_a_deploy_in_the_midst_of_it_refuses_nobody(
    database: Database, workspace: Workspace, database_url: str
) -> None:
    someone = Principal("manager", workspace.id, "cli")
    deploy = asyncio.create_task(asyncio.to_thread(migrate, database_url, rebuild=True))
    calls = 0
    while not deploy.done():
        assert await database.call(someone, "list_callers") == "[]"
        calls += 1
    await deploy
    assert calls > 0
    assert await database.call(someone, "list_callers") == "[]"
