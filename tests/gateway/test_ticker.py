"""The ticker: ticks, goes on at once while there is more, and outlives trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest

from gateway import ticker
from gateway.database import Database, Unavailable
from gateway.ticker import Ticker


class Clockwork:
    """A database whose ticks answer, or raise, what they are told to; and then false for ever."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.ticks = 0
        self._answers: Iterator[bool | Exception] = iter(answers)

    async def rows(self, function: str) -> list[list[Any]]:
        """One tick."""
        assert function == "tick"
        self.ticks += 1
        answer = next(self._answers, False)
        if isinstance(answer, Exception):
            raise answer
        return [[answer]]


async def ticks_within(seconds: float, *answers: bool | Exception) -> int:
    """How often it ticks in that time."""
    clockwork = Clockwork(*answers)
    running = Ticker(cast("Database", clockwork))
    running.start()
    await asyncio.sleep(seconds)
    await running.stop()
    ticks = clockwork.ticks
    await asyncio.sleep(0.05)
    assert clockwork.ticks == ticks, "it was stopped"
    return ticks


async def test_it_ticks_at_once_again_while_there_is_more_to_do() -> None:
    assert await ticks_within(0.2, True, True, True) == 4


async def test_it_ticks_on_after_an_outage_and_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "SECONDS_BETWEEN_TICKS", 0.01)
    assert await ticks_within(0.5, Unavailable("away"), Unavailable("away"), ValueError("a bug")) > 4


async def test_it_may_be_stopped_before_it_was_started() -> None:
    await Ticker(cast("Database", Clockwork())).stop()
