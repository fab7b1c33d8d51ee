"""A sender's own words for the fields of a lead: "Mobile No." is its phone, $.address.city its city.

What stands for a field is the name of one of the payload's own fields, as a form spells it (`data[Phone]`) too, or a
path within it (gateway/intake/jsonpath.py, gateway/intake/queries.py). A name is compared exactly first, then without
regard to case, spaces and punctuation, since people retype sheets and forms. Of several places, and of all that a path
leads to, the first that holds something counts; a lead's name is made of one value of each place, and a date has the
time of day that stands at a later one. Where none does, the field of our own name counts, as without a mapping.
Whatever no field was taken from goes to the metadata.

A payload may have several leads in it. They are the elements of the list that the path of the row id leads through by
[0] or [*]; without one, of the list that the paths of two ways to know a lead share. Each is read as if the list had
that element alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from jsonpath_rfc9535 import JSONPathQuery
from msgspec import Raw

from gateway.core.dates import with_clock
from gateway.core.field_names import alike
from gateway.core.problems import FieldError, Problem, invalid
from gateway.intake.jsonpath import Budget, Found, Step, TooMuch, find, steps_of
from gateway.intake.queries import NoPath, locations, query_of

Fields = dict[str, Raw]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


# A name as forms nest it: data[Phone], fields[name][value].
NESTED = re.compile(r"[^\[\]$][^\[\]]*(?:\[[^\[\]]+\])+")
WAYS_TO_KNOW = ("name", "phone", "email", "external_id")
# All leads of one payload together, with what each of them has of the rest of it.
MOST_BYTES = 4 * 1024 * 1024


class Place(NamedTuple):
    """Where a value may stand: by `steps`, the first to one of the payload's own fields, `exactly` or alike.

    Or by a `query`, where no steps lead there.
    """

    steps: tuple[Step, ...]
    exactly: bool
    query: JSONPathQuery | None = None


class Mapping:
    """How the payload of a sender is read as the fields of a lead: for each field the places where it may stand."""

    def __init__(self, places: dict[str, str | list[str]]) -> None:
        self._places = {
            field: tuple(place for text in ([given] if isinstance(given, str) else given) for place in _places(text))
            for field, given in places.items()
        }
        self._list = _list_of_leads(self._places)

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

    def leads_in(self, payload: Fields) -> list[Fields] | None:
        """The payloads of several leads that are in one; None where there is one at most.

        Raises Problem 422 where they are too large together, or the msgspec error of a field that cannot be decoded.
        """
        if self._list is None:
            return None
        lists, rest = self._list
        name = str(lists[0].key)
        if name not in payload:
            return None
        whole = _decode(payload[name])
        found = _leads({name: whole}, lists, rest)
        if len(found) < 2:
            return None
        several: list[Fields] = []
        size = 0
        for where in found:
            lead = {**payload, name: Raw(_encode(_alone(whole, lists[1:], where[1:])))}
            size += sum(len(bytes(raw)) for raw in lead.values())
            if size > MOST_BYTES:
                raise _too_many(f"The body has {len(found)} leads, which are too large together.")
            several.append(lead)
        return several


@lru_cache(maxsize=1000)
def mapping_of(stored: str | None) -> Mapping | None:
    """The mapping as the database has it: JSON, or None for none."""
    return None if stored is None else Mapping(_decode(stored))


def check_place(text: str) -> None:
    """Raises NoPath for what begins with $ and is no path, or leads to the payload as a whole."""
    if text.startswith("$") and steps_of(text) is None and query_of(text).empty():
        raise NoPath("it leads to everything; a field must follow, as in $.phone", 2)


def is_place(text: str) -> bool:
    """Whether it says where something stands: what begins with $ must be a path."""
    try:
        check_place(text)
    except NoPath:
        return False
    return True


class _Reading:
    """A payload while it is read: what is looked into is decoded, and what was used is marked."""

    def __init__(self, payload: Fields) -> None:
        self._payload = payload
        self._decoded: dict[str, Any] = {}
        self._names: dict[str, str] | None = None
        self._used: list[tuple[Any, str | int]] = []
        self._labels: dict[int, str] = {}
        self._budget = Budget()

    def find(self, place: Place) -> Any:
        """What stands there; None for nothing, or nothing but spaces, or where more had to be looked at than may be."""
        try:
            for holder, key, labels in self._found(place):
                value = holder[key]
                if value is None or value in ([], {}) or (isinstance(value, str) and not value.strip()):
                    continue
                self._used.append((holder, key))
                if labels:
                    self._labels.update(labels)
                return value
        except TooMuch:
            pass
        return None

    def _found(self, place: Place) -> Iterable[Found]:
        if place.query is not None:
            return self._queried(place.query)
        name = self._name(str(place.steps[0].key), exactly=place.exactly)
        if name is None:
            return ()
        self._decode(name)
        start: Found = (self._decoded, name, ())
        return (start,) if len(place.steps) == 1 else find(start, place.steps, self._budget, 1)

    def _queried(self, query: JSONPathQuery) -> Iterator[Found]:
        for name in self._payload:
            self._decode(name)
        for *above, key in locations(query, self._decoded, self._budget):
            holder: Any = self._decoded
            for step in above:
                holder = holder[step]
            yield holder, key, ()

    def _decode(self, name: str) -> None:
        if name not in self._decoded:
            self._decoded[name] = _decode(self._payload[name])

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


def _places(text: str) -> list[Place]:
    """Where a place of a mapping may be: what cannot be read as a path is a name, and one in brackets may be nested."""
    if text.startswith("$"):
        steps = steps_of(text)
        if steps is not None:
            return [Place(steps, exactly=True)]
        try:
            return [Place((), exactly=True, query=query_of(text))]
        except NoPath:
            pass
    place = Place((Step(text),), exactly=False)
    if not NESTED.fullmatch(text):
        return [place]
    return [place, Place(tuple(map(Step, re.findall(r"[^\[\]]+", text))), exactly=True)]


def _list_of_leads(places: dict[str, tuple[Place, ...]]) -> tuple[tuple[Step, ...], tuple[Step, ...]] | None:
    """The steps to each lead of several in a payload, and from there to its row id, if that tells them apart."""
    for place in places.get("source_row_id", ()):
        if lists := _through_lists(place.steps):
            return lists, place.steps[len(lists) :]
    shared: dict[tuple[Step, ...], set[str]] = {}
    for field in WAYS_TO_KNOW:
        for place in places.get(field, ()):
            if lists := _through_lists(place.steps):
                shared.setdefault(lists, set()).add(field)
    several = [lists for lists, fields in shared.items() if len(fields) > 1]
    return (max(several, key=len), ()) if several else None


def _through_lists(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps up to the last list that they lead through, with each list as all of its elements; else none."""
    simple = next((at for at, step in enumerate(steps) if step.text is not None), len(steps))
    lists = [at for at, step in enumerate(steps[:simple]) if step.key in (0, None) and at < len(steps) - 1]
    if not lists:
        return ()
    return tuple(Step(None) if step.key in (0, None) else step for step in steps[: lists[-1] + 1])


def _leads(whole: dict[str, Any], lists: Sequence[Step], rest: Sequence[Step]) -> list[tuple[str | int, ...]]:
    """Where the leads are: the elements that say what tells them apart, or are objects at least."""
    found: list[tuple[str | int, ...]] = []
    budget = Budget()

    def look(value: Any, at: int, where: tuple[str | int, ...]) -> None:
        if at == len(lists):
            inside = find(({"": value}, "", ()), rest, budget)
            if isinstance(value, dict) and any(holder[key] not in (None, "") for holder, key, _ in inside):
                found.append(where)
            return
        for holder, key, _ in find(({"": value}, "", ()), lists[at : at + 1], budget):
            look(holder[key], at + 1, (*where, key))

    try:
        look(whole, 0, ())
    except TooMuch:
        raise _too_many("The body has too many leads.") from None
    return found


def _too_many(message: str) -> Problem:
    return invalid(FieldError("body", message, "Send fewer leads at once."))


def _alone(value: Any, lists: Sequence[Step], where: Sequence[str | int]) -> Any:
    """The value with each list as if it had but the element where one lead is."""
    if not lists:
        return value
    step, key = lists[0], where[0]
    inner = _alone(value[key], lists[1:], where[1:])
    if isinstance(value, dict):
        return {key: inner} if step.key is None else {**value, key: inner}
    if step.key is None:
        return [inner]
    at = int(key)
    return [*value[:at], inner, *value[at + 1 :]]


def _joined(values: list[Any]) -> Any:
    """Several values as one text; what is no text is passed on, to be refused as one value would be."""
    if len(values) < 2 or any(isinstance(value, list | dict) for value in values):
        return values[0] if len(values) == 1 else values or None
    return " ".join(str(value).strip() for value in values)
