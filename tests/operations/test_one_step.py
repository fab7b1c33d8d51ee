"""A deploy is one step: all of it or nothing, without harm to who works meanwhile, and never backwards by a start."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

import gateway.database.applied
import gateway.database.migrate
from gateway import ROOT
from gateway.database.migrate import MigrationError, migrate
from tests.concurrency.test_imports import staged
from tests.conftest import Connect
from tests.operations.conftest import Fairlead
from tests.support import Gateway, Workspace, until

CODE = "select nspname, oid from pg_namespace where nspname in ('api', 'core', 'report', 'routing') order by 1"
ADDED = "select from information_schema.columns where table_name = 'leads' and column_name = 'later'"
LAST = sorted(path.stem for path in (ROOT / "migrations").glob("*.sql"))[-1]
UNKNOWN = "insert into yoyo._yoyo_migration (migration_hash, migration_id, applied_at_utc) values ('ff', %s, now())"


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another version of Fairlead's SQL to change at will, which `migrate` takes from now on for this one."""
    for folder in ("migrations", "sql"):
        shutil.copytree(ROOT / folder, tmp_path / "version" / folder)
    use(tmp_path / "version", monkeypatch)
    return tmp_path / "version"


def use(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `migrate` be the version in `root`."""
    monkeypatch.setattr(gateway.database.applied, "ROOT", root)
    monkeypatch.setattr(gateway.database.migrate, "ROOT", root)


def add_migration(version: Path, *lines: str) -> Path:
    """A migration after all others."""
    file = version / "migrations" / "9000.later.sql"
    file.write_text("\n".join(["-- Later.", f"-- depends: {LAST}", "", *lines, ""]))
    return file


def state(connection: psycopg.Connection[Any]) -> list[Any]:
    """Which code, tables and data are there, by number."""
    queries = (
        CODE,
        "select attrelid::regclass::text, attname from pg_attribute where attrelid = 'crm.leads'::regclass",
        "select migration_id from yoyo._yoyo_migration order by 1",
        "select name, version from crm.reference_data order by 1",
    )
    return [connection.execute(query.encode()).fetchall() for query in queries]


def test_tables_and_code_of_a_deploy_come_together_or_not_at_all(
    version: Path, database_url: str, connect: Connect
) -> None:
    connection = connect()
    before = state(connection)
    add_migration(version, "alter table crm.leads add column later text;")
    broken = version / "sql" / "leads" / "today.sql"
    whole = broken.read_text()
    broken.write_text("select nonsense;\n")
    with pytest.raises(MigrationError, match=r"today\.sql:1"):
        migrate(database_url)
    assert state(connection) == before
    broken.write_text(whole)
    assert migrate(database_url) is True
    assert connection.execute(ADDED).rowcount == 1
    assert migrate(database_url) is False


def test_a_migration_that_fails_leaves_nothing_of_those_before_it(
    version: Path, database_url: str, connect: Connect
) -> None:
    before = state(connect())
    add_migration(version, "alter table crm.leads add column later text;", "", "select 1 / 0;")
    with pytest.raises(MigrationError, match=r"9000\.later\.sql: division by zero"):
        migrate(database_url)
    assert state(connect()) == before


def test_a_migration_that_would_commit_by_itself_is_refused(version: Path, database_url: str, connect: Connect) -> None:
    add_migration(version, "-- transactional: false", "create index concurrently later on crm.leads (city);")
    before = state(connect())
    with pytest.raises(MigrationError, match="in a transaction"):
        migrate(database_url)
    assert state(connect()) == before


def test_a_deploy_in_somebodys_way_says_whose_gives_up_and_harms_nobody(
    database_url: str, connect: Connect, workspace: Workspace
) -> None:
    analyst = connect(autocommit=False, application_name="notebook")
    analyst.execute("select * from report.newest_seals")
    before = state(connect())
    said: list[str] = []
    with ThreadPoolExecutor() as pool:
        deploy = pool.submit(migrate, database_url, rebuild=True, wait=4, say=said.append)
        sender = connect(options="-c lock_timeout=1s")
        leads = 0
        while not deploy.done():  # nobody queues behind it
            sender.execute(
                "insert into crm.leads (workspace_id, name) values (%s, %s)", [workspace.id, f"Lead {leads}"]
            )
            leads += 1
        with pytest.raises(MigrationError, match="gave up after waiting 4 s for notebook of user postgres"):
            deploy.result()
    assert leads > 0
    told = (
        rf"waiting for notebook of user postgres \(process {analyst.info.backend_pid}\), idle in a transaction .* s ago"
    )
    assert re.match(told, said[0])
    assert len(said) == 1
    assert state(connect()) == before


def test_a_deploy_goes_on_once_who_was_in_its_way_is_done(database_url: str, connect: Connect) -> None:
    analyst = connect(autocommit=False)
    analyst.execute("select * from report.newest_seals")
    said: list[str] = []
    with ThreadPoolExecutor() as pool:
        deploy = pool.submit(migrate, database_url, rebuild=True, say=said.append)
        until(lambda: bool(said))
        analyst.rollback()
        assert deploy.result() is True


def test_the_deploy_gives_way_in_a_deadlock(database_url: str, connect: Connect, workspace: Workspace) -> None:
    other = connect(autocommit=False)
    with ThreadPoolExecutor() as pool:
        other.execute("select from crm.workspaces for update")  # the deploy has leads first, and then wants this
        deploy = pool.submit(gateway.database.migrate.migrate, database_url, rebuild=True)
        other.execute("insert into crm.leads (workspace_id, name) values (%s, 'Asha')", [workspace.id])
        other.commit()
        assert deploy.result() is True
    assert other.execute("select name from crm.leads").fetchall() == [("Asha",)]


def test_one_deploy_at_a_time_and_the_other_says_that_it_waits(database_url: str, connect: Connect) -> None:
    connect().execute("select pg_advisory_lock(hashtextextended('fairlead migrate', 0))")
    said: list[str] = []
    with pytest.raises(MigrationError, match="another `fairlead migrate`"):
        migrate(database_url, wait=0.5, say=said.append)
    assert said == ["waiting for another `fairlead migrate` or a starting gateway to finish"]


def test_the_command_says_in_one_line_that_it_gave_up(fairlead: Fairlead, connect: Connect) -> None:
    connect().execute("select pg_advisory_lock(hashtextextended('fairlead migrate', 0))")
    done = fairlead("migrate", "--wait", "0")
    assert done.returncode == 1
    assert "gave up" in done.stderr
    assert "Nothing was changed" in done.stderr
    assert "Traceback" not in done.stderr


SLOW = """
import sys
import gateway.database.applied
from gateway.database.migrate import migrate
install = gateway.database.applied.Applied.install_code
def install_and_wait(applied):
    install(applied)
    print("installed", flush=True)
    sys.stdin.read()
gateway.database.applied.Applied.install_code = install_and_wait
migrate(sys.argv[1], rebuild=True)
"""


def test_a_deploy_killed_half_way_leaves_all_as_it_was(
    database_url: str, connect: Connect, workspace: Workspace
) -> None:
    before = state(connect())
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, database_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "installed\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    workspace.ingest({"name": "Asha"})
    assert state(connect()) == before
    assert migrate(database_url, wait=10) is False


@pytest.fixture
def replaced(database_url: str, version: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The database has a newer version's code; calling this makes `migrate` the older one again."""
    file = version / "sql" / "leads" / "today.sql"
    file.write_text(file.read_text() + "\n-- Newer.\n")
    assert migrate(database_url) is True
    return lambda: use(ROOT, monkeypatch)


def test_an_older_version_never_puts_its_code_back_unless_it_is_told_to(
    replaced: Callable[[], None], version: Path, database_url: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = state(connect())
    replaced()
    said: list[str] = []
    assert migrate(database_url, say=said.append) is False
    assert state(connect()) == newer
    assert "newer than this Fairlead" in said[0]
    assert "--rebuild" in said[0]
    assert migrate(database_url, rebuild=True) is True
    assert migrate(database_url) is False
    use(version, monkeypatch)
    assert migrate(database_url) is False, "which is the older one now"


def test_an_older_gateway_serves_a_newer_database_that_does_not_forbid_it(
    database_url: str, connect: Connect, workspace: Workspace, tmp_path: Path
) -> None:
    connect().execute(UNKNOWN, ["9000.later"])
    connect().execute("alter table crm.leads add column later int not null default 1")
    before = state(connect())
    with Gateway(database_url, tmp_path, workspace) as gateway:
        headers = {"authorization": f"Bearer {gateway.token}"}
        answer = httpx.post(f"{gateway.url}/api/leads/webhook", json={"name": "Asha"}, headers=headers)
        assert answer.status_code == 201
        assert "newer than this Fairlead" in gateway.log.read_text()
    assert state(connect()) == before


def test_a_migration_can_say_that_no_older_gateway_may_serve(
    version: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_migration(version, "-- breaks: older gateways", "alter table crm.leads add column later text;")
    assert migrate(database_url) is True
    assert migrate(database_url) is False
    use(ROOT, monkeypatch)
    with pytest.raises(MigrationError, match=r"newer Fairlead, and no version before its migration 9000\.later"):
        migrate(database_url)


def test_a_database_of_another_line_of_versions_is_refused(version: Path, database_url: str, connect: Connect) -> None:
    connect().execute(UNKNOWN, ["9001.elsewhere"])
    add_migration(version, "alter table crm.leads add column later text;")
    with pytest.raises(MigrationError, match="another line of versions"):
        migrate(database_url)


def test_no_row_of_a_table_is_built_or_stored_by_position() -> None:
    tables = set(re.findall(r"create table crm\.(\w+)", "".join(p.read_text() for p in ROOT.glob("migrations/*.sql"))))
    built = re.compile(rf"(?<!\.\*)\)::crm\.(?:{'|'.join(tables)})\b")
    stored = re.compile(r"insert into crm\.\w+(?: as \w+| \w+)?\s+(?:select|values|with|table)\b")
    files = list((ROOT / "sql").rglob("*.sql"))
    assert len(files) > 100
    found = [(file.name, hit) for file in files for rule in (built, stored) for hit in rule.findall(file.read_text())]
    assert found == []


def test_columns_that_tables_get_break_nothing_that_runs(connect: Connect, workspace: Workspace) -> None:
    """Neither sessions that made their plans before, nor new ones."""
    old = Workspace(connect(), workspace.id, workspace.source_id, workspace.token)
    for caller in ("Asha", "Bilal"):
        workspace.caller(caller, "Goa")
    work(old, 1)
    tables = "select oid::regclass::text from pg_class where relnamespace = 'crm'::regnamespace and relkind = 'r'"
    for (table,) in connect().execute(tables).fetchall():
        connect().execute(f"alter table {table} add column later int not null default 7".encode())
    new = Workspace(connect(), workspace.id, workspace.source_id, workspace.token)
    work(old, 2)
    work(new, 3)
    assert old.call("api.count_leads('{}')") == 3 * 6
    assert connect().execute("select later from crm.leads group by 1").fetchall() == [(7,)]
    assert connect().execute("select * from routing.verify()").fetchall() == []


def work(session: Workspace, number: int) -> None:
    """Whatever builds or reads rows: a batch, its repeat, a plain insert, an import, the tick, explanations."""
    leads = [{"name": "By batch", "state": "Goa", "source_row_id": f"{number}-{row}"} for row in range(3)]
    first = session.ingest(*leads)
    assert [lead["assignment_status"] for lead in first] == ["assigned"] * 3
    assert [lead["lead_id"] for lead in session.ingest(*leads)] == [lead["lead_id"] for lead in first]
    insert = "insert into crm.leads (workspace_id, name) values (%s, %s)"
    session.connection.execute(insert, [session.id, f"By SQL {number}"])
    staged(session, 2, f"Fair {number}", first=100 * number)
    while session.call("api.advance_imports(10)"):
        pass
    session.connection.execute("select api.tick()")
    session.connection.execute("select * from routing.explain(%s)", [first[0]["lead_id"]])
    session.call("api.preview_lead(%s)", Jsonb({"state": "Goa"}))
    session.call("api.get_alert_settings()")
