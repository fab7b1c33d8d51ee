"""Merged cells of a sheet: a value that stands once for several rows holds for each of them."""

from __future__ import annotations

from collections.abc import Iterable

Area = tuple[tuple[int, int], tuple[int, int]]


class Merged:
    """What is merged below the headings. `titles` are the numbers of rows in which a cell goes across columns."""

    def __init__(self, areas: Iterable[Area], heading_row: int) -> None:
        below = sorted(area for area in areas if area[0][0] >= heading_row)
        self.titles = {top + 1 for (top, left), (bottom, right) in below if top == bottom and right > left}
        self._waiting = [area for area in below if area[1][0] > area[0][0]]
        self._waiting.reverse()
        self._open: list[tuple[int, int, str]] = []

    def fill(self, number: int, cells: list[str]) -> bool:
        """Give a row what merged cells say that begin above it; whether there was any. Rows come in their order."""
        row = number - 1
        while self._waiting and self._waiting[-1][0][0] <= row:
            (top, left), (bottom, _) = self._waiting.pop()
            if top == row and left < len(cells) and cells[left]:
                self._open.append((bottom, left, cells[left]))
        self._open = [one for one in self._open if one[0] >= row]
        is_filled = False
        for _, column, text in self._open:
            if column < len(cells) and not cells[column]:
                cells[column] = text
                is_filled = True
        return is_filled
