"""A caller as the requirement tells it: in which pools, and whether free."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tests.dealing.settings import Form, Profile, Shift

ATTRIBUTES = ("state", "source", "language", "campaign", "team")


def same(text: str | None) -> str | None:
    """What is compared: neither case nor what stands between words matters."""
    return None if text is None else "-".join(text.lower().replace("-", " ").split())


def value(lead: Form, attribute: str) -> str | None:
    """What a lead says for an attribute of pools."""
    return same(getattr(lead, attribute))


@dataclass
class Caller:
    """Somebody in the circle."""

    id: UUID
    profile: Profile
    paused: bool = False
    disabled: bool = False
    gone: bool = False

    def has(self, attribute: str, wanted: str | None) -> bool:
        """Whether leads that say this are for the caller."""
        match attribute:
            case "state":
                return wanted in map(same, self.profile.states)
            case "source":
                return self.competence(wanted) > 0
            case "language":
                return wanted in map(same, self.profile.languages)
            case "campaign":
                return wanted in map(same, self.profile.campaigns)
            case "team":
                return wanted == same(self.profile.team)
        raise AssertionError(attribute)

    def competence(self, source: str | None) -> int:
        """The weight for a source, the largest if it was entered in several spellings; 0 is none."""
        return max((weight for name, weight in self.profile.sources if same(name) == source), default=0)

    def presence(self, now: datetime) -> str:
        """Whether the caller is there at all, whatever the hours and the limits."""
        if self.gone:
            return "archived"
        if self.disabled:
            return "disabled"
        if self.paused:
            return "paused"
        if any(begin <= now and (end is None or now < end) for begin, end in self.profile.time_off):
            return "away"
        return "free"

    def takes(self) -> bool:
        """Whether a manager may give the caller leads."""
        return not (self.paused or self.disabled or self.gone)

    def standing(self, now: datetime, local: datetime, given: int, load: int) -> str:
        """Whether the caller may get a lead, and if not, why not: what people decided comes first."""
        limit, most = self.profile.daily_limit, self.profile.max_load
        if self.presence(now) != "free":
            return self.presence(now)
        if self.profile.hours and not any(works(shift, local) for shift in self.profile.hours):
            return "off hours"
        if limit and given >= limit:
            return f"at cap {given} of {limit}"
        if most and load >= most:
            return f"at max load {load} of {most}"
        return "free"


def works(shift: Shift, local: datetime) -> bool:
    """Whether the clock on the wall is in the shift, which may have begun the day before."""
    today, minute = local.isoweekday(), local.hour * 60 + local.minute
    yesterday = 7 if today == 1 else today - 1
    if shift.since < shift.until:
        return today in shift.days and shift.since <= minute < shift.until
    return (today in shift.days and minute >= shift.since) or (yesterday in shift.days and minute < shift.until)
