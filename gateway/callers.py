"""/api/callers: the callers of the workspace, and what their forms need to know."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.people import call
from gateway.wire import CallerInput, CallerStatus, encoded, json_response, read_json

# A caller as it was read may be sent back: what only the server decides is left aside.
DECIDED_HERE = frozenset(
    ("id", "assigned_today", "duplicates_today", "open_leads", "standing", "created_at", "updated_at", "archived_at")
)


async def list_callers(request: Request) -> Response:
    """GET /api/callers: those not archived, in the order of the circle."""
    callers = await call(request, "list_callers")
    return json_response(f'{{"items":{callers}}}')


async def create_caller(request: Request) -> Response:
    """POST /api/callers."""
    caller = await read_json(request, CallerInput, ignored=DECIDED_HERE)
    created = await call(request, "create_caller", encoded(caller))
    response = json_response(created, 201)
    response.headers["location"] = f"/api/callers/{msgspec.json.decode(created)['id']}"
    return response


async def get_caller(request: Request) -> Response:
    """GET /api/callers/{id}: archived ones too."""
    return json_response(await call(request, "get_caller", _caller_id(request)))


async def update_caller(request: Request) -> Response:
    """PUT /api/callers/{id}: replaces all that can be edited."""
    caller = await read_json(request, CallerInput, ignored=DECIDED_HERE)
    updated = await call(request, "update_caller", _caller_id(request), encoded(caller))
    return json_response(updated)


async def set_status(request: Request) -> Response:
    """PATCH /api/callers/{id}/status: pause, or activate."""
    change = await read_json(request, CallerStatus)
    caller = await call(request, "set_caller_status", _caller_id(request), change.status)
    return json_response(caller)


async def archive_caller(request: Request) -> Response:
    """DELETE /api/callers/{id}: gets no more leads, and keeps those it has."""
    await call(request, "archive_caller", _caller_id(request))
    return Response(status_code=204)


async def archive_samples(request: Request) -> Response:
    """DELETE /api/callers/samples: archives the callers made as examples on the first run."""
    archived = await call(request, "archive_sample_callers")
    return json_response({"archived": archived})


async def list_states(request: Request) -> Response:
    """GET /api/states: the states of the workspace's country."""
    states = await call(request, "list_states")
    return json_response(f'{{"items":{states}}}')


def _caller_id(request: Request) -> object:
    return request.path_params["caller_id"]


routes = [
    Route("/callers", list_callers),
    Route("/callers", create_caller, methods=["POST"]),
    Route("/callers/samples", archive_samples, methods=["DELETE"]),
    Route("/callers/{caller_id:uuid}", get_caller),
    Route("/callers/{caller_id:uuid}", update_caller, methods=["PUT"]),
    Route("/callers/{caller_id:uuid}", archive_caller, methods=["DELETE"]),
    Route("/callers/{caller_id:uuid}/status", set_status, methods=["PATCH"]),
    Route("/states", list_states),
]
