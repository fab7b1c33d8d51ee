"""What the API answers: the shapes of the JSON that PostgreSQL makes.

Nothing here is converted on the way: the database's JSON goes out as it is. The shapes describe it in /openapi.json,
and the tests hold real answers against them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from gateway.conditions import Condition, Operator
from gateway.wire import CallerSource, Hours, LeftLeads, Strategy

Item = TypeVar("Item")

Time = Annotated[datetime, Meta(tz=True)]
ETag = Annotated[
    str, Meta(description="The version; sent as If-Match with an edit, it keeps others' changes from being lost.")
]
Count = Annotated[int, Meta(ge=0)]
Standing = Literal["free", "disabled", "paused", "away", "off hours", "at cap", "at max load"]
AssignmentStatus = Literal["assigned", "queued", "closed"]


class Shape(Struct, forbid_unknown_fields=True):
    """What all answers are: nothing more and nothing less than their fields."""


class Items(Shape, Generic[Item]):
    """All there are."""

    items: list[Item]


class Page(Shape, Generic[Item]):
    """A part of a long list. `next`, sent as `after`, brings the following one; it is null on the last page."""

    items: list[Item]
    next: UUID | None


class Named(Shape):
    """Somebody, by id and name."""

    id: UUID
    name: str


class Away(Shape):
    """When a caller is away; null is open."""

    start: Time | None = field(name="from")
    end: Time | None = field(name="to")


class Caller(Shape):
    """A caller. `standing` says whether it may get a lead now, and if not, why not; limits of 0 are none."""

    id: UUID
    name: str
    role: str | None
    languages: list[str]
    daily_limit: Count
    states: list[str]
    status: Literal["active", "paused"]
    team: str | None
    weight: int
    max_load: Count
    campaigns: list[str]
    sources: list[CallerSource]
    hours: list[Hours] | None
    time_off: list[Away]
    assigned_today: Count
    duplicates_today: Count
    open_leads: Count
    standing: Standing
    is_sample: bool
    created_at: Time
    updated_at: Time
    archived_at: Time | None
    etag: ETag


class HandedOver(Shape):
    """How many open leads were moved at once, and how many more follow within seconds."""

    moved: Count
    following: Count


class ChangedCaller(Caller):
    """A caller after a change, and what became of the open leads if they were moved."""

    handed_over: HandedOver | UnsetType = UNSET


class Archived(Shape):
    """How many were archived."""

    archived: Count


class Rule(Shape):
    """A rule of the plan. `step` is its place, null once archived; `version` counts its changes.

    `sentence` says in words which leads it is for. `old_condition` is what was written before conditions were data and
    could not be translated: the rule is off until it gets a condition.
    """

    id: UUID
    version: int
    step: int | None
    name: str
    condition: Condition | None
    attributes: list[Literal["state", "source", "language", "campaign", "team"]]
    teams: list[str]
    callers: list[UUID]
    strategy: Strategy
    on_exhausted: Literal["next", "queue"]
    is_on: bool
    claim_minutes: int | None
    most_expiries: int
    is_paused: bool
    old_condition: str | None
    sentence: str
    etag: ETag


class RuleBefore(Shape):
    """An earlier rule that takes everything."""

    id: UUID
    name: str


class ListedRule(Rule):
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


class Workspace(Shape):
    """The settings of a workspace. `drains_queue`: waiting leads are assigned automatically once a caller is free.

    `leads_of_gone`: where the open leads of an archived or disabled caller go; `leads_of_away`: where those of a paused
    caller, or of one on time off, go. `requires_factor`: everybody needs a second factor to sign in.
    """

    name: str
    timezone: str
    country: str
    drains_queue: bool
    leads_of_gone: LeftLeads
    leads_of_away: LeftLeads
    requires_factor: bool
    etag: ETag


class LeadCampaign(Shape):
    """The campaign that a lead is of."""

    id: int
    name: str


class Lead(Shape):
    """A lead, and where it is. `state_from` says how its state is known: the sender said so, or the city."""

    id: UUID
    created_at: Time
    name: str | None
    phone: str | None
    email: str | None
    city: str | None
    state: str | None
    state_from: Literal["state", "city"] | None
    state_given: str | None
    lead_source: str | None
    campaign: LeadCampaign | None
    language: str | None
    message: str | None
    timestamp: Time | None
    source_row_id: str | None
    external_id: str | None
    assignment_status: AssignmentStatus
    assignment_reason: str | None
    duplicate_of: UUID | None
    assigned_caller: Named | None
    assigned_at: Time | None
    queued_at: Time | None
    is_held: bool
    claim_by: Time | None
    claimed_at: Time | None
    closed_at: Time | None


class LeadSource(Shape):
    """The source that handed a lead in."""

    id: int
    name: str


class Assignment(Shape):
    """One caller having had a lead; open while `ended_at` is null."""

    id: UUID
    caller: Named
    assigned_at: Time
    ended_at: Time | None
    status: Literal["assigned", "reassigned", "expired", "closed"]
    claim_by: Time | None
    claimed_at: Time | None
    reason: str
    assigned_by: str


class Candidate(Shape):
    """What became of one candidate, or of a whole rule, when a lead was assigned."""

    step: int
    rule: str
    pool: str | None
    caller: Named | None
    outcome: str
    detail: str | None


class HistoryEvent(Shape):
    """Something that happened to a lead."""

    seq: int
    at: Time
    kind: str
    actor: str
    data: dict[str, Any]


class ContactKey(Shape):
    """Something a contact is known by."""

    kind: Literal["external_id", "phone", "email"]
    value: str


class ContactLead(Shape):
    """A lead of a contact."""

    id: UUID
    name: str | None
    created_at: Time
    lead_source: str | None
    assignment_status: AssignmentStatus
    caller: Named | None
    duplicate_of: UUID | None
    contact_id: UUID


class Contact(Shape):
    """The person behind leads, with the newest hundred of them. `is_merged`: the lead's own contact is in this one."""

    id: UUID
    is_merged: bool
    known_by: list[ContactKey]
    leads: list[ContactLead]


class LeadDetails(Lead):
    """A lead with its assignments, its contact, why it is where it is, and all that happened to it."""

    metadata: dict[str, Any]
    source: LeadSource | None
    assignments: list[Assignment]
    contact: Contact
    explanation: list[Candidate]
    history: list[HistoryEvent]
    etag: ETag


class LeadCount(Shape):
    """How many leads a filter finds; 10001 means more than 10000."""

    count: Annotated[int, Meta(ge=0, le=10_001)]


class Preview(Shape):
    """What would become of a lead."""

    status: AssignmentStatus
    reason: str | None
    state: str | None
    caller: Named | None
    explanation: list[Candidate]


class Today(Shape):
    """The day's figures."""

    received: Count
    assigned: Count
    queued_now: Count


class Minute(Shape):
    """The leads of one minute."""

    minute: Time
    leads: Count


class CallerToday(Shape):
    """A caller's day. `duplicates_today` came to the caller of another lead of their contact and count for no cap."""

    id: UUID
    name: str
    status: Literal["active", "paused"]
    daily_limit: Count
    assigned_today: Count
    duplicates_today: Count


class Overview(Shape):
    """Today's figures, leads per minute over the last hour, and each caller's day."""

    today: Today
    per_minute: list[Minute]
    callers: list[CallerToday]


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


class Event(Shape):
    """An event of the live feed, with the lead or the caller it is about as it is now."""

    seq: int
    at: Time
    kind: str
    actor: str
    lead: Lead | None
    caller: Caller | None
    data: dict[str, Any]


class Health(Shape):
    """Whether the process runs."""

    status: Literal["ok"]


class Readiness(Shape):
    """Whether leads can be taken, and what is missing if not."""

    status: Literal["ready", "not ready"]
    missing: list[str]
