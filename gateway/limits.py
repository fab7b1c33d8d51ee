"""How many leads a source may hand in: a token bucket for each source with a limit, in the memory of this gateway."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple

from gateway.problems import Problem


class Limit(NamedTuple):
    """At most `burst` leads at once, and `per_minute` in the long run."""

    per_minute: int
    burst: int


class Buckets:
    """A bucket for each source that has a limit. It holds up to `burst` leads and fills by `per_minute`.

    Each gateway counts for itself: several allow several times as much.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[int, tuple[float, float]] = {}

    def take(self, source_id: int, limit: Limit) -> None:
        """Take one lead out of the bucket. Raises Problem 429 when it is empty."""
        now = self._clock()
        per_second = limit.per_minute / 60
        held, since = self._buckets.get(source_id, (limit.burst, now))
        held = min(limit.burst, held + (now - since) * per_second)
        if held < 1:
            raise _too_many(limit, math.ceil((1 - held) / per_second))
        self._buckets[source_id] = (held - 1, now)


def _too_many(limit: Limit, seconds: int) -> Problem:
    headers = {
        "retry-after": f"{seconds}",
        "ratelimit-policy": f'"leads";q={limit.per_minute};w=60',
        "ratelimit": f'"leads";r=0;t={seconds}',
    }
    return Problem(
        429, f"This source may send {limit.per_minute} leads a minute. Send this one again later.", headers=headers
    )
