"""Which failures of a call are worth another try, and trying again.

Nothing is repeated that may have been done: a call whose connection was lost while it was committed is not.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg
import structlog

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

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


class NotConnected(Exception):
    """No connection could be opened."""


async def repeat(
    attempt: Callable[[], Awaitable[Result]], *, repeated: Callable[[Exception], bool] | None = None
) -> Result:
    """What `attempt` returns, tried again after failures worth it, as long as `repeated` says so too.

    Raises Unavailable or TookTooLong when it is given up, else what the attempt does.
    """
    for pause in (*PAUSES_BETWEEN_TRIES, None):
        try:
            return await attempt()
        except Exception as error:
            sqlstate = sqlstate_of(error)
            if sqlstate == STATEMENT_TIMEOUT:
                raise TookTooLong from error
            if not may_repeat(error):
                raise
            if pause is None or not (repeated is None or repeated(error)):
                if sqlstate == LOCK_TIMEOUT:
                    raise TookTooLong(only_waited=True) from error
                if is_replaced(error):
                    log.error("the code in the database does not fit this gateway", error=str(error))
                raise Unavailable("The database cannot be reached or is too busy just now.") from error
        await asyncio.sleep(random.uniform(pause / 2, pause))
    raise AssertionError("the last try returns or raises")


@asynccontextmanager
async def answered_within(seconds: float) -> AsyncIterator[None]:
    """Limit the time to wait. Raises Unavailable when it is over."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Unavailable("The database is too busy to answer in time.") from None


def is_connection_lost(error: Exception) -> bool:
    """Whether the connection is of no more use."""
    if isinstance(error, asyncpg.PostgresError):
        return isinstance(error, asyncpg.PostgresConnectionError) or error.sqlstate in SERVER_GONE
    # asyncpg.DataError, a ValueError, is about what was passed in.
    return isinstance(error, (OSError, TimeoutError, *CLIENT_ERRORS)) and not isinstance(error, ValueError)


def never_began(error: Exception) -> bool:
    """Whether the function cannot have begun."""
    # The code schemas are rebuilt at every deploy, so a prepared call may find its function replaced.
    return isinstance(error, NotConnected | asyncpg.InvalidCachedStatementError | asyncpg.OutdatedSchemaCacheError)


def sqlstate_of(error: BaseException) -> str:
    """The SQLSTATE of an error of the server; empty for others."""
    return getattr(error, "sqlstate", None) or ""


def may_repeat(error: Exception) -> bool:
    """Whether another try may go well, and cannot do anything twice."""
    sqlstate = sqlstate_of(error)
    return (
        never_began(error)
        or sqlstate in TRY_AGAIN
        or sqlstate.startswith(SERVER_IN_NEED)
        or is_replaced(error)
        or is_connection_lost(error)
    )


def is_replaced(error: Exception) -> bool:
    """Whether the code in the database was replaced under the call."""
    sqlstate = sqlstate_of(error)
    return sqlstate in REPLACED or (sqlstate == "XX000" and GONE.match(str(error)) is not None)
