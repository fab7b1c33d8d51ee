"""The dates of three numbers in a sheet, counted by column while its rows go by: which orders do they fit?"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from gateway.core.date_words import Order
from gateway.core.dates import LONGEST, ORDERS, readings_of

MOST_EXAMPLES = 3
# 1/2/26
SHORTEST = 6
# Of a date, or of a time before it.
BEHIND_A_NUMBER = "/.-: "


class DatesSeen(Struct):
    """The dates of three numbers in a column, from 1 on: how many, how many of them fit each order, some in question.

    `others`: of each order the first row, and its text, that does not fit it.
    """

    column: int
    values: int = 0
    fits: dict[Order, int] = field(default_factory=dict)
    in_question: list[str] = field(default_factory=list)
    others: dict[Order, tuple[int, str]] = field(default_factory=dict)


class Dates:
    """The columns of a sheet, while its rows go by."""

    def __init__(self) -> None:
        self._seen: dict[int, DatesSeen] = {}

    def look(self, row: int, cells: Sequence[str]) -> None:
        """Look at the cells of a row. There are millions of them, so most are told by their first characters."""
        for column, cell in enumerate(cells, 1):
            if not SHORTEST <= len(cell) <= LONGEST or not (cell[1] in BEHIND_A_NUMBER or cell[2] in BEHIND_A_NUMBER):
                continue
            if cell[0].isdigit() and (readings := readings_of(cell)):
                seen = self._seen.get(column)
                if seen is None:
                    seen = self._seen[column] = DatesSeen(column)
                seen.values += 1
                for order in ORDERS:
                    if order in readings:
                        seen.fits[order] = seen.fits.get(order, 0) + 1
                    else:
                        seen.others.setdefault(order, (row, cell))
                if len(seen.in_question) < MOST_EXAMPLES and len({*readings.values()}) > 1:
                    if cell not in seen.in_question:
                        seen.in_question.append(cell)

    def seen(self) -> list[DatesSeen]:
        """What was found, of each column that has such dates."""
        return [self._seen[column] for column in sorted(self._seen)]
