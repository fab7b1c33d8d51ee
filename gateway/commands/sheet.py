"""Reads a CSV file as leads: columns become fields of the webhook by heading or by a map; the rest is metadata."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from gateway.intake.lead import Lead

FIELDS = tuple(name for name in Lead.__struct_fields__ if name != "metadata")


class SheetError(ValueError):
    """A file or map that cannot be used; the message says what to do."""


class Sheet:
    """The leads of a CSV file, one by one, however long it is. `read_bytes` of `size` bytes have been read so far."""

    def __init__(self, file: Path, mapping: Mapping[str, str]) -> None:
        self._file = file
        self._mapping = mapping
        self._text: TextIO | None = None
        self.size = 0

    def __enter__(self) -> Self:
        try:
            self.size = self._file.stat().st_size
            self._text = self._file.open(encoding="utf-8-sig", newline="")
        except OSError as error:
            raise SheetError(f"cannot read {self._file}: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._text:
            self._text.close()

    @property
    def read_bytes(self) -> int:
        """How much of the file has been read."""
        return self._text.buffer.tell() if self._text and not self._text.closed else self.size

    def leads(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Pairs of "row 2", as spreadsheets count, and the lead's fields without empty cells. Raises SheetError."""
        assert self._text is not None, "use it in a with statement"
        rows = csv.reader(self._text)
        try:
            headings = [heading.strip() for heading in next(rows, [])]
            columns = self._columns(headings)
            for number, row in enumerate(rows, 2):
                if any(row):
                    yield f"row {number}", _lead(row, headings, columns)
        except UnicodeDecodeError as error:
            raise SheetError(f"{self._file} is not UTF-8: save it as CSV UTF-8") from error
        except csv.Error as error:
            raise SheetError(f"{self._file}, line {rows.line_num}: {error}") from error

    def _columns(self, headings: list[str]) -> dict[str, int]:
        """Which column holds which field."""
        if not any(headings):
            raise SheetError(f"{self._file} has no headings in its first row")
        columns: dict[str, int] = {}
        for number, heading in enumerate(headings):
            field = heading.lower().replace(" ", "_").replace("-", "_")
            if field in FIELDS:
                columns.setdefault(field, number)
        for field, heading in self._mapping.items():
            if field not in FIELDS:
                raise SheetError(f"--map {field}={heading}: there is no field {field}; there is {', '.join(FIELDS)}")
            if heading not in headings:
                raise SheetError(
                    f"--map {field}={heading}: there is no heading {heading}; there is {', '.join(headings)}"
                )
            columns[field] = headings.index(heading)
        return columns


def _lead(row: list[str], headings: list[str], columns: dict[str, int]) -> dict[str, Any]:
    cells = [cell.strip() for cell in row]
    lead: dict[str, Any] = {
        field: cells[number] for field, number in columns.items() if number < len(cells) and cells[number]
    }
    used = set(columns.values())
    metadata = {
        (headings[number] if number < len(headings) else "") or f"column {number + 1}": cell
        for number, cell in enumerate(cells)
        if cell and number not in used
    }
    return {**lead, "metadata": metadata} if metadata else lead
