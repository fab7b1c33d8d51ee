"""Managers act on many leads at once, on the same ones, while these are claimed and closed and others come in."""

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


def test_two_managers_act_on_the_same_leads_and_take_it_back_while_they_are_worked(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    insert(workspace.connection, workspace, *[f"first {number}" for number in range(200)])

    def work(connection: psycopg.Connection[Any], number: int) -> list[Any]:
        """Two managers reassign, two take back, three claim and close, two write; one ticks."""
        own = Workspace(connection, workspace.id, workspace.source_id, workspace.token)
        chance = random.Random(number)
        done = []
        for turn in range(12):
            open_ones = (
                "select lead_id, caller_id from crm.lead_assignments where workspace_id = %s and ended_at is null"
            )
            having = connection.execute(open_ones, [workspace.id]).fetchall()
            lead, caller = chance.choice(having)
            try:
                if number < 2:
                    ask = {
                        "action": "reassign",
                        "how": chance.choice(["turns", "turns", "route"]),
                        "ids": [str(one) for one, _ in chance.sample(having, min(len(having), 150))],
                        "callers": chance.sample(eight_callers, 3),
                    }
                    done.append(own.call("api.act_on_leads(%s)", Jsonb(ask))["done"])
                elif number < 4:
                    latest = "select id from crm.bulk_actions where undone_by is null order by id desc limit 1"
                    if found := connection.execute(latest).fetchone():
                        done.append(own.call("api.undo_action(%s)", found[0])["done"])
                elif number < 7:
                    if turn % 3:
                        own.call("api.claim_lead(%s, %s)", lead, caller)
                    else:
                        own.call("api.close_lead(%s)", lead)
                elif number < 9:
                    insert(connection, workspace, *[f"{number}-{turn}-{lead}" for lead in range(5)])
                else:
                    connection.execute("select api.tick()")
            except psycopg.Error as error:
                if error.sqlstate not in ("LD404", "LD409"):
                    raise
        return done

    answers = together(10, work)
    assert sum(map(len, answers)) > 3
    assert max(map(max, filter(None, answers))) > 50
    known = workspace.connection.execute(
        """select sum((counts ->> 'done')::int), (select count(*) from crm.events where data ? 'bulk'
             and kind = 'lead.reassigned') from crm.bulk_actions"""
    ).fetchone()
    assert known is not None
    assert known[0] == known[1]
