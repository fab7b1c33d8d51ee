"""Many leads, one commit: a batch is whatever arrived while others were committing.

A second batch may be on its way beside the first, once it is as large: PostgreSQL never waits for the gateway to read
an answer, and batches do not crumble. There is no timer, and no delay when idle.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import asyncpg

from gateway.counting import LEADS, Histogram
from gateway.database import Unavailable
from gateway.problems import unavailable

MOST_WAITING_LEADS = 5000
MOST_WAITING_BYTES = 64 * 1024 * 1024
MOST_LEADS_IN_BATCH = 500
MOST_BYTES_IN_BATCH = 8 * 1024 * 1024
MOST_BATCHES_COMMITTING = 2

Commit = Callable[[str], Awaitable[list[asyncpg.Record]]]


class _Waiting(NamedTuple):
    lead: bytes
    committed: asyncio.Future[asyncpg.Record]


class Batcher:
    """Hands leads to `commit`, which takes a JSON array of them and returns one row with an `ordinal` for each.

    One lead that `commit` refuses never fails the others of its batch: the batch is halved until that lead is alone.
    `seconds` and `sizes` (in leads) are those of the batches committed.
    """

    def __init__(self, commit: Commit, *, capacity: int = MOST_WAITING_LEADS) -> None:
        self._commit = commit
        self._capacity = capacity
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._committing: dict[asyncio.Task[None], int] = {}
        self._is_due = asyncio.Event()
        self._dispatcher: asyncio.Task[None] | None = None
        self.seconds = Histogram()
        self.sizes = Histogram(LEADS)

    @property
    def waiting(self) -> int:
        """How many leads are not on their way to the database yet."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to commit."""
        self._dispatcher = asyncio.create_task(self._dispatch(), name="batcher")

    async def stop(self) -> None:
        """End. Whatever still waits is told to come back later."""
        if self._dispatcher is not None:
            tasks = [self._dispatcher, *self._committing]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for waiting in self._waiting:
            _fail(waiting, Unavailable("The gateway is shutting down."))

    def add(self, lead: bytes) -> asyncio.Future[asyncpg.Record]:
        """Put a lead, one JSON object, in the next batch; its row is there once it is committed.

        Raises Problem 503 when too many wait already. The future raises Unavailable, or what `commit` raised for it.
        """
        if len(self._waiting) >= self._capacity or self._bytes + len(lead) > MOST_WAITING_BYTES:
            raise unavailable("Too many leads are waiting to be stored. Send this one again.", retry_after=1)
        waiting = _Waiting(lead, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._bytes += len(lead)
        self._is_due.set()
        return waiting.committed

    async def _dispatch(self) -> None:
        while True:
            await self._is_due.wait()
            self._is_due.clear()
            while self._waiting and self._may_begin():
                batch = self._take()
                task = asyncio.create_task(self._commit_batch(batch), name="batch")
                self._committing[task] = len(batch)
                task.add_done_callback(self._committed)

    def _may_begin(self) -> bool:
        committing = self._committing.values()
        return not committing or (len(committing) < MOST_BATCHES_COMMITTING and len(self._waiting) >= max(committing))

    def _committed(self, task: asyncio.Task[None]) -> None:
        del self._committing[task]
        self._is_due.set()

    async def _commit_batch(self, batch: list[_Waiting]) -> None:
        try:
            await self._store(batch)
        except asyncio.CancelledError:
            for waiting in batch:
                _fail(waiting, Unavailable("The gateway is shutting down."))
            raise

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < MOST_LEADS_IN_BATCH and size < MOST_BYTES_IN_BATCH:
            waiting = self._waiting.popleft()
            size += len(waiting.lead)
            batch.append(waiting)
        self._bytes -= size
        return batch

    async def _store(self, batch: list[_Waiting]) -> None:
        began = time.perf_counter()
        try:
            rows = await self._commit((b"[%b]" % b",".join([waiting.lead for waiting in batch])).decode())
            self.seconds.add(time.perf_counter() - began)
            self.sizes.add(len(batch))
            by_ordinal = {row["ordinal"]: row for row in rows}
            for ordinal, waiting in enumerate(batch, 1):
                if not waiting.committed.done():  # a sender that went away has cancelled it
                    waiting.committed.set_result(by_ordinal[ordinal])
        except Exception as error:
            if len(batch) == 1 or isinstance(error, Unavailable):
                for waiting in batch:
                    _fail(waiting, error)
                return
            middle = len(batch) // 2
            await self._store(batch[:middle])
            await self._store(batch[middle:])


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.committed.done():
        waiting.committed.set_exception(error)
