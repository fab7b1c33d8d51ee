"""/api/workspace and /api/sources: what managers set once for all."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.answers import Items, Source, Workspace
from gateway.endpoints import Endpoints
from gateway.people import call
from gateway.wire import SourceChange, WorkspaceChange, encoded, json_response

settings = Endpoints("Settings")


@settings.get("/workspace", answers=Workspace, cacheable=True)
async def get_workspace(request: Request) -> Response:
    """Read the workspace's settings."""
    return json_response(await call(request, "get_workspace"))


@settings.patch("/workspace", body=WorkspaceChange, answers=Workspace, problems=[409], edits="workspace")
async def update_workspace(request: Request, change: WorkspaceChange) -> Response:
    """Change the workspace's settings.

    Those that are given; the others stay. 409 when another workspace has the name.
    """
    return json_response(await call(request, "update_workspace", encoded(change)))


@settings.get("/sources", answers=Items[Source])
async def list_sources(request: Request) -> Response:
    """List the sources that may hand in leads."""
    sources = await call(request, "list_own_sources")
    return json_response(f'{{"items":{sources}}}')


@settings.get("/sources/{source_id:int}", answers=Source, cacheable=True)
async def get_source(request: Request) -> Response:
    """Read a source."""
    return json_response(await call(request, "get_source", request.path_params["source_id"]))


@settings.patch("/sources/{source_id:int}", body=SourceChange, answers=Source, edits="source")
async def set_source_competence(request: Request, change: SourceChange) -> Response:
    """Change a source: whether it needs competence.

    If it does, its leads are refused while no caller has a weight for it.
    """
    source_id = request.path_params["source_id"]
    return json_response(await call(request, "set_source_competence", source_id, change.needs_competence))
