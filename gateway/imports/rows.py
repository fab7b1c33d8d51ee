"""A row of a sheet as a lead: read by the very code that reads a lead posted to the webhook.

A file that we exported is read as it was written: nothing in it is decoration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gateway.core.dates import ANYWHERE, Customs, customs_of, with_clock
from gateway.core.exported import EXPORTED, METADATA, TEST, is_export, is_reason
from gateway.core.field_names import PARTS_OF_NAME
from gateway.core.nothing import NULLS, nothing_in
from gateway.core.phone_countries import Means, country_called, of_country
from gateway.core.problems import Problem
from gateway.imports.cells import address_in, has_fraction, meaning, says_yes
from gateway.imports.headings import FIELDS, SEVERAL
from gateway.intake.lead import Lead
from gateway.intake.names import WAYS_TO_KNOW_A_LEAD
from gateway.intake.reading import read_lead

# 9.19812E+11: written so by a spreadsheet that took a phone for a number.
SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?E\+?([0-9]{1,2})", re.IGNORECASE)
# 919000000000: what is left of a phone once the sheet that showed 9.19E+11 was saved.
LOST = "0" * 7
ROUNDED = re.compile(r"(?=[0-9]{11,13}$)[0-9]+?0{7,}")
CUT = (
    "Phone: It lacks the last digits, which a spreadsheet program has cut off. Format the column as text, and enter "
    "the numbers again."
)
WAYS_TO_KNOW_A_ROW = (*WAYS_TO_KNOW_A_LEAD, *PARTS_OF_NAME)
KNOWN_BY = frozenset(WAYS_TO_KNOW_A_ROW)
# Whether a value may be what its field is for, where another column has one, too.
LIKELY: dict[str, Callable[[str], bool]] = {
    "phone": lambda text: sum(map(str.isdecimal, text)) >= LEAST_DIGITS and not is_cut(text),
    "email": lambda text: "@" in text,
}
LEAST_DIGITS = 7

_encode = msgspec.json.Encoder().encode


class Wanted(Struct, forbid_unknown_fields=True):
    """How the rows of a sheet are read. `mapping` names the column, from 1 on, of each field.

    `date_order` is that of the column of dates; without one each is read as in `country`. In `timezone` are times that
    name it by an abbreviation. `accept`: kinds of odd rows that are leads all the same.
    """

    sheet: int
    heading_row: int
    mapping: dict[str, int]
    keep_unmapped: bool = False
    date_order: str | None = None
    country: str = ""
    timezone: str = "UTC"
    accept: list[str] = []

    def customs(self) -> Customs:
        """How dates are written."""
        return customs_of(self.country, self.timezone, self.date_order)


class Refused(ValueError):
    """A row that is no lead; the message says which field is wrong, and what to do."""


class RowReader:
    """Reads the rows of a sheet with these headings. Of columns that are `hidden` only those with a field are read."""

    def __init__(self, headings: Sequence[str], wanted: Wanted, hidden: Collection[int] = ()) -> None:
        mapping = {field: column for field, column in wanted.mapping.items() if field in FIELDS}
        self._is_ours = is_export(headings)
        self._customs = wanted.customs()
        self._places = [
            (field, column - 1, frozenset[str]() if self._is_ours else nothing_in(field))
            for field, column in mapping.items()
            if field not in ("do_not_call", "phone_country")
        ]
        country = mapping.get("phone_country", 0)
        self._country = country - 1 if country else None
        self._country_means: Means = (country and country_called(headings[country - 1])) or "code"
        self._headings = {field: headings[place] for field, place, _ in self._places}
        self._several = {first: [field for field in fields if field in mapping] for first, fields in SEVERAL.items()}
        read = {place for _, place, _ in self._places} | {column - 1 for column in hidden}
        if self._is_ours:
            read |= {place for place, heading in enumerate(headings) if heading in EXPORTED}
        self._metadata = headings.index(METADATA) if self._is_ours and wanted.keep_unmapped else None
        self._test = headings.index(TEST) if self._is_ours and TEST in headings else None
        self._others = [
            (place, heading) for place, heading in enumerate(headings) if wanted.keep_unmapped and place not in read
        ]

    def lead_of(self, cells: Sequence[str]) -> Lead:
        """The lead in a row. Raises Refused."""
        width = len(cells)
        fields: dict[str, Any] = {}
        for field, place, nothing in self._places:
            if place < width and (cell := cells[place]) and (text := meaning(cell, nothing) if nothing else cell):
                fields[field] = text
        others: dict[str, Any] = {}
        for place, heading in self._others:
            if place >= width:
                break
            if (cell := cells[place]) and cell not in NULLS and not is_reason(heading, cell):
                others[heading] = cell
        if self._metadata is not None and self._metadata < width and cells[self._metadata]:
            others |= _object(cells[self._metadata])
        if self._test is not None and self._test < width and says_yes(cells[self._test]):
            others.setdefault("is_test", True)
        self._take_first(fields, others)
        if not self._is_ours:
            self._undress(fields, others)
        phone = fields.get("phone", "")
        if phone and self._country is not None and self._country < width and not is_cut(phone):
            said, home = meaning(cells[self._country], nothing_in("phone")), self._customs.country
            fields["phone"] = of_country(phone, said, self._country_means, home)
        if not fields.keys() & KNOWN_BY:
            raise Refused("The row has no name, phone, e-mail or id. Fill in one of them.")
        if others:
            fields["metadata"] = others
        try:
            return read_fields(fields, self._customs, is_ours=self._is_ours)
        except Problem as problem:
            raise Refused(in_words(problem)) from None

    def _take_first(self, fields: dict[str, Any], others: dict[str, Any]) -> None:
        """Leave each field that has several columns its first value; the others are kept by their headings.

        Of phones all numbers are kept as such: a lead has further ones.
        """
        for first, several in self._several.items():
            if len(several) < 2:
                if several and several[0] != first and several[0] in fields:
                    fields[first] = fields.pop(several[0])
                continue
            given = [(field, fields.pop(field)) for field in several if field in fields]
            if not given:
                continue
            # What says "call the office" is none while another column has a number.
            given.sort(key=lambda one: not LIKELY[first](one[1]))
            fields[first] = given[0][1]
            more = {field: text for field, text in given[1:] if text != fields[first]}
            if first == "phone":
                numbers = [text for text in more.values() if LIKELY[first](text)]
                fields[first] = " / ".join([fields[first], *numbers])
                more = {field: text for field, text in more.items() if text not in numbers}
            others |= {self._headings[field]: text for field, text in more.items()}

    def _undress(self, fields: dict[str, Any], others: dict[str, Any]) -> None:
        """Leave the e-mail without decoration, and a phone only if it may be one; what is lost by that is kept."""
        if email := fields.get("email"):
            fields["email"], has_more = address_in(email)
            if has_more:
                others[self._headings.get("email", "email")] = email
        if has_fraction(fields.get("phone", "")):
            others["phone_given"] = fields.pop("phone")


def _object(text: str) -> dict[str, Any]:
    """Metadata as it was exported; as text if it was cut."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {METADATA: text}


def read_fields(fields: Mapping[str, Any], customs: Customs = ANYWHERE, *, is_ours: bool = False) -> Lead:
    """The lead that these fields make, which may have its name in two. Raises Problem 422. Ours have it whole, too.

    A phone that lacks digits is no number wherever it is read. Raises Refused where it is all there is.
    """
    given = dict(fields)
    first, last = (str(given.get(part) or "").strip() for part in PARTS_OF_NAME)
    if (first or last) and not is_ours:
        # Where Name is the family's, as in German sheets, the first name stands beside it.
        whole = str(given.get("name") or "").strip()
        parts = (first if first not in whole else "", whole, last if last not in whole else "")
        given["name"] = " ".join(filter(None, parts))
    if clock := given.pop("time_of_day", None):
        given.update(_timed(given, str(clock)))
    if isinstance(phone := given.get("phone"), str):
        if is_cut(phone):
            if not any(given.get(name) for name in WAYS_TO_KNOW_A_LEAD if name != "phone"):
                raise Refused(CUT)
            given["phone"] = _as_cut(phone.strip())
        elif found := SCIENTIFIC.fullmatch(phone.strip()):
            given["phone"] = found[1] + (found[2] or "")
    return read_lead(_encode(given), None, customs, as_written=True)


def _timed(fields: Mapping[str, Any], clock: str) -> dict[str, Any]:
    """The date with the time of day that stands beside it, or that time in the metadata where it does not belong to it.

    Without a date it is what there is to be said of the time.
    """
    day = str(fields.get("timestamp") or "")
    if not day:
        return {"timestamp": clock}
    if timed := with_clock(day, clock):
        return {"timestamp": timed}
    return {"metadata": {"time_of_day_given": clock, **_metadata_of(fields)}}


def _metadata_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    metadata = fields.get("metadata") or {}
    return metadata if isinstance(metadata, dict) else {"metadata_given": metadata}


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


def is_cut(phone: str) -> bool:
    """Whether it is a phone whose last digits a spreadsheet has cut off: 9.81E+09, or 919000000000 that once was so."""
    phone = phone.strip()
    if found := SCIENTIFIC.fullmatch(phone):
        return len(found[1] + (found[2] or "")) != int(found[3]) + 1
    return phone.endswith(LOST) and ROUNDED.fullmatch(phone) is not None


def _as_cut(phone: str) -> str:
    """Such a phone as the spreadsheet showed it: the zeros at its end would make it somebody else's number."""
    if SCIENTIFIC.fullmatch(phone):
        return phone
    digits = phone.rstrip("0")
    return f"{digits[0]}.{digits[1:] or 0}E+{len(phone) - 1}"
