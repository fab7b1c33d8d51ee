"""/api/leads.csv and /api/leads.xlsx: any list of leads as a file, all that its filter finds."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from gateway.core.amounts import written_budget
from gateway.core.exported import HEADINGS
from gateway.http.bodies import encoded
from gateway.http.call import call
from gateway.http.downloads import as_download, csv_text
from gateway.http.endpoints import Endpoints
from gateway.leads.endpoints import LeadFilter, as_filter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a sheet of Excel holds, a cell of it, and the year in which its time begins.
ROWS_IN_SHEET = 1_048_576
CHARACTERS_IN_CELL = 32_767
FIRST_YEAR = 1900
BYTES_IN_PIECE = 256 * 1024
NARROW, WIDE = 18, 36
NO_METADATA = "{}"

Cell = str | datetime | None

exports = Endpoints("Leads")


class Caller(Struct):
    """Who has a lead."""

    name: str


class Range(Struct):
    """What somebody would pay."""

    least: Decimal | None
    most: Decimal | None


class ExportedLead(Struct):
    """What a file says of a lead, in the order of its columns. Times are in the workspace's timezone."""

    created_at: datetime
    name: str | None
    phone: str | None
    other_phones: list[str]
    email: str | None
    city: str | None
    state: str | None
    lead_source: str | None
    language: str | None
    message: str | None
    assignment_status: str
    assigned_caller: Caller | None
    assigned_at: datetime | None
    assignment_reason: str | None
    closed_at: datetime | None
    status: str
    close_reason: str | None
    timestamp: datetime | None
    external_id: str | None
    source_row_id: str | None
    id: str
    metadata: str
    is_test: bool = False
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    job_title: str | None = None
    country: str | None = None
    medium: str | None = None
    term: str | None = None
    product: str | None = None
    budget: Range | None = None
    authority: str | None = None
    timeline_months: int | None = None

    def cells(self, timezone: ZoneInfo) -> list[Cell]:
        """Its row: texts, and moments with the offset of `timezone`."""
        cells = {field: _cell(getattr(self, field), timezone) for field in self.__struct_fields__}
        return [*(cells | ({"metadata": None} if self.metadata == NO_METADATA else {})).values()]


class Piece(Struct):
    """Some leads of a file, and where the next piece begins."""

    items: list[ExportedLead]
    next: str | None


@exports.get("/leads.csv", query=LeadFilter, media_type="text/csv", long=True)
async def export_leads_csv(request: Request, wanted: LeadFilter) -> Response:
    """Export leads as CSV, newest first.

    RFC 4180, UTF-8, all that the filter finds and you may see. A cell that a spreadsheet would take for a formula
    begins with an apostrophe. The audit log keeps who exported what.
    """
    pieces = await _begin(request, wanted, "csv")
    timezone = ZoneInfo(request.state.user.timezone)

    async def text() -> AsyncIterator[str]:
        yield csv_text([HEADINGS])
        async for leads in pieces:
            yield csv_text([_as_text(cell) for cell in lead.cells(timezone)] for lead in leads)

    return StreamingResponse(text(), headers=as_download("leads.csv"), media_type="text/csv; charset=utf-8")


@exports.get("/leads.xlsx", query=LeadFilter, media_type=XLSX, long=True)
async def export_leads_xlsx(request: Request, wanted: LeadFilter) -> Response:
    """Export leads as an Excel workbook, newest first.

    All that the filter finds and you may see, times in the workspace's timezone. A cell holds 32,767 characters: longer
    metadata is cut, and whole in the CSV. The audit log keeps who exported what.
    """
    pieces = await _begin(request, wanted, "xlsx")
    timezone = ZoneInfo(request.state.user.timezone)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed, and gone, once it was sent
    try:
        sheets = LeadSheets(file)
        async for leads in pieces:
            await asyncio.to_thread(sheets.write, [lead.cells(timezone) for lead in leads])
        await asyncio.to_thread(sheets.close)
    except BaseException:
        file.close()
        raise
    headers = as_download("leads.xlsx") | {"content-length": str(file.tell())}
    return StreamingResponse(_content(file), headers=headers, media_type=XLSX)


class LeadSheets:
    """A workbook of leads, written to `file` row by row, however many there are."""

    def __init__(self, file: IO[bytes]) -> None:
        self._book = Workbook(file, {"constant_memory": True, "remove_timezone": True})
        self._bold = self._book.add_format({"bold": True})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheet = self._begin_sheet()

    def _begin_sheet(self) -> Worksheet:
        sheet: Worksheet = self._book.add_worksheet()
        sheet.set_column(0, len(HEADINGS) - 1, NARROW)
        for heading in ("Message", "Why", "Lead ID", "Metadata"):
            sheet.set_column(HEADINGS.index(heading), HEADINGS.index(heading), WIDE)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, HEADINGS, self._bold)
        self._rows = 1
        return sheet

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows. Texts stay texts, whatever they look like."""
        for row in rows:
            if self._rows == ROWS_IN_SHEET:
                self._sheet = self._begin_sheet()
            for column, cell in enumerate(row):
                if isinstance(cell, datetime) and _is_told_by_a_sheet(cell):
                    self._sheet.write_datetime(self._rows, column, cell, self._moment)
                elif cell:
                    self._sheet.write_string(self._rows, column, _as_text(cell)[:CHARACTERS_IN_CELL])
            self._rows += 1

    def close(self) -> None:
        """Finish the file."""
        self._book.close()


async def _begin(request: Request, wanted: LeadFilter, format_: str) -> AsyncIterator[list[ExportedLead]]:
    """The leads, piece by piece. What is wrong with the question is raised while the answer still has a status."""
    asked = await as_filter(request, wanted)
    first = await _piece(request, asked)
    await call(request, "begin_export", encoded(asked), format_)
    return _pieces(request, asked, first)


async def _pieces(request: Request, asked: dict[str, Any], piece: Piece) -> AsyncIterator[list[ExportedLead]]:
    while True:
        yield piece.items
        if piece.next is None:
            return
        piece = await _piece(request, asked | {"after": piece.next})


async def _piece(request: Request, asked: dict[str, Any]) -> Piece:
    return msgspec.json.decode(await call(request, "export_leads", encoded(asked)), type=Piece)


def _cell(value: Any, timezone: ZoneInfo) -> Cell:
    match value:
        case datetime():
            return value.astimezone(timezone)
        case Caller():
            return value.name
        case Range():
            return written_budget(value.least, value.most)
        case bool():
            return "yes" if value else None
        case int():
            return str(value)
        case str():
            return value
        case list():
            return ", ".join(value) or None
    return None


def _is_told_by_a_sheet(moment: datetime) -> bool:
    """Whether a cell of a date says which moment it is: it knows no offset, and nothing below a millisecond."""
    is_sure = moment.utcoffset() == moment.replace(fold=1 - moment.fold).utcoffset()
    return moment.year >= FIRST_YEAR and moment.microsecond % 1000 == 0 and is_sure


def _as_text(cell: Cell) -> str:
    return cell.isoformat() if isinstance(cell, datetime) else cell or ""


async def _content(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, BYTES_IN_PIECE):
            yield piece
