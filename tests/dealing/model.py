"""Dealing as the requirement tells it: one lead after the other, with nothing but lists and dicts.

A lead whose contact has another one open goes to the caller who has that, if there; limits and hours do not matter.
Any other goes through the plan: each rule that is used, is meant for it, and asks for nothing the lead does not say,
has a pool of callers. The first with somebody free gives it to whoever the strategy names. A rule whose callers are all
busy keeps the lead in the queue or lets it go on; a paused one keeps it, whoever is free. Before the plan comes the
rule of the campaign that the lead was of when it arrived. This is written to be obviously right, and shares no line
with what it is compared to.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.dealing.caller_model import Caller, same, value
from tests.dealing.contact_model import Contacts
from tests.dealing.model_parts import Attempt, Campaign, Lead, Step
from tests.dealing.scenarios import HandOver
from tests.dealing.settings import NEW_CAMPAIGN, Form, Key, Profile, Rule, Terms, rule_id
from tests.dealing.strategy_model import UNLIMITED, Member, PoolModel

OVERDUE_AT_ONCE = 25
SAME_CONTACT = "same contact"


class Model:
    """A workspace. Callers and leads are known by their numbers, from 0, in the order they came."""

    def __init__(self, workspace: int, timezone: str, ids: list[UUID]) -> None:
        self.workspace = workspace
        self.zone = ZoneInfo(timezone)
        self.day = date.min
        self.day_ends = datetime.min.replace(tzinfo=UTC)
        self.ids = ids
        self.drains = True
        self.plan: list[Step] = []
        self.rules_made = 0
        self.campaigns: dict[str | None, Campaign] = {}
        self.callers: list[Caller] = []
        self.leads: list[Lead] = []
        self.contacts = Contacts()
        self.pools: dict[str, PoolModel] = {}
        self.counted: dict[tuple[int, date], dict[int, bool]] = {}
        self.numbers = 0

    # What managers set.

    def set_clock(self, now: datetime) -> None:
        self.now = now

    def hire(self, profile: Profile) -> None:
        self.callers.append(Caller(self.ids[len(self.callers)], profile))
        self.start_campaigns(profile)

    def change(self, caller: int, profile: Profile) -> None:
        if not self.callers[caller].gone:
            self.callers[caller].profile = profile
            self.start_campaigns(profile)

    def pause(self, caller: int, paused: bool, to: HandOver) -> None:
        """Who is paused keeps what is open, unless somebody says otherwise."""
        was = self.callers[caller].paused
        if not self.callers[caller].gone:
            self.callers[caller].paused = paused
            if not self.hand_over(caller, "keep" if to is None else to):
                self.callers[caller].paused = was

    def disable(self, caller: int, disabled: bool) -> None:
        """The open leads of who is disabled are dealt again."""
        was, self.callers[caller].disabled = self.callers[caller].disabled, disabled
        if disabled and not was and not self.callers[caller].gone:
            self.hand_over(caller, "route")

    def archive(self, caller: int, to: HandOver) -> None:
        """So are those of who leaves, unless somebody says otherwise."""
        was, self.callers[caller].gone = self.callers[caller].gone, True
        if not self.hand_over(caller, ("keep" if was else "route") if to is None else to):
            self.callers[caller].gone = was

    def give_all(self, caller: int, to: HandOver) -> None:
        self.hand_over(caller, to)

    def hand_over(self, caller: int, to: HandOver) -> bool:
        """All open leads of a caller leave, oldest first, and only then go anywhere; no if nobody may get them."""
        if isinstance(to, int) and (to == caller or not self.callers[to].takes()):
            return False
        if to != "keep":
            leads = [lead for lead in self.leads if lead.status == "assigned" and lead.holder == caller]
            self.move(sorted(leads, key=lambda lead: lead.number), to)
        return True

    def move(self, leads: list[Lead], to: HandOver) -> None:
        for lead in leads:
            self.take(lead)
            lead.status = "new"
        for lead in leads:
            if isinstance(to, int):
                self.assign(lead, to, None)
                lead.attempts = None
            else:
                self.deal(lead)

    def add_rule(self, rule: Rule) -> None:
        self.rules_made += 1
        places = [place for place, step in enumerate(self.plan) if step.rule.takes_everything]
        made = Step(f"rule {self.rules_made}", rule, rule_id(self.rules_made))
        self.plan.insert(min(places, default=len(self.plan)), made)

    def change_rule(self, step: int, rule: Rule) -> None:
        self.plan[step].rule = rule

    def drop_rule(self, step: int) -> None:
        del self.plan[step]

    def move_rule(self, step: int) -> None:
        self.plan.insert(0, self.plan.pop(step))

    def start_campaigns(self, profile: Profile) -> None:
        """Whatever a caller works for there is from then on."""
        for name in sorted(profile.campaigns):
            if same(name) not in self.campaigns:
                self.set_campaign(name, NEW_CAMPAIGN)

    def set_campaign(self, name: str, terms: Terms) -> None:
        known = self.campaigns.setdefault(same(name), Campaign(name, Step(f"Campaign {name}", terms.rule)))
        known.step.rule = terms.rule

    def assign_campaign(self, name: str, callers: list[int]) -> None:
        if same(name) in self.campaigns and not any(self.callers[number].gone for number in callers):
            for number, caller in enumerate(self.callers):
                others = frozenset(other for other in caller.profile.campaigns if same(other) != same(name))
                mine = {name} if number in callers else set()
                caller.profile = replace(caller.profile, campaigns=others | mine)

    def end_campaign(self, name: str) -> None:
        if self.campaigns.get(same(name)):
            self.assign_campaign(name, [])
            del self.campaigns[same(name)]

    def drain(self, is_on: bool) -> None:
        self.drains = is_on

    def relocate(self, timezone: str) -> None:
        """The business day goes on to its midnight in the old timezone, whatever the date is in the new one."""
        if timezone != str(self.zone):
            today = self.today()
            if self.now >= self.day_ends:
                self.day_ends = datetime.combine(today + timedelta(days=1), time(), self.zone)
            self.day, self.zone = today, ZoneInfo(timezone)

    # What happens to leads.

    def arrive(self, leads: tuple[Form, ...]) -> None:
        for form in leads:
            self.contacts.join(form)
            campaign = self.campaigns.get(same(form.campaign))
            # A lead of a campaign says its name as the campaign spells it, for conditions too.
            spelled = replace(form, campaign=campaign.name) if campaign else form
            self.leads.append(Lead(spelled, len(self.leads), campaign))
            self.deal(self.leads[-1])

    def give(self, lead: int, caller: int | None) -> None:
        """A manager may go over limits, never to the absent; without a caller the lead is dealt again."""
        given = self.leads[lead]
        if given.status == "closed":
            return
        if caller is None or (self.callers[caller].takes() and given.holder != caller):
            self.move([given], caller)

    def take(self, lead: Lead) -> None:
        """A lead that is moved by hand counts no more for who had it."""
        if lead.status == "assigned":
            assert lead.holder is not None
            del self.counted[lead.holder, lead.day][lead.id]

    def work(self, deed: str, lead: int) -> None:
        worked = self.leads[lead]
        self.get_on(deed, worked)
        match deed, worked.status:
            case "claim", "assigned":
                worked.claimed = worked.claimed or worked.claim_by is None or self.now < worked.claim_by
            case "reach" | "lose", "assigned":
                worked.claimed = True
        match deed, worked.status:
            case "close" | "lose", "assigned" | "waiting":
                worked.status = "closed"
            case "reopen" | "qualify" | "renew", "closed":
                self.reopen(worked)
            case "hold" | "release", "waiting":
                worked.held = deed == "hold"

    def get_on(self, deed: str, lead: Lead) -> None:
        """How far a lead has come: what somebody reached it by, or says of it, and how it ended."""
        if deed in ("reach", "lose"):
            lead.reached = True
        if deed == "lose":
            lead.ended = "lost"
        if deed in ("qualify", "renew"):
            lead.qualified, lead.reached = deed == "qualify", lead.reached and deed == "qualify"
        if deed in ("reopen", "qualify", "renew"):
            lead.ended = None

    def reopen(self, lead: Lead) -> None:
        """Back to who had it, if there; else it is dealt."""
        had = lead.holder
        if had is not None and self.callers[had].takes():
            self.assign(lead, had, None)
            lead.attempts = None
        else:
            self.deal(lead)

    def merge(self, lead: int, into: int, to: HandOver) -> None:
        """The open leads of the two go to one caller, if there is one who may get them."""
        if not isinstance(to, int):
            self.contacts.merge(lead, into)
        elif self.callers[to].takes() and self.contacts.merge(lead, into):
            own = [self.leads[number] for number in sorted({lead, *self.contacts.leads_beside(lead)})]
            self.move([open_ for open_ in own if open_.status == "assigned" and open_.holder != to], to)

    def unmerge(self, lead: int) -> None:
        self.contacts.unmerge(lead)

    def edit(self, lead: int, field: str, key: Key) -> None:
        """What is no phone or e-mail is refused. Who has the lead stays."""
        if key[1] is not None:
            self.contacts.edit(lead, field, key[1])

    def tick(self) -> None:
        """Who let the time to claim pass loses the lead, soonest overdue first; then the queue, oldest first."""
        while True:
            overdue = [lead for lead in self.leads if lead.status == "assigned" and self.is_overdue(lead)]
            overdue.sort(key=lambda lead: (lead.claim_by, lead.number))
            for lead in overdue[:OVERDUE_AT_ONCE]:
                self.expire(lead)
            for lead in self.queue() if self.drains else []:
                if not lead.held:
                    self.deal(lead, only_if_free=True)
            if len(overdue) < OVERDUE_AT_ONCE:
                return

    def is_overdue(self, lead: Lead) -> bool:
        return lead.claim_by is not None and not lead.claimed and lead.claim_by <= self.now

    def expire(self, lead: Lead) -> None:
        """The lead goes to somebody else, until it was refused as often as the rule allows."""
        assert lead.step is not None
        assert lead.holder is not None
        lead.status = "new"
        lead.refused.append(lead.holder)
        if len(lead.refused) >= lead.step.rule.most_expiries:
            self.wait(lead, None)
            lead.held = True
        else:
            self.deal(lead)

    # Dealing.

    def deal(self, lead: Lead, *, only_if_free: bool = False) -> None:
        """Give the lead to who has an open one of its contact, else to whoever's turn it is, or to nobody."""
        beside = self.look_beside(lead)
        if beside.free:
            self.assign(lead, beside.free[0], None, duplicate_of=self.first_beside(lead, beside.free[0]))
            lead.attempts = [beside]
            return
        attempts = [beside] if beside.standings else []
        for step in self.way(lead):
            if not step.is_for(lead.form):
                continue
            attempt = self.look(step, lead)
            attempts.append(attempt)
            if attempt.free:
                self.choose(step, lead, attempt)
                self.assign(lead, attempt.free[0], step)
                lead.attempts = attempts
                return
            if step.rule.is_paused or (attempt.standings and step.rule.on_exhausted == "queue"):
                break
        if not only_if_free:
            self.wait(lead, attempts)

    def way(self, lead: Lead) -> list[Step]:
        """The rules in the order they are tried."""
        runs = lead.campaign is not None and lead.campaign in self.campaigns.values()
        return [lead.campaign.step, *self.plan] if lead.campaign and runs else self.plan

    def look_beside(self, lead: Lead) -> Attempt:
        """Who has other open leads of the lead's contact, and who of them could take it."""
        standings = {}
        for other in self.open_beside(lead):
            assert other.holder is not None
            standings[other.holder] = self.callers[other.holder].presence(self.now)
            if other.holder in lead.refused:
                standings[other.holder] = "let it expire"
        return Attempt(SAME_CONTACT, None, standings, [n for n in standings if standings[n] == "free"])

    def open_beside(self, lead: Lead) -> list[Lead]:
        """The other open leads of the lead's contact, in the order they came."""
        beside = [self.leads[n] for n in self.contacts.leads_beside(lead.id)]
        return [other for other in beside if other.status == "assigned"]

    def first_beside(self, lead: Lead, caller: int) -> int:
        """The first of them that the caller has."""
        return next(other.id for other in self.open_beside(lead) if other.holder == caller)

    def look(self, step: Step, lead: Lead) -> Attempt:
        """Who is in the lead's pool, and who of them could take it."""
        standings: dict[int, str] = {}
        if step.rule.is_paused:
            return Attempt(step.name, step.pool(lead.form), standings, [])
        for number, caller in enumerate(self.callers):
            if not caller.gone and step.has(number, caller, lead.form):
                standings[number] = caller.standing(
                    self.now, self.now.astimezone(self.zone), self.given(number), self.load(number)
                )
                if number in lead.refused:
                    standings[number] = "let it expire"
        return Attempt(step.name, step.pool(lead.form), standings, [n for n in standings if standings[n] == "free"])

    def choose(self, step: Step, lead: Lead, attempt: Attempt) -> None:
        """Put the one whose turn it is first."""
        key = step.pool(lead.form)
        pool = self.pools.setdefault(key, PoolModel(self.workspace, key))
        last = pool.last
        members = [self.member(number, step, lead) for number in attempt.free]
        chosen = self.ids.index(pool.deal_one(step.rule.strategy, members, self.today()).caller)
        if step.rule.strategy == "round_robin":
            attempt.free.sort(key=lambda n: (last is not None and self.ids[n] <= last, n))
        else:
            attempt.free.sort(key=lambda n: (n != chosen, n))
        assert attempt.free[0] == chosen

    def member(self, number: int, step: Step, lead: Lead) -> Member:
        """A free caller as strategies see one."""
        profile = self.callers[number].profile
        given, load = self.given(number), self.load(number)
        by_source = "source" in step.rule.attributes
        return Member(
            self.ids[number],
            weight=self.callers[number].competence(value(lead.form, "source")) if by_source else profile.weight,
            turns=min(
                profile.daily_limit - given if profile.daily_limit else UNLIMITED,
                profile.max_load - load if profile.max_load else UNLIMITED,
            ),
            given=given,
            load=load,
            max_load=profile.max_load,
        )

    def assign(self, lead: Lead, caller: int, step: Step | None, *, duplicate_of: int | None = None) -> None:
        """The lead is the caller's; by hand and of the same contact there is no rule, and no time to claim it in."""
        self.numbers += 1
        minutes = step.rule.claim_minutes if step else None
        lead.status, lead.holder, lead.number, lead.step = "assigned", caller, self.numbers, step
        lead.claim_by = self.now + timedelta(minutes=minutes) if minutes else None
        lead.claimed = lead.held = False
        lead.duplicate_of = duplicate_of
        lead.day = self.today()
        self.counted.setdefault((caller, lead.day), {}).setdefault(lead.id, duplicate_of is not None)

    def wait(self, lead: Lead, attempts: list[Attempt] | None) -> None:
        """The lead is the last in the queue."""
        self.numbers += 1
        lead.status, lead.holder, lead.duplicate_of = "waiting", None, None
        lead.attempts, lead.number, lead.held = attempts, self.numbers, False

    # What is the case.

    def queue(self) -> list[Lead]:
        """Who waits, oldest first, held ones too."""
        return sorted((lead for lead in self.leads if lead.status == "waiting"), key=lambda lead: lead.number)

    def load(self, caller: int) -> int:
        """How many leads the caller has open."""
        return sum(lead.status == "assigned" and lead.holder == caller for lead in self.leads)

    def today(self) -> date:
        """The business day: never one before that on which the workspace moved."""
        return self.day if self.now < self.day_ends else max(self.day, self.now.astimezone(self.zone).date())

    def given(self, caller: int) -> int:
        """How many leads count for the caller today: each once, and those that came as duplicates not at all."""
        return sum(not duplicate for duplicate in self.counted.get((caller, self.today()), {}).values())
