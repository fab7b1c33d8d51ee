"""Which field each column of a sheet seems to be: what was chosen before counts most, then headings, then values.

What is remembered is what somebody chose otherwise than it was proposed. A column that was turned down once is proposed
no more, but where it is the only one by which people can be reached: files differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from gateway.core.exported import EXPORTED, is_export
from gateway.core.field_names import PARTS_OF_NAME, alike, is_further
from gateway.core.nothing import nothing_in
from gateway.core.phone_countries import country_called, country_in
from gateway.imports.cells import meaning
from gateway.imports.headings import (
    FIELDS,
    FURTHER,
    INSTEAD_OF_A_NAME,
    SEVERAL,
    Column,
    field_of_values,
    has_own_heading,
    is_of_something_else,
    known_heading,
)

FoundBy = Literal["memory", "heading", "values", "count"]
TURNED_DOWN = ""


class Known(Struct):
    """What else is known of a column: what it was chosen for the last time, and what place its values are."""

    remembered: str | None = None
    place: Literal["state", "city"] | None = None


class Proposal(Struct):
    """What a column seems to be, and how that was found. By its `count`: it only numbers the rows."""

    field: str | None = None
    found_by: FoundBy | None = None


def proposals(
    columns: Sequence[Column], known: Sequence[Known], *, rows: int = 2, values: bool = True
) -> list[Proposal]:
    """A proposal for each column, each field for one at most. `rows` is how many there are below the headings."""
    if is_export([column.heading for column in columns]):
        return [Proposal(EXPORTED.get(column.heading) or None, "heading") for column in columns]
    found = _Proposals(columns)
    for place, column in enumerate(columns):
        remembered = known[place].remembered if has_own_heading(column) else None
        if remembered == TURNED_DOWN:
            found.turn_down(place)
        elif remembered is not None:
            found.propose(place, remembered, "memory")
    for is_filled in (True, False):
        for place, column in enumerate(columns):
            if bool(column.samples) == is_filled:
                found.propose(place, known_heading(column.heading), "heading")
    found.name_instead()
    found.country_instead()
    if values:
        enough = min(2, rows)
        for place, column in enumerate(columns):
            field = field_of_values(column.samples, enough)
            if field != "timestamp" or not is_of_something_else(column.heading):
                found.propose(place, field, "values", further=False)
            if len(column.samples) >= enough:
                found.propose(place, known[place].place, "values")
    found.reach()
    return found.numbered([one.remembered for one in known])


class _Proposals:
    """Proposals while they are made: of fields that may have several columns, each is the first until the end."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._found = [Proposal() for _ in columns]
        self._taken: set[str] = set()

    def turn_down(self, place: int) -> None:
        self._found[place].found_by = "memory"

    def propose(self, place: int, field: str | None, found_by: FoundBy, *, further: bool = True) -> None:
        first = FURTHER.get(field or "", field)
        if first is None or first not in FIELDS or self._found[place].found_by is not None:
            return
        if first in self._taken and not (first in SEVERAL and further):
            return
        if first == "source_row_id" and found_by != "memory" and counts_up(self._columns[place].samples):
            self._found[place] = Proposal(None, "count")
            return
        if first not in LOOKS or LOOKS[first](self._columns[place].samples):
            self._taken.add(first)
            self._found[place] = Proposal(first, found_by)
        elif first == "phone" and "name" not in self._taken and found_by == "heading":
            # Contact is a number in one sheet, and a person in another.
            self._taken.add("name")
            self._found[place] = Proposal("name", "values")

    def name_instead(self) -> None:
        """Where no column is headed as a name, it is that of whoever a column names."""
        if self._taken & {"name", *PARTS_OF_NAME}:
            return
        headed = {alike(column.heading): place for place, column in reversed([*enumerate(self._columns)])}
        for heading in INSTEAD_OF_A_NAME:
            if (place := headed.get(heading)) is not None and _names_somebody(self._columns[place].samples):
                self.propose(place, "name", "heading")
                return

    def country_instead(self) -> None:
        """Where no column is headed as the phone's country code, it is that of the person's country."""
        for place, column in enumerate(self._columns):
            if column.samples and country_called(column.heading) == "country":
                self.propose(place, "phone_country", "heading")

    def reach(self) -> None:
        """What was turned down is proposed all the same where nobody could be reached without."""
        for field in SEVERAL:
            if "phone" in self._taken:
                return
            for place, column in enumerate(self._columns):
                if self._found[place] == Proposal(None, "memory") and known_heading(column.heading) == field:
                    self._found[place] = Proposal()
                    self.propose(place, field, "heading")

    def numbered(self, remembered: Sequence[str | None]) -> list[Proposal]:
        """Of several columns of a field the first, the second ...; a whole name gives way to its two parts."""
        for first, fields in SEVERAL.items():
            places = [place for place, one in enumerate(self._found) if one.field == first]
            places.sort(key=lambda place: self._order(place, remembered[place], fields))
            for number, place in enumerate(places):
                self._found[place] = (
                    Proposal(fields[number], self._found[place].found_by) if number < len(fields) else Proposal()
                )
        if {"first_name", "last_name", "name"} <= self._taken:
            for one in self._found:
                if one.field == "name" and one.found_by != "memory":
                    one.field, one.found_by = None, None
        return self._found

    def _order(self, place: int, remembered: str | None, fields: Sequence[str]) -> tuple[int, bool, bool, int]:
        column = self._columns[place]
        chosen = fields.index(remembered) if remembered in fields else 1
        return chosen, not column.samples, is_further(column.heading), place


def counts_up(samples: Sequence[str]) -> bool:
    """Whether these are 0, 1, 2 ... or 1, 2, 3 ...: they number the rows of a file, and are no ids of its sender."""
    numbers = [found[1] for sample in samples if (found := NUMBER_OF_ROW.fullmatch(sample.strip()))]
    if not samples or len(numbers) < len(samples):
        return False
    first = int(numbers[0])
    return first in (0, 1) and [int(number) for number in numbers] == [*range(first, first + len(numbers))]


NUMBER_OF_ROW = re.compile(r"#?0*([0-9]{1,7})(?:\.0+|[.)])?")


def _any(says: Callable[[str], bool], field: str) -> Callable[[Sequence[str]], bool]:
    def looks(samples: Sequence[str]) -> bool:
        texts = [text for sample in samples if (text := meaning(sample, nothing_in(field)))]
        return not texts or any(map(says, texts))

    return looks


YES_OR_NO = ("yes", "no", "y", "n", "true", "false")
_names_somebody = _any(lambda text: any(map(str.isalpha, text)) and text.casefold() not in YES_OR_NO, "name")
# Whether values may be of the field, whatever their column is headed.
LOOKS = {
    "phone": _any(lambda text: any(map(str.isdecimal, text)), "phone"),
    "email": _any(lambda text: "@" in text, "email"),
    "phone_country": _any(lambda text: bool(country_in(text)), "phone"),
}
