"""`source`, `caller` and `user`: who hands leads in, who gets them, who signs in."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from gateway.commands.common import Workspace, administered, output
from gateway.first_run import curl
from gateway.passwords import new_password, password_hash
from gateway.sources import signing_secret

sources = typer.Typer(no_args_is_help=True, help="Where leads come from.")
callers = typer.Typer(no_args_is_help=True, help="Who gets leads.")
users = typer.Typer(no_args_is_help=True, help="Who signs in to the page.")


class Role(StrEnum):
    """What a person may do on the page."""

    admin = "admin"
    manager = "manager"
    caller = "caller"


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


@users.command("add")
def add_user(
    email: Annotated[str, typer.Option(help="What they sign in with.")],
    name: Annotated[str, typer.Option(help="Name shown on the page.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.manager,
    ask: Annotated[bool, typer.Option(help="Ask for the password instead of making one.")] = False,
    workspace: Workspace = None,
) -> None:
    """Add a person who can sign in, and print the password made for them."""
    password = _password(ask)
    with administered() as (_, admin):
        number = admin.find_workspace(workspace)
        admin.call("create_user", number, email.lower(), name, role.value, password_hash(password))
    _tell_password(email, password, ask)


@users.command("password")
def change_password(
    email: Annotated[str, typer.Argument(help="Whose password.")],
    ask: Annotated[bool, typer.Option(help="Ask for the password instead of making one.")] = False,
) -> None:
    """Set a new password, print it, and end the person's sessions."""
    password = _password(ask)
    with administered() as (_, admin):
        admin.call("set_password", email.lower(), password_hash(password))
    _tell_password(email, password, ask)


def _password(ask: bool) -> str:
    if not ask:
        return new_password()
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(password) < 8:
        raise typer.BadParameter("the password is too short: use 8 characters or more")
    return password


def _tell_password(email: str, password: str, asked: bool) -> None:
    output.print(f"{email} can sign in" if asked else f"{email} can sign in with the password {password}", markup=False)
