"""For monitoring: is the process alive, and can it take leads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal
from uuid import uuid4

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.database.calls import Database, TookTooLong, Unavailable, answered_within
from gateway.http.bodies import json_response
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import Shape

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_TRIES = 1.0
SECONDS_TO_TRY = 1.8
# What an error of the database means for leads, by its SQLSTATE or the class of that.
REASONS = {
    "3F000": "the database is not migrated",
    "42883": "the database is not migrated",
    "53100": "the database's disk is full",
    "25006": "the database takes no writes",
    "53": "the database is short of memory, disk or connections",
}

health = Endpoints("Health", public=True)


class Health(Shape):
    """Whether the process runs."""

    status: Literal["ok"]


class Readiness(Shape):
    """Whether leads can be taken, and what is missing if not."""

    status: Literal["ready", "not ready"]
    missing: list[str]


class Trial:
    """Tries to store a lead, as the role that stores leads, at most once a second for all requests.

    `is_listening` says whether viewers hear of it.
    """

    def __init__(self, intake: Database, is_listening: Callable[[], bool] = lambda: True) -> None:
        self._intake = intake
        self.is_listening = is_listening
        self._gateway = uuid4()
        self._trying = asyncio.Lock()
        self._tried_at = float("-inf")
        self._missing = ""

    async def missing(self) -> str:
        """Why no lead can be stored; empty if one can."""
        async with self._trying:
            if time.monotonic() - self._tried_at >= SECONDS_BETWEEN_TRIES:
                self._missing = await self._try()
                self._tried_at = time.monotonic()
        return self._missing

    async def _try(self) -> str:
        try:
            async with answered_within(SECONDS_TO_TRY):
                await self._intake.rows("try_intake", self._gateway, within=SECONDS_TO_TRY)
            return ""
        except TookTooLong:
            return "the database is too busy"
        except Unavailable as error:
            sqlstate = getattr(error.__cause__, "sqlstate", None) or ""
            reason = REASONS.get(sqlstate) or REASONS.get(sqlstate[:2])
            return reason or self._intake.trouble or "the database cannot be reached"
        except Exception as error:
            log.error("no lead can be stored", exc_info=error)
            return "the database refuses leads; the gateway's log says why"


@health.get("/healthz", answers=Health)
async def healthz(request: Request) -> Response:
    """Whether the process runs.

    200 while it does.
    """
    return json_response({"status": "ok"})


@health.get("/readyz", answers=Readiness)
async def readyz(request: Request) -> Response:
    """Whether leads can be taken and viewers hear of them.

    200 when a lead could be stored a second ago, else 503, with what is missing.
    """
    trial = part(request, Trial)
    trouble = await trial.missing()
    missing = [*([] if trial.is_listening() else ["listening for events"]), *([trouble] if trouble else [])]
    status = {"status": "not ready" if missing else "ready", "missing": missing}
    return Response(msgspec.json.encode(status), 503 if missing else 200, media_type="application/json")
