"""POST /api/leads/webhook: check who posts, read the lead, put it in the next batch, and answer once it is committed.

This is the hot path, so it speaks ASGI itself and builds nothing it does not need. Many leads in one request come by
the same door.

What a post costs the gateway, in us of CPU, 64 clients, without the sockets and the database:

    uvicorn and asyncio       70    parsing the head, the scope, a task, writing two messages
    reading the lead           8    one decoding into `Lead`, its timestamp and metadata
    counting                   2    the request by route and status, its seconds, the lead
    answer and headers         2
    what is stored             1
    request id                 1
    token, route               0.4  looked up in a dictionary; the database says whether the token still holds
    a batch, shared by all     90   60 of them the call of the database, which is one statement and one round trip

Of a post by itself the database takes three quarters, and of what is left the batch takes half.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs

from msgspec import Raw
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.core.counting import Counts
from gateway.core.problems import FieldError, Problem, invalid
from gateway.http.bodies import read_body, unpacked
from gateway.http.endpoint import Endpoint
from gateway.http.errors import problem_of, response_of
from gateway.http.headers import completed
from gateway.http.scope import ADDRESS, SOURCE, STATUS
from gateway.intake import batch_webhook
from gateway.intake.addresses import ROUTE
from gateway.intake.batch_webhook import LARGEST_BATCH, LeadOutcome, Leads, take_leads
from gateway.intake.by_kind import ByKind, read_post
from gateway.intake.lead import Answer, Fields, Lead, LeadInput, SignedBy
from gateway.intake.posted import (
    MOST_LEADS,
    leads_in,
    may_be_json,
    may_be_of_a_sender,
    read_json_posted,
    read_new,
    read_posted,
)
from gateway.intake.reading import read_lead
from gateway.intake.recognising import NoLead
from gateway.intake.several import not_stored
from gateway.intake.signatures import standard_names
from gateway.intake.sources import Source, Sources, refused
from gateway.intake.taking import Taking

PATH = "/api/leads/webhook"
PATHS = frozenset((PATH, batch_webhook.PATH))
ROUTES = PATHS | {ROUTE}
LONGEST_IDEMPOTENCY_KEY = 300
JSON = b"application/json"
QUICK = re.compile(rb"application/json\s*(?:;\s*charset=\"?utf-8\"?\s*)?", re.IGNORECASE)

Headers = Sequence[tuple[bytes, bytes]]


WEBHOOK = Endpoint(
    method="POST",
    path=PATH,
    tag="Leads in",
    name="take_lead",
    summary="Hand in a lead",
    description=(
        "It is stored and assigned to a caller before the answer goes out. A lead is known again by the strongest "
        "that it says of itself: its `source_row_id`; else its phone and timestamp, of one `external_id`, unless the "
        "timestamp is only a date; else its content, of which the header `Idempotency-Key` (or `webhook-id`) is a "
        "part. Then the answer is 200, and nothing is stored twice. What stands for nothing, such as an id of 0, "
        "tells nothing. Needs the token of a source, or its signature. "
        "A field that does not fit is kept as `metadata.<field>_given` and costs the lead nothing; a lead is refused "
        "only where nothing tells whose it is. JSON is also taken as `text/plain` or without a type, a form with "
        "names such as `data[phone]`, either packed by gzip or deflate, in the charset that is named; of a form's "
        f"files the names are kept. A list of up to {MOST_LEADS} leads, or a body in which the source's mapping finds "
        "several, is answered as by `/api/leads/webhook/batch`."
    ),
    body=LeadInput,
    many=(Leads, list[LeadOutcome]),
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
                status, answer, given = await self._take(scope, receive)
            elif path == ROUTE:
                answered = await self._by_kind.answer(scope, receive, _idempotency_key(dict(scope["headers"])))
                status, answer, given = _as_given(*answered)
            else:
                status, answer, given = await self._take_many(scope, receive)
        except Exception as error:
            response = response_of(problem_of(error, path=path))
            status, answer, given = response.status_code, bytes(response.body), response.raw_headers
        scope[STATUS] = status
        await send({"type": "http.response.start", "status": status, "headers": completed(given, scope["scheme"])})
        await send({"type": "http.response.body", "body": answer})

    async def _take(self, scope: Scope, receive: Receive) -> tuple[int, bytes, Headers]:
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
            body = unpacked(body, headers.get(b"content-encoding"))
            posts = await read_post(body, headers.get(b"content-type", b""))
            return _as_given(*await self._by_kind.take(source, source.kind, posts, _idempotency_key(headers)))
        lead = _read_at_once(headers, body, source)
        if lead is None:
            body = unpacked(body, headers.get(b"content-encoding"))
            posted = await read_posted(body, headers.get(b"content-type", b"").decode("latin-1"))
            many = leads_in(posted, source.mapping)
            if many is not None or not isinstance(posted, dict):
                return await self._answer_many(source, many or (), counted=1)
            new = read_new(posted, source.mapping, source.customs)
            if isinstance(new, NoLead):
                return _as_given(200, not_stored(new), JSON)
            lead = new
        begun = await self._taking.begin(source, lead, _idempotency_key(headers))
        return _as_given(*self._taking.finish(source, await begun), JSON)

    async def _take_many(self, scope: Scope, receive: Receive) -> tuple[int, bytes, Headers]:
        headers = _headers_of_post(scope)
        source = await self._by_token(headers.get(b"authorization"))
        if not may_be_json(headers.get(b"content-type")):
            raise Problem(415, "Send the leads as JSON, with the header Content-Type: application/json.")
        body = await read_body(receive, headers.get(b"content-length"), LARGEST_BATCH)
        if not source:
            source = await self._signed(scope, headers, body)
        scope[SOURCE] = source
        body = unpacked(body, headers.get(b"content-encoding"), LARGEST_BATCH)
        posted = read_json_posted(body, headers.get(b"content-type", b"").decode("latin-1"))
        if isinstance(posted, dict):
            raise invalid(FieldError("body", "It must be a list of leads.", 'Send [{"name": …}, {"name": …}].'))
        # A kind says itself where several leads are.
        return await self._answer_many(source, (not source.kind and leads_in(posted, source.mapping)) or posted)

    async def _answer_many(
        self, source: Source, leads: Sequence[Raw | Fields], counted: int = 0
    ) -> tuple[int, bytes, Headers]:
        answer, more = await take_leads(self._taking, self._sources, self._counts, source, leads, counted)
        response = Response(answer, 200, more, "application/json")
        return 200, answer, response.raw_headers

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


def _as_given(status: int, answer: bytes, media_type: bytes) -> tuple[int, bytes, Headers]:
    return status, answer, [(b"content-type", media_type), (b"content-length", b"%d" % len(answer))]


def _headers_of_post(scope: Scope) -> dict[bytes, bytes]:
    if scope["method"] != "POST":
        raise HTTPException(405, "Leads are sent by POST.", {"Allow": "POST"})
    return dict(scope["headers"])


def _read_at_once(headers: dict[bytes, bytes], body: bytes, source: Source) -> Lead | None:
    """The lead in a body as nearly all are; None for any other, and for what must be looked at more closely."""
    content_type = headers.get(b"content-type")
    if (
        source.mapping is not None
        or not body.startswith(b"{")
        or b"content-encoding" in headers
        or not (content_type is None or content_type == JSON or QUICK.fullmatch(content_type))
    ):
        return None
    try:
        lead = read_lead(body, None, source.customs)
    except Problem:
        return None
    return None if may_be_of_a_sender(lead) else lead


def _idempotency_key(headers: dict[bytes, bytes]) -> str | None:
    key = headers.get(b"idempotency-key") or headers.get(b"webhook-id")
    if key is None:
        return None
    if len(key) > LONGEST_IDEMPOTENCY_KEY:
        raise invalid(FieldError("Idempotency-Key", f"It must be at most {LONGEST_IDEMPOTENCY_KEY} characters long."))
    return key.decode("latin-1")
