"""Everything at once: leads pour in, are claimed, closed and expire; managers change callers, contacts and the plan."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.support import Workspace

pytestmark = pytest.mark.concurrent
Together = Callable[..., list[Any]]

# A minute of it is an extra: FAIRLEAD_TEST_STORM_SECONDS=60.
SECONDS = float(os.environ.get("FAIRLEAD_TEST_STORM_SECONDS", "8"))
# A busy machine takes longer until everything has happened at least once.
MOST_SECONDS_MORE = 60.0
EVERYTHING = {f"lead.{kind}" for kind in ("assigned", "claimed", "closed", "expired")}
EVERYTHING |= {f"contact.{kind}" for kind in ("conflict", "merged", "unmerged")}
WRITERS, CLAIMERS, TICKERS = 16, 4, 2
STATES = ("Maharashtra", "Goa", "Kerala", None)
LANGUAGES = ("Hindi", "Marathi", None)
# A quarter of the leads is of so many people, who are taken for each other now and then.
PEOPLE = 40
STRATEGIES = ("round_robin", "weighted", "weighted_random", "random", "least_loaded")
# Neither a manager nor the tick is busier than so many seconds apart.
PACE = 0.05
# The tick looks from so far ahead that claims of a minute are overdue at once.
AHEAD = "select set_config('fairlead.now', (clock_timestamp() + interval '61 seconds')::text, false)"
SOMEBODYS_LEAD = """
select a.lead_id, a.caller_id from crm.lead_assignments a
where a.workspace_id = %s and a.ended_at is null order by a.seq desc limit 1 offset %s"""
# A contact has the id of its first lead.
CONTACTS = "select distinct k.contact_id from crm.contact_keys k where k.workspace_id = %s order by 1 limit 3"
MERGE, UNMERGE = "api.merge_contacts(%s, %s, 'keep')", "api.unmerge_contact(%s)"
REGROUPING: tuple[tuple[str, *tuple[int, ...]], ...] = ((MERGE, 0, 1), (MERGE, 1, 2), (UNMERGE, 0), (UNMERGE, 1))


class Storm:
    """What each connection does until the time is over and everything has happened; counts what was done."""

    def __init__(self, connection: psycopg.Connection[Any], number: int, workspace: Workspace, until: float) -> None:
        self.own = Workspace(connection, workspace.id, workspace.source_id, workspace.token)
        self.connection = connection
        self.chance = random.Random(number)
        self.number = number
        self.until = until
        self.done: Counter[str] = Counter()

    def rage(self) -> Counter[str]:
        """Play the part of this number."""
        roles = [self.write] * WRITERS + [self.work] * CLAIMERS + [self.tick] * TICKERS + [self.manage, self.regroup]
        role = roles[self.number]
        while not self.is_over():
            role()
            self.done[role.__name__] += 1
        return self.done

    def is_over(self) -> bool:
        now = time.monotonic()
        if now < self.until:
            return False
        kinds = {kind for (kind,) in self.connection.execute("select distinct kind from crm.events")}
        return kinds >= EVERYTHING or now > self.until + MOST_SECONDS_MORE

    def write(self) -> None:
        leads = [
            {"name": f"{self.number}-{self.done['write']}-{n}", "state": self.chance.choice(STATES)}
            | {"language": self.chance.choice(LANGUAGES)}
            | self.person()
            for n in range(self.chance.choice([1, 1, 3, 30]))
        ]
        self.own.ingest(*leads)

    def person(self) -> dict[str, str | None]:
        """Mostly nobody; else known by a phone, an e-mail, or both, which may be of two people."""
        phone, email = self.chance.randrange(PEOPLE), self.chance.randrange(PEOPLE)
        is_known_by = self.chance.choice([(False, False)] * 9 + [(True, False), (False, True), (True, True)])
        return {
            "phone": f"98123 {phone:05}" if is_known_by[0] else None,
            "email": f"person{email}@example.com" if is_known_by[1] else None,
        }

    def work(self) -> None:
        """Claim or close a lead; it may be somebody else's by now."""
        found = self.connection.execute(SOMEBODYS_LEAD, [self.own.id, self.chance.randrange(40)]).fetchone()
        if found is None:
            return
        lead, caller = found
        if self.chance.random() < 0.6:
            self.attempt("api.claim_lead(%s, %s)", lead, caller)
        else:
            self.attempt("api.close_lead(%s)", lead)

    def attempt(self, call: str, *arguments: Any) -> None:
        """What is refused with LD409 came too late."""
        try:
            self.own.call(call, *arguments)
        except psycopg.Error as error:
            if error.sqlstate != "LD409":
                raise
            self.done["late"] += 1

    def tick(self) -> None:
        self.connection.execute(AHEAD)
        self.connection.execute("select api.tick()")
        time.sleep(PACE)

    def manage(self) -> None:
        """Pause or resume a caller, change limits, or change a rule, as a DBA would."""
        caller = (
            "update crm.callers set status = %s, daily_limit = %s, max_load = %s, weight = %s where id = "
            "(select id from crm.callers where workspace_id = %s order by random() limit 1)"
        )
        rule = (
            "update crm.rules set strategy = %s, on_exhausted = %s, is_on = %s, claim_minutes = %s "
            "where workspace_id = %s and step = %s"
        )
        if self.chance.random() < 0.6:
            status = self.chance.choice(["active", "active", "paused"])
            limits = (self.chance.choice([0, 300]), self.chance.choice([0, 10, 60]), self.chance.randint(1, 5))
            self.connection.execute(caller, [status, *limits, self.own.id])
        else:
            changed: list[Any] = [self.chance.choice(STRATEGIES), self.chance.choice(["next", "next", "queue"])]
            changed += [self.chance.random() < 0.9, self.chance.choice([None, 1])]
            self.connection.execute(rule, [*changed, self.own.id, self.chance.randint(1, 3)])
        time.sleep(PACE)

    def regroup(self) -> None:
        """Merge a contact into another and that into a third, then undo the one and the other, over and over."""
        contacts = [contact for (contact,) in self.connection.execute(CONTACTS, [self.own.id])]
        if len(contacts) == 3:
            call, *chosen = REGROUPING[self.done["regroup"] % len(REGROUPING)]
            self.attempt(call, *(contacts[number] for number in chosen))
        time.sleep(PACE)


def test_whatever_happens_at_once_no_lead_is_lost_and_no_limit_is_broken(
    together: Together, workspace: Workspace
) -> None:
    for number in range(12):
        states = [state for state in STATES[number % 3 :] if state]
        languages = ["Hindi", "Marathi"][: 1 + number % 2]
        workspace.caller(f"Caller {number}", *states, languages=languages)
    workspace.connection.execute("update crm.rules set step = step + 1 where workspace_id = %s", [workspace.id])
    workspace.connection.execute(
        "insert into crm.rules (workspace_id, step, name, attributes, strategy, claim_minutes) "
        "values (%s, 1, 'language', '{state,language}', 'weighted', 1)",
        [workspace.id],
    )
    until = time.monotonic() + SECONDS

    def work(connection: psycopg.Connection[Any], number: int) -> Counter[str]:
        return Storm(connection, number, workspace, until).rage()

    done: Counter[str] = sum(together(WRITERS + CLAIMERS + TICKERS + 2, work), Counter())
    kinds = dict(workspace.connection.execute("select kind, count(*) from crm.events group by 1").fetchall())
    print(f"\n{dict(done)}\n{kinds}")
    assert all(done[part] > 0 for part in ("write", "work", "tick", "manage", "regroup"))
    assert kinds.keys() >= EVERYTHING
    broken = "select count(*) from crm.events where data ->> 'reason' like 'routing_error%'"
    assert workspace.connection.execute(broken).fetchone() == (0,)
