"""What `send` and `import` share: a file of leads opened, its sheet chosen, its columns named by --map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from gateway.core.date_words import Order
from gateway.imports.child import Outline, SheetOutline
from gateway.imports.file_problem import FileProblem
from gateway.imports.headings import FIELDS, Headed
from gateway.imports.oddities import ACCEPTABLE
from gateway.imports.upload import LARGEST_FILE

File = Annotated[Path, typer.Argument(help="A file of leads: .xlsx, .xls, .ods or .csv.")]
SheetName = Annotated[str | None, typer.Option("--sheet", help="Name of the sheet; the first one unless given.")]
Named = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=HEADING", help="Take the field from this column; repeat for more."),
]
DateOrder = Annotated[
    Order | None,
    typer.Option("--date-order", help="What comes first in dates such as 3/4/2026, where the file does not tell."),
]

Accepted = Annotated[
    list[str] | None,
    typer.Option("--accept", help="Take such rows all the same: hidden, do_not_call, total; repeat for more."),
]


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file, open. Raises FileProblem when it cannot be read or is too large."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileProblem(f"{path} is larger than {LARGEST_FILE // 1024**2} MB. Split it.")
        file = path.open("rb")
    except OSError as error:
        raise FileProblem(f"cannot read {path}: {error.strerror}") from error
    with file:
        yield file


def accepted(kinds: list[str] | None) -> list[str]:
    """The kinds of rows that are taken all the same. Raises FileProblem for one that there is not."""
    if unknown := [kind for kind in kinds or [] if kind not in ACCEPTABLE]:
        raise FileProblem(f"--accept {unknown[0]}: it is one of {', '.join(ACCEPTABLE)}")
    return kinds or []


def sheet_called(outline: Outline, name: str | None) -> SheetOutline:
    """The sheet of that name, or the first one. Raises FileProblem."""
    if name is None:
        return outline.sheets[0]
    for sheet in outline.sheets:
        if sheet.name == name:
            return sheet
    raise FileProblem(f"there is no sheet {name}; there is {', '.join(sheet.name for sheet in outline.sheets)}")


def columns_by_field(columns: Iterable[Headed], proposed: Mapping[str, int], given: Iterable[str]) -> dict[str, int]:
    """The column of each field: as `given` in FIELD=HEADING, else as proposed. Raises FileProblem.

    A column that is given for a field is no other's by proposal.
    """
    by_heading = {column.heading: column.column for column in columns}
    named: dict[str, int] = {}
    for item in given:
        field, equals, heading = (part.strip() for part in item.partition("="))
        if not (field and equals and heading):
            raise FileProblem(f"--map {item}: write it as FIELD=HEADING, such as --map phone='Mobile No.'")
        if field not in FIELDS:
            raise FileProblem(f"--map {item}: there is no field {field}; there is {', '.join(FIELDS)}")
        if heading not in by_heading:
            raise FileProblem(f"--map {item}: there is no heading {heading}; there is {', '.join(by_heading)}")
        named[field] = by_heading[heading]
    return {field: column for field, column in proposed.items() if column not in named.values()} | named
