"""What the commands share."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console

from gateway.core.settings import Settings
from gateway.database.administration import Administration, administration
from gateway.database.connecting import for_commands
from gateway.database.embedded import Server
from gateway.database.migrate import GATEWAY

output = Console(highlight=False)
messages = Console(stderr=True, highlight=False)

Workspace = Annotated[str | None, typer.Option(help="Name or number of the workspace; not needed if there is one.")]


@contextmanager
def database(*, keep_running: bool = False) -> Iterator[Settings]:
    """The settings with a database URL: the given one, or that of the embedded server, which runs meanwhile.

    With `keep_running` it is started again should it die.
    """
    settings = Settings.from_environment()
    if settings.database_url:
        yield replace(settings, database_url=for_commands(settings.database_url))
        return
    with Server(settings.data_dir / "postgres") as server, server.kept_running() if keep_running else nullcontext():
        url = server.ensure_database("fairlead")
        yield replace(settings, database_url=url, gateway_url=server.url("fairlead", user=GATEWAY))


@contextmanager
def administered() -> Iterator[tuple[Settings, Administration]]:
    """The settings, and the database in use to administer."""
    with database() as settings, administration(url_of(settings)) as admin:
        yield settings, admin


def url_of(settings: Settings) -> str:
    """The database URL that `database()` has put in."""
    assert settings.database_url is not None
    return settings.database_url
