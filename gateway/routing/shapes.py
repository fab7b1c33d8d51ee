"""What goes over the wire about callers, rules and pools, and about how leads were assigned."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from gateway.core.conditions import Condition, Operator
from gateway.http.shapes import NO_NUL, UUID_FORM, Count, ETag, Moment, Name, Shape, Time, Words
from gateway.people.leaving import HandedOver, HandOver
from gateway.people.users import By, InvitedPerson

Clock = Annotated[str, Meta(max_length=50, extra_json_schema={"pattern": "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$"})]
Strategy = Literal["round_robin", "weighted", "weighted_random", "random", "least_loaded"]


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


class CallerFields(Struct, forbid_unknown_fields=True):
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


class CallerInput(CallerFields, forbid_unknown_fields=True, kw_only=True):
    """A caller, and perhaps the address of who signs in as it: they are invited, by e-mail or by a link."""

    email: Annotated[str, Meta(max_length=320, pattern=NO_NUL)] | None = None
    by: By | None = None


class CallerEdit(CallerFields, forbid_unknown_fields=True):
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


class RuleTrial(Struct, forbid_unknown_fields=True):
    """A rule that is being written: which leads it is for, and to whom they go; at most one list is not empty."""

    condition: Condition | None = None
    attributes: Annotated[list[Literal["state", "source", "language", "campaign", "team"]], Meta(max_length=5)] = []
    teams: Annotated[list[Words], Meta(max_length=20)] = []
    callers: Annotated[list[UUID], Meta(max_length=500)] = []


class RuleInput(RuleTrial, forbid_unknown_fields=True, kw_only=True):
    """A rule as a manager writes it. Paused, leads of it wait.

    Its callers are those who share `attributes` of the lead, or of the `teams`, or the `callers` named; at most one of
    the three is not empty, and if none is, everybody.
    """

    name: Words
    strategy: Strategy = "round_robin"
    on_exhausted: Literal["next", "queue"] = "next"
    is_on: bool = True
    claim_minutes: Annotated[int, Meta(ge=1, le=10_080)] | None = None
    most_expiries: Annotated[int, Meta(ge=1, le=20)] = 3
    is_paused: bool = False


class RuleOrder(Struct, forbid_unknown_fields=True):
    """Every rule of the plan, in the order they are to be tried."""

    ids: Annotated[list[UUID], Meta(max_length=1000)]


Standing = Literal["free", "disabled", "paused", "away", "off hours", "at cap", "at max load"]


class Away(Shape):
    """When a caller is away; null is open."""

    start: Time | None = field(name="from")
    end: Time | None = field(name="to")


class SignsIn(Struct):
    """The person who signs in as a caller. While they are disabled, the caller gets no leads."""

    id: UUID
    name: str
    disabled: bool


class Caller(Shape, CallerFields, kw_only=True):
    """A caller. `standing` says whether it may get a lead now, and if not, why not; limits of 0 are none.

    `person` is who signs in as this caller: archiving it leaves them what they may do otherwise, with no new leads.
    """

    id: UUID
    time_off: list[Away]  # type: ignore[assignment]
    assigned_today: Count
    duplicates_today: Count
    open_leads: Count
    standing: Standing
    person: SignsIn | None
    created_at: Time
    updated_at: Time
    archived_at: Time | None
    etag: ETag


class MadeCaller(Caller, kw_only=True):
    """A caller that was made, and who was invited to sign in as it."""

    invited: InvitedPerson | UnsetType = UNSET


class ChangedCaller(Caller):
    """A caller after a change, and what became of the open leads if they were moved."""

    handed_over: HandedOver | UnsetType = UNSET


class Archived(Shape):
    """How many were archived."""

    archived: Count


class Rule(Shape, RuleInput, kw_only=True):
    """A rule of the plan. `step` is its place, null once archived; `version` counts its changes.

    `sentence` says in words which leads it is for. `old_condition` is what was written before conditions were data and
    could not be translated: the rule is off until it gets a condition.
    """

    id: UUID
    version: int
    step: int | None
    old_condition: str | None
    sentence: str
    etag: ETag


class RuleBefore(Shape):
    """An earlier rule that takes everything."""

    id: UUID
    name: str


class ListedRule(Rule, kw_only=True):
    """A rule in its place. `hidden_by`: the rule before it that takes everything, so that no lead gets this far."""

    hidden_by: RuleBefore | None


class RuleReach(Shape):
    """How many of the newest leads (`leads`, at most 1,000) a rule of the plan is for, were no other before it."""

    id: UUID
    matched: Count
    leads: Count
    hidden_by: RuleBefore | None


class TrialAnswer(Shape):
    """How many of the newest leads (`leads`, at most 1,000) such a rule would be for, and which those are in words."""

    leads: Count
    matched: Count
    sentence: str


class FieldValue(Shape):
    """A value, and how many of the newest leads have it."""

    value: str
    leads: Count


class RuleField(Shape):
    """A field that conditions may ask for, by which operators, and what the newest leads say there most often.

    `synonyms` are what senders call it; they are taken in its place, whatever their case, spaces and punctuation.
    """

    name: str
    label: str
    synonyms: list[str]
    operators: list[Operator]
    values: list[FieldValue]


class PoolMember(Shape):
    """A caller in a pool, and how it stands there."""

    id: UUID
    name: str
    standing: Standing
    given: Count
    daily_limit: Count
    load: Count | None
    max_load: Count
    weight: int


class Pool(Shape):
    """A pool that some caller is in. `free`: how many of its members may get a lead now.

    `step` is below 0 for the rule of a campaign, which stands before the plan; `is_paused`: its leads wait.
    """

    key: str
    label: str
    rule: str
    step: int
    strategy: Strategy
    is_paused: bool
    free: Count
    members: list[PoolMember]


class Share(Shape):
    """A caller's leads in a period beside the share due."""

    id: UUID
    name: str
    eligible: Count
    expected: float
    given: Count
    difference: float


class Fairness(Shape):
    """Whether a period was fair."""

    since: Time = field(name="from")
    until: Time
    items: list[Share]


class Simulated(Shape):
    """How many leads a caller was given in a period, and would have been given; id null: the queue."""

    id: UUID | None
    name: str | None
    happened: Count
    simulated: Count


class SimulationAnswer(Shape):
    """What a period would have been."""

    since: Time = field(name="from")
    until: Time
    items: list[Simulated]
