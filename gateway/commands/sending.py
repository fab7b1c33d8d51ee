"""`send` and `demo`: leads posted to the webhook, from a file or made up."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from uuid import uuid4

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from standardwebhooks import Webhook

from gateway.commands.client import Headers, Summary, send
from gateway.commands.common import Workspace, administered, messages, output
from gateway.commands.samples import add_sample_callers, sample_leads
from gateway.commands.sheet import Sheet, SheetError
from gateway.core.settings import Settings
from gateway.intake.sources import signing_secret

DEMO_SOURCE = "Demo"
WEBHOOK = "/api/leads/webhook"

Url = Annotated[str | None, typer.Option(help="Address of the gateway or its webhook, if not on this machine.")]
Concurrency = Annotated[int, typer.Option(min=1, max=1000, help="How many requests at once.")]
Retries = Annotated[int, typer.Option(min=0, help="How often a lead is tried again.")]


def send_file(
    file: Annotated[Path, typer.Argument(help="A CSV file with headings, in UTF-8.")],
    token: Annotated[str, typer.Option(envvar="FAIRLEAD_TOKEN", help="The source's token.")],
    url: Url = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=HEADING", help="Take the field from this column; repeat for more."),
    ] = None,
    rate: Annotated[float | None, typer.Option(min=0.01, help="Most leads a second.")] = None,
    concurrency: Concurrency = 16,
    retries: Retries = 8,
) -> None:
    """Post a CSV's rows to the webhook, as an automation would.

    Columns headed like a field of the webhook are that field; --map names others; the rest becomes metadata.
    Exits with 1 if a row was refused or could not be delivered.
    """
    address = _webhook(url or Settings.from_environment().url)
    with Sheet(file, _fields(mapping or [])) as sheet, _bar() as bar:
        task = bar.add_task(file.name, total=sheet.size, leads=0)

        def progress(summary: Summary) -> None:
            bar.update(task, completed=sheet.read_bytes, leads=summary.created + summary.duplicates)

        headers = {"authorization": f"Bearer {token}"}
        leads = sheet.leads()
        summary = asyncio.run(
            send(
                leads,
                address,
                lambda _: headers,
                concurrency=concurrency,
                rate=rate,
                retries=retries,
                progress=progress,
            )
        )
        bar.update(task, completed=sheet.size)
    _report(summary)


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
        known = admin.find_source(number, DEMO_SOURCE)
        source, generation = (
            (known["id"], known["generation"]) if known else (admin.create_source(number, DEMO_SOURCE).id, 1)
        )
        messages.print(f"{added} sample callers added" if added else "The sample callers are there already")
        total = min(amount for amount in (count, seconds and round(seconds * rate)) if amount)
        with _bar() as bar:
            task = bar.add_task("demo", total=total, leads=0)

            def progress(summary: Summary) -> None:
                done = summary.created + summary.duplicates
                bar.update(task, completed=done, leads=done)

            leads = ((f"lead {number}", lead) for number, lead in enumerate(sample_leads(count), 1))
            sign = _signer(signing_secret(settings.secret_key, source, generation))
            address = _webhook(url or settings.url)
            summary = asyncio.run(
                send(
                    leads,
                    address,
                    sign,
                    concurrency=concurrency,
                    rate=rate,
                    seconds=seconds,
                    retries=3,
                    progress=progress,
                )
            )
    _report(summary)


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


def _fields(mapping: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for item in mapping:
        field, equals, heading = item.partition("=")
        if not (field.strip() and equals and heading.strip()):
            raise SheetError(f"--map {item}: write it as FIELD=HEADING, such as --map phone='Mobile No.'")
        pairs[field.strip()] = heading.strip()
    return pairs


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
