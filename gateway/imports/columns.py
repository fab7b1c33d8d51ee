"""How a sheet begins, and which field each of its columns seems to be: by memory, by heading, by its values."""

from __future__ import annotations

from typing import Literal

import msgspec

from gateway.core.field_names import alike
from gateway.core.problems import FieldError, Problem, invalid
from gateway.http.bodies import encoded
from gateway.imports.child import Outline, SheetOutline
from gateway.imports.date_order import order_among, pair_clock
from gateway.imports.headings import FIELDS, PREVIEWED_ROWS, Column, columns_of, has_own_heading, headings_of
from gateway.imports.proposals import TURNED_DOWN, Known, proposals
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
        raise invalid(FieldError("heading_row", "No row below this one has a value.", "Choose another."))
    headings = headings_of(sheet.first, sheet.merged, row)
    columns = columns_of(sheet.first, headings, row)
    asked = [{"heading": alike(column.heading), "samples": column.samples} for column in columns]
    recognised = msgspec.json.decode(await call("recognise_columns", encoded(asked)), type=list[Recognised])
    known = [Known(one.remembered, _place_of(column, one)) for column, one in zip(columns, recognised, strict=True)]
    proposed = proposals(columns, known, rows=sheet.rows)
    below = [cells for number, cells in sheet.first if number > row and any(cells)][:PREVIEWED_ROWS]
    seen = {dates.column: dates for dates in sheet.dates}
    country = msgspec.json.decode(await call("get_workspace"), type=Placed).country if seen else ""
    view = SheetView(
        number=sheet.number,
        name=sheet.name,
        rows=sheet.rows,
        heading_row=row,
        columns=[
            ColumnFound(
                column.column,
                column.heading,
                column.samples,
                proposal.field,
                proposal.found_by,
                is_hidden=column.column in sheet.hidden_columns,
            )
            for column, proposal in zip(columns, proposed, strict=True)
        ],
        preview=[[_cell(cells, column.column) for column in columns] for cells in below],
        fields=[FieldNamed(field, label) for field, label in FIELDS.items()],
    )
    pair_clock(view.columns)
    for column in view.columns:
        column.dates = order_among(seen[column.column], country) if column.column in seen else None
    return view


def decisions(view: SheetView, mapping: dict[str, int]) -> dict[str, str]:
    """What is to be remembered of a choice, by heading: only what differs from the proposal was decided by somebody."""
    chosen = {column: field for field, column in mapping.items()}
    return {
        alike(column.heading): chosen.get(column.column, TURNED_DOWN)
        for column in view.columns
        if has_own_heading(column) and chosen.get(column.column) != column.field
    }


def _place_of(column: Column, known: Recognised) -> Literal["state", "city"] | None:
    if column.samples and known.states == len(column.samples):
        return "state"
    return "city" if column.samples and known.cities == len(column.samples) else None


def _cell(cells: list[str], column: int) -> str:
    return cells[column - 1] if column <= len(cells) else ""
