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
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Any, Literal, get_origin

import msgspec
from msgspec import Struct
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.core.parts import part
from gateway.core.problems import Problem
from gateway.http.bodies import LARGEST_BODY, encoded, json_response, read_json, read_query
from gateway.http.call import call
from gateway.http.long_questions import LongQuestions
from gateway.http.preconditions import with_terms
from gateway.http.shapes import Items

Handler = Callable[..., Awaitable[Response]]
Handle = Callable[[Request], Awaitable[Response]]
Before = Callable[..., None]

LARGEST_INT = 2**31 - 1
JSON = "application/json"


class ShortInteger(IntegerConvertor):
    """A number in a path, not so long that reading it fails."""

    regex = "[0-9]{1,10}"


register_url_convertor("int", ShortInteger())


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What is known of an endpoint before it is ever called; paths are those within their mount (`/api`).

    What each field means, `Endpoints.endpoint` says. `by`: who may call it, apart from what their role permits.
    `is_form`: its body may be that of an HTML form, too.
    """

    method: str
    path: str
    tag: str
    name: str
    summary: str
    description: str = ""
    body: Any = None
    ignored: frozenset[str] = frozenset()
    takes: str | None = None
    largest: int = LARGEST_BODY
    query: Any = None
    answers: Any = None
    status: int = 200
    problems: frozenset[int] = frozenset()
    media_type: str = JSON
    by: Literal["users", "anybody", "sources"] = "users"
    edits: str | None = None
    takes_key: bool = False
    once: bool = False
    cacheable: bool = False
    long: bool = False
    is_form: bool = False
    location: str = ""


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
        # Numbers are ints in the database: a larger one is nobody's.
        if any(isinstance(value, int) and value > LARGEST_INT for value in request.path_params.values()):
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
        edits: the kind of thing it changes ("caller", "lead", "rule", "source", "campaign" or "workspace"), whose id is
            the first parameter of its path: it takes If-Match.
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
            self._resource(path).add(endpoint, _handle(endpoint, handler, body))
            return handler

        if calls:
            declare(_passing_on(calls, before, more.get("answers"), more.get("status", 200)))
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


def _handle(endpoint: Endpoint, handler: Handler, body: Any) -> Handle:
    """What answers a request: it reads body or query, has the handler answer, and adds what follows from the rest."""

    async def handle(request: Request) -> Response:
        request = await with_terms(
            request, edits=endpoint.edits, takes_key=endpoint.takes_key, largest=endpoint.largest
        )
        given: list[Any] = []
        if body is not None:
            given = [await read_json(request, body, ignored=endpoint.ignored, largest=endpoint.largest)]
        elif endpoint.query is not None:
            given = [read_query(request, endpoint.query)]

        async def ask() -> Response:
            return _finished(request, await handler(request, *given), endpoint)

        return await part(request, LongQuestions).answer(request, ask) if endpoint.long else await ask()

    return handle


def _passing_on(calls: str, before: Before | None, answers: Any, status: int) -> Handler:
    """A handler that only calls a function of the database."""
    function, _, rest = calls.partition("(")
    fields = [field.strip() for field in rest.rstrip(")").split(",") if field]

    async def pass_on(request: Request, *given: Any) -> Response:
        arguments = [*request.path_params.values()]
        if before is not None:
            before(request, *given)
        for one in given:
            arguments += [getattr(one, field) for field in fields] if fields else [encoded(one)]
        return _answer(await call(request, function, *arguments), answers, status)

    pass_on.__name__ = function
    return pass_on


def _answer(found: Any, answers: Any, status: int) -> Response:
    """What a function of the database gave, as an answer of this type: a list is all its items, a number its field."""
    if answers is None:
        return Response(status_code=status)
    if get_origin(answers) is Items:
        found = f'{{"items":{found}}}'
    elif isinstance(found, int):
        [field] = answers.__struct_fields__
        found = encoded({field: found})
    return json_response(found, status)


class _Tagged(Struct):
    etag: str


def _finished(request: Request, response: Response, endpoint: Endpoint) -> Response:
    """The response with the headers that follow from how the endpoint is declared."""
    if request.state.terms.replayed:
        if endpoint.once:
            raise Problem(409, "This request was carried out before; its answer held a secret that is shown once only.")
        response.headers["idempotency-replayed"] = "true"
    if endpoint.location:
        made = reduce(getitem, endpoint.location.split("."), msgspec.json.decode(response.body))
        response.headers["location"] = f"{request.url.path}/{made}"
    if has_etag(endpoint.answers) and response.body:
        etag = f'"{msgspec.json.decode(response.body, type=_Tagged).etag}"'
        response.headers["etag"] = etag
        known = request.headers.get("if-none-match", "")
        if endpoint.cacheable and (etag in known or known.strip() == "*"):
            return Response(status_code=304, headers={"etag": etag, "cache-control": "no-store"})
    return response


def has_etag(answers: Any) -> bool:
    """Whether an answer of this type is one thing that can be edited, with its version in the field `etag`."""
    return "etag" in getattr(answers, "__struct_fields__", ())
