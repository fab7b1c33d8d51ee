"""/api/imports: files of leads uploaded, looked at, checked, and imported; and leads in bulk."""

from __future__ import annotations

import asyncio
import tempfile
from base64 import b64decode
from collections.abc import AsyncIterator
from functools import partial
from typing import IO, Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.core.date_words import Order
from gateway.core.dates import Customs, customs_of
from gateway.core.exported import REFUSED, WHY_REFUSED
from gateway.core.parts import part
from gateway.core.problems import FieldError, Problem, invalid
from gateway.http.bodies import LARGEST_BODY, encoded, json_response, read_json, too_large
from gateway.http.call import call
from gateway.http.downloads import as_download, csv_text
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import NO_NUL, Page
from gateway.imports.child import Staged
from gateway.imports.columns import decisions, sheet_of, view_of
from gateway.imports.date_order import order_of_texts
from gateway.imports.file_problem import FileProblem
from gateway.imports.headings import FIELDS, FURTHER
from gateway.imports.importer import Importer, staged_rows
from gateway.imports.oddities import Acceptable
from gateway.imports.rows import WAYS_TO_KNOW_A_ROW, Refused, as_json, in_words, read_fields
from gateway.imports.shapes import BulkAnswer, Import, ImportRow, ImportSummary, Kind, Outcome, SheetView
from gateway.imports.upload import LARGEST_FILE, keep_file, read_outline
from gateway.intake.lead import LeadInput
from gateway.people.sessions import User
from gateway.routing.shapes import Strategy
from gateway.sealing.sealing import Sealing

LARGEST_BULK = 32 * LARGEST_BODY
ROWS_IN_PIECE = 1000
BYTES = "application/octet-stream"

Campaign = Annotated[int, Meta(ge=1, le=2**31 - 1)] | Annotated[str, Meta(max_length=80, pattern=NO_NUL)] | None
Callers = Annotated[list[UUID], Meta(max_length=1000)]

imports = Endpoints("Imports")


class Upload(Struct, forbid_unknown_fields=True):
    """What the file is called."""

    file_name: Annotated[str, Meta(min_length=1, max_length=255, pattern=NO_NUL)]


class ImportPage(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which part of the list."""

    after: Annotated[UUID, Meta(description="What `next` said on the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=200, description="How many on a page.")] = 50


class SheetLook(Struct, forbid_unknown_fields=True):
    """Which row the headings are in, where it is another one than was found."""

    heading_row: Annotated[int, Meta(ge=1, le=100)] | None = None


class Check(Struct, forbid_unknown_fields=True):
    """How rows are to be read as leads. `mapping` names the column, from 1 on, of each field.

    The other columns are metadata if `keep_unmapped`. `duplicates`: what becomes of rows of people who are known, or
    were in the file before. `date_order`: what comes first in the column of dates, where another order is meant than
    the sheet's column says. `accept`: kinds of rows that are imported all the same, though they would be left out.
    """

    sheet: Annotated[int, Meta(ge=0, le=1000)]
    heading_row: Annotated[int, Meta(ge=1, le=100)]
    mapping: dict[str, Annotated[int, Meta(ge=1, le=500)]]
    keep_unmapped: bool = True
    duplicates: Literal["skip", "keep"] = "skip"
    date_order: Order | None = None
    accept: Annotated[list[Acceptable], Meta(max_length=10)] = []


class RowFilter(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which rows."""

    outcome: Annotated[Outcome, Meta(description="What became of them.")] | None = None
    note: Annotated[Kind, Meta(description="What the check tells of them; duplicates are left out.")] | None = None
    after: Annotated[int, Meta(ge=0, le=2**31 - 1, description="What `next` said on the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=200, description="How many on a page.")] = 50


class Start(Struct, forbid_unknown_fields=True):
    """For which campaign, by number or by a name that may be new, and for whom. Without one the plan assigns the leads.

    `strategy`: how the campaign assigns from now on; a new one does so at random unless it is given.
    """

    campaign: Campaign = None
    callers: Callers = []
    strategy: Strategy | None = None


BulkLead = msgspec.defstruct(
    "BulkLead",
    [(field.name, field.type, None) for field in msgspec.structs.fields(LeadInput)],
    namespace={"__doc__": "A lead as the webhook takes it. Other fields go to the metadata."},
)


class Bulk(Start, forbid_unknown_fields=True, kw_only=True):
    """Leads to be imported in one transaction, as `Start` says. Rows in the answer count from 1."""

    leads: Annotated[list[BulkLead], Meta(min_length=1, max_length=10_000)]  # type: ignore[valid-type]
    duplicates: Literal["skip", "keep"] = "skip"


class _BulkGiven(Bulk, forbid_unknown_fields=True, kw_only=True):
    """The same, its leads yet to be read one by one, so that one that is wrong is named by its number."""

    leads: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=10_000)]


@imports.post("/imports", takes=BYTES, query=Upload, answers=Import, status=201, changes=False, largest=LARGEST_FILE)
async def upload_file(request: Request, given: Upload) -> Response:
    """Upload a file of leads.

    The body is the file: .xlsx, .xls, .ods or text with delimiters, of up to 100 MB. What it is, is found out by
    looking into it, whatever it is called. 422 says what is wrong with a file that cannot be imported; nothing is kept
    of it.
    """
    # A person who may not import is refused before the file is sent.
    await call(request, "list_imports", '{"limit": 1}')
    with tempfile.TemporaryFile() as file:
        size = await _receive(request, file)
        try:
            kept = await keep_file(
                partial(call, request), part(request, Sealing), _workspace(request), file, given.file_name, size
            )
        except FileProblem as problem:
            raise invalid(FieldError("file", str(problem))) from problem
    return json_response(kept, 201)


imports.get(
    "/imports", "List imports, newest first.", calls="list_imports", query=ImportPage, answers=Page[Import, UUID]
)
imports.get(
    "/imports/{import_id:uuid}",
    "Read an import.",
    "While it is checked or runs, ask again to see how far it is.",
    calls="get_import",
    answers=Import,
)


@imports.get("/imports/{import_id:uuid}/sheets/{number:int}", query=SheetLook, answers=SheetView, problems=[409])
async def look_at_sheet(request: Request, look: SheetLook) -> Response:
    """Look at a sheet before it is checked.

    Its first rows, its columns, and which field each seems to be. 409 once the import is started: its file is
    forgotten.
    """
    sheet = sheet_of(await _outline(request), request.path_params["number"])
    return json_response(await view_of(partial(call, request), sheet, look.heading_row))


@imports.post("/imports/{import_id:uuid}/check", body=Check, answers=Import, status=202, problems=[409])
async def check_import(request: Request, check: Check) -> Response:
    """Have the rows of a sheet checked.

    Each is read as a lead and looked for among the others and the leads there are. It may be done again, another way,
    until the import is started.
    """
    sheet = sheet_of(await _outline(request), check.sheet, "sheet")
    view = await view_of(partial(call, request), sheet, check.heading_row)
    answer = await call(request, "check_import", _id(request), checked_as(check, view))
    part(request, Importer).wake()
    return json_response(answer, 202)


imports.get(
    "/imports/{import_id:uuid}/rows",
    "List the rows of an import.",
    "In the order of the file, each with the lead it is, or would be, and what became of it.",
    calls="list_import_rows",
    query=RowFilter,
    answers=Page[ImportRow, int],
)


@imports.post("/imports/{import_id:uuid}/start", body=Start, answers=Import, status=202, problems=[409])
async def start_import(request: Request, start: Start) -> Response:
    """Start a checked import.

    Callers are added to the campaign, which is made if its name is new. Leads are assigned as they are imported, along
    with all others: caps and pauses hold, and a lead for which nobody is free waits in the queue.
    """
    answer = await call(request, "start_import", _id(request), encoded(start))
    part(request, Importer).wake()
    return json_response(answer, 202)


imports.post(
    "/imports/{import_id:uuid}/cancel",
    "Cancel an import.",
    "Leads that it has made stay; the other rows are not imported. 409 when it is done.",
    calls="cancel_import",
    answers=Import,
    problems=[409],
)
imports.get(
    "/imports/{import_id:uuid}/summary",
    "Read what came of an import.",
    "How many leads, which rows were refused, who was added to the campaign, who got how many, who none and why.",
    calls="summarize_import",
    answers=ImportSummary,
)


@imports.get("/imports/{import_id:uuid}/refused.csv", media_type="text/csv")
async def export_refused(request: Request) -> Response:
    """Export the refused rows.

    As CSV in UTF-8, with the columns they had and one more, Reason: to be mended and uploaded again.
    """
    first = await _refused(request, 0)
    return StreamingResponse(
        _refused_csv(request, first), headers=as_download("refused.csv"), media_type="text/csv; charset=utf-8"
    )


@imports.post("/leads/bulk", reads=Bulk, answers=BulkAnswer, largest=LARGEST_BULK, problems=[404, 409])
async def import_leads(request: Request) -> Response:
    """Hand in leads in bulk.

    Up to 10,000, stored and assigned in one transaction, as a file of them would be: the callers are added to the
    campaign, and the leads assigned to them. A lead that cannot be read is named by its number and harms no other;
    a lead of a known contact is skipped, unless `duplicates` is `keep`.
    """
    given = await read_json(request, _BulkGiven, largest=LARGEST_BULK)
    # Reading ten thousand takes so long that others should not wait for it.
    read = await asyncio.to_thread(_read_all, given.leads, request.state.user)
    asked = {
        "campaign": given.campaign,
        "callers": given.callers,
        "strategy": given.strategy,
        "duplicates": given.duplicates,
        "leads": await staged_rows(part(request, Sealing), _workspace(request), read),
    }
    return json_response(await call(request, "import_leads", encoded(asked)))


def _read_all(leads: list[dict[str, Any]], user: User) -> list[Staged]:
    order = order_of_texts((fields.get("timestamp") for fields in leads), user.country)
    customs = customs_of(user.country, user.timezone, order)
    return [_read(row, fields, customs) for row, fields in enumerate(leads, 1)]


def checked_as(check: Check, view: SheetView) -> str:
    """The second argument of api.check_import(). Raises Problem 422 for a mapping that cannot be."""
    if unknown := sorted(check.mapping.keys() - FIELDS.keys()):
        raise invalid(FieldError("mapping", f"There is no field {unknown[0]}.", f"There are: {', '.join(FIELDS)}."))
    if not {FURTHER.get(field, field) for field in check.mapping} & {*WAYS_TO_KNOW_A_ROW}:
        hint = "Choose a column for the phone."
        raise invalid(FieldError("mapping", "No column is chosen for a name, a phone, an e-mail or an id.", hint))
    headings = {column.column: column.heading for column in view.columns}
    if strange := sorted(set(check.mapping.values()) - headings.keys()):
        raise invalid(FieldError("mapping", f"Column {strange[0]} is empty.", "Choose another."))
    return encoded(
        {
            **msgspec.to_builtins(check),
            "date_order": check.date_order or _found_order(check, view),
            "headings": [headings.get(number, "") for number in range(1, max(headings) + 1)],
            "remembered": decisions(view, check.mapping),
        }
    )


def _found_order(check: Check, view: SheetView) -> Order | None:
    dates = next((one.dates for one in view.columns if one.column == check.mapping.get("timestamp")), None)
    return None if dates is None else dates.order


def _read(row: int, fields: dict[str, Any], customs: Customs) -> Staged:
    try:
        return Staged(row, lead=as_json(read_fields(fields, customs)))
    except Problem as problem:
        reason = in_words(problem)
    except Refused as refused:
        reason = str(refused)
    # What is refused may be refused for its NULs, which PostgreSQL cannot store.
    reason, *cells = (str(text).replace("\0", "") for text in (reason, *fields.values()))
    return Staged(row, reason=reason, cells=cells)


async def _receive(request: Request, file: IO[bytes]) -> int:
    """Write the body to the file; how many bytes it has. Raises Problem 413."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LARGEST_FILE:
        raise too_large(LARGEST_FILE)
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_FILE:
            raise too_large(LARGEST_FILE)
        file.write(piece)
    file.flush()
    return size


async def _outline(request: Request) -> Any:
    return await read_outline(partial(call, request), part(request, Sealing), _workspace(request), _id(request))


async def _refused(request: Request, after: int) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.json.decode(
        await call(request, "list_refused_rows", _id(request), after, ROWS_IN_PIECE)
    )
    return answer


async def _refused_csv(request: Request, piece: dict[str, Any]) -> AsyncIterator[str]:
    headings = piece["headings"]
    yield "\ufeff" + csv_text([[*headings, WHY_REFUSED]])
    while piece["items"]:
        rows = []
        for item in piece["items"]:
            cells = await _cells(request, item["cells"])
            cells += [""] * (len(headings) - len(cells))
            # What stands beyond the headings stands beyond the reason, too: nothing of a shifted row is lost.
            end = len(headings) or len(cells)
            rows.append([*cells[:end], REFUSED + item["reason"], *cells[end:]])
        yield csv_text(rows)
        piece = await _refused(request, piece["items"][-1]["row"])


async def _cells(request: Request, kept: Any) -> list[str]:
    if isinstance(kept, str):
        kept = msgspec.json.decode(await part(request, Sealing).open_bytes(_workspace(request), b64decode(kept)))
    return list(kept) if isinstance(kept, list) else []


def _id(request: Request) -> UUID:
    import_id: UUID = request.path_params["import_id"]
    return import_id


def _workspace(request: Request) -> int:
    return int(request.state.user.workspace_id)
