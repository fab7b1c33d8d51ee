"""What goes over the wire: the JSON shapes the gateway reads and writes, and reading a body within its limits."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from gateway.conditions import Condition
from gateway.moments import read_moment
from gateway.problems import FieldError, Problem, in_plain_words, invalid

Shape = TypeVar("Shape")
Parameters = TypeVar("Parameters", bound=Struct)

LARGEST_BODY = 1024 * 1024

# PostgreSQL stores every character but NUL.
NO_NUL = "^[^\\x00]*$"
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]
Words = Annotated[str, Meta(min_length=1, max_length=100, pattern=NO_NUL)]
# Only the database knows every way to write these; here they are short texts, and what stands in the documentation.
Moment = Annotated[
    str,
    Meta(max_length=50, pattern=NO_NUL, extra_json_schema={"anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]
Clock = Annotated[str, Meta(max_length=50, extra_json_schema={"pattern": "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$"})]
Strategy = Literal["round_robin", "weighted", "weighted_random", "random", "least_loaded"]


class Credentials(Struct, forbid_unknown_fields=True):
    """What a person signs in with. `code`: from the second factor, or a recovery code; only for people who have one."""

    email: Annotated[str, Meta(max_length=320, pattern=NO_NUL)]
    password: Annotated[str, Meta(max_length=1000)]
    code: Annotated[str, Meta(max_length=100)] | None = None


class CallerSource(Struct, forbid_unknown_fields=True):
    """A source whose leads a caller takes, and the share of them; 0 is none."""

    source: Name
    weight: Annotated[int, Meta(ge=0, le=1000)] = 1


class Hours(Struct, forbid_unknown_fields=True):
    """Working hours on some days, 1 being Monday; `to` before `from` runs over midnight."""

    days: Annotated[list[Annotated[int, Meta(ge=1, le=7)]], Meta(min_length=1, max_length=7)]
    start: Clock = field(name="from")
    end: Clock = field(name="to")


class TimeOff(Struct, forbid_unknown_fields=True):
    """When a caller is away; null is open. Without an offset it is in the workspace's timezone."""

    start: Moment | None = field(name="from")
    end: Moment | None = field(name="to")


class CallerInput(Struct, forbid_unknown_fields=True):
    """A caller as a manager writes it; a limit of 0 is none. States may be names or ISO codes."""

    name: Name
    role: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] | None = None
    languages: Annotated[list[Words], Meta(max_length=50)] = []
    daily_limit: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    states: Annotated[list[Name], Meta(max_length=500)] = []
    status: Literal["active", "paused"] = "active"
    is_sample: bool = False
    team: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] | None = None
    weight: Annotated[int, Meta(ge=1, le=1000)] = 1
    max_load: Annotated[int, Meta(ge=0, le=1000)] = 0
    campaigns: Annotated[list[Words], Meta(max_length=100)] = []
    sources: Annotated[list[CallerSource], Meta(max_length=500)] = []
    hours: Annotated[list[Hours], Meta(min_length=1, max_length=100)] | None = None
    time_off: Annotated[list[TimeOff], Meta(max_length=500)] = []


UUID_FORM = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
HandOver = Annotated[
    str,
    Meta(
        pattern=f"^(keep|route|{UUID_FORM})$",
        description="What becomes of the open leads: `keep`, `route` (the rules assign them again), or the id of the "
        "caller who gets them. Without it, the setting of the workspace decides.",
    ),
]


class CallerEdit(CallerInput, forbid_unknown_fields=True):
    """A caller as it is to be, and what becomes of the open leads if it is paused or away."""

    hand_over: HandOver | None = None


class CallerStatus(Struct, forbid_unknown_fields=True):
    """Whether a caller takes new leads, and what becomes of the open ones if not."""

    status: Literal["active", "paused"]
    hand_over: HandOver | None = None


class CallerDeparture(Struct, forbid_unknown_fields=True):
    """What becomes of the open leads of a caller who goes for good."""

    hand_over: HandOver | None = None


class HandOverInput(Struct, forbid_unknown_fields=True):
    """Who gets a caller's open leads."""

    to: Annotated[
        str,
        Meta(
            pattern=f"^(route|{UUID_FORM})$",
            description="The id of the caller who gets them, or `route`: the rules assign them again.",
        ),
    ]
    reason: Annotated[str, Meta(max_length=500, pattern=NO_NUL)] | None = None


class Reassignment(Struct, forbid_unknown_fields=True):
    """To whom a lead goes: a caller, or with null back through routing."""

    caller_id: UUID | None
    reason: Annotated[str, Meta(max_length=500, pattern=NO_NUL)] | None = None


class Claim(Struct, forbid_unknown_fields=True):
    """The caller who claims a lead; a caller leaves it out, and claims it for oneself."""

    caller_id: UUID | None = None


class Hold(Struct, forbid_unknown_fields=True):
    """Whether a waiting lead is held back from routing."""

    held: bool


class Merge(Struct, forbid_unknown_fields=True):
    """A lead of the contact into which another is merged, and who gets the open leads of both."""

    into: UUID
    hand_over: (
        Annotated[
            str,
            Meta(
                pattern=f"^(keep|{UUID_FORM})$",
                description="The id of the caller who gets all open leads of the two, or `keep`: each caller keeps "
                "theirs. Needed when different callers have some.",
            ),
        ]
        | None
    ) = None


class RuleTrial(Struct, forbid_unknown_fields=True):
    """A rule that is being written: which leads it is for, and to whom they go; at most one list is not empty."""

    condition: Condition | None = None
    attributes: Annotated[list[Literal["state", "source", "language", "campaign", "team"]], Meta(max_length=5)] = []
    teams: Annotated[list[Words], Meta(max_length=20)] = []
    callers: Annotated[list[UUID], Meta(max_length=500)] = []


class RuleInput(Struct, forbid_unknown_fields=True):
    """A rule as a manager writes it. Paused, leads of it wait.

    Its callers are those who share `attributes` of the lead, or of the `teams`, or the `callers` named; at most one of
    the three is not empty, and if none is, everybody.
    """

    name: Words
    condition: Condition | None = None
    attributes: Annotated[list[Literal["state", "source", "language", "campaign", "team"]], Meta(max_length=5)] = []
    teams: Annotated[list[Words], Meta(max_length=20)] = []
    callers: Annotated[list[UUID], Meta(max_length=500)] = []
    strategy: Strategy = "round_robin"
    on_exhausted: Literal["next", "queue"] = "next"
    is_on: bool = True
    claim_minutes: Annotated[int, Meta(ge=1, le=10_080)] | None = None
    most_expiries: Annotated[int, Meta(ge=1, le=20)] = 3
    is_paused: bool = False


class RuleOrder(Struct, forbid_unknown_fields=True):
    """Every rule of the plan, in the order they are to be tried."""

    ids: Annotated[list[UUID], Meta(max_length=1000)]


LeftLeads = Annotated[
    Literal["keep", "route"],
    Meta(description="What becomes of open leads by default: they stay, or the rules assign them again."),
]


class WorkspaceChange(Struct, forbid_unknown_fields=True):
    """What is to be changed of a workspace."""

    name: Name | UnsetType = UNSET
    timezone: Words | UnsetType = UNSET
    drains_queue: bool | UnsetType = UNSET
    leads_of_gone: LeftLeads | UnsetType = UNSET
    leads_of_away: LeftLeads | UnsetType = UNSET
    requires_factor: bool | UnsetType = UNSET


class SignedBy(Struct, forbid_unknown_fields=True):
    """Whose signature it is."""

    source: Annotated[int, Meta(ge=0, description="The source that signed; without it all are tried.")] | None = None


class AssignedCaller(Struct):
    """The caller a lead went to."""

    id: UUID
    name: str


class Answer(Struct):
    """What a sender learns about its lead. `duplicate`: it was known; `duplicate_of`: its contact has that open one."""

    lead_id: UUID
    assigned_caller: AssignedCaller | None
    assignment_status: Literal["assigned", "queued", "closed"]
    assignment_reason: str
    duplicate: bool
    duplicate_of: UUID | None


class User(Struct, omit_defaults=True):
    """A signed-in person and their workspace."""

    id: UUID
    email: str
    name: str
    role: str
    workspace_id: int
    workspace_name: str
    timezone: str
    country: str
    caller_id: UUID | None = None

    @property
    def actor(self) -> str:
        """How events name this person."""
        return f"user:{self.id}"


class CallerChange(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is to be different about a caller; the rest is as it is now. `daily_limit` and `max_load` 0: unlimited."""

    status: Literal["active", "paused"] | UnsetType = UNSET
    daily_limit: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType = UNSET
    weight: Annotated[int, Meta(ge=1, le=1000)] | UnsetType = UNSET
    max_load: Annotated[int, Meta(ge=0, le=1000)] | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


async def read_body(receive: Receive, content_length: bytes | None, largest: int = LARGEST_BODY) -> bytes:
    """The whole body of a request. Raises Problem 413 as soon as it is known to be larger than `largest` bytes."""
    if content_length is not None and content_length.isdigit() and int(content_length) > largest:
        raise too_large(largest)
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        if len(body) > largest:
            break
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise Problem(400, "The client went away before its body was complete.")
    if len(body) > largest:
        raise too_large(largest)
    return body


def too_large(largest: int) -> Problem:
    """413: more than `largest` bytes."""
    return Problem(413, f"The body is larger than {largest // 1024:,} KiB. Send less at a time, without attachments.")


async def read_json(
    request: Request, shape: type[Shape], *, ignored: frozenset[str] = frozenset(), largest: int = LARGEST_BODY
) -> Shape:
    """The request's JSON body as `shape`, without the top-level fields named in `ignored`.

    Raises Problem 413 or 415, or the msgspec error that `errors` turns into 400 or 422.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(415, "Send the body as JSON, with the header Content-Type: application/json.")
    body = await read_body(request.receive, request.headers.get("content-length", "").encode(), largest)
    value: Any = msgspec.json.decode(body)
    if ignored and isinstance(value, dict):
        value = {name: field for name, field in value.items() if name not in ignored}
    return msgspec.convert(value, shape)


def read_query(request: Request, shape: type[Parameters]) -> Parameters:
    """The query's parameters as `shape`; an empty one counts as not given.

    Raises Problem 400 if they are not UTF-8, or 422 naming each mistake.
    """
    known = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    errors: list[FieldError] = []
    given: dict[str, object] = {}
    for name, text in _pairs(request):
        if name not in known:
            errors.append(FieldError(name, "There is no such parameter.", f"There are: {', '.join(known)}."))
        elif known[name].name in given:
            errors.append(FieldError(name, "It must be there once."))
        elif text:
            try:
                given[known[name].name] = msgspec.convert(text, _without_null(known[name].type), strict=False)
            except msgspec.ValidationError as error:
                errors.append(FieldError(name, in_plain_words(error)))
    errors += [
        FieldError(name, "It is missing.")
        for name, field in known.items()
        if field.required and field.name not in given
    ]
    if errors:
        raise invalid(*errors)
    return shape(**given)


def _pairs(request: Request) -> list[tuple[str, str]]:
    try:
        return parse_qsl(request.url.query, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise Problem(400, "The query is not UTF-8, or has too many parameters.") from None


def _without_null(type_: Any) -> Any:
    """A parameter that is not given is not null: `null` would be a text like any other."""
    kept = [one for one in get_args(type_) if one is not NoneType]
    return kept[0] if get_origin(type_) in (Union, UnionType) and len(kept) == 1 else type_


def encoded(value: object) -> str:
    """JSON as text, which is how the database takes it."""
    return msgspec.json.encode(value).decode()


def check_moments(**given: str | None) -> dict[str, str]:
    """Those given, each as `read_moment` reads it. Raises Problem 422 naming those that are neither date nor time."""
    moments: dict[str, str] = {}
    errors: list[FieldError] = []
    for name, text in given.items():
        try:
            if text is not None:
                moments[name] = read_moment(text)
        except ValueError as error:
            errors.append(FieldError(name, str(error)))
    if errors:
        raise invalid(*errors)
    return moments


def json_response(body: str | bytes | object, status: int = 200) -> Response:
    """A JSON response; text and bytes are taken to be JSON already, as jsonb arrives from the database."""
    encoded = body if isinstance(body, str | bytes) else msgspec.json.encode(body)
    return Response(encoded, status, media_type="application/json")
