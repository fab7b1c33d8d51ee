"""Many leads, one commit: a batch is whatever arrived of a workspace while others were committing.

Each workspace has a line of its own, and lines take turns, so that one that is stuck, slow or broken costs the others
nothing. A second batch of a line may be on its way beside its first, once it is as large, if a place is left for
others: PostgreSQL never waits for the gateway to read an answer, and batches do not crumble. There is no timer, and no
delay when idle.

Batches are committed at one of two desks. All begin at the quick one. A line whose batch takes too long there goes on
at the patient one, beside others of its kind, until it is quick again. What fails goes back to its line and is tried
again, in smaller batches; and every lead has its answer within SECONDS_TO_ANSWER.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from operator import attrgetter
from typing import NamedTuple, Self

import asyncpg

from gateway.counting import LEADS, Histogram
from gateway.database import Database, TookTooLong, Unavailable
from gateway.problems import unavailable

# Of all workspaces. One may have as much waiting as is left for others: alone it gets half, and some is always left.
MOST_WAITING_LEADS = 10_000
MOST_WAITING_BYTES = 128 * 1024 * 1024
MOST_LEADS_IN_BATCH = 500
MOST_BYTES_IN_BATCH = 8 * 1024 * 1024
MOST_BATCHES_OF_LINE = 2
# A lead that has not been begun by then that it may be done in time is withdrawn; of one that is under way nothing is
# known later than that, because the database has ended every try before.
SECONDS_TO_STORE = 3.4
SECONDS_TO_ANSWER = 3.7
SLOW_SECONDS = 0.5
QUICK_PLACES = 3
QUICK_SECONDS = 1.0
PATIENT_PLACES = 3
PATIENT_SECONDS = 1.5
MORE_SECONDS = 0.3
SECONDS_BETWEEN_LOOKS = 0.1

TOO_BUSY = "The lead could not be stored in time; nothing was stored. Send it again."
UNKNOWN = "The database does not answer. If the lead was stored nevertheless, sending it again will not store it twice."

Commit = Callable[[str, float], Awaitable[list[asyncpg.Record]]]


class Desk:
    """Where batches are committed, `places` at once. `commit` takes a JSON array and the seconds there are for it.

    It returns one row with an `ordinal` for each lead, and has ended after `seconds` if there are no more for it.
    """

    def __init__(self, commit: Commit, *, places: int, seconds: float) -> None:
        self.commit = commit
        self.free = places
        self.seconds = seconds

    @classmethod
    def at(cls, database: Database, places: int) -> Self:
        """A desk of the database, which has a connection for each place."""

        def commit(leads: str, seconds: float) -> Awaitable[list[asyncpg.Record]]:
            return database.rows("ingest_leads", leads, within=seconds)

        return cls(commit, places=places, seconds=database.seconds_to_answer)


class _Waiting(NamedTuple):
    lead: bytes
    committed: asyncio.Future[asyncpg.Record]
    deadline: float


class _Line:
    """The leads of one workspace that wait, the batches under way, and how it fared so far."""

    def __init__(self) -> None:
        self.waiting: deque[_Waiting] = deque()
        self.bytes = 0
        self.committing: dict[asyncio.Task[None], list[_Waiting]] = {}
        self.most = MOST_LEADS_IN_BATCH
        self.is_slow = False

    @property
    def is_over(self) -> bool:
        return not self.waiting and not self.committing and not self.is_slow


class Batcher:
    """Hands leads to the desks. One lead that cannot be stored never fails the others of its batch.

    `capacity` is how many leads may wait. `seconds` and `sizes` (in leads) are those of the batches committed.
    """

    def __init__(self, quick: Desk, patient: Desk, *, capacity: int = MOST_WAITING_LEADS) -> None:
        self._quick = quick
        self._patient = patient
        self._capacity = capacity
        self._lines: dict[int, _Line] = {}
        self._bytes = 0
        self._is_due = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.waiting = 0  # leads that are not on their way to the database yet
        self.seconds = Histogram()
        self.sizes = Histogram(LEADS)

    def start(self) -> None:
        """Begin to commit."""
        self._tasks = [
            asyncio.create_task(self._dispatch(), name="batcher"),
            asyncio.create_task(self._keep_time(), name="end of waiting"),
        ]

    async def stop(self) -> None:
        """End. Whatever still waits is told to come back later."""
        tasks = [*self._tasks, *(task for line in self._lines.values() for task in line.committing)]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for line in self._lines.values():
            _fail(line.waiting, Unavailable("The gateway is shutting down."))

    def add(self, workspace_id: int, lead: bytes) -> asyncio.Future[asyncpg.Record]:
        """Put a lead, one JSON object, in the next batch of its workspace; its row is there once it is committed.

        Raises Problem 503 when too many wait already. The future raises Unavailable, or what the desk raised for it.
        """
        line = self._lines.get(workspace_id) or self._lines.setdefault(workspace_id, _Line())
        if (
            len(line.waiting) >= self._capacity - self.waiting
            or line.bytes + len(lead) > MOST_WAITING_BYTES - self._bytes
        ):
            raise unavailable("Too many leads are waiting to be stored. Send this one again.", retry_after=1)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(lead, loop.create_future(), loop.time() + SECONDS_TO_STORE)
        line.waiting.append(waiting)
        self._count(line, 1, len(lead))
        self._is_due.set()
        return waiting.committed

    def _count(self, line: _Line, leads: int, size: int) -> None:
        self.waiting += leads
        self._bytes += size
        line.bytes += size

    async def _dispatch(self) -> None:
        while True:
            await self._is_due.wait()
            self._is_due.clear()
            for workspace_id in list(self._lines):
                line = self._lines[workspace_id]
                desk = self._patient if line.is_slow else self._quick
                while self._may_begin(line, desk) and (batch := self._take(line, desk)):
                    self._begin(line, desk, batch)
                    # It is the others' turn.
                    self._lines[workspace_id] = self._lines.pop(workspace_id)
                if line.is_over:
                    del self._lines[workspace_id]

    @staticmethod
    def _may_begin(line: _Line, desk: Desk) -> bool:
        if not line.waiting or not desk.free:
            return False
        if not line.committing:
            return True
        return (
            not line.is_slow
            and len(line.committing) < MOST_BATCHES_OF_LINE
            and desk.free > 1
            # After trouble one by one, so that those who were put back stay before those who came after them.
            and line.most == MOST_LEADS_IN_BATCH
            and len(line.waiting) >= max(map(len, line.committing.values()))
        )

    def _take(self, line: _Line, desk: Desk) -> list[_Waiting]:
        """The next leads of a line, without those for whom it is too late."""
        self._withdraw(line, desk)
        batch: list[_Waiting] = []
        size = 0
        while line.waiting and len(batch) < line.most and size < MOST_BYTES_IN_BATCH:
            waiting = line.waiting.popleft()
            size += len(waiting.lead)
            batch.append(waiting)
        self._count(line, -len(batch), -size)
        return batch

    def _withdraw(self, line: _Line, desk: Desk) -> None:
        soonest = asyncio.get_running_loop().time() + desk.seconds
        while line.waiting and line.waiting[0].deadline < soonest:
            late = line.waiting.popleft()
            self._count(line, -1, -len(late.lead))
            _fail([late], Unavailable(TOO_BUSY))

    def _put_back(self, line: _Line, batch: list[_Waiting]) -> None:
        # Whoever came first is first again: of two batches under way the second may have failed first.
        again = [waiting for waiting in batch if not waiting.committed.done()]
        line.waiting = deque(sorted([*again, *line.waiting], key=attrgetter("deadline")))
        self._count(line, len(again), sum(len(waiting.lead) for waiting in again))

    def _begin(self, line: _Line, desk: Desk, batch: list[_Waiting]) -> None:
        def done(task: asyncio.Task[None]) -> None:
            del line.committing[task]
            desk.free += 1
            self._is_due.set()

        task = asyncio.create_task(self._commit(line, desk, batch), name="batch")
        line.committing[task] = batch
        desk.free -= 1
        task.add_done_callback(done)

    async def _commit(self, line: _Line, desk: Desk, batch: list[_Waiting]) -> None:
        began = time.perf_counter()
        leads = (b"[%b]" % b",".join([waiting.lead for waiting in batch])).decode()
        try:
            rows = await desk.commit(leads, batch[0].deadline - asyncio.get_running_loop().time())
        except asyncio.CancelledError:
            _fail(batch, Unavailable("The gateway is shutting down."))
            raise
        except TookTooLong as error:
            line.is_slow = True
            if not error.only_waited:
                line.most = max(1, len(batch) // 4)
            self._put_back(line, batch)
        except Unavailable as error:
            _fail(batch, error)
        except Exception as error:
            if len(batch) == 1:
                _fail(batch, error)
            else:
                line.most = len(batch) // 2
                self._put_back(line, batch)
        else:
            seconds = time.perf_counter() - began
            line.is_slow = seconds > SLOW_SECONDS
            line.most = min(MOST_LEADS_IN_BATCH, line.most * 2)
            self.seconds.add(seconds)
            self.sizes.add(len(batch))
            by_ordinal = {row["ordinal"]: row for row in rows}
            for ordinal, waiting in enumerate(batch, 1):
                if not waiting.committed.done():  # a sender that went away has cancelled it
                    waiting.committed.set_result(by_ordinal[ordinal])

    async def _keep_time(self) -> None:
        """Nobody waits longer than there is to be waited, whatever becomes of the lines."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            overdue = asyncio.get_running_loop().time() - SECONDS_TO_ANSWER + SECONDS_TO_STORE
            for line in self._lines.values():
                self._withdraw(line, self._patient if line.is_slow else self._quick)
                for batch in line.committing.values():
                    if batch[0].deadline < overdue:
                        _fail((waiting for waiting in batch if waiting.deadline < overdue), Unavailable(UNKNOWN))


def _fail(batch: Iterable[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.committed.done():
            waiting.committed.set_exception(error)
