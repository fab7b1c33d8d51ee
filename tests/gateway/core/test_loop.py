"""The loop of what goes on in the background: it outlives trouble, and says it once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import CapturingLogger

from gateway.core import loop
from gateway.core.loop import Loop, Trouble, until_done

SECONDS_TO_WAIT = 10


class Outage(Exception):
    """What passes by itself."""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What was logged until now, as "level: message"."""
    logger = CapturingLogger()
    monkeypatch.setattr(loop, "log", logger)
    return lambda: [f"{call.method_name}: {call.args[0]}" for call in logger.calls]


def test_trouble_is_said_once_for_as_long_as_it_lasts(said: Callable[[], list[str]]) -> None:
    trouble = Trouble("ticking", Outage)
    trouble.over()
    for _ in range(3):
        trouble.tell(Outage("away"))
    trouble.tell(ValueError("a bug"))
    trouble.over()
    trouble.over()
    assert said() == [
        "warning: ticking is not possible now; trying again",
        "error: ticking failed; trying again",
        "info: ticking again",
    ]


async def test_a_loop_goes_on_after_trouble_and_at_once_while_there_is_more(said: Callable[[], list[str]]) -> None:
    answers = iter([True, True, Outage("away"), ValueError("a bug"), False])
    done = asyncio.Event()

    async def work() -> bool:
        answer = next(answers, None)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            done.set()
        return answer is True

    running = Loop("working", work, pause=0.001, longest=0.01, outage=Outage)
    running.start()
    async with asyncio.timeout(SECONDS_TO_WAIT):
        await done.wait()
    await running.stop()
    assert [line.partition(":")[0] for line in said()] == ["warning", "error", "info"]


async def test_a_loop_that_is_woken_does_not_wait_and_may_be_stopped_then() -> None:
    worked = asyncio.Semaphore(0)

    async def work() -> None:
        worked.release()

    running = Loop("working", work, pause=3600, longest=3600)
    running.start()
    async with asyncio.timeout(SECONDS_TO_WAIT):
        for _ in range(3):
            await worked.acquire()
            running.wake()
    await running.stop()


async def test_a_loop_may_be_stopped_before_it_was_started() -> None:
    await Loop("working", asyncio.Event().wait, pause=1, longest=1).stop()


async def test_what_must_be_done_is_tried_until_it_is(said: Callable[[], list[str]]) -> None:
    answers: Iterator[Outage | int] = iter([Outage("away"), Outage("away"), 7])

    async def work() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await until_done(work, Trouble("reading"), longest=0.01) == 7
    assert len(said()) == 2
