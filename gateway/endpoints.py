"""How an endpoint is declared: method, path, the type of its body or its query, the type of its answer.

The types validate what comes in, and describe it all in /openapi.json. A module has one `Endpoints` and decorates its
handlers with it:

    callers = Endpoints("Callers")

    @callers.post("/callers", body=CallerInput, answers=Caller, status=201)
    async def create_caller(request: Request, caller: CallerInput) -> Response:
        \"\"\"Add a caller.\"\"\"
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.wire import read_json, read_query

Handler = Callable[..., Awaitable[Response]]


class Endpoint(NamedTuple):
    """What is known of an endpoint before it is ever called; paths are those within their mount (`/api`)."""

    method: str
    path: str
    tag: str
    summary: str
    description: str
    body: Any
    query: Any
    answers: Any
    status: int
    name: str


class Endpoints:
    """The endpoints of one module. `tag` is their heading in the documentation, `routes` what Starlette mounts."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.routes: list[Route] = []
        self.declared: list[Endpoint] = []

    def get(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """An endpoint that reads; `query` is the type of its parameters, passed as the second argument."""
        return self.endpoint("GET", path, **more)

    def post(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """An endpoint that makes or does something."""
        return self.endpoint("POST", path, **more)

    def put(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """An endpoint that replaces something."""
        return self.endpoint("PUT", path, **more)

    def patch(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """An endpoint that changes what it is given of something."""
        return self.endpoint("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """An endpoint that takes something away."""
        return self.endpoint("DELETE", path, **more)

    def endpoint(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        ignored: frozenset[str] = frozenset(),
        query: Any = None,
        answers: Any = None,
        status: int = 200,
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated handler; `ignored` fields of its body are left aside."""

        def declare(handler: Handler) -> Handler:
            async def handle(request: Request) -> Response:
                if body is not None:
                    return await handler(request, await read_json(request, body, ignored=ignored))
                if query is not None:
                    return await handler(request, read_query(request, query))
                return await handler(request)

            summary, _, description = inspect.cleandoc(handler.__doc__ or "").partition("\n\n")
            name = getattr(handler, "__name__", "")
            self.declared.append(
                Endpoint(method, path, self.tag, summary, description, body, query, answers, status, name)
            )
            self.routes.append(Route(path, handle, methods=[method], name=name))
            return handler

        return declare
