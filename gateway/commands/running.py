"""`serve`, `migrate` and `psql`: the gateway and its database."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Annotated

import typer
from psycopg.pq import Conninfo
from rich.panel import Panel

from gateway.commands.common import database, messages, output, url_of
from gateway.commands.first_run import FirstRun, curl, first_run
from gateway.commands.privileges import give_up_root
from gateway.core.settings import Settings, SettingsError
from gateway.database.administration import administration
from gateway.database.connecting import target_of
from gateway.database.embedded import packaged_binaries
from gateway.database.migrate import SECONDS_TO_WAIT, migrate
from gateway.sealing.keys import sealer_for


def serve() -> None:
    """Migrate, then serve until Ctrl-C. The first start makes a workspace, an admin and a source."""
    from gateway.app import create_app
    from gateway.events.feed import Feed
    from gateway.http.server import GatewayServer

    # However the process is told to end, it leaves the `with` blocks, and so stops the database it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    given = Settings.from_environment()
    for setting, url in (("FAIRLEAD_DATABASE_URL", given.database_url), ("FAIRLEAD_GATEWAY_URL", given.gateway_url)):
        if url and (setting == "FAIRLEAD_GATEWAY_URL" or not given.gateway_url):
            target_of(url, setting)  # refuses what the gateway cannot use before anything is started
    with suppress(KeyboardInterrupt), _bind(given) as listener, database(keep_running=True) as settings:
        _migrate(settings)
        with administration(url_of(settings)) as admin:
            sealer = sealer_for(admin, settings)
            made = first_run(admin, settings, with_samples=given.database_url is None)
        if reason := give_up_root(settings.gateway_url or url_of(settings)):
            messages.print(f"Serving as root: {reason}.", markup=False)
        _welcome(settings, made)
        app = create_app(settings, sealer)
        GatewayServer(app, settings, app.state.parts[Feed].close).run(sockets=[listener])


def migrate_command(
    rebuild: Annotated[
        bool,
        typer.Option(help="Install this version's SQL code even if the database has the same code, or newer code."),
    ] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for other sessions, in all.")] = SECONDS_TO_WAIT,
) -> None:
    """Bring the database to this version in one step: tables, names of places, SQL code.

    It says what it waits for. If it gives up, nothing has changed, and the exit code is 1.
    """
    with database() as settings:
        changed = _migrate(settings, rebuild=rebuild, wait=wait)
    messages.print("The database is up to date." if changed else "The database was up to date already.")


def psql(context: typer.Context) -> None:
    """Open psql on the database in use. What follows -- goes to psql: fairlead psql -- -Atc 'select 1'"""
    with database() as settings:
        # By the environment, since a password among the arguments could be read by every user of the machine.
        options = Conninfo.parse(url_of(settings).encode())
        environment = {
            option.envvar.decode(): option.val.decode() for option in options if option.envvar and option.val
        }
        # The packaged psql has no line editing, so at a terminal the system's is better.
        installed = shutil.which("psql") if sys.stdin.isatty() else None
        program = installed or packaged_binaries() / "psql"
        signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C cancels psql's query, not us
        code = subprocess.run([program, *context.args], env={**os.environ, **environment}).returncode
    raise typer.Exit(code)


def _migrate(settings: Settings, *, rebuild: bool = False, wait: float = SECONDS_TO_WAIT) -> bool:
    with messages.status("migrating") as status:
        return migrate(
            url_of(settings),
            gateway_url=settings.gateway_url,
            rebuild=rebuild,
            wait=wait,
            tell=lambda step: status.update(f"migrating: {step}"),
            say=lambda line: messages.print(line, markup=False, soft_wrap=True),
        )


def _bind(settings: Settings) -> socket.socket:
    """The socket to serve on, taken before anything is started or printed."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[
            0
        ]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {settings.host}:{settings.port} ({error.strerror}): set FAIRLEAD_HOST or FAIRLEAD_PORT"
        ) from None
    return listener


def _welcome(settings: Settings, made: FirstRun | None) -> None:
    fairlead = "fairlead" if shutil.which("fairlead") else os.path.relpath(sys.argv[0])
    lines = [f"[bold]Fairlead[/bold] is at [link={settings.url}]{settings.url}[/link]", ""]
    if made:
        password = made.password or "as set by FAIRLEAD_ADMIN_PASSWORD"
        lines += [f"Sign in as  {made.email}", f"Password    {password}  (shown this once)"]
        if made.sample_callers:
            lines += ["", f"{made.sample_callers} sample callers are there to try it with. To remove them:"]
            lines += [f"{fairlead} caller remove-samples"]
    else:
        lines += [f"New source    {fairlead} source create NAME", f"New password  {fairlead} user password EMAIL"]
    output.print(Panel.fit("\n".join(lines), padding=(1, 3)))
    if made:
        output.print("Post a lead:\n")
        output.print(curl(settings.url, made.source.token), soft_wrap=True, markup=False)
        output.print()
