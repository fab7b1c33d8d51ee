"""/api/callers: the callers of the workspace, and what their forms need to know."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.bodies import encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import Items
from gateway.people.leaving import HandedOver
from gateway.routing.shapes import (
    Archived,
    Caller,
    CallerDeparture,
    CallerEdit,
    CallerInput,
    CallerStatus,
    ChangedCaller,
    HandOverInput,
)

# A caller as it was read may be sent back: what only the server decides is left aside.
DECIDED_HERE = frozenset(
    (
        "id",
        "assigned_today",
        "duplicates_today",
        "open_leads",
        "standing",
        "created_at",
        "updated_at",
        "archived_at",
        "etag",
        "handed_over",
    )
)

callers = Endpoints("Callers")


@callers.get("/callers", answers=Items[Caller])
async def list_callers(request: Request) -> Response:
    """List the callers.

    Those not archived, in the order of the rotation.
    """
    found = await call(request, "list_callers")
    return json_response(f'{{"items":{found}}}')


@callers.post("/callers", body=CallerInput, ignored=DECIDED_HERE, answers=Caller, status=201)
async def create_caller(request: Request, caller: CallerInput) -> Response:
    """Add a caller.

    It gets leads from the next one on, unless it is paused.
    """
    created = await call(request, "create_caller", encoded(caller))
    response = json_response(created, 201)
    response.headers["location"] = f"/api/callers/{msgspec.json.decode(created)['id']}"
    return response


@callers.get("/callers/{caller_id:uuid}", answers=Caller)
async def get_caller(request: Request) -> Response:
    """Read a caller.

    Archived ones too.
    """
    return json_response(await call(request, "get_caller", _caller_id(request)))


@callers.put(
    "/callers/{caller_id:uuid}",
    body=CallerEdit,
    ignored=DECIDED_HERE,
    answers=ChangedCaller,
    problems=[409],
    edits="caller",
)
async def update_caller(request: Request, caller: CallerEdit) -> Response:
    """Replace a caller.

    All that can be edited is replaced: what is not given is as for a new caller. A caller may be sent back as it was
    read, with changes; what only the server decides is left aside. If it is paused or away from now on, its open leads
    go where `hand_over` says. 409 when it is archived.
    """
    return json_response(await call(request, "update_caller", _caller_id(request), encoded(caller)))


@callers.patch(
    "/callers/{caller_id:uuid}/status", body=CallerStatus, answers=ChangedCaller, problems=[409], edits="caller"
)
async def set_status(request: Request, change: CallerStatus) -> Response:
    """Pause a caller, or activate it.

    The open leads of one who is paused go where `hand_over` says. 409 when it is archived.
    """
    arguments = (_caller_id(request), change.status, change.hand_over)
    return json_response(await call(request, "set_caller_status", *arguments))


@callers.delete(
    "/callers/{caller_id:uuid}", query=CallerDeparture, answers=ChangedCaller, problems=[409], edits="caller"
)
async def archive_caller(request: Request, departure: CallerDeparture) -> Response:
    """Archive a caller.

    It gets no more leads; the open ones go where `hand_over` says. 409 when nobody there would get them.
    """
    return json_response(await call(request, "archive_caller", _caller_id(request), departure.hand_over))


@callers.post("/callers/{caller_id:uuid}/hand-over", body=HandOverInput, answers=HandedOver, problems=[409])
async def hand_over_leads(request: Request, wanted: HandOverInput) -> Response:
    """Hand over a caller's open leads.

    To another caller, over the cap if need be, or back to the rules. The oldest 500 at once, the rest within
    seconds. 409 when that caller cannot take leads.
    """
    return json_response(await call(request, "hand_over_leads", _caller_id(request), wanted.to, wanted.reason))


@callers.delete("/callers/samples", answers=Archived)
async def archive_samples(request: Request) -> Response:
    """Archive the sample callers.

    Those that were made as examples on the first run.
    """
    archived = await call(request, "archive_sample_callers")
    return json_response({"archived": archived})


@callers.get("/states", answers=Items[str])
async def list_states(request: Request) -> Response:
    """List the states of the workspace's country."""
    states = await call(request, "list_states")
    return json_response(f'{{"items":{states}}}')


def _caller_id(request: Request) -> object:
    return request.path_params["caller_id"]
