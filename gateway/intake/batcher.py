"""Stores leads in batches: a batch holds the leads of one workspace that arrived while other batches were committed.

Each workspace has a backlog of its own, and the backlogs take turns. A workspace whose leads are stuck, slow or broken
does not hold up the others. A second batch of a backlog may start while its first one is under way, if the second is at
least as large and a place stays free for other workspaces: then PostgreSQL need not wait for the gateway to read an
answer, and batches stay large. There is no timer, and no delay when nothing waits.

Batches are committed in one of two lanes, fast and slow. Every backlog starts in the fast lane. A backlog whose batch
takes too long moves to the slow lane, and comes back when a batch is quick again. The leads of a failed batch go back
to their backlog and are tried again in smaller batches. Every lead gets an answer within SECONDS_TO_ANSWER.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from operator import attrgetter
from typing import NamedTuple, Self

import asyncpg

from gateway.core.counting import LEADS, histogram
from gateway.core.problems import unavailable
from gateway.database.calls import Database, TookTooLong, Unavailable

# For all workspaces together. The backlog of one may be as large as the room that is left: one alone can fill half, and
# some room is always left.
MOST_WAITING_LEADS = 10_000
MOST_WAITING_BYTES = 128 * 1024 * 1024
MOST_LEADS_IN_BATCH = 500
MOST_BYTES_IN_BATCH = 8 * 1024 * 1024
MOST_BATCHES_OF_BACKLOG = 2
# A lead is withdrawn when it is too late to store it within this time. The database ends every try before, so after
# SECONDS_TO_ANSWER the gateway cannot know whether a lead under way was stored.
SECONDS_TO_STORE = 3.4
SECONDS_TO_ANSWER = 3.7
TOO_SLOW_SECONDS = 0.5
FAST_PLACES = 3
FAST_SECONDS = 1.0
SLOW_PLACES = 3
SLOW_SECONDS = 1.5
MORE_SECONDS = 0.3
SECONDS_BETWEEN_LOOKS = 0.1

TOO_BUSY = "The lead could not be stored in time, so nothing was stored. Send it again."
UNKNOWN = (
    "The database does not answer, so the lead may have been stored or not. Send it again: it is not stored twice."
)

Commit = Callable[[str, float], Awaitable[list[asyncpg.Record]]]


class Lane:
    """Commits up to `places` batches at once. `commit` takes a JSON array of leads and the seconds that are left.

    `commit` returns one row with an `ordinal` for each lead. One try of it takes `seconds` at most.
    """

    def __init__(self, commit: Commit, *, places: int, seconds: float) -> None:
        self.commit = commit
        self.free = places
        self.seconds = seconds

    @classmethod
    def at(cls, database: Database, places: int) -> Self:
        """A lane of the database, which must have a connection for each place."""

        def commit(leads: str, seconds: float) -> Awaitable[list[asyncpg.Record]]:
            return database.rows("ingest_leads", leads, within=seconds)

        return cls(commit, places=places, seconds=database.seconds_to_answer)


class _Waiting(NamedTuple):
    lead: bytes
    committed: asyncio.Future[asyncpg.Record]
    deadline: float


class _Backlog:
    """The waiting leads of one workspace, its batches under way, and how large and slow its batches have been."""

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
    """Stores leads in batches. A lead that cannot be stored never fails the other leads of its batch.

    `capacity` is how many leads may wait. `seconds` and `sizes` (in leads) are those of the batches committed.
    """

    def __init__(self, fast: Lane, slow: Lane, *, capacity: int = MOST_WAITING_LEADS) -> None:
        self._fast = fast
        self._slow = slow
        self._capacity = capacity
        self._backlogs: dict[int, _Backlog] = {}
        self._bytes = 0
        self._is_due = False
        self._keeping_time: asyncio.Task[None] | None = None
        # Batches belong to no request, though one's lead is what begins them.
        self._context = contextvars.Context()
        self.waiting = 0  # leads that are not on their way to the database yet
        self.seconds = histogram(
            "fairlead_dealing_seconds", "Storing, dealing and committing a batch of leads in the database."
        )
        self.sizes = histogram("fairlead_batch_leads", "Leads in a batch.", buckets=LEADS)

    def start(self) -> None:
        """Begin to commit."""
        self._keeping_time = asyncio.create_task(self._keep_time(), name="end of waiting")
        self._wake()

    async def stop(self) -> None:
        """Stop. Leads that still wait get an answer of 503."""
        tasks = [task for backlog in self._backlogs.values() for task in backlog.committing]
        if self._keeping_time is not None:
            tasks.append(self._keeping_time)
            self._keeping_time = None
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for backlog in self._backlogs.values():
            _fail(backlog.waiting, Unavailable("The gateway is shutting down."))

    def add(self, workspace_id: int, lead: bytes) -> asyncio.Future[asyncpg.Record]:
        """Put a lead, one JSON object, in the next batch of its workspace; its row is there once it is committed.

        Raises Problem 503 when too many wait already. The future raises Unavailable, or what `commit` raised for it.
        """
        backlog = self._backlogs.get(workspace_id) or self._backlogs.setdefault(workspace_id, _Backlog())
        if (
            len(backlog.waiting) >= self._capacity - self.waiting
            or backlog.bytes + len(lead) > MOST_WAITING_BYTES - self._bytes
        ):
            raise unavailable("Too many leads are waiting to be stored. Send this one again.", retry_after=1)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(lead, loop.create_future(), loop.time() + SECONDS_TO_STORE)
        backlog.waiting.append(waiting)
        self._count(backlog, 1, len(lead))
        self._wake()
        return waiting.committed

    def _count(self, backlog: _Backlog, leads: int, size: int) -> None:
        self.waiting += leads
        self._bytes += size
        backlog.bytes += size

    def _wake(self) -> None:
        """Begin batches once all that is ready now has run: posts that arrived together go together."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._dispatch, context=self._context)

    def _dispatch(self) -> None:
        self._is_due = False
        if self._keeping_time is None:
            return
        for workspace_id in list(self._backlogs):
            backlog = self._backlogs[workspace_id]
            lane = self._slow if backlog.is_slow else self._fast
            while self._may_begin(backlog, lane) and (batch := self._take(backlog, lane)):
                self._begin(backlog, lane, batch)
                # Now it is the turn of the other workspaces.
                self._backlogs[workspace_id] = self._backlogs.pop(workspace_id)
            if backlog.is_over:
                del self._backlogs[workspace_id]

    @staticmethod
    def _may_begin(backlog: _Backlog, lane: Lane) -> bool:
        if not backlog.waiting or not lane.free:
            return False
        if not backlog.committing:
            return True
        return (
            not backlog.is_slow
            and len(backlog.committing) < MOST_BATCHES_OF_BACKLOG
            and lane.free > 1
            # After a failure one batch at a time, so that the leads that were put back stay ahead of later ones.
            and backlog.most == MOST_LEADS_IN_BATCH
            and len(backlog.waiting) >= max(map(len, backlog.committing.values()))
        )

    def _take(self, backlog: _Backlog, lane: Lane) -> list[_Waiting]:
        """The next leads of a backlog, without those for which it is too late."""
        self._withdraw(backlog, lane)
        batch: list[_Waiting] = []
        size = 0
        while backlog.waiting and len(batch) < backlog.most and size < MOST_BYTES_IN_BATCH:
            waiting = backlog.waiting.popleft()
            size += len(waiting.lead)
            batch.append(waiting)
        self._count(backlog, -len(batch), -size)
        return batch

    def _withdraw(self, backlog: _Backlog, lane: Lane) -> None:
        soonest = asyncio.get_running_loop().time() + lane.seconds
        while backlog.waiting and backlog.waiting[0].deadline < soonest:
            late = backlog.waiting.popleft()
            self._count(backlog, -1, -len(late.lead))
            _fail([late], Unavailable(TOO_BUSY))

    def _put_back(self, backlog: _Backlog, batch: list[_Waiting]) -> None:
        # The oldest lead goes first again: of two batches under way, the second may have failed first.
        again = [waiting for waiting in batch if not waiting.committed.done()]
        backlog.waiting = deque(sorted([*again, *backlog.waiting], key=attrgetter("deadline")))
        self._count(backlog, len(again), sum(len(waiting.lead) for waiting in again))

    def _begin(self, backlog: _Backlog, lane: Lane, batch: list[_Waiting]) -> None:
        def done(task: asyncio.Task[None]) -> None:
            del backlog.committing[task]
            lane.free += 1
            self._wake()

        task = asyncio.create_task(self._commit(backlog, lane, batch), name="batch")
        backlog.committing[task] = batch
        lane.free -= 1
        task.add_done_callback(done)

    async def _commit(self, backlog: _Backlog, lane: Lane, batch: list[_Waiting]) -> None:
        began = time.perf_counter()
        leads = (b"[%b]" % b",".join([waiting.lead for waiting in batch])).decode()
        try:
            rows = await lane.commit(leads, batch[0].deadline - asyncio.get_running_loop().time())
        except asyncio.CancelledError:
            _fail(batch, Unavailable("The gateway is shutting down."))
            raise
        except TookTooLong as error:
            backlog.is_slow = True
            if not error.only_waited:
                backlog.most = max(1, len(batch) // 4)
            self._put_back(backlog, batch)
        except Unavailable as error:
            _fail(batch, error)
        except Exception as error:
            if len(batch) == 1:
                _fail(batch, error)
            else:
                backlog.most = len(batch) // 2
                self._put_back(backlog, batch)
        else:
            seconds = time.perf_counter() - began
            backlog.is_slow = seconds > TOO_SLOW_SECONDS
            backlog.most = min(MOST_LEADS_IN_BATCH, backlog.most * 2)
            self.seconds.observe(seconds)
            self.sizes.observe(len(batch))
            by_ordinal = {row["ordinal"]: row for row in rows}
            for ordinal, waiting in enumerate(batch, 1):
                if not waiting.committed.done():  # a sender that went away has cancelled it
                    waiting.committed.set_result(by_ordinal[ordinal])

    async def _keep_time(self) -> None:
        """Answer every lead in time, even if its batch never ends."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            overdue = asyncio.get_running_loop().time() - SECONDS_TO_ANSWER + SECONDS_TO_STORE
            for backlog in self._backlogs.values():
                self._withdraw(backlog, self._slow if backlog.is_slow else self._fast)
                for batch in backlog.committing.values():
                    if batch[0].deadline < overdue:
                        _fail((waiting for waiting in batch if waiting.deadline < overdue), Unavailable(UNKNOWN))


def _fail(batch: Iterable[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.committed.done():
            waiting.committed.set_exception(error)
