"""A row of a sheet as a lead: read by the very code that reads a lead posted to the webhook."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Raw, Struct

from gateway.core.field_names import PARTS_OF_NAME
from gateway.core.problems import Problem
from gateway.imports.headings import FIELDS
from gateway.intake.lead import WAYS_TO_KNOW_A_LEAD, Lead, read_lead

# 9.19812E+11: written so by a spreadsheet that took a phone for a number.
SCIENTIFIC = re.compile(r"([0-9])[.,]([0-9]+)E\+?([0-9]{1,2})", re.IGNORECASE)
WRITTEN_DATE = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?)?"
)
# A date as Excel counts days, where the cell was not formatted as one: 1970 to 2100.
SERIAL = re.compile(r"\d{5}(\.\d+)?")
SERIALS = (25_569, 73_415)
NAMED_DATE = ("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%y")

WAYS_TO_KNOW_A_ROW = (*WAYS_TO_KNOW_A_LEAD, *PARTS_OF_NAME)
# What to do about it in a sheet, where that is not what a program should do.
HINTS = {"timestamp": "Write a date such as 31/01/2024 or 2024-01-31 18:30."}

_encode = msgspec.json.Encoder().encode


class Wanted(Struct, forbid_unknown_fields=True):
    """How the rows of a sheet are read. `mapping` names the column, from 1 on, of each field.

    `month_first`: 03/04/2024 is in March.
    """

    sheet: int
    heading_row: int
    mapping: dict[str, int]
    keep_unmapped: bool = False
    month_first: bool = False


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
        return read_fields(fields, month_first=wanted.month_first)
    except Problem as problem:
        raise Refused(in_words(problem)) from None


def read_fields(fields: Mapping[str, Any], *, month_first: bool = False) -> Lead:
    """The lead that these fields make, which may have its name in two. Raises Problem 422, or Refused for a phone."""
    given = dict(fields)
    parts = [str(part).strip() for name in ("first_name", "last_name") if (part := given.pop(name, None))]
    if parts and not given.get("name"):
        given["name"] = " ".join(parts)
    if isinstance(given.get("timestamp"), str):
        given["timestamp"] = _iso(given["timestamp"], month_first)
    if isinstance(given.get("phone"), str):
        given["phone"] = _digits(given["phone"])
    return read_lead(_encode(given))


def in_words(problem: Problem) -> str:
    """What a problem says of each field, in one text."""
    sentences = [
        " ".join(
            filter(
                None, (f"{FIELDS.get(error.field, error.field)}:", error.message, HINTS.get(error.field, error.hint))
            )
        )
        for error in problem.errors
    ]
    return " ".join(sentences) or problem.detail


def as_json(lead: Lead) -> dict[str, Any]:
    """A lead's fields, those it has."""
    return {name: value for name, value in msgspec.structs.asdict(lead).items() if value not in (None, Raw())}


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


def _iso(text: str, month_first: bool) -> str:
    """31/01/2024 6:30 pm as ISO 8601; anything else as it is."""
    if found := WRITTEN_DATE.fullmatch(text.strip()):
        first, second, year, hour, minute, second_of_minute, half = found.groups()
        month, day = (int(first), int(second)) if month_first else (int(second), int(first))
        if month > 12 >= day:
            month, day = day, month
        hours = int(hour or 0)
        if half:
            hours = hours % 12 + (12 if half.lower() == "pm" else 0)
        try:
            return datetime(int(year), month, day, hours, int(minute or 0), int(second_of_minute or 0)).isoformat()  # noqa: DTZ001
        except ValueError:
            return text
    if text[4:5] == "-":
        return text
    if SERIAL.fullmatch(text) and SERIALS[0] <= float(text) <= SERIALS[1]:
        moment = datetime(1899, 12, 30) + timedelta(days=float(text), milliseconds=500)  # noqa: DTZ001
        return moment.replace(microsecond=0).isoformat()
    for form in NAMED_DATE:
        try:
            return datetime.strptime(text.strip(), form).isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    return text
