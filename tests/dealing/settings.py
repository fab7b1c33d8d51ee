"""What people set in a workspace and what leads say of themselves: plain values, the same for model and database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, UUID, uuid5

if TYPE_CHECKING:
    from tests.dealing.conditions import Group

Place = tuple[str | None, str | None, str | None]
Key = tuple[str | None, str | None]

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

# What a lead says of who its contact is, and what the contact is known by; nothing where it says nothing to go by.
NOTHING: Key = (None, None)
EXTERNAL_IDS: tuple[Key, ...] = (
    ("CRM-1", "CRM-1"),
    (" CRM-1 ", "CRM-1"),
    ("CRM-2", "CRM-2"),
    ("+919812345671", "+919812345671"),
    ("asha@example.com", "asha@example.com"),
    ("  ", None),
)
PHONES: tuple[Key, ...] = (
    ("+919812345671", "+919812345671"),
    ("98123 45671", "+919812345671"),
    ("098123-45672", "+919812345672"),
    ("0091 98123 45672", "+919812345672"),
    ("9812345673.0", "+919812345673"),
    ("+4915112345678", "+4915112345678"),
    ("12345", None),
    ("not given", None),
)
EMAILS: tuple[Key, ...] = (
    ("asha@example.com", "asha@example.com"),
    (" Asha@Example.COM", "asha@example.com"),
    ("ravi@example.com", "ravi@example.com"),
    ("meera@example.com", "meera@example.com"),
    ("none", None),
    ("ravi at example.com", None),
    ("@example.com", None),
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
    external_id: Key = NOTHING
    phone: Key = NOTHING
    second_phone: Key = NOTHING
    email: Key = NOTHING

    @property
    def keys(self) -> dict[str, str]:
        """What the contact can be known by, the highest-ranking first."""
        phones = [*dict.fromkeys(phone for _, phone in (self.phone, self.second_phone) if phone), None, None]
        keys = {"external_id": self.external_id[1], "phone": phones[0], "phone_2": phones[1], "email": self.email[1]}
        return {kind: key for kind, key in keys.items() if key is not None}

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
    """What a manager enters for a rule. Of attributes, teams and callers (by number) at most one is not empty."""

    attributes: frozenset[str]
    strategy: str
    on_exhausted: str
    is_on: bool
    condition: Group | None
    claim_minutes: int | None
    most_expiries: int
    is_paused: bool = False
    teams: frozenset[str] = frozenset()
    callers: frozenset[int] = frozenset()

    @property
    def takes_everything(self) -> bool:
        """Whether it is for all leads and all callers."""
        return self.is_on and self.condition is None and not (self.attributes or self.teams or self.callers)


def rule_id(number: int) -> UUID:
    """The id of the n-th rule made: draws by chance are drawn from it, so it is given."""
    return uuid5(NAMESPACE_OID, f"rule {number}")


@dataclass(frozen=True)
class Terms:
    """What a manager sets for a campaign; its rule is for leads of the campaign, and deals them before the plan."""

    strategy: str
    on_exhausted: str
    claim_minutes: int | None
    is_paused: bool

    @property
    def rule(self) -> Rule:
        """The rule that makes of a campaign."""
        return Rule(
            frozenset({"campaign"}), self.strategy, self.on_exhausted, True, None, self.claim_minutes, 3, self.is_paused
        )


NEW_CAMPAIGN = Terms("random", "queue", None, is_paused=False)
