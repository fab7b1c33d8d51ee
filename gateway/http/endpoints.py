"""How an endpoint is declared: method, path, the type of its body or its query, the type of its answer.

The types validate what comes in, and describe it all in /openapi.json. Most endpoints only pass a call on to a function
of schema `api`. They are declared in one line, which says what the endpoint does:

    callers = Endpoints("Callers")

    callers.get("/states", "List the states of the workspace's country.", calls="list_states", answers=Items[str])

The function is called with the parameters of the path in their order, then with the body or query as jsonb; or with
those fields of it that stand in parentheses: `calls="hold_lead(held)"`. An endpoint that does more has a handler, which
the declaration decorates. Its docstring says what it does:

    @callers.post("/callers/import", body=File, answers=Imported)
    async def import_callers(request: Request, file: File) -> Response:
        \"\"\"Import callers.\"\"\"

What people make, edit and archive is a record, whose endpoints `gateway.http.records` declares.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Literal

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.http.endpoint import JSON, Endpoint
from gateway.http.handling import Before, Handle, Handler, handle_of, passing_on

LARGEST_INT = 2**31 - 1


class Integer(IntegerConvertor):
    """A number in a path that is an int in the database: a larger one is of nothing there is."""

    regex = "[0-9]{1,10}"
    largest = LARGEST_INT


class BigInteger(Integer):
    """A number in a path that is a bigint in the database, such as that of an event."""

    regex = "[0-9]{1,18}"
    largest = 10**18 - 1


register_url_convertor("int", Integer())
register_url_convertor("bigint", BigInteger())


class Resource(Route):
    """A path with its endpoints, by method. Any other method is answered 405, and OPTIONS with those there are."""

    def __init__(self, path: str, *, middleware: Sequence[Middleware]) -> None:
        super().__init__(path, self._dispatch, middleware=middleware, include_in_schema=False)
        # The path is this one's whatever the method, even where another mount would take it.
        self.methods = None
        self.endpoints: dict[str, Endpoint] = {}
        self._handlers: dict[str, Handle] = {}

    def add(self, endpoint: Endpoint, handle: Handle) -> None:
        """Answer the endpoint's method by `handle`; HEAD goes with GET."""
        self.endpoints[endpoint.method] = endpoint
        self._handlers[endpoint.method] = handle
        if endpoint.method == "GET" and endpoint.media_type == JSON:  # the head of a stream would be an endless one
            self._handlers["HEAD"] = handle

    async def _dispatch(self, request: Request) -> Response:
        allowed = {"allow": ", ".join(sorted({*self._handlers, "OPTIONS"}))}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allowed)
        if request.method not in self._handlers:
            raise HTTPException(405, headers=allowed)
        for name, convertor in self.param_convertors.items():
            if isinstance(convertor, Integer) and request.path_params[name] > convertor.largest:
                raise HTTPException(404)
        return await self._handlers[request.method](request)


class Endpoints:
    """The endpoints of one module. `tag` is their heading in the documentation, `routes` what Starlette mounts.

    `public` ones are for people who are not signed in, too. `middleware` stands before each of them.
    """

    def __init__(self, tag: str, *, public: bool = False, middleware: Sequence[Middleware] = ()) -> None:
        self.tag = tag
        self.routes: list[Resource] = []
        self._by: Literal["users", "anybody"] = "anybody" if public else "users"
        self._middleware = middleware

    def get(self, path: str, *says: str, **more: Any) -> Callable[[Handler], Handler]:
        """An endpoint that reads; `query` is the type of its parameters, passed as the second argument."""
        return self.endpoint("GET", path, *says, **more)

    def post(self, path: str, *says: str, **more: Any) -> Callable[[Handler], Handler]:
        """An endpoint that makes or does something."""
        return self.endpoint("POST", path, *says, **more)

    def put(self, path: str, *says: str, **more: Any) -> Callable[[Handler], Handler]:
        """An endpoint that replaces something."""
        return self.endpoint("PUT", path, *says, **more)

    def patch(self, path: str, *says: str, **more: Any) -> Callable[[Handler], Handler]:
        """An endpoint that changes what it is given of something."""
        return self.endpoint("PATCH", path, *says, **more)

    def delete(self, path: str, *says: str, **more: Any) -> Callable[[Handler], Handler]:
        """An endpoint that takes something away."""
        return self.endpoint("DELETE", path, *says, **more)

    def endpoint(
        self,
        method: str,
        path: str,
        *says: str,
        name: str = "",
        calls: str = "",
        before: Before | None = None,
        body: Any = None,
        reads: Any = None,
        query: Any = None,
        problems: Sequence[int] = (),
        changes: bool = True,
        **more: Any,
    ) -> Callable[[Handler], Handler]:
        """Declare an endpoint: that of the decorated handler, or one that passes a call on.

        says: a summary, and a description of more than that; else the handler's docstring says it.
        name: what the documentation calls it; else the name of the handler, or of the function.
        calls: the function of schema `api` that it passes on to. See above.
        before: is called before with request and body or query: it may change that, or raise Problem.
        body: the type of its JSON body, passed as the second argument.
        reads: the type of a body that the handler reads by itself.
        takes: the media type of a body of bytes, which the handler reads by itself, beside a query.
        largest: how many bytes its body may have.
        ignored: fields of its body that are left aside.
        query: the type of its query, passed as the second argument.
        answers, status, media_type: what it answers when all is well.
        problems: the statuses it may refuse with beside those that follow from the rest, such as 404 from a path with
            parameters, 422 from a body or a query.
        edits: the kind of thing it changes ("caller", "lead", "workspace" ...): it takes If-Match.
        edited: the parameter of its path that is the id of that; none for what there is one of.
        changes: false for what writes nothing although it is no GET: it takes no Idempotency-Key.
        once: its answer holds a secret that is not stored, so it cannot be given again to an Idempotency-Key.
        long: it may take long: the number answered at once is limited, and the work ends when the client goes away.
            See `gateway.http.long_questions`.
        cacheable: the answer's etag changes whenever the answer does, so that If-None-Match may be answered 304.
        location: where the answer has the id of what was made ("id", "source.id"), which is found below its own path.
        """

        def declare(handler: Handler) -> Handler:
            summary, description = _text(says, handler)
            endpoint = Endpoint(
                method=method,
                path=path,
                tag=self.tag,
                name=name or handler.__name__,
                summary=summary,
                description=description,
                body=body or reads,
                query=query,
                problems=frozenset((*problems, *((429,) if more.get("long") else ()))),
                by=self._by,
                takes_key=changes and method != "GET" and self._by == "users",
                **more,
            )
            self._resource(path).add(endpoint, handle_of(endpoint, handler, body))
            return handler

        if calls:
            declare(passing_on(calls, before, more.get("answers"), more.get("status", 200)))
        return declare

    def _resource(self, path: str) -> Resource:
        for resource in self.routes:
            if resource.path == path:
                return resource
        self.routes.append(Resource(path, middleware=self._middleware))
        return self.routes[-1]


def _text(says: Sequence[str], handler: Handler) -> tuple[str, str]:
    """Summary and description of an endpoint."""
    summary, _, description = inspect.cleandoc("\n\n".join(says) or handler.__doc__ or "").partition("\n\n")
    return summary, description
