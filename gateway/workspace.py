"""/api/workspace: what is set once for all."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.people import call
from gateway.wire import WorkspaceChange, encoded, json_response, read_json


async def get_workspace(request: Request) -> Response:
    """GET /api/workspace."""
    return json_response(await call(request, "get_workspace"))


async def update_workspace(request: Request) -> Response:
    """PATCH /api/workspace: changes what is given."""
    change = await read_json(request, WorkspaceChange)
    return json_response(await call(request, "update_workspace", encoded(change)))


routes = [
    Route("/workspace", get_workspace),
    Route("/workspace", update_workspace, methods=["PATCH"]),
]
