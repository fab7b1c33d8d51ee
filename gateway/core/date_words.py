"""The words and habits that dates are written with: months, weekdays, zones, and what comes first in a country.

English is known by heart. The languages of a country, and the order of its dates, are those of CLDR as `babel` has it:
read once, when a word comes that is no English one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages

Order = Literal["day_first", "month_first", "year_first"]
# Of Latin, Greek and Cyrillic letters. Those of Indian scripts are vowels.
ACCENTS = re.compile("[\u0300-\u036f]")
# नवम्बर and नवंबर: m before b is written as a letter or as a dot, in every Indian script.
M_BEFORE_B = re.compile("(?:[मমਮમମమಮമ][्্੍્୍్್്]|[ंংਂંଂంಂംੰ])(?=[बবਬબବబಬബ])")
# Malayalam's letters without a vowel, which older programs write in two characters.
CHILLUS = str.maketrans({"ൺ": "ണ്", "ൻ": "ന്", "ർ": "ര്", "ൽ": "ല്", "ൾ": "ള്"})

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        1,
    )
    for name in names.split()
}
# They say nothing that the date beside them does not say.
WEEKDAYS = "monday mon tuesday tue tues wednesday wed weds thursday thu thur thurs friday fri saturday sat sunday sun"
BETWEEN = (
    "st nd rd th er of the at on t date time dated uhr um den am hrs hr hours h de del do da à às le el pukul pk jam"
)
PASSED_OVER = frozenset((*WEEKDAYS.split(), *BETWEEN.split(), "बजे", "को", "तारीख", "दिनांक", "वाजता"))
# As people write months in Indian languages beside the spelling that CLDR has.
MONTHS_IN_INDIA = {
    "जनेवारी": 1, "फेब्रुवारी": 2, "फरवरि": 2, "मार्च": 3, "अप्रेल": 4, "एप्रिल": 4, "जुन": 6, "जुलाइ": 7, "जुलै": 7,
    "अगस्त": 8, "ओगस्ट": 8, "सप्टेंबर": 9, "सेप्टेंबर": 9, "सितम्बर": 9, "ऑक्टोबर": 10, "ऑक्टूबर": 10, "अक्तुबर": 10,
    "अक्टुबर": 10, "नोव्हेंबर": 11, "नवेम्बर": 11, "डिसेंबर": 12, "दिसम्बर": 12, "আগষ্ট": 8, "অগাস্ট": 8, "সেপ্টেম্বার": 9,
    "ઓગસ્ટ": 8, "ઓક્ટોબર": 10, "ஆகஸ்டு": 8, "அக்டோபர்": 10, "నవెంబర్": 11, "నవంబరు": 11, "డిసెంబరు": 12, "ನವಂಬರ್": 11,
    "ഒക്ടോബര്": 10,
}  # fmt: skip
# In minutes from UTC. Of names that stand for several zones, the one that most people mean; a workspace or source in
# another of them has its own, as core.dates reads it.
ZONES: dict[str, int] = {
    "utc": 0, "ut": 0, "gmt": 0, "z": 0, "ist": 330, "pkt": 300, "npt": 345, "bdt": 360, "gst": 240, "msk": 180,
    "ast": -240,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "akst": -540, "akdt": -480, "hst": -600, "brt": -180, "art": -180, "wet": 0, "west": 60, "bst": 60, "cet": 60,
    "cest": 120, "mez": 60, "mesz": 120, "eet": 120, "eest": 180, "wat": 60, "cat": 120, "sast": 120, "eat": 180,
    "wib": 420, "wita": 480, "wit": 540, "ict": 420, "sgt": 480, "myt": 480, "hkt": 480, "pht": 480, "awst": 480,
    "jst": 540, "kst": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
}  # fmt: skip


class Words(NamedTuple):
    """Words of a country's languages, as `folded` has them."""

    months: dict[str, int]
    halves: dict[str, bool]
    """Whether it is after noon."""
    passed_over: frozenset[str]


def folded(word: str) -> str:
    """A word without case, accents, dots and other marks of abbreviation."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", word))
    plain = unicodedata.normalize("NFC", plain).casefold().strip(".॰ ")
    return plain if plain.isascii() else M_BEFORE_B.sub("", plain.translate(CHILLUS))


@lru_cache(maxsize=300)
def words_of(country: str) -> Words:
    """The words of the languages of a country (ISO 3166, two letters); of a word that two of them have, the first's."""
    words = Words({}, {}, frozenset())
    weekdays: set[str] = set()
    for locale in _locales(country):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[context][width].items():
                    words.months.setdefault(folded(name), number)
                weekdays.update(folded(name) for name in locale.days[context][width].values())
                for half, name in locale.day_periods[context].get(width, {}).items():
                    if half in ("am", "pm"):
                        words.halves.setdefault(folded(name), half == "pm")
        for beginning, number in _beginnings(locale):
            words.months.setdefault(beginning, number)
    if country == "IN":
        for name, number in MONTHS_IN_INDIA.items():
            words.months.setdefault(folded(name), number)
    return Words(words.months, words.halves, frozenset(weekdays))


@lru_cache(maxsize=300)
def order_of(country: str) -> Order:
    """Whether 3/4/2026 is 3 April or 4 March in a country: day_first or month_first; the first where nothing tells."""
    with suppress(UnknownLocaleError, ValueError):
        locale = Locale.parse(f"und_{country}")
        # Where a short date begins with the year, a longer one says more of what people write.
        for width in ("short", "medium"):
            letters = [letter for letter in str(locale.date_formats[width].pattern) if letter in "yMd"]
            if letters[0] != "y" or width == "medium":
                return "month_first" if letters.index("M") < letters.index("d") else "day_first"
    return "day_first"


def offset_called(name: str, moment: datetime, timezone: str) -> timedelta | None:
    """The offset that a zone has at a local time: by abbreviation, IANA name or the name that Windows has for it.

    An abbreviation that `timezone` has, is its own. None for what is no zone.
    """
    if (own := zone_called(timezone)) is not None:
        # Of a time that is there twice the name says which; and winter's name may be used in summer.
        for local in (moment, moment.replace(fold=1), moment.replace(month=1, day=1), moment.replace(month=7, day=1)):
            if (local.replace(tzinfo=own).tzname() or "").casefold() == name.casefold():
                return local.replace(tzinfo=own).utcoffset()
    if (minutes := ZONES.get(name.casefold())) is not None:
        return timedelta(minutes=minutes)
    zone = zone_called(get_global("windows_zone_mapping").get(name, name))
    return None if zone is None else offset_in(zone, moment)


def offset_in(zone: ZoneInfo, moment: datetime) -> timedelta:
    """The offset of a zone at a local time; where clocks are set, standard time counts, as in PostgreSQL."""
    offsets = [moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)]
    return min(offset for offset in offsets if offset is not None)


@lru_cache(maxsize=1000)
def zone_called(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None for any other text."""
    try:
        return ZoneInfo(name) if name[:1].isalpha() else None
    except (KeyError, ValueError, OSError):  # ValueError: a path; OSError: a folder of zones
        return None


def _beginnings(locale: Locale) -> Iterator[tuple[str, int]]:
    """The first letters of months, where they tell them apart: people abbreviate as they like."""
    months = {folded(name): number for number, name in locale.months["format"]["wide"].items()}
    for length in range(3, 7):
        begun: dict[str, set[int]] = {}
        for name, number in months.items():
            if name.isascii() and name.isalpha():
                begun.setdefault(name[:length], set()).add(number)
        yield from ((beginning, min(numbers)) for beginning, numbers in begun.items() if len(numbers) == 1)


def _locales(country: str) -> list[Locale]:
    locales = []
    for language in get_official_languages(country, regional=True, de_facto=True):
        with suppress(UnknownLocaleError, ValueError):
            locales.append(Locale.parse(language))
    return locales
