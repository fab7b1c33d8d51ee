"""`source` and `caller`: who hands leads in, and who gets them."""

import json
from typing import Annotated

import typer

from gateway.commands.common import Workspace, administered, output
from gateway.first_run import curl
from gateway.sources import signing_secret

sources = typer.Typer(no_args_is_help=True, help="Where leads come from.")
callers = typer.Typer(no_args_is_help=True, help="Who gets leads.")


@sources.command("create")
def create_source(
    name: Annotated[str, typer.Argument(help="What managers call it, such as 'Google Ads'.")],
    workspace: Workspace = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: id, name, token, secret.")] = False,
) -> None:
    """Make a source, and print its token and signing secret. The token is shown this once."""
    with administered() as (settings, admin):
        source = admin.create_source(admin.find_workspace(workspace), name)
        secret = signing_secret(settings.secret_key, source.id)
    if as_json:
        print(json.dumps({"id": source.id, "name": name, "token": source.token, "secret": secret}))
        return
    output.print(
        f"Source {source.id}  {name}\nToken     {source.token}\nSecret    {secret}\n", soft_wrap=True, markup=False
    )
    output.print("Send the token as Authorization: Bearer, or sign by Standard Webhooks with the secret:\n")
    output.print(curl(settings.url, source.token), soft_wrap=True, markup=False)


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
