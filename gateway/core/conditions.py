"""Conditions over leads, as they come over the wire: which leads a rule is for, which leads of a source are tests.

The database checks them; here each field gets its one name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta

from gateway.core.field_names import CALLED, DETAILS, PARTS_OF_NAME, field_called
from gateway.core.problems import FieldError, invalid

Operator = Literal[
    "is",
    "is_not",
    "is_one_of",
    "contains",
    "begins_with",
    "is_empty",
    "is_not_empty",
    "more_than",
    "less_than",
    "between",
]
FIELDS = (
    "name",
    "phone",
    "email",
    "external_id",
    "city",
    "state",
    "source",
    "language",
    "message",
    "campaign",
    "team",
    *PARTS_OF_NAME,
    *DETAILS,
)
# Most fields of the webhook have the same names here.
NAMED = {**{field: field for field in FIELDS}, "lead_source": "source"}
MOST_TERMS = 20
# For each field, its other names.
SYNONYMS = {
    field: sorted({name, *called.split()} - {field}) for name, called in CALLED.items() if (field := NAMED.get(name))
}

_MATCH = {"type": "string", "enum": ["all", "any"]}
_TERM = {
    "type": "object",
    "properties": {
        "field": {
            "type": "string",
            "pattern": f"^({'|'.join(FIELDS)}|metadata\\.[A-Za-z0-9_ -]{{1,100}})$",
            "description": "A field of the lead, or `metadata.<name>`. The names that senders use are taken, too.",
        },
        "operator": {"type": "string", "enum": list(get_args(Operator))},
        "values": {
            "type": "array",
            "items": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 200}, {"type": "number"}]},
            "maxItems": 50,
            "description": "1 to 50 for `is_one_of`, two for `between`, none for `is_empty` and `is_not_empty`, else "
            "one. `more_than`, `less_than` and `between` are for metadata, and take numbers or dates (YYYY-MM-DD).",
        },
    },
    "required": ["field", "operator"],
    "additionalProperties": False,
}


def _group(terms: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "match": _MATCH,
            "terms": {"type": "array", "items": terms, "minItems": 1, "maxItems": MOST_TERMS},
        },
        "required": ["match", "terms"],
        "additionalProperties": False,
    }


DESCRIPTION = (
    "Which leads: all or any of its terms, each a comparison or one more such group. "
    "Text is compared without regard to case, spaces and accents."
)
Condition = Annotated[
    dict[str, Any],
    Meta(extra_json_schema={**_group({"anyOf": [_TERM, _group(_TERM)]}), "description": DESCRIPTION}),
]


def spelled(condition: dict[str, Any] | None, at: str = "condition") -> dict[str, Any] | None:
    """The condition with each field under its one name; `at` is its path. Other mistakes are left to the database.

    Raises Problem 422 for text that no database stores.
    """
    if condition is None:
        return None
    for place, text in _texts(condition, at):
        if "\0" in text:
            raise invalid(FieldError(place, "It must not contain NUL."))
    return _spelled(condition)


def _spelled(part: dict[str, Any]) -> dict[str, Any]:
    field, terms = part.get("field"), part.get("terms")
    if isinstance(field, str):
        return {**part, "field": field_named(field)}
    if isinstance(terms, list):
        return {**part, "terms": [_spelled(term) if isinstance(term, dict) else term for term in terms]}
    return part


def field_named(name: str) -> str:
    """The field with this name, in any spelling. An unknown name is returned as it is."""
    field = name.strip()
    kind, dot, key = field.partition(".")
    if dot and kind.lower() == "metadata":
        return f"metadata.{key.strip()}"
    return NAMED.get(field) or NAMED.get(field_called(field) or "", field)


def _texts(value: Any, at: str) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, names of fields too, each with its place."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield at, name
            yield from _texts(inner, f"{at}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{at}[{number}]")
