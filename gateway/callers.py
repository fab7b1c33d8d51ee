"""/api/callers: the callers of the workspace, and what their forms need to know."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.answers import Archived, Caller, Items
from gateway.endpoints import Endpoints
from gateway.people import call
from gateway.wire import CallerInput, CallerStatus, encoded, json_response

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
    body=CallerInput,
    ignored=DECIDED_HERE,
    answers=Caller,
    problems=[409],
    edits="caller",
)
async def update_caller(request: Request, caller: CallerInput) -> Response:
    """Replace a caller.

    All that can be edited is replaced: what is not given is as for a new caller. A caller may be sent back as it was
    read, with changes; what only the server decides is left aside. 409 when it is archived.
    """
    return json_response(await call(request, "update_caller", _caller_id(request), encoded(caller)))


@callers.patch("/callers/{caller_id:uuid}/status", body=CallerStatus, answers=Caller, problems=[409], edits="caller")
async def set_status(request: Request, change: CallerStatus) -> Response:
    """Pause a caller, or activate it.

    409 when it is archived.
    """
    return json_response(await call(request, "set_caller_status", _caller_id(request), change.status))


@callers.delete("/callers/{caller_id:uuid}", status=204, edits="caller")
async def archive_caller(request: Request) -> Response:
    """Archive a caller.

    It gets no more leads, and keeps those it has.
    """
    await call(request, "archive_caller", _caller_id(request))
    return Response(status_code=204)


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
