"""The ticker: ticks, goes on at once while there is more, and outlives trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest

from gateway.database.calls import Database, Unavailable
from gateway.events import ticker
from gateway.events.ticker import Ticker

SECONDS_TO_WAIT = 10


class Clockwork:
    """A database of one workspace, whose ticks answer, or raise, what they are told to; and then false for ever."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.ticks = 0
        self.ticked = asyncio.Semaphore(0)
        self._answers: Iterator[bool | Exception] = iter(answers)

    async def rows(self, function: str, *workspace: int) -> list[list[Any]]:
        """One tick, or what there is to tick."""
        if function == "begin_tick":
            return [[1]]
        assert (function, workspace) == ("tick", (1,))
        self.ticks += 1
        self.ticked.release()
        answer = next(self._answers, False)
        if isinstance(answer, Exception):
            raise answer
        return [[answer]]


async def until_ticked(times: int, *answers: bool | Exception) -> None:
    """Tick until it has done so this often; fails when it does not."""
    clockwork = Clockwork(*answers)
    running = Ticker(cast("Database", clockwork))
    running.start()
    async with asyncio.timeout(SECONDS_TO_WAIT):
        for _ in range(times):
            await clockwork.ticked.acquire()
    await running.stop()
    assert clockwork.ticks == times


async def test_it_ticks_at_once_again_while_there_is_more_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "SECONDS_BETWEEN_TICKS", 3600)
    await until_ticked(4, True, True, True)


async def test_it_ticks_on_after_an_outage_and_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "SECONDS_BETWEEN_TICKS", 0.01)
    await until_ticked(5, Unavailable("away"), Unavailable("away"), ValueError("a bug"))


async def test_a_workspace_whose_tick_takes_long_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "SECONDS_BETWEEN_TICKS", 0.01)
    others = asyncio.Semaphore(0)
    slow: list[int] = []

    class TwoWorkspaces:
        async def rows(self, function: str, *workspace: int) -> list[list[Any]]:
            if function == "begin_tick":
                return [[1], [2]]
            if workspace == (1,):
                slow.append(1)
                await asyncio.Event().wait()
            others.release()
            return [[False]]

    running = Ticker(cast("Database", TwoWorkspaces()))
    running.start()
    async with asyncio.timeout(SECONDS_TO_WAIT):
        for _ in range(5):
            await others.acquire()
    await running.stop()
    assert slow == [1]


async def test_it_may_be_stopped_before_it_was_started() -> None:
    await Ticker(cast("Database", Clockwork())).stop()
