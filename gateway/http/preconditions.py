"""If-Match and Idempotency-Key: what a request asks of its transaction beside the change itself."""

from __future__ import annotations

import hashlib
import re

from starlette.requests import Request
from starlette.types import Message

from gateway.core.problems import FieldError, invalid
from gateway.database.calls import Terms
from gateway.http.bodies import LARGEST_BODY, read_body

LONGEST_KEY = 300
MOST_ETAGS = 20

ETAG = re.compile(r'(?:W/)?"([^"]*)"')


def expected_etags(request: Request) -> tuple[str, ...]:
    """The etags that If-Match names; none for `*`, which any version matches. Raises Problem 422 for too many.

    Weak ones count: proxies that compress an answer weaken its ETag.
    """
    given = request.headers.get("if-match", "").strip()
    if given in ("", "*"):
        return ()
    etags = tuple(ETAG.findall(given)) or (given,)
    if len(etags) > MOST_ETAGS:
        raise invalid(FieldError("If-Match", f"There must be at most {MOST_ETAGS}."))
    return etags


async def with_terms(
    request: Request, *, edits: str | None, edited: str = "", takes_key: bool, largest: int = LARGEST_BODY
) -> Request:
    """The request with its terms in `state.terms`. Raises Problem 422 for headers that cannot be, or 413.

    `edits` is the kind of thing it changes, `edited` the parameter of its path with the id of that, if it has one. If
    it `takes_key`, an Idempotency-Key counts: to know a repeated request again, its body of up to `largest` bytes is
    read, and the request that is returned gives it again.
    """
    request.state.terms = terms = Terms()
    if edits and (etags := expected_etags(request)):
        terms.edited = (edits, str(request.path_params[edited]) if edited else "")
        terms.etags = etags
    key = request.headers.get("idempotency-key") if takes_key else None
    if key is None:
        return request
    if not 0 < len(key) <= LONGEST_KEY:
        raise invalid(FieldError("Idempotency-Key", f"It must be 1 to {LONGEST_KEY} characters long."))
    body = await read_body(request.receive, request.headers.get("content-length", "").encode(), largest)
    # The role is part of it: an answer given to a manager must not be repeated once that person is only a caller.
    asked = f"{request.state.session.principal} {request.method} {request.url.path}?{request.url.query}\n"
    terms.key = key
    terms.digest = hashlib.sha256(asked.encode() + body).digest()

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, again)
