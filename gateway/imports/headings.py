"""The headings of a sheet: in which row they are, what each column is headed, and which field of a lead it may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from gateway.core.exported import is_export
from gateway.core.field_names import alike, field_called
from gateway.core.phone_countries import country_called
from gateway.intake.lead import Lead

Row = tuple[int, list[str]]

# What a column may be, with its name for people. Names in two columns are joined, and so are a date and its time. Of
# several phones or e-mails the first with a value is the lead's.
FIELDS: dict[str, str] = {
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "phone": "Phone",
    "phone_2": "Second phone",
    "phone_3": "Third phone",
    "phone_4": "Fourth phone",
    "phone_5": "Fifth phone",
    "phone_country": "Country code of the phone, or country",
    "email": "E-mail",
    "email_2": "Second e-mail",
    "email_3": "Third e-mail",
    "city": "City",
    "state": "State",
    "lead_source": "Lead source",
    "language": "Language",
    "message": "Message",
    "timestamp": "Date and time",
    "time_of_day": "Time, beside a date",
    "external_id": "Id of the person",
    "source_row_id": "Id of the row",
    "company": "Company",
    "job_title": "Job title",
    "country": "Country",
    "medium": "Medium",
    "term": "Search term",
    "product": "Product",
    "budget": "Budget",
    "authority": "Who decides",
    "timeline_months": "Timeline in months",
    "do_not_call": "Do not call",
}
# Fields that may have several columns, in the order in which they count.
SEVERAL = {
    "phone": ("phone", "phone_2", "phone_3", "phone_4", "phone_5"),
    "email": ("email", "email_2", "email_3"),
}
FURTHER = {field: first for first, fields in SEVERAL.items() for field in fields[1:]}
OF_SHEETS = {*FURTHER, "phone_country", "time_of_day", "do_not_call"}
assert FIELDS.keys() - OF_SHEETS == {*Lead.__struct_fields__} - {"metadata"}

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+?[0-9][0-9\s().\-/]{5,18}[0-9](\.0)?")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?.*)?|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}.*")
NUMBER = re.compile(r"[+-]?[0-9.,]+%?")

DO_NOT_CALL = {
    alike(heading)
    for heading in (
        *("do not call", "don't call", "dnc", "dnc status", "do not contact", "do not disturb", "dnd", "dnd status"),
        *("no calls", "not to be called", "call opt out", "opted out", "opt out", "opted out of calls", "unsubscribed"),
        *("do not call flag", "dnd flag", "is dnd", "is dnc", "कॉल न करें", "nicht anrufen"),
    )
}
# Who it is, where no column is headed as a name: the person, else who asks for them.
INSTEAD_OF_A_NAME = [
    alike(heading)
    for line in (
        "student, candidate, applicant, customer, client, prospect, patient, lead, visitor, enquirer, guest, member",
        "participant, attendee, learner, विद्यार्थी, छात्र, ग्राहक",
        "parent name, parents name, name of parent, guardian name, parent guardian name, father name, fathers name",
        "name of father, mother name, mothers name, parent, guardian, पिता का नाम",
    )
    for heading in line.split(",")
]
# Dates of something else than of the enquiry, whatever they look like.
OTHER_DATES = re.compile(
    r"birth|^dob$|^bday$|follow|due|expir|joining|passing|passed|visit|appointment|callback|reminder|anniversary|next|जन्म"
)
NUMBERED = re.compile(r"[\s_.#-]*[2-9]\s*$")

FIRST_ROWS = 100
LONGEST_HEADING = 100
MOST_SAMPLES = 5
PREVIEWED_ROWS = 10


class Column(Struct):
    """A column that has a heading or values; `column` is its number from 1 on."""

    column: int
    heading: str
    samples: list[str]


def find_heading_row(rows: Sequence[Row]) -> int | None:
    """The number of the row of headings: the one with the most known ones, else the first that could be.

    Titles above it are narrower than the table, and data below it looks like data.
    """
    filled = [row for row in rows if any(row[1])]
    if filled and is_export(filled[0][1]):
        return filled[0][0]
    widths = sorted(sum(map(bool, cells)) for _, cells in filled)
    if not widths:
        return None
    usual = widths[len(widths) // 2]
    best, most = None, -1
    for number, cells in filled:
        texts = [cell for cell in cells if cell]
        if 2 * len(texts) < usual or not all(_may_head(text) for text in texts):
            continue
        known = sum(known_heading(text) is not None for text in texts)
        if known > most:
            best, most = number, known
    return best


def headings_of(
    rows: Sequence[Row], merged: Iterable[tuple[tuple[int, int], tuple[int, int]]], heading_row: int
) -> list[str]:
    """The heading of each column: of merged cells, all have the one; one that is there twice is numbered.

    Empty where the row says nothing.
    """
    known = dict(rows)
    headings = list(known.get(heading_row, []))
    for (top, left), (bottom, right) in merged:
        if top <= heading_row - 1 <= bottom:
            above = known.get(top + 1, [])
            text = above[left] if left < len(above) else ""
            headings += [""] * (right + 1 - len(headings))
            for column in range(left, right + 1):
                headings[column] = headings[column] or text
    seen: dict[str, int] = {}
    for column, heading in enumerate(headings):
        headings[column] = heading = " ".join(heading.split())[:LONGEST_HEADING]
        seen[heading] = seen.get(heading, 0) + 1
        if heading and seen[heading] > 1:
            headings[column] = f"{heading} {seen[heading]}"
    return headings


def columns_of(rows: Sequence[Row], headings: Sequence[str], heading_row: int) -> list[Column]:
    """The columns in use, each with its first different values. What has no heading is called by its letter."""
    below = [cells for number, cells in rows if number > heading_row]
    width = max([len(headings), *map(len, below)])
    columns = []
    for number in range(width):
        values = (cells[number] for cells in below if number < len(cells) and cells[number])
        samples = list(dict.fromkeys(values))[:MOST_SAMPLES]
        heading = headings[number] if number < len(headings) else ""
        if heading or samples:
            columns.append(Column(number + 1, heading or f"Column {letters(number + 1)}", samples))
    return columns


def letters(column: int) -> str:
    """A, B, ... Z, AA: what spreadsheets call the column of this number."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def known_heading(heading: str) -> str | None:
    """The field that a heading names; of several columns, such as Phone 1 and Phone 2, each names the first."""
    if alike(heading) in DO_NOT_CALL:
        return "do_not_call"
    if country_called(heading) == "code":
        return "phone_country"
    field = field_called(heading)
    if field is None and NUMBERED.search(heading):
        field = field_called(NUMBERED.sub("", heading))
        field = field if field in SEVERAL else None
    return field if field in FIELDS else None


class Headed(Protocol):
    """A column, by its number from 1 on."""

    column: int
    heading: str


def has_own_heading(column: Headed) -> bool:
    """Whether the sheet names the column."""
    return column.heading != f"Column {letters(column.column)}"


def is_of_something_else(heading: str) -> bool:
    """Whether a heading says that the dates below are not those of the leads: date of birth, next follow-up."""
    return OTHER_DATES.search(alike(heading)) is not None


def field_of_values(samples: Sequence[str], at_least: int = 2) -> Literal["email", "timestamp", "phone"] | None:
    """The field that values look like, if there are so many of them."""
    if len(samples) < max(at_least, 1):
        return None
    if all(EMAIL.fullmatch(text) for text in samples):
        return "email"
    if all(DATE.fullmatch(text) for text in samples):
        return "timestamp"
    if all(PHONE.fullmatch(text) and 8 <= sum(map(str.isdigit, text)) <= 15 for text in samples):
        return "phone"
    return None


def _may_head(text: str) -> bool:
    looks_like_data = any(pattern.fullmatch(text) for pattern in (EMAIL, PHONE, DATE, NUMBER))
    return len(text) <= LONGEST_HEADING and not looks_like_data
