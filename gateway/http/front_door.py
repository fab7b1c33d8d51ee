"""What every request passes first, and every answer last: here it gets its id, its headers, and its line in the log.

The webhook is the hot path: its answers are counted as all others, but have a line only when they are slow or refuse a
lead, or when the log is to tell everything (`FAIRLEAD_LOG_LEVEL=debug`). The same goes for what nobody asks in person:
probes, scripts and styles.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import structlog
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.core import request_ids
from gateway.core.counting import Counts
from gateway.core.problems import Problem
from gateway.http import headers
from gateway.http.scope import SOURCE, STATUS

log = structlog.get_logger(__name__)
_level = logging.getLogger(__name__)

SLOW_SECONDS = 1.0
SECONDS_FOR_BODY = 20.0
# A large body has a second more for as much: a slow line, but a line that is used.
BYTES_A_SECOND = 64 * 1024
# Set in the scope of a request that has arrived whole, by `connection`: nothing has to be waited for then.
IS_WHOLE = "fairlead.is_whole"
UNREMARKABLE = frozenset(("/healthz", "/readyz", "/metrics", "/static/*"))
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
# What proxies log when a client does not wait for its answer.
NEVER_ANSWERED = 499


class FrontDoor:
    """Middleware around everything else, also around what answers when all else failed.

    `route_of_sender` says of a path what it is called if its answers are complete, so that they pass untouched: those
    of `webhooks`. `webhook`, the one among them that takes a lead, is counted apart.
    """

    def __init__(
        self,
        app: ASGIApp,
        counts: Counts,
        *,
        webhook: str,
        webhooks: frozenset[str],
        route_of_sender: Callable[[str], str | None],
    ) -> None:
        self._app = app
        self._counts = counts
        self._requests = cache(counts.requests.labels)  # a tenth of the time of asking again
        self._webhook = webhook
        self._route_of_sender = route_of_sender
        self._unremarkable = UNREMARKABLE | webhooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; raises what the application raises, and Problem 408 from `receive`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = answered = time.perf_counter()
        status = NEVER_ANSWERED
        request_ids.begin(scope["headers"])
        webhook = self._route_of_sender(scope["path"])

        async def answer(message: Message) -> None:
            nonlocal answered, status
            if message["type"] == "http.response.start":
                answered = time.perf_counter()
                status = message["status"]
                message["headers"] = headers.completed(message["headers"], scope["scheme"])
            await send(message)

        try:
            await self._app(
                scope, receive if IS_WHOLE in scope else _in_time(receive), answer if webhook is None else send
            )
        finally:
            ended = time.perf_counter()
            route = webhook or route_of(scope)
            if webhook is not None:
                status, answered = scope.get(STATUS, NEVER_ANSWERED), ended
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._requests(method, route, status).inc()
            of_route = self._counts.webhook_seconds if route == self._webhook else self._counts.seconds.labels(route)
            of_route.observe(answered - began)
            if webhook is not None and status >= 400:
                self._counts.refused.labels(status).inc()
            seconds = ended - began
            is_remarkable = status >= 400 or route not in self._unremarkable or seconds > SLOW_SECONDS
            if is_remarkable or _level.isEnabledFor(logging.DEBUG):
                tell = log.warning if status >= 500 else log.info if is_remarkable else log.debug
                tell("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), **_who(scope))


def route_of(scope: Scope) -> str:
    """The route that a request took, without what differs from request to request: /api/leads/{lead_id}."""
    route, root = scope.get("route"), str(scope.get("root_path", ""))
    if isinstance(route, Route):
        return root + route.path_format
    if isinstance(route, Mount):
        return "/static/*" if root.startswith("/static/") else f"{root}/*"
    return "other"


def _who(scope: Scope) -> dict[str, Any]:
    """Who made a request, as far as that was found out."""
    source, user = scope.get(SOURCE), scope.get("state", {}).get("user")
    if source is not None:
        return {"workspace": source.workspace_id, "source": source.id}
    if user is not None:
        return {"workspace": user.workspace_id, "user": str(user.id)}
    return {}


def _in_time(receive: Receive) -> Receive:
    """`receive` for a body on its way: it must be there within SECONDS_FOR_BODY and what its length may take."""
    deadline = asyncio.get_running_loop().time() + SECONDS_FOR_BODY
    has_more = True

    async def hear() -> Message:
        nonlocal has_more, deadline
        try:
            async with asyncio.timeout_at(deadline if has_more else None):
                message = await receive()
        except TimeoutError:
            raise Problem(
                408, "The body did not arrive in time, or too slowly.", headers={"connection": "close"}
            ) from None
        deadline += len(message.get("body", b"")) / BYTES_A_SECOND
        has_more = message.get("more_body", False)
        return message

    return hear
