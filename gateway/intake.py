"""POST /api/leads/webhook: check who posts, read the lead, put it in the next batch, and answer once it is committed.

This is the hot path, so it speaks ASGI itself and builds nothing it does not need.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import parse_qs

import asyncpg
import msgspec
from msgspec import Meta
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import request_ids
from gateway.batcher import Batcher
from gateway.counting import Counts
from gateway.endpoints import Endpoint
from gateway.headers import completed
from gateway.problems import FieldError, Problem, invalid, problem_of
from gateway.sealed import Sealing
from gateway.sources import Source, Sources, refused
from gateway.submission import Lead, LeadInput, read_form, read_lead
from gateway.wire import Answer, AssignedCaller, read_body

PATH = "/api/leads/webhook"
# Where in the scope the source of a lead is, and what was answered, for those who count and log.
SOURCE = "fairlead.source"
STATUS = "fairlead.status"
LONGEST_IDEMPOTENCY_KEY = 300
JSON = b"application/json"
FORM = b"application/x-www-form-urlencoded"


class SignedBy(msgspec.Struct, forbid_unknown_fields=True):
    """Whose signature it is."""

    source: Annotated[int, Meta(ge=0, description="The source that signed; without it all are tried.")] | None = None


WEBHOOK = Endpoint(
    method="POST",
    path=PATH,
    tag="Leads in",
    name="take_lead",
    summary="Hand in a lead",
    description=(
        "It is stored and dealt to a caller before the answer goes out. A lead is known again by its phone and "
        "timestamp, by its `source_row_id`, or else by the header `Idempotency-Key` (or `webhook-id`), or by its "
        "content: then the answer is 200, and nothing is stored twice. Needs the token of a source, or its signature."
    ),
    body=LeadInput,
    query=SignedBy,
    answers=Answer,
    status=201,
    problems=frozenset({401}),
    by="sources",
)

_encode = msgspec.json.Encoder().encode


class Intake:
    """Middleware that answers the webhook itself and passes on everything else.

    It stands before Starlette's router and exception handlers, which cost more than all that is done here for a lead.
    Its answers are complete, so that the front door need not touch them.
    """

    def __init__(
        self, app: ASGIApp, sources: Sources, batcher: Batcher, counts: Counts, sealing: Sealing | None
    ) -> None:
        self._app = app
        self._sources = sources
        self._batcher = batcher
        self._counts = counts
        self._sealing = sealing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 201 for a new lead, 200 with the first answer for one seen before, or a problem."""
        if scope.get("path") != PATH:
            await self._app(scope, receive, send)
            return
        try:
            status, answer = await self._take(scope, receive)
            given = [(b"content-type", JSON), (b"content-length", b"%d" % len(answer))]
        except Exception as error:
            response = problem_of(error, path=PATH).response()
            status, answer, given = response.status_code, bytes(response.body), response.raw_headers
        scope[STATUS] = status
        await send({"type": "http.response.start", "status": status, "headers": completed(given, scope["scheme"])})
        await send({"type": "http.response.body", "body": answer})

    async def _take(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        if scope["method"] != "POST":
            raise HTTPException(405, "Leads are sent by POST.", {"Allow": "POST"})
        headers: dict[bytes, bytes] = dict(scope["headers"])
        authorization = headers.get(b"authorization")
        source = authorization and self._sources.remembered(authorization)
        if not source and authorization:
            source = await self._sources.by_token(authorization)
        if source:
            self._sources.count(source)
        read = _reader(headers.get(b"content-type"))
        body = await read_body(receive, headers.get(b"content-length"))
        if not source:
            source = await self._signed(scope, headers, body)
            self._sources.count(source)
        scope[SOURCE] = source
        lead = read(body)
        sealed = None if self._sealing is None else await self._sealing.seal(source.workspace_id, lead)
        key = _idempotency_key(headers)
        row = await self._batcher.add(lead.stored_as(source.id, source.generation, request_ids.current(), key, sealed))
        answer = _answer(row)
        outcome = "duplicate" if row["duplicate"] else row["assignment_status"]
        self._counts.leads[source.workspace_id, source.name, outcome] += 1
        return answer

    async def _signed(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> Source:
        if b"webhook-signature" not in headers:
            raise refused("Send the source's token as Authorization: Bearer <token>, or sign the request.")
        wanted = parse_qs(scope["query_string"].decode("latin-1")).get("source", [None])[-1]
        if wanted is not None and not (wanted.isdecimal() and len(wanted) < 10):
            raise refused("The source in the address is not a number.")
        body.decode()  # a signature is made over text; other bytes are a mistake of their own
        text = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        return await self._sources.by_signature(text, body, None if wanted is None else int(wanted))


def _reader(content_type: bytes | None) -> Callable[[bytes], Lead]:
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


def _answer(row: asyncpg.Record) -> tuple[int, bytes]:
    lead_id, caller_id = row["lead_id"], row["caller_id"]
    if lead_id is None:
        if row["assignment_reason"] is not None:
            hint = "Give a caller a weight for this source, or let it do without competence."
            error = FieldError("source", row["assignment_reason"], hint)
            raise Problem(400, f"{error.message}.", errors=[error])
        raise refused("This source has been revoked, or its key has expired since it was rotated.")
    caller = None if caller_id is None else AssignedCaller(caller_id, row["caller_name"])
    duplicate = row["duplicate"]
    answer = Answer(lead_id, caller, row["assignment_status"], row["assignment_reason"], duplicate, row["duplicate_of"])
    return 200 if duplicate else 201, _encode(answer)
