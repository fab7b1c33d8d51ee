"""`verify`: whether the record is as it was written, and every lead where the rules put it."""

import re
from typing import Annotated

import psycopg
import typer
from psycopg.rows import dict_row
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from gateway.commands.common import Workspace, database, messages, output, url_of
from gateway.database.administration import administration

MOST_SHOWN = 200

# Each says in its comment what it looks for.
PARTS = """
    select p.proname as name, rtrim(obj_description(p.oid, 'pg_proc'), '.') as looks_for from pg_proc p
    where p.pronamespace = 'routing'::regnamespace and p.prorettype = 'routing.violation'::regtype
      and p.pronargs = 0 and p.proname <> 'verify'
    order by p.oid"""


def verify(
    workspace: Workspace = None,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORKSPACE:SEQ:HASH", help="A seal noted earlier that must still be there; may be repeated."
        ),
    ] = None,
) -> None:
    """Replay the record and check its seals; list whatever does not add up. Exit code 1 if anything does not."""
    noted = [_seal(text) for text in expect or []]
    with database() as settings, administration(url_of(settings)) as admin:
        number = None if workspace is None else admin.find_workspace(workspace)
        admin.workspaces()  # says in words when the database is not up to date
        with psycopg.connect(url_of(settings), row_factory=dict_row, options="-c role=fairlead_owner") as connection:
            # One snapshot for all parts, so that it is right while leads pour in.
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            found = [row for row in _violations(connection) if number in (None, row["workspace_id"])]
            lost = [seal for seal in noted if not _has_seal(connection, *seal)]
            seals = connection.execute("select * from report.newest_seals order by workspace_id").fetchall()
    _show_violations(found)
    for seal in lost:
        output.print("The seal {}:{}:{} is not part of the log any more.".format(*seal), style="red", soft_wrap=True)
    if not found and not lost:
        output.print("Everything adds up.")
    for row in seals:
        if number in (None, row["workspace_id"]):
            _show_seal(row)
    if found or lost:
        raise typer.Exit(1)


def _seal(text: str) -> tuple[int, int, str]:
    if not re.fullmatch(r"\d{1,9}:\d{1,18}:[0-9a-fA-F]{64}", text):
        raise typer.BadParameter(f"{text} is no seal: write WORKSPACE:SEQ:HASH as `fairlead verify` prints it")
    workspace, seq, digest = text.split(":")
    return int(workspace), int(seq), digest.lower()


def _violations(connection: psycopg.Connection[dict[str, object]]) -> list[dict[str, object]]:
    found = []
    parts = connection.execute(PARTS).fetchall()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=messages, transient=True) as progress:
        for part in parts:
            task = progress.add_task(f"{part['looks_for']}", total=1)
            found += connection.execute(f"select * from routing.{part['name']}()".encode()).fetchall()
            progress.update(task, completed=1)
    return found


def _has_seal(connection: psycopg.Connection[dict[str, object]], workspace: int, seq: int, digest: str) -> bool:
    row = connection.execute("select routing.has_seal(%s, %s, %s) as here", [workspace, seq, digest]).fetchone()
    return bool(row and row["here"])


def _show_violations(found: list[dict[str, object]]) -> None:
    if not found:
        return
    table = Table("Workspace", "Violation", "About", title=f"{len(found):,} violations", title_justify="left")
    for row in found[:MOST_SHOWN]:
        names = {"lead": row["lead_id"], "caller": row["caller_id"], "deal": row["deal_id"], "event": row["seq"]}
        about = [f"{name} {value}" for name, value in names.items() if value is not None]
        if row["detail"]:
            about.append(str(row["detail"]))
        table.add_row(str(row["workspace_id"]), str(row["violation"]), "\n".join(about))
    output.print(table)
    if len(found) > MOST_SHOWN:
        output.print(f"and {len(found) - MOST_SHOWN:,} more: select * from routing.verify()")


def _show_seal(row: dict[str, object]) -> None:
    if row["seq"] is None:
        output.print(f"{row['workspace']}: nothing is sealed yet", markup=False, soft_wrap=True)
        return
    seal = f"{row['workspace_id']}:{row['seq']}:{row['hash']}"
    output.print(f"{row['workspace']}: newest seal {seal}", markup=False, soft_wrap=True)
