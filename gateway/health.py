"""For whoever watches the gateway: is the process alive, and can it take leads."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.answers import Health, Readiness
from gateway.database import Unavailable
from gateway.endpoints import Endpoints
from gateway.wire import json_response

health = Endpoints("Health", public=True)


@health.get("/healthz", answers=Health)
async def healthz(request: Request) -> Response:
    """Whether the process runs.

    200 while it does.
    """
    return json_response({"status": "ok"})


@health.get("/readyz", answers=Readiness)
async def readyz(request: Request) -> Response:
    """Whether leads can be taken and viewers hear of them.

    200 when they can, else 503, with what is missing.
    """
    state = request.app.state
    missing = [] if state.feed.listening else ["listening for events"]
    try:
        if not await state.keeper.is_migrated():
            missing.append("the database is not migrated")
    except Unavailable:
        missing.append(state.keeper.trouble or "the database cannot be reached")
    status = {"status": "not ready" if missing else "ready", "missing": missing}
    return Response(msgspec.json.encode(status), 503 if missing else 200, media_type="application/json")
