"""Which migrations and which code a database has, which of them it lacks, and whether it is newer than this version.

yoyo applies the migrations. The code is identified by its digest. The database remembers each digest that another one
replaced. So an older gateway that starts again after newer ones finds out that it is older, and nobody has to raise a
version number by hand.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import yoyo
from psycopg.pq import TransactionStatus
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import parse_uri
from yoyo.migrations import default_migration_table

from gateway import ROOT
from gateway.database.sql_files import MigrationError, Piece, explained, pieces, run

BREAKING = "breaking migration"
REPLACED = "replaced code "
SET = """insert into crm.reference_data (name, version, loaded_at) values (%s, %s, now())
         on conflict (name) do update set version = excluded.version, loaded_at = excluded.loaded_at"""


class OneTransaction(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo on our connection: what it does inside our transaction is part of it, and commits with it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._ours = connection
        super().__init__(parse_uri("postgresql+psycopg:///"), default_migration_table)

    def connect(self, dburi: object) -> psycopg.Connection[Any]:
        """Called by yoyo, once."""
        self.schema = "yoyo"
        return self._ours

    def transaction(self, rollback_on_exit: bool = False) -> AbstractContextManager[Any]:
        """A transaction, unless we are in one."""
        if self._ours.info.transaction_status == TransactionStatus.IDLE:
            begun: AbstractContextManager[Any] = super().transaction(rollback_on_exit)
            return begun
        return nullcontext()

    def lock(self, timeout: float = 10) -> AbstractContextManager[None]:
        """Does nothing: the deploy has taken its turn already (see Patience.take_turn)."""
        return nullcontext()


class Applied:
    """What the database at `connection` has, which must be in autocommit mode and the owner's."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._known = yoyo.read_migrations(str(ROOT / "migrations"))
        try:
            with self._as_yoyo():
                self._backend = OneTransaction(connection)
                self._backend.ensure_internal_schema_updated()
                hashes = self._backend.get_applied_migration_hashes()
                self.pending = self._backend.to_apply(self._known)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName) as error:
            raise MigrationError(
                f"what is in this database does not belong to fairlead_owner ({error.diag.message_primary}): perhaps "
                "it was restored on a server without the roles. Run sql/bootstrap.sql there before pg_restore (README, "
                "Back up and restore)"
            ) from error
        known = {migration.hash for migration in self._known}
        self._strangers = [stranger for stranger in hashes if stranger not in known]
        self.has_tables = bool(hashes)

    @cached_property
    def code(self) -> list[Piece]:
        """The code of this version."""
        return list(pieces(ROOT / "sql" / "install.sql"))

    @cached_property
    def digest(self) -> str:
        """What tells this version's code from any other."""
        return hashlib.sha256("\0".join(piece.text for piece in self.code).encode()).hexdigest()

    def has_code(self) -> bool:
        """Whether the database has exactly this version's code, installed by a deploy and not touched since."""
        return self.has_tables and self._stamp() == f"{self._schema()} {self.digest}"

    def newer(self) -> str:
        """How the database is newer than this version, in words; empty if it is not newer.

        Raises MigrationError if this version cannot serve it.
        """
        if not self.has_tables:
            return ""
        breaking = self._read(BREAKING)
        if self._strangers and breaking and breaking not in {migration.id for migration in self._known}:
            raise MigrationError(
                f"this database was migrated by a newer Fairlead, and no version before its migration {breaking} can "
                "serve it: start that version, or restore a backup made before it"
            )
        if self._strangers and self.pending:
            raise MigrationError(
                f"this database has {len(self._strangers)} migrations unknown here and lacks {len(self.pending)} of "
                "those known: it belongs to another line of versions. Start a version of that line"
            )
        if self._strangers:
            return f"it has {len(self._strangers)} migrations unknown here"
        if not self.has_code() and self._read(REPLACED + self.digest):
            return "its code has replaced this version's"
        return ""

    def apply_migrations(self) -> Iterator[str]:
        """Apply the pending migrations in the open transaction. Yields the name of each one before it is applied.

        Raises MigrationError, psycopg.OperationalError for what may be tried again.
        """
        breaking = ""
        with self._as_yoyo():
            for migration in self.pending:
                yield migration.id
                file = Piece(Path(migration.path), 1, Path(migration.path).read_text())
                migration.load()
                if not migration.use_transactions:
                    raise MigrationError(f"{file.file}: a migration must be able to run in a transaction with others")
                try:
                    migration.process_steps(self._backend, "apply")
                except psycopg.OperationalError:
                    raise
                except psycopg.Error as error:
                    raise explained(error, file) from error
                self._backend.log_migration(migration, "apply")
                self._backend.mark_one(migration, log=False)
                if re.search(r"^-- breaks: older gateways$", file.text, re.MULTILINE):
                    breaking = migration.id
        if breaking:
            self._connection.execute(SET, [BREAKING, breaking])

    def install_code(self) -> None:
        """Rebuild the schemas of code in the open transaction. Raises as `apply_migrations` does."""
        replaced = (self._stamp() or "").partition(" ")[2]
        for piece in self.code:
            run(self._connection, piece)
        if replaced and replaced != self.digest:
            self._connection.execute(SET, [REPLACED + replaced, replaced])
        self._connection.execute("delete from crm.reference_data where name = %s", [REPLACED + self.digest])
        # The schema's oid is part of the stamp: a rebuild from psql gives it a new one, and the stamp no longer fits.
        self._connection.execute(SET, ["code", f"{self._schema()} {self.digest}"])

    def _stamp(self) -> str | None:
        return self._read("code")

    def _schema(self) -> str:
        row = self._connection.execute("select coalesce(to_regnamespace('api')::oid::text, 'none')").fetchone()
        assert row is not None
        return str(row[0])

    def _read(self, name: str) -> str | None:
        row = self._connection.execute("select version from crm.reference_data where name = %s", [name]).fetchone()
        return row[0] if row else None

    @contextmanager
    def _as_yoyo(self) -> Iterator[None]:
        """Run with the schema of yoyo first on the search path, as migrations have always been run."""
        self._connection.execute("set search_path = yoyo")
        try:
            yield
        finally:
            if self._connection.info.transaction_status != TransactionStatus.INERROR:
                self._connection.execute("reset search_path")
