"""What a source's sender calls the fields of a lead, as it is set on the source's page and by the API."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.core.problems import FieldError, invalid
from gateway.intake.labels import LONGEST_PLACE
from gateway.intake.mapping import check_place
from gateway.intake.queries import NoPath

# Without a pattern, which beside a list breaks msgspec 0.22 (it frees the pattern too often): NUL is looked for below.
# All that counts is said where they are checked; the documentation has what is simple and right.
Place = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_PLACE,
        extra_json_schema={"pattern": r"^([^$\x00][^\x00]*|\$\.[A-Za-z_]+(\.[A-Za-z_]+|\[[0-9]\])*)$"},
    ),
]
Places = Place | Annotated[list[Place], Meta(min_length=1, max_length=10)]
PATH_HINT = (
    "Paths are JSONPath (RFC 9535), like $.contact.phones[0], $['Mobile No.'] and "
    "$.answers[?@.field.ref=='phone'].phone_number."
)


class FieldMapping(Struct, forbid_unknown_fields=True):
    """What the sender calls the fields of a lead.

    Each is the name of a field of its own, such as Mobile No., compared without regard to case, spaces and punctuation;
    or a path (JSONPath, RFC 9535), such as $.contact.phones[0]. Of several, and of all that a path leads to, the first
    that has a value counts; a name is made of one value of each, and a date has the time of day that another one is.
    """

    name: Places | UnsetType = UNSET
    phone: Places | UnsetType = UNSET
    email: Places | UnsetType = UNSET
    external_id: Places | UnsetType = UNSET
    source_row_id: Places | UnsetType = UNSET
    timestamp: Places | UnsetType = UNSET
    lead_source: Places | UnsetType = UNSET
    city: Places | UnsetType = UNSET
    state: Places | UnsetType = UNSET
    language: Places | UnsetType = UNSET
    message: Places | UnsetType = UNSET
    first_name: Places | UnsetType = UNSET
    last_name: Places | UnsetType = UNSET
    company: Places | UnsetType = UNSET
    job_title: Places | UnsetType = UNSET
    country: Places | UnsetType = UNSET
    medium: Places | UnsetType = UNSET
    term: Places | UnsetType = UNSET
    product: Places | UnsetType = UNSET
    budget: Places | UnsetType = UNSET
    authority: Places | UnsetType = UNSET
    timeline_months: Places | UnsetType = UNSET
    campaign: Places | UnsetType = UNSET
    team: Places | UnsetType = UNSET
    is_test: Places | UnsetType = UNSET


def check_places(mapping: FieldMapping) -> dict[str, str | list[str]]:
    """The mapping as JSON has it. Raises Problem 422 naming each field whose path cannot be read."""
    places: dict[str, str | list[str]] = msgspec.to_builtins(mapping)
    wrong = [
        FieldError(f"mapping.{field}", why, PATH_HINT)
        for field, given in places.items()
        for place in ([given] if isinstance(given, str) else given)
        if (why := _why_no_place(place))
    ]
    if wrong:
        raise invalid(*wrong)
    return places


def _why_no_place(place: str) -> str:
    if "\0" in place:
        return f"{place!r} has a NUL character in it."
    try:
        check_place(place)
    except NoPath as error:
        return f"{place!r} is not a path that can be read: at character {error.at}, {error}."
    return ""
