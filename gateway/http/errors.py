"""The one place where errors become answers: each is a problem, and each problem a document."""

from __future__ import annotations

import secrets
from http import HTTPStatus

import asyncpg
import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.core import request_ids
from gateway.core.problems import (
    MEDIA_TYPE,
    FieldError,
    Problem,
    ProblemDocument,
    field_of,
    in_plain_words,
    invalid,
    unavailable,
)
from gateway.core.readable import MOST_LEVELS
from gateway.database.calls import NotPermitted, Unavailable

log = structlog.get_logger(__name__)

# What `problem_of` knows; anything else is a mistake of ours.
EXPECTED = (
    Problem,
    HTTPException,
    Unavailable,
    NotPermitted,
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
    ClientDisconnect,
    asyncpg.PostgresError,
)


async def answer(request: Request, error: Exception) -> Response:
    """Starlette's handler for every exception."""
    return response_of(problem_of(error, path=request.url.path))


def response_of(problem: Problem) -> Response:
    """The problem as an HTTP response."""
    title = HTTPStatus(problem.status).phrase
    document = ProblemDocument(
        title, problem.status, problem.detail, "about:blank", problem.instance, problem.errors, request_ids.current()
    )
    return Response(msgspec.json.encode(document), problem.status, problem.headers, MEDIA_TYPE)


def problem_of(error: Exception, *, path: str = "") -> Problem:
    """The problem that `error` is. Unexpected ones are logged under an incident number, and tell nothing else."""
    match error:
        case Problem():
            return error
        case HTTPException():
            return Problem(error.status_code, error.detail, headers=error.headers)
        case Unavailable():
            return unavailable(str(error))
        case NotPermitted():
            return Problem(403, "Your role does not permit this.")
        case msgspec.ValidationError():
            return _of_validation(error)
        case RecursionError():
            return Problem(400, f"The body is nested too deeply. Send at most {MOST_LEVELS} levels of [ ] and {{ }}.")
        case msgspec.DecodeError() | UnicodeDecodeError():
            return Problem(400, f"The body is not valid JSON in UTF-8: {error}.")
        case ClientDisconnect():
            return Problem(400, "The client went away.")
        case asyncpg.PostgresError():
            problem = _of_postgres(error)
            if problem is not None:
                return problem
    incident = f"incident-{secrets.token_hex(6)}"
    log.error("unexpected error", incident=incident, path=path, exc_info=error)
    return Problem(
        500, f"Something went wrong here, not with your input. It is logged as {incident}.", instance=incident
    )


def _of_validation(error: msgspec.ValidationError) -> Problem:
    return invalid(FieldError(field_of(error) or "body", in_plain_words(error)))


# What only the database can find in the JSON of a lead: SQLSTATE -> what is wrong, and a hint.
IN_METADATA = {
    "22P05": ("It contains a character that cannot be stored.", r"Leave out \u0000."),
    "22P02": ("It contains text that is not valid Unicode.", "Send both halves of surrogate pairs."),
    "22003": ("It contains a number that is too large.", "Send it as text."),
    "54001": ("It is nested too deeply.", "Send a flatter object."),
}
# The last word of a constraint's name: leads_phone_length, users_email_key. Others are kept by us, not by the client.
RULES = {
    "length": "It is empty or too long.",
    "count": "There are too many.",
    "range": "It is out of range.",
    "known": "It is none of the known values.",
    "form": "It is not in a form that can be used.",
    "object": "It must be a JSON object.",
    "key": "It is taken.",
}


def _of_postgres(error: asyncpg.PostgresError) -> Problem | None:
    sqlstate = error.sqlstate or ""
    if sqlstate.startswith("LD"):
        message, detail, hint = (_sentence(text) for text in (error.message, error.detail, error.hint))
        errors = [FieldError(error.column_name, message, hint)] if error.column_name else []
        return Problem(int(sqlstate[2:]), " ".join(filter(None, (message, detail, hint))), errors=errors)
    if sqlstate in IN_METADATA:
        return invalid(FieldError("metadata", *IN_METADATA[sqlstate]))
    if broken := field_at_fault(error.table_name or "", error.constraint_name or ""):
        problem = invalid(broken)
        problem.status = 409 if sqlstate == "23505" else 422
        return problem
    return None


def field_at_fault(table: str, constraint: str) -> FieldError | None:
    """The field that a constraint is named for, and what is wrong with it; None for one that is not about a field."""
    field, _, rule = constraint.removeprefix(f"{table}_").rpartition("_")
    return FieldError(field, RULES[rule]) if field and rule in RULES else None


def _sentence(text: str | None) -> str:
    return f"{text.rstrip('.')}." if text else ""
