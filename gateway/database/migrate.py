"""Bring a database to this version: roles, tables (`migrations/`), reference data, code (`sql/install.sql`).

Safe to run at any time and by several processes at once. Tables, data and code become visible together or not at all,
so old code never meets new tables. When nothing is to be done, nothing is locked, so a gateway that starts does not
disturb the others. A gateway that is older than the database leaves the database as it is.
"""

from collections.abc import Callable

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from gateway import ROOT
from gateway.database import numbering, places
from gateway.database.applied import Applied
from gateway.database.sql_files import MigrationError, explained, pieces, run
from gateway.database.switch import Follower
from gateway.database.waiting import GaveUp, Patience, lock_all

__all__ = ["GATEWAY", "OWNER", "SECONDS_TO_WAIT", "MigrationError", "explained", "migrate", "pieces"]

OWNER = "fairlead_owner"
GATEWAY = "fairlead_gateway"
SECONDS_TO_WAIT = 60.0


def migrate(
    url: str,
    *,
    gateway_url: str | None = None,
    rebuild: bool = False,
    wait: float = SECONDS_TO_WAIT,
    tell: Callable[[str], None] = lambda step: None,
    say: Callable[[str], None] = lambda line: None,
) -> bool:
    """Bring the database at `url` to this version; True if anything had to be done.

    A password in `gateway_url` becomes that of the gateway's login, if the URL names that. `tell` is called with the
    name of each step as it begins, `say` with what a person should read: what the deploy waits for, at most `wait`
    seconds in all, whose leads and contacts it changed, and that the database is newer. `rebuild` installs the code
    again, even if it is the same or older.
    Raises MigrationError, and then nothing has changed; psycopg.OperationalError when the server is out of reach.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        _refuse_poolers(connection)
        patience = Patience(wait, say)
        connection.add_notice_handler(lambda notice: _pass_on(notice, say))
        try:
            patience.take_turn(connection)
            tell("roles and schemas")
            for piece in pieces(ROOT / "sql" / "bootstrap.sql"):
                run(connection, piece)
            _set_password(connection, gateway_url or "")
            return _deploy(connection, url, patience, rebuild, tell, say)
        except GaveUp as error:
            raise MigrationError(
                f"gave up after waiting {patience.seconds:.0f} s for {error}. Nothing was changed, and the old version "
                "runs on. End that session, or wait longer (fairlead migrate --wait 600)"
            ) from error


def _deploy(
    connection: psycopg.Connection,
    url: str,
    patience: Patience,
    rebuild: bool,
    tell: Callable[[str], None],
    say: Callable[[str], None],
) -> bool:
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))
    applied = Applied(connection)
    newer = applied.newer()
    if newer and not rebuild:
        say(
            f"the database is newer than this Fairlead ({newer}), so it is left as it is. To install the code of this "
            "version nevertheless, run fairlead migrate --rebuild"
        )
        return False
    if not rebuild and not applied.pending and applied.has_code() and _has_data(connection):
        return False
    # Before anything is locked, since it takes a while.
    named = numbered = None
    if not (applied.has_tables and places.are_loaded(connection)):
        tell("names of places")
        named = places.read()
    if not (applied.has_tables and numbering.are_loaded(connection)):
        tell("telephone numbers")
        numbered = numbering.read()

    patience.repeat(connection, lambda: _in_one_step(connection, url, applied, named, numbered, rebuild, tell))
    return True


def _pass_on(notice: psycopg.errors.Diagnostic, say: Callable[[str], None]) -> None:
    """What a migration tells of the data it changed, without PostgreSQL's own remarks on objects that it skips."""
    if (notice.context or "").endswith("at RAISE") and notice.message_primary:
        say(notice.message_primary)


def _has_data(connection: psycopg.Connection) -> bool:
    return places.are_loaded(connection) and numbering.are_loaded(connection)


def _in_one_step(
    connection: psycopg.Connection,
    url: str,
    applied: Applied,
    named: places.Places | None,
    numbered: numbering.Numbering | None,
    rebuild: bool,
    tell: Callable[[str], None],
) -> None:
    """Tables, reference data and code become visible together, or not at all."""
    follower = Follower(url, OWNER)
    try:
        with connection.transaction():
            _be_a_good_neighbour(connection)
            tell("waiting for the tables")
            lock_all(connection)
            for migration in applied.apply_migrations():
                tell(f"migration {migration}")
            if named:
                places.load(connection, named)
            if numbered:
                numbering.load(connection, numbered)
            if rebuild or not applied.has_code():
                tell("code")
                applied.install_code()
            follower.end_old_calls(connection)
    finally:
        follower.wait()


def _be_a_good_neighbour(connection: psycopg.Connection) -> None:
    """In a deadlock let this transaction fail, not another, where the server allows it; end it if its client dies."""
    connection.execute("set local role none")
    connection.execute(
        """select set_config('deadlock_timeout', '300ms', true)
           where has_parameter_privilege(current_user, 'deadlock_timeout', 'set')"""
    )
    connection.execute(
        """select set_config('client_connection_check_interval', '1s', true) from pg_settings
           where name = 'client_connection_check_interval' and version() ~ 'linux'"""
    )
    # Time limits of the server must not end a deploy.
    connection.execute("set local statement_timeout = 0")
    connection.execute("set local idle_in_transaction_session_timeout = 0")
    connection.execute("set local lock_timeout = '2s'")
    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER)))


def _refuse_poolers(connection: psycopg.Connection) -> None:
    row = connection.execute("select pg_backend_pid()").fetchone()
    if row != (connection.info.backend_pid,):
        raise MigrationError(
            "a connection pooler (such as PgBouncer) stands between here and PostgreSQL: FAIRLEAD_DATABASE_URL must "
            "name the server itself"
        )


def _set_password(connection: psycopg.Connection, gateway_url: str) -> None:
    login = conninfo_to_dict(gateway_url)
    if login.get("user") != GATEWAY or not login.get("password"):
        return
    # Encrypted here, so that the password stands in no log of the server.
    encrypted = connection.pgconn.encrypt_password(str(login["password"]).encode(), GATEWAY.encode(), b"scram-sha-256")
    statement = sql.SQL("alter role {} password {}").format(sql.Identifier(GATEWAY), sql.Literal(encrypted.decode()))
    connection.execute(statement)
