"""POST /forms/{form_key}: leads from forms on others' pages, sent as a plain form or by a script.

Everybody who has seen the page knows the key, so it proves nothing: what comes is taken only from pages of the sites
that are listed, only so much of it from one address, and not from those who fill in what people do not see. Senders
that are programs use the webhook. The answer says nothing of the lead's caller or of earlier leads: the visitor is a
stranger.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec
from msgspec import Raw, Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.core.parts import part
from gateway.core.problems import Problem
from gateway.database.calls import SECONDS_TO_LOOK_UP, Database, answered_within
from gateway.http.bodies import json_response, read_body
from gateway.http.endpoint import Endpoint
from gateway.http.errors import problem_of, response_of
from gateway.http.limits import Buckets, Limit, network_of
from gateway.http.scope import SOURCE
from gateway.http.templates import templates
from gateway.intake.lead import LeadInput
from gateway.intake.posted import read_form_body
from gateway.intake.reading import read_fields
from gateway.intake.sources import REMEMBERED_SECONDS, Source, Sources, source_of
from gateway.intake.taking import Taking
from gateway.people.sessions import address_of

PATH = "/forms/{form_key}"
LARGEST_FORM = 64 * 1024
# For each network address, which an office may share.
FROM_ONE_ADDRESS = Limit(per_minute=30, burst=30)
MOST_ADDRESSES = 10_000
# A field that people do not see, and programs fill in. ui/sources/texts.js has it.
HONEYPOT = "homepage"
NOT_IN_USE = "There is no such form, or it is switched off."
# Sent again within this time it is the same lead, a button pressed twice; later, a person who asks again.
SECONDS_OF_ONE_LEAD = 3600


class Received(Struct):
    """That a form has been received: a stranger learns no more."""

    received: bool


FORM = Endpoint(
    method="POST",
    path=PATH,
    tag="Leads in",
    name="take_form",
    summary="Hand in a lead from a form on a page",
    description=(
        "For pages of the sites listed at the source, by a plain HTML form or by `fetch` (CORS). Its fields are those "
        "of the webhook, or the source's own by its field mapping. A browser is answered with a page, or sent on to "
        "the source's thanks address (303); who does not accept `text/html` is answered with JSON."
    ),
    body=LeadInput,
    answers=Received,
    problems=frozenset({404, 429}),
    by="anybody",
    is_form=True,
)


@dataclass(frozen=True)
class Form:
    """A form: whose leads it sends, the origins of the pages that may send it, where visitors go then."""

    source: Source
    sites: frozenset[str]
    thanks_url: str | None


@dataclass
class Forms:
    """Finds forms, and remembers for a few seconds those it found; counts what comes from each address."""

    database: Database
    _known: dict[str, tuple[float, Form]] = field(default_factory=dict)
    addresses: Buckets = field(default_factory=lambda: Buckets(whose="address", most=MOST_ADDRESSES))

    async def find(self, key: str) -> Form:
        """The form of this key. Raises HTTPException 404, or Unavailable."""
        known = self._known.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        async with answered_within(SECONDS_TO_LOOK_UP):
            rows = await self.database.rows("find_form", key) if "\0" not in key else []
        if not rows:
            self._known.pop(key, None)
            raise HTTPException(404, NOT_IN_USE)
        form = _form_of(rows[0])
        self._known[key] = (time.monotonic() + REMEMBERED_SECONDS, form)
        return form


def _form_of(row: asyncpg.Record) -> Form:
    return Form(source_of(row), frozenset(row["sites"]), row["thanks_url"])


async def answer_form(request: Request) -> Response:
    """Take what a page sends, or say to a browser that asks first whether the page may send it."""
    site = _site(request)
    allowed = False
    try:
        if request.method == "POST":
            part(request, Forms).addresses.take(network_of(address_of(request)), FROM_ONE_ADDRESS)
        form = await part(request, Forms).find(request.path_params["form_key"])
        if site not in form.sites:
            raise Problem(403, "Refused: this form may not be sent from this site.")
        allowed = True
        response = Response(status_code=204) if request.method == "OPTIONS" else await _take(request, form)
    except Exception as error:
        problem = problem_of(error, path=PATH)
        response = _page(request, problem) if _wants_page(request) else response_of(problem)
    response.headers["vary"] = "Origin"
    if allowed and site:
        response.headers["access-control-allow-origin"] = site
        response.headers["access-control-expose-headers"] = "Retry-After"
        if request.method == "OPTIONS":
            response.headers["access-control-allow-methods"] = "POST"
            response.headers["access-control-allow-headers"] = "Content-Type"
            response.headers["access-control-max-age"] = "600"
    return response


async def _take(request: Request, form: Form) -> Response:
    """Store the lead, unless a program sent it, and thank. Raises Problem, or what reading it or the batcher raises."""
    request.scope[SOURCE] = form.source
    body = await read_body(request.receive, request.headers.get("content-length", "").encode(), LARGEST_FORM)
    fields = await read_form_body(body, request.headers.get("content-type", ""))
    # What is not filled in is not there, or empty in JSON.
    if bytes(fields.pop(HONEYPOT, b"")) in (b"", b'""', b"null"):
        part(request, Sources).count(form.source)
        lead = read_fields(fields, form.source.mapping, form.source.customs)
        taking = part(request, Taking)
        committed = await taking.begin(form.source, lead, _key(fields))
        try:
            taking.finish(form.source, await committed)
        except Problem:
            # Revoked a moment ago, or nobody is competent: that is for the workspace to know.
            raise HTTPException(404, NOT_IN_USE) from None
    if not _wants_page(request):
        return json_response(Received(received=True))
    return RedirectResponse(form.thanks_url, 303) if form.thanks_url else _page(request, None)


def _key(fields: dict[str, Raw]) -> str:
    """What tells a button pressed twice from a person who asks again. Without a script a form has no id of its own."""
    digest = hashlib.sha256(msgspec.json.encode(fields)).hexdigest()
    return f"form:{int(time.time()) // SECONDS_OF_ONE_LEAD}:{digest}"


def _site(request: Request) -> str:
    """The origin of the page that sends the form: as the browser says, or by the page's address."""
    origin = request.headers.get("origin")
    if origin is not None:
        return origin
    try:
        page = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return ""
    return f"{page.scheme}://{page.netloc}" if page.netloc else ""


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _page(request: Request, problem: Problem | None) -> Response:
    """What a visitor is shown who has sent the form and cannot be sent on, or whose form was refused."""
    context: dict[str, Any] = {"problem": problem}
    status = problem.status if problem else 200
    headers = problem.headers if problem else {}
    return templates().TemplateResponse(request, "frame/form-answer.html", context, status, headers)


routes = [Route(PATH, answer_form, methods=["POST", "OPTIONS"])]
