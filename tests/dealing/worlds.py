"""Two that carry out the same scenario: the model, and Fairlead in PostgreSQL."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.types.json import Jsonb

from tests.dealing.model import EVERYBODY, Caller, Model
from tests.dealing.scenarios import (
    PLACES,
    Archive,
    Arrive,
    Change,
    Give,
    Hire,
    Pause,
    Scenario,
    Step,
    Wait,
    WaitForMidnight,
)

Explanation = list[tuple[str, list[tuple[int, str]], set[tuple[int, str]]]]
"""For each rule tried: its pool, who was free in the order of the circle with what became of them, who was skipped."""


def moments(scenario: Scenario) -> list[tuple[datetime, Step]]:
    """Each step with the time it happens at."""
    now, zone, timed = scenario.start, ZoneInfo(scenario.timezone), []
    for step in scenario.steps:
        if isinstance(step, Wait):
            now += step.duration
        elif isinstance(step, WaitForMidnight):
            tomorrow = now.astimezone(zone).date() + timedelta(days=1)
            now = max(now, datetime.combine(tomorrow, time(), zone).astimezone(now.tzinfo) + step.after)
        timed.append((now, step))
    return timed


def play_model(scenario: Scenario) -> Model:
    """Carry out the scenario on paper."""
    model = Model(scenario.timezone)
    for now, step in moments(scenario):
        if isinstance(step, Hire):
            model.callers.append(Caller(step.states, step.limit))
        elif isinstance(step, Arrive):
            for place in step.leads:
                model.arrive(PLACES[place][2], now)
        elif isinstance(step, Give) and model.leads:
            lead = model.leads[step.lead % len(model.leads)]
            if step.caller is None:
                model.deal(lead, now)
            elif model.callers:
                model.give(lead, step.caller % len(model.callers), now)
        elif isinstance(step, Pause | Change | Archive) and model.callers:
            caller = model.callers[step.caller % len(model.callers)]
            if caller.gone:
                continue
            if isinstance(step, Pause):
                caller.paused = step.paused
            elif isinstance(step, Change):
                caller.states, caller.limit = step.states, step.limit
            else:
                caller.gone = True
    return model


class Database:
    """Carries out a scenario in a workspace of its own, in the open transaction of `connection`."""

    def __init__(self, connection: psycopg.Connection[Any], scenario: Scenario, *, one_by_one: bool) -> None:
        self.connection = connection
        self.one_by_one = one_by_one
        self.callers: list[Any] = []
        self.statuses: list[str] = []
        self.leads: list[Any] = []
        workspace = "insert into crm.workspaces (name, timezone) values ('Scenario', %s) returning id"
        self.workspace_id = self.ask(workspace, scenario.timezone)
        self.ask("select set_config('fairlead.workspace_id', %s, true)", str(self.workspace_id))
        for now, step in moments(scenario):
            self.ask("select set_config('fairlead.now', %s, true)", now.isoformat())
            self.carry_out(step)

    def ask(self, query: str, *parameters: Any) -> Any:
        """The first value of the answer."""
        row = self.connection.execute(query.encode(), parameters).fetchone()
        assert row is not None
        return row[0]

    def carry_out(self, step: Step) -> None:
        """Do what happens; what the functions refuse with LD409 does not."""
        try:
            with self.connection.transaction():
                self._carry_out(step)
        except psycopg.Error as error:
            if error.sqlstate != "LD409":
                raise

    def _carry_out(self, step: Step) -> None:
        if isinstance(step, Hire):
            caller = {"name": str(len(self.callers)), "states": sorted(step.states), "daily_limit": step.limit}
            self.callers.append(self.ask("select api.create_caller(%s) ->> 'id'", Jsonb(caller)))
            self.statuses.append("active")
        elif isinstance(step, Arrive):
            for batch in [(place,) for place in step.leads] if self.one_by_one else [step.leads]:
                self.insert(batch)
        elif isinstance(step, Give) and self.leads:
            lead = self.leads[step.lead % len(self.leads)]
            caller_id = None if step.caller is None else self.callers and self.callers[step.caller % len(self.callers)]
            if caller_id != []:
                self.ask("select api.reassign_lead(%s, %s)", lead, caller_id)
        elif isinstance(step, Pause | Change | Archive) and self.callers:
            number = step.caller % len(self.callers)
            caller_id = self.callers[number]
            if isinstance(step, Archive):
                self.ask("select api.archive_caller(%s)", caller_id)
            elif isinstance(step, Pause):
                status = "paused" if step.paused else "active"
                self.ask("select api.set_caller_status(%s, %s)", caller_id, status)
                self.statuses[number] = status
            else:
                changed = {"states": sorted(step.states), "daily_limit": step.limit, "status": self.statuses[number]}
                self.ask("select api.update_caller(%s, %s)", caller_id, Jsonb({"name": str(number), **changed}))

    def insert(self, batch: tuple[int, ...]) -> None:
        """Insert leads by one statement."""
        names = [f"lead {len(self.leads) + number}" for number in range(len(batch))]
        rows = self.connection.execute(
            """insert into crm.leads (workspace_id, name, state, city)
               select %s, t.* from unnest(%s::text[], %s::text[], %s::text[]) t returning id""",
            [self.workspace_id, names, [PLACES[place][0] for place in batch], [PLACES[place][1] for place in batch]],
        )
        self.leads += [lead_id for (lead_id,) in rows]

    def holders(self) -> list[int | None]:
        """The number of the caller who has each lead; None for those that wait."""
        rows = self.connection.execute(
            "select id, caller_id::text from routing.lead_cards where workspace_id = %s", [self.workspace_id]
        )
        holder = dict(rows.fetchall())
        numbers: dict[Any, int | None] = {caller: number for number, caller in enumerate(self.callers)}
        return [numbers.get(holder[lead]) for lead in self.leads]

    def explanation(self, lead: int) -> Explanation:
        """What `routing.explain` says of a lead, in the model's words."""
        tried: Explanation = []
        rows = self.connection.execute(
            """select coalesce(pool, 'by hand'), coalesce(caller, ''), outcome, detail from routing.explain(%s)
               order by step, place""",
            [self.leads[lead]],
        )
        for pool, caller, outcome, detail in rows:
            name = EVERYBODY if pool == "global" else pool.removeprefix("state:").capitalize()
            if not tried or tried[-1][0] != name:
                tried.append((name, [], set()))
            if outcome == "skipped" and caller:
                tried[-1][2].add((int(caller), detail.partition(" ")[0]))
            elif caller:
                tried[-1][1].append((int(caller), outcome))
        return tried


def explained(model: Model, lead: int) -> Explanation:
    """What the explanation of a lead has to say, by the model."""
    tried: Explanation = []
    for attempt in model.leads[lead].attempts:
        free = [(caller, "later" if number else "chosen") for number, caller in enumerate(attempt.free)]
        skipped = {(caller, "paused") for caller in attempt.paused} | {(caller, "at") for caller in attempt.at_limit}
        tried.append((attempt.pool, free, skipped))
    return tried
