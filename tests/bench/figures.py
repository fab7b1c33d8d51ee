"""`python -m tests.bench.figures FOLDER`: what the dashboard costs with a million leads and 200,000 activities.

The database is that of `tests.bench.lists`, in the same folder. Times are those of the one call, as the gateway makes
it for a manager, on the clock and on the CPU of the server's process, which other work on the machine does not make
longer.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.progress import Progress

from gateway.database.embedded import Server
from tests.bench import stored

BOUND_MS = 300
ACTIVITIES = 200_000

# As what api.log_activity() writes: a call soon after the lead, by who has it; a third of them come somewhere.
CALLS = """
insert into crm.activities (workspace_id, kind, direction, at, seconds, counts_as_contacted, lead_id, by_caller, seq)
select l.workspace_id, 'call', 'out', l.created_at + abs(hashtext(l.id::text)) %% 3000 * interval '1 second', 60, true,
  l.id, (select a.caller_id from crm.lead_assignments a where a.lead_id = l.id order by a.seq desc limit 1), 1
from crm.leads l where l.workspace_id = %(workspace)s and abs(hashtext(l.id::text || 'x')) %% 5 = 0 limit %(most)s
"""
STATUSES = """
update crm.leads l set status = (array['contacted', 'qualified', 'converted', 'lost'])[
    1 + abs(hashtext(l.id::text)) %% 4]::crm.lead_status
from crm.activities a
where a.lead_id = l.id and a.workspace_id = %(workspace)s and abs(hashtext(l.id::text || 'y')) %% 3 = 0
"""


def main() -> None:
    """Fill the database unless it is, keep the figures of past days, measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.figures", description="The dashboard with many leads.")
    parser.add_argument("folder", type=Path, help="where the server is, or will be")
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--database", default="lists")
    parser.add_argument("--executions", type=int, default=40)
    given = parser.parse_args()
    console = Console(width=120)
    with Server(given.folder / "postgres") as server, Progress(console=console, transient=True) as progress:
        workspace = stored.fill(progress, server, given.database, given.leads)
        with psycopg.connect(server.url(given.database), autocommit=True) as connection:
            _work(connection, workspace.id)
            began = time.perf_counter()
            while connection.execute("select core.keep_figures(%s)", [workspace.id]).fetchone() == (True,):
                pass
            console.print(f"past days kept in {time.perf_counter() - began:.1f} s")
            measure(console, connection, workspace.id, given.executions)


def _work(connection: psycopg.Connection[Any], workspace_id: int) -> None:
    """Store activities unless there are any."""
    if connection.execute("select from crm.activities limit 1").rowcount:
        return
    given = {"workspace": workspace_id, "most": ACTIVITIES}
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.execute(CALLS, given)
        connection.execute(STATUSES, given)
    connection.execute("vacuum analyze")


def measure(console: Console, connection: psycopg.Connection[Any], workspace_id: int, executions: int) -> None:
    """Ask for the periods that managers choose, and print the medians and what 19 of 20 do not exceed."""
    for name, days in (("today", 0), ("7 days", 6), ("30 days", 29)):
        row = connection.execute(
            """select (l.created_at at time zone w.timezone)::date::text,
                 ((l.created_at at time zone w.timezone)::date - %s)::text, (l.created_at + interval '1 s')::text
               from crm.leads l join crm.workspaces w on w.id = l.workspace_id
               where w.id = %s order by l.id desc offset 1000 limit 1""",
            [days, workspace_id],
        ).fetchone()
        assert row is not None
        asked = Jsonb({"from": row[1]})
        clock, cpu = [], []
        for _ in range(executions):
            with connection.transaction():
                connection.execute("select set_config('fairlead.workspace_id', %s, true)", [str(workspace_id)])
                connection.execute("select set_config('fairlead.now', %s, true)", [row[2]])
                begin, began = time.perf_counter(), _on_cpu(connection)
                answer: Any = connection.execute("select api.get_dashboard(%s)", [asked]).fetchone()
                clock.append((time.perf_counter() - begin) * 1000)
                cpu.append((_on_cpu(connection) - began) / 1e6)
        total = answer[0]["total"]
        console.print(
            f"{name}: {total['now']['received']:,} leads and {total['before']['received']:,} before; on the CPU median"
            f" {statistics.median(cpu):.0f} ms, p95 {_p95(cpu):.0f} ms (at most {BOUND_MS}); on the clock median"
            f" {statistics.median(clock):.0f} ms, p95 {_p95(clock):.0f} ms"
        )


def _on_cpu(connection: psycopg.Connection[Any]) -> int:
    """Nanoseconds that the connection's process on the server has been on the CPU."""
    return int(Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text().split()[0])


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]


if __name__ == "__main__":
    main()
