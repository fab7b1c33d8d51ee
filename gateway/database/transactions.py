"""A transaction on behalf of a person: who it is for, and what the request asks of it beside the change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import asyncpg
import msgspec

from gateway.core import request_ids
from gateway.database.repeating import CLIENT_ERRORS


class Principal(NamedTuple):
    """On whose behalf a call is made: role (`admin`, `manager`, `caller`, `analyst`), workspace, and `user:<uuid>`."""

    role: str
    workspace_id: int
    actor: str


@dataclass
class Terms:
    """What a request asks of its transactions beside the change: not to go over another one, and to be made once.

    Attributes:
        edited: kind and id of what it changes, `("caller", "<uuid>")`; empty if it names no version.
        etags: the versions of it that it may change.
        key: its Idempotency-Key; empty without one.
        digest: what tells another request with this key from a repeated one.
        part: how many transactions it has begun.
        replayed: the last answer is that of an earlier request with this key.
    """

    edited: tuple[str, str] | None = None
    etags: tuple[str, ...] = ()
    key: str = ""
    digest: bytes = b""
    part: int = 0
    replayed: bool = False


NO_TERMS = Terms()


def placeholders(arguments: tuple[object, ...]) -> str:
    """$1, $2 ... for the arguments of a call."""
    return ", ".join(f"${number}" for number in range(1, len(arguments) + 1))


def select(function: str, arguments: tuple[object, ...], terms: Terms) -> tuple[str, tuple[object, ...]]:
    """The call, and what it is given. What stands in `from` is called first: it refuses another version."""
    query = f"select api.{function}({placeholders(arguments)})"
    if not terms.edited:
        return query, arguments
    first = len(arguments) + 1
    expected = f"api.expect_etag(${first}, ${first + 1}, ${first + 2})"
    return f"{query} from {expected}", (*arguments, *terms.edited, terms.etags)


@asynccontextmanager
async def transaction(connection: Any, principal: Principal, seconds: int | None) -> AsyncIterator[None]:
    """A transaction on behalf of `principal`, in which a statement may take `seconds`, if not as long as usual.

    It begins in one round trip, which asyncpg's own does not.
    """
    settings = {
        "role": f"fairlead_{principal.role}",
        "fairlead.workspace_id": f"{principal.workspace_id}",
        "fairlead.actor": principal.actor,
        "fairlead.request_id": request_ids.current(),
        **({} if seconds is None else {"statement_timeout": f"{seconds}s"}),
    }
    become = ", ".join(f"set_config('{name}', {_quoted(value)}, true)" for name, value in settings.items())
    try:
        await connection.execute(f"begin; select {become}")
        yield
    except BaseException:
        # Why the call ended is what counts, above all that it was cancelled: it must not be tried again.
        try:
            await connection.execute("rollback")
        except (OSError, TimeoutError, asyncpg.PostgresError, *CLIENT_ERRORS):
            with suppress(asyncpg.InterfaceError):
                connection.terminate()
        raise
    await connection.execute("commit")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


async def known_answer(connection: Any, terms: Terms) -> Any:
    """What a request with this Idempotency-Key was answered before; None for a new one."""
    known = await connection.fetchval("select api.begin_request($1, $2, $3)", terms.key, terms.part, terms.digest)
    terms.replayed = known is not None
    return None if known is None else _as_called(known)


def as_json(result: object) -> str:
    """What a function answered, as JSON: the text of a jsonb is that already."""
    return result if isinstance(result, str) and result[:1] in ("{", "[") else msgspec.json.encode(result).decode()


def _as_called(answer: str) -> Any:
    """A stored answer as the function gave it."""
    return answer if answer[:1] in ("{", "[") else msgspec.json.decode(answer)
