"""The migrations: well named, safe to run, and the same database whichever way it was made."""

import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway import ROOT
from gateway.database.embedded import Server, packaged_binaries
from gateway.database.migrate import MigrationError, migrate
from tests.conftest import Connect
from tests.database.dumping import schema

MIGRATIONS = sorted((ROOT / "migrations").glob("*.sql"))
INSTALL = ROOT / "sql" / "install.sql"
# A clone of a database has everything but the rights on the database itself.
AS_OWNER = ("-f", ROOT / "sql" / "bootstrap.sql", "-c", "set role fairlead_owner")


def psql(url: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the packaged psql, as a DBA would run it by hand."""
    command = [packaged_binaries() / "psql", "--no-psqlrc", "--quiet", "-d", url, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_migrations_are_numbered_in_order_and_each_depends_on_the_one_before() -> None:
    names = [path.stem for path in MIGRATIONS]
    assert [name.partition(".")[0] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    for name, path, before in zip(names, MIGRATIONS, ["", *names[:-1]], strict=True):
        text = path.read_text()
        assert re.fullmatch(r"\d{4}\.[a-z][a-z_]+", name), name
        assert re.findall(r"^-- depends: (.*)$", text, re.MULTILINE) == ([before] if before else []), name
        assert text.startswith("-- "), f"{name} does not say what it is for"


def test_a_migration_touches_tables_only_and_leaves_code_alone() -> None:
    for path in MIGRATIONS:
        statements = re.sub(r"comment on .* is\s+'(?:[^']|'')*'(?:\s+'(?:[^']|'')*')*|--.*", "", path.read_text())
        assert not re.search(r"\b(core|routing|api|report)\.", statements), f"{path.name} uses what is rebuilt"


def test_migrating_twice_is_migrating_once(server: Server, database_url: str) -> None:
    once = schema(server, database_url)
    assert len(once) > 1000
    assert migrate(database_url) is False
    assert schema(server, database_url) == once
    assert migrate(database_url, rebuild=True) is True
    assert schema(server, database_url) == once


def test_plain_psql_builds_the_same_code(server: Server, database_url: str, connect: Connect) -> None:
    migrated = schema(server, database_url)
    for name in ("report", "api", "routing", "core"):
        connect().execute(f"drop schema {name} cascade")
    assert schema(server, database_url) != migrated
    done = psql(database_url, *AS_OWNER, "-f", INSTALL)
    assert done.returncode == 0, done.stderr
    assert schema(server, database_url) == migrated


def test_the_code_goes_in_whole_or_not_at_all(database_url: str, connect: Connect, tmp_path: Path) -> None:
    for path in (ROOT / "sql").rglob("*.sql"):
        copy = tmp_path / path.relative_to(ROOT / "sql")
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text())
    (tmp_path / "leads" / "today.sql").write_text("select nonsense;")
    functions = "select array_agg(oid order by oid) from pg_proc where pronamespace = 'routing'::regnamespace"
    before = connect().execute(functions).fetchone()
    done = psql(database_url, *AS_OWNER, "-f", tmp_path / "install.sql")
    assert done.returncode != 0
    assert "nonsense" in done.stderr
    assert connect().execute(functions).fetchone() == before


def test_every_sql_file_is_installed() -> None:
    included = {INSTALL.parent / name for name in re.findall(r"^\\ir (\S+)$", INSTALL.read_text(), re.MULTILINE)}
    written = {path for path in INSTALL.parent.rglob("*.sql") if path.name not in ("install.sql", "bootstrap.sql")}
    assert included == written


DEPENDENTS = {
    "default value for column key of table mine": "alter table mine add key text default core.place_key('x')",
    "constraint mine_check on table mine": (
        "alter table mine add constraint mine_check check (core.place_key(name) <> '')"
    ),
    "index mine_idx": "create index mine_idx on mine (core.place_key(name))",
    "column stored of table mine": (
        "alter table mine add stored text generated always as (core.place_key(name)) stored"
    ),
    "rule _RETURN on view my_view": "create view my_view as select id from core.lead_cards",
    "function my_function": "create function my_function() returns text language sql return core.place_key('x')",
    "policy mine_policy on table mine": "create policy mine_policy on mine using (core.place_key(name) = name)",
    "column violation of table mine": "alter table mine add violation routing.violation",
    "constraint my_check": "create domain d as text constraint my_check check (core.place_key(value) = value)",
}


@pytest.fixture
def owner(connect: Connect) -> psycopg.Connection[Any]:
    """A connection of the database's owner, with a table outside the schemas of code."""
    connect().execute("grant create, usage on schema public to fairlead_owner")
    connection = connect(role="fairlead_owner")
    connection.execute("create table mine (name text)")
    return connection


def test_code_that_others_hang_on_is_not_rebuilt(owner: psycopg.Connection[Any]) -> None:
    refuse = (ROOT / "sql" / "refuse_dependents.sql").read_text().encode()
    owner.execute(refuse)
    for named, statement in DEPENDENTS.items():
        with owner.transaction(force_rollback=True):
            owner.execute(statement.encode())
            with pytest.raises(psycopg.errors.RaiseException, match=re.escape(named)):
                owner.execute(refuse)


def test_a_refused_rebuild_drops_nothing(owner: psycopg.Connection[Any], server: Server, database_url: str) -> None:
    owner.execute("create index mine_idx on mine (core.place_key(name))")
    before = schema(server, database_url)
    with pytest.raises(MigrationError, match=r"mine_idx(.|\n)*Drop or change these first"):
        migrate(database_url, rebuild=True)
    assert schema(server, database_url) == before


def test_triggers_do_not_stand_in_the_way_of_a_rebuild(owner: psycopg.Connection[Any], database_url: str) -> None:
    owner.execute("create trigger stamp before insert on mine for each row execute function routing.prepare_caller()")
    assert migrate(database_url, rebuild=True) is True
    triggers = "select array_agg(tgname::text order by tgname) from pg_trigger where tgrelid = 'crm.leads'::regclass"
    assert owner.execute(f"{triggers} and not tgisinternal").fetchone() == (
        ["deal_new_leads", "keep_lead_ids", "keep_leads", "prepare_lead", "record_lead_update", "refuse_unfit_lead"],
    )
