"""`workspace` and `user`: who works with Fairlead, and who signs in."""

from enum import StrEnum
from typing import Annotated

import typer

from gateway.commands.common import Workspace, administered, output
from gateway.people.links import address_of_link, link_on
from gateway.people.passwords import HINT, new_password, password_hash, weakness_of

workspaces = typer.Typer(no_args_is_help=True, help="Who works with Fairlead, apart from each other.")
users = typer.Typer(no_args_is_help=True, help="Who signs in to the page.")


class Role(StrEnum):
    """What a person may do."""

    admin = "admin"
    manager = "manager"
    caller = "caller"
    analyst = "analyst"


Email = Annotated[str, typer.Argument(help="What they sign in with.")]
Ask = Annotated[bool, typer.Option(help="Ask for the password instead of making one.")]


@workspaces.command("create")
def create_workspace(
    name: Annotated[str, typer.Argument(help="Its name, shown on every page.")],
    email: Annotated[str, typer.Option(help="What its first admin signs in with.")],
    timezone: Annotated[str, typer.Option(help="Its days and hours are counted by it.")] = "Asia/Kolkata",
    country: Annotated[str, typer.Option(help="Whose states and phone numbers leads are read by.")] = "IN",
    ask: Ask = False,
) -> None:
    """Make a workspace and its first admin, and print the password made for them."""
    password = _password(ask, email, name)
    with administered() as (_, admin), admin.transaction():
        number = admin.call("create_workspace", name, timezone, country)
        admin.call("create_user", number, email, "Admin", Role.admin.value, password_hash(password))
    output.print(f"Workspace {number}  {name}", markup=False)
    _tell_password(email, password, ask)


@workspaces.command("list")
def list_workspaces() -> None:
    """List the workspaces by number and name."""
    with administered() as (_, admin):
        for name, number in admin.workspaces().items():
            output.print(f"{number}  {name}", markup=False)


@users.command("add")
def add_user(
    email: Annotated[str, typer.Option(help="What they sign in with.")],
    name: Annotated[str, typer.Option(help="Name shown on the page.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.manager,
    ask: Ask = False,
    workspace: Workspace = None,
) -> None:
    """Add a person who can sign in, and print the password made for them."""
    password = _password(ask, email, name)
    with administered() as (_, admin):
        number = admin.find_workspace(workspace)
        admin.call("create_user", number, email, name, role.value, password_hash(password))
    _tell_password(email, password, ask)


@users.command("invite")
def invite_user(
    email: Annotated[str, typer.Option(help="What they sign in with.")],
    name: Annotated[str, typer.Option(help="Name shown on the page.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.manager,
    workspace: Workspace = None,
) -> None:
    """Invite a person, and print the link by which they choose a password, once and within seven days."""
    with administered() as (settings, admin):
        link = link_on(settings, settings.public_url or settings.url)
        person = {"email": email, "name": name, "role": role.value}
        number = admin.find_workspace(workspace)
        admin.call("invite_user", person, link.for_database(by_mail=False), workspace=number)
    output.print(address_of_link(settings.secret_key, link.page, "invitation", link.id), markup=False, soft_wrap=True)


@users.command("password")
def reset_password(email: Email, ask: Ask = False) -> None:
    """Set a new password, print it, end the person's sessions and tokens, and let them sign in without waiting."""
    password = _password(ask, email)
    with administered() as (_, admin):
        workspace, user = admin.find_user(email)
        admin.call("reset_password", user, password_hash(password), workspace=workspace)
    _tell_password(email, password, ask)


@users.command("remove-factor")
def remove_factor(email: Email) -> None:
    """Remove the second factor of a person who lost it and the recovery codes."""
    with administered() as (_, admin):
        workspace, user = admin.find_user(email)
        admin.call("remove_factor", user, workspace=workspace)
    output.print(f"{email} now signs in with the password alone", markup=False)


@users.command("role")
def change_role(email: Email, role: Annotated[Role, typer.Argument(help="What they may do from now on.")]) -> None:
    """Give a person another role. It holds at once."""
    _update(email, {"role": role.value})
    output.print(f"{email} is {'an' if role.value[0] == 'a' else 'a'} {role.value} now", markup=False)


@users.command("disable")
def disable_user(email: Email) -> None:
    """Let a person in no more. Their sessions and tokens end at once."""
    _update(email, {"disabled": True})
    output.print(f"{email} cannot sign in any more", markup=False)


@users.command("enable")
def enable_user(email: Email) -> None:
    """Let a person in again who was disabled."""
    _update(email, {"disabled": False})
    output.print(f"{email} can sign in again", markup=False)


def _update(email: str, change: dict[str, object]) -> None:
    with administered() as (_, admin):
        workspace, user = admin.find_user(email)
        admin.call("update_user", user, change, workspace=workspace)


def _password(ask: bool, *about: str) -> str:
    if not ask:
        return new_password()
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if weakness := weakness_of(password, about):
        raise typer.BadParameter(f"{weakness} {HINT}")
    return password


def _tell_password(email: str, password: str, asked: bool) -> None:
    output.print(f"{email} can sign in" if asked else f"{email} can sign in with the password {password}", markup=False)
