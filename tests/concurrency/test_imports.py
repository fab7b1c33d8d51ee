"""Imports beside each other, and gateways that are killed at them: no row is lost, none becomes two leads."""

import random
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.gateway.conftest import sign_in
from tests.gateway.imports.steps import check, finished, start, upload
from tests.support import ADMIN, SECONDS_TO_WAIT, Gateway, Workspace

pytestmark = pytest.mark.concurrent

ROWS = 3000
COUNTS = "select count(*), count(distinct phone) from crm.leads"


def staged(workspace: Workspace, count: int, campaign: str, first: int = 2) -> str:
    """A started import of so many people, numbered from `first` on."""
    mapped = {"sheet": 0, "heading_row": 1, "headings": [], "mapping": {}, "keep_unmapped": True, "duplicates": "skip"}
    import_id = str(workspace.call("api.create_import(%s)", Jsonb({"kind": "csv", "file_name": "x.csv"})))
    workspace.call("api.add_import_piece(%s, 0, 'x')", import_id)
    workspace.call("api.finish_upload(%s)", import_id)
    workspace.call("api.check_import(%s, %s)", import_id, Jsonb(mapped))
    turn = workspace.call("(select turn from api.claim_check())")
    numbers = range(first, count + first)
    rows = [{"row": row, "lead": {"name": f"Lead {row}", "phone": f"+9110{row:08}"}} for row in numbers]
    random.Random(campaign).shuffle(rows)
    assert workspace.call("api.stage_rows(%s, %s, %s, %s, 0)", workspace.id, import_id, turn, Jsonb(rows))
    assert workspace.call("api.finish_check(%s, %s, %s, null)", workspace.id, import_id, turn)
    workspace.call("api.start_import(%s, %s)", import_id, Jsonb({"campaign": campaign}))
    return import_id


def test_a_gateway_killed_at_an_import_goes_on_where_it_was(gateway: Gateway, workspace: Workspace) -> None:
    callers = [workspace.caller(f"Caller {number}") for number in range(7)]
    file = "Name,Phone\n" + "".join(f"Lead {row},+9110{row:08}\n" for row in range(ROWS))
    with httpx.Client(base_url=gateway.url, timeout=60) as manager:
        sign_in(manager, *ADMIN)
        made = check(manager, upload(manager, file.encode()))
        gateway.stop(signal.SIGKILL)
        # The one that was killed said last that it is at it; nobody need wait for 30 seconds here.
        workspace.connection.execute("update crm.imports set turn_ends_at = now() where status = 'checking'")
        gateway.start()
        assert finished(manager, made, "checking")["counts"]["ready"] == ROWS
        start(manager, made, campaign="Fair", callers=callers)
        while manager.get(f"/api/imports/{made['id']}").json()["done_rows"] < ROWS // 3:
            time.sleep(0.01)
        gateway.stop(signal.SIGKILL)
        gateway.start()
        done = finished(manager, made, "running")
        summary = manager.get(f"/api/imports/{made['id']}/summary").json()
    assert (done["status"], done["imported"], done["skipped"]) == ("done", ROWS, 0)
    assert workspace.connection.execute(COUNTS).fetchone() == (ROWS, ROWS)
    shares = [share["leads"] for share in summary["callers"]]
    assert (sum(shares), len(shares), max(shares) - min(shares)) == (ROWS, 7, 1)
    events = workspace.connection.execute("select kind from crm.events where kind ^@ 'import.' order by seq").fetchall()
    assert events == [("import.started",), ("import.finished",)]


def test_of_imports_of_the_same_people_at_once_each_person_becomes_one_lead(
    workspace: Workspace, together: Callable[[int, Callable[[psycopg.Connection[Any], int], int]], list[int]]
) -> None:
    for number in range(4):
        workspace.caller(f"Caller {number}")
    imports = [staged(workspace, 400, campaign) for campaign in ("One", "Two", "Three")]

    def work(connection: psycopg.Connection[Any], _: int) -> int:
        turns = 0
        deadline = time.monotonic() + SECONDS_TO_WAIT
        running = "select count(*) from crm.imports where status = 'running'"
        while connection.execute(running).fetchone() != (0,):
            assert time.monotonic() < deadline
            turns += connection.execute("select api.advance_imports(30)").fetchone() == (True,)
        return turns

    assert sum(together(6, work)) >= 3 * 400 // 30
    assert workspace.connection.execute(COUNTS).fetchone() == (400, 400)
    found = workspace.connection.execute(
        "select sum(imported), sum(skipped), count(*) filter (where status = 'done') from crm.imports"
    ).fetchone()
    assert found == (400, 800, len(imports))
