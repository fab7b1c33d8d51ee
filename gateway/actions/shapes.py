"""What goes over the wire about actions on many."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from gateway.http.shapes import NO_NUL, Count, Shape, Time
from gateway.leads.endpoints import LeadFilter

MOST = 50_000


class LeadsAction(Struct, forbid_unknown_fields=True):
    """What is to be done to which leads: either `ids` or a `filter` says which."""

    action: Literal["reassign", "close", "hold", "release"]
    ids: Annotated[list[UUID], Meta(max_length=MOST, description="The leads.")] | None = None
    filter: Annotated[LeadFilter, Meta(description="All that it finds, as in GET /api/leads.")] | None = None
    how: Annotated[
        Literal["turns", "route"],
        Meta(description="`turns`: the `callers` take turns, over their caps if need be; `route`: the rules decide."),
    ] = "turns"
    callers: Annotated[list[UUID], Meta(max_length=1000, description="Who gets the leads, in this order.")] = []
    reason: Annotated[str, Meta(max_length=500, pattern=NO_NUL)] | None = None
    dry_run: Annotated[bool, Meta(description="Only say what would be done.")] = False


class CallersAction(Struct, forbid_unknown_fields=True):
    """What is to be done to which callers; a limit of 0 is none, and one that is left out stays as it is."""

    action: Literal["pause", "activate", "limits"]
    ids: Annotated[list[UUID], Meta(max_length=1000)]
    daily_limit: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    max_load: Annotated[int, Meta(ge=0, le=1000)] | None = None
    dry_run: Annotated[bool, Meta(description="Only say what would be done.")] = False


class Share(Shape):
    """How many leads a caller gets."""

    id: UUID
    name: str
    count: Count


Why = Literal[
    "unknown",
    "test",
    "closed",
    "has_it",
    "not_waiting",
    "held",
    "not_held",
    "archived",
    "same",
    "moved",
    "claimed",
    "worked",
]


class LeftOut(Shape):
    """How many were left as they are, and why; the ids of some of them."""

    why: Why
    count: Count
    ids: list[UUID]


class Action(Shape):
    """What was done to many at once, or with `dry_run` would be: then it has no id.

    `asked` is what was asked for: a filter, or how many `ids`. `took_ms`: milliseconds that it took, or is thought to
    take.
    """

    id: UUID | None
    name: str | None
    action: Literal["reassign", "close", "hold", "release", "pause", "activate", "limits", "undo"]
    asked: dict[str, Any]
    created_at: Time | None
    created_by: str | None
    done: Count
    callers: list[Share]
    left_out: list[LeftOut]
    took_ms: Count
    undo_of: UUID | None
    undone_by: UUID | None
