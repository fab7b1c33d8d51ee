"""The child process in which files are opened: `python -m gateway.imports.child '{"wanted": ...}' < file`.

A file may be hostile, or the library that opens it may fail on it: whatever it does, it does here, with little memory
and time, without any secret, and the gateway hears of it as a line that says so, or by the end of this process.

It writes a line of JSON for each thing found: see `Outline` and `Batch`; a line {"problem"} is the last.
"""

from __future__ import annotations

import codecs
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from encodings.aliases import aliases
from itertools import takewhile
from typing import IO, Any

import msgspec
from msgspec import Struct

from gateway.core import phone_countries
from gateway.core.date_words import words_of
from gateway.imports.dates import Dates, DatesSeen
from gateway.imports.delimited import MOST_COLUMNS
from gateway.imports.file_problem import FileProblem
from gateway.imports.headings import FIRST_ROWS, columns_of, find_heading_row, headings_of
from gateway.imports.merged import Merged
from gateway.imports.oddities import Oddities
from gateway.imports.rows import Refused, RowReader, Wanted, as_json
from gateway.imports.workbook import Sheet, open_workbook

NOBODY = 65534
MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 240
ROWS_IN_BATCH = 500
CHARACTERS_IN_BATCH = 1_000_000
CHARACTERS_IN_TABLE = 5_000_000
# As much as the webhook takes of a lead.
CHARACTERS_IN_ROW = 500_000
LONGEST_SHOWN = 200
TOO_MUCH = (
    "The file needs too much memory or time to open: it declares far more cells than it has, or is no real "
    "spreadsheet. Copy the rows into a new sheet, or save it as CSV UTF-8."
)


class SheetOutline(Struct):
    """What is to be known of a sheet before it is read as leads: `first` are its first rows, cells shortened.

    `rows` counts those below the headings that are not empty, `columns` those in use. `hidden_rows` counts those of
    the rows that are hidden; `hidden_columns` are numbers. `merged_rows`: how many cells are merged over rows there.
    `dates` is of all rows.
    """

    number: int
    name: str
    is_hidden: bool
    rows: int
    columns: int
    heading_row: int
    first: list[tuple[int, list[str]]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]
    dates: list[DatesSeen] = []
    hidden_rows: int = 0
    hidden_columns: list[int] = []
    merged_rows: int = 0


class Outline(Struct):
    """What a file is: the sheets that leads can be read from, hidden ones last."""

    kind: str
    encoding: str | None
    delimiter: str | None
    sheets: list[SheetOutline]


class Staged(Struct, omit_defaults=True):
    """A row: a lead, or why it is none and its cells. One that is `left_out` may be either.

    `notes`: kinds of what is to be told of it.
    """

    row: int
    lead: dict[str, Any] | None = None
    reason: str | None = None
    cells: list[str] | None = None
    left_out: bool = False
    notes: list[str] = []


class Batch(Struct):
    """Rows, and how many empty ones there were among them."""

    rows: list[Staged]
    empty: int


class Table(Struct):
    """The first rows of the first sheet that is not hidden, as they are, by the numbers that the spreadsheet shows."""

    rows: list[tuple[int, list[str]]]


class Question(Struct):
    """What is asked: an outline, the rows that are `wanted`, or so many `rows` of the first sheet as they are."""

    wanted: Wanted | None = None
    rows: int = 0


class Trouble(Struct):
    """Why it cannot be answered, or goes on no further."""

    problem: str


def main() -> None:
    """Answer the question in the first argument about the file that is the standard input."""
    _limit()
    question = msgspec.json.decode(sys.argv[1], type=Question)
    if question.wanted is not None:
        words_of(question.wanted.country)
        if question.wanted.mapping.keys() & {"phone_country", "country"}:
            phone_countries.load()
    _give_up_root()
    try:
        if question.rows:
            _say(table_of(sys.stdin.buffer, question.rows))
        elif question.wanted is None:
            _say(outline_of(sys.stdin.buffer))
        else:
            for batch in batches_of(sys.stdin.buffer, question.wanted):
                _say(batch)
    except FileProblem as problem:
        _say(Trouble(str(problem)))
    except MemoryError:
        _say(Trouble(TOO_MUCH))
    except BaseException as error:
        # A library's panic is no Exception.
        _say(
            Trouble(
                f"The file is damaged and cannot be read ({type(error).__name__}). Save it again, and upload it again."
            )
        )


def outline_of(file: IO[bytes]) -> Outline:
    """What there is in a file. Raises FileProblem when nothing can be imported from it."""
    workbook = open_workbook(file)
    sheets: list[SheetOutline] = []
    problems: list[FileProblem] = []
    for sheet in workbook.sheets:
        try:
            sheets.append(_outline(sheet))
        except FileProblem as problem:
            problems.append(problem)
    if not sheets:
        raise problems[0]
    sheets.sort(key=lambda sheet: sheet.is_hidden)
    return Outline(workbook.kind, workbook.encoding, workbook.delimiter, sheets)


def table_of(file: IO[bytes], most: int) -> Table:
    """Up to so many rows that are not empty, and one more. Raises FileProblem."""
    sheets = sorted(open_workbook(file).sheets, key=lambda sheet: sheet.is_hidden)
    rows: list[tuple[int, list[str]]] = []
    characters = 0
    for number, cells in sheets[0].rows():
        if not cells:
            continue
        rows.append((number, cells[:MOST_COLUMNS]))
        characters += sum(map(len, cells))
        if len(rows) > most:
            break
        if characters > CHARACTERS_IN_TABLE:
            raise FileProblem("The table has too much text in it. Leave out what is no name, e-mail or state.")
    return Table(rows)


def batches_of(file: IO[bytes], wanted: Wanted) -> Iterator[Batch]:
    """The rows of a sheet as leads, some hundred at a time. Raises FileProblem."""
    sheet = next((sheet for sheet in open_workbook(file).sheets if sheet.number == wanted.sheet), None)
    if sheet is None:
        raise FileProblem(f"There is no sheet {wanted.sheet} in the file.")
    reading = Reading(sheet, wanted)
    batch, characters = Batch([], 0), 0
    for number, cells in sheet.rows():
        if number <= wanted.heading_row:
            continue
        if cells:
            characters += sum(map(len, cells))
            batch.rows.append(reading.staged(number, cells))
        else:
            batch.empty += 1
        if len(batch.rows) == ROWS_IN_BATCH or characters > CHARACTERS_IN_BATCH:
            yield batch
            batch, characters = Batch([], 0), 0
    if batch.rows or batch.empty:
        yield batch


class Reading:
    """The rows of a sheet read as leads, one after the other."""

    def __init__(self, sheet: Sheet, wanted: Wanted) -> None:
        first = list(takewhile(lambda row: row[0] <= FIRST_ROWS, sheet.rows()))
        named = headings_of(first, sheet.merged(), wanted.heading_row)
        columns = {column.column: column.heading for column in columns_of(first, named, wanted.heading_row)}
        headings = [columns.get(number, f"Column {number}") for number in range(1, MOST_COLUMNS + 1)]
        self._accepted = wanted.accept
        self._hidden = sheet.hidden()
        self._reader = RowReader(headings, wanted, () if "hidden" in wanted.accept else self._hidden.columns)
        self._merged = Merged(sheet.merged(), wanted.heading_row)
        self._faults = sheet.faults
        self._oddities = Oddities(
            headings,
            dict(first).get(wanted.heading_row, []),
            [cells for number, cells in first if number > wanted.heading_row],
            wanted.mapping,
        )

    def staged(self, number: int, cells: list[str]) -> Staged:
        """A row that is not empty. Rows must come in their order."""
        fault = self._faults.pop(number, "")
        is_title = number in self._merged.titles
        is_filled = self._merged.fill(number, cells)
        if sum(map(len, cells)) > CHARACTERS_IN_ROW:
            reason = f"The row has more than {CHARACTERS_IN_ROW:,} characters. Leave out what is not needed to call."
            return Staged(number, reason=reason, cells=[cell[:LONGEST_SHOWN] for cell in cells])
        is_hidden = number in self._hidden.rows
        odd = self._oddities.of(cells, fault=fault, is_hidden=is_hidden, is_title=is_title)
        if odd and odd.is_refused:
            return Staged(number, reason=odd.reason, cells=cells, notes=[odd.kind])
        staged = Staged(number)
        if is_filled or fault or odd:
            told = {"merged": is_filled, "quote": bool(fault), odd.kind if odd else "": odd}
            staged.notes = [kind for kind, is_told in told.items() if is_told]
        if odd and odd.kind in self._accepted:
            odd = None
        staged.left_out = odd is not None
        try:
            staged.lead = as_json(self._reader.lead_of(cells))
            staged.reason = odd.reason if odd else None
        except Refused as refused:
            staged.reason = odd.reason if odd else str(refused)
            staged.cells = cells
        return staged


def _outline(sheet: Sheet) -> SheetOutline:
    first: list[tuple[int, list[str]]] = []
    filled, hidden_rows, columns = 0, 0, 0
    hidden, dates = sheet.hidden(), Dates()
    for number, cells in sheet.rows():
        if number <= FIRST_ROWS:
            first.append((number, [cell[:LONGEST_SHOWN] for cell in cells]))
        else:
            dates.look(number, cells)
        filled += bool(cells)
        hidden_rows += bool(cells) and number in hidden.rows
        columns = max(columns, len(cells))
    if not filled:
        raise FileProblem(
            "There is nothing in the file: no cell has a value. Cells with errors such as #REF! count as empty."
        )
    heading_row = find_heading_row(first)
    if heading_row is None:
        raise FileProblem(
            f"No headings were found in the first {FIRST_ROWS} rows of {sheet.name}. Write above each column what is "
            "in it, such as Name and Phone."
        )
    above = [number for number, cells in first if number <= heading_row and any(cells)]
    below = filled - len(above)
    if not below:
        raise FileProblem(
            f"There are no leads in {sheet.name}: no row below the headings has a value. Cells with errors such as "
            "#REF! count as empty."
        )
    for number, cells in first:
        if number > heading_row:
            dates.look(number, cells)
    merged = [area for area in sheet.merged() if area[0][0] < FIRST_ROWS]
    return SheetOutline(
        sheet.number,
        sheet.name,
        sheet.is_hidden,
        below,
        columns,
        heading_row,
        first,
        merged,
        dates.seen(),
        hidden_rows - sum(number in hidden.rows for number in above),
        [column for column in range(1, columns + 1) if column in hidden.columns],
        sum(bottom > top >= heading_row for (top, _), (bottom, _) in sheet.merged()),
    )


def _limit() -> None:
    """What this process may take. Systems that know no such limit go without."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def _give_up_root() -> None:
    """Go on as the user nobody if the gateway still runs as root, so that no file is opened by root.

    The user nobody may not be allowed to read Python modules and their data, so what is loaded late is loaded before.
    """
    if os.geteuid() != 0:
        return
    for name in {*aliases.values()}:
        with suppress(LookupError):
            codecs.lookup(name)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def _say(answer: Struct) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
