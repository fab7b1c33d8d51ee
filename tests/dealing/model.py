"""Dealing as the requirement tells it: one lead after the other, with nothing but dicts.

Who gets a lead: the callers of its state, else everybody; not the paused, not those who are gone, not those who had
their daily limit on the business day where the workspace is; of the rest the next one after the pool's last. A lead
that nobody can take waits. This is written to be obviously right, and shares no line with what it is compared to.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

EVERYBODY = "everybody"


@dataclass
class Caller:
    """Somebody in the circle; `limit` 0 is no limit."""

    states: frozenset[str]
    limit: int
    paused: bool = False
    gone: bool = False


@dataclass
class Attempt:
    """What became of one pool's members when a lead came to it: places in the circle.

    `free` begins with whoever is next and goes on around the circle.
    """

    pool: str
    free: list[int]
    paused: set[int]
    at_limit: set[int]


@dataclass
class Lead:
    """A lead, the place of the caller who has it, and how routing came to that. By hand there are no attempts."""

    state: str | None
    holder: int | None = None
    attempts: list[Attempt] = field(default_factory=list)


class Model:
    """A workspace. Callers and leads are known by their numbers, from 0, in the order they came."""

    def __init__(self, timezone: str) -> None:
        self.timezone = ZoneInfo(timezone)
        self.callers: list[Caller] = []
        self.leads: list[Lead] = []
        self.last: dict[str, int] = {}
        self.given: Counter[tuple[int, date]] = Counter()

    def arrive(self, state: str | None, now: datetime) -> None:
        """A new lead is dealt."""
        self.leads.append(Lead(state))
        self.deal(self.leads[-1], now)

    def deal(self, lead: Lead, now: datetime) -> None:
        """Give the lead to whoever's turn it is, or to nobody."""
        lead.holder, lead.attempts = None, []
        for pool in (lead.state, EVERYBODY):
            if pool is None:
                continue
            attempt = self.look(pool, now)
            lead.attempts.append(attempt)
            if attempt.free:
                lead.holder = self.last[pool] = attempt.free[0]
                self.given[lead.holder, self.today(now)] += 1
                return

    def look(self, pool: str, now: datetime) -> Attempt:
        """Who could take a lead of this pool now, and who could not."""
        members = [n for n, c in enumerate(self.callers) if not c.gone and (pool == EVERYBODY or pool in c.states)]
        paused = {n for n in members if self.callers[n].paused}
        at_limit = {n for n in members if 0 < self.callers[n].limit <= self.given[n, self.today(now)]} - paused
        free = [n for n in members if n not in paused | at_limit]
        last = self.last.get(pool, -1)
        return Attempt(pool, [n for n in free if n > last] + [n for n in free if n <= last], paused, at_limit)

    def give(self, lead: Lead, caller: int, now: datetime) -> bool:
        """A manager gives the lead to a caller, over the limit if need be; False if that is refused."""
        if self.callers[caller].paused or self.callers[caller].gone or lead.holder == caller:
            return False
        lead.holder, lead.attempts = caller, []
        self.given[caller, self.today(now)] += 1
        return True

    def today(self, now: datetime) -> date:
        """The business day."""
        return now.astimezone(self.timezone).date()
