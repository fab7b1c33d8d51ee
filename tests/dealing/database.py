"""Scenarios carried out by Fairlead in PostgreSQL, in a workspace of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from tests.dealing.conditions import condition_json
from tests.dealing.scenarios import HandOver, Scenario
from tests.dealing.settings import Form, Key, Profile, Rule, Shift, Terms, rule_id

WORKSPACE = 1_000_000
# What comes of a call, as the dispositions that a workspace begins with have it.
OUTCOMES = {"miss": "Busy", "reach": "Interested", "lose": "Already bought"}


class Database:
    """A world in the open transaction of `connection`.

    The workspace's number and the ids of callers and rules are given, because what strategies draw by chance is drawn
    from them.
    """

    def __init__(
        self, connection: psycopg.Connection[Any], scenario: Scenario, ids: list[UUID], *, one_by_one: bool = False
    ) -> None:
        self.connection = connection
        self.one_by_one = one_by_one
        self.ids = ids
        self.callers: list[UUID] = []
        self.paused: list[bool] = []
        self.leads: list[UUID] = []
        self.plan: list[tuple[str, UUID]] = []
        self.rules_made = 0
        connection.execute(
            """alter table crm.rules alter column id
               set default coalesce(nullif(current_setting('fairlead.rule_id', true), '')::uuid, crm.new_id())"""
        )
        workspace = """insert into crm.workspaces (id, name, timezone) overriding system value
                       values (%s, 'Scenario', %s) returning set_config('fairlead.workspace_id', id::text, true)"""
        self.set_clock(scenario.start)
        self.ask(workspace, WORKSPACE, scenario.timezone)
        rules = "select r.id from crm.rules r where r.workspace_id = %s order by r.step"
        for (number,) in connection.execute(rules, [WORKSPACE]).fetchall():
            self.ask("select api.archive_rule(%s)", number)

    def ask(self, query: str, *parameters: Any) -> Any:
        """The first value of the answer."""
        row = self.connection.execute(query.encode(), parameters).fetchone()
        assert row is not None
        return row[0]

    @contextmanager
    def allowed(self, refusal: str = "LD409") -> Iterator[None]:
        """What is refused with that does not happen."""
        try:
            with self.connection.transaction():
                yield
        except psycopg.Error as error:
            if error.sqlstate != refusal:
                raise

    def set_clock(self, now: datetime) -> None:
        self.ask("select set_config('fairlead.now', %s, true)", now.isoformat())

    def hire(self, profile: Profile) -> None:
        number = len(self.callers)
        row = "insert into crm.callers (workspace_id, id, name) values (%s, %s, %s) returning id"
        self.callers.append(self.ask(row, WORKSPACE, self.ids[number], str(number)))
        self.paused.append(False)
        self.change(number, profile)

    def change(self, caller: int, profile: Profile) -> None:
        with self.allowed():
            changed = caller_json(caller, profile, paused=self.paused[caller])
            self.ask("select api.update_caller(%s, %s)", self.callers[caller], Jsonb(changed))

    def pause(self, caller: int, paused: bool, to: HandOver) -> None:
        with self.allowed():
            status = "paused" if paused else "active"
            self.ask("select api.set_caller_status(%s, %s, %s)", self.callers[caller], status, self.where(to))
            self.paused[caller] = paused

    def disable(self, caller: int, disabled: bool) -> None:
        """The person has the id of the caller, and is made when first disabled or enabled."""
        person = self.callers[caller]
        row = """with person as (
                   insert into crm.users (workspace_id, id, email, name, role, password_hash, caller_id)
                   values (%s, %s, %s, 'Somebody', 'caller', '', %s) on conflict do nothing returning id)
                 select count(*) from person"""
        self.ask(row, WORKSPACE, person, f"{person}@example.com", person)
        self.ask("select api.update_user(%s, %s)", person, Jsonb({"disabled": disabled}))

    def archive(self, caller: int, to: HandOver) -> None:
        with self.allowed():
            self.ask("select api.archive_caller(%s, %s)", self.callers[caller], self.where(to))

    def give_all(self, caller: int, to: HandOver) -> None:
        with self.allowed():
            self.ask("select api.hand_over_leads(%s, %s)", self.callers[caller], self.where(to))

    def where(self, to: HandOver) -> str | None:
        """Where open leads go, as the API has it."""
        return str(self.callers[to]) if isinstance(to, int) else to

    def add_rule(self, rule: Rule) -> None:
        self.rules_made += 1
        name = f"rule {self.rules_made}"
        self.ask("select set_config('fairlead.rule_id', %s, true)", str(rule_id(self.rules_made)))
        made = self.ask("select api.create_rule(%s)", Jsonb(self.rule_json(name, rule)))
        self.ask("select set_config('fairlead.rule_id', '', true)")
        self.plan.insert(made["step"] - 1, (name, UUID(made["id"])))

    def change_rule(self, step: int, rule: Rule) -> None:
        name, number = self.plan[step]
        self.ask("select api.update_rule(%s, %s)", number, Jsonb(self.rule_json(name, rule)))

    def rule_json(self, name: str, rule: Rule) -> dict[str, Any]:
        """A rule as over the API."""
        return {**rule_json(name, rule), "callers": [str(self.callers[caller]) for caller in sorted(rule.callers)]}

    def drop_rule(self, step: int) -> None:
        self.ask("select api.archive_rule(%s)", self.plan.pop(step)[1])

    def move_rule(self, step: int) -> None:
        self.plan.insert(0, self.plan.pop(step))
        self.ask("select api.order_rules(%s::uuid[])", [number for _, number in self.plan])

    def campaign(self, name: str) -> int | None:
        """The number of a campaign that runs."""
        return self.ask("select (routing.find_campaign_named(%s, %s)).id", WORKSPACE, name)  # type: ignore[no-any-return]

    def set_campaign(self, name: str, terms: Terms) -> None:
        if self.campaign(name) is None:
            self.ask("select api.create_campaign(%s)", Jsonb({"name": name, "strategy": terms.strategy}))
        self.ask("select api.update_campaign(%s, %s)", self.campaign(name), Jsonb(asdict(terms)))

    def assign_campaign(self, name: str, callers: list[int]) -> None:
        if (campaign := self.campaign(name)) is not None:
            with self.allowed("LD422"):
                ids = [self.callers[caller] for caller in callers]
                self.ask("select api.set_campaign_callers(%s, %s::uuid[])", campaign, ids)

    def end_campaign(self, name: str) -> None:
        if (campaign := self.campaign(name)) is not None:
            self.ask("select api.archive_campaign(%s)", campaign)

    def arrive(self, leads: tuple[Form, ...]) -> None:
        for batch in [(form,) for form in leads] if self.one_by_one else [leads]:
            self.insert(batch)

    def insert(self, batch: tuple[Form, ...]) -> None:
        """Insert leads by one statement."""
        columns = [
            [f"lead {len(self.leads) + number}" for number in range(len(batch))],
            [form.place[0] for form in batch],
            [form.place[1] for form in batch],
            [form.source for form in batch],
            [form.language for form in batch],
            [Jsonb(form.metadata) for form in batch],
            [form.external_id[0] for form in batch],
            [form.phone[0] for form in batch],
            [form.email[0] for form in batch],
            [form.second_phone[0] for form in batch],
        ]
        rows = self.connection.execute(
            """insert into crm.leads
                 (workspace_id, name, state, city, lead_source, language, metadata, external_id, phone, email,
                  other_phones)
               select %s, name, state, city, source, language, metadata, external_id, phone, email,
                 case when second is not null then array[second] end
               from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb[],
                 %s::text[], %s::text[], %s::text[], %s::text[]) t (
                 name, state, city, source, language, metadata, external_id, phone, email, second)
               returning id""",
            [WORKSPACE, *columns],
        )
        self.leads += [lead_id for (lead_id,) in rows]

    def give(self, lead: int, caller: int | None) -> None:
        with self.allowed():
            self.ask(
                "select api.reassign_lead(%s, %s)", self.leads[lead], None if caller is None else self.callers[caller]
            )

    def work(self, deed: str, lead: int) -> None:
        with self.allowed():
            lead_id = self.leads[lead]
            if deed in ("hold", "release"):
                self.ask("select api.hold_lead(%s, %s)", lead_id, deed == "hold")
            elif deed == "claim":
                holder = "select min(c.caller_id::text)::uuid from core.lead_cards c where c.id = %s"
                self.ask("select api.claim_lead(%s, %s)", lead_id, self.ask(holder, lead_id))
            elif deed in OUTCOMES:
                self.ask(
                    """select api.log_activity(%s, jsonb_build_object('disposition_id', (
                         select d.id from crm.dispositions d where d.workspace_id = %s and d.name = %s)))""",
                    *(lead_id, WORKSPACE, OUTCOMES[deed]),
                )
            elif deed in ("qualify", "renew"):
                self.ask(
                    "select api.set_lead_status(%s, %s, null)", lead_id, "qualified" if deed == "qualify" else "new"
                )
            else:
                self.ask(f"select api.{deed}_lead(%s)", lead_id)

    def merge(self, lead: int, into: int, to: HandOver) -> None:
        with self.allowed():
            self.ask("select api.merge_contacts(%s, %s, %s)", self.leads[lead], self.leads[into], self.where(to))

    def unmerge(self, lead: int) -> None:
        with self.allowed():
            self.ask("select api.unmerge_contact(%s)", self.leads[lead])

    def edit(self, lead: int, field: str, key: Key) -> None:
        with self.allowed("LD422"):
            self.ask("select api.update_lead(%s, %s)", self.leads[lead], Jsonb({field: key[0]}))

    def tick(self) -> None:
        while self.ask("select api.tick()"):
            pass

    def drain(self, is_on: bool) -> None:
        self.ask("select api.update_workspace(%s)", Jsonb({"drains_queue": is_on}))

    def relocate(self, timezone: str) -> None:
        self.ask("select api.update_workspace(%s)", Jsonb({"timezone": timezone}))


def caller_json(number: int, profile: Profile, *, paused: bool) -> dict[str, Any]:
    """A caller as over the API."""
    return {
        "name": str(number),
        "status": "paused" if paused else "active",
        "states": sorted(profile.states),
        "languages": sorted(profile.languages),
        "team": profile.team,
        "campaigns": sorted(profile.campaigns),
        "sources": [{"source": source, "weight": weight} for source, weight in profile.sources],
        "weight": profile.weight,
        "daily_limit": profile.daily_limit,
        "max_load": profile.max_load,
        "hours": [shift_json(shift) for shift in profile.hours] or None,
        "time_off": [
            {"from": begin.isoformat(), "to": end.isoformat() if end else None} for begin, end in profile.time_off
        ],
    }


def shift_json(shift: Shift) -> dict[str, Any]:
    """Hours as over the API."""
    since, until = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (shift.since, shift.until))
    return {"days": sorted(shift.days), "from": since, "to": until}


def rule_json(name: str, rule: Rule) -> dict[str, Any]:
    """A rule as over the API."""
    return {
        "name": name,
        "attributes": sorted(rule.attributes),
        "strategy": rule.strategy,
        "on_exhausted": rule.on_exhausted,
        "is_on": rule.is_on,
        "condition": rule.condition and condition_json(rule.condition),
        "teams": sorted(rule.teams),
        "claim_minutes": rule.claim_minutes,
        "most_expiries": rule.most_expiries,
        "is_paused": rule.is_paused,
    }
