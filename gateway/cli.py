"""The command `fairlead`."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import typer
from rich.console import Console

from gateway.embedded import EmbeddedError, Server
from gateway.migrate import MigrationError, migrate
from gateway.settings import Settings, SettingsError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
progress = Console(stderr=True)


@contextmanager
def database() -> Iterator[Settings]:
    """The settings with a database URL: the given one, or that of the embedded server, running meanwhile."""
    settings = Settings.from_environment()
    if settings.database_url:
        yield settings
        return
    with Server(settings.data_dir / "postgres") as server:
        yield replace(settings, database_url=server.ensure_database("fairlead"))


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version."""
    with database() as settings:
        assert settings.database_url
        with progress.status("migrating") as status:
            migrate(settings.database_url, tell=status.update)


@app.command()
def serve() -> None:
    """Migrate, then serve until interrupted."""
    import uvicorn

    from gateway.app import create_app

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with database() as settings:
        assert settings.database_url
        migrate(settings.database_url)
        config = uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
        )
        uvicorn.Server(config).run()


def main() -> None:
    """Run the command line; errors a user can mend are told in a sentence."""
    try:
        app()
    except (SettingsError, EmbeddedError, MigrationError) as error:
        progress.print(f"[red]{error}[/red]", highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
