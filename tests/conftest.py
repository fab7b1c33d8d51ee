"""What all tests share: a real PostgreSQL, a migrated database of its own for each test, and the running gateway.

The server is the embedded one, or with FAIRLEAD_TEST_SERVER=system this machine's own PostgreSQL, started apart from
whatever runs here. It is migrated once; each test gets a clone.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor
from pytest_postgresql.janitor import DatabaseJanitor

from gateway.database.embedded import SUPERUSER, Server
from gateway.database.migrate import migrate
from tests.mailbox import Mailbox, mailbox_of
from tests.support import Gateway, Workspace, free_port

# What tests start again and again reads its modules compiled, whatever the environment says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

Connect = Callable[..., psycopg.Connection[Any]]

_numbers = count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The PostgreSQL server of this test run. `server.log` is the path of its log."""
    # Nothing here has to survive a power cut; production keeps fsync on.
    settings = {"fsync": "off", "max_connections": "300"}
    binaries = None
    if os.environ.get("FAIRLEAD_TEST_SERVER") == "system":
        binaries = _system_binaries()
    with Server(tmp_path_factory.mktemp("server") / "postgres", binaries=binaries, settings=settings) as running:
        yield running


@pytest.fixture(scope="session")
def base_server(server: Server) -> NoopExecutor:
    """The same server as pytest-postgresql knows it."""
    return _BareServer(host=str(server.socket_folder), port=5432, user=SUPERUSER, options="", dbname="postgres")


class _BareServer(NoopExecutor):
    """Its databases are made from PostgreSQL's own template."""

    template_dbname = None  # type: ignore[assignment]


def _fill_template(*, host: str, dbname: str, **_: object) -> None:
    migrate(f"postgresql://{SUPERUSER}@/{dbname}?host={host}")
    with psycopg.connect(host=host, dbname=dbname, user=SUPERUSER) as connection:
        # Most tests deal leads of which they say nothing but what they are about.
        connection.execute("alter table crm.workspaces alter column holds_unreachable set default false")


migrated = factories.postgresql_noproc(depends_on="base_server", dbname="fairlead", load=[_fill_template])


@pytest.fixture
def database_url(server: Server, migrated: NoopExecutor) -> Iterator[str]:
    """The URL, as superuser, of a migrated database that belongs to this test alone."""
    with clone(migrated, migrated.template_dbname) as name:
        yield server.url(name)


class _FileCopier(DatabaseJanitor):
    """Copies the template's files, which costs half of having each page written to the log."""

    def _build_create_database_sql(self) -> sql.Composed:
        return super()._build_create_database_sql() + sql.SQL(" STRATEGY file_copy")


@contextmanager
def clone(executor: NoopExecutor, template: str) -> Iterator[str]:
    """The name of a copy of the database `template`, dropped at the end."""
    name = f"test_{next(_numbers)}"
    with _FileCopier(user=executor.user, host=executor.host, port=executor.port, dbname=name, template_dbname=template):
        yield name


@pytest.fixture
def connect(database_url: str) -> Iterator[Connect]:
    """`connect(autocommit=True, role=None, **parameters)` opens a connection to the test's database."""
    with ExitStack() as stack:

        def open_connection(
            *, autocommit: bool = True, role: str | None = None, **more: Any
        ) -> psycopg.Connection[Any]:
            if role:
                more["options"] = f"{more.get('options', '')} -c role={role}"
            connection = psycopg.connect(database_url, autocommit=autocommit, **more)
            stack.callback(connection.close)
            return connection

        yield open_connection


@pytest.fixture
def workspace(connect: Connect) -> Workspace:
    """A workspace with one source and no callers, worked on by SQL; see `Workspace`."""
    return Workspace.create(connect())


@pytest.fixture
def gateway(database_url: str, workspace: Workspace, tmp_path: Path) -> Iterator[Gateway]:
    """The real gateway in a process of its own, ready, on the database of `workspace`; see `Gateway`."""
    with Gateway(database_url, tmp_path, workspace) as running:
        yield running


@pytest.fixture(scope="session")
def shared_url(server: Server, migrated: NoopExecutor) -> Iterator[str]:
    """The database of all tests that keep apart by workspace."""
    with clone(migrated, migrated.template_dbname) as name:
        yield server.url(name)


@pytest.fixture(scope="session")
def shared_gateway(shared_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway of all tests that neither change its settings nor stop it."""
    with psycopg.connect(shared_url, autocommit=True) as connection:
        first = Workspace.create(connection)
    mail = {"FAIRLEAD_SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "FAIRLEAD_MAIL_FROM": "fairlead@example.com"}
    with Gateway(shared_url, tmp_path_factory.mktemp("gateway"), first, **mail) as running:
        yield running


@pytest.fixture
def mailbox(gateway: Gateway) -> Iterator[Mailbox]:
    """The mail server that the gateway knows."""
    with mailbox_of(gateway) as mailbox:
        yield mailbox


@pytest.fixture
def server_log(server: Server) -> Callable[[str], int]:
    """`server_log(text)` counts the lines with that text which this test has added to PostgreSQL's log."""
    start = server.log.stat().st_size

    def occurrences(text: str) -> int:
        with server.log.open(errors="replace") as file:
            file.seek(start)
            return sum(text in line for line in file)

    return occurrences


@pytest.fixture(autouse=True)
def dealt_correctly(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test marked `concurrent`, the record must replay without a violation."""
    if not request.node.get_closest_marker("concurrent"):
        yield
        return
    url = request.getfixturevalue("database_url")
    yield
    with psycopg.connect(url) as connection:
        violations = connection.execute("select * from routing.verify()").fetchall()
    assert violations == []


def _system_binaries() -> Path:
    """The folder of the newest PostgreSQL of this machine."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        listed = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        return Path(listed)
    return max(found, key=lambda path: int(re.sub(r"\D.*", "", path.parts[-3]))).parent
