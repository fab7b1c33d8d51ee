"""The tick: once a second the database looks after what time alone brings about.

Claims run out, working hours begin, and waiting leads are dealt as soon as a caller is free. The
database knows what is to be done: api.begin_tick() names the workspaces with something to do, and api.tick() does it
for one. This module is only the clock. Workspaces do not wait for each other: the tick of a slow one goes on while the
others tick again. Every gateway ticks, so that any of them may stop.
"""

from __future__ import annotations

import asyncio
import time

from gateway.core.counting import histogram
from gateway.core.loop import Loop, Trouble
from gateway.database.calls import Database, Unavailable

SECONDS_BETWEEN_TICKS = 1.0
LONGEST_PAUSE = 5.0
MOST_AT_ONCE = 4


class Ticker:
    """Ticks every second, and in a workspace at once again for as long as it says that there is more to do.

    `seconds` is what ticks of a workspace took, `succeeded_at` when the database last said what there was to do, in
    seconds since 1970; 0: it never did.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loop = Loop(
            "ticking", self._begin_ticks, pause=SECONDS_BETWEEN_TICKS, longest=LONGEST_PAUSE, outage=Unavailable
        )
        self._at_work: dict[int, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._trouble: dict[int, Trouble] = {}
        self.seconds = histogram("fairlead_tick_seconds", "A tick: taking back unclaimed leads, dealing waiting ones.")
        self.succeeded_at = 0.0

    def start(self) -> None:
        """Begin to tick. Succeeds while the server is down."""
        self._loop.start()

    async def stop(self) -> None:
        """Tick no more; a tick under way is called off, and done again by the next."""
        await self._loop.stop()
        tasks = list(self._at_work.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _begin_ticks(self) -> None:
        due = await self._database.rows("begin_tick")
        self.succeeded_at = time.time()
        for (workspace_id,) in due:
            if workspace_id not in self._at_work:
                self._begin(workspace_id)

    def _begin(self, workspace_id: int) -> None:
        task = asyncio.create_task(self._tick(workspace_id), name=f"tick of workspace {workspace_id}")
        self._at_work[workspace_id] = task
        task.add_done_callback(lambda _: self._at_work.pop(workspace_id))

    async def _tick(self, workspace_id: int) -> None:
        trouble = self._trouble.setdefault(workspace_id, Trouble("ticking", Unavailable, workspace=workspace_id))
        try:
            has_more = True
            while has_more:
                async with self._places:
                    began = time.perf_counter()
                    has_more = (await self._database.rows("tick", workspace_id))[0][0]
                    self.seconds.observe(time.perf_counter() - began)
            trouble.over()
        except Exception as error:
            trouble.tell(error)
