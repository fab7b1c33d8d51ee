"""A tick that is killed, wherever it is, has done nothing or everything."""

import random
import threading
import time

import psycopg
import pytest

from tests.conftest import Connect
from tests.support import Workspace

pytestmark = [pytest.mark.concurrent, pytest.mark.long]
KILLS = 50
LEADS = 400
LATER = "select set_config('fairlead.now', (clock_timestamp() + %s * interval '61 seconds')::text, false)"
TICKING = "select pid from pg_stat_activity where query = 'select api.tick()' and state = 'active' and pid = %s"


def kill(killer: psycopg.Connection[object], pid: int, pause: float) -> None:
    """End the backend a moment after it has begun to tick; if it is done before, after that."""
    for _ in range(1000):
        if killer.execute(TICKING, [pid]).fetchone():
            break
    time.sleep(pause)
    killer.execute("select pg_terminate_backend(%s)", [pid])


def test_a_tick_killed_fifty_times_loses_nothing_and_does_nothing_twice(connect: Connect, workspace: Workspace) -> None:
    callers = [workspace.caller(f"Caller {n}", "Goa") for n in range(6)]
    workspace.connection.execute("update crm.rules set claim_minutes = 1, most_expiries = 4")
    workspace.ingest(*({"name": f"Lead {n}", "state": "Goa"} for n in range(LEADS)))
    chance, killer, killed = random.Random(5), connect(), 0
    for _ in range(KILLS):
        with psycopg.connect(workspace.connection.info.dsn, autocommit=True) as ticking:
            ticking.execute(LATER, [1])
            at = (killer, ticking.info.backend_pid, chance.uniform(0, 0.08))
            hand = threading.Thread(target=kill, args=at)
            hand.start()
            try:
                ticking.execute("select api.tick()")
            except psycopg.OperationalError:
                killed += 1
            hand.join()
    assert killed > KILLS / 4

    patient = connect()
    for minutes in range(2, 8):
        patient.execute(LATER, [minutes])
        while patient.execute("select api.tick()").fetchone() == (True,):
            pass
    expired = "select count(*), count(distinct (lead_id, caller_id)) from crm.events where kind = 'lead.expired'"
    assert patient.execute(expired).fetchone() == (LEADS * 4, LEADS * 4)
    held = "select count(*) from crm.queue where is_held and reason = 'Not claimed by 4 callers'"
    assert patient.execute(held).fetchone() == (LEADS,)
    assert len(callers) == 6
