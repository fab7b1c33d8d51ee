"""The strategies as they are defined: one lead after the other, with nothing but lists, dicts and exact fractions.

This is written to be obviously right, and shares no line with what it is compared to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from hashlib import md5
from math import ceil, floor
from uuid import UUID

STRATEGIES = ("round_robin", "weighted", "weighted_random", "random", "least_loaded")
UNLIMITED = 2_147_483_647
NEARLY_ONE = 1 - Fraction(1, 10**12)


@dataclass(frozen=True)
class Member:
    """A free member of a pool, as routing sees one."""

    caller: UUID
    weight: int = 1
    turns: int = UNLIMITED
    given: int = 0
    load: int = 0
    max_load: int = 0


@dataclass
class Turn:
    """How a caller stands in a circle."""

    weight: int
    lag: Fraction = Fraction(0)
    turns: int = 0


@dataclass
class PoolModel:
    """A pool and what it remembers."""

    workspace: int
    key: str
    strategy: str | None = None
    last: UUID | None = None
    dealt: int = 0
    circle_since: int = 0
    circle: dict[UUID, Turn] = field(default_factory=dict)

    def deal(self, strategy: str, members: Sequence[Member], today: date, leads: int) -> list[UUID]:
        """Who gets the next leads; fewer when all turns are used up."""
        got: list[UUID] = []
        left = sorted((m for m in members if m.turns > 0), key=lambda m: m.caller)
        while left and len(got) < leads:
            chosen = self.deal_one(strategy, left, today)
            got.append(chosen.caller)
            used = replace(chosen, turns=chosen.turns - 1, given=chosen.given + 1, load=chosen.load + 1)
            left = [m for m in (used if m is chosen else m for m in left) if m.turns > 0]
        return got

    def deal_one(self, strategy: str, members: list[Member], today: date) -> Member:
        """Who gets the next lead."""
        self.open(strategy, members)
        choose: dict[str, Callable[[list[Member], date], Member]] = {
            "round_robin": self.round_robin,
            "weighted": self.weighted,
            "weighted_random": self.weighted_random,
            "random": self.random,
            "least_loaded": self.least_loaded,
        }
        chosen = choose[strategy](members, today)
        self.last = chosen.caller
        self.dealt += 1
        if self.circle:
            self.circle[chosen.caller].turns += 1
        return chosen

    def open(self, strategy: str, members: list[Member]) -> None:
        """Let the circle go on, or begin a new one."""
        old = self.circle if self.strategy == strategy else {}
        new = {m.caller: Turn(m.weight) for m in members}
        self.strategy = strategy
        if strategy == "weighted":
            if {c: t.weight for c, t in old.items()} == {c: t.weight for c, t in new.items()}:
                return
            behind = {c: self.behind(c) if c in old else Fraction(0) for c in new}
            for caller, turn in new.items():
                part = Fraction(turn.weight, sum(t.weight for t in new.values()))
                turn.lag = kept_lag(behind[caller] - sum(behind.values()) * part)
        elif strategy == "random":
            if old.keys() == new.keys():
                return
            for caller in new.keys() & old.keys():
                new[caller].turns = int(old[caller].turns > min(t.turns for t in old.values()))
        else:
            new = {}
        self.circle = new
        self.circle_since = self.dealt

    def behind(self, caller: UUID) -> Fraction:
        """How far a caller of the circle is behind the fair share, in leads."""
        turn = self.circle[caller]
        part = Fraction(turn.weight, sum(t.weight for t in self.circle.values()))
        return turn.lag + (self.dealt - self.circle_since) * part - turn.turns

    def round_robin(self, members: list[Member], _: date) -> Member:
        """The next one after the last."""
        later = [m for m in members if self.last is not None and m.caller > self.last]
        return (later or members)[0]

    def weighted(self, members: list[Member], _: date) -> Member:
        """The earliest due date among those released; if nobody is, among those released first."""
        total = sum(turn.weight for turn in self.circle.values())

        def release(m: Member) -> int:
            turn = self.circle[m.caller]
            return max(0, floor(round((turn.turns - turn.lag) * total / turn.weight, 6)))

        def due(m: Member) -> int:
            turn = self.circle[m.caller]
            return ceil(round((turn.turns + 1 - turn.lag) * total / turn.weight, 6))

        time = max(self.dealt - self.circle_since, min(map(release, members)))
        return min((m for m in members if release(m) <= time), key=lambda m: (due(m), -m.weight, m.caller))

    def weighted_random(self, members: list[Member], _: date) -> Member:
        """Whoever's share the number drawn for this lead falls in."""
        number = Fraction(int(self.chance(self.dealt + 1)[:13], 16), 16**13) * sum(m.weight for m in members)
        for member in members:
            if number < member.weight:
                return member
            number -= member.weight
        raise AssertionError

    def random(self, members: list[Member], _: date) -> Member:
        """One of those with the fewest turns."""

        def key(m: Member) -> tuple[int, str]:
            turn = self.circle[m.caller].turns + 1
            return turn, self.chance(self.circle_since, m.caller, turn)

        return min(members, key=key)

    def least_loaded(self, members: list[Member], today: date) -> Member:
        """Whoever is the least busy with one lead more."""
        largest = max(m.max_load for m in members) or 1

        def key(m: Member) -> tuple[Fraction, str]:
            days = (today - date(2000, 1, 1)).days
            return Fraction(m.load + 1, m.max_load or largest), self.chance(days, m.caller, m.given + 1)

        return min(members, key=key)

    def chance(self, *names: object) -> str:
        """What is drawn for these names in this pool."""
        return md5("/".join(map(str, (self.workspace, self.key, *names))).encode()).hexdigest()


def kept_lag(lag: Fraction) -> Fraction:
    """The lag as it is kept: 12 digits, less than one."""
    return max(-NEARLY_ONE, min(NEARLY_ONE, Fraction(round(lag * 10**12), 10**12)))
