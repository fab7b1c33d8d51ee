"""The connections to one server: opened when they are needed, up to a number, and kept for whoever calls next.

The driver's own pool takes a task, three timers and a proxy for each use: four times what a short call takes. Here it
costs next to nothing to take a connection that is there. None needs cleaning between uses, since every setting made on
one is local to its transaction.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# Firewalls forget a connection that is silent for so long.
SECONDS_UNUSED = 300.0
# A server's process keeps what it has read of catalogs and plans, also of code that a deploy has replaced since.
SECONDS_OF_LIFE = 3600.0


class _Opened:
    """A connection, when it was opened, and when it was given back."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.at = self.used = time.monotonic()


class Pool:
    """Up to `most` connections, made by `connect`."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], most: int) -> None:
        self._connect = connect
        self._most = most
        self._places = asyncio.Semaphore(most)
        self._free: list[_Opened] = []
        self._in_use: dict[Connection, _Opened] = {}
        self._expired = 0.0
        self._is_closed = False

    async def take(self, seconds: float) -> Connection:
        """A connection for the caller alone, who gives it back: the one that was used last, or a new one.

        Raises TimeoutError when there is none within so many seconds, ConnectionError, or what connecting raises.
        """
        self._free = [opened for opened in self._free if self._is_good(opened) or opened.connection.terminate()]
        if self._free and not self._places.locked():
            return await self._take()  # which waits for nothing
        async with asyncio.timeout(seconds):
            return await self._take()

    async def _take(self) -> Connection:
        self._refuse_when_closed()
        await self._places.acquire()
        try:
            self._refuse_when_closed()
            opened = self._free.pop() if self._free else _Opened(await self._connect())
        except BaseException:
            self._places.release()
            raise
        self._in_use[opened.connection] = opened
        return opened.connection

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise ConnectionError("The gateway is shutting down.")

    def give_back(self, connection: Connection) -> None:
        """Let others have it, unless it is closed, old, or in the midst of a transaction."""
        opened = self._in_use.pop(connection)
        opened.used = time.monotonic()
        if self._is_good(opened) and not connection.is_in_transaction():
            self._free.append(opened)
        else:
            connection.terminate()
        self._places.release()

    def _is_good(self, opened: _Opened) -> bool:
        if opened.connection.is_closed():
            return False
        now = time.monotonic()
        return opened.used > now - SECONDS_UNUSED and opened.at > max(self._expired, now - SECONDS_OF_LIFE)

    def expire(self) -> None:
        """Close all that are open, those in use once they are given back."""
        self._expired = time.monotonic()

    async def close(self, seconds: float) -> None:
        """Close all, those in use when they are given back, but at the latest after so many seconds."""
        self._is_closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for _ in range(self._most):
                    await self._places.acquire()
        for opened in (*self._free, *self._in_use.values()):
            opened.connection.terminate()
