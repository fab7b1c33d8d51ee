"""What may happen in a workspace: steps, and the one way to carry them out in any world."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tests.dealing.settings import Form, Key, Profile, Rule, Terms


@dataclass(frozen=True)
class Hire:
    """A new caller comes last in the circle."""

    profile: Profile


@dataclass(frozen=True)
class Change:
    """A caller's profile is replaced. `caller` counts on from 0 when there are fewer, as all numbers here and below."""

    caller: int
    profile: Profile


HandOver = str | int | None
"""Where open leads go: keep, route, the number of the caller who gets them, or as the workspace decides."""


@dataclass(frozen=True)
class Pause:
    """A caller is paused, or resumed."""

    caller: int
    paused: bool
    to: HandOver = None


@dataclass(frozen=True)
class Disable:
    """The person who is this caller is disabled, or enabled."""

    caller: int
    disabled: bool


@dataclass(frozen=True)
class Archive:
    """A caller leaves for good."""

    caller: int
    to: HandOver = None


@dataclass(frozen=True)
class GiveAll:
    """A caller's open leads are handed over."""

    caller: int
    to: HandOver


@dataclass(frozen=True)
class AddRule:
    """The plan gets one more rule, before the first one that takes everything, else the last."""

    rule: Rule


@dataclass(frozen=True)
class ChangeRule:
    """A rule is replaced in its place."""

    step: int
    rule: Rule


@dataclass(frozen=True)
class DropRule:
    """A rule is taken out of the plan."""

    step: int


@dataclass(frozen=True)
class MoveRule:
    """A rule becomes the first."""

    step: int


@dataclass(frozen=True)
class Campaign:
    """There is a campaign of this name, made now unless there is one, and its leads are dealt on these terms."""

    name: str
    terms: Terms


@dataclass(frozen=True)
class Assign:
    """A campaign's callers are from now on these, if there is such a campaign."""

    name: str
    callers: frozenset[int]


@dataclass(frozen=True)
class EndCampaign:
    """A campaign is archived, if there is one."""

    name: str


@dataclass(frozen=True)
class Arrive:
    """Leads arrive together."""

    leads: tuple[Form, ...]


@dataclass(frozen=True)
class Give:
    """A manager gives a lead to a caller, or back through routing."""

    lead: int
    caller: int | None


@dataclass(frozen=True)
class Work:
    """Something is done with a lead: claim by whoever has it, close, reopen, hold or release.

    Or a call: miss, reach, lose it for good; or somebody says how far it has come: qualify, renew.
    """

    deed: str
    lead: int


@dataclass(frozen=True)
class Merge:
    """A manager merges the contact of a lead into that of another; the open leads are kept, or go to a caller."""

    lead: int
    into: int
    to: HandOver = "keep"


@dataclass(frozen=True)
class Unmerge:
    """A manager undoes the merge of a lead's contact."""

    lead: int


@dataclass(frozen=True)
class Edit:
    """The phone or e-mail of a lead is edited by hand: as it is written, and what it is, if it is one."""

    lead: int
    field: str
    key: Key


@dataclass(frozen=True)
class Wait:
    """Time passes, and the clock ticks."""

    duration: timedelta


@dataclass(frozen=True)
class WaitForMidnight:
    """Time passes until so long after the next midnight in the workspace; before it, if negative. No tick yet."""

    after: timedelta


@dataclass(frozen=True)
class Tick:
    """What is due by now is done."""


@dataclass(frozen=True)
class Drain:
    """Waiting leads are from now on dealt by themselves, or not."""

    is_on: bool


@dataclass(frozen=True)
class Relocate:
    """The workspace gets another timezone."""

    timezone: str


CallerStep = Hire | Change | Pause | Disable | Archive | GiveAll
RuleStep = AddRule | ChangeRule | DropRule | MoveRule
CampaignStep = Campaign | Assign | EndCampaign
LeadStep = Arrive | Give | Work | Merge | Unmerge | Edit
Step = CallerStep | RuleStep | CampaignStep | LeadStep | Wait | WaitForMidnight | Tick | Drain | Relocate


@dataclass(frozen=True)
class Scenario:
    """A workspace's timezone, the moment it begins, and what happens then."""

    timezone: str
    start: datetime
    steps: tuple[Step, ...]


class World(Protocol):
    """Where a scenario can be carried out. Callers and leads are known by numbers from 0, in the order they came."""

    def set_clock(self, now: datetime) -> None: ...
    def hire(self, profile: Profile) -> None: ...
    def change(self, caller: int, profile: Profile) -> None: ...
    def pause(self, caller: int, paused: bool, to: HandOver) -> None: ...
    def disable(self, caller: int, disabled: bool) -> None: ...
    def archive(self, caller: int, to: HandOver) -> None: ...
    def give_all(self, caller: int, to: HandOver) -> None: ...
    def add_rule(self, rule: Rule) -> None: ...
    def change_rule(self, step: int, rule: Rule) -> None: ...
    def drop_rule(self, step: int) -> None: ...
    def move_rule(self, step: int) -> None: ...
    def set_campaign(self, name: str, terms: Terms) -> None: ...
    def assign_campaign(self, name: str, callers: list[int]) -> None: ...
    def end_campaign(self, name: str) -> None: ...
    def arrive(self, leads: tuple[Form, ...]) -> None: ...
    def give(self, lead: int, caller: int | None) -> None: ...
    def work(self, deed: str, lead: int) -> None: ...
    def merge(self, lead: int, into: int, to: HandOver) -> None: ...
    def unmerge(self, lead: int) -> None: ...
    def edit(self, lead: int, field: str, key: Key) -> None: ...
    def tick(self) -> None: ...
    def drain(self, is_on: bool) -> None: ...
    def relocate(self, timezone: str) -> None: ...


def moments(scenario: Scenario) -> Iterator[tuple[datetime, Step]]:
    """Each step with the time it happens at."""
    now, zone = scenario.start, ZoneInfo(scenario.timezone)
    for step in scenario.steps:
        if isinstance(step, Relocate):
            zone = ZoneInfo(step.timezone)
        elif isinstance(step, Wait):
            now += step.duration
        elif isinstance(step, WaitForMidnight):
            tomorrow = now.astimezone(zone).date() + timedelta(days=1)
            now = max(now, datetime.combine(tomorrow, time(), zone).astimezone(now.tzinfo) + step.after)
        yield now, step


def with_callers(rule: Rule, callers: int) -> Rule:
    """The rule with callers that there are; where there are none yet, it names none."""
    return replace(rule, callers=frozenset(caller % callers for caller in rule.callers if callers))


def among(callers: int, to: HandOver) -> HandOver:
    """The number of a caller there is, for any number."""
    return to % callers if isinstance(to, int) else to


def play(world: World, scenario: Scenario) -> None:
    """Carry out a scenario. What there is nobody or nothing to do it with does not happen."""
    callers = leads = rules = 0
    for now, step in moments(scenario):
        world.set_clock(now)
        match step:
            case Hire(profile):
                world.hire(profile)
                callers += 1
            case Change(caller, profile) if callers:
                world.change(caller % callers, profile)
            case Pause(caller, paused, to) if callers:
                world.pause(caller % callers, paused, among(callers, to))
            case Disable(caller, disabled) if callers:
                world.disable(caller % callers, disabled)
            case Archive(caller, to) if callers:
                world.archive(caller % callers, among(callers, to))
            case GiveAll(caller, to) if callers:
                world.give_all(caller % callers, among(callers, to))
            case AddRule(rule):
                world.add_rule(with_callers(rule, callers))
                rules += 1
            case ChangeRule(place, rule) if rules:
                world.change_rule(place % rules, with_callers(rule, callers))
            case DropRule(place) if rules:
                world.drop_rule(place % rules)
                rules -= 1
            case MoveRule(place) if rules:
                world.move_rule(place % rules)
            case Campaign(name, terms):
                world.set_campaign(name, terms)
            case Assign(name, wanted):
                world.assign_campaign(name, sorted({caller % callers for caller in wanted}) if callers else [])
            case EndCampaign(name):
                world.end_campaign(name)
            case Arrive(forms):
                world.arrive(forms)
                leads += len(forms)
            case Give(lead, None) if leads:
                world.give(lead % leads, None)
            case Give(lead, int(caller)) if leads and callers:
                world.give(lead % leads, caller % callers)
            case Work(deed, lead) if leads:
                world.work(deed, lead % leads)
            case Merge(lead, into, to) if leads and callers:
                world.merge(lead % leads, into % leads, among(callers, to))
            case Unmerge(lead) if leads:
                world.unmerge(lead % leads)
            case Edit(lead, field, key) if leads:
                world.edit(lead % leads, field, key)
            case Wait() | Tick():
                world.tick()
            case Drain(is_on):
                world.drain(is_on)
            case Relocate(timezone):
                world.relocate(timezone)
