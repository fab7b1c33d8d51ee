"""How a sheet begins, and which field each of its columns seems to be: by memory, by heading, by its values."""

from __future__ import annotations

import msgspec

from gateway.core.field_names import alike
from gateway.core.problems import FieldError, Problem, invalid
from gateway.http.bodies import encoded
from gateway.imports.child import Outline, SheetOutline
from gateway.imports.date_order import order_among, pair_clock
from gateway.imports.headings import (
    FIELDS,
    PREVIEWED_ROWS,
    Column,
    columns_of,
    field_of_values,
    headings_of,
    known_heading,
)
from gateway.imports.shapes import ColumnFound, FieldNamed, SheetView
from gateway.imports.upload import Call


class Recognised(msgspec.Struct):
    """What the database knows of a column: what it was the last time, and how many of its samples are places."""

    remembered: str | None
    states: int
    cities: int


class Placed(msgspec.Struct):
    """Where the workspace is."""

    country: str


def sheet_of(outline: Outline, number: int, field: str = "") -> SheetOutline:
    """The sheet of that number. Raises Problem 404, or 422 for what stands in a field."""
    for sheet in outline.sheets:
        if sheet.number == number:
            return sheet
    if field:
        raise invalid(FieldError(field, f"There is no sheet {number}.", "The import lists its `sheets`."))
    raise Problem(404, f"There is no sheet {number} in this file.")


async def view_of(call: Call, sheet: SheetOutline, heading_row: int | None) -> SheetView:
    """What is shown of a sheet. Raises as `call` does, or Problem 422 for a row that there is not."""
    row = heading_row or sheet.heading_row
    if not any(number > row and any(cells) for number, cells in sheet.first):
        raise invalid(FieldError("heading_row", "There are no leads below this row.", "Choose another."))
    headings = headings_of(sheet.first, sheet.merged, row)
    columns = columns_of(sheet.first, headings, row)
    asked = [{"heading": alike(column.heading), "samples": column.samples} for column in columns]
    recognised = msgspec.json.decode(await call("recognise_columns", encoded(asked)), type=list[Recognised])
    below = [cells for number, cells in sheet.first if number > row and any(cells)][:PREVIEWED_ROWS]
    seen = {dates.column: dates for dates in sheet.dates}
    country = msgspec.json.decode(await call("get_workspace"), type=Placed).country if seen else ""
    view = SheetView(
        number=sheet.number,
        name=sheet.name,
        rows=sheet.rows,
        heading_row=row,
        columns=_proposed(columns, recognised),
        preview=[[_cell(cells, column.column) for column in columns] for cells in below],
        fields=[FieldNamed(field, label) for field, label in FIELDS.items()],
    )
    pair_clock(view.columns)
    for column in view.columns:
        column.dates = order_among(seen[column.column], country) if column.column in seen else None
    return view


def _proposed(columns: list[Column], recognised: list[Recognised]) -> list[ColumnFound]:
    """Each field for one column at most: what is remembered counts most, then headings, then values."""
    found = [ColumnFound(column.column, column.heading, column.samples, None, None) for column in columns]
    taken: set[str] = set()

    def propose(place: int, field: str | None, found_by: str) -> None:
        if field in FIELDS and field not in taken and found[place].found_by is None:
            taken.add(field)
            found[place].field, found[place].found_by = field, found_by  # type: ignore[assignment]

    for place, known in enumerate(recognised):
        if known.remembered == "":
            found[place].found_by = "memory"
        propose(place, known.remembered, "memory")
    for place, column in enumerate(columns):
        propose(place, known_heading(column.heading), "heading")
    for place, (column, known) in enumerate(zip(columns, recognised, strict=True)):
        propose(place, field_of_values(column.samples), "values")
        if len(column.samples) > 1 and known.states == len(column.samples):
            propose(place, "state", "values")
        elif len(column.samples) > 1 and known.cities == len(column.samples):
            propose(place, "city", "values")
    if {"first_name", "last_name"} <= taken and "name" in taken:
        for one in found:
            if one.field == "name" and one.found_by != "memory":
                one.field, one.found_by = None, None
    return found


def _cell(cells: list[str], column: int) -> str:
    return cells[column - 1] if column <= len(cells) else ""
