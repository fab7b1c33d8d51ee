"""What the gateway counts while it works: plain numbers, cheap enough for every lead. `metrics` tells them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LEADS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)


class Histogram:
    """How often a value was at most each of `bounds`, and the sum of all values."""

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def buckets(self) -> list[tuple[str, float]]:
        """Each bound with the number of values up to it, as Prometheus wants them; the last is all."""
        told: list[tuple[str, float]] = []
        values = 0
        for bound, found in zip((*map(str, self._bounds), "+Inf"), self._counts, strict=True):
            values += found
            told.append((bound, values))
        return told


class Counts:
    """The requests answered, and the leads among them.

    requests: by method, route and status. seconds: until an answer began, by route. leads: those that the webhook took,
    by workspace, name of the source, and what became of them (assigned, queued, duplicate). refused: those refused in
    the place of one of many, by status.
    """

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.seconds: defaultdict[str, Histogram] = defaultdict(Histogram)
        self.leads: Counter[tuple[int, str, str]] = Counter()
        self.refused: Counter[int] = Counter()
