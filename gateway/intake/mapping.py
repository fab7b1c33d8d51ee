"""A sender's own words for the fields of a lead: "Mobile No." is its phone, $.address.city its city.

What stands for a field is the name of one of the payload's own fields, or a path within it
(gateway/intake/jsonpath.py). A name is compared exactly first, then without regard to case, spaces and punctuation,
since people retype sheets and forms. Of several places the first that holds something counts; a lead's name is made of
all of them, and a date has the time of day that stands at a later one. Where none does, the field of our own name
counts, as without a mapping. Whatever no field was taken from goes to the metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from gateway.core.dates import with_clock
from gateway.core.field_names import alike
from gateway.intake.jsonpath import Step, steps_of

Fields = dict[str, Raw]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Place(NamedTuple):
    """Where a value may stand. The first step is to one of the payload's own fields, `exactly` or alike."""

    steps: tuple[Step, ...]
    exactly: bool


class Mapping:
    """How the payload of a sender is read as the fields of a lead: for each field the places where it may stand."""

    def __init__(self, places: dict[str, str | list[str]]) -> None:
        self._places = {
            field: tuple(map(_place, [given] if isinstance(given, str) else given)) for field, given in places.items()
        }

    def applied(self, payload: Fields) -> tuple[Fields, Fields]:
        """The payload by our names, and what of the rest has a name that another value was found for.

        Raises the msgspec error of a field that cannot be decoded.
        """
        reading = _Reading(payload)
        found: Fields = {}
        for field, places in self._places.items():
            values = (value for place in places if (value := reading.find(place)) is not None)
            if field == "timestamp":
                value = reading.find_time(places)
            else:
                value = _joined(list(values)) if field == "name" else next(values, None)
            if value is not None:
                found[field] = Raw(_encode(value))
        rest = reading.rest()
        aside = {name: rest.pop(name) for name in found if name in rest}
        return {**rest, **found}, aside


@lru_cache(maxsize=1000)
def mapping_of(stored: str | None) -> Mapping | None:
    """The mapping as the database has it: JSON, or None for none."""
    return None if stored is None else Mapping(_decode(stored))


def is_place(text: str) -> bool:
    """Whether it says where something stands: what begins with $ must be a path of the kind that is read here."""
    return not text.startswith("$") or steps_of(text) is not None


class _Reading:
    """A payload while it is read: what is looked into is decoded, and what was used is marked."""

    def __init__(self, payload: Fields) -> None:
        self._payload = payload
        self._decoded: dict[str, Any] = {}
        self._names: dict[str, str] | None = None
        self._used: list[tuple[Any, str | int]] = []
        self._labels: dict[int, str | int] = {}

    def find(self, place: Place) -> Any:
        """What stands there; None for nothing, or nothing but spaces."""
        name = self._name(str(place.steps[0].key), exactly=place.exactly)
        if name is None:
            return None
        if name not in self._decoded:
            self._decoded[name] = _decode(self._payload[name])
        holder: Any = self._decoded
        key: str | int = name
        labels: dict[int, str | int] = {}
        for step in place.steps[1:]:
            holder = holder[key]
            within = step.within(holder)
            if within is None:
                return None
            key = within
            if step.text is not None:
                labels[id(holder[key])] = step.key
        value = holder[key]
        if value is None or value in ([], {}) or (isinstance(value, str) and not value.strip()):
            return None
        self._used.append((holder, key))
        self._labels |= labels
        return value

    def find_time(self, places: Sequence[Place]) -> Any:
        """What stands at the first place, if it is a date with the time of day that stands at a later one."""
        found: Any = None
        for place in places:
            value = self.find(place)
            if value is None:
                continue
            if found is None:
                found = value
            elif isinstance(found, str) and isinstance(value, str) and (timed := with_clock(found, value)):
                return timed
            else:
                # It was only looked at.
                self._used.pop()
        return found

    def rest(self) -> Fields:
        """The payload without what was used. Nothing is found any more."""
        for holder, key in self._used:
            holder[key] = _USED
        rest = dict(self._payload)
        for name, value in self._decoded.items():
            left = self._left(value)
            if left is _USED:
                del rest[name]
            elif left != value:
                rest[name] = Raw(_encode(left))
        return rest

    def _left(self, value: Any) -> Any:
        """The value without what was used. A list's element that says but what it is has been used up."""
        if isinstance(value, list):
            inner = [left for one in value if (left := self._left(one)) is not _USED]
            return _USED if value and not inner else inner
        if isinstance(value, dict):
            kept = {name: left for name, one in value.items() if (left := self._left(one)) is not _USED}
            says_but = len(kept) < len(value) and kept.keys() <= {self._labels.get(id(value))}
            return _USED if value and says_but else kept
        return value

    def _name(self, wanted: str, *, exactly: bool) -> str | None:
        if wanted in self._payload:
            return wanted
        if exactly:
            return None
        if self._names is None:
            # The first of several that are alike.
            self._names = {alike(given): given for given in reversed(self._payload)}
        return self._names.get(alike(wanted))


_USED: Any = object()


def _place(text: str) -> Place:
    steps = steps_of(text) if text.startswith("$") else None
    return Place((Step(text),), exactly=False) if steps is None else Place(steps, exactly=True)


def _joined(values: list[Any]) -> Any:
    """Several values as one text; what is no text is passed on, to be refused as one value would be."""
    if len(values) < 2 or any(isinstance(value, list | dict) for value in values):
        return values[0] if len(values) == 1 else values or None
    return " ".join(str(value).strip() for value in values)
