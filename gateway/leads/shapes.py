"""What the API answers: the shapes of the JSON that PostgreSQL makes.

Nothing here is converted on the way: the database's JSON goes out as it is. The shapes describe it in /openapi.json,
and the tests hold real answers against them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from gateway.http.shapes import NO_NUL, UUID_FORM, Budget, Count, ETag, Named, Shape, Time

AssignmentStatus = Literal["assigned", "queued", "closed"]
Status = Literal["new", "contacted", "qualified", "converted", "lost", "junk"]


class Reassignment(Struct, forbid_unknown_fields=True):
    """To whom a lead goes: a caller, or with null back through routing."""

    caller_id: UUID | None
    reason: Annotated[str, Meta(max_length=500, pattern=NO_NUL)] | None = None


class Claim(Struct, forbid_unknown_fields=True):
    """The caller who claims a lead; a caller leaves it out, and claims it for oneself."""

    caller_id: UUID | None = None


class Closing(Struct, forbid_unknown_fields=True):
    """How a lead ended, and why; without a status it stays as far as it had come."""

    status: Literal["converted", "lost", "junk"] | None = None
    reason: Annotated[str, Meta(max_length=500, pattern=NO_NUL)] | None = None


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


class LeadCampaign(Shape):
    """The campaign that a lead is of."""

    id: int
    name: str


class Lead(Shape):
    """A lead, and where it is. `state_from` says how its state is known: from the state, the city or the postal code.

    Phones are in international form. `other_phones` are up to five further ones that came with it. `possible_states`:
    what it says fits several states, so that the state is not known. `status` is how far it has come.
    """

    id: UUID
    created_at: Time
    name: str | None
    phone: str | None
    other_phones: list[str]
    email: str | None
    city: str | None
    state: str | None
    state_from: Literal["state", "postal_code", "city"] | None
    state_given: str | None
    possible_states: list[str] | None
    lead_source: str | None
    campaign: LeadCampaign | None
    language: str | None
    message: str | None
    status: Status
    close_reason: str | None
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
    is_test: bool
    claim_by: Time | None
    claimed_at: Time | None
    closed_at: Time | None
    first_name: str | None
    last_name: str | None
    company: str | None
    job_title: str | None
    country: str | None
    medium: str | None
    term: str | None
    product: str | None
    budget: Budget | None
    authority: str | None
    timeline_months: int | None


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
    """How many leads a filter finds; 1001 means more than 1000."""

    count: Annotated[int, Meta(ge=0, le=1_001)]
    newest: Annotated[
        int | None,
        Meta(
            description="Parts of a word are looked for among so many of the newest leads alone, because a word of the "
            "search is shorter than three letters; null: among all."
        ),
    ] = None


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
