"""/api/leads: finding leads, looking at one, and what people do with it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct, field
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.http.bodies import check_moments, encoded, json_response, read_json
from gateway.http.call import call
from gateway.http.endpoints import LARGEST_INT, Endpoints
from gateway.http.records import Record
from gateway.http.shapes import NO_NUL, Items, Moment, Page
from gateway.intake.lead import LeadInput
from gateway.leads.edits import LeadChange, previewed_lead, stored_change, typed_lead
from gateway.leads.shapes import (
    Claim,
    Closing,
    Hold,
    Lead,
    LeadCount,
    LeadDetails,
    Merge,
    Overview,
    Preview,
    Reassignment,
    Status,
)
from gateway.sealing.sealing import Sealing

Text = Annotated[str, Meta(max_length=500, pattern=NO_NUL)]
LACKING = "state|source|campaign|caller"

leads = Endpoints("Leads")


class LeadFilter(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which leads; all of what is given must hold."""

    state: Annotated[Text, Meta(description="The one spelling of a state: Maharashtra.")] | None = None
    caller_id: Annotated[UUID, Meta(description="Whose leads: the id of a caller.")] | None = field(
        default=None, name="caller"
    )
    status: (
        Annotated[
            Literal["assigned", "queued", "closed", "test"],
            Meta(description="Where they are; `test`: test leads, which are nowhere else."),
        ]
        | None
    ) = None
    lead_status: Annotated[Status, Meta(description="How far they have come.")] | None = None
    source: Annotated[Text, Meta(description="Their `lead_source`, in any case.")] | None = None
    campaign_id: Annotated[int, Meta(ge=1, le=LARGEST_INT, description="Their campaign: its number.")] | None = None
    called: (
        Annotated[
            Literal["no", "yes", "in_time"],
            Meta(description="Whether somebody has called them; `in_time`: within five minutes."),
        ]
        | None
    ) = None
    lacks: (
        Annotated[
            str,
            Meta(
                pattern=f"^({LACKING})(,({LACKING}))*$",
                max_length=100,
                description="What they do not have: state, source, campaign or caller; several with commas between.",
            ),
        ]
        | None
    ) = None
    since: Annotated[Moment, Meta(description="Received then or later: a date, or a time in ISO 8601.")] | None = None
    until: Annotated[Moment, Meta(description="Received before: a date, or a time in ISO 8601.")] | None = None
    search: (
        Annotated[
            Text,
            Meta(
                description="Words in any order, each of them any part of name, city, e-mail or phone; sealed: a whole "
                "phone or e-mail. Words shorter than three letters are found where a word begins, and in its midst "
                "among the newest leads alone."
            ),
        ]
        | None
    ) = None


class LeadPage(LeadFilter, forbid_unknown_fields=True, omit_defaults=True):
    """A page of them."""

    after: Annotated[UUID, Meta(description="What `next` said on the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=200, description="How many on a page.")] = 50


@leads.get("/leads", query=LeadPage, answers=Page[Lead, UUID])
async def list_leads(request: Request, wanted: LeadPage) -> Response:
    """Find leads, newest first."""
    page = {"after": wanted.after, "limit": wanted.limit}
    return json_response(await call(request, "list_leads", encoded(await as_filter(request, wanted) | page)))


@leads.get("/leads/count", query=LeadFilter, answers=LeadCount)
async def count_leads(request: Request, wanted: LeadFilter) -> Response:
    """Count the leads that a filter finds.

    Above 1000 it says 1001.
    """
    count = await call(request, "count_leads", encoded(await as_filter(request, wanted)))
    newest = await call(request, "newest_searched", wanted.search) if wanted.search else None
    return json_response({"count": count, "newest": newest})


lead = Record(leads, "lead", "/leads/{lead_id:uuid}", LeadDetails)
lead.get("Read a lead.", "With its assignments, its contact, its explanation and its history.")


@lead.change(body=LeadChange)
async def update_lead(request: Request, change: LeadChange) -> Response:
    """Edit a lead.

    What is not named stays; null empties a field. A caller edits the own leads. Who has the lead stays, also if its
    state or city is another now. Its contact is known by a new phone or e-mail from then on, unless somebody else is:
    then the lead's history tells of a conflict. 422 for what cannot be read.
    """
    changes = encoded(await stored_change(request, change))
    return json_response(await call(request, "update_lead", request.path_params["lead_id"], changes))


lead.patch(
    "/reassign",
    "Give a lead to a caller, or back through routing.",
    "`caller_id` null: routing decides anew. 409 when the caller cannot take it, or the lead is closed.",
    calls="reassign_lead(caller_id, reason)",
    body=Reassignment,
)
lead.post(
    "/claim",
    "Claim a lead for its caller.",
    "So that it does not expire; claiming it twice is claiming it once. 409 when it is that caller's no more, or the "
    "time to claim it is over.",
    calls="claim_lead(caller_id)",
    body=Claim,
)


@lead.post("/close", reads=Closing)
async def close_lead(request: Request) -> Response:
    """Close a lead.

    It is done with, and burdens nobody; `status` says how it ended. Closing it twice is closing it once. The body may
    be left out.
    """
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    closing = await read_json(request, Closing) if has_body else Closing()
    lead_id = request.path_params["lead_id"]
    return json_response(await call(request, "close_lead", lead_id, closing.status, closing.reason))


lead.post(
    "/reopen",
    "Reopen a lead.",
    "It goes back to the caller who had it if that one is active, else through routing. 409 when it is not closed.",
    calls="reopen_lead",
)
lead.patch(
    "/hold",
    "Hold a waiting lead back from routing, or let it go.",
    "409 when it is not waiting.",
    calls="hold_lead(held)",
    body=Hold,
)
lead.post(
    "/merge",
    "Merge a lead's contact into another.",
    "From now on it is one with the contact of the lead `into`. 409 when they are one already. 409 also when open "
    "leads of the two are with different callers, and `hand_over` does not say who gets them.",
    calls="merge_contacts(into, hand_over)",
    body=Merge,
)
lead.post(
    "/unmerge",
    "Undo the merge of a lead's contact.",
    "It is one of its own again. 409 when it is not merged.",
    calls="unmerge_contact",
)


@leads.post("/leads/preview", reads=LeadInput, answers=Preview, changes=False)
async def preview_lead(request: Request) -> Response:
    """Ask who would get such a lead now, and why.

    The body is a lead as a sender would post it. Nothing is stored.
    """
    return json_response(await call(request, "preview_lead", encoded(await previewed_lead(request))))


@leads.post("/leads", reads=LeadInput, answers=LeadDetails, status=201, location="id", problems=[409])
async def create_lead(request: Request) -> Response:
    """Add a lead.

    The body is a lead as a sender would post it; what cannot be read of it is refused. It is assigned like any other.
    409 when one that says the same is there already.
    """
    return json_response(await call(request, "create_lead", encoded(await typed_lead(request))), 201)


leads.get(
    "/lead-sources",
    "List the lead sources.",
    "Every `lead_source` that some lead has, in the spelling in which it first came.",
    calls="list_lead_sources",
    answers=Items[str],
)
leads.get(
    "/overview",
    "Read today's figures.",
    "Leads per minute over the last hour, and each caller's day.",
    calls="get_overview",
    answers=Overview,
)


async def as_filter(request: Request, wanted: LeadFilter) -> dict[str, Any]:
    """As p_filter of api.list_leads() and api.count_leads(). Raises Problem 422 for what is no date or time."""
    moments = check_moments(since=wanted.since, until=wanted.until)
    hashes = None
    if wanted.search:
        hashes = await part(request, Sealing).hashes_of(request.state.user.workspace_id, wanted.search)
    given = {
        "state": wanted.state,
        "caller_id": wanted.caller_id,
        "status": wanted.status,
        "lead_status": wanted.lead_status,
        "source": wanted.source,
        "campaign_id": wanted.campaign_id,
        "called": wanted.called,
        "lacks": wanted.lacks,
        "search": wanted.search,
        "hashes": hashes,
    }
    return {name: value for name, value in given.items() if value is not None} | moments
