"""/api/my: what the caller who asks does next, and why."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from gateway.activities.shapes import Disposition, Kind
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import UUID_FORM, Count, ETag, Page, Shape, Time
from gateway.leads.shapes import Lead

MOST_PUT_OFF = 100
CURSOR = f"^[0-9]{{1,18}}/{UUID_FORM}$"

day = Endpoints("My day")


class LastActivity(Shape):
    """What happened last with a lead."""

    id: UUID
    kind: Kind
    at: Time
    disposition: str | None
    body: str | None
    by: str | None
    is_own: bool


class Turn(Lead):
    """A lead of the caller's, and why it is to be worked on now; `turn` null: it rests.

    `due`: when its first call-back is due; `due_on`: on which date, if it has no time.
    """

    etag: ETag
    turn: Literal["claim", "call_back", "new", "no_next_step"] | None
    due: Time | None
    due_on: date | None
    task_id: UUID | None
    last: LastActivity | None


class DayCounts(Shape):
    """How many open leads have a turn now, are due today or later, and how many there are."""

    now: Count
    today: Count
    later: Count
    all: Count


class Day(Shape):
    """A caller's day: the next leads in their turn, and `lead`, the one that was asked for, as it is now."""

    counts: DayCounts
    next_due: Time | None
    next: list[Turn]
    lead: Turn | None
    dispositions: list[Disposition]


class Asked(Struct, forbid_unknown_fields=True):
    """What is asked of the day."""

    lead: Annotated[UUID, Meta(description="A lead that is in hand, asked for besides.")] | None = None
    behind: (
        Annotated[
            str,
            Meta(
                pattern=f"^{UUID_FORM}(,{UUID_FORM}){{0,{MOST_PUT_OFF - 1}}}$",
                description="Leads that were put off: their ids with commas. They come last.",
            ),
        ]
        | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=50, description="How many of the next leads.")] = 8


class When(Struct, forbid_unknown_fields=True):
    """A page of what is due."""

    when: Annotated[Literal["today", "later"], Meta(description="Overdue and to be claimed are due today.")] = "today"
    after: Annotated[str, Meta(pattern=CURSOR, description="What `next` said on the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=200, description="How many on a page.")] = 50


day.get(
    "/my/day",
    "Read what you do next.",
    "The next leads of the caller who asks, each with its reason: claims that run out, call-backs that are due, new "
    "leads, and those without a next step. With how many there are, and the outcomes a call may have.",
    calls="list_my_day",
    query=Asked,
    answers=Day,
)
day.get(
    "/my/leads",
    "List what is due.",
    "Of the caller who asks: leads to claim and to call back, by when.",
    calls="list_my_leads",
    query=When,
    answers=Page[Turn, str],
)
