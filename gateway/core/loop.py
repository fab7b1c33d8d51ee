"""What goes on in the background while the gateway runs: one loop for all of it, and one way to say what is wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

SHORTEST_PAUSE = 0.1


class Trouble:
    """Says once, for as long as it lasts, that `doing` something fails: those who wait for an answer tell enough of it.

    An error of the type `outage` passes by itself; for any other the log has the traceback, too.
    """

    def __init__(self, doing: str, outage: type[Exception] = Exception, **more: object) -> None:
        self._doing = doing
        self._outage = outage
        self._more = more
        self._error = ""

    def tell(self, error: Exception) -> None:
        """It failed."""
        text = str(error) or type(error).__name__
        if text == self._error:
            return
        self._error = text
        if isinstance(error, self._outage):
            log.warning(f"{self._doing} is not possible now; trying again", error=text, **self._more)
        else:
            log.error(f"{self._doing} failed; trying again", error=text, exc_info=error, **self._more)

    def over(self) -> None:
        """It succeeded."""
        if self._error:
            log.info(f"{self._doing} again", **self._more)
            self._error = ""


class Loop:
    """Does `work` every `pause` seconds, at once when it is woken, and at once again while `work` returns true.

    `name` says what it is doing: "ticking". When it fails it is tried again, after pauses of up to `longest` seconds.
    `outage` is as for Trouble.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[object]],
        *,
        pause: float,
        longest: float,
        outage: type[Exception] = Exception,
    ) -> None:
        self._work = work
        self._pause = pause
        self._longest = longest
        self._trouble = Trouble(name, outage)
        self._woken = asyncio.Event()
        self._name = name
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._go_on(), name=self._name)

    def wake(self) -> None:
        """There is something to do: do not wait for the end of the pause."""
        self._woken.set()

    async def stop(self) -> None:
        """End, if it has begun. Work under way is called off."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _go_on(self) -> None:
        pause = self._pause
        while True:
            self._woken.clear()
            try:
                while await self._work():
                    pass
                self._trouble.over()
                pause = self._pause
            except Exception as error:
                self._trouble.tell(error)
                pause = min(pause * 2, self._longest)
            with suppress(TimeoutError):
                # Unlike asyncio.wait_for(), this ends when it is called off in the moment in which it is woken.
                async with asyncio.timeout(pause * random.uniform(0.9, 1.1)):
                    await self._woken.wait()


async def until_done(work: Callable[[], Awaitable[Result]], trouble: Trouble, *, longest: float) -> Result:
    """What `work` returns, however often it fails before, with pauses of up to `longest` seconds between."""
    pause = SHORTEST_PAUSE
    while True:
        try:
            result = await work()
        except Exception as error:
            trouble.tell(error)
        else:
            trouble.over()
            return result
        await asyncio.sleep(pause * random.uniform(0.5, 1))
        pause = min(pause * 2, longest)
