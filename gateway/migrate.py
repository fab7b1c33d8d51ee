"""Bring a database to this version: roles, tables (`migrations/`), reference data, code (`sql/install.sql`).

Safe to run at any time and by several processes at once. The code is rebuilt only when it differs from what the
database holds, so that a gateway which starts beside others leaves them undisturbed.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import yoyo
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from gateway import ROOT, places

OWNER = "fairlead_owner"
GATEWAY = "fairlead_gateway"
LOCK = "fairlead migrate"
LOCK_TIMEOUT = "10s"


class MigrationError(RuntimeError):
    """The database cannot be brought to this version; the message says why and what to do."""


@dataclass(frozen=True)
class Piece:
    """A run of lines from one SQL file; `line` is the number of the first, from 1."""

    file: Path
    line: int
    text: str


def migrate(
    url: str, *, gateway_url: str | None = None, rebuild: bool = False, tell: Callable[[str], None] = lambda step: None
) -> bool:
    """Bring the database at `url` to this version; True if anything had to be done.

    A password in `gateway_url` becomes that of the gateway's login, if that is whom it names. `tell` hears the name of
    each step as it begins. `rebuild` reinstalls the code even if nothing changed.
    Raises MigrationError, psycopg.OperationalError when the server is out of reach.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        tell("waiting for another migration to finish")
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [LOCK])
        tell("roles and schemas")
        _run_file(connection, ROOT / "sql" / "bootstrap.sql")
        _set_password(connection, gateway_url or "")
        changed = _apply_migrations(url, tell)
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))
        changed |= places.load(connection, tell)
        changed |= _install(connection, rebuild, tell)
    return changed


def _set_password(connection: psycopg.Connection, gateway_url: str) -> None:
    login = conninfo_to_dict(gateway_url)
    if login.get("user") != GATEWAY or not login.get("password"):
        return
    # Encrypted here, so that the password stands in no log of the server.
    encrypted = connection.pgconn.encrypt_password(str(login["password"]).encode(), GATEWAY.encode(), b"scram-sha-256")
    statement = sql.SQL("alter role {} password {}").format(sql.Identifier(GATEWAY), sql.Literal(encrypted.decode()))
    connection.execute(statement)


def pieces(file: Path) -> Iterator[Piece]:
    r"""The SQL of a psql script, with each `\ir` replaced by the file it names and other backslash lines left out."""
    lines: list[str] = []
    start = 1
    for number, line in enumerate(file.read_text().splitlines(keepends=True), 1):
        if not line.startswith("\\"):
            lines.append(line)
            continue
        if "".join(lines).strip():
            yield Piece(file, start, "".join(lines))
        lines, start = [], number + 1
        if include := re.fullmatch(r"\\(?:ir|include_relative)\s+'?([^'\s]+)'?\s*", line):
            included = file.parent / include[1]
            if not included.is_file():
                raise MigrationError(f"{_shown(file)}:{number}: there is no file {include[1]}")
            yield from pieces(included)
    if "".join(lines).strip():
        yield Piece(file, start, "".join(lines))


def _apply_migrations(url: str, tell: Callable[[str], None]) -> bool:
    migrations = yoyo.read_migrations(str(ROOT / "migrations"))
    with yoyo.get_backend(_yoyo_url(url)) as backend:
        known = {migration.hash for migration in migrations}
        applied = backend.get_applied_migration_hashes()
        if strangers := [stranger for stranger in applied if stranger not in known]:
            raise MigrationError(
                f"this database was migrated by a newer Fairlead ({len(strangers)} migrations unknown here): "
                "start that version, or restore a backup made before it"
            )
        pending = backend.to_apply(migrations)
        for migration in pending:
            tell(f"migration {migration.id}")
            try:
                backend.apply_one(migration)
            except psycopg.Error as error:
                raise explained(error, Piece(Path(migration.path), 1, Path(migration.path).read_text())) from error
        return bool(pending)


def _yoyo_url(url: str) -> str:
    """The URL in the form yoyo takes, with its tables in a schema of their own and every statement run as the owner."""
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    # A migration that waits for a lock makes everybody else wait behind it: better to fail, and try at a quieter time.
    parts["options"] = f"{parts.get('options', '')} -c role={OWNER} -c lock_timeout={LOCK_TIMEOUT}".strip()
    parts["schema"] = "yoyo"
    return f"postgresql+psycopg:///{parts.pop('dbname', '')}?{urlencode(parts)}"


def _install(connection: psycopg.Connection, rebuild: bool, tell: Callable[[str], None]) -> bool:
    script = list(pieces(ROOT / "sql" / "install.sql"))
    digest = hashlib.sha256("\0".join(piece.text for piece in script).encode()).hexdigest()
    stamp = "select version from crm.reference_data where name = 'code'"
    # The schema's oid is part of the stamp: a rebuild from psql gives it a new one, and the stamp no longer fits.
    current = "select coalesce(to_regnamespace('api')::oid::text, 'none') || ' ' || %s"
    if not rebuild:
        if connection.execute(f"select ({stamp}) = ({current})", [digest]).fetchone() == (True,):
            return False
    tell("code")
    for piece in script:
        _run(connection, piece)
    connection.execute(
        f"""insert into crm.reference_data (name, version, loaded_at) values ('code', ({current}), now())
            on conflict (name) do update set version = excluded.version, loaded_at = excluded.loaded_at""",
        [digest],
    )
    return True


def _run_file(connection: psycopg.Connection, file: Path) -> None:
    for piece in pieces(file):
        _run(connection, piece)


def _run(connection: psycopg.Connection, piece: Piece) -> None:
    try:
        connection.execute(piece.text.encode())
    except psycopg.Error as error:
        raise explained(error, piece) from error


def explained(error: psycopg.Error, piece: Piece) -> MigrationError:
    """The error with the place it came from: file and line as far as PostgreSQL tells."""
    place = _shown(piece.file)
    if error.diag.statement_position:
        place += f":{piece.line + piece.text[: int(error.diag.statement_position) - 1].count(chr(10))}"
    more = [text for text in (error.diag.message_detail, error.diag.message_hint, error.diag.context) if text]
    return MigrationError("\n".join([f"{place}: {error.diag.message_primary or error}", *more]))


def _shown(file: Path) -> str:
    return str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
