"""Timelines as people write them: "3 months", "immediate", "next quarter", "1-3 months", "within 90 days".

A timeline is the number of months within which somebody would buy, 0 for now.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple

from gateway.core.amounts import WORD

LONGEST = 100
MOST_MONTHS = 600

NOW = frozenset(
    (
        *("immediate", "immediately", "asap", "as soon as possible", "now", "right now", "right away", "urgent"),
        *("urgently", "very urgent", "today", "tomorrow", "at once", "instantly", "this week", "ready", "ready to buy"),
        *("ready to move", "immediate requirement", "immediately required", "now itself", "turant", "abhi", "तुरंत"),
        *(
            "अभी",
            "सध्या",
            "sofort",
            "imediato",
            "inmediato",
            "immédiat",
            "segera",
            "срочно",
            "urgente",
            "agora",
            "ahora",
        ),
    )
)
# By their end at the latest, whenever that is asked.
PERIODS = {
    **dict.fromkeys(("this month", "current month", "end of the month", "month end", "by month end"), 1),
    **dict.fromkeys(("next month", "coming month"), 2),
    **dict.fromkeys(("this quarter", "current quarter"), 3),
    **dict.fromkeys(("next quarter", "coming quarter"), 6),
    **dict.fromkeys(("this year", "current year", "within the year"), 12),
    **dict.fromkeys(("next year", "coming year"), 24),
    "half a year": 6,
}
MONTHS_IN = {
    word: months
    for months, words in (
        (Decimal(12) / 365, "day days din दिन दिवस tage dias días"),
        (Decimal(12 * 7) / 365, "w wk wks week weeks hafte हफ्ते सप्ताह आठवडे"),
        (Decimal(12 * 14) / 365, "fortnight fortnights"),
        (Decimal(1), "m mo mos mon mth mths month months mahina mahine महीना महीने माह महिने monat monate mês meses mes"),
        (Decimal(1), "bulan मास"),
        (Decimal(3), "q qtr qtrs quarter quarters"),
        (Decimal(12), "y yr yrs year years saal sal साल वर्ष jahr jahre ano anos año años tahun"),
    )
    for word in words.split()
}
NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "",
            "a an one",
            "two couple",
            *["three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        )
    )
    for word in words.split()
}
# At the latest: what is said is all of it.
WITHIN = frozenset(
    (
        *("within", "in", "under", "below", "upto", "up", "to", "less", "than", "the", "next", "coming", "of", "max"),
        *("maximum", "about", "around", "approx", "by", "before"),
    )
)
# Later than that: only the number of months is known.
AFTER = frozenset(("after", "more", "over", "above", "+", "plus", "min", "minimum", "at", "least", "or"))
TOKEN = re.compile(rf"\d+(?:\.\d+)?|\+|-|–|—|{WORD}")


class Months(NamedTuple):
    """Within how many months; and whether that is all that was said."""

    months: int
    is_all: bool = True


def read_timeline(given: Any) -> Months | None:
    """A timeline; None for what is none. Of 3-6 months, and of more than 6, it is 6, and not all that was said."""
    match given:
        case bool():
            return None
        case int() | float():
            return _months(Decimal(str(given)))
        case str() if len(given) <= LONGEST:
            return _read(given)
    return None


@lru_cache(maxsize=2000)
def _read(text: str) -> Months | None:
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().strip(" .!").split())
    if plain in NOW:
        return Months(0)
    if (months := PERIODS.get(plain.removeprefix("in the ").removeprefix("in "))) is not None:
        return Months(months, is_all=False)
    numbers: list[Decimal] = []
    units: list[Decimal] = []
    is_all = True
    for token in TOKEN.findall(plain):
        if token[0].isdecimal():
            numbers.append(Decimal(token))
        elif token in MONTHS_IN and len(units) < len(numbers):
            units += [MONTHS_IN[token]] * (len(numbers) - len(units))
        elif token in MONTHS_IN and not numbers:  # within the month
            numbers.append(Decimal(1))
            units.append(MONTHS_IN[token])
        elif token in NUMBERS and len(units) == len(numbers):
            numbers.append(Decimal(NUMBERS[token]))
        elif (token in ("-", "–", "—", "to", "se") and numbers) or token in AFTER:
            is_all = False
        elif token not in WITHIN:
            return None
    left = TOKEN.sub("", plain).strip(" .,()/")
    if left or not 1 <= len(numbers) <= 2 or (units and len(units) != len(numbers)):
        return None
    latest = max(number * unit for number, unit in zip(numbers, units or [Decimal(1)] * 2, strict=False))
    return _months(latest, is_all=is_all)


def _months(months: Decimal, *, is_all: bool = True) -> Months | None:
    # 90 days are three months, whatever the calendar says.
    whole = ceil(months - Decimal("0.1")) if months.is_finite() and months >= 0 else -1
    return Months(whole, is_all) if 0 <= whole <= MOST_MONTHS else None
