"""How figures are taken: in turn with their reference, several times, and the median of the ratios is what counts."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from rich.progress import Progress


@dataclass(frozen=True)
class Figure:
    """One line of the table. `value` and `reference` are in `unit`; `bound` limits their ratio, or `value` alone."""

    name: str
    value: float
    reference_name: str
    reference: float
    ratio: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the ratio is within its bound."""
        return (self.at_least is None or self.ratio >= self.at_least) and (
            self.at_most is None or self.ratio <= self.at_most
        )

    @property
    def bound(self) -> str:
        """The bound in words."""
        return f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"


def in_turn(
    progress: Progress,
    name: str,
    value: Callable[[], float],
    reference_name: str,
    reference: Callable[[], float],
    *,
    unit: str,
    rounds: int = 5,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Figure:
    """Take both figures `rounds` times in turn, after one round that does not count."""
    task = progress.add_task(name, total=rounds + 1)
    pairs: list[tuple[float, float]] = []
    for _ in range(rounds + 1):
        pairs.append((value(), reference()))
        progress.advance(task)
    counted = pairs[1:]
    return Figure(
        name,
        statistics.median(v for v, _ in counted),
        reference_name,
        statistics.median(r for _, r in counted),
        statistics.median(v / r for v, r in counted),
        unit,
        at_least,
        at_most,
    )
