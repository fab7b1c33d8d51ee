"""POST /api/leads/webhook: check who posts, read the lead, put it in the next batch, and answer once it is committed.

This is the hot path, so it speaks ASGI itself and builds nothing it does not need. Many leads in one request come by
the same door.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.core.counting import Counts
from gateway.core.problems import FieldError, Problem, invalid
from gateway.http.bodies import read_body
from gateway.http.endpoint import Endpoint
from gateway.http.errors import problem_of, response_of
from gateway.http.headers import completed
from gateway.http.scope import ADDRESS, SOURCE, STATUS
from gateway.intake import batch_webhook
from gateway.intake.addresses import ROUTE
from gateway.intake.batch_webhook import LARGEST_BATCH, take_leads
from gateway.intake.by_kind import ByKind, read_post
from gateway.intake.lead import Answer, Lead, LeadInput, SignedBy, read_form, read_lead
from gateway.intake.signatures import standard_names
from gateway.intake.sources import Source, Sources, refused
from gateway.intake.taking import Taking

PATH = "/api/leads/webhook"
PATHS = frozenset((PATH, batch_webhook.PATH))
ROUTES = PATHS | {ROUTE}
LONGEST_IDEMPOTENCY_KEY = 300
JSON = b"application/json"
FORM = b"application/x-www-form-urlencoded"


WEBHOOK = Endpoint(
    method="POST",
    path=PATH,
    tag="Leads in",
    name="take_lead",
    summary="Hand in a lead",
    description=(
        "It is stored and assigned to a caller before the answer goes out. A lead is known again by its "
        "`source_row_id`, or else by its phone and timestamp, or else by its content: then the answer is 200, and "
        "nothing is stored twice. A timestamp that is only a date does not count. The header `Idempotency-Key` (or "
        "`webhook-id`) is part of the content: the same key with other content is another lead. Needs the token of a "
        "source, or its signature."
    ),
    body=LeadInput,
    query=SignedBy,
    answers=Answer,
    status=201,
    problems=frozenset({401}),
    by="sources",
    is_form=True,
)


def route_of_sender(path: str) -> str | None:
    """What is told of a path that takes leads of sources, without what is secret in it; None for any other path."""
    if path in PATHS:
        return path
    if path.startswith(ADDRESS):
        return ROUTE
    return path[:-1] if path[-1:] == "/" and path[:-1] in PATHS else None


class Intake:
    """Middleware that answers the webhook and secret addresses itself and passes on everything else.

    It stands before Starlette's router and exception handlers, which cost more than all that is done here for a lead.
    Its answers are complete, so that the front door need not touch them.
    """

    def __init__(self, app: ASGIApp, sources: Sources, taking: Taking, counts: Counts, by_kind: ByKind) -> None:
        self._app = app
        self._sources = sources
        self._taking = taking
        self._counts = counts
        self._by_kind = by_kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 201 for a new lead, 200 with the first answer for one seen before, or a problem.

        Many leads are answered 200, each with its own status.
        """
        path = route_of_sender(scope.get("path", ""))
        if path is None:
            await self._app(scope, receive, send)
            return
        try:
            if path == PATH:
                status, answer, media_type = await self._take(scope, receive)
                given = [(b"content-type", media_type), (b"content-length", b"%d" % len(answer))]
            elif path == ROUTE:
                key = _idempotency_key(dict(scope["headers"]))
                status, answer, media_type = await self._by_kind.answer(scope, receive, key)
                given = [(b"content-type", media_type), (b"content-length", b"%d" % len(answer))]
            else:
                response = await self._take_many(scope, receive)
                status, answer, given = response.status_code, bytes(response.body), response.raw_headers
        except Exception as error:
            response = response_of(problem_of(error, path=path))
            status, answer, given = response.status_code, bytes(response.body), response.raw_headers
        scope[STATUS] = status
        await send({"type": "http.response.start", "status": status, "headers": completed(given, scope["scheme"])})
        await send({"type": "http.response.body", "body": answer})

    async def _take(self, scope: Scope, receive: Receive) -> tuple[int, bytes, bytes]:
        headers = _headers_of_post(scope)
        source = await self._by_token(headers.get(b"authorization"))
        if source:
            self._sources.count(source)
        body = await read_body(receive, headers.get(b"content-length"))
        if not source:
            source = await self._signed(scope, headers, body)
            self._sources.count(source)
        scope[SOURCE] = source
        if source.kind is not None:
            posts = await read_post(body, headers.get(b"content-type", b""))
            return await self._by_kind.take(source, source.kind, posts, _idempotency_key(headers))
        lead = _reader(headers.get(b"content-type"))(body, source.mapping, source.customs)
        begun = await self._taking.begin(source, lead, _idempotency_key(headers))
        return *self._taking.finish(source, await begun), JSON

    async def _take_many(self, scope: Scope, receive: Receive) -> Response:
        headers = _headers_of_post(scope)
        source = await self._by_token(headers.get(b"authorization"))
        if _reader(headers.get(b"content-type")) is not read_lead:
            raise Problem(415, "Send the leads as JSON, with the header Content-Type: application/json.")
        body = await read_body(receive, headers.get(b"content-length"), LARGEST_BATCH)
        if not source:
            source = await self._signed(scope, headers, body)
        scope[SOURCE] = source
        answer, more = await take_leads(self._taking, self._sources, self._counts, source, body)
        return Response(answer, 200, more, "application/json")

    async def _by_token(self, authorization: bytes | None) -> Source | None:
        if not authorization:
            return None
        return self._sources.remembered(authorization) or await self._sources.by_token(authorization)

    async def _signed(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> Source:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        headers = standard_names(headers)
        if b"webhook-signature" not in headers:
            if token := query.get("token", [""])[-1]:
                authorization = f"Bearer {token}".encode()
                return self._sources.remembered(authorization) or await self._sources.by_token(authorization)
            raise refused("Send the source's token as Authorization: Bearer <token>, or sign the request.")
        wanted = query.get("source", [None])[-1]
        if wanted is not None and not (wanted.isdecimal() and len(wanted) < 10):
            raise refused("The source in the address is not a number.")
        body.decode()  # a signature is made over text; other bytes are a mistake of their own
        text = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        return await self._sources.by_signature(text, body, None if wanted is None else int(wanted))


def _headers_of_post(scope: Scope) -> dict[bytes, bytes]:
    if scope["method"] != "POST":
        raise HTTPException(405, "Leads are sent by POST.", {"Allow": "POST"})
    return dict(scope["headers"])


def _reader(content_type: bytes | None) -> Callable[..., Lead]:
    if content_type is None or content_type == JSON:
        return read_lead
    media_type = content_type.partition(b";")[0].strip().lower()
    if media_type in (JSON, b""):
        return read_lead
    if media_type == FORM:
        return read_form
    raise Problem(415, "Send the lead as JSON, with the header Content-Type: application/json.")


def _idempotency_key(headers: dict[bytes, bytes]) -> str | None:
    key = headers.get(b"idempotency-key") or headers.get(b"webhook-id")
    if key is None:
        return None
    if len(key) > LONGEST_IDEMPOTENCY_KEY:
        raise invalid(FieldError("Idempotency-Key", f"It must be at most {LONGEST_IDEMPOTENCY_KEY} characters long."))
    return key.decode("latin-1")
