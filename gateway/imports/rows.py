"""A row of a sheet as a lead: read by the very code that reads a lead posted to the webhook."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gateway.core.dates import ANYWHERE, Customs, customs_of, with_clock
from gateway.core.field_names import PARTS_OF_NAME
from gateway.core.problems import Problem
from gateway.imports.headings import FIELDS
from gateway.intake.lead import WAYS_TO_KNOW_A_LEAD, Lead, read_lead

# 9.19812E+11: written so by a spreadsheet that took a phone for a number.
SCIENTIFIC = re.compile(r"([0-9])[.,]([0-9]+)E\+?([0-9]{1,2})", re.IGNORECASE)
WAYS_TO_KNOW_A_ROW = (*WAYS_TO_KNOW_A_LEAD, *PARTS_OF_NAME)

_encode = msgspec.json.Encoder().encode


class Wanted(Struct, forbid_unknown_fields=True):
    """How the rows of a sheet are read. `mapping` names the column, from 1 on, of each field.

    `date_order` is that of the column of dates; without one each is read as in `country`. In `timezone` are times that
    name it by an abbreviation.
    """

    sheet: int
    heading_row: int
    mapping: dict[str, int]
    keep_unmapped: bool = False
    date_order: str | None = None
    country: str = ""
    timezone: str = "UTC"

    def customs(self) -> Customs:
        """How dates are written."""
        return customs_of(self.country, self.timezone, self.date_order)


class Refused(ValueError):
    """A row that is no lead; the message says which field is wrong, and what to do."""


def lead_of(cells: Sequence[str], headings: Sequence[str], wanted: Wanted) -> Lead:
    """The lead in a row. Raises Refused."""
    fields: dict[str, Any] = {}
    for field, column in wanted.mapping.items():
        if column <= len(cells) and cells[column - 1]:
            fields[field] = cells[column - 1]
    if not fields.keys() & {*WAYS_TO_KNOW_A_ROW}:
        raise Refused("There is nothing to call or know this lead by. Fill in a name, a phone, an e-mail or an id.")
    if wanted.keep_unmapped:
        mapped = set(wanted.mapping.values())
        others = {headings[number - 1]: cell for number, cell in enumerate(cells, 1) if cell and number not in mapped}
        if others:
            fields["metadata"] = others
    try:
        return read_fields(fields, wanted.customs())
    except Problem as problem:
        raise Refused(in_words(problem)) from None


def read_fields(fields: Mapping[str, Any], customs: Customs = ANYWHERE) -> Lead:
    """The lead that these fields make, which may have its name in two. Raises Problem 422, or Refused for a phone."""
    given = dict(fields)
    parts = [str(part).strip() for name in ("first_name", "last_name") if (part := given.pop(name, None))]
    if parts and not given.get("name"):
        given["name"] = " ".join(parts)
    if clock := given.pop("time_of_day", None):
        given.update(_timed(given, str(clock)))
    if isinstance(given.get("phone"), str):
        given["phone"] = _digits(given["phone"])
    return read_lead(_encode(given), None, customs)


def _timed(fields: Mapping[str, Any], clock: str) -> dict[str, Any]:
    """The date with the time of day that stands beside it, or that time in the metadata where it does not belong to it.

    Without a date it is what there is to be said of the time.
    """
    day = str(fields.get("timestamp") or "")
    if not day:
        return {"timestamp": clock}
    if timed := with_clock(day, clock):
        return {"timestamp": timed}
    return {"metadata": {"time_of_day_given": clock, **(fields.get("metadata") or {})}}


def in_words(problem: Problem) -> str:
    """What a problem says of each field, in one text."""
    sentences = [
        " ".join(filter(None, (f"{FIELDS.get(error.field, error.field)}:", error.message, error.hint)))
        for error in problem.errors
    ]
    return " ".join(sentences) or problem.detail


def as_json(lead: Lead) -> dict[str, Any]:
    """A lead's fields, those it has."""
    return lead.said()


def _digits(phone: str) -> str:
    """The digits of a number in scientific notation. Raises Refused when some are lost."""
    found = SCIENTIFIC.fullmatch(phone.strip())
    if found is None:
        return phone
    digits = found[1] + found[2]
    if len(digits) <= int(found[3]):
        raise Refused(
            "Phone: It lacks the last digits, which a spreadsheet program has cut off. Format the column as "
            "text, and enter the numbers again."
        )
    return digits if len(digits) == int(found[3]) + 1 else phone
