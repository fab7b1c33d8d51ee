"""/api/sources: where leads come from, and the keys by which they are recognised."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.conditions import Condition, spelled
from gateway.core.date_words import Order
from gateway.core.dates import customs_of
from gateway.core.parts import part
from gateway.core.problems import FieldError, Problem, invalid
from gateway.core.settings import Settings
from gateway.core.tokens import new_token, token_hash
from gateway.http.bodies import encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import NO_NUL, ETag, Items, Name, Shape, Words
from gateway.intake.addresses import Addresses
from gateway.intake.by_kind import read_post
from gateway.intake.field_mapping import FieldMapping, check_places
from gateway.intake.kinds import PLAIN, Kind, kind_called, kinds
from gateway.intake.mapping import Mapping
from gateway.intake.mapping_trial import Trial, tried, tried_as
from gateway.intake.posted import read_posted
from gateway.intake.sources import signing_secret

KindName = Annotated[
    str, Meta(max_length=50, pattern=NO_NUL, extra_json_schema={"enum": sorted(kinds()), "pattern": "^[a-z0-9_]+$"})
]
Rate = Annotated[int, Meta(ge=1, le=1_000_000)]

# The documentation's pattern stands in `anyOf`: beside a pattern that is checked, one of its own would be lost.
Site = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=300,
        pattern=NO_NUL,
        extra_json_schema={"anyOf": [{"pattern": "^https?://[a-z0-9]{1,30}(\\.[a-z0-9]{1,30}){0,3}(:[0-9]{1,5})?$"}]},
    ),
]
Page = Annotated[
    str,
    Meta(
        max_length=2000,
        pattern=NO_NUL,
        extra_json_schema={"anyOf": [{"pattern": "^https?://[a-z0-9]{1,30}(\\.[a-z0-9]{1,30}){0,3}(/[a-z0-9?=&]*)?$"}]},
    ),
]
LONGEST_SAMPLE = 100_000

sources = Endpoints("Sources")


class SourceForm(Struct, forbid_unknown_fields=True):
    """A form on others' pages. `sites` are their origins, `thanks_url` is where a visitor goes who has sent it."""

    sites: Annotated[list[Site], Meta(min_length=1, max_length=20)]
    thanks_url: Page | None = None


class SourceInput(Struct, forbid_unknown_fields=True):
    """A source to be made; `kind` is that of its sender.

    `burst` is how many leads may come at once; null is as many as `leads_per_minute`. `timezone` is that of its times
    without an offset, and `date_order` what comes first in its dates of three numbers: 03/04/2026 is 3 April where the
    day does. Without them they are as usual for the kind, or the workspace's and its country's. `test_when` says
    which of its leads are tests, stored and assigned to nobody; those that the sender marks as tests are so anyway.
    """

    name: Name
    kind: KindName = PLAIN
    needs_competence: bool = False
    leads_per_minute: Rate | None = None
    burst: Rate | None = None
    timezone: Words | None = None
    date_order: Order | None = None
    test_when: Condition | None = None


class SourceChange(Struct, forbid_unknown_fields=True):
    """What is to be different about a source; the rest stays. Without `leads_per_minute` there is no limit.

    `mapping`, `test_when` and `form` are replaced as a whole; null is none. A form keeps its key while it is off.
    """

    name: Name | UnsetType = UNSET
    kind: KindName | UnsetType = UNSET
    needs_competence: bool | UnsetType = UNSET
    leads_per_minute: Rate | UnsetType | None = UNSET
    burst: Rate | UnsetType | None = UNSET
    timezone: Words | UnsetType | None = UNSET
    date_order: Order | UnsetType | None = UNSET
    mapping: FieldMapping | UnsetType | None = UNSET
    test_when: Condition | UnsetType | None = UNSET
    form: SourceForm | UnsetType | None = UNSET


class Sample(Struct, forbid_unknown_fields=True):
    """What a sender posts, and a mapping to read it by.

    `payload` is the JSON, or as text whatever the webhook takes: JSON, or what a form sends.
    """

    payload: dict[str, Any] | list[Any] | Annotated[str, Meta(max_length=LONGEST_SAMPLE)]
    mapping: FieldMapping | None = None


class SenderSecret(Struct, forbid_unknown_fields=True):
    """What the sender signs with, or sends as a key in the body; null is none. It is not shown again."""

    secret: Annotated[str, Meta(min_length=1, max_length=500, pattern=NO_NUL)] | None


class Rotation(Struct, forbid_unknown_fields=True):
    """How long the keys there are work beside the new one; 0 ends them at once."""

    overlap_hours: Annotated[int, Meta(ge=0, le=720)] = 24


class Form(Shape):
    """The form of a source: leads are posted to `/forms/{key}` from pages of these sites."""

    key: str
    sites: list[str]
    thanks_url: str | None


class Source(Shape, SourceInput, kw_only=True):
    """A source. `generation` counts its keys; `old_keys_until` is set while older keys work beside the newest.

    `sender_key_set_at`: since when what comes to its address must be signed by the sender, or bring its key.
    """

    id: int
    mapping: dict[str, str | list[str]]
    form: Form | None
    created_at: datetime
    revoked_at: datetime | None
    generation: int
    rotated_at: datetime | None
    old_keys_until: datetime | None
    sender_key_set_at: datetime | None
    leads_today: int
    first_lead_at: datetime | None
    last_lead_at: datetime | None
    etag: ETag


class NewKey(Shape):
    """A source's new key: its token and its Standard Webhooks signing secret, which are shown this once.

    `path` is that of its secret address.
    """

    source: Source
    token: str
    secret: str
    path: str


class SecretAddress(Shape):
    """The path of a source's secret address: who knows it may send its leads."""

    path: str
    generation: int


class KindStep(Shape):
    """What is to be done at the sender. `copy` says what is pasted there: an address, or a header with the token."""

    text: str
    copy: str


class SourceKind(Shape):
    """A kind of sender: what is to be done there, a sample of what it posts, and the mapping it is read by.

    `secret` is what the secret is called that the sender signs with or sends along; empty if it has none. `timezone` is
    that of its times without an offset; empty if that is not always the same.
    """

    kind: str
    name: str
    steps: list[KindStep]
    sample: str
    mapping: dict[str, str | list[str]]
    secret: str
    timezone: str


source = Record(sources, "source", "/sources/{source_id:int}", Source, SourceInput)
source.list("List the sources, revoked ones too.", name="list_sources", calls="list_own_sources")


@source.create(answers=NewKey, once=True, problems=[409], ignored=frozenset(), location="source.id")
async def create_source(request: Request, source: SourceInput) -> Response:
    """Make a source.

    The answer has its token and signing secret. They are shown this once.
    """
    source.timezone = source.timezone or _kind(source.kind).timezone or None
    source.test_when = spelled(source.test_when, "test_when")
    token = new_token()
    return _new_key(request, await call(request, "create_source", encoded(source), token_hash(token)), token, 201)


source.get("Read a source.", "Revoked ones too.")


@source.change(body=SourceChange)
async def update_source(request: Request, change: SourceChange) -> Response:
    """Change a source.

    Rename it, say what kind of sender it is and what that calls the fields of a lead, limit its rate, say which of its
    leads are tests, give it a form on others' pages, or have its leads refused while no caller has a weight for it.
    With a kind that is given alone comes the timezone that is usual for it, unless another one was set.
    """
    source_id = request.path_params["source_id"]
    if change.test_when is not UNSET:
        change.test_when = spelled(change.test_when, "test_when")
    if change.mapping:
        check_places(change.mapping)
    if change.kind is not UNSET:
        kind = _kind(change.kind)
        if change.timezone is UNSET:
            known = msgspec.json.decode(await call(request, "get_source", source_id))
            before = kind_called(known["kind"])
            if known["timezone"] in (None, before and before.timezone):
                change.timezone = kind.timezone or None
    return json_response(await call(request, "update_source", source_id, encoded(change)))


@source.post("/rotate", body=Rotation, answers=NewKey, once=True)
async def rotate_source(request: Request, rotation: Rotation) -> Response:
    """Give a source a new token and signing secret.

    They are shown this once. Those before work on for the overlap at most: rotating with 0 ends them all at once.
    """
    token, overlap = new_token(), timedelta(hours=rotation.overlap_hours)
    rotated = await call(request, "rotate_source", request.path_params["source_id"], token_hash(token), overlap)
    return _new_key(request, rotated, token, 200)


@sources.get("/sources/{source_id:int}/address", answers=SecretAddress, problems=[409])
async def get_source_address(request: Request) -> Response:
    """Read a source's secret address.

    For senders that can be given an address and nothing else. It is renewed with the token: the one before works on as
    long as the old token does.
    """
    source_id = request.path_params["source_id"]
    generation = await call(request, "get_key_generation", source_id)
    return json_response(SecretAddress(part(request, Addresses).path_of(source_id, generation), generation))


@source.put("/secret", body=SenderSecret)
async def set_sender_secret(request: Request, given: SenderSecret) -> Response:
    """Store the secret of a source's sender.

    From then on, what comes to the source's address must be signed with it, or bring it as a key, in the way of the
    source's kind. It is kept encrypted.
    """
    source_id = request.path_params["source_id"]
    addresses = part(request, Addresses)
    sealed = None if given.secret is None else addresses.seal(source_id, given.secret)
    changed = await call(request, "set_sender_secret", source_id, sealed)
    addresses.forget(source_id)
    return json_response(changed)


@sources.get("/source-kinds", answers=Items[SourceKind])
async def list_source_kinds(_request: Request) -> Response:
    """List the kinds of senders."""
    return json_response(Items([_source_kind(name, kind) for name, kind in kinds().items()]))


@sources.post("/sources/{source_id:int}/try", body=Sample, answers=Trial, changes=False)
async def try_source(request: Request, sample: Sample) -> Response:
    """Try a mapping.

    What there is in a sample of what a sender posts, and the lead that it would be read as. Of several the first is
    shown. Stores nothing.
    """
    known = msgspec.json.decode(await call(request, "get_source", request.path_params["source_id"]))
    places = check_places(sample.mapping) if sample.mapping else {}
    user = request.state.user
    customs = customs_of(user.country, known["timezone"] or user.timezone, known["date_order"])
    kind = kind_called(known["kind"])
    body = sample.payload.encode() if isinstance(sample.payload, str) else msgspec.json.encode(sample.payload)
    try:
        if kind is None:
            trial = tried(Mapping(places) if places else None, await read_posted(body), customs)
        else:
            trial = tried_as(kind, places, (await read_post(body)).each, customs)
    except Problem as problem:
        trial = Trial([], None, problem.errors or [FieldError("body", problem.detail)])
    if trial.lead is not None:
        # A time is none of a condition's fields, and only a whole one is read by the database.
        lead = {name: value for name, value in trial.lead.items() if name != "timestamp"}
        trial.is_test = await call(request, "is_test", known["id"], msgspec.json.encode(lead).decode())
    return json_response(trial)


source.post(
    "/form/key",
    "Give a source's form another key.",
    "Pages that carry the one before are refused from now on.",
    calls="remake_form_key",
)
source.archive(
    "Revoke a source at once and for good.",
    "None of its leads is taken from now on. Those it brought stay.",
    calls="revoke_source",
    answers=Source,
)


def _kind(name: str) -> Kind:
    """The kind of this name. Raises Problem 422 when there is none."""
    if name not in kinds():
        raise invalid(FieldError("kind", "There is no such kind of sender.", f"There are: {', '.join(kinds())}."))
    return kinds()[name]


def _source_kind(name: str, kind: Kind) -> SourceKind:
    steps = [KindStep(step.text, step.copy) for step in kind.steps]
    return SourceKind(name, kind.name, steps, kind.sample, kind.mapping, kind.secret, kind.timezone)


def _new_key(request: Request, source: str, token: str, status: int) -> Response:
    known = msgspec.json.decode(source)
    secret = signing_secret(part(request, Settings).secret_key, known["id"], known["generation"])
    path = part(request, Addresses).path_of(known["id"], known["generation"])
    return json_response({"source": known, "token": token, "secret": secret, "path": path}, status)
