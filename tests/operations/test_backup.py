"""A backup is restored as the README says; otherwise it is said what was forgotten."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gateway import ROOT
from gateway.database.embedded import Server
from gateway.database.migrate import MigrationError, migrate
from tests.support import Workspace


@pytest.fixture
def backup(server: Server, database_url: str, workspace: Workspace, tmp_path: Path) -> Path:
    """What pg_dump made of a database with a lead."""
    workspace.caller("Asha")
    workspace.ingest({"name": "Bilal"})
    file = tmp_path / "fairlead.dump"
    subprocess.run([server.binaries / "pg_dump", "-Fc", "-f", file, database_url], check=True)
    return file


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Server]:
    """A server that never heard of Fairlead's roles."""
    with Server(tmp_path / "elsewhere" / "postgres", settings={"fsync": "off"}) as running:
        running.ensure_database("fairlead")
        yield running


def restore(server: Server, backup: Path) -> None:
    subprocess.run([server.binaries / "pg_restore", "-d", server.url(), backup], capture_output=True)


def test_a_backup_is_restored_after_the_roles(backup: Path, elsewhere: Server) -> None:
    bootstrap = ROOT / "sql" / "bootstrap.sql"
    subprocess.run([elsewhere.binaries / "psql", "-qd", elsewhere.url(), "-f", bootstrap], check=True)
    restore(elsewhere, backup)
    migrate(elsewhere.url())
    assert migrate(elsewhere.url()) is False
    with psycopg.connect(elsewhere.url()) as connection:
        assert connection.execute("select name from crm.leads").fetchall() == [("Bilal",)]
        assert connection.execute("select violation, detail from routing.verify()").fetchall() == []
        policies = connection.execute("select count(*) from pg_policy").fetchone()
    assert policies is not None
    assert policies[0] > 50


def test_a_backup_restored_without_the_roles_is_recognised_in_words(backup: Path, elsewhere: Server) -> None:
    restore(elsewhere, backup)
    with pytest.raises(MigrationError, match=r"does not belong to fairlead_owner.*sql/bootstrap\.sql"):
        migrate(elsewhere.url())
