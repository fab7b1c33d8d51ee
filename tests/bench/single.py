"""Leads inserted one by one, beside a naive router on the same server: what fairness and a record cost."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from rich.progress import Progress

from gateway.database.embedded import SUPERUSER, Server
from gateway.database.migrate import migrate
from tests.bench.measure import Figure, in_turn
from tests.support import Workspace

CALLERS = 8
AT_LEAST = {1: 0.45, 16: 0.35, 32: 0.3}  # of the naive router's leads a second, by connections

# What many write first: the caller who has waited longest, as far as this transaction can see. The lock is waited for
# after the row was chosen, so those who wait together choose the same caller.
NAIVE = f"""
create schema naive;
create table naive.callers (
  id int primary key, state text not null, is_active boolean not null default true, cap int not null default 0,
  given int not null default 0, last_assigned_at timestamptz not null default now());
create table naive.leads (
  id bigint generated always as identity primary key, name text, phone text, state text, caller_id int,
  created_at timestamptz not null default now());
create table naive.log (
  id bigint generated always as identity primary key, lead_id bigint not null, caller_id int, reason text,
  at timestamptz not null default now());
insert into naive.callers (id, state) select i, 'Maharashtra' from generate_series(1, {CALLERS}) i;
create function naive.take_lead(p_name text, p_phone text, p_state text) returns bigint
language plpgsql as $$
declare
  v_lead_id bigint;
  v_caller_id int;
begin
  insert into naive.leads (name, phone, state) values (p_name, p_phone, p_state) returning id into v_lead_id;
  select c.id into v_caller_id from naive.callers c
  where c.state = p_state and c.is_active and (c.cap = 0 or c.given < c.cap)
  order by c.last_assigned_at limit 1 for update;
  update naive.callers set given = given + 1, last_assigned_at = clock_timestamp() where id = v_caller_id;
  update naive.leads set caller_id = v_caller_id where id = v_lead_id;
  insert into naive.log (lead_id, caller_id, reason) values (v_lead_id, v_caller_id, 'waited longest');
  return v_lead_id;
end $$"""
# A phone of its own for every lead: each connection has a million of them in each round.
NEXT_PHONE = "\\set i :i + 1\n\\set phone :first + :client_id * 1000000 + :i\n"
OURS = """insert into crm.leads (workspace_id, name, phone, state)
values (:workspace, 'Asha Patil', '+91' || :phone, 'Maharashtra');
"""
THEIRS = "select naive.take_lead('Asha Patil', '+91' || :phone, 'Maharashtra');\n"
SPREADS = """
select (select max(c.count) - min(c.count) from crm.caller_daily_counters c),
  (select max(c.given) - min(c.given) from naive.callers c)"""

# From the middle of somewhere: numbers with many zeros are taken for made up.
_first_phones = count(6_351_827_946, 50_000_000)


def figures(progress: Progress, server: Server, folder: Path) -> list[Figure]:
    """Single-row inserts at 1, 16 and 32 connections, and how far apart the callers' numbers of leads are then."""
    url = server.ensure_database("bench_single")
    migrate(url)
    workspace = Workspace.create(psycopg.connect(url, autocommit=True))
    for number in range(CALLERS):
        workspace.caller(f"Caller {number}", "Maharashtra")
    workspace.connection.execute(NAIVE.encode())
    made: list[Figure] = []
    for connections, at_least in AT_LEAST.items():
        of_them = f"{connections} connection{'s' if connections > 1 else ''}"
        made.append(
            in_turn(
                progress,
                f"leads inserted one by one, {of_them}",
                _pgbench(server, folder / "ours.sql", OURS, connections, workspace.id),
                "a naive router",
                _pgbench(server, folder / "theirs.sql", THEIRS, connections, workspace.id),
                unit="leads/s",
                rounds=3,
                at_least=at_least,
            )
        )
        ours, theirs = workspace.connection.execute(SPREADS).fetchall()[0]
        made.append(
            Figure(
                f"most less fewest leads of a caller by then, {of_them}",
                ours,
                "a naive router",
                theirs,
                ours,
                "leads",
                at_most=1,
            )
        )
    return made


def _pgbench(
    server: Server, file: Path, script: str, connections: int, workspace_id: int, seconds: int = 5
) -> Callable[[], float]:
    file.write_text(NEXT_PHONE + script)

    def measure() -> float:
        """Transactions a second."""
        command: list[Any] = [server.binaries / "pgbench", "-n", "-f", file, "-T", seconds]
        command += ["-c", connections, "-j", min(connections, 2)]
        command += ["-D", "i=0", "-D", f"first={next(_first_phones)}", "-D", f"workspace={workspace_id}"]
        command += ["-h", server.socket_folder, "-U", SUPERUSER, "bench_single"]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
        found = re.search(r"tps = ([0-9.]+)", done.stdout)
        assert found, done.stdout
        return float(found[1])

    return measure
