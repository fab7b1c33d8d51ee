"""Leads of the same people arrive on many connections at once, while contacts are merged and unmerged."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.concurrency.conftest import insert
from tests.support import Workspace

pytestmark = pytest.mark.concurrent
Together = Callable[..., list[Any]]
WRITERS, WORKERS, MANAGERS = 8, 4, 3
TURNS = 25
STATES = ["Maharashtra", "Goa", "Kerala", "Nowhere"]
# Things are done with the leads that came last.
LATEST = 12
# The one contact that nobody merges and whose leads nobody closes.
LASTING = "+919812399999"

CONTACTS = "select count(distinct contact_id) from crm.contact_keys"
CARDS = """
select c.phone, array_agg(distinct c.caller_name), count(*) filter (where c.duplicate_of is null), count(*)
from core.lead_cards c group by c.phone"""
OTHERS = """
select c.id, c.caller_id from core.lead_cards c where c.workspace_id = %s and c.phone is distinct from %s
order by c.id desc limit 1 offset %s"""


@pytest.mark.parametrize("writers", [2, 8])
def test_who_inserts_the_same_new_phones_at_once_makes_one_contact_of_each(
    writers: int, together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    phones = [f"+9198123{number:05}" for number in range(24)]

    def write(connection: psycopg.Connection[Any], number: int) -> None:
        for phone in phones:
            insert(connection, workspace, f"{number}-{phone}", phone=phone)

    together(writers, write)
    assert workspace.connection.execute(CONTACTS).fetchone() == (len(phones),)
    cards = workspace.connection.execute(CARDS).fetchall()
    assert {phone: (dealt, leads) for phone, _, dealt, leads in cards} == dict.fromkeys(phones, (1, writers))
    # One lead of each is dealt, in turn; all others follow it, and are nobody's turn.
    assert Counter(name for _, names, *_ in cards for name in names) == {f"Caller {n}": 3 for n in range(8)}


class Person:
    """Somebody who works at the same time as others, doing this and that by chance."""

    def __init__(self, connection: psycopg.Connection[Any], workspace: Workspace, number: int) -> None:
        self.own = Workspace(connection, workspace.id, workspace.source_id, workspace.token)
        self.chance = random.Random(number)
        self.number = number

    def play(self) -> Counter[str]:
        """Do the deeds of this number's part; how often each came about."""
        part = ([self.write] * WRITERS + [self.work] * WORKERS + [self.regroup] * MANAGERS)[self.number]
        return Counter(part(turn) for turn in range(TURNS))

    def write(self, turn: int) -> str:
        """A batch of leads of few people, and one of the lasting contact."""
        batch = [self.lead(f"{self.number}-{turn}-{nr}") for nr in range(self.chance.choice([1, 1, 2, 5]))]
        batch.append({"name": f"{self.number}-{turn}", "phone": LASTING, "state": self.chance.choice(STATES)})
        self.own.ingest(*self.chance.sample(batch, len(batch)))
        return "write"

    def lead(self, name: str) -> dict[str, Any]:
        """A lead of few phones, e-mails and ids, which name the same person mostly."""
        person = self.chance.randrange(6)
        email = person if self.chance.random() < 0.8 else self.chance.randrange(6)
        return {
            "name": name,
            "state": self.chance.choice(STATES),
            "phone": self.chance.choice([None, f"098123 4567{person}", f"+91981234567{person}"]),
            "email": self.chance.choice([None, f"Person{email}@example.com"]),
            "external_id": self.chance.choice([None, None, f"person-{email}"]),
        }

    def work(self, _: int) -> str:
        """Claim or close somebody's lead."""
        lead, caller = self.other_lead()
        if self.chance.random() < 0.5:
            return self.attempt("claim_lead(%s, %s)", lead, caller)
        return self.attempt("close_lead(%s)", lead)

    def regroup(self, _: int) -> str:
        """Merge the contacts of two leads, or undo such a merge."""
        if self.chance.random() < 0.5:
            return self.attempt("merge_contacts(%s, %s, 'keep')", self.other_lead()[0], self.other_lead()[0])
        return self.attempt("unmerge_contact(%s)", self.other_lead()[0])

    def other_lead(self) -> tuple[Any, ...]:
        """One of the latest leads that are not of the lasting contact, and who has it."""
        place = self.chance.randrange(LATEST)
        found: list[tuple[Any, ...]] = self.own.connection.execute(OTHERS, [self.own.id, LASTING, place]).fetchall()
        return found[0]

    def attempt(self, call: str, *arguments: Any) -> str:
        """What is refused with LD409 was too late, as happens to people."""
        try:
            self.own.call(f"api.{call}", *arguments)
        except psycopg.Error as error:
            if error.sqlstate != "LD409":
                raise
            return "late"
        return call.split("_")[0]


@pytest.mark.long
def test_a_contact_keeps_its_caller_while_others_are_merged_and_unmerged(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    workspace.connection.execute("update crm.callers set daily_limit = 20, max_load = 15")
    insert(workspace.connection, workspace, "the first", phone=LASTING)
    for person in range(LATEST):
        insert(workspace.connection, workspace, f"somebody {person}", phone=f"+91981234567{person % 6}")

    def work(connection: psycopg.Connection[Any], number: int) -> Counter[str]:
        return Person(connection, workspace, number).play()

    done: Counter[str] = sum(together(WRITERS + WORKERS + MANAGERS, work), Counter())
    kinds = dict(workspace.connection.execute("select kind, count(*) from crm.events group by 1").fetchall())
    print(f"\n{dict(done)}\n{kinds}")
    assert all(done[deed] > 0 for deed in ("write", "claim", "close", "merge", "unmerge"))
    assert kinds["contact.conflict"] > 0
    # Nor do limits part it from its caller, who is over both of them by now.
    lasting = {phone: rest for phone, *rest in workspace.connection.execute(CARDS)}[LASTING]
    assert lasting == [["Caller 0"], 1, WRITERS * TURNS + 1]
    broken = "select count(*) from core.lead_cards where assignment_reason like 'routing_error%'"
    assert workspace.connection.execute(broken).fetchone() == (0,)
