"""What a lead takes on disk, by table and index, after batches like those of the webhook."""

from __future__ import annotations

import argparse
import hashlib
import json
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from gateway.database.embedded import Server
from gateway.database.migrate import migrate
from tests.bench.leads import CITIES, FIRST, LAST, STATES
from tests.bench.measure import Figure
from tests.support import Workspace

BATCH = 200
LEADS = 60_000
MOST_BYTES = 1350
PROCESS = secrets.token_hex(5)

SIZES = """
select c.relname, c.relname, pg_table_size(c.oid), null
from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'crm' and c.relkind = 'r'
union all
select t.relname, c.relname, pg_relation_size(c.oid),
  case when m.amname = 'btree' then (select s.avg_leaf_density from pgstatindex(c.oid::regclass) s) end
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = t.relnamespace
join pg_am m on m.oid = c.relam
where n.nspname = 'crm'"""


@dataclass(frozen=True)
class Part:
    """A table without its indexes, or one of its indexes; `density` is how full the leaves of a B-tree are, in %."""

    table: str
    name: str
    bytes: int
    density: float | None = None


def main() -> None:
    """`python -m tests.bench.disk --leads 1000000` prints the bytes a lead takes, by table and index."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.disk", description=__doc__)
    parser.add_argument("--leads", type=int, default=LEADS, help="how many to store")
    leads = parser.parse_args().leads
    console = Console()
    with (
        tempfile.TemporaryDirectory() as name,
        Progress(console=console, transient=True) as progress,
        Server(Path(name) / "postgres") as server,
    ):
        found = parts(progress, server, leads)
    console.print(_table(found, leads))


def figures(progress: Progress, server: Server) -> list[Figure]:
    """The bytes of a lead, all tables and indexes together, beside what its rows alone take."""
    found = parts(progress, server, LEADS)
    total = sum(part.bytes for part in found) / LEADS
    rows = sum(part.bytes for part in found if part.name == part.table) / LEADS
    return [
        Figure(
            "a lead on disk, all tables and indexes", total, "tables alone", rows, total, "bytes", at_most=MOST_BYTES
        )
    ]


def parts(progress: Progress, server: Server, leads: int) -> list[Part]:
    """Store `leads` in a database of their own; what grew by it, the largest first."""
    url = server.ensure_database("bench_disk")
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        workspace = Workspace.create(connection)
        for number in range(8):
            workspace.caller(f"Caller {number}", *STATES)
        connection.execute("create extension if not exists pgstattuple")
        # What a GIN index has yet to sort in takes as much beside a small table as beside a large one: keep it short.
        connection.execute("set gin_pending_list_limit = '64kB'")
        connection.execute("vacuum full")
        before = {part.name: part.bytes for part in _sizes(connection)}
        task = progress.add_task(f"storing {leads:,} leads in batches of {BATCH}", total=leads)
        for first in range(0, leads, BATCH):
            connection.execute("select from api.ingest_leads(%s::text::jsonb)", [_batch(workspace.source_id, first)])
            if first % 2_000 == 0:
                connection.execute("select api.tick()")
            progress.advance(task, BATCH)
        connection.execute("select api.tick()")
        connection.execute("vacuum")
        grown = [
            Part(part.table, part.name, part.bytes - before.get(part.name, 0), part.density)
            for part in _sizes(connection)
        ]
        assert connection.execute("select count(*) from crm.leads").fetchone() == (leads,)
        return sorted((part for part in grown if part.bytes > 0), key=lambda part: -part.bytes)


def _sizes(connection: psycopg.Connection[Any]) -> list[Part]:
    return [Part(*row) for row in connection.execute(SIZES.encode())]


def _batch(source_id: int, first: int) -> str:
    return json.dumps([{"source_id": source_id, "generation": 1, **_lead(n)} for n in range(first, first + BATCH)])


def _lead(n: int) -> dict[str, Any]:
    """Lead n as a form's automation sends it. Its phone is far from those of its neighbours, as in life."""
    first, last = FIRST[n % 11], LAST[n % 13]
    number = int.from_bytes(hashlib.sha256(str(n).encode()).digest()[:5])
    return {
        "name": f"{first} {last}",
        "phone": f"+91{6_000_000_000 + number % 4_000_000_000}",
        "email": f"{first}.{last}{n}@example.com".lower(),
        "timestamp": "2026-01-05T10:00:00+05:30",
        "lead_source": "Google Ads",
        "city": CITIES[n % 8],
        "source_row_id": f"row-{n}",
        "metadata": {"budget": n % 90_000, "product": f"plan {n % 7}", "page": "/landing/spring"},
        "request_id": f"{PROCESS}-{n:x}",
    }


def _table(found: list[Part], leads: int) -> Table:
    table = Table("table", "index", "bytes a lead", "leaf density", title=f"A lead on disk, {leads:,} leads")
    shown = [part for part in found if part.bytes > leads]
    for part in shown:
        index = "" if part.name == part.table else part.name
        density = "" if part.density is None else f"{part.density:.0f} %"
        table.add_row(part.table, index, f"{part.bytes / leads:,.1f}", density)
    table.add_row("the rest", "", f"{sum(part.bytes for part in found if part not in shown) / leads:,.1f}", "")
    table.add_row("all", "", f"{sum(part.bytes for part in found) / leads:,.1f}", "")
    return table


if __name__ == "__main__":
    main()
