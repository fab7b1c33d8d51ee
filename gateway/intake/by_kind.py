"""Posts of senders that have a kind, by whichever way they got in: read as leads, taken, answered.

At a source's secret address also the rest: handshakes, the sender's own key or signature, and leads in a query.
"""

from __future__ import annotations

import hmac
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope

from gateway.core.counting import Counts
from gateway.core.problems import Problem
from gateway.core.readable import decode_any, readable
from gateway.http.bodies import read_body, unpacked
from gateway.http.endpoint import Endpoint
from gateway.http.limits import network_of
from gateway.http.scope import SOURCE
from gateway.intake import signatures
from gateway.intake.addresses import ROUTE, Addresses
from gateway.intake.form_body import FORM, read_pairs
from gateway.intake.form_fields import Pairs, fields_of, read_encoded
from gateway.intake.kinds import PLAIN, Kind, kinds
from gateway.intake.lead import Answer, Lead, LeadInput
from gateway.intake.mapping import Mapping
from gateway.intake.posted import is_form, json_in, read_json_posted
from gateway.intake.recognising import NoLead
from gateway.intake.several import listed, pressing, problems_in, take_each
from gateway.intake.sources import Source, Sources, refused
from gateway.intake.taking import Taking
from gateway.intake.understanding import read_posts

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
        "Several leads are answered by a list as by `/api/leads/webhook/batch`, but as one problem if some are to be "
        "sent again; what is not about a new lead is answered 200 with `stored` false."
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

_encode = msgspec.json.Encoder().encode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Answered(NamedTuple):
    """What is answered: status, body, media type."""

    status: int
    body: bytes
    media_type: bytes = JSON


class Posts(NamedTuple):
    """What was posted at once, as objects, and whether it was a list of them."""

    each: list[dict[str, Any]]
    is_list: bool = False


class ByKind:
    """Takes what senders of a kind post, and answers at secret addresses."""

    def __init__(self, sources: Sources, taking: Taking, addresses: Addresses, counts: Counts) -> None:
        self._sources = sources
        self._counts = counts
        self._taking = taking
        self._addresses = addresses

    async def take(self, source: Source, kind: Kind, posts: Posts, key: str | None) -> Answered:
        """Store the leads in posts: 201, 200 if all were known or none is a new lead. `key` is an Idempotency-Key.

        Several are answered by a list. Raises Problem where one cannot be taken, or none of several, or where some
        of several are to be sent again: a sender of a kind reads no lists. Those that can be are stored all the same.
        """
        reads = [
            partial(_given, one) for one in read_posts(kind, source.mapping or NO_MAPPING, posts.each, source.customs)
        ]
        is_list = posts.is_list or len(reads) != 1
        outcomes = await take_each(
            self._taking, self._sources, source, reads, path=ROUTE, counted=1, key=None if is_list else key
        )
        if again := pressing(problems_in(outcomes)):
            taken = len(outcomes) - len(problems_in(outcomes))
            again.detail = f"{taken} of {len(outcomes)} leads were taken. {again.detail}" if taken else again.detail
            raise again
        status = 201 if any(isinstance(one, tuple) and one[0] == 201 for one in outcomes) else 200
        if is_list:
            body, _ = listed(outcomes, self._counts)
        else:
            [outcome] = outcomes
            if isinstance(outcome, Problem):
                raise outcome
            body = outcome[1]
        if kind.reply:
            return Answered(status, kind.reply.text.encode(), kind.reply.media_type.encode())
        return Answered(status, body)

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
            return await self.take(source, kind, _proven(kind, secret, Posts([_filled(read_encoded(query))])), key)
        if scope["method"] != "POST":
            raise HTTPException(405, "Leads are sent to this address by POST.", {"Allow": "POST"})
        self._sources.count(source)
        headers = dict(scope["headers"])
        body = await read_body(receive, headers.get(b"content-length"))
        _check_signature(kind, secret, scope, body)
        body = unpacked(body, headers.get(b"content-encoding"))
        posts = await read_post(body or query, headers.get(b"content-type", b"") if body else FORM.encode())
        return await self.take(source, kind, _proven(kind, secret, posts), key)


def _given(read: Lead | NoLead | Problem) -> Lead | NoLead:
    if isinstance(read, Problem):
        raise read
    return read


async def read_post(body: bytes, content_type: bytes = b"") -> Posts:
    """What was posted, as objects: several of a list. Raises Problem, or an error that `errors` turns into 400."""
    media_type = content_type.decode("latin-1")
    if is_form(body, media_type):
        pairs = await read_pairs(body, media_type or FORM)
        if (text := json_in(pairs)) is None:
            return Posts([_filled(pairs)])
        body, media_type = text.encode(), ""
    posted = read_json_posted(body, media_type)
    try:
        each = [_decode_fields(one) for one in posted] if isinstance(posted, list) else [posted]
    except msgspec.ValidationError:
        raise Problem(422, "Send a JSON object, or a list of them.") from None
    read = [{name: decode_any(readable(bytes(raw))) for name, raw in post.items()} for post in each]
    return Posts(read, isinstance(posted, list))


def _filled(pairs: Pairs) -> dict[str, Any]:
    """The fields of a form that were filled in."""
    fields = fields_of((name, value) for name, value in pairs if value.strip())
    return {name: decode_any(bytes(raw)) for name, raw in fields.items()}


def _check_signature(kind: Kind, secret: str | None, scope: Scope, body: bytes) -> None:
    """Raises Problem 401 for what the sender did not sign, if its secret is known."""
    if kind.signature and secret is not None:
        headers = dict(scope["headers"])
        signed = signatures.Signed(scope["method"], _urls(scope, headers), headers, body)
        signatures.check(kind.signature, secret, signed)


def _proven(kind: Kind, secret: str | None, posts: Posts) -> Posts:
    """The posts, if the key in each is that of the sender. Raises Problem 401."""
    for post in posts.each if kind.key and secret is not None else ():
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
        raise Problem(
            409, f"Set the {kind.secret} on the source's page first. The answer to the handshake is made with it."
        )
    response = hmac.digest(secret.encode(), code.encode(), "sha256").hex()
    return Answered(200, _encode({"challengeCode": code, "challengeResponse": response}))


def _urls(scope: Scope, headers: dict[bytes, bytes]) -> tuple[str, ...]:
    """The address as the sender may have written it; a proxy that ends TLS need not have told of it."""
    path, query = scope["path"], scope["query_string"].decode("latin-1")
    rest = headers.get(b"host", b"").decode("latin-1") + path + (f"?{query}" if query else "")
    return tuple(dict.fromkeys(f"{scheme}://{rest}" for scheme in (scope["scheme"], "https")))
