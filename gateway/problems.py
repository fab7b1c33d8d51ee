"""Everything that can go wrong, as RFC 9457 problem documents: the one place where errors become answers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import asyncpg
import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway import request_ids
from gateway.database import NotPermitted, Unavailable

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, omit_defaults=True):
    """What is wrong with one field of the input, and what to do about it."""

    field: str
    message: str
    hint: str = ""


class ProblemDocument(msgspec.Struct, omit_defaults=True):
    """What went wrong, by RFC 9457. `errors` names the fields at fault, `instance` the incident if it is ours.

    `request_id` is that of the gateway's log.
    """

    title: str
    status: int
    detail: str
    type: str = ""
    instance: str = ""
    errors: list[FieldError] = []
    request_id: str = ""


class Problem(Exception):
    """An answer that says what went wrong: an HTTP status, a sentence, and the fields at fault."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        instance: str = "",
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.instance = instance

    def response(self) -> Response:
        """The problem as an HTTP response."""
        title = HTTPStatus(self.status).phrase
        document = ProblemDocument(
            title, self.status, self.detail, "about:blank", self.instance, self.errors, request_ids.current()
        )
        return Response(msgspec.json.encode(document), self.status, self.headers, MEDIA_TYPE)


def invalid(*errors: FieldError) -> Problem:
    """422 for input with these errors."""
    return Problem(422, " ".join(f"{error.field}: {error.message}" for error in errors), errors=errors)


def unavailable(detail: str, *, retry_after: int = 2) -> Problem:
    """503: nothing was saved; the sender should try again after `retry_after` seconds."""
    return Problem(503, detail, headers={"retry-after": str(retry_after)})


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
    return problem_of(error, path=request.url.path).response()


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
        case msgspec.DecodeError() | UnicodeDecodeError() | RecursionError():
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


def in_plain_words(error: msgspec.ValidationError) -> str:
    """What msgspec found, as a sentence for people who do not know its types."""
    message = str(error).partition(" - at `")[0]
    for pattern, words in PLAIN_WORDS:
        message, found = re.subn(pattern, words, message)
        if found:
            break
    return f"{message}."


def field_of(error: msgspec.ValidationError) -> str:
    """The field that msgspec found fault with; empty for the whole."""
    text = str(error)
    # The field is named by the message when a whole field is missing or unknown, by the path at its end otherwise.
    name = re.search(r"field `([^`]*)`", text) or re.search(r" - at `\$\.?([^`]*)`", text)
    return name[1] if name else ""


PLAIN_WORDS = [
    (r"Expected `str` of length <= (\d+)", r"It must be at most \1 characters long"),
    (r"Expected `str` of length >= 1", "It must not be empty"),
    (r"Expected `str` matching regex '\^\[\^.*", "It must not contain NUL"),
    (r"Expected `str` matching regex .*", "It is not in the form it has to have"),
    (r"Expected `array` of length <= (\d+)", r"There must be at most \1"),
    (r"Expected `array` of length >= 1", "There must be at least one"),
    (r"Invalid UUID", "It must be an id"),
    (r"Expected `int` >= (\S+)", r"It must be at least \1"),
    (r"Expected `int` <= (\S+)", r"It must be at most \1"),
    (r"Expected `([^`]*)`, got `([^`]*)`", r"It must be of type \1, not \2"),
    (r"Invalid enum value (.*)", r"It must not be \1"),
    (r"Object missing required field .*", "It is missing"),
    (r"Object contains unknown field .*", "This field is not known"),
]


def _of_validation(error: msgspec.ValidationError) -> Problem:
    return invalid(FieldError(field_of(error) or "body", in_plain_words(error)))


# What only the database can find in the JSON of a lead: SQLSTATE -> what is wrong, and a hint.
IN_METADATA = {
    "22P05": ("It contains a character that cannot be stored.", r"Leave out \u0000."),
    "22P02": ("It contains text that is not valid Unicode.", "Send both halves of surrogate pairs."),
    "22003": ("It contains a number that is too large.", "Send it as text."),
    "54001": ("It is nested too deeply.", "Send a flatter object."),
}
# Constraints are named for their table, the field, and the rule.
CONSTRAINT = re.compile(
    r"(?:leads|caller_sources|callers|sources|users|sessions|workspaces|rules|alert_settings|destinations)_(.+)_([a-z]+)"
)
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
    if constraint := CONSTRAINT.fullmatch(error.constraint_name or ""):
        problem = invalid(FieldError(constraint[1], RULES.get(constraint[2], "It is not allowed.")))
        problem.status = 409 if sqlstate == "23505" else 422
        return problem
    return None


def _sentence(text: str | None) -> str:
    return f"{text.rstrip('.')}." if text else ""
