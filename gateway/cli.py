"""The command `fairlead`: see `gateway.commands` for what each part of it does."""

import sys

import psycopg
import typer

from gateway.commands import importing, keys, managing, people, proving, running, sending
from gateway.commands.client import Hopeless
from gateway.commands.common import messages
from gateway.core.problems import Problem
from gateway.core.settings import SETTINGS, SettingsError
from gateway.database.administration import AdministrationError
from gateway.database.embedded import EmbeddedError
from gateway.database.migrate import MigrationError
from gateway.imports.file_problem import FileProblem

EXPLAINED = (
    AdministrationError,
    EmbeddedError,
    FileProblem,
    Hopeless,
    MigrationError,
    Problem,
    SettingsError,
)

_settings = "\n\n".join(f"[bold]{name}[/bold]  {text}" for name, text in SETTINGS.items())

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Fairlead takes leads in and deals each one to a caller.",
    epilog=f"Settings, all from the environment:\n\n{_settings}",
)
app.command()(running.serve)
app.command("migrate")(running.migrate_command)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(running.psql)
app.command("send")(sending.send_file)
app.command("import")(importing.import_file)
app.command()(sending.demo)
app.command()(proving.verify)
app.add_typer(managing.sources, name="source")
app.add_typer(managing.callers, name="caller")
app.add_typer(people.workspaces, name="workspace")
app.add_typer(people.users, name="user")
app.add_typer(keys.keys, name="keys")


def main() -> None:
    """Run the command line. What the user can mend is one sentence, without a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except EXPLAINED as error:
        messages.print(str(error), style="red", markup=False, soft_wrap=True)
    except psycopg.OperationalError as error:
        messages.print(f"the database cannot be reached: {error}", style="red", markup=False, soft_wrap=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
