"""/api/workspace and /api/sources: what managers set once for all."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.people import call
from gateway.wire import SourceChange, WorkspaceChange, encoded, json_response, read_json

LARGEST_INT = 2**31 - 1


async def get_workspace(request: Request) -> Response:
    """GET /api/workspace."""
    return json_response(await call(request, "get_workspace"))


async def update_workspace(request: Request) -> Response:
    """PATCH /api/workspace: changes what is given."""
    change = await read_json(request, WorkspaceChange)
    return json_response(await call(request, "update_workspace", encoded(change)))


async def list_sources(request: Request) -> Response:
    """GET /api/sources: those that may hand in leads."""
    sources = await call(request, "list_own_sources")
    return json_response(f'{{"items":{sources}}}')


async def set_source_competence(request: Request) -> Response:
    """PATCH /api/sources/{id}: whether its leads are refused while no caller has a weight for it."""
    change = await read_json(request, SourceChange)
    source_id = request.path_params["source_id"]
    if source_id > LARGEST_INT:
        raise HTTPException(404)
    return json_response(await call(request, "set_source_competence", source_id, change.needs_competence))


routes = [
    Route("/workspace", get_workspace),
    Route("/workspace", update_workspace, methods=["PATCH"]),
    Route("/sources", list_sources),
    Route("/sources/{source_id:int}", set_source_competence, methods=["PATCH"]),
]
