"""Migrating: once, again, twice at once, and what is said when it cannot be done."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from gateway.database.administration import administration
from gateway.database.embedded import SUPERUSER, Server
from gateway.database.migrate import explained, migrate, pieces
from tests.conftest import Connect

CODE = "select nspname, oid from pg_namespace where nspname in ('api', 'core', 'routing') order by 1"


def test_a_second_migration_changes_nothing(database_url: str, connect: Connect) -> None:
    before = connect().execute(CODE).fetchall()
    assert migrate(database_url) is False
    assert connect().execute(CODE).fetchall() == before


def test_the_code_can_be_rebuilt_and_is_the_same(database_url: str, connect: Connect) -> None:
    definitions = """select p.oid::regprocedure::text, pg_get_functiondef(p.oid) from pg_proc p
        where pronamespace::regnamespace::text in ('api', 'core', 'routing') and prokind = 'f' order by 1"""
    before = connect().execute(definitions).fetchall()
    assert migrate(database_url, rebuild=True) is True
    assert connect().execute(definitions).fetchall() == before


def test_code_installed_past_the_migration_is_noticed_and_replaced(database_url: str, connect: Connect) -> None:
    connect().execute("drop schema api cascade; create schema api authorization fairlead_owner")
    assert migrate(database_url) is True
    assert connect().execute("select to_regprocedure('api.ingest_leads(jsonb)')").fetchone() != (None,)


def test_the_password_of_the_gateways_login_is_the_one_in_its_url(database_url: str, connect: Connect) -> None:
    stored = "select rolpassword from pg_authid where rolname = 'fairlead_gateway'"
    migrate(database_url, gateway_url="postgresql://somebody_else:secret@/fairlead")
    before = connect().execute(stored).fetchone()
    migrate(database_url, gateway_url="postgresql://fairlead_gateway:a-secret@/fairlead")
    after = connect().execute(stored).fetchone()
    assert before != after
    assert after is not None
    assert str(after[0]).startswith("SCRAM-SHA-256$")


def test_two_migrations_at_once_are_safe(database_url: str) -> None:
    with ThreadPoolExecutor() as pool:
        assert all(pool.map(lambda _: migrate(database_url, rebuild=True), range(3)))


def test_a_user_who_may_create_roles_and_owns_the_database_can_migrate_it(tmp_path: Path) -> None:
    with Server(tmp_path / "postgres") as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("create role plain login createrole")
            connection.execute("create database theirs owner plain")
        url = server.url("theirs").replace(f"{SUPERUSER}@", "plain@")
        assert migrate(url) is True
        with administration(url) as admin:
            assert admin.workspaces() == {}


def test_everything_belongs_to_the_owner(connect: Connect) -> None:
    strangers = connect().execute(
        """select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname in ('crm', 'core', 'routing', 'api', 'report', 'yoyo')
             and c.relowner <> 'fairlead_owner'::regrole
           union all
           select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
           where n.nspname in ('core', 'routing', 'api', 'report') and p.proowner <> 'fairlead_owner'::regrole"""
    )
    assert strangers.fetchall() == []


def test_included_files_are_found_from_where_they_are_named(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "top.sql").write_text("\\set ON_ERROR_STOP on\nbegin;\n\\ir inner/a.sql\ncommit;\n")
    (tmp_path / "inner" / "a.sql").write_text("select 1;\n\\ir b.sql\n")
    (tmp_path / "inner" / "b.sql").write_text("select 2;\n")
    found = [(piece.file.name, piece.line, piece.text.strip()) for piece in pieces(tmp_path / "top.sql")]
    assert found == [
        ("top.sql", 2, "begin;"),
        ("a.sql", 1, "select 1;"),
        ("b.sql", 1, "select 2;"),
        ("top.sql", 4, "commit;"),
    ]


def test_an_error_in_a_script_names_the_file_and_the_line(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "broken.sql").write_text("\\set x y\nselect 1;\nselect nonsense;\n")
    (piece,) = pieces(tmp_path / "broken.sql")
    with pytest.raises(psycopg.errors.UndefinedColumn) as caught:
        connect().execute(piece.text.encode())
    assert "broken.sql:3: " in str(explained(caught.value, piece))
