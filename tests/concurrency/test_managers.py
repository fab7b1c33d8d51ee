"""Leads pour in while managers and a DBA change everything they can."""

import random
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.concurrency.conftest import insert
from tests.support import Workspace

pytestmark = pytest.mark.concurrent
Together = Callable[..., list[Any]]
STATES = ["Maharashtra", "Goa", "Kerala"]


class Manager:
    """Somebody who changes one thing after another, chosen by chance, through the functions of `api`."""

    def __init__(self, connection: psycopg.Connection[Any], workspace: Workspace, number: int) -> None:
        self.workspace = Workspace(connection, workspace.id, workspace.source_id, workspace.token)
        self.chance = random.Random(number)
        self.number = number

    def work(self) -> None:
        """Change something; what is refused with LD404 or LD409 was too late, as happens to people."""
        deed = self.chance.choice([self.pause, self.cap, self.archive, self.hire, self.reassign, self.reassign])
        try:
            deed()
        except psycopg.Error as error:
            if error.sqlstate not in ("LD404", "LD409"):
                raise

    def pause(self) -> None:
        status = self.chance.choice(["paused", "active"])
        self.workspace.call("api.set_caller_status(%s, %s)", self.anybody(), status)

    def cap(self) -> None:
        states = self.chance.sample(STATES, self.chance.randint(0, 3))
        caller = {"name": "Changed", "daily_limit": self.chance.choice([0, 0, 5, 20]), "states": states}
        self.workspace.call("api.update_caller(%s, %s)", self.anybody(), Jsonb(caller))

    def archive(self) -> None:
        if self.chance.random() < 0.3:
            self.workspace.call("api.archive_caller(%s)", self.anybody())

    def hire(self) -> None:
        self.workspace.caller(f"Hired by {self.number}", *self.chance.sample(STATES, 2))

    def reassign(self) -> None:
        lead = self.one_of("crm.leads")
        caller = self.anybody() if self.chance.random() < 0.6 else None
        self.workspace.call("api.reassign_lead(%s, %s, 'changed my mind')", lead, caller)

    def anybody(self) -> Any:
        """The id of some caller."""
        return self.one_of("crm.callers")

    def one_of(self, table: str) -> Any:
        """The id of some row of the workspace."""
        query = f"select id from {table} where workspace_id = %s"
        return self.chance.choice(self.workspace.connection.execute(query, [self.workspace.id]).fetchall())[0]


def test_dealing_stays_right_while_everything_changes(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    insert(workspace.connection, workspace, "first")

    def work(connection: psycopg.Connection[Any], number: int) -> None:
        """Nine write, six manage, and a DBA changes callers by plain statements."""
        chance = random.Random(number)
        manager = Manager(connection, workspace, number)
        for turn in range(20):
            if number < 9:
                names = [f"{number}-{turn}-{lead}" for lead in range(chance.choice([1, 1, 2, 10]))]
                insert(connection, workspace, *names, state=chance.choice([*STATES, "Nowhere"]))
            elif number < 15:
                manager.work()
            else:
                update = "update crm.callers set daily_limit = %s, status = %s where id = %s"
                limit, status = chance.choice([0, 10]), chance.choice(["active", "paused"])
                connection.execute(update, [limit, status, chance.choice(eight_callers)])

    together(16, work)
    leads = "select count(*), count(*) filter (where assignment_reason like 'routing_error%') from core.lead_cards"
    stored, broken = workspace.connection.execute(leads).fetchone() or (0, 0)
    assert stored > 9 * 20
    assert broken == 0


def test_open_leads_are_handed_over_while_others_come_in_and_are_closed(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    people = [
        workspace.call("api.add_user(%s, 'x') ->> 'id'", Jsonb({**person, "caller_id": caller}))
        for number, caller in enumerate(eight_callers[:2])
        for person in [{"email": f"p{number}-{workspace.id}@example.com", "name": "P", "role": "caller"}]
    ]

    def work(connection: psycopg.Connection[Any], number: int) -> None:
        """Four write, four close and reopen, one ticks, two hand over and pause, one disables people."""
        manager = Manager(connection, workspace, number)
        chance, own = manager.chance, manager.workspace
        for turn in range(15):
            try:
                if number < 4:
                    insert(connection, workspace, *[f"{number}-{turn}-{lead}" for lead in range(10)])
                elif number < 8:
                    own.call(f"api.{chance.choice(['close', 'close', 'reopen'])}_lead(%s)", manager.one_of("crm.leads"))
                elif number == 8:
                    connection.execute("select api.tick()")
                elif number == 9:
                    own.call("api.update_user(%s, %s)", chance.choice(people), Jsonb({"disabled": turn % 3 < 2}))
                elif turn % 2:
                    to = chance.choice(["route", chance.choice(eight_callers)])
                    own.call("api.hand_over_leads(%s, %s)", chance.choice(eight_callers), to)
                else:
                    status = chance.choice(["paused", "active", "active"])
                    own.call("api.set_caller_status(%s, %s, 'route')", chance.choice(eight_callers), status)
            except (psycopg.Error, IndexError) as error:
                if isinstance(error, psycopg.Error) and error.sqlstate not in ("LD404", "LD409"):
                    raise

    together(12, work)
    gone = workspace.call("api.archive_caller(%s)", eight_callers[7])
    assert gone["open_leads"] == 0
    stored = workspace.connection.execute("select count(*), count(distinct id) from core.lead_cards").fetchone()
    assert stored == (600, 600)


def test_managers_and_a_dba_who_change_the_same_caller_never_wait_in_a_circle(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    caller = eight_callers[0]

    def work(connection: psycopg.Connection[Any], number: int) -> None:
        own = Workspace(connection, workspace.id, workspace.source_id, workspace.token)
        for turn in range(20):
            if number % 2:
                connection.execute("update crm.callers set daily_limit = %s where id = %s", [turn, caller])
            elif number % 4:
                own.call("api.set_caller_status(%s, %s)", caller, ["paused", "active"][turn % 2])
            else:
                changed = {"name": f"Name {number}-{turn}", "states": [STATES[turn % 3]]}
                own.call("api.update_caller(%s, %s)", caller, Jsonb(changed))

    together(8, work)
    archived = workspace.call("api.archive_caller(%s)", caller)
    assert archived["archived_at"] is not None


def test_everybody_on_one_lead_leaves_it_with_one_caller(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    lead_id = workspace.ingest({"name": "Wanted", "state": "Maharashtra"})[0]["lead_id"]

    def take(connection: psycopg.Connection[Any], number: int) -> int:
        own = Workspace(connection, workspace.id, workspace.source_id, workspace.token)
        taken = 0
        for _ in range(5):
            try:
                own.call("api.reassign_lead(%s, %s, null)", lead_id, eight_callers[number])
                taken += 1
            except psycopg.Error as error:
                if error.sqlstate != "LD409":
                    raise
        return taken

    taken = sum(together(8, take))
    rows = workspace.connection.execute(
        "select count(*), count(*) filter (where ended_at is null) from crm.lead_assignments where lead_id = %s",
        [lead_id],
    )
    assert rows.fetchone() == (taken + 1, 1)
