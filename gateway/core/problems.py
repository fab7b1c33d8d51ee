"""What went wrong, as RFC 9457 has it, said so that it can be mended. `gateway.http.errors` makes answers of it.

Also for the process that opens files, which needs nothing else of the gateway: so nothing is imported here but msgspec.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

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


def invalid(*errors: FieldError) -> Problem:
    """422 for input with these errors."""
    return Problem(422, " ".join(f"{error.field}: {error.message}" for error in errors), errors=errors)


def unavailable(detail: str, *, retry_after: int = 2) -> Problem:
    """503: nothing was saved; the sender should try again after `retry_after` seconds."""
    return Problem(503, detail, headers={"retry-after": str(retry_after)})


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
