"""How it stands in a workspace after a scenario, by the model and by PostgreSQL, in the same words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from tests.dealing.database import WORKSPACE, Database
from tests.dealing.model import Attempt, Lead, Model

Card = tuple[str, int | None]
"""A lead: assigned, waiting, held or closed; and who has it, or had it when it was closed."""

Tried = tuple[str, str | None, list[tuple[int, str]], set[tuple[int, str]]]
"""A rule tried: its name and pool, who was free, chosen or later, and who was skipped, and why."""

BY_HAND = "by hand"


@dataclass(eq=False)
class Nearly:
    """A lag. What is no decimal number is cut somewhere, which may tip the twelfth digit; strategies look at six."""

    value: Fraction

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nearly) and abs(self.value - other.value) < Fraction(1, 10**9)


def cards_by_model(model: Model) -> list[Card]:
    """Where each lead is."""
    return [("held" if lead.held and lead.status == "waiting" else lead.status, lead.holder) for lead in model.leads]


def cards_by_database(database: Database) -> list[Card]:
    """Where each lead is."""
    rows = database.connection.execute(
        "select id, assignment_status, is_held, caller_id from routing.lead_cards where workspace_id = %s",
        [WORKSPACE],
    )
    numbers: dict[UUID | None, int | None] = {caller: number for number, caller in enumerate(database.callers)}
    cards = {
        lead: ("held" if is_held else "waiting" if status == "queued" else status, numbers.get(caller))
        for lead, status, is_held, caller in rows
    }
    return [cards[lead] for lead in database.leads]


def queue_by_model(model: Model) -> list[int]:
    """Who waits, oldest first."""
    return [model.leads.index(lead) for lead in model.queue()]


def queue_by_database(database: Database) -> list[int]:
    """Who waits, oldest first."""
    rows = database.connection.execute(
        "select lead_id from crm.queue where workspace_id = %s order by seq", [WORKSPACE]
    )
    return [database.leads.index(lead) for (lead,) in rows]


def pools_by_model(model: Model) -> Mapping[str, Any]:
    """What is remembered of each pool: strategy, last caller, leads dealt, and the circle with when it began."""
    return {
        key: (
            pool.strategy,
            pool.last,
            pool.dealt,
            pool.circle_since if pool.circle else None,
            {caller: (turn.weight, Nearly(turn.lag), turn.turns) for caller, turn in pool.circle.items()},
        )
        for key, pool in model.pools.items()
    }


def pools_by_database(database: Database) -> Mapping[str, Any]:
    """What is remembered of each pool: strategy, last caller, leads dealt, and the circle with when it began."""
    rows = database.connection.execute(
        """select p.key, p.strategy, p.last_caller_id, p.dealt, p.circle_since, c.turns
           from crm.rr_pointers p
           cross join lateral (
             select array_agg(array[t.caller_id::text, t.weight::text, t.lag::text, t.turns::text]) as turns
             from unnest(p.circle) t) c
           where p.workspace_id = %s""",
        [WORKSPACE],
    )
    return {
        key: (
            *pool,
            {
                UUID(caller): (int(weight), Nearly(Fraction(Decimal(lag))), int(had))
                for caller, weight, lag, had in turns or []
            },
        )
        for key, *pool, turns in rows
    }


def log(database: Database) -> list[Any]:
    """Every event, apart from ids."""
    rows = database.connection.execute(
        """select seq, at, kind, actor, lead_id, caller_id, data - 'id'
           from crm.events where workspace_id = %s order by seq""",
        [WORKSPACE],
    )
    number = {lead: number for number, lead in enumerate(database.leads)}
    return [(*event, number.get(lead), caller, data) for *event, lead, caller, data in rows]


def explained_by_model(lead: Lead) -> list[Tried] | None:
    """How the lead came to where it is; None if it is held unclaimed, or was closed while waiting."""
    if lead.status == "closed" and lead.holder is None:
        return None
    if lead.attempts is not None:
        return [tried(attempt) for attempt in lead.attempts]
    return None if lead.holder is None else [(BY_HAND, None, [(lead.holder, "chosen")], set())]


def tried(attempt: Attempt) -> Tried:
    """An attempt, as explained."""
    skipped = {(caller, standing) for caller, standing in attempt.standings.items() if standing != "free"}
    free = [(caller, "later" if place else "chosen") for place, caller in enumerate(attempt.free)]
    return attempt.rule, attempt.pool, free, skipped


def explained_by_database(database: Database) -> list[list[Tried]]:
    """How each lead came to where it is."""
    rows = database.connection.execute(
        """select l.nr, x.rule, x.pool, x.caller, x.outcome, x.detail
           from unnest(%s::uuid[]) with ordinality as l (id, nr) cross join lateral routing.explain(l.id) x
           order by l.nr, x.step, x.place""",
        [database.leads],
    )
    explained: list[list[Tried]] = [[] for _ in database.leads]
    for number, rule, pool, caller, outcome, detail in rows:
        steps = explained[number - 1]
        if not steps or steps[-1][0] != rule:
            steps.append((rule, pool, [], set()))
        if caller is not None and outcome == "skipped":
            steps[-1][3].add((int(caller), detail))
        elif caller is not None:
            steps[-1][2].append((int(caller), outcome))
    return explained
