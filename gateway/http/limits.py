"""Limits, counted in the memory of this gateway: on leads a minute, and on what runs at once.

Also what counts as one network address where a limit is for each address.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.core.problems import Problem


class Limit(NamedTuple):
    """At most `burst` leads at once, and `per_minute` in the long run."""

    per_minute: int
    burst: int


class Buckets:
    """A bucket for each who has a limit. It holds up to `burst` leads and fills by `per_minute`.

    Each gateway counts for itself: several allow several times as much. `whose` they are stands in the refusal. Of
    more than `most` those that were not used the longest are forgotten, which fills them.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, whose: str = "source", most: int | None = None
    ) -> None:
        self._clock = clock
        self._whose = whose
        self._most = most
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def take(self, key: Hashable, limit: Limit) -> None:
        """Take one lead out of the bucket. Raises Problem 429 when it is empty."""
        now = self._clock()
        per_second = limit.per_minute / 60
        held, since = self._buckets.pop(key, (limit.burst, now))
        held = min(limit.burst, held + (now - since) * per_second)
        self._buckets[key] = (held - 1 if held >= 1 else held, now)
        if held < 1:
            raise _too_many(self._whose, limit, math.ceil((1 - held) / per_second))
        if self._most is not None and len(self._buckets) > self._most:
            del self._buckets[next(iter(self._buckets))]


def network_of(address: str) -> str:
    """What a network address is counted as: an IPv6 address as its /64, all of which one person can have."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


class AtOnce:
    """A limit on what runs at once for each key. `refusal` is the message for one too many."""

    def __init__(self, most: int, refusal: str, *, retry_after: int) -> None:
        self._most = most
        self._refusal = refusal
        self._retry_after = retry_after
        self._running: Counter[Hashable] = Counter()

    @contextmanager
    def one(self, key: Hashable = None) -> Iterator[None]:
        """One more, for as long as the context lasts. Raises Problem 429."""
        if self._running[key] >= self._most:
            raise Problem(429, self._refusal, headers={"retry-after": f"{self._retry_after}"})
        self._running[key] += 1
        try:
            yield
        finally:
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]


class Held(Response):
    """An answer that frees what it holds once it has been sent, its client is gone, or `deadline` has passed.

    `deadline` is a time of the event loop.
    """

    def __init__(self, answer: Response, held: ExitStack, *, deadline: float | None = None) -> None:
        self._answer = answer
        self._held = held
        self._deadline = deadline
        self.status_code = answer.status_code
        self.raw_headers = answer.raw_headers
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. Raises what the answer does, or TimeoutError."""
        with self._held:
            async with asyncio.timeout_at(self._deadline):
                await self._answer(scope, receive, send)


def _too_many(whose: str, limit: Limit, seconds: int) -> Problem:
    headers = {
        "retry-after": f"{seconds}",
        "ratelimit-policy": f'"leads";q={limit.per_minute};w=60',
        "ratelimit": f'"leads";r=0;t={seconds}',
    }
    return Problem(
        429, f"This {whose} may send {limit.per_minute} leads a minute. Send this one again later.", headers=headers
    )
