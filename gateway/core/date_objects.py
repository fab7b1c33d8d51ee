"""Dates that programs send in parts: an object of a date and a time, a number within an object, a list of numbers.

So write PHP's DateTime, MongoDB's extended JSON, Parse's {"iso": …}, Firestore's {"seconds": …}, Google's calendar,
Java's LocalDateTime, and forms with a box for each part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.core.dates import ANYWHERE, Customs, read_date, with_clock
from gateway.core.field_names import alike

DEEPEST = 4
# In which member of an object its date stands, as `alike` compares it; the surest first.
WHOLE = (
    *(
        "iso",
        "isostring",
        "iso8601",
        "numberlong",
        "value",
        "datetime",
        "date",
        "timestamp",
        "unix",
        "epoch",
        "seconds",
    ),
    *("milliseconds", "ms", "raw", "formatted", "text", "utc", "string"),
)
CLOCKS = ("time", "timeinput", "clock", "timeofday")
ZONES = ("timezone", "tz", "zone", "tzid")
# The parts that forms ask for, and Java's list of numbers has: all three of the day must be there.
YEARS, MONTHS, DAYS = ("year", "yyyy", "y"), ("month", "mm", "m", "monthvalue"), ("day", "dd", "d", "dayofmonth")
HOURS, MINUTES, SECONDS = (
    ("hour", "hours", "hh", "hourselect"),
    ("minute", "minutes", "min", "minuteselect"),
    ("second",),
)
HALVES = ("ampm", "meridiem", "half", "period")


def read_any_date(given: object, customs: Customs = ANYWHERE) -> str | None:
    """What `dates.read_date` reads, also in an object or a list; None for what is no date."""
    if not isinstance(given, dict | list):
        return read_date(given, customs)
    return next((read for text in _texts(given, 0) if (read := read_date(text, customs)) is not None), None)


def _texts(given: object, depth: int) -> Iterator[object]:
    """What may be the date in a value, the likeliest first."""
    if depth > DEEPEST:
        return
    if isinstance(given, dict):
        members = {alike(str(name)): one for name, one in given.items()}
        yield from _of_parts(members)
        for name in WHOLE:
            if name in members:
                for text in _texts(members[name], depth + 1):
                    yield from _with_beside(text, members)
    elif isinstance(given, list):
        yield from _in_list(given, depth)
    else:
        yield given


def _with_beside(text: object, members: dict[str, Any]) -> Iterator[object]:
    """A date with the time of day and the zone that stand beside it."""
    if isinstance(text, str):
        clock = _first(members, CLOCKS)
        text = (with_clock(text, clock) if isinstance(clock, str) else None) or text
        zone = _first(members, ZONES)
        if isinstance(zone, str) and zone:
            yield f"{text} {zone}"
    yield text


def _of_parts(members: dict[str, Any]) -> Iterator[str]:
    year, month, day = (_first(members, names) for names in (YEARS, MONTHS, DAYS))
    if not (year and month and day):
        return
    dated = f"{day} {month} {year}" if str(month).isalpha() else f"{year}-{month}-{day}"
    hour = _first(members, HOURS)
    if hour is None:
        clock = _first(members, CLOCKS)
        hour, minute, second = clock if isinstance(clock, str) else None, None, None
    else:
        minute, second = _first(members, MINUTES), _first(members, SECONDS)
    clock = ":".join(
        f"{part:0>2}"
        for part in (hour, minute if minute is not None or second is None else 0, second)
        if part is not None
    )
    clock = clock if ":" in clock or not clock else f"{clock}:00"
    yield " ".join(filter(None, (dated, clock, str(_first(members, HALVES) or "") if clock else "")))


def _in_list(given: list[Any], depth: int) -> Iterator[object]:
    numbers = [one for one in given if isinstance(one, int) and not isinstance(one, bool)]
    if len(numbers) == len(given) and 3 <= len(given) <= 7:
        year, month, day, *clock = numbers
        yield f"{year:04}-{month:02}-{day:02}" + (
            " " + ":".join(f"{part:02}" for part in (*clock, 0, 0)[:3]) if clock else ""
        )
    elif len(given) == 2 and all(isinstance(one, str) for one in given) and (timed := with_clock(*given)):
        yield timed
    elif len(given) == 1:
        yield from _texts(given[0], depth + 1)


def _first(members: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((members[name] for name in names if members.get(name) not in (None, "")), None)
