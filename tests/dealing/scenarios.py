"""What may happen in a workspace, made up by Hypothesis: steps that any interpreter can carry out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

SERVED = ("Goa", "Kerala", "Maharashtra")

TIMEZONES = (
    "Asia/Kolkata",
    "UTC",
    "America/New_York",
    "America/St_Johns",
    "Europe/London",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
)

# What a lead says of its state and city, and the state it therefore is of.
PLACES: tuple[tuple[str | None, str | None, str | None], ...] = (
    ("Goa", None, "Goa"),
    (" goa", "Bombay", "Goa"),
    ("Kerala", None, "Kerala"),
    ("keral", None, "Kerala"),
    ("Maharashtra", None, "Maharashtra"),
    ("maharastra", None, "Maharashtra"),
    ("MH", "Kochi", "Maharashtra"),
    ("Karnataka", None, "Karnataka"),
    (None, "Bombay", "Maharashtra"),
    ("Select", "Cochin", "Kerala"),
    (None, "Bengaluru", "Karnataka"),
    ("Select", "Other Cities", None),
    (None, "Nowhere", None),
    (None, None, None),
)


@dataclass(frozen=True)
class Hire:
    """A new caller comes last in the circle."""

    states: frozenset[str]
    limit: int


@dataclass(frozen=True)
class Arrive:
    """Leads arrive together; each is an index into PLACES."""

    leads: tuple[int, ...]


@dataclass(frozen=True)
class Pause:
    """A caller is paused, or resumed. `caller` counts on from 0 when there are fewer, here and below."""

    caller: int
    paused: bool


@dataclass(frozen=True)
class Change:
    """A caller gets another limit and other states."""

    caller: int
    states: frozenset[str]
    limit: int


@dataclass(frozen=True)
class Archive:
    """A caller leaves for good."""

    caller: int


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    duration: timedelta


@dataclass(frozen=True)
class WaitForMidnight:
    """Time passes until so long after the next midnight in the workspace; before it, if negative."""

    after: timedelta


@dataclass(frozen=True)
class Give:
    """A manager gives a lead to a caller, or back through routing."""

    lead: int
    caller: int | None


Step = Hire | Arrive | Pause | Change | Archive | Wait | WaitForMidnight | Give


@dataclass(frozen=True)
class Scenario:
    """A workspace's timezone, the moment it begins, and what happens then."""

    timezone: str
    start: datetime
    steps: tuple[Step, ...]


_anybody = st.integers(0, 7)
_states = st.frozensets(st.sampled_from(SERVED))
_limits = st.one_of(st.just(0), st.integers(1, 5))
_hire = st.builds(Hire, _states, _limits)
_arrive = st.builds(Arrive, st.lists(st.integers(0, len(PLACES) - 1), min_size=1, max_size=9).map(tuple))
_wait = st.builds(Wait, st.sampled_from([timedelta(seconds=1), timedelta(hours=5), timedelta(days=1)]))
_midnight = st.builds(WaitForMidnight, st.sampled_from([timedelta(milliseconds=ms) for ms in (-1, 0, 1, 90_000)]))

_change = st.one_of(
    st.builds(Pause, _anybody, st.booleans()),
    st.builds(Change, _anybody, _states, _limits),
    st.builds(Archive, _anybody),
    st.builds(Give, st.integers(0, 40), st.one_of(st.none(), _anybody)),
    _hire,
    _wait,
    _midnight,
)

# Callers are hired; then leads arrive, and between their arrivals something changes.
_beginning = st.lists(_hire, min_size=1, max_size=6)
_middle = st.lists(st.tuples(_arrive, _change), min_size=2, max_size=8).map(
    lambda pairs: [s for pair in pairs for s in pair]
)
_steps = st.tuples(_beginning, _middle, _arrive).map(lambda parts: (*parts[0], *parts[1], parts[2]))

scenarios = st.builds(
    Scenario,
    st.sampled_from(TIMEZONES),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    _steps,
)
