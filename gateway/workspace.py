"""/api/workspace: what is set once for all."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.answers import Workspace
from gateway.endpoints import Endpoints
from gateway.people import call
from gateway.wire import WorkspaceChange, encoded, json_response

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
