"""The records of a text with delimiters. A quotation mark that is never closed is found, and swallows nothing.

Such a mark would make one cell of all that follows, up to the next mark or the end of the file. So before a cell goes
on into another line, its end is looked for: it must stand before a delimiter or the end of a line, not too far away,
and what is between must not look like rows of this very table. Otherwise the record ends where its line ends.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator
from typing import Protocol

from gateway.core.exported import is_export
from gateway.imports.file_problem import FileProblem

LONGEST_LINE = 1_000_000
LONGEST_CELL = 100_000
# So many records show how wide the table is, and in which of its columns people are reached.
LEARNING = 50

CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
REACHED = re.compile(r"\s*(\+?[0-9][0-9\s().\-/]{5,18}[0-9](\.0)?|[^@\s]+@[^@\s]+\.[^@\s]+)\s*")


class Text(Protocol):
    """Anything that has lines."""

    def readline(self, size: int, /) -> str:
        """The next line, or so many characters of it."""


class _Endless(Exception):
    """The quotation mark at which the present record goes on is never closed."""


class Records:
    """Each record's cells, and what is wrong with it, if anything is. `line` is the number of the last line read.

    Raises FileProblem for what is no text, or has no line ends; of a sample nothing is refused. `is_spaced`: a space
    stands between a delimiter and a quotation mark.
    """

    def __init__(self, text: Text, delimiter: str, *, is_sample: bool = False, is_spaced: bool = False) -> None:
        self.line = 0
        self._text = text
        self._delimiter = delimiter
        self._ahead: deque[str] = deque()
        self._lines: list[str] = []
        self._goes_on_until = 0
        self._widths = Counter[int]()
        self._reached: set[int] = set()
        self._is_ours = is_sample
        self._is_spaced = is_spaced

    def __iter__(self) -> Iterator[tuple[list[str], str]]:
        csv.field_size_limit(LONGEST_LINE)
        lines = iter(self._next_line, "")
        reader = csv.reader(lines, delimiter=self._delimiter, skipinitialspace=self._is_spaced)
        while True:
            self._lines = []
            fault = ""
            try:
                row = next(reader)
            except StopIteration:
                return
            except (_Endless, csv.Error):
                row, fault = self._mended(), f"A quotation mark in line {self.line:,} is never closed"
            if self._widths.total() < LEARNING:
                self._learn(row)
            yield row, fault

    def _next_line(self) -> str:
        """A line of the present record; empty at the end of the text. Raises _Endless, FileProblem."""
        if self._lines and self.line >= self._goes_on_until:
            self._look_for_the_end()
        line = self._ahead.popleft() if self._ahead else self._read(self.line + 1)
        if line:
            self.line += 1
            self._lines.append(line)
        return line

    def _read(self, number: int) -> str:
        line = self._text.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE:
            raise FileProblem(
                f"Line {number} is longer than {LONGEST_LINE:,} characters: this is no table, or its line ends are "
                "missing. Save it as CSV UTF-8."
            )
        if CONTROL.search(line) and not (self._is_ours and "\0" not in line):
            raise FileProblem(f"Line {number} contains control characters (NUL): the file is damaged, or no text.")
        return line

    def _look_for_the_end(self) -> None:
        """Find the line in which the open cell ends. Raises _Endless when it has no end."""
        length = 0
        for number in range(1_000_000):
            if number == len(self._ahead):
                line = self._read(self.line + number + 1)
                if not line:
                    raise _Endless
                self._ahead.append(line)
            line = self._ahead[number]
            length += len(line)
            end = _end_in(line, self._delimiter)
            if end == IMPROPER or length > LONGEST_CELL or self._is_row(line if end is None else line[:end]):
                raise _Endless
            if end is not None:
                self._goes_on_until = self.line + number + 1
                return

    def _is_row(self, line: str) -> bool:
        """Whether a line within a cell is a row of its own: as wide as the others, and somebody is reached by it."""
        cells, width = self._parted(line), self._width
        if len(cells) != width or width < 2 or self._is_ours:
            return False
        if self._reached:
            return any(REACHED.fullmatch(cells[number]) for number in self._reached if number < width)
        return width > 2 and any(REACHED.fullmatch(cell) for cell in cells)

    def _learn(self, row: list[str]) -> None:
        self._is_ours = self._is_ours or (self.line == 1 and is_export(row))
        if any(row):
            self._widths[len(row)] += 1
            self._reached.update(number for number, cell in enumerate(row) if REACHED.fullmatch(cell))

    def _mended(self) -> list[str]:
        """The present record as if its last mark were closed at the end of the line; else, as if there was none."""
        whole = "".join(self._lines).rstrip("\r\n")
        closed = next(csv.reader(io.StringIO(whole + '"', newline=""), delimiter=self._delimiter), [])
        if len(self._lines) > 1 or len(closed) == self._width:
            return closed
        return [cell.removeprefix('"') for cell in self._parted(whole)]

    def _parted(self, line: str) -> list[str]:
        return next(csv.reader([line], delimiter=self._delimiter, quoting=csv.QUOTE_NONE), [])

    @property
    def _width(self) -> int:
        return self._widths.most_common(1)[0][0] if self._widths else 0


IMPROPER = -1


def _end_in(line: str, delimiter: str) -> int | None:
    """Where the mark stands that ends a cell; None if it goes on, IMPROPER if something follows upon the mark."""
    at = line.find('"')
    while at >= 0:
        if line[at + 1 : at + 2] != '"':
            rest = line[at + 1 :].lstrip(" ")
            return at if not rest or rest[0] in (delimiter, "\r", "\n") else IMPROPER
        at = line.find('"', at + 2)
    return None
