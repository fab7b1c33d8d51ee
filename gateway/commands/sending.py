"""`send` and `demo`: leads posted to the webhook, from a file or made up."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import IO, Annotated
from urllib.parse import urlsplit
from uuid import uuid4

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from standardwebhooks import Webhook

from gateway.commands.client import Headers, Sendable, Summary, send
from gateway.commands.common import Workspace, administered, messages, output
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
from gateway.commands.samples import add_sample_callers, sample_leads
from gateway.core.date_words import Order
from gateway.core.settings import Settings
from gateway.database.administration import Administration
from gateway.imports.child import SheetOutline
from gateway.imports.date_order import order_among
from gateway.imports.file_problem import FileProblem
from gateway.imports.headings import columns_of, headings_of
from gateway.imports.proposals import Known, proposals
from gateway.imports.reader import batches_of, outline_of
from gateway.imports.rows import Wanted
from gateway.intake.sources import signing_secret

DEMO_SOURCE = "Demo"
WEBHOOK = "/api/leads/webhook"

Url = Annotated[str | None, typer.Option(help="Address of the gateway or its webhook, if not on this machine.")]
Concurrency = Annotated[int, typer.Option(min=1, max=1000, help="How many requests at once.")]
Retries = Annotated[int, typer.Option(min=0, help="How often a lead is tried again.")]


def send_file(
    file: File,
    token: Annotated[str, typer.Option(envvar="FAIRLEAD_TOKEN", help="The source's token.")],
    url: Url = None,
    sheet: SheetName = None,
    mapping: Named = None,
    date_order: DateOrder = None,
    accept: Accepted = None,
    rate: Annotated[float | None, typer.Option(min=0.01, help="Most leads a second.")] = None,
    concurrency: Concurrency = 16,
    retries: Retries = 8,
) -> None:
    """Post the rows of a file to the webhook, as an automation would.

    Columns headed like a field, in any of the spellings that `import` knows, are that field; --map names others; the
    rest becomes metadata. Exits with 1 if a row was refused or could not be delivered.
    """
    address = _webhook(url or Settings.from_environment().url)
    with opened(file) as given, _bar() as bar:
        outline = sheet_called(asyncio.run(outline_of(given)), sheet)
        task = bar.add_task(file.name, total=outline.rows, leads=0)
        headers = {"authorization": f"Bearer {token}"}
        summary = asyncio.run(
            send(
                rows_of(given, wanted_of(outline, mapping or [], date_order, accepted(accept))),
                address,
                lambda _: headers,
                concurrency=concurrency,
                rate=rate,
                retries=retries,
                progress=lambda summary: bar.update(task, completed=summary.done, leads=summary.stored),
            )
        )
    _report(summary)


def wanted_of(
    sheet: SheetOutline, mapping: list[str], date_order: Order | None = None, accept: Sequence[str] = ()
) -> Wanted:
    """How a sheet is read. Raises FileProblem for a map that does not fit it, or dates that nobody can tell apart."""
    columns = columns_of(sheet.first, headings_of(sheet.first, sheet.merged, sheet.heading_row), sheet.heading_row)
    found = proposals(columns, [Known()] * len(columns), values=False)
    proposed = {
        proposal.field: column.column for column, proposal in zip(columns, found, strict=True) if proposal.field
    }
    chosen = columns_by_field(columns, proposed, mapping)
    order = date_order or _order(sheet, chosen.get("timestamp"))
    return Wanted(sheet.number, sheet.heading_row, chosen, True, date_order=order, accept=[*accept])


def _order(sheet: SheetOutline, column: int | None) -> Order | None:
    found = next((order_among(dates, "") for dates in sheet.dates if dates.column == column), None)
    if found is None:
        return None
    if found.is_certain:
        return found.order
    raise FileProblem(
        f"nothing tells what comes first in dates such as {found.examples[0].text}: say --date-order day_first or "
        "--date-order month_first"
    )


async def rows_of(file: IO[bytes], wanted: Wanted) -> AsyncIterator[Sendable]:
    """Each row, as its lead or why it is none. Raises FileProblem."""
    async for batch in batches_of(file, wanted):
        for row in batch.rows:
            yield f"row {row.row}", (row.reason if row.left_out else row.lead) or row.reason or ""


def demo(
    rate: Annotated[float, typer.Option(min=0.01, help="Leads a second.")] = 2,
    count: Annotated[
        int | None, typer.Option(min=1, help="How many leads; 100 if --seconds is not given either.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="How long.")] = None,
    url: Url = None,
    concurrency: Concurrency = 16,
    workspace: Workspace = None,
) -> None:
    """Add sample callers, and post generated leads to a running Fairlead."""
    if count is None and seconds is None:
        count = 100
    with administered() as (settings, admin):
        number = admin.find_workspace(workspace)
        added = add_sample_callers(admin, number)
        messages.print(f"{added} sample callers added" if added else "The sample callers are there already")
        sign = _signer(_demo_secret(admin, settings, number))
        total = min(amount for amount in (count, seconds and round(seconds * rate)) if amount)
        with _bar() as bar:
            task = bar.add_task("demo", total=total, leads=0)
            summary = asyncio.run(
                send(
                    _generated(count),
                    _webhook(url or settings.url),
                    sign,
                    concurrency=concurrency,
                    rate=rate,
                    seconds=seconds,
                    retries=3,
                    progress=lambda summary: bar.update(task, completed=summary.stored, leads=summary.stored),
                )
            )
    _report(summary)


def _demo_secret(admin: Administration, settings: Settings, workspace: int) -> str:
    """The signing secret of the source that generated leads are of; it is made for the first."""
    known = admin.find_source(workspace, DEMO_SOURCE)
    if known:
        return signing_secret(settings.secret_key, known["id"], known["generation"])
    return signing_secret(settings.secret_key, admin.create_source(workspace, DEMO_SOURCE).id)


async def _generated(count: int | None) -> AsyncIterator[Sendable]:
    for number, lead in enumerate(sample_leads(count), 1):
        yield f"lead {number}", lead


def _signer(secret: str) -> Headers:
    """Standard Webhooks headers for a body."""
    webhook = Webhook(secret)

    def sign(body: bytes) -> dict[str, str]:
        identity, now = str(uuid4()), datetime.now(UTC)
        return {
            "webhook-id": identity,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": webhook.sign(identity, now, body.decode()),
        }

    return sign


def _webhook(url: str) -> str:
    """The address to post to; `url` may be the gateway's or, with a path, the webhook's own."""
    return f"{url.rstrip('/')}{WEBHOOK}" if urlsplit(url).path in ("", "/") else url


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[leads]} leads"),
        TimeRemainingColumn(),
        console=messages,
    )


def _report(summary: Summary) -> None:
    output.print(f"created {summary.created}, duplicate {summary.duplicates}, refused {summary.refused}", end="")
    output.print(f", not delivered {summary.failed}" if summary.failed else "")
    statuses = ", ".join(f"{status} {count}" for status, count in sorted(summary.statuses.items()))
    if statuses:
        output.print(f"of these {statuses}")
    for reason in summary.reasons:
        output.print(f"  {reason}", markup=False)
    if not summary.complete:
        raise typer.Exit(1)
