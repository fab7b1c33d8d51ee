"""`source` and `caller`: who hands leads in, and who gets them."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from gateway.commands.common import Workspace, administered, output
from gateway.commands.first_run import curl
from gateway.core.settings import Settings
from gateway.database.administration import NewSource
from gateway.intake.sources import signing_secret

sources = typer.Typer(no_args_is_help=True, help="Where leads come from.")
callers = typer.Typer(no_args_is_help=True, help="Who gets leads.")


SourceName = Annotated[str, typer.Argument(help="What managers call it, such as 'Google Ads'.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON: id, name, token, secret.")]


@sources.command("create")
def create_source(name: SourceName, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Make a source, and print its token and signing secret. They are shown this once."""
    with administered() as (settings, admin):
        source = admin.create_source(admin.find_workspace(workspace), name)
    _tell_key(settings, source, as_json)


@sources.command("list")
def list_sources(workspace: Workspace = None) -> None:
    """List the sources, revoked ones too, with what came of them today."""
    with administered() as (_, admin):
        found = admin.sources(admin.find_workspace(workspace))
    table = Table("ID", "Name", "State", "A minute", "Today", "Last lead", box=None, pad_edge=False)
    for source in found:
        limit = source["leads_per_minute"]
        last = source["last_lead_at"]
        table.add_row(
            f"{source['id']}",
            Text(source["name"]),
            _state(source),
            "" if limit is None else f"{limit}",
            f"{source['leads_today']}",
            "" if last is None else _minute(last),
        )
    output.print(table)


@sources.command("rotate")
def rotate_source(
    name: SourceName,
    overlap: Annotated[int, typer.Option(min=0, max=720, help="Hours that the old ones work on; 0: none.")] = 24,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Give a source a new token and signing secret, and print them. They are shown this once."""
    with administered() as (settings, admin):
        source = admin.rotate_source(admin.find_workspace(workspace), name, timedelta(hours=overlap))
    _tell_key(settings, source, as_json)


@sources.command("revoke")
def revoke_source(name: SourceName, workspace: Workspace = None) -> None:
    """End a source at once and for good. The leads it brought stay."""
    with administered() as (_, admin):
        admin.revoke_source(admin.find_workspace(workspace), name)
    output.print(f"{name} is revoked", markup=False)


@callers.command("add")
def add_caller(
    name: Annotated[str, typer.Option(help="Name of the caller.")],
    state: Annotated[list[str] | None, typer.Option(help="State whose leads they get; repeat for more.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Most leads a day; 0 for no limit.")] = 0,
    language: Annotated[list[str] | None, typer.Option(help="Language they speak; repeat for more.")] = None,
    role: Annotated[str | None, typer.Option(help="Their role in the team.")] = None,
    workspace: Workspace = None,
) -> None:
    """Add a caller."""
    caller = {"name": name, "states": state or [], "daily_limit": limit, "languages": language or [], "role": role}
    with administered() as (_, admin):
        known = {field: value for field, value in caller.items() if value is not None}
        created = admin.call("create_caller", known, workspace=admin.find_workspace(workspace))
    states = ", ".join(created["states"]) or "no state, so from the global pool only"
    output.print(f"{created['name']} gets leads: {states}\n{created['id']}", markup=False)


@callers.command("remove-samples")
def remove_sample_callers(workspace: Workspace = None) -> None:
    """Archive the sample callers. What they were assigned stays on record."""
    with administered() as (_, admin):
        removed = admin.call("archive_sample_callers", workspace=admin.find_workspace(workspace))
    output.print(f"{removed} sample callers removed")


def _tell_key(settings: Settings, source: NewSource, as_json: bool) -> None:
    secret = signing_secret(settings.secret_key, source.id, source.generation)
    if as_json:
        print(json.dumps({"id": source.id, "name": source.name, "token": source.token, "secret": secret}))
        return
    lines = f"Source {source.id}  {source.name}\nToken     {source.token}\nSecret    {secret}\n"
    output.print(lines, soft_wrap=True, markup=False)
    output.print("Send the token as Authorization: Bearer, or sign by Standard Webhooks with the secret:\n")
    output.print(curl(settings.url, source.token), soft_wrap=True, markup=False)


def _state(source: dict[str, Any]) -> str:
    if source["revoked_at"] is not None:
        return f"revoked {_minute(source['revoked_at'])}"
    until = source["old_keys_until"]
    return "live" if until is None else f"live, old key until {_minute(until)}"


def _minute(moment: str) -> str:
    """A moment from the database, by this machine's clock."""
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
