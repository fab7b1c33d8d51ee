"""/api/audit: who changed what, when, before and after; as pages of JSON, and whole as CSV."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.core.readable import decode_any
from gateway.http.bodies import check_moments, encoded, json_response
from gateway.http.call import call
from gateway.http.downloads import as_download, csv_text
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import NO_NUL, Items, Moment, Page

ENTRIES_IN_PIECE = 1000
NULL = Raw(b"null")
COLUMNS = (
    *("seq", "at", "actor", "actor_name", "kind", "about", "about_id", "about_name", "reason"),
    *("field", "before", "after"),
)

audit = Endpoints("Audit")


class AuditFilter(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which events: of a kind (`lead`, or `lead.updated`), by an actor, about a lead or a caller, of a period.

    `dealt=false` leaves out leads that were assigned or queued by routing.
    """

    kind: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] | None = None
    actor: Annotated[str, Meta(max_length=200, pattern=NO_NUL)] | None = None
    lead_id: UUID | None = None
    caller_id: UUID | None = None
    since: Moment | None = None
    until: Moment | None = None
    dealt: bool = True


class AuditPage(AuditFilter, forbid_unknown_fields=True, omit_defaults=True):
    """A page of them: up to `limit`, older than the event `after`."""

    after: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class Actor(Struct):
    """Who did it: `user:<id>`, `intake` (a source), `tick` (time), `cli`, or a database login."""

    id: str
    name: str


class About(Struct):
    """What an event is about. `type`: lead, caller, rule, source, destination, alert ..."""

    type: str
    id: str
    name: str | None


class Change(Struct):
    """A field before and after; callers as {"id", "name"}."""

    field: str
    before: Any
    after: Any


class AuditEntry(Struct):
    """One event."""

    seq: int
    at: str
    kind: str
    actor: Actor
    about: About | None
    reason: str | None
    changes: list[Change]


class ExportedChange(Change):
    """A change as an export reads it: a field may be any JSON."""

    before: Raw
    after: Raw


class ExportedEntry(AuditEntry):
    """An event as an export reads it."""

    changes: list[ExportedChange]  # type: ignore[assignment]


class Piece(Struct):
    """Some events of a file, and where the next piece begins."""

    items: list[ExportedEntry]
    next: int | None


@audit.get("/audit", query=AuditPage, answers=Page[AuditEntry, int])
async def list_audit(request: Request, wanted: AuditPage) -> Response:
    """List who changed what, newest first.

    For managers and admins. A period given by dates begins and ends at midnight in the workspace's timezone.
    """
    return json_response(await call(request, "list_audit", _encoded(wanted)))


audit.get(
    "/audit/actors",
    "List the people whose changes can be looked for.",
    calls="list_actors",
    answers=Items[Actor],
)


@audit.get("/audit.csv", query=AuditFilter, media_type="text/csv", long=True)
async def export_audit(request: Request, wanted: AuditFilter) -> Response:
    """Export who changed what as CSV, newest first: a row for each changed field.

    RFC 4180, UTF-8, all that the filter finds. A cell that a spreadsheet would take for a formula begins with an
    apostrophe. For managers and admins.
    """
    # The first piece comes before the answer begins, so that what is wrong with the question still has a status.
    first = await _piece(request, wanted, None)
    return StreamingResponse(
        _pieces(request, wanted, first), headers=as_download("audit.csv"), media_type="text/csv; charset=utf-8"
    )


async def _pieces(request: Request, wanted: AuditFilter, piece: Piece) -> AsyncIterator[str]:
    yield csv_text([COLUMNS])
    while True:
        yield csv_text(row for entry in piece.items for row in _rows(entry))
        if piece.next is None:
            return
        piece = await _piece(request, wanted, piece.next)


async def _piece(request: Request, wanted: AuditFilter, after: int | None) -> Piece:
    more = {"limit": ENTRIES_IN_PIECE, **({} if after is None else {"after": after})}
    answer = await call(request, "list_audit", _encoded(wanted, **more))
    return msgspec.json.decode(answer, type=Piece)


def _encoded(wanted: AuditFilter, **more: int) -> str:
    moments = check_moments(since=wanted.since, until=wanted.until)
    return encoded({**msgspec.to_builtins(wanted), **moments, **more})


def _rows(entry: ExportedEntry) -> Iterator[tuple[str, ...]]:
    about = entry.about or About("", "", None)
    event = (
        *(str(entry.seq), entry.at, entry.actor.id, entry.actor.name, entry.kind),
        *(about.type, about.id, about.name or "", entry.reason or ""),
    )
    for change in entry.changes or [ExportedChange("", NULL, NULL)]:
        yield (*event, change.field, _cell(change.before), _cell(change.after))


def _cell(raw: Raw) -> str:
    match value := decode_any(bytes(raw)):
        case None:
            return ""
        case str():
            return value
        case {"id": _, "name": str(name)}:
            return name
    return json.dumps(value, ensure_ascii=False)
