"""From a request to its answer: what every endpoint does, and all that one does which only passes a call on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import reduce
from operator import getitem
from typing import Any, get_origin

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.core.problems import Problem
from gateway.http.bodies import encoded, json_response, read_json, read_query
from gateway.http.call import call
from gateway.http.endpoint import Endpoint
from gateway.http.long_questions import LongQuestions
from gateway.http.preconditions import with_terms
from gateway.http.shapes import Items

Handler = Callable[..., Awaitable[Response]]
Handle = Callable[[Request], Awaitable[Response]]
Before = Callable[..., None]


def handle_of(endpoint: Endpoint, handler: Handler, body: Any) -> Handle:
    """What answers a request: it reads body or query, has the handler answer, and adds what follows from the rest."""

    async def handle(request: Request) -> Response:
        request = await with_terms(
            request,
            edits=endpoint.edits,
            edited=endpoint.edited,
            takes_key=endpoint.takes_key,
            largest=endpoint.largest,
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


def passing_on(calls: str, before: Before | None, answers: Any, status: int) -> Handler:
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
