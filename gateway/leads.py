"""/api/leads: finding leads, looking at one, and what people do with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.people import call
from gateway.problems import FieldError, invalid
from gateway.submission import read_example
from gateway.wire import Claim, Hold, Merge, Reassignment, encoded, json_response, read_body, read_json, read_moment

# Query parameter -> key of p_filter in api.list_leads() and api.count_leads().
FILTERS = {
    "state": "state",
    "caller": "caller_id",
    "status": "status",
    "source": "source",
    "since": "since",
    "until": "until",
    "search": "search",
    "after": "after",
    "limit": "limit",
}
LONGEST_FILTER = 500
MOST_LEADS_IN_PAGE = 200


async def list_leads(request: Request) -> Response:
    """GET /api/leads: one page, newest first, and in `next` what to send as `after` for the following one."""
    return json_response(await call(request, "list_leads", _filter(request)))


async def count_leads(request: Request) -> Response:
    """GET /api/leads/count: how many a filter finds; above 10000 it says 10001."""
    count = await call(request, "count_leads", _filter(request))
    return json_response({"count": count})


async def get_lead(request: Request) -> Response:
    """GET /api/leads/{id}: with its assignments, its explanation and its history."""
    return json_response(await call(request, "get_lead", request.path_params["lead_id"]))


async def reassign_lead(request: Request) -> Response:
    """PATCH /api/leads/{id}/reassign: to a caller, or with null back through routing."""
    change = await read_json(request, Reassignment)
    lead_id = request.path_params["lead_id"]
    arguments = (lead_id, change.caller_id, change.reason)
    return json_response(await call(request, "reassign_lead", *arguments))


async def claim_lead(request: Request) -> Response:
    """POST /api/leads/{id}/claim: its caller takes it on, so that it does not expire."""
    claim = await read_json(request, Claim)
    return json_response(await call(request, "claim_lead", request.path_params["lead_id"], claim.caller_id))


async def close_lead(request: Request) -> Response:
    """POST /api/leads/{id}/close: it is done with, and burdens nobody."""
    return json_response(await call(request, "close_lead", request.path_params["lead_id"]))


async def reopen_lead(request: Request) -> Response:
    """POST /api/leads/{id}/reopen: it is not done with after all."""
    return json_response(await call(request, "reopen_lead", request.path_params["lead_id"]))


async def hold_lead(request: Request) -> Response:
    """PATCH /api/leads/{id}/hold: keeps a waiting lead for a manager, or lets routing have it again."""
    hold = await read_json(request, Hold)
    return json_response(await call(request, "hold_lead", request.path_params["lead_id"], hold.held))


async def merge_contacts(request: Request) -> Response:
    """POST /api/leads/{id}/merge: from now on its contact is dealt as one with that of the lead `into`."""
    merge = await read_json(request, Merge)
    return json_response(await call(request, "merge_contacts", request.path_params["lead_id"], merge.into))


async def unmerge_contact(request: Request) -> Response:
    """POST /api/leads/{id}/unmerge: its contact is one of its own again."""
    return json_response(await call(request, "unmerge_contact", request.path_params["lead_id"]))


async def preview_lead(request: Request) -> Response:
    """POST /api/leads/preview: who would get such a lead now, and why. Nothing is stored."""
    body = await read_body(request.receive, request.headers.get("content-length", "").encode())
    return json_response(await call(request, "preview_lead", encoded(read_example(body))))


async def list_lead_sources(request: Request) -> Response:
    """GET /api/lead-sources: every lead_source there is, for the filter."""
    sources = await call(request, "list_lead_sources")
    return json_response(f'{{"items":{sources}}}')


async def get_overview(request: Request) -> Response:
    """GET /api/overview: today's figures, leads per minute, and each caller's share."""
    return json_response(await call(request, "get_overview"))


def _filter(request: Request) -> str:
    wanted: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in request.query_params.items():
        try:
            if name not in FILTERS:
                raise ValueError(f"There is no such filter. There are: {', '.join(FILTERS)}.")
            if value:
                wanted[FILTERS[name]] = _value(name, value)
        except ValueError as error:
            errors.append(FieldError(name, str(error)))
    if errors:
        raise invalid(*errors)
    return msgspec.json.encode(wanted).decode()


def _value(name: str, value: str) -> str | int:
    if len(value) > LONGEST_FILTER or "\0" in value:
        raise ValueError(f"It must be at most {LONGEST_FILTER} characters long, without NUL.")
    match name:
        case "caller" | "after":
            try:
                return str(UUID(value))
            except ValueError:
                raise ValueError("It must be an id." if name == "caller" else "Send what `next` said.") from None
        case "status" if value not in ("assigned", "queued", "closed"):
            raise ValueError("It must be assigned, queued or closed.")
        case "limit":
            if not (value.isdecimal() and len(value) < 5 and 1 <= int(value) <= MOST_LEADS_IN_PAGE):
                raise ValueError(f"It must be a number from 1 to {MOST_LEADS_IN_PAGE}.")
            return int(value)
        case "since" | "until":
            return read_moment(value)
    return value


routes = [
    Route("/leads", list_leads),
    Route("/leads/count", count_leads),
    Route("/leads/preview", preview_lead, methods=["POST"]),
    Route("/leads/{lead_id:uuid}", get_lead),
    Route("/leads/{lead_id:uuid}/reassign", reassign_lead, methods=["PATCH"]),
    Route("/leads/{lead_id:uuid}/claim", claim_lead, methods=["POST"]),
    Route("/leads/{lead_id:uuid}/close", close_lead, methods=["POST"]),
    Route("/leads/{lead_id:uuid}/reopen", reopen_lead, methods=["POST"]),
    Route("/leads/{lead_id:uuid}/hold", hold_lead, methods=["PATCH"]),
    Route("/leads/{lead_id:uuid}/merge", merge_contacts, methods=["POST"]),
    Route("/leads/{lead_id:uuid}/unmerge", unmerge_contact, methods=["POST"]),
    Route("/lead-sources", list_lead_sources),
    Route("/overview", get_overview),
]
