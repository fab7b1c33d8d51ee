"""What the model of dealing is about: the steps of a plan, leads, and what came of each on its way."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from tests.dealing.caller_model import ATTRIBUTES, Caller, same, value
from tests.dealing.settings import Form, Rule


@dataclass
class Step:
    """A rule in the plan; it stays the same one when it is changed."""

    name: str
    rule: Rule
    id: UUID | None = None

    def is_for(self, lead: Form) -> bool:
        """Whether the rule is used and meant for such a lead."""
        meant = self.rule.condition is None or self.rule.condition.holds(lead)
        return self.rule.is_on and meant and all(value(lead, a) is not None for a in self.rule.attributes)

    def has(self, number: int, caller: Caller, lead: Form) -> bool:
        """Whether a caller is in the lead's pool under this rule."""
        if self.rule.callers:
            return number in self.rule.callers
        if self.rule.teams:
            return same(caller.profile.team) in map(same, self.rule.teams)
        return all(caller.has(a, value(lead, a)) for a in self.rule.attributes)

    def pool(self, lead: Form) -> str:
        """The key of the lead's pool under this rule."""
        if self.rule.callers:
            return f"callers:{self.id}"
        if self.rule.teams:
            return "|".join(sorted({f"team:{same(team)}" for team in self.rule.teams}))
        return ",".join(f"{a}:{value(lead, a)}" for a in ATTRIBUTES if a in self.rule.attributes) or "global"


@dataclass
class Attempt:
    """What came of a rule when a lead got to it: its pool, how each member stood, and whose turn it was.

    `free` begins with the chosen one. Under round robin it goes on around the circle. Before all rules come those who
    have open leads of the contact, the first lead first.
    """

    rule: str
    pool: str | None
    standings: dict[int, str]
    free: list[int]


@dataclass(eq=False)
class Campaign:
    """A campaign that runs, and its rule. One that ended is not another of the same name."""

    name: str
    step: Step


@dataclass
class Lead:
    """A lead, where it is, and how it came to that. A closed lead's holder is who had it last."""

    form: Form
    id: int
    campaign: Campaign | None = None
    status: str = "new"
    holder: int | None = None
    duplicate_of: int | None = None
    attempts: list[Attempt] | None = None
    number: int = 0
    day: date = date.min
    step: Step | None = None
    claim_by: datetime | None = None
    claimed: bool = False
    held: bool = False
    refused: list[int] = field(default_factory=list)
    reached: bool = False
    qualified: bool = False
    ended: str | None = None

    @property
    def progress(self) -> str:
        """How far it has come."""
        return self.ended or ("qualified" if self.qualified else "contacted" if self.reached else "new")
