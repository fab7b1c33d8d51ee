"""Collects the `.sql` files beside it as pgTAP tests; each runs in a migrated database of its own.

A file is what pgTAP's manual shows: `begin; select plan(3); ... select * from finish(); rollback;`. pgTAP's functions
are in schema `tap`, which is on the search path.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.pq import ExecStatus
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor
from tap.parser import Parser

from gateway import ROOT
from gateway.database.embedded import SUPERUSER, Server
from gateway.database.migrate import MigrationError, explained, pieces
from tests.conftest import Connect, clone
from tests.database.house import House

PGTAP = ROOT / ".venv" / "pgtap.sql"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take the `.sql` files; pytest takes the rest."""
    return SqlFile.from_parent(parent, path=file_path) if file_path.suffix == ".sql" else None


class SqlFile(pytest.File):
    """A file of pgTAP tests, shown as one test."""

    def collect(self) -> Iterator[pytest.Item]:
        def run(pgtap_connection: psycopg.Connection[Any]) -> None:
            try:
                problems = failures("\n".join(output(pgtap_connection, self.path)))
            except MigrationError as error:
                problems = [str(error)]
            if problems:
                pytest.fail("\n".join(problems), pytrace=False)

        yield pytest.Function.from_parent(self, name="pgtap", callobj=run)


def output(connection: psycopg.Connection[Any], file: Path) -> Iterator[str]:
    """Run the file and yield every text it returns."""
    for piece in pieces(file):
        cursor = connection.cursor()
        try:
            cursor.execute(piece.text.encode())
        except psycopg.Error as error:
            raise explained(error, piece) from None
        more: bool | None = True
        while more:
            if cursor.pgresult and cursor.pgresult.status == ExecStatus.TUPLES_OK:
                yield from (str(row[0]) for row in cursor if row and row[0] is not None)
            more = cursor.nextset()


def failures(text: str) -> list[str]:
    """What is wrong in TAP output: failed tests with their diagnostics, a plan not kept. Empty when all is well."""
    lines = list(Parser().parse_text(text))
    found: list[str] = []
    failing = False
    for line in lines:
        if line.category == "test":
            failing = not line.ok and not line.todo
        if failing and line.category in ("test", "diagnostic"):
            found.append(line.text if line.category == "diagnostic" else str(line))
    planned = [line.expected_tests for line in lines if line.category == "plan" and not line.skip]
    ran = sum(line.category == "test" for line in lines)
    if planned != [ran]:
        found.append(f"planned {planned or 'nothing'}, ran {ran}")
    return found


def _load_pgtap(*, host: str, dbname: str, **_: object) -> None:
    with psycopg.connect(host=host, dbname=dbname, user=SUPERUSER) as connection:
        connection.execute("create schema tap")
        connection.execute("grant usage on schema tap to public")
        if connection.execute("select from pg_available_extensions where name = 'pgtap'").rowcount:
            connection.execute("create extension pgtap schema tap")
            return
        if not PGTAP.exists():
            pytest.fail("pgTAP is missing: run `make setup-test`, which says where it can be had from", pytrace=False)
        connection.execute("set search_path = tap")
        for piece in pieces(PGTAP):
            connection.execute(piece.text.encode())


with_pgtap = factories.postgresql_noproc(depends_on="migrated", dbname="fairlead_pgtap", load=[_load_pgtap])


@pytest.fixture
def pgtap_connection(server: Server, with_pgtap: NoopExecutor) -> Iterator[psycopg.Connection[Any]]:
    """A connection in autocommit mode to a clone of the migrated database that has pgTAP."""
    path = "-c search_path=tap,public"
    with (
        clone(with_pgtap, with_pgtap.template_dbname) as name,
        psycopg.connect(server.url(name), autocommit=True, options=path) as connection,
    ):
        yield connection


@pytest.fixture
def house(connect: Connect) -> House:
    """Two furnished workspaces in a database of their own."""
    return House(connect)
