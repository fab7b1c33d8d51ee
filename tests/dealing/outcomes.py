"""How it stands in a workspace after a scenario, by the model and by PostgreSQL, in the same words."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from tests.dealing.database import WORKSPACE, Database
from tests.dealing.model import Model
from tests.dealing.model_parts import Attempt, Lead

Card = tuple[str, int | None, int | None]
"""A lead: assigned, waiting, held or closed; who has it, or had it when it was closed; and after which open lead."""

Tried = tuple[str, str | None, list[tuple[int, str]], set[tuple[int, str]]]
"""A rule tried: its name and pool, who was free, chosen or later, and who was skipped, and why."""

Naming = tuple[int, int, Mapping[str, int]]
"""A lead whose keys named different contacts: the contact that won, and what each key named."""

BY_HAND, UNCLAIMED = "by hand", "claims"


@dataclass(eq=False)
class Nearly:
    """A lag. What is no decimal number is cut somewhere, which may tip the twelfth digit; strategies look at six."""

    value: Fraction

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nearly) and abs(self.value - other.value) < Fraction(1, 10**9)


def cards_by_model(model: Model) -> list[Card]:
    """Where each lead is."""
    return [
        ("held" if lead.held and lead.status == "waiting" else lead.status, lead.holder, lead.duplicate_of)
        for lead in model.leads
    ]


def cards_by_database(database: Database) -> list[Card]:
    """Where each lead is."""
    rows = database.connection.execute(
        """select id, assignment_status, is_held, caller_id, duplicate_of
           from core.lead_cards where workspace_id = %s""",
        [WORKSPACE],
    )
    callers, leads = numbers(database.callers), numbers(database.leads)
    cards = {
        lead: (
            "held" if is_held else "waiting" if status == "queued" else status,
            callers.get(caller),
            leads.get(duplicate_of),
        )
        for lead, status, is_held, caller, duplicate_of in rows
    }
    return [cards[lead] for lead in database.leads]


def progress_by_model(model: Model) -> list[str]:
    """How far each lead has come."""
    return [lead.progress for lead in model.leads]


def progress_by_database(database: Database) -> list[str]:
    """How far each lead has come."""
    rows = database.connection.execute(
        "select id, coalesce(status, 'new')::text from crm.leads where workspace_id = %s", [WORKSPACE]
    )
    progress = dict(rows.fetchall())
    return [progress[lead] for lead in database.leads]


def numbers(ids: list[UUID]) -> Mapping[UUID | None, int]:
    """The number of each id."""
    return {known: number for number, known in enumerate(ids)}


def contacts_by_model(model: Model) -> list[tuple[int, int]]:
    """Which contact each lead is of, and which that counts as."""
    return [(contact, model.contacts.root(contact)) for contact in model.contacts.of_lead]


def contacts_by_database(database: Database) -> list[tuple[int, int]]:
    """Which contact each lead is of, and which that counts as."""
    rows = database.connection.execute(
        """select c.id, routing.root_of(%s, c.id)
           from unnest(%s::uuid[]) with ordinality as l (id, nr) cross join lateral routing.contact_of(%s, l.id) c (id)
           order by l.nr""",
        [WORKSPACE, database.leads, WORKSPACE],
    )
    leads = numbers(database.leads)
    return [(leads[contact], leads[root]) for contact, root in rows]


def conflicts_by_model(model: Model) -> list[Naming]:
    """Leads whose keys named different contacts, in their order."""
    return [(conflict.lead, conflict.winner, conflict.named) for conflict in model.contacts.conflicts]


def conflicts_by_database(database: Database) -> list[Naming]:
    """Leads whose keys named different contacts, as an event says, beside that by which they were dealt or edited."""
    rows = database.connection.execute(
        """select c.lead_id, c.data from crm.events c
           join crm.events told on told.workspace_id = c.workspace_id and told.lead_id = c.lead_id and case
             when c.data ? 'edit_seq' then told.seq = (c.data ->> 'edit_seq')::bigint and told.kind = 'lead.updated'
             else told.seq = c.seq + 1 and told.kind in ('lead.assigned', 'lead.queued') end
           where c.workspace_id = %s and c.kind = 'contact.conflict' order by c.seq""",
        [WORKSPACE],
    )
    leads = numbers(database.leads)
    return [
        (leads[lead], leads[UUID(data["contact_id"])], {kind: leads[UUID(own)] for kind, own in data["keys"].items()})
        for lead, data in rows
    ]


def queue_by_model(model: Model) -> list[int]:
    """Who waits, oldest first."""
    return [model.leads.index(lead) for lead in model.queue()]


def queue_by_database(database: Database) -> list[int]:
    """Who waits, oldest first."""
    rows = database.connection.execute(
        "select lead_id from crm.queue where workspace_id = %s order by seq", [WORKSPACE]
    )
    return [database.leads.index(lead) for (lead,) in rows]


def counters_by_model(model: Model) -> Mapping[tuple[int, date], tuple[int, int]]:
    """How many leads count for each caller on each day, and how many came as duplicates."""
    counters = {key: Counter(leads.values()) for key, leads in model.counted.items() if leads}
    return {key: (duplicates[False], duplicates[True]) for key, duplicates in counters.items()}


def counters_by_database(database: Database) -> Mapping[tuple[int, date], tuple[int, int]]:
    """How many leads count for each caller on each day, and how many came as duplicates."""
    rows = database.connection.execute(
        """select caller_id, date, count, duplicates from crm.caller_daily_counters
           where workspace_id = %s and count + duplicates > 0""",
        [WORKSPACE],
    )
    callers = numbers(database.callers)
    return {(callers[caller], date): (count, duplicates) for caller, date, count, duplicates in rows}


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
    """Every event, apart from ids; the step of a campaign's rule is made of one."""
    rows = database.connection.execute(
        """select seq, at, kind, actor, lead_id, caller_id,
             data - '{id,campaign_id,activity_id,done_with}'::text[]
               - case when (data ->> 'step')::int < 0 then 'step' else '' end
           from crm.events where workspace_id = %s order by seq""",
        [WORKSPACE],
    )
    leads = numbers(database.leads)
    names = {str(lead): f"lead {number}" for lead, number in leads.items()}
    return [(*event, leads.get(lead), caller, named(data, names)) for *event, lead, caller, data in rows]


def named(data: Any, names: Mapping[str, str]) -> Any:
    """What an event says, with these names for the ids of leads, which are those of contacts too."""
    if isinstance(data, dict):
        return {key: named(value, names) for key, value in data.items()}
    if isinstance(data, list):
        return [named(value, names) for value in data]
    return names.get(data, data) if isinstance(data, str) else data


def explained_by_model(lead: Lead) -> list[Tried] | None:
    """How the lead came to where it is; None if it was closed while waiting."""
    if lead.status == "closed" and lead.holder is None:
        return None
    if lead.attempts is not None:
        return [tried(attempt) for attempt in lead.attempts]
    if lead.holder is None:
        return [(UNCLAIMED, None, [], {(caller, "let it expire") for caller in lead.refused})]
    return [(BY_HAND, None, [(lead.holder, "chosen")], set())]


def tried(attempt: Attempt) -> Tried:
    """An attempt, as explained."""
    skipped = {(caller, standing) for caller, standing in attempt.standings.items() if standing != "free"}
    free = [(caller, "later" if place else "chosen") for place, caller in enumerate(attempt.free)]
    return attempt.rule, attempt.pool, free, skipped


def explained_by_database(database: Database) -> list[list[Tried]]:
    """How each lead came to where it is."""
    rows = database.connection.execute(
        """select l.nr, x.rule, x.pool, x.caller, x.outcome, x.detail
           from unnest(%s::uuid[]) with ordinality as l (id, nr) cross join lateral routing.explain(l.id)
             with ordinality as x (step, rule, pool, place, caller_id, caller, outcome, detail, nr)
           order by l.nr, x.nr""",
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
