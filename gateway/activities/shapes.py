"""What people do with leads: the shapes of activities, of what came of them, and of tasks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.http.shapes import NO_NUL, UUID_FORM, ETag, Moment, Named, Shape, Time, Words
from gateway.leads.shapes import Lead, Status

Kind = Literal["call", "email", "meeting", "visit", "note", "whatsapp", "sms", "other"]
TaskKind = Literal["call", "email", "meeting", "visit", "whatsapp", "sms", "other"]
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]
Note = Annotated[str, Meta(max_length=10_000, pattern=NO_NUL)]
Day = Annotated[str, Meta(max_length=10, pattern=NO_NUL, extra_json_schema={"format": "date"})]
Number = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class DispositionInput(Struct, forbid_unknown_fields=True):
    """What can come of an activity, as a manager writes it.

    `counts_as_contacted`: the person was reached. `task_hours`: it opens a task, due in so many working hours of the
    lead's caller. `needs_time`: whoever says it must say when to call again. `closes_as`: it ends the lead.
    """

    name: Words
    position: Annotated[int, Meta(ge=1, le=1000)] | None = None
    counts_as_contacted: bool = False
    task_hours: Annotated[int, Meta(ge=1, le=1000)] | None = None
    needs_time: bool = False
    closes_as: Literal["converted", "lost", "junk"] | None = None
    needs_note: bool = False


class Disposition(Shape, DispositionInput, kw_only=True):
    """What can come of an activity, in the order of `position`. Not offered any more once it is archived."""

    id: int
    created_at: Time
    archived_at: Time | None
    etag: ETag


class NextTask(Struct, forbid_unknown_fields=True):
    """What is to be done next: on a day of the workspace, or at a time."""

    due_on: Day | None = None
    due_at: Moment | None = None
    title: Title | None = None
    kind: TaskKind = "call"


class ActivityInput(Struct, forbid_unknown_fields=True):
    """What happened with a lead; now, if `at` does not say when.

    `direction` of calls and messages is `out` unless given. `reason` is why the lead is closed, if the disposition
    closes it. Activities of one `external_id` are one.
    """

    kind: Kind = "call"
    direction: Literal["in", "out"] | None = None
    at: Moment | None = None
    seconds: Annotated[int, Meta(ge=0, le=86_400)] | None = None
    title: Annotated[str, Meta(max_length=200, pattern=NO_NUL)] | None = None
    body: Note | None = None
    disposition_id: Number | None = None
    reason: Annotated[str, Meta(max_length=500, pattern=NO_NUL)] | None = None
    external_id: Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)] | None = None
    task: NextTask | None = None


class DispositionName(Shape):
    """What came of an activity."""

    id: int
    name: str


class Activity(Shape):
    """Something that happened with a lead. `by` logged it, it was work of `caller`. It counts while not withdrawn."""

    id: UUID
    lead_id: UUID
    kind: Kind
    direction: Literal["in", "out"] | None
    at: Time
    seconds: int | None
    title: str | None
    body: str | None
    disposition: DispositionName | None
    counts_as_contacted: bool
    task_id: UUID | None
    by: str | None
    caller: Named | None
    external_id: str | None
    seq: int
    withdrawn_at: Time | None
    is_own: bool


class StatusInput(Struct, forbid_unknown_fields=True):
    """How far a lead has come, and why, if that closes it."""

    status: Status
    reason: Annotated[str, Meta(max_length=500, pattern=NO_NUL)] | None = None


class TaskInput(Struct, forbid_unknown_fields=True):
    """Something to be done: on a day of the workspace, or at a time. Without a title it says to call the lead."""

    title: Title | None = None
    kind: TaskKind = "call"
    due_on: Day | None = None
    due_at: Moment | None = None
    lead_id: UUID | None = None
    caller_id: UUID | None = None


class TaskChange(Struct, forbid_unknown_fields=True):
    """What is to be different about a task; the rest stays. Moved, it is due on a day or at a time."""

    title: Title | UnsetType = UNSET
    kind: TaskKind | UnsetType = UNSET
    due_on: Day | UnsetType | None = UNSET
    due_at: Moment | UnsetType | None = UNSET


class LeadName(Shape):
    """The lead that a task is about."""

    id: UUID
    name: str | None


class Task(Shape):
    """Something to be done, `due_on` a day or `due_at` a time; `due_date` is the day of either.

    It is of its `owner`, else of its `caller`, who is whoever has the lead. It is open while it is neither done nor
    called off, and its lead was not closed since.
    """

    id: UUID
    kind: TaskKind
    title: str
    due_on: date | None
    due_at: Time | None
    due_date: date
    is_open: bool
    lead: LeadName | None
    caller: Named | None
    owner: Named | None
    origin: Literal["hand", "disposition"]
    created_at: Time
    created_by: str
    done_at: Time | None
    done_by: str | None
    archived_at: Time | None
    etag: ETag


class Logged(Shape):
    """What was logged, the task that came of it, and the lead as it is now; `etag` is that of the lead."""

    activity: Activity
    task: Task | None
    lead: Lead
    etag: ETag


class TimelineEntry(Shape):
    """Something that happened with a lead: an event, with the activity or task it is about, or the caller of then."""

    seq: int
    at: Time
    kind: str
    actor: str
    data: dict[str, Any]
    caller: Named | None
    reason: str | None
    activity: Activity | None
    task: Task | None


class TaskCounts(Shape):
    """How many tasks are open, up to 1,000 of each."""

    overdue: int
    today: int
    later: int


class PageOfTimeline(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A page of what happened."""

    after: Annotated[int, Meta(ge=1, le=10**18, description="What `next` said on the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=200, description="How many on a page.")] = 30


class PageOfActivities(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A page of activities."""

    after: Annotated[UUID, Meta(description="What `next` said on the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=200, description="How many on a page.")] = 50


class TasksOf(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Whose tasks."""

    mine: Annotated[bool, Meta(description="Of whoever asks; callers see no others anyway.")] = False
    caller_id: Annotated[UUID, Meta(description="Whose: the id of a caller.")] | None = None


class TaskFilter(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which tasks; all of what is given must hold. A day is one of the workspace, from midnight to midnight."""

    when: Annotated[
        Literal["open", "overdue", "today", "later", "done"],
        Meta(description="`overdue`: due on a day before today. `open`: all of overdue, today and later."),
    ] = "open"
    mine: Annotated[bool, Meta(description="Of whoever asks; callers see no others anyway.")] = False
    caller_id: Annotated[UUID, Meta(description="Whose: the id of a caller.")] | None = None
    lead_id: Annotated[UUID, Meta(description="About this lead.")] | None = None
    after: (
        Annotated[
            str,
            Meta(
                pattern="^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
                f"\\.[0-9]{{6}}Z_{UUID_FORM}$",
                description="What `next` said on the page before.",
            ),
        ]
        | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=200, description="How many on a page.")] = 50
