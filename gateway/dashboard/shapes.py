"""What the dashboard answers: the JSON that PostgreSQL makes, which goes out as it is."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from gateway.http.shapes import Count, Shape, Time

Seconds = Annotated[int, Meta(ge=0, description="Seconds; to the minute above an hour, to the hour above a day.")]


class Span(Shape):
    """A period; its end is not part of it."""

    since: Time
    until: Time


class Figures(Shape):
    """What became by now of the leads received in a period, without tests.

    `received` = `assigned` + `waiting` + `closed`. `claimed` by the caller who has or closed them. `called_in_time`:
    within five minutes. Waits are medians, and what nine of ten did not exceed: from being assigned to being claimed,
    from being received to the first call. They are said of all leads together.
    """

    received: Count
    assigned: Count
    waiting: Count
    closed: Count
    claimed: Count
    called: Count
    called_in_time: Count
    contacted: Count
    qualified: Count
    converted: Count
    lost: Count
    junk: Count
    claim_median: Seconds | None
    claim_90: Seconds | None
    call_median: Seconds | None
    call_90: Seconds | None


class FigureRow(Shape):
    """The figures of one source, campaign, state or caller; an empty `key`: of the leads that have none."""

    key: str
    name: str | None
    now: Figures
    before: Figures


class Arrivals(Shape):
    """The leads received in an hour or a day, and as far into the period before; null where one of them is over."""

    since: Time | None
    until: Time | None
    received: Count | None
    before_since: Time | None
    before_until: Time | None
    before: Count | None


class QueueFigures(Shape):
    """Leads that wait for a caller, those held back, and which of them waits longest."""

    waiting: Count
    held: Count
    oldest_at: Time | None
    oldest_lead_id: UUID | None


class CallerStanding(Shape):
    """How a caller stands.

    `is_idle`: free, with open leads, and nothing done for half an hour. `is_late`: with tasks that are overdue, or
    leads were taken back today because they were not claimed in time. `open_leads` is counted up to 1000.
    """

    id: UUID
    name: str
    team: str | None
    standing: Literal["free", "disabled", "paused", "away", "off hours", "at cap", "at max load"]
    assigned_today: Count
    duplicates_today: Count
    daily_limit: Count
    open_leads: Count
    max_load: Count
    to_claim: Count
    claim_by: Time | None
    expired_today: Count
    overdue_tasks: Count
    last_act_at: Time | None
    is_idle: bool
    is_late: bool


class Dashboard(Shape):
    """The figures of a period beside a time before, the queue and the callers, all of one moment.

    The rows of each table add up to `total`, and so do the `moments`: hours in a period of up to three days, else days.
    """

    at: Time
    period: Span
    before: Span
    total: FigureRow
    by: Literal["hour", "day"]
    moments: list[Arrivals]
    sources: list[FigureRow]
    campaigns: list[FigureRow]
    states: list[FigureRow]
    callers: list[FigureRow]
    queue: QueueFigures
    standings: list[CallerStanding]


class CallerPerformance(Shape):
    """What a caller made of leads, and how that compares with what the others made of comparable ones.

    Comparable are leads of one source that came to one pool. `expected`: conversions, had the caller's leads gone as
    the others'. `ratio`: conversions against these, drawn towards 1 where leads are few; it is between `low` and `high`
    with 90 %. `says` is that in words. `call_median`: seconds to the first call.
    """

    id: UUID
    name: str
    leads: Count
    called: Count
    calls: Count
    contacted: Count
    converted: Count
    call_median: Seconds | None
    expected: float
    ratio: float
    low: float
    high: float
    says: Literal["more than the others", "fewer than the others", "not to be told from the others"]


class Performance(Shape):
    """What the callers made of the leads of a period."""

    period: Span
    items: list[CallerPerformance]
