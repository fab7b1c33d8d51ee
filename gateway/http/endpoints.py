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
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

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
from gateway.http.bodies import LARGEST_BODY, read_json, read_query
from gateway.http.long_questions import LongQuestions
from gateway.http.preconditions import with_terms

Handler = Callable[..., Awaitable[Response]]
Handle = Callable[[Request], Awaitable[Response]]

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
        reads: Any = None,
        ignored: frozenset[str] = frozenset(),
        query: Any = None,
        problems: Sequence[int] = (),
        changes: bool = True,
        **more: Any,
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated handler.

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
        """

        def declare(handler: Handler) -> Handler:
            summary, _, description = inspect.cleandoc(handler.__doc__ or "").partition("\n\n")
            endpoint = Endpoint(
                method=method,
                path=path,
                tag=self.tag,
                name=getattr(handler, "__name__", ""),
                summary=summary,
                description=description,
                body=body or reads,
                ignored=ignored,
                query=query,
                problems=frozenset((*problems, *((429,) if more.get("long") else ()))),
                by=self._by,
                takes_key=changes and method != "GET" and self._by == "users",
                **more,
            )

            async def handle(request: Request) -> Response:
                request = await with_terms(
                    request, edits=endpoint.edits, takes_key=endpoint.takes_key, largest=endpoint.largest
                )
                given: list[Any] = []
                if body is not None:
                    given = [await read_json(request, body, ignored=ignored, largest=endpoint.largest)]
                elif query is not None:
                    given = [read_query(request, query)]

                async def ask() -> Response:
                    return _finished(request, await handler(request, *given), endpoint)

                if not endpoint.long:
                    return await ask()
                return await part(request, LongQuestions).answer(request, ask)

            self._resource(path).add(endpoint, handle)
            return handler

        return declare

    def _resource(self, path: str) -> Resource:
        for resource in self.routes:
            if resource.path == path:
                return resource
        self.routes.append(Resource(path, middleware=self._middleware))
        return self.routes[-1]


class _Tagged(Struct):
    etag: str


def _finished(request: Request, response: Response, endpoint: Endpoint) -> Response:
    """The response with the headers that follow from how the endpoint is declared."""
    if request.state.terms.replayed:
        if endpoint.once:
            raise Problem(409, "This request was carried out before; its answer held a secret that is shown once only.")
        response.headers["idempotency-replayed"] = "true"
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
