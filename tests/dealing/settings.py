"""What people set in a workspace and what leads say of themselves: plain values, the same for model and database."""

from dataclasses import dataclass
from datetime import datetime

Place = tuple[str | None, str | None, str | None]

# What a lead says of its state and city, and the state it therefore is of.
PLACES: tuple[Place, ...] = (
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
    (None, "Pune", "Maharashtra"),
    ("Goa", "Pune", "Goa"),
    ("Select", "Other Cities", None),
    (None, "Nowhere", None),
    (None, None, None),
)


@dataclass(frozen=True)
class Form:
    """A lead as it comes in. Campaign, team and budget are in its metadata."""

    place: Place
    source: str | None = None
    language: str | None = None
    campaign: str | None = None
    team: str | None = None
    budget: int | str | None = None

    @property
    def city(self) -> str | None:
        """The city as given."""
        return self.place[1]

    @property
    def state(self) -> str | None:
        """The state the lead is of."""
        return self.place[2]

    @property
    def metadata(self) -> dict[str, int | str]:
        """What else the sender knows."""
        known = {"campaign": self.campaign, "team": self.team, "budget": self.budget}
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True)
class Shift:
    """Hours on some days, 1 being Monday, in minutes since midnight; `until` before `since` is on the next day."""

    days: frozenset[int]
    since: int
    until: int


@dataclass(frozen=True)
class Profile:
    """What a manager enters for a caller. No hours are all hours, a limit of 0 is none, None in time off is open."""

    states: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    team: str | None = None
    campaigns: frozenset[str] = frozenset()
    sources: tuple[tuple[str, int], ...] = ()
    weight: int = 1
    daily_limit: int = 0
    max_load: int = 0
    hours: tuple[Shift, ...] = ()
    time_off: tuple[tuple[datetime, datetime | None], ...] = ()


@dataclass(frozen=True)
class Rule:
    """What a manager enters for a rule; the condition is one of those in `conditions`."""

    attributes: frozenset[str]
    strategy: str
    on_exhausted: str
    is_on: bool
    condition: str | None
    claim_minutes: int | None
    most_expiries: int
