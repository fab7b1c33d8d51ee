"""What dealing costs in the database, without the gateway."""

from __future__ import annotations

import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
from rich.progress import Progress

from gateway.database.embedded import SUPERUSER, Server
from gateway.database.migrate import migrate
from gateway.intake.batcher import MOST_BATCHES_OF_BACKLOG
from tests.bench.leads import STATES, batch
from tests.bench.measure import Figure, in_turn
from tests.support import Workspace

BATCH = 500
STORED = 1_000_000

BARE_TABLE = """
create table if not exists public.bare_rows (
  id bigint generated always as identity primary key,
  name text, phone text, state text, created_at timestamptz default now())"""
BARE_INSERT = """\\set n random(1, 1000000000)
insert into bare_rows (name, phone, state) values ('Asha Patil', '+91' || :n, 'Maharashtra');
"""
MANY_LEADS = """
insert into crm.leads (workspace_id, source_id, name, phone, lead_source, state, timestamp_from_sheet)
select %(workspace)s, %(source)s, 'Asha Patil ' || i, '+91' || (6000000000 + i), 'Google Ads',
  (%(states)s::text[])[1 + i %% 8], clock_timestamp()
from generate_series(1, %(leads)s) i"""

WITHOUT_CONTACTS = """
create or replace function routing.join_contacts(p_workspace_id int, p_leads crm.leads[],
  out are_alone boolean, out conflicts routing.contact_conflict[])
language plpgsql volatile as 'begin are_alone := true; conflicts := ''{}''; end';
create or replace function routing.find_holders(
  p_workspace_id int, p_leads crm.leads[], p_now timestamptz, p_refused uuid[])
returns table (lead_id uuid, contact_id uuid, duplicate_of uuid, caller_id uuid)
language plpgsql stable as 'begin end'"""

WITHOUT_ROW_SECURITY = """
do $$
declare
  v_table regclass;
begin
  for v_table in select oid from pg_class where relnamespace = 'crm'::regnamespace and relrowsecurity loop
    execute format('alter table %s disable row level security', v_table);
  end loop;
end $$"""


def figures(progress: Progress, server: Server, folder: Path, stored: int = STORED) -> list[Figure]:
    """The figures of dealing, on databases of their own."""
    empty = _workspace(server, "bench_empty", callers=8)
    small, large = _workspace(server, "bench_ten", callers=10), _workspace(server, "bench_thousand", callers=1000)
    full = _workspace(server, "bench_full", callers=8)
    without = _workspace(server, "bench_without_contacts", callers=8)
    without.connection.execute(WITHOUT_CONTACTS.encode())
    unguarded = _workspace(server, "bench_without_row_security", callers=8)
    unguarded.connection.execute(WITHOUT_ROW_SECURITY.encode())
    _store(progress, full, stored)
    return [
        in_turn(
            progress,
            f"leads dealt, batches of {BATCH}, {MOST_BATCHES_OF_BACKLOG} at a time",
            lambda: _dealt_a_second(empty),
            "pgbench, bare rows one by one, 32 clients",
            lambda: _pgbench(server, folder),
            unit="leads/s",
            at_least=1.2,
        ),
        in_turn(
            progress,
            "10,000 leads in one insert, with dealing",
            lambda: _insert(empty, dealing=True),
            "the same without",
            lambda: _insert(empty, dealing=False),
            unit="s",
            at_most=1.8,
        ),
        in_turn(
            progress,
            "a lead with 1,000 callers in the pool",
            lambda: _cost(large) * 1e6,
            "with 10 callers",
            lambda: _cost(small) * 1e6,
            unit="µs",
            at_most=3,
        ),
        in_turn(
            progress,
            "a lead of a new contact",
            lambda: _cost(empty) * 1e6,
            "without contacts",
            lambda: _cost(without) * 1e6,
            unit="µs",
            rounds=9,
            at_most=1.2,
        ),
        in_turn(
            progress,
            "a lead handed in by the role for it, with row security",
            lambda: _cost(empty, role="fairlead_intake") * 1e6,
            "by a superuser, without",
            lambda: _cost(unguarded) * 1e6,
            unit="µs",
            rounds=9,
            at_most=1.1,
        ),
        in_turn(
            progress,
            f"a lead with {stored:,} stored",
            lambda: _cost(full) * 1e6,
            "with few stored",
            lambda: _cost(empty) * 1e6,
            unit="µs",
            rounds=9,
            at_most=1.3,
        ),
    ]


def _workspace(server: Server, database: str, *, callers: int) -> Workspace:
    url = server.ensure_database(database)
    migrate(url)
    workspace = Workspace.create(psycopg.connect(url, autocommit=True))
    for number in range(callers):
        workspace.caller(f"Caller {number}", *(STATES if callers == 8 else STATES[:1]))
    return workspace


def _dealt_a_second(workspace: Workspace) -> float:
    """Leads a second, with as many batches at a time in the one workspace as a gateway commits."""
    connections = [
        psycopg.connect(workspace.connection.info.dsn, autocommit=True) for _ in range(MOST_BATCHES_OF_BACKLOG)
    ]
    payloads = [_payloads(workspace, 30) for _ in connections]
    begin = time.perf_counter()
    with ThreadPoolExecutor(len(connections)) as pool:
        leads = sum(pool.map(_ingest, connections, payloads))
    took = time.perf_counter() - begin
    for connection in connections:
        connection.close()
    return leads / took


def _cost(workspace: Workspace, *, role: str = "none") -> float:
    """Seconds a lead takes in batches one after another."""
    payloads = _payloads(workspace, 10)
    workspace.connection.execute(f"set role {role}".encode())
    begin = time.perf_counter()
    leads = _ingest(workspace.connection, payloads)
    took = time.perf_counter() - begin
    workspace.connection.execute("reset role")
    return took / leads


def _payloads(workspace: Workspace, batches: int) -> list[str]:
    return [batch(workspace.source_id, BATCH) for _ in range(batches)]


def _ingest(connection: psycopg.Connection[Any], payloads: list[str]) -> int:
    """Leads answered."""
    for payload in payloads:
        answers = connection.execute("select * from api.ingest_leads(%s::text::jsonb)", [payload]).fetchall()
        assert len(answers) == BATCH
    return len(payloads) * BATCH


def _insert(workspace: Workspace, *, dealing: bool, leads: int = 10_000) -> float:
    """Seconds of one insert, with its commit's work undone so that both kinds find the same tables."""
    with workspace.connection.transaction(force_rollback=True):
        if not dealing:
            workspace.connection.execute("alter table crm.leads disable trigger deal_new_leads")
        begin = time.perf_counter()
        _insert_leads(workspace, leads)
        return time.perf_counter() - begin


def _insert_leads(workspace: Workspace, leads: int) -> None:
    workspace.connection.execute(
        MANY_LEADS,
        {"workspace": workspace.id, "source": workspace.source_id, "states": list(STATES), "leads": leads},
    )


def _store(progress: Progress, workspace: Workspace, leads: int, at_once: int = 10_000) -> None:
    task = progress.add_task(f"storing {leads:,} leads", total=leads)
    for _ in range(leads // at_once):
        _insert_leads(workspace, at_once)
        progress.advance(task, at_once)
    workspace.connection.execute("vacuum analyze")
    workspace.connection.execute("checkpoint")


def _pgbench(server: Server, folder: Path, seconds: int = 4) -> float:
    """Transactions a second."""
    with psycopg.connect(server.url("bench_empty"), autocommit=True) as connection:
        connection.execute(BARE_TABLE)
    script = folder / "bare.sql"
    script.write_text(BARE_INSERT)
    command: list[Any] = [server.binaries / "pgbench", "-n", "-c", "32", "-j", "2", "-T", str(seconds), "-f", script]
    command += ["-h", server.socket_folder, "-U", SUPERUSER, "bench_empty"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])
