"""Dates and times of leads as people, spreadsheets and senders write them, read in one place for all ways in.

What comes out is ISO 8601, as `core.read_timestamp()` takes it: in UTC where the text has an offset or a zone, local
time where it has none. **A time that is only a date stays one: it has 10 characters.** So it is never taken for the
moment at which something happened.

A text is read whole or not at all: every word and number in it must mean something, and nothing is filled in. That is
why no library does it: those that read as much guess the rest (a missing year, an order for each value by itself).
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as clock_time
from functools import lru_cache
from typing import NamedTuple

from gateway.core.date_words import (
    MONTHS,
    PASSED_OVER,
    ZONES,
    Order,
    folded,
    offset_called,
    order_of,
    words_of,
    zone_called,
)

LONGEST = 100
DATE_ONLY = len("2026-11-05")
# A lead is not older than the web. Years before are the zero of some clock: 1970, 1900, 0001.
FIRST_YEAR = 1990
FIRST_SECOND = 631_152_000
# Nor does it come much later than now. Asking what year it is takes long, so it is done for later years only.
YEAR_AT_START = time.gmtime().tm_year
ORDERS: tuple[Order, ...] = ("day_first", "month_first", "year_first")
# A date as spreadsheets count days: 1970 to 2100. As seconds since 1970 these would be its first day.
FIRST_SERIAL, LAST_SERIAL = 25_569, 73_415
SERIAL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001
# Since 1970; each unit begins where the one before would be beyond the year 5000.
EPOCH_UNITS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000))

NUMBER = re.compile(r"@?(\d+(?:\.\d+)?)")
# 1.7939142001E+12: seconds as a spreadsheet writes a number, if all of its digits are there.
SCIENTIFIC = re.compile(r"(\d)\.(\d{9,})E\+?(\d{1,2})", re.IGNORECASE)
COMPACT = re.compile(r"((?:19|20)\d{6})((?:\d{4}){0,1}|\d{6})")
JSON_DATE = re.compile(r"/?Date\((-?\d+)(?:[+-]\d{4})?\)/?")
# 2026-11-05T21:30:00 05:30: the plus sign of an address that was not escaped.
LOST_PLUS = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]+) (\d\d:?\d\d)")
# 2026-11-05-21.30.00.123456: DB2's.
DASHED_CLOCK = re.compile(r"(\d{4}-\d\d-\d\d)-(\d\d\.\d\d\.\d\d)((?:\.\d{1,9})?)")
YEAR_WITH_COLONS = re.compile(r"^(\d{4}):(\d\d):(\d\d)\b")
IN_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
CLOCKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,:](?P<f>\d{1,9}))?)?(?!\d)\s*(?P<half>[ap]\.?\s?m\b\.?)?",
        r"(?<![\d.,/-])(?P<h>\d{1,2})(?:[.:](?P<m>\d\d)(?:[.:](?P<s>\d\d)(?:\.(?P<f>\d{1,9}))?)?)?\s*(?:(?P<half>[ap]\.?\s?m\b\.?)|uhr\b)",
        r"(?<![\d.,/-])(?P<h>\d{1,2})(?:h|[.:]?(?=\d\d\s?h))(?P<m>\d\d)?\s*h?(?:rs?|ours)?\b\.?",
        r"(?<![\d.,/-])(?P<h>\d{1,2})\.(?P<m>\d\d)(?:\.(?P<s>\d\d))?$",  # behind a year
    )
)
YEAR = re.compile(r"\d{4}")
# What spreadsheets have for a date without a time, and for a time without a date.
MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?$")
CLOCK_OF_NO_DAY = re.compile(r"(?:1899-12-3[01]|1900-01-0[01])[T ](\d\d:\d\d(?::\d\d)?)")
PART_OF_A_DAY = re.compile(r"0?\.\d+")
DOTTED_CLOCK = re.compile(r"\s*\d{1,2}\.\d\d(\.\d\d)?\s*")
OFFSET = re.compile(
    r"\s*(?:(?:utc|gmt|z)\s?)?(?P<sign>[+\-−])(?P<h>\d{1,2})(?::?(?P<m>\d\d))?(?![\d/.:-])", re.IGNORECASE
)
ZONE_NAME = re.compile(r"\b[A-Z][A-Za-z_]+/[A-Z][A-Za-z_+-]+(?:/[A-Z][A-Za-z_]+)?\b")
TOKEN = re.compile(r"(\d+)|([^\d\s,.:;/\-–—_'’‘|@年月日]+)")
# Three numbers that may be a date, somewhere in a short text.
TRIPLE = re.compile(r"(?<![\d.:/-])(\d{1,2})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d\d)(?![\d:])(?![./-]\d)")


class Customs(NamedTuple):
    """How whoever wrote a date writes dates. `is_certain`: what does not fit the order is no date, however it looks.

    `country` says in which languages months are named, `timezone` what an abbreviation such as IST stands for.
    """

    order: Order
    country: str
    timezone: str
    is_certain: bool = False


def customs_of(country: str, timezone: str, order: str | None = None) -> Customs:
    """The customs of a workspace's country, or its order as it was chosen."""
    chosen = next((one for one in ORDERS if one == order), None)
    return Customs(chosen or order_of(country), country, timezone, is_certain=chosen is not None)


ANYWHERE = Customs("day_first", "", "UTC")


def read_date(given: object, customs: Customs = ANYWHERE) -> str | None:
    """A time, or a date of 10 characters, as it is stored; None for what is no time at which a lead could have come."""
    try:
        if isinstance(given, str):
            try:
                return _stored(datetime.fromisoformat(given), is_date=len(given) <= DATE_ONLY)
            except ValueError:
                if len(given) > LONGEST:
                    return None
                return _read_number(int(given)) if given.isdecimal() else _read_text(given, customs)
        if isinstance(given, bool) or not isinstance(given, int | float):
            return None
        return _read_number(given)
    except (ValueError, OverflowError, OSError):
        return None


def is_clock(text: str) -> bool:
    """Whether it is a time of day and nothing else: "21:30", "9.30 pm"."""
    cleaned = _cleaned(text)
    found = _clock_in(cleaned)
    return found is not None and not TOKEN.search(OFFSET.sub(" ", cleaned[: found.start()] + cleaned[found.end() :]))


def with_clock(day: str, clock: str) -> str | None:
    """A date and the time of day that stands in a field beside it, as one text.

    None where the first has a time already, or the second is none: "21:30", or a cell of a spreadsheet that is one.
    """
    day = MIDNIGHT.sub("", day.strip())
    if _clock_in(_cleaned(day)) is not None:
        return None
    if found := CLOCK_OF_NO_DAY.fullmatch(clock.strip()):
        clock = found[1]
    elif PART_OF_A_DAY.fullmatch(clock.strip()):
        clock = f"{timedelta(seconds=min(round(float(clock) * 86_400), 86_399))}"
    elif DOTTED_CLOCK.fullmatch(clock.strip()):
        clock = clock.replace(".", ":")
    return f"{day} {clock}" if is_clock(clock) else None


def readings_of(text: str) -> dict[Order, date]:
    """The orders in which a date of three numbers can be read, and as what; empty where its order is not in question.

    A year of four digits that comes first is followed by the month everywhere.
    """
    found = TRIPLE.search(text)
    return {} if found is None else {**_readings(found.groups())}


@lru_cache(maxsize=10_000)
def _readings(numbers: tuple[str, ...]) -> dict[Order, date]:
    """The same few days stand in a column again and again."""
    return {order: read for order in ORDERS if (read := _in_order(numbers, order)) is not None}


def _stored(moment: datetime, *, is_date: bool = False) -> str | None:
    year = moment.year
    if year < FIRST_YEAR or (year > YEAR_AT_START and year > time.gmtime().tm_year + 1):
        return None
    if is_date:
        return moment.isoformat()[:DATE_ONLY]
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).isoformat()


def _read_number(number: float) -> str | None:
    """Seconds, or smaller units, since 1970; days as spreadsheets count them; the digits of a date."""
    if FIRST_SECOND <= number < EPOCH_UNITS[0][0]:
        return _stored(datetime.fromtimestamp(number, UTC))
    if isinstance(number, int) and (found := COMPACT.fullmatch(str(number))):
        return _compact(found)
    if FIRST_SERIAL <= number <= LAST_SERIAL:
        # 18:30 may be a millionth of a second less.
        moment = (SERIAL_EPOCH + timedelta(days=number, milliseconds=500)).replace(microsecond=0)
        return _stored(moment, is_date=number == int(number))
    unit = next((unit for most, unit in EPOCH_UNITS if abs(number) < most), 1)
    return _stored(datetime.fromtimestamp(number / unit, UTC))


def _compact(digits: re.Match[str]) -> str | None:
    day, clock = digits.groups()
    return _stored(datetime.fromisoformat(f"{day}T{clock}" if clock else day), is_date=not clock)


def _cleaned(text: str) -> str:
    """With digits of our script, plain spaces, and nothing that is not seen."""
    if not text.isascii():
        text = "".join(
            str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
            for letter in unicodedata.normalize("NFKC", text)
            if unicodedata.category(letter) != "Cf"
        )
    return " ".join(text.split()).strip("'\"= ")


def _read_text(given: str, customs: Customs) -> str | None:
    text = _cleaned(given)
    if found := NUMBER.fullmatch(text):
        return _read_number(float(found[1]) if "." in text else int(found[1]))
    if (found := SCIENTIFIC.fullmatch(text)) and len(found[2]) >= int(found[3]):
        return _read_number(float(text))
    if found := DASHED_CLOCK.fullmatch(text):
        text = f"{found[1]} {found[2].replace('.', ':')}{found[3]}"
    if found := JSON_DATE.fullmatch(text):
        return _read_number(int(found[1]))
    if found := LOST_PLUS.fullmatch(text):
        text = f"{found[1]}+{found[2]}"
    try:
        moment = datetime.fromisoformat(IN_BRACKETS.sub("", text))
    except ValueError:
        return _read_parts(text, customs)
    if moment.tzinfo is None and IN_BRACKETS.search(text):
        return _read_parts(text, customs)
    return _stored(moment, is_date=len(text) <= DATE_ONLY)


def _read_parts(text: str, customs: Customs) -> str | None:
    """A date, maybe with a time, maybe with a zone, in whatever order and with whatever between them."""
    beside = [
        inner for pair in IN_BRACKETS.findall(text) for inner in pair if inner and not _is_weekday(inner, customs)
    ]
    text = YEAR_WITH_COLONS.sub(r"\1-\2-\3", IN_BRACKETS.sub(" ", text))
    clock, offset = None, None
    if found := _clock_in(text):
        clock, tail = _clock_of(found), text[found.end() :]
        if zone := OFFSET.match(tail):
            offset, tail = _offset_of(zone), tail[zone.end() :]
        text = f"{text[: found.start()]} {tail}"
    said = _said(text, customs, with_zones=clock is not None)
    if said is None:
        return None
    day = _named(said.numbers, said.month) if said.month else _numbered(said.numbers, customs)
    if day is None:
        return None
    moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001
    if clock is None:
        return _stored(moment, is_date=True)
    if said.after_noon is not None and clock < timedelta(hours=13):
        clock = clock % timedelta(hours=12) + timedelta(hours=12 if said.after_noon else 0)
    moment += clock
    zones = [*said.zones, *beside]
    if offset is None and zones:
        offset = next((one for zone in zones if (one := _offset_named(zone, moment, customs)) is not None), None)
        if offset is None:
            return None
    return _stored(moment if offset is None else moment.replace(tzinfo=timezone(offset)))


def _is_weekday(word: str, customs: Customs) -> bool:
    return word.casefold() in PASSED_OVER or folded(word) in words_of(customs.country).passed_over


class _Said(NamedTuple):
    """What the numbers and words of a text without its time of day say."""

    numbers: list[str]
    month: int | None
    after_noon: bool | None
    zones: list[str]


def _said(text: str, customs: Customs, *, with_zones: bool) -> _Said | None:
    """None where there is a word that has nothing to do with a date."""
    numbers: list[str] = []
    months: list[tuple[str, int]] = []
    halves: list[bool] = []
    zones: list[str] = ZONE_NAME.findall(text)
    for number, letters in TOKEN.findall(ZONE_NAME.sub(" ", text)):
        word = letters.casefold()
        if number:
            numbers.append(number)
        elif word in MONTHS:
            months.append((word, MONTHS[word]))
        elif word in PASSED_OVER:
            continue
        elif word in ZONES or (with_zones and zone_called(letters) is not None):
            zones.append(letters)
        else:
            words, word = words_of(customs.country), folded(letters)
            if word in words.months:
                months.append((word, words.months[word]))
            elif word in words.halves:
                halves.append(words.halves[word])
            elif word not in words.passed_over:
                return None
    if len(months) > 1:
        # "mar. 1 août": Tuesday.
        weekdays = words_of(customs.country).passed_over
        months = [(word, month) for word, month in months if word not in weekdays]
    if len(months) > 1 or len(halves) > 1:
        return None
    return _Said(numbers, months[0][1] if months else None, halves[0] if halves else None, zones)


def _offset_named(zone: str, moment: datetime, customs: Customs) -> timedelta | None:
    found = OFFSET.match(zone)
    return _offset_of(found) if found else offset_called(zone, moment, customs.timezone)


def _clock_in(text: str) -> re.Match[str] | None:
    found = next((found for clock in CLOCKS[:-1] if (found := clock.search(text))), None)
    if found is None and (found := CLOCKS[-1].search(text)) and not YEAR.search(text, 0, found.start()):
        return None
    return found


def _clock_of(found: re.Match[str]) -> timedelta:
    """How long after midnight. Raises ValueError."""
    parts = found.groupdict()
    hour, minute, second = (int(parts.get(name) or 0) for name in "hms")
    if half := parts.get("half"):
        if hour > 12 and half[0] in "aA":
            raise ValueError
        # 21:30 PM is written, too.
        hour = hour if hour > 12 else hour % 12 + (12 if half[0] in "pP" else 0)
    if hour == 24 and not minute and not second:
        return timedelta(days=1)
    fraction = int(f"{parts.get('f') or 0:0<6}"[:6])
    of_day = clock_time(hour, minute, min(second, 59), fraction)
    return timedelta(hours=of_day.hour, minutes=minute, seconds=of_day.second, microseconds=fraction)


def _offset_of(found: re.Match[str]) -> timedelta:
    hours, minutes = int(found["h"]), int(found["m"] or 0)
    if hours > 14 or minutes > 59:
        raise ValueError
    offset = timedelta(hours=hours, minutes=minutes)
    return offset if found["sign"] == "+" else -offset


def _named(numbers: Sequence[str], month: int) -> date | None:
    """The day and the year beside a month's name, the year last unless it has four digits."""
    if len(numbers) != 2:
        return None
    day, year = reversed(numbers) if len(numbers[0]) == 4 else numbers
    return _day(year, month, day)


def _numbered(numbers: Sequence[str], customs: Customs) -> date | None:
    if len(numbers) != 3:
        return None
    if len(numbers[0]) == 4:
        return _day(*numbers)
    orders = (customs.order,) if customs.is_certain else (customs.order, *(o for o in ORDERS[:2] if o != customs.order))
    return next((read for order in orders if (read := _in_order(numbers, order)) is not None), None)


def _in_order(numbers: Sequence[str], order: Order) -> date | None:
    first, second, third = numbers
    match order:
        case "day_first":
            return _day(third, second, first)
        case "month_first":
            return _day(third, first, second)
        case "year_first":
            return _day(first, second, third)


def _day(year: str, month: str | int, day: str) -> date | None:
    """The day; None where there is no such day. Of two digits of a year, those from 70 on are of the last century."""
    if len(year) not in (2, 4) or len(day) > 2:
        return None
    number = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 70 else 2000)
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None
