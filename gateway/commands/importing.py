"""`import`: a file of leads imported as on the page, by the same steps and beside a running gateway."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from os import SEEK_END
from pathlib import Path
from typing import IO, Annotated, Any, Literal, NamedTuple, Protocol

import asyncpg
import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from gateway.commands.common import Workspace, administered, messages, output, url_of
from gateway.commands.files import (
    Accepted,
    DateOrder,
    File,
    Named,
    SheetName,
    accepted,
    columns_by_field,
    opened,
    sheet_called,
)
from gateway.core.date_words import Order
from gateway.core.settings import Settings
from gateway.database.administration import Administration, AdministrationError
from gateway.database.calls import Database, Principal
from gateway.http.bodies import encoded
from gateway.http.errors import problem_of
from gateway.imports.columns import view_of
from gateway.imports.endpoints import Check, checked_as
from gateway.imports.file_problem import FileProblem
from gateway.imports.headings import FIELDS
from gateway.imports.importer import Importer
from gateway.imports.shapes import Import, ImportSummary, Kind, SheetView
from gateway.imports.upload import keep_file, read_outline
from gateway.sealing.keys import sealer_for
from gateway.sealing.sealing import Sealing, SealingByKeys

TOLD: dict[Kind, str] = {
    "nothing_to_call": "cannot be reached",
    "phone_not_understood": "phone not understood",
    "email_not_understood": "e-mail not understood",
    "timestamp_not_understood": "date not understood",
    "hidden": "hidden in the file",
    "total": "a total",
    "heading": "a title, or headings again",
    "do_not_call": "says not to call",
    "merged": "with a value from a merged cell",
    "quote": "a quotation mark is never closed",
    "shifted": "more cells than the table has columns",
}
LEFT_OUT = ("hidden", "total", "heading", "do_not_call")
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


class Call(Protocol):
    """Calls a function of schema `api` as an admin of the workspace."""

    def __call__(self, function: str, *arguments: object) -> Awaitable[Any]:
        """Raises as Database.call does."""


def import_file(
    file: File,
    sheet: SheetName = None,
    mapping: Named = None,
    campaign: Annotated[str | None, typer.Option(help="The campaign of the leads; made if it is new.")] = None,
    caller: Annotated[
        list[str] | None, typer.Option(help="Name of a caller for the campaign; repeat for more.")
    ] = None,
    strategy: Annotated[str | None, typer.Option(help="How the campaign deals; a new one at random.")] = None,
    duplicates: Annotated[str, typer.Option(help="skip, or keep: rows of people who are known.")] = "skip",
    date_order: DateOrder = None,
    accept: Accepted = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before leads are stored.")] = False,
    workspace: Workspace = None,
) -> None:
    """Import a file of leads, with the same engine as the page Import.

    Columns are proposed by their headings and values; --map says otherwise; the rest becomes metadata. Works with or
    without a running gateway. Exits with 1 if a row was refused.
    """
    with opened(file) as given, administered() as (settings, admin):
        number = admin.find_workspace(workspace)
        start = {"campaign": campaign, "callers": _callers(admin, number, caller or []), "strategy": strategy}
        read_as = _ReadAs(sheet, mapping or [], duplicates, date_order, accepted(accept))
        summary = asyncio.run(_import(settings, admin, number, given, read_as, start, yes))
    if summary is None:
        raise typer.Exit(1)
    _report(summary)


class _ReadAs(NamedTuple):
    """How the file is read: the options of the same names."""

    sheet: str | None
    mapping: list[str]
    duplicates: str
    date_order: Order | None
    accept: list[str]


async def _import(
    settings: Settings,
    admin: Administration,
    number: int,
    file: IO[bytes],
    read_as: _ReadAs,
    start: dict[str, Any],
    yes: bool,
) -> ImportSummary | None:
    url = settings.gateway_url or url_of(settings)
    people, keeper = Database(url), Database(url, role="keeper", seconds=120)
    sealer = sealer_for(admin, settings)
    sealing = SealingByKeys(sealer, settings.encryption_keys, keeper) if sealer else Sealing()
    call: Call = partial(people.call, Principal("admin", number, "cli"))
    importer = Importer(keeper, sealing)
    try:
        name, size = Path(file.name).name[-255:], file.seek(0, SEEK_END)
        made = _read(await keep_file(call, sealing, number, file, name, size))
        outline = await read_outline(call, sealing, number, made.id)
        found = sheet_called(outline, read_as.sheet)
        view = await view_of(call, found, None)
        check = _check(view, read_as)
        await call("check_import", made.id, checked_as(check, view))
        checked = await _follow(call, made, "checking", importer.check_next)
        if checked.status == "failed":
            raise FileProblem(checked.problem or "")
        _show(view, check, checked)
        if not (yes or typer.confirm("Import them?")):
            await call("cancel_import", made.id)
            return None
        await call("start_import", made.id, encoded(start))
        await _follow(call, checked, "running", importer.advance)
        return msgspec.json.decode(await call("summarize_import", made.id), type=ImportSummary)
    except asyncpg.PostgresError as error:
        raise problem_of(error) from error
    finally:
        await keeper.stop()
        await people.stop()


async def _follow(
    call: Call, made: Import, status: Literal["checking", "running"], work: Callable[[], Awaitable[bool]]
) -> Import:
    """Work, and show how far it is, until the import has another status; a gateway may be at it too."""
    with Progress(*COLUMNS, console=messages, transient=True) as bar:
        task = bar.add_task("checking" if status == "checking" else "importing", total=None)
        worker = asyncio.create_task(_work(work))
        try:
            while True:
                now = _read(await call("get_import", made.id))
                done = now.checked_rows if status == "checking" else now.done_rows
                bar.update(task, completed=done, total=now.rows)
                if now.status != status:
                    return now
                if worker.done():
                    worker.result()
                    worker = asyncio.create_task(_work(work))
                await asyncio.sleep(0.1)
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)


async def _work(work: Callable[[], Awaitable[bool]]) -> None:
    while await work():
        pass


def _read(answer: str) -> Import:
    return msgspec.json.decode(answer, type=Import)


def _callers(admin: Administration, number: int, names: list[str]) -> list[str]:
    known = {caller["name"]: caller["id"] for caller in admin.call("list_callers", workspace=number)}
    if missing := [name for name in names if name not in known]:
        raise AdministrationError(f"there is no caller {missing[0]}; there is {', '.join(known) or 'none'}")
    return [known[name] for name in names]


def _check(view: SheetView, read_as: _ReadAs) -> Check:
    _, mapping, duplicates, date_order, accept = read_as
    if duplicates not in ("skip", "keep"):
        raise FileProblem(f"--duplicates {duplicates}: it is skip or keep")
    proposed = {column.field: column.column for column in view.columns if column.field}
    chosen = columns_by_field(view.columns, proposed, mapping)
    asked = {"sheet": view.number, "heading_row": view.heading_row, "mapping": chosen}
    choices = {"duplicates": duplicates, "date_order": date_order, "accept": accept}
    return msgspec.convert({**asked, **choices}, Check)


def _show(view: SheetView, check: Check, checked: Import) -> None:
    headings = {column.column: column.heading for column in view.columns}
    for field, column in check.mapping.items():
        messages.print(f"{FIELDS[field]:20} {headings[column]}", markup=False)
    if checked.date_order:
        messages.print(f"{'Dates':20} {checked.date_order.replace('_', ' ')}", markup=False)
    counts = checked.counts
    known = counts.duplicates_in_file + counts.duplicates_stored
    messages.print(f"{checked.rows:,} rows: {counts.ready:,} new, {known:,} duplicates, {counts.refused:,} refused")
    for notice in checked.notices:
        rows = ", ".join(f"{row:,}" for row in notice.examples)
        more = f" and {notice.rows - len(notice.examples):,} more" if notice.rows > len(notice.examples) else ""
        left_out = ", left out" if notice.kind in LEFT_OUT and notice.kind not in checked.accept else ""
        messages.print(f"  {TOLD[notice.kind]}{left_out}: row {rows}{more}", markup=False)


def _report(summary: ImportSummary) -> None:
    output.print(
        f"imported {summary.inserted_count}, duplicate {summary.skipped_count}, refused {summary.error_count}, "
        f"queued {summary.distribution_summary.queued}"
    )
    if summary.callers:
        table = Table("Caller", "Leads", box=None, pad_edge=False)
        for share in summary.callers:
            table.add_row(share.name, f"{share.leads:,}")
        output.print(table)
    for left_out in summary.excluded:
        output.print(f"  {left_out.name}: none, {left_out.why}", markup=False)
    for refused in summary.errors[:10]:
        output.print(f"  row {refused.row}: {refused.reason}", markup=False)
    if summary.error_count or summary.status != "done":
        raise typer.Exit(1)
