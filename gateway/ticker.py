"""The tick: once a second the database looks after what time alone brings about.

Claims run out, working hours begin, and waiting leads are dealt as soon as somebody is free. What is to be done,
api.tick() knows; here is only the clock. Every gateway ticks, so that any of them may be gone.
"""

from __future__ import annotations

import asyncio
import random
import time

import structlog

from gateway.counting import Histogram
from gateway.database import Database, Unavailable

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_TICKS = 1.0
LONGEST_PAUSE = 5.0


class Ticker:
    """Calls api.tick() every second, and at once again for as long as it says that there is more to do.

    `seconds` is what ticks took, `succeeded_at` when the last one succeeded, in seconds since 1970; 0: none did yet.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self.seconds = Histogram()
        self.succeeded_at = 0.0

    def start(self) -> None:
        """Begin to tick. Succeeds while the server is down."""
        self._task = asyncio.create_task(self._tick_on(), name="ticker")

    async def stop(self) -> None:
        """Tick no more; a tick under way is called off, and done again by whoever ticks next."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _tick_on(self) -> None:
        pause = SECONDS_BETWEEN_TICKS
        trouble = ""
        while True:
            began = time.perf_counter()
            try:
                more = (await self._database.rows("tick"))[0][0]
                self.seconds.add(time.perf_counter() - began)
                self.succeeded_at = time.time()
                if trouble:
                    log.info("ticking again")
                pause, trouble = 0 if more else SECONDS_BETWEEN_TICKS, ""
            except Exception as error:
                # Said once for as long as it lasts: of an outage those tell enough who wait for an answer.
                if trouble != str(error):
                    trouble = str(error)
                    if isinstance(error, Unavailable):
                        log.warning("cannot tick; trying again", error=trouble)
                    else:
                        log.error("a tick failed; trying again", error=trouble, exc_info=error)
                pause = min(max(pause, SECONDS_BETWEEN_TICKS) * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause * random.uniform(0.9, 1.1))
