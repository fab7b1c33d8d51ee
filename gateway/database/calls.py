"""The gateway's only way to PostgreSQL: calls of functions in schema `api`, each in one transaction.

Every connection is `fairlead_gateway`, who may do nothing at all. A call for a person becomes the person's role for its
transaction; the two parts of the gateway that act for nobody, intake and keeper, have connections of their own that are
these roles for good, so that taking leads in costs no statement more. What each role may, PostgreSQL decides.

The server may be down when the gateway starts, or go away at any time: connections are opened when needed, and what can
be repeated is.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, cast

import asyncpg
import msgspec
import structlog

from gateway.core import request_ids
from gateway.database.connecting import target_of

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
Open = Callable[[Any, int], Awaitable[Any]]

STATEMENT_SECONDS = 15
CONNECTION_SETTINGS = {
    "application_name": "fairlead",
    "search_path": "pg_catalog, pg_temp",
    "idle_in_transaction_session_timeout": "10s",
    "standard_conforming_strings": "on",
    # The functions called here are short; compiling them costs more than it saves.
    "jit": "off",
}
CONNECT_SECONDS = 5.0
# So much longer than statement_timeout: it only ends waiting for a server that no longer answers at all.
MORE_SECONDS = 5.0
LOCK_SECONDS = 2.0
# Time for the server to confirm that it has stopped a call that was cancelled.
SECONDS_TO_STOP = 0.5
# Look-ups before a lead is stored may take this long, since its sender is answered within 5 seconds.
SECONDS_TO_LOOK_UP = 0.6
PAUSES_BETWEEN_TRIES = (0.05, 0.2, 0.5)

# Serialization failure, deadlock, lock timeout. The transaction was rolled back, and may well succeed next time.
TRY_AGAIN = frozenset({"40001", "40P01", "55P03"})
# The errors of a call that began before a deploy and ran into the new code: a schema, function, table, column or type
# is gone, a row has another shape, a plan has another result. If the last try fails so, too, it is a mistake of ours.
REPLACED = frozenset({"3F000", "42883", "42P01", "42703", "42704", "42804", "42846", "0A000"})
# A plan refers to objects by number, which may be gone after a deploy, too.
GONE = re.compile("^(cache lookup failed|could not open relation)")
# Shut down by the administrator, crashed, starting up, become a standby: this connection is of no more use.
SERVER_GONE = frozenset({"57P01", "57P02", "57P03", "25006"})
# Classes of errors that tell of a server short of memory, disk or connections, not of the call.
SERVER_IN_NEED = ("53", "58")
STATEMENT_TIMEOUT = "57014"
LOCK_TIMEOUT = "55P03"
# What asyncpg raises when a connection breaks under it, depending on what it was about to do.
CLIENT_ERRORS = (asyncpg.InterfaceError, asyncpg.InternalClientError)


class Unavailable(Exception):
    """The database cannot be reached, or is too busy to answer in time."""


class NotPermitted(Exception):
    """The role may not call the function."""


class TookTooLong(Unavailable):
    """The database ended and undid the call, because its time was up; if `only_waited`, its time to wait for a lock."""

    def __init__(self, message: str = "The database is too busy to answer in time.", *, only_waited: bool = False):
        super().__init__(message)
        self.only_waited = only_waited


class Principal(NamedTuple):
    """On whose behalf a call is made: role (`admin`, `manager`, `caller`, `analyst`), workspace, and `user:<uuid>`."""

    role: str
    workspace_id: int
    actor: str


@dataclass
class Terms:
    """What a request asks of its transactions beside the change: not to go over another one, and to be made once.

    Attributes:
        edited: kind and id of what it changes, `("caller", "<uuid>")`; empty if it names no version.
        etags: the versions of it that it may change.
        key: its Idempotency-Key; empty without one.
        digest: what tells another request with this key from a repeated one.
        part: how many transactions it has begun.
        replayed: the last answer is that of an earlier request with this key.
    """

    edited: tuple[str, str] | None = None
    etags: tuple[str, ...] = ()
    key: str = ""
    digest: bytes = b""
    part: int = 0
    replayed: bool = False


NO_TERMS = Terms()


class Database:
    """A pool of connections to the server at `url`, of `role` for good; nothing is opened before the first call.

    A statement may take `seconds`, and `lock_seconds` of them wait for one lock; a server that has not answered
    `more_seconds` after that is given up. `seconds_to_answer` is the sum of both. Answers to a person go through
    `opened` with the number of the workspace.
    """

    def __init__(
        self,
        url: str,
        *,
        role: str = "gateway",
        connections: int = 10,
        seconds: float = STATEMENT_SECONDS,
        lock_seconds: float = LOCK_SECONDS,
        more_seconds: float = MORE_SECONDS,
        opened: Open | None = None,
    ) -> None:
        self._target = target_of(url)
        self._generation = self._target.generation
        self._settings = {
            **CONNECTION_SETTINGS,
            "role": f"fairlead_{role}",
            "statement_timeout": f"{seconds * 1000:.0f}ms",
            "lock_timeout": f"{lock_seconds * 1000:.0f}ms",
        }
        self.seconds_to_answer = seconds + more_seconds
        self._connections = connections
        # For one workspace: two workspaces that are stuck leave two connections to the others.
        self._most_of_workspace = max(1, connections // 2 - 1)
        self._of_workspace: dict[int, asyncio.Semaphore] = {}
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opened = opened or _as_it_is

    async def start(self) -> None:
        """Prepare the pool. Succeeds while the server is down."""
        self._pool = await asyncpg.create_pool(
            min_size=0,
            max_size=self._connections,
            connect=self._connect,
            reset=_keep_as_is,
        )

    async def stop(self) -> None:
        """Close every connection, without waiting for a server that does not answer."""
        if self._pool is None:
            return
        try:
            await asyncio.wait_for(self._pool.close(), timeout=5)
        except TimeoutError:
            self._pool.terminate()

    async def call(self, principal: Principal, function: str, *arguments: object, terms: Terms = NO_TERMS) -> Any:
        """`select api.function(arguments)` on behalf of `principal`, in a transaction; jsonb arrives as its text.

        With an Idempotency-Key in `terms` the answer is stored in the same transaction, and one that is stored already
        is given again instead; `terms.replayed` says so. Raises Unavailable, NotPermitted, or the asyncpg.PostgresError
        the function raised: LD412 for a version that is not current, LD422 for a key that came with another request.
        """
        if terms.key:
            terms.part += 1
        answer = await self._repeat(lambda: self._call_once(principal, function, arguments, terms))
        return await self._opened(answer, principal.workspace_id)

    async def long_call(self, principal: Principal, function: str, *arguments: object, seconds: int) -> Any:
        """As `call`, for what takes up to `seconds`. Once the function has begun it is not begun again.

        Raises TookTooLong, or as `call` does.
        """
        return await self._repeat(
            lambda: self._call_once(principal, function, arguments, NO_TERMS, seconds), repeated=_never_began
        )

    async def rows(self, function: str, *arguments: object, within: float | None = None) -> list[asyncpg.Record]:
        """`select * from api.function(arguments)` as the pool's own role, for functions that may safely be repeated.

        With `within`, a try begins only if it will end within so many seconds, and a lock timeout is not tried again.
        Raises as `call` does, and TookTooLong.
        """
        query = f"select * from api.{function}({_placeholders(arguments)})"
        if within is None:
            return await self._repeat(lambda: self._rows_once(query, arguments))
        last_begin = time.monotonic() + within - self.seconds_to_answer

        def may_repeat(error: Exception) -> bool:
            return time.monotonic() + PAUSES_BETWEEN_TRIES[-1] < last_begin and _sqlstate(error) != LOCK_TIMEOUT

        return await self._repeat(
            lambda: self._rows_once(query, arguments, connect_within=max(last_begin - time.monotonic(), 0.5)),
            repeated=may_repeat,
        )

    async def connect(self) -> asyncpg.Connection[asyncpg.Record]:
        """A connection of its own, outside the pool, for listening. Raises whatever connecting raises."""
        return await self._connect()

    async def _connect(self, *_dsn: object, **more: Any) -> asyncpg.Connection[asyncpg.Record]:
        return await self._target.connect(self._settings, command_timeout=self.seconds_to_answer, **more)

    @property
    def trouble(self) -> str:
        """Why no connection can be opened, if the operator must mend that; else empty."""
        return self._target.trouble

    async def _call_once(
        self,
        principal: Principal,
        function: str,
        arguments: tuple[object, ...],
        terms: Terms,
        seconds: int | None = None,
    ) -> Any:
        """Three round trips to the server, two more with an Idempotency-Key: begin, the call itself, commit."""
        query, given = _select(function, arguments, terms)
        waiting = self.seconds_to_answer + (seconds or 0)
        committing = False
        try:
            async with (
                self._share(principal.workspace_id),
                self._connection() as connection,
                _transaction(connection, principal, seconds),
            ):
                if terms.key and (known := await _known_answer(connection, terms)) is not None:
                    return known
                result = await connection.fetchval(query, *given, timeout=waiting)
                if terms.key:
                    answer = (terms.key, terms.part, _as_json(result))
                    await connection.fetchval("select api.finish_request($1, $2, $3)", *answer)
                committing = True
            return result
        except asyncpg.InsufficientPrivilegeError as error:
            # What else is denied, inside of a function that one may call, is a mistake of ours.
            if not {function, "expect_etag"}.isdisjoint(error.message.split()):
                raise NotPermitted from error
            raise
        except Exception as error:
            if committing and _connection_lost(error):
                # Whether it was committed is unknown, so it must not be repeated blindly.
                raise Unavailable("The connection was lost while saving. Look whether the change was made.") from error
            raise

    async def _rows_once(
        self, query: str, arguments: tuple[object, ...], *, connect_within: float = CONNECT_SECONDS
    ) -> list[asyncpg.Record]:
        async with self._connection(connect_within) as connection:
            return cast("list[asyncpg.Record]", await connection.fetch(query, *arguments))

    @asynccontextmanager
    async def _share(self, workspace_id: int) -> AsyncIterator[None]:
        """Take one of the connections that the people of a workspace may use at once. Raises Unavailable."""
        if (share := self._of_workspace.get(workspace_id)) is None:
            share = self._of_workspace[workspace_id] = asyncio.Semaphore(self._most_of_workspace)
        async with answered_within(CONNECT_SECONDS):
            await share.acquire()
        try:
            yield
        finally:
            share.release()

    @asynccontextmanager
    async def _connection(self, within: float = CONNECT_SECONDS) -> AsyncIterator[Any]:
        assert self._pool is not None, "start() comes first"
        if self._generation != self._target.generation:
            self._generation = self._target.generation
            await self._pool.expire_connections()
        try:
            connection = await self._pool.acquire(timeout=within)
        except (OSError, TimeoutError, asyncpg.PostgresError, *CLIENT_ERRORS) as error:
            # A role or database that is not there yet is an unready server too.
            raise _NotConnected from error
        patience = CONNECT_SECONDS
        try:
            yield connection
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                # The pool is cancelling the call on the server, and waits for it to confirm.
                patience = SECONDS_TO_STOP
            # Unless it is the server's word on the call, what state the connection is in is unknown.
            elif not isinstance(error, asyncpg.PostgresError) or _connection_lost(error):
                if isinstance(error, TimeoutError):
                    self._target.give_up()
                with suppress(asyncpg.InterfaceError):
                    connection.terminate()
            raise
        finally:
            # A connection that cannot be handed back has been closed by the pool.
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, *CLIENT_ERRORS):
                await self._pool.release(connection, timeout=patience)

    @staticmethod
    async def _repeat(
        attempt: Callable[[], Awaitable[Result]], *, repeated: Callable[[Exception], bool] | None = None
    ) -> Result:
        for pause in (*PAUSES_BETWEEN_TRIES, None):
            try:
                return await attempt()
            except Exception as error:
                sqlstate = _sqlstate(error)
                if sqlstate == STATEMENT_TIMEOUT:
                    raise TookTooLong from error
                if not _may_repeat(error):
                    raise
                if pause is None or not (repeated is None or repeated(error)):
                    if sqlstate == LOCK_TIMEOUT:
                        raise TookTooLong(only_waited=True) from error
                    if _is_replaced(error):
                        log.error("the code in the database does not fit this gateway", error=str(error))
                    raise Unavailable("The database cannot be reached or is too busy just now.") from error
            await asyncio.sleep(random.uniform(pause / 2, pause))
        raise AssertionError("the last try returns or raises")


class Databases(NamedTuple):
    """The two pools that requests use: for people, and for what the gateway asks by itself."""

    people: Database
    keeper: Database


@asynccontextmanager
async def answered_within(seconds: float) -> AsyncIterator[None]:
    """Limit the time to wait. Raises Unavailable when it is over."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Unavailable("The database is too busy to answer in time.") from None


class _NotConnected(Exception):
    """No connection could be opened."""


async def _keep_as_is(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Every setting made here is local to its transaction, so a connection needs no cleaning between uses."""


async def _as_it_is(answer: Any, _workspace_id: int) -> Any:
    return answer


def _placeholders(arguments: tuple[object, ...]) -> str:
    return ", ".join(f"${number}" for number in range(1, len(arguments) + 1))


def _select(function: str, arguments: tuple[object, ...], terms: Terms) -> tuple[str, tuple[object, ...]]:
    """The call, and what it is given. What stands in `from` is called first: it refuses another version."""
    query = f"select api.{function}({_placeholders(arguments)})"
    if not terms.edited:
        return query, arguments
    first = len(arguments) + 1
    expected = f"api.expect_etag(${first}, ${first + 1}, ${first + 2})"
    return f"{query} from {expected}", (*arguments, *terms.edited, terms.etags)


@asynccontextmanager
async def _transaction(connection: Any, principal: Principal, seconds: int | None) -> AsyncIterator[None]:
    """A transaction on behalf of `principal`, in which a statement may take `seconds`, if not as long as usual.

    It begins in one round trip, which asyncpg's own does not.
    """
    settings = {
        "role": f"fairlead_{principal.role}",
        "fairlead.workspace_id": f"{principal.workspace_id}",
        "fairlead.actor": principal.actor,
        "fairlead.request_id": request_ids.current(),
        **({} if seconds is None else {"statement_timeout": f"{seconds}s"}),
    }
    become = ", ".join(f"set_config('{name}', {_quoted(value)}, true)" for name, value in settings.items())
    try:
        await connection.execute(f"begin; select {become}")
        yield
    except BaseException:
        # Why the call ended is what counts, above all that it was cancelled: it must not be tried again.
        try:
            await connection.execute("rollback")
        except (OSError, TimeoutError, asyncpg.PostgresError, *CLIENT_ERRORS):
            with suppress(asyncpg.InterfaceError):
                connection.terminate()
        raise
    await connection.execute("commit")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


async def _known_answer(connection: Any, terms: Terms) -> Any:
    """What a request with this Idempotency-Key was answered before; None for a new one."""
    known = await connection.fetchval("select api.begin_request($1, $2, $3)", terms.key, terms.part, terms.digest)
    terms.replayed = known is not None
    return None if known is None else _as_called(known)


def _as_json(result: object) -> str:
    """What a function answered, as JSON: the text of a jsonb is that already."""
    return result if isinstance(result, str) and result[:1] in ("{", "[") else msgspec.json.encode(result).decode()


def _as_called(answer: str) -> Any:
    """A stored answer as the function gave it."""
    return answer if answer[:1] in ("{", "[") else msgspec.json.decode(answer)


def _connection_lost(error: Exception) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        return isinstance(error, asyncpg.PostgresConnectionError) or error.sqlstate in SERVER_GONE
    # asyncpg.DataError, a ValueError, is about what was passed in.
    return isinstance(error, (OSError, TimeoutError, *CLIENT_ERRORS)) and not isinstance(error, ValueError)


def _never_began(error: Exception) -> bool:
    # The code schemas are rebuilt at every deploy, so a prepared call may find its function replaced.
    return isinstance(error, _NotConnected | asyncpg.InvalidCachedStatementError | asyncpg.OutdatedSchemaCacheError)


def _sqlstate(error: BaseException) -> str:
    return getattr(error, "sqlstate", None) or ""


def _may_repeat(error: Exception) -> bool:
    sqlstate = _sqlstate(error)
    return (
        _never_began(error)
        or sqlstate in TRY_AGAIN
        or sqlstate.startswith(SERVER_IN_NEED)
        or _is_replaced(error)
        or _connection_lost(error)
    )


def _is_replaced(error: Exception) -> bool:
    sqlstate = _sqlstate(error)
    return sqlstate in REPLACED or (sqlstate == "XX000" and GONE.match(str(error)) is not None)
