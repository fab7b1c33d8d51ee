"""A gateway that is killed while it ticks: the database has done all of a tick or nothing of it."""

import os
import random
import signal
import time

import pytest

from tests.support import SECONDS_TO_WAIT, Gateway, Workspace

pytestmark = [pytest.mark.concurrent, pytest.mark.long]

# Fifty are an extra: FAIRLEAD_TEST_KILLS=50.
KILLS = int(os.environ.get("FAIRLEAD_TEST_KILLS", "8"))
LEADS = 300
OVERDUE = """update crm.lead_assignments a set claim_by = now() - interval '1 second'
from crm.leads l where l.id = a.lead_id and l.message = %s"""
EXPIRED = "select count(*), count(distinct (lead_id, caller_id)) from crm.events where kind = 'lead.expired'"


def expired(workspace: Workspace) -> tuple[int, int]:
    """How many claims expired, and how many different ones."""
    claims, different = workspace.connection.execute(EXPIRED).fetchone() or (0, 0)
    return int(claims), int(different)


def until_expired(workspace: Workspace, claims: int) -> None:
    """Wait until so many claims have expired."""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while expired(workspace)[0] < claims:
        assert time.monotonic() < deadline, f"{expired(workspace)[0]} of {claims} claims expired"


def test_a_gateway_killed_while_it_ticks_loses_nothing_and_does_nothing_twice(
    gateway: Gateway, workspace: Workspace
) -> None:
    chance = random.Random(11)
    for number in range(4):
        workspace.caller(f"Caller {number}", "Goa")
    workspace.connection.execute("update crm.rules set claim_minutes = 60")
    for kill in range(KILLS):
        turn = f"turn {kill}"
        workspace.ingest(*({"name": f"Lead {number}", "message": turn, "state": "Goa"} for number in range(LEADS)))
        workspace.connection.execute(OVERDUE, [turn])
        until_expired(workspace, kill * LEADS + chance.randrange(1, LEADS // 2))
        assert gateway.stop(signal.SIGKILL) == -signal.SIGKILL
        gateway.start()
        until_expired(workspace, (kill + 1) * LEADS)
        assert expired(workspace) == ((kill + 1) * LEADS, (kill + 1) * LEADS)
    held = workspace.connection.execute("select count(*) from crm.queue").fetchone()
    assert held == (0,)
