"""Reading server-sent events as a browser does."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Self

import httpx

SECONDS_TO_WAIT = 30


@dataclass(frozen=True)
class Event:
    """One event as it came: its number, its kind, and what it says."""

    number: int
    kind: str
    data: dict[str, Any]


class Stream:
    """An open feed."""

    def __init__(self, response: httpx.Response, lines: AsyncIterator[str]) -> None:
        self.response = response
        self._lines = lines

    @classmethod
    async def opened(cls, response: httpx.Response) -> Self:
        """The stream of a response once its first line is there."""
        assert response.status_code == 200, await response.aread()
        lines = response.aiter_lines()
        async with asyncio.timeout(SECONDS_TO_WAIT):
            assert (await anext(lines)).startswith("retry:")
        return cls(response, lines)

    async def take(self, count: int) -> list[Event]:
        """The next `count` events; fails when they do not come."""
        events: list[Event] = []
        fields: dict[str, str] = {}
        async with asyncio.timeout(SECONDS_TO_WAIT):
            while len(events) < count:
                line = await anext(self._lines)
                if line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif not line and "data" in fields:
                    # With a name a browser would hand an event only to who knows the name.
                    assert set(fields) == {"id", "data"}
                    data = json.loads(fields["data"])
                    events.append(Event(int(fields["id"]), data["kind"], data))
                    fields = {}
        return events

    async def take_until(self, kind: str) -> list[Event]:
        """The next events up to and including the first of this kind."""
        events = await self.take(1)
        while events[-1].kind != kind:
            events += await self.take(1)
        return events

    async def rest(self) -> list[str]:
        """The kinds of the events that come until the gateway closes the stream; fails when it does not."""
        async with asyncio.timeout(SECONDS_TO_WAIT):
            lines = [line async for line in self._lines]
        return [json.loads(line.removeprefix("data: "))["kind"] for line in lines if line.startswith("data: ")]

    async def ended(self) -> None:
        """Return once the gateway has closed the stream; fails when it does not."""
        async with asyncio.timeout(SECONDS_TO_WAIT):
            async for _ in self._lines:
                pass
