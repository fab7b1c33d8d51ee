"""Notices: a gateway that is killed between claiming and sending, and many that claim at once, tell nothing twice."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Connect
from tests.support import Workspace

pytestmark = pytest.mark.concurrent

PEOPLE = 12


def test_of_many_that_claim_at_once_one_gets_each_notice_and_killed_it_stays_claimed(
    connect: Connect, workspace: Workspace
) -> None:
    connection = workspace.connection
    for number in range(PEOPLE):
        caller = workspace.caller(f"Caller {number}")
        connection.execute(
            """with made as (
                 insert into crm.users (workspace_id, email, name, role, password_hash, caller_id)
                 values (%s, %s, 'P', 'caller', 'x', %s) returning workspace_id, id)
               insert into crm.notice_choices (workspace_id, user_id, kinds, by_email)
               select workspace_id, id, '{new_leads}', true from made""",
            [workspace.id, f"p{number}@w{workspace.id}.example", caller],
        )
    connection.execute("select core.begin_notices(%s)", [workspace.id])
    workspace.ingest(*({"name": f"Lead {number}"} for number in range(PEOPLE * 3)))
    connection.execute("select core.enqueue_notices(%s)", [workspace.id])
    connection.execute("select core.enqueue_notices(%s)", [workspace.id])
    connection.execute(
        "update crm.notices set due_at = due_at - interval '4 s' where workspace_id = %s", [workspace.id]
    )
    connections = [connect() for _ in range(6)]

    def claim(nr: int) -> list[Any]:
        return [
            row
            for _ in range(PEOPLE)
            for row in connections[nr].execute(
                "select user_id, (notices -> 0 ->> 'count')::int from api.claim_notices(2)"
            )
        ]

    with ThreadPoolExecutor(6) as pool:
        told = [row for rows in pool.map(claim, range(6)) for row in rows]
    assert max(Counter(user for user, _ in told).values()) == 1
    assert [count for _, count in told] == [3] * PEOPLE
    # Whoever claimed was killed before anything was sent: it is not given out again.
    connection.execute("update crm.notice_choices set mailed_at = null where workspace_id = %s", [workspace.id])
    assert connection.execute("select * from api.claim_notices(100)").fetchall() == []
