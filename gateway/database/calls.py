"""The gateway's only way to PostgreSQL: calls of functions in schema `api`, each in one transaction.

Every connection is `fairlead_gateway`, who may do nothing at all. A call for a person becomes the person's role for its
transaction; the two parts of the gateway that act for nobody, intake and keeper, have connections of their own that are
these roles for good, so that taking leads in costs no statement more. What each role may, PostgreSQL decides.

The server may be down when the gateway starts, or go away at any time: connections are opened when needed, and what can
be repeated is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, cast

import asyncpg

from gateway.database.connecting import target_of
from gateway.database.pool import Connection, Pool
from gateway.database.repeating import (
    CLIENT_ERRORS,
    LOCK_TIMEOUT,
    PAUSES_BETWEEN_TRIES,
    NotConnected,
    NotPermitted,
    TookTooLong,
    Unavailable,
    answered_within,
    is_connection_lost,
    never_began,
    repeat,
    sqlstate_of,
)
from gateway.database.transactions import (
    NO_TERMS,
    Principal,
    Terms,
    as_json,
    known_answer,
    placeholders,
    select,
    transaction,
)

# Who calls the database finds here what such a call takes and raises.
__all__ = [
    "NO_TERMS",
    "Database",
    "Databases",
    "NotPermitted",
    "Principal",
    "Terms",
    "TookTooLong",
    "Unavailable",
    "answered_within",
]

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
# Time for the calls under way when the gateway ends.
SECONDS_TO_END = 5.0
# Look-ups before a lead is stored may take this long, since its sender is answered within 5 seconds.
SECONDS_TO_LOOK_UP = 0.6


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
        # For one workspace: two workspaces that are stuck leave two connections to the others.
        self._most_of_workspace = max(1, connections // 2 - 1)
        self._of_workspace: dict[int, asyncio.Semaphore] = {}
        self._pool = Pool(self.connect, connections)
        self._opened = opened or _as_it_is

    async def stop(self) -> None:
        """Close every connection, without waiting long for a server that does not answer."""
        await self._pool.close(SECONDS_TO_END)

    async def call(self, principal: Principal, function: str, *arguments: object, terms: Terms = NO_TERMS) -> Any:
        """`select api.function(arguments)` on behalf of `principal`, in a transaction; jsonb arrives as its text.

        With an Idempotency-Key in `terms` the answer is stored in the same transaction, and one that is stored already
        is given again instead; `terms.replayed` says so. Raises Unavailable, NotPermitted, or the asyncpg.PostgresError
        the function raised: LD412 for a version that is not current, LD422 for a key that came with another request.
        """
        if terms.key:
            terms.part += 1
        answer = await repeat(lambda: self._call_once(principal, function, arguments, terms))
        return await self._opened(answer, principal.workspace_id)

    async def long_call(self, principal: Principal, function: str, *arguments: object, seconds: int) -> Any:
        """As `call`, for what takes up to `seconds`. Once the function has begun it is not begun again.

        Raises TookTooLong, or as `call` does.
        """
        return await repeat(
            lambda: self._call_once(principal, function, arguments, NO_TERMS, seconds), repeated=never_began
        )

    async def rows(self, function: str, *arguments: object, within: float | None = None) -> list[asyncpg.Record]:
        """`select * from api.function(arguments)` as the pool's own role, for functions that may safely be repeated.

        With `within`, a try begins only if it will end within so many seconds, and a lock timeout is not tried again.
        Raises as `call` does, and TookTooLong.
        """
        query = f"select * from api.{function}({placeholders(arguments)})"
        if within is None:
            return await repeat(lambda: self._rows_once(query, arguments))
        last_begin = time.monotonic() + within - self.seconds_to_answer

        def may_repeat(error: Exception) -> bool:
            return time.monotonic() + PAUSES_BETWEEN_TRIES[-1] < last_begin and sqlstate_of(error) != LOCK_TIMEOUT

        return await repeat(
            lambda: self._rows_once(query, arguments, connect_within=max(last_begin - time.monotonic(), 0.5)),
            repeated=may_repeat,
        )

    async def connect(self) -> Connection:
        """A connection of its own, outside the pool, for listening. Raises whatever connecting raises."""
        return await self._target.connect(self._settings, command_timeout=self.seconds_to_answer)

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
        query, given = select(function, arguments, terms)
        waiting = self.seconds_to_answer + (seconds or 0)
        committing = False
        try:
            async with (
                self._share(principal.workspace_id),
                self._connection() as connection,
                transaction(connection, principal, seconds),
            ):
                if terms.key and (known := await known_answer(connection, terms)) is not None:
                    return known
                result = await connection.fetchval(query, *given, timeout=waiting)
                if terms.key:
                    answer = (terms.key, terms.part, as_json(result))
                    await connection.fetchval("select api.finish_request($1, $2, $3)", *answer)
                committing = True
            return result
        except asyncpg.InsufficientPrivilegeError as error:
            # What else is denied, inside of a function that one may call, is a mistake of ours.
            if not {function, "expect_etag"}.isdisjoint(error.message.split()):
                raise NotPermitted from error
            raise
        except Exception as error:
            if committing and is_connection_lost(error):
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
    async def _connection(self, within: float = CONNECT_SECONDS) -> AsyncIterator[Connection]:
        if self._generation != self._target.generation:
            self._generation = self._target.generation
            self._pool.expire()
        try:
            connection = await self._pool.take(within)
        except (OSError, TimeoutError, asyncpg.PostgresError, *CLIENT_ERRORS) as error:
            # A role or database that is not there yet is an unready server too.
            raise NotConnected from error
        try:
            yield connection
        except BaseException as error:
            # Unless it is the server's word on the call, what state the connection is in is unknown.
            if isinstance(error, asyncio.CancelledError):
                await _until_stopped(connection)
            elif not isinstance(error, asyncpg.PostgresError) or is_connection_lost(error):
                if isinstance(error, TimeoutError):
                    self._target.give_up()
                connection.terminate()
            raise
        finally:
            self._pool.give_back(connection)


class Databases(NamedTuple):
    """The two pools that requests use: for people, and for what the gateway asks by itself."""

    people: Database
    keeper: Database


async def _until_stopped(connection: Connection) -> None:
    """Wait until the server confirms that it has stopped a cancelled call; close the connection if it does not."""
    try:
        await connection.execute("", timeout=SECONDS_TO_STOP)
    except BaseException:
        connection.terminate()


async def _as_it_is(answer: Any, _workspace_id: int) -> Any:
    return answer
