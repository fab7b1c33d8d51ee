"""Posts of senders that have a kind, by whichever way they got in: read as leads, taken, answered.

At a source's secret address also the rest: handshakes, the sender's own key or signature, and leads in a query.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import asyncpg
import msgspec
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope

from gateway.core.problems import Problem
from gateway.core.readable import decode_any, readable
from gateway.http.bodies import read_body, unpacked
from gateway.http.endpoint import Endpoint
from gateway.http.errors import problem_of
from gateway.http.limits import network_of
from gateway.http.scope import SOURCE
from gateway.intake import signatures
from gateway.intake.addresses import ROUTE, Addresses
from gateway.intake.form_body import FORM, read_pairs
from gateway.intake.form_fields import Pairs, read_encoded
from gateway.intake.kinds import PLAIN, Kind, kinds
from gateway.intake.lead import Answer, LeadInput
from gateway.intake.mapping import Mapping
from gateway.intake.posted import is_form, json_in, read_json_posted
from gateway.intake.sources import Source, Sources, refused
from gateway.intake.taking import Taking
from gateway.intake.understanding import NoLead, read_posts

ADDRESSED = Endpoint(
    method="POST",
    path=ROUTE,
    tag="Leads in",
    name="take_addressed",
    summary="Hand in what a sender posts to its secret address",
    description=(
        "For senders that can be given an address and nothing else; it stands on the source's page. What they post is "
        "read by the source's kind and mapping, as JSON or as a form. If the sender's secret is stored, it must have "
        "signed, or sent its key. Some kinds may send by GET, with the fields in the query; handshakes are answered. "
        "Of several leads the answer is a list; what is not about a new lead is answered 200 with `stored` false."
    ),
    body=LeadInput,
    answers=Answer,
    status=201,
    problems=frozenset({401, 429}),
    by="anybody",
    is_form=True,
)
JSON = b"application/json"
TEXT = b"text/plain; charset=utf-8"
NO_MAPPING = Mapping({})
LONGEST_CHALLENGE = 500
# Where all leads of a post were refused for one of these, the post is answered so, and may be sent again.
OF_ALL = (503, 429, 401)

_encode = msgspec.json.Encoder().encode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Answered(NamedTuple):
    """What is answered: status, body, media type."""

    status: int
    body: bytes
    media_type: bytes = JSON


class ByKind:
    """Takes what senders of a kind post, and answers at secret addresses."""

    def __init__(self, sources: Sources, taking: Taking, addresses: Addresses) -> None:
        self._sources = sources
        self._taking = taking
        self._addresses = addresses

    async def take(self, source: Source, kind: Kind, posts: list[dict[str, Any]], key: str | None) -> Answered:
        """Store the leads in posts: 201, 200 if all were known or none is a new lead. `key` is an Idempotency-Key.

        Raises Problem, when some cannot be taken; those that can are stored.
        """
        read = read_posts(kind, source.mapping or NO_MAPPING, posts, source.customs)
        begun: list[asyncio.Future[asyncpg.Record] | Problem] = []
        leads = [one for one in read if not isinstance(one, NoLead)]
        for number, lead in enumerate(leads):
            try:
                if isinstance(lead, Problem):
                    raise lead
                if number:
                    self._sources.count(source)
                begun.append(await self._taking.begin(source, lead, key if len(leads) == 1 else None))
            except Exception as error:
                begun.append(problem_of(error, path=ROUTE))
        waiting = [one for one in begun if isinstance(one, asyncio.Future)]
        if waiting:
            await asyncio.gather(*waiting, return_exceptions=True)
        outcomes = [one if isinstance(one, Problem) else self._outcome(source, one) for one in begun]
        _raise_worst([one for one in outcomes if isinstance(one, Problem)], len(outcomes))
        taken = [one for one in outcomes if not isinstance(one, Problem)]
        status = 201 if any(status == 201 for status, _ in taken) else 200
        if kind.reply:
            return Answered(status, kind.reply.text.encode(), kind.reply.media_type.encode())
        if not taken:
            reasons = [one.reason for one in read if isinstance(one, NoLead)]
            return Answered(200, _encode({"stored": False, "reason": reasons[0] if reasons else kind.ignored}))
        bodies = [body for _, body in taken]
        return Answered(status, bodies[0] if len(bodies) == 1 else b"[%b]" % b",".join(bodies))

    def _outcome(self, source: Source, done: asyncio.Future[asyncpg.Record]) -> tuple[int, bytes] | Problem:
        try:
            return self._taking.finish(source, done.result())
        except Exception as error:
            return problem_of(error, path=ROUTE)

    async def answer(self, scope: Scope, receive: Receive, key: str | None) -> Answered:
        """Answer a request at a secret address. Raises Problem, HTTPException, or what reading the body does."""
        network = network_of(scope["client"][0]) if scope.get("client") else ""
        source, secret = await self._addresses.find(scope["path"].rstrip("/"), network)
        scope[SOURCE] = source
        kind = source.kind or kinds()[PLAIN]
        query = scope["query_string"]
        if scope["method"] in ("GET", "HEAD"):
            if (challenge := _challenge(kind, secret, query)) is not None:
                return challenge
            if scope["method"] == "HEAD":
                return Answered(200, b"")
            if not kind.by_get or not query:
                raise HTTPException(405, f"{kind.name} sends leads by POST to this address.", {"Allow": "POST"})
            self._sources.count(source)
            _check_signature(kind, secret, scope, b"")
            return await self.take(source, kind, _proven(kind, secret, [_filled(read_encoded(query))]), key)
        if scope["method"] != "POST":
            raise HTTPException(405, "Leads are sent to this address by POST.", {"Allow": "POST"})
        self._sources.count(source)
        headers = dict(scope["headers"])
        body = await read_body(receive, headers.get(b"content-length"))
        _check_signature(kind, secret, scope, body)
        body = unpacked(body, headers.get(b"content-encoding"))
        posts = await read_post(body or query, headers.get(b"content-type", b"") if body else FORM.encode())
        return await self.take(source, kind, _proven(kind, secret, posts), key)


async def read_post(body: bytes, content_type: bytes) -> list[dict[str, Any]]:
    """What was posted, as objects: several of a list. Raises Problem, or an error that `errors` turns into 400."""
    media_type = content_type.decode("latin-1")
    if is_form(body, media_type):
        pairs = await read_pairs(body, media_type or FORM)
        if (text := json_in(pairs)) is None:
            return [_filled(pairs)]
        body, media_type = text.encode(), ""
    posted = read_json_posted(body, media_type)
    try:
        each = [_decode_fields(one) for one in posted] if isinstance(posted, list) else [posted]
    except msgspec.ValidationError:
        raise Problem(422, "Send a JSON object, or a list of them.") from None
    return [{name: decode_any(readable(bytes(raw))) for name, raw in post.items()} for post in each]


def _filled(pairs: Pairs) -> dict[str, Any]:
    """The fields that were filled in; several of one name are one text."""
    filled: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip():
            filled.setdefault(name, []).append(value)
    return {name: ", ".join(values) for name, values in filled.items()}


def _check_signature(kind: Kind, secret: str | None, scope: Scope, body: bytes) -> None:
    """Raises Problem 401 for what the sender did not sign, if its secret is known."""
    if kind.signature and secret is not None:
        headers = dict(scope["headers"])
        signed = signatures.Signed(scope["method"], _urls(scope, headers), headers, body)
        signatures.check(kind.signature, secret, signed)


def _proven(kind: Kind, secret: str | None, posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The posts, if the key in each is that of the sender. Raises Problem 401."""
    for post in posts if kind.key and secret is not None else ():
        if not hmac.compare_digest(str(post.get(kind.key, "")).encode(), str(secret).encode()):
            raise refused(f"The key in {kind.key} is not the one set on the source's page.")
    return posts


def _challenge(kind: Kind, secret: str | None, query: bytes) -> Answered | None:
    """The answer to a handshake; None for what is none. Raises Problem 409 when it needs a secret that is not set."""
    if not kind.handshake:
        return None
    given = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
    if kind.handshake == "meta":
        challenge = given.get("hub.challenge", "")
        # The address has proven it already, so any verify token will do.
        is_asked = given.get("hub.mode") == "subscribe" and 0 < len(challenge) <= LONGEST_CHALLENGE
        return Answered(200, challenge.encode(), TEXT) if is_asked else None
    code = given.get("challengeCode", "")
    if not 0 < len(code) <= LONGEST_CHALLENGE:
        return None
    if secret is None:
        raise Problem(409, f"Set the {kind.secret} on the source's page first: the answer is made with it.")
    response = hmac.digest(secret.encode(), code.encode(), "sha256").hex()
    return Answered(200, _encode({"challengeCode": code, "challengeResponse": response}))


def _urls(scope: Scope, headers: dict[bytes, bytes]) -> tuple[str, ...]:
    """The address as the sender may have written it; a proxy that ends TLS need not have told of it."""
    path, query = scope["path"], scope["query_string"].decode("latin-1")
    rest = headers.get(b"host", b"").decode("latin-1") + path + (f"?{query}" if query else "")
    return tuple(dict.fromkeys(f"{scheme}://{rest}" for scheme in (scope["scheme"], "https")))


def _raise_worst(problems: list[Problem], leads: int) -> None:
    if not problems:
        return
    again = next((one for status in OF_ALL for one in problems if one.status == status), None)
    worst = again or problems[0]
    if len(problems) < leads:
        worst.detail = f"{leads - len(problems)} of {leads} leads were taken. {worst.detail}"
    raise worst
