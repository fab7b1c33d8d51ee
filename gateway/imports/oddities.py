"""What is odd about a row of a sheet: it is no lead but a total, or its cells are shifted, or it was hidden.

An odd row is left out, or refused, and told with its kind. Kinds that somebody may want all the same can be accepted;
then the row is read like any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from gateway.core.exported import is_export
from gateway.imports.cells import says_yes
from gateway.imports.headings import FURTHER

# Rows that are left out unless they are accepted.
Acceptable = Literal["hidden", "do_not_call", "total"]
ACCEPTABLE = get_args(Acceptable)

# How people and programs call a total, alone or of so many: Grand total: 12 leads.
TOTALS = (
    *("total", "totals", "grand total", "grand totals", "sub total", "sub-total", "subtotal", "overall total"),
    *("over all total", "net total", "running total", "grand count", "sum", "average", "कुल", "कुल योग", "योग", "एकूण"),
    *("மொத்தம்", "మొత్తం", "ಒಟ್ಟು", "মোট", "કુલ", "ആകെ", "ਕੁੱਲ", "کل", "gesamt", "summe", "gesamtsumme", "soma", "suma"),
    *("total general", "jumlah", "итого", "всего", "المجموع", "الإجمالي"),
)
OF_HOW_MANY = r"(leads?|rows?|records?|contacts?|customers?|students?|entries|count|amount)"
TOTAL = re.compile(
    rf"({'|'.join(TOTALS)})( (of|no\.? of|number of))?( {OF_HOW_MANY})?\s*[:=–-]?\s*[0-9.,]*\s*{OF_HOW_MANY}?",
    re.IGNORECASE,
)
TOTALS_BEGIN = frozenset(name.casefold().split()[0] for name in TOTALS)
# Pune Total, Pune Count: as Excel names what it adds up.
SUBTOTALS = frozenset(["total", "count", "average", "sum"])
LONGEST_TOTAL = 100
ENOUGH_ROWS = 5
MOST_OF_THEM = 0.8


class Oddity(NamedTuple):
    """Why a row is no lead as it is. `is_refused`: it must be mended; else it was meant otherwise, and is left out."""

    kind: str
    reason: str
    is_refused: bool = False


class Oddities:
    """Tells what is odd about the rows below these headings. `first` are the first of them, `shape` their raw width."""

    def __init__(
        self,
        headings: Sequence[str],
        heading_cells: Sequence[str],
        first: Collection[Sequence[str]],
        mapping: Mapping[str, int],
    ) -> None:
        self._headings = [heading.casefold() for heading in heading_cells]
        self._width = _width(len(heading_cells), first)
        self._reaching = [
            column for field, column in mapping.items() if FURTHER.get(field, field) in ("phone", "email")
        ]
        self._do_not_call = mapping.get("do_not_call", 0)
        self._do_not_call_heading = headings[self._do_not_call - 1] if self._do_not_call else ""
        self._is_ours = is_export(headings)

    def of(
        self, cells: Sequence[str], *, fault: str = "", is_hidden: bool = False, is_title: bool = False
    ) -> Oddity | None:
        """What is odd about a row. `fault`: what the reader of the text says; `is_title`: one cell merged across it."""
        if fault and len(cells) != self._width:
            reason = f"{fault}, so it is unclear where the cells end. Close it, or remove it."
            return Oddity("quote", reason, is_refused=True)
        if len(cells) > self._width and self._is_shifted(cells):
            reason = (
                f"The row has {len(cells)} cells, but the table has {self._width} columns. A separator inside a cell "
                "has shifted the others: put that cell in quotation marks."
            )
            return Oddity("shifted", reason, is_refused=True)
        if self._is_ours:
            return None
        if is_hidden:
            return Oddity("hidden", "The row is hidden in the file")
        begins = next(cell for cell in cells if cell)
        if self._repeats_headings(cells):
            return Oddity("heading", "The row repeats the headings")
        if is_title and sum(map(bool, cells)) == 1:
            return Oddity("heading", "The row is a title across the columns")
        if self._is_total(cells, begins):
            return Oddity("total", f"The row is a total, not a lead: {begins[:80]}")
        if self._do_not_call and self._says_not_to_call(cells):
            return Oddity("do_not_call", f"{self._do_not_call_heading} says: {cells[self._do_not_call - 1][:80]}")
        return None

    def _repeats_headings(self, cells: Sequence[str]) -> bool:
        filled = 0
        for cell, heading in zip(cells, self._headings, strict=False):
            if cell:
                if cell.casefold() != heading:
                    return False
                filled += 1
        return filled > 1

    def _is_shifted(self, cells: Sequence[str]) -> bool:
        return any(cells[self._width :]) or any(
            column <= len(cells)
            and cells[column - 1]
            and not any(letter.isdecimal() or letter == "@" for letter in cells[column - 1])
            for column in self._reaching
        )

    def _is_total(self, cells: Sequence[str], begins: str) -> bool:
        if len(begins) > LONGEST_TOTAL:
            return False
        words = begins.casefold().split()
        if words[-1].rstrip(":") in SUBTOTALS and len(words) > 1 and not self._reaches(cells):
            return True
        if words[0].rstrip(":=-–0123456789") not in TOTALS_BEGIN:
            return False
        return TOTAL.fullmatch(begins) is not None and not any("@" in cell for cell in cells)

    def _reaches(self, cells: Sequence[str]) -> bool:
        return any(
            column <= len(cells) and ("@" in cells[column - 1] or sum(map(str.isdecimal, cells[column - 1])) > 6)
            for column in self._reaching
        )

    def _says_not_to_call(self, cells: Sequence[str]) -> bool:
        if not 0 < self._do_not_call <= len(cells):
            return False
        said = cells[self._do_not_call - 1]
        return says_yes(said)


def _width(headings: int, first: Collection[Sequence[str]]) -> int:
    """How many cells a row may have: as many as there are headings, or as nearly all rows have."""
    widths = Counter(len(cells) for cells in first if cells)
    if widths.total() >= ENOUGH_ROWS:
        width, rows = widths.most_common(1)[0]
        if rows >= MOST_OF_THEM * widths.total():
            return max(headings, width)
    return headings
