"""For whoever watches the gateway: is the process alive, and can it take leads."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.database import Unavailable
from gateway.wire import json_response


async def healthz(request: Request) -> Response:
    """GET /healthz: 200 while the process runs."""
    return json_response({"status": "ok"})


async def readyz(request: Request) -> Response:
    """GET /readyz: 200 when leads can be taken and viewers hear of them, else 503 naming what is missing."""
    state = request.app.state
    missing = [] if state.feed.listening else ["listening for events"]
    try:
        if not await state.keeper.is_migrated():
            missing.append("the database is not migrated")
    except Unavailable:
        missing.append("the database cannot be reached")
    status = {"status": "not ready" if missing else "ready", "missing": missing}
    return Response(msgspec.json.encode(status), 503 if missing else 200, media_type="application/json")


routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
