"""Every function has its test, and none has an error that only shows when it runs."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gateway import ROOT
from gateway.database.embedded import Server
from gateway.database.migrate import migrate
from tests.conftest import Connect

FUNCTIONS = """
    select distinct p.proname::text from pg_proc p
    where p.pronamespace in ('core'::regnamespace, 'routing'::regnamespace, 'api'::regnamespace) order by 1
"""

# plpgsql_check has to be told on which table a trigger stands, and the name of its transition table.
CHECK = """
    select p.oid::regprocedure::text, c.message
    from pg_proc p
    join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
    left join (
      select distinct on (tgfoid, tgrelid) tgfoid, tgrelid, tgnewtable, tgoldtable
      from pg_trigger where not tgisinternal order by tgfoid, tgrelid, tgnewtable
    ) t on t.tgfoid = p.oid
    cross join lateral plpgsql_check_function_tb(
      p.oid, coalesce(t.tgrelid, 0), newtable => t.tgnewtable, oldtable => t.tgoldtable, fatal_errors => false,
      performance_warnings => false, extra_warnings => true, security_warnings => true) c (
        functionid, lineno, statement, sqlstate, message, detail, hint, level, "position", query, context)
    where p.pronamespace in ('core'::regnamespace, 'routing'::regnamespace, 'api'::regnamespace)
"""


def test_every_function_is_named_in_a_test(connect: Connect) -> None:
    folder = ROOT / "tests"
    tests = "\n".join(path.read_text() for suffix in ("sql", "psql", "py") for path in folder.rglob(f"*.{suffix}"))
    words = set(re.findall(r"\w+", tests))
    names = [name for (name,) in connect().execute(FUNCTIONS)]
    assert len(names) > 50
    assert [name for name in names if name not in words] == []


@pytest.fixture
def checking_url(tmp_path: Path) -> Iterator[str]:
    """A migrated database on a server of this machine that has plpgsql_check."""
    installed = Path("/usr/share/postgresql").glob("*/extension/plpgsql_check.control")
    versions = sorted(path.parts[-3] for path in installed)
    folders = [Path("/usr/lib/postgresql") / version / "bin" for version in versions]
    if not folders:
        pytest.skip("plpgsql_check is not installed (Debian: apt-get install postgresql-15-plpgsql-check)")
    with Server(tmp_path / "postgres", binaries=folders[-1], settings={"fsync": "off"}) as server:
        url = server.ensure_database("fairlead")
        migrate(url)
        yield url


def test_plpgsql_check_finds_nothing_wrong(checking_url: str) -> None:
    with psycopg.connect(checking_url, autocommit=True) as connection:
        connection.execute("create extension plpgsql_check")
        connection.execute("set fairlead.workspace_id = 1")  # stable functions are run while plans are made
        assert connection.execute(CHECK.encode()).fetchall() == []
