"""How many leads somebody may hand in: a token bucket for each who has a limit, in the memory of this gateway.

And what counts as one address, wherever something is limited by it.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable, Hashable
from typing import NamedTuple

from gateway.problems import Problem


class Limit(NamedTuple):
    """At most `burst` leads at once, and `per_minute` in the long run."""

    per_minute: int
    burst: int


class Buckets:
    """A bucket for each who has a limit. It holds up to `burst` leads and fills by `per_minute`.

    Each gateway counts for itself: several allow several times as much. `whose` they are is told to who is refused. Of
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
    """What a network address is counted as: an IPv6 one as its /64, of which anybody has as many as they like."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _too_many(whose: str, limit: Limit, seconds: int) -> Problem:
    headers = {
        "retry-after": f"{seconds}",
        "ratelimit-policy": f'"leads";q={limit.per_minute};w=60',
        "ratelimit": f'"leads";r=0;t={seconds}',
    }
    return Problem(
        429, f"This {whose} may send {limit.per_minute} leads a minute. Send this one again later.", headers=headers
    )
