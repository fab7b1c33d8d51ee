"""What the commands and the first start do in the database: calls of schema `api`, as role `fairlead_owner`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import errors, sql
from psycopg.types.json import Jsonb

from gateway.core.tokens import new_token, token_hash

NOT_MIGRATED = (
    errors.InsufficientPrivilege,
    errors.InvalidParameterValue,  # of `set role`
    errors.InvalidSchemaName,
    errors.UndefinedFunction,
)


class AdministrationError(RuntimeError):
    """What was asked for cannot be done; the message says why and what to do."""


@dataclass(frozen=True)
class NewSource:
    """A source that was just made or rotated. `token` is known only now; `generation` is that of its key."""

    id: int
    name: str
    token: str
    generation: int = 1


class Administration:
    """Calls the functions of schema `api` on one connection. Raises AdministrationError."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All calls inside take effect together or not at all."""
        with self._connection.transaction():
            yield

    def call(self, function: str, *arguments: object, workspace: int | None = None) -> Any:
        """`select api.function(arguments)`, in `workspace` for those that work in one; jsonb arrives parsed."""
        values = [Jsonb(argument) if isinstance(argument, dict) else argument for argument in arguments]
        query = sql.SQL("select api.{}({})").format(
            sql.Identifier(function), sql.SQL(", ").join([sql.Placeholder()] * len(values))
        )
        settings = "select set_config('fairlead.workspace_id', %s, true), set_config('fairlead.actor', 'cli', true)"
        with _explained(), self._connection.transaction():
            self._connection.execute(settings, [str(workspace or "")])
            row = self._connection.execute(query, values).fetchone()
        return row[0] if row else None

    def rows(self, function: str, *arguments: object) -> list[tuple[Any, ...]]:
        """`select * from api.function(arguments)`."""
        query = sql.SQL("select * from api.{}({})").format(
            sql.Identifier(function), sql.SQL(", ").join([sql.Placeholder()] * len(arguments))
        )
        with _explained():
            return self._connection.execute(query, arguments).fetchall()

    def workspaces(self) -> dict[str, int]:
        """Number of each workspace by its name."""
        with _explained():
            query = "select name, workspace_id from api.list_workspaces() order by workspace_id"
            return dict(self._connection.execute(query).fetchall())

    def find_workspace(self, wanted: str | None) -> int:
        """The workspace with this name or number; the only one, if none is named."""
        known = self.workspaces()
        if wanted is None and len(known) == 1:
            return next(iter(known.values()))
        for name, number in known.items():
            if wanted in (name, str(number)):
                return number
        if not known:
            raise AdministrationError(
                "there is no workspace yet: the first `fairlead serve` makes one, or `fairlead workspace create`"
            )
        raise AdministrationError(f"name the workspace with --workspace: {', '.join(known)}")

    def find_user(self, email: str) -> tuple[int, UUID]:
        """The workspace and the id of the person who signs in with this address, disabled or not."""
        with _explained():
            row = self._connection.execute("select workspace_id, user_id from api.locate_user(%s)", [email]).fetchone()
        assert row is not None, "the function raises when there is nobody"
        return row[0], row[1]

    def sources(self, workspace: int) -> list[dict[str, Any]]:
        """The sources of the workspace as `api.list_own_sources` tells them, the revoked ones last."""
        found: list[dict[str, Any]] = self.call("list_own_sources", workspace=workspace)
        return found

    def find_source(self, workspace: int, name: str) -> dict[str, Any] | None:
        """The live source of the workspace with this name, if it has one."""
        live = (source for source in self.sources(workspace) if source["revoked_at"] is None)
        return next((source for source in live if source["name"] == name), None)

    def create_source(self, workspace: int, name: str) -> NewSource:
        """Make a source with a new token."""
        token = new_token()
        return NewSource(self.call("create_source", workspace, name, token_hash(token)), name, token)

    def rotate_source(self, workspace: int, name: str, overlap: timedelta) -> NewSource:
        """Give a source a new token and signing secret; those before work on for `overlap`."""
        token = new_token()
        source_id = self._known_source(workspace, name)["id"]
        rotated = self.call("rotate_source", source_id, token_hash(token), overlap, workspace=workspace)
        return NewSource(source_id, name, token, rotated["generation"])

    def revoke_source(self, workspace: int, name: str) -> None:
        """End a source at once and for good."""
        self.call("revoke_source", self._known_source(workspace, name)["id"], workspace=workspace)

    def _known_source(self, workspace: int, name: str) -> dict[str, Any]:
        source = self.find_source(workspace, name)
        if source is None:
            raise AdministrationError(f"there is no source {name}: `fairlead source list` shows those there are")
        return source


@contextmanager
def administration(url: str) -> Iterator[Administration]:
    """A connection to the database at `url`, for as long as the block lasts."""
    with psycopg.connect(url, autocommit=True) as connection:
        with _explained():
            connection.execute("set role fairlead_owner")
        yield Administration(connection)


@contextmanager
def _explained() -> Iterator[None]:
    """Turns what the database refuses into an AdministrationError."""
    try:
        yield
    except NOT_MIGRATED as error:
        raise AdministrationError(f"this database is not up to date: run `fairlead migrate` ({error})") from error
    except errors.UniqueViolation as error:
        raise AdministrationError(f"there is one already: {error.diag.message_detail}") from error
    except psycopg.OperationalError:
        raise
    except psycopg.DatabaseError as error:
        texts = [error.diag.message_primary or str(error), error.diag.message_detail, error.diag.message_hint]
        raise AdministrationError(". ".join(text.rstrip(".") for text in texts if text)) from error
