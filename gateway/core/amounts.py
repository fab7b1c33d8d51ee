"""Budgets as people write them: "10-15 lakh", "5L", "up to 2 cr", "$2k", "₹ 5,00,000 to 10,00,000".

A text is read whole or not at all: every word in it must mean something. A budget is in the money of the workspace's
country: what is in other money is none that could be compared with it.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_territory_currencies, list_currencies

LONGEST = 100
MOST = Decimal(10**15)
THOUSAND = 1000
FRACTION = re.compile(r"\d\.\d")
# As long as a sign and three digits: 10,000.
BEFORE_THREE_DIGITS = 4

# What is written behind a number, by the zeros that it stands for.
UNITS = {
    word: Decimal(10**zeros)
    for zeros, words in (
        (3, "k t th thousand thousands hazar hajar हज़ार हजार tausend tsd mil mille ribu тыс"),
        (5, "l lk lkh lac lacs lakh lakhs lack lacks lakhh लाख ലക്ഷം లక్షలు లక్ష லட்சம் লাখ લાખ ਲੱਖ لاکھ"),
        (6, "m mn mm mio million millions juta млн"),
        (7, "c cr crs crore crores करोड़ करोड कोटी കോടി కోట్లు కోటి கோடி কোটি કરોડ ਕਰੋੜ کروڑ"),
        (9, "b bn billion billions"),
    )
    for word in words.split()
}
# Signs and words of money; a code of ISO 4217 is that currency.
MONEY: dict[str, frozenset[str]] = {
    **dict.fromkeys(("₹", "rupee", "rupees", "rupaye", "रुपये", "रुपए", "रू", "रु", "ரூபாய்"), frozenset(("INR",))),
    **dict.fromkeys(("rs", "₨"), frozenset(("INR", "PKR", "LKR", "NPR", "MUR"))),
    **dict.fromkeys(
        ("$", "dollar", "dollars", "bucks"),
        frozenset(("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP")),
    ),
    **dict.fromkeys(("us$", "u$"), frozenset(("USD",))),
    **dict.fromkeys(("€", "euro", "euros"), frozenset(("EUR",))),
    **dict.fromkeys(("£", "pound", "pounds", "quid"), frozenset(("GBP", "EGP"))),
    **dict.fromkeys(("r$", "real", "reais"), frozenset(("BRL",))),
    **dict.fromkeys(("dirham", "dirhams", "dhs", "dh"), frozenset(("AED", "MAD"))),
    **dict.fromkeys(("riyal", "riyals", "sr"), frozenset(("SAR", "QAR", "OMR"))),
    **dict.fromkeys(("s$",), frozenset(("SGD",))),
    **dict.fromkeys(("rp",), frozenset(("IDR",))),
}
AT_MOST = (
    *("upto", "up to", "under", "below", "less than", "lesser than", "max", "maximum", "at most", "within"),
    *("not more than", "no more than", "<", "<=", "≤", "or less", "or below", "and below", "tak", "तक"),
)
AT_LEAST = (
    *("above", "over", "more than", "greater than", "min", "minimum", "at least", "atleast", "starting", "starting at"),
    *("from", "starting from", ">", ">=", "≥", "+", "plus", "and above", "& above", "or more", "or above", "and more"),
    *("onwards", "upwards"),
)
# What says nothing of how much it is.
PASSED_OVER = (
    *("approx", "approximately", "around", "about", "roughly", "nearly", "almost", "budget", "only", "between", "~"),
    *("/-", "is", "my", "our", "of", "max.", "inclusive", "all inclusive", "total"),
)
SEPARATORS = frozenset(("-", "–", "—", "to", "till", "until", "and", "se", "से", "/", "bis", "a"))
# Signs above and below letters are parts of words in the scripts of India.
WORD = r"(?:[^\W\d_]|[\u0300-\u036f\u0900-\u0dff\u200c\u200d])+"
TOKEN = re.compile(rf"\d+(?:[.,']\d+)*(?: \d{{2,3}}(?!\d))*|[<>]=?|/-|(?:us|[a-z])?\$|{WORD}|\S")
PHRASES = {
    tuple(TOKEN.findall(phrase)): meaning
    for phrases, meaning in ((AT_MOST, "most"), (AT_LEAST, "least"), (PASSED_OVER, ""))
    for phrase in phrases
}
LONGEST_PHRASE = max(map(len, PHRASES))


def read_budget(given: Any, country: str = "") -> str | None:
    """A budget as PostgreSQL writes a range of numbers, "[1000000,1500000]"; None for what is none, or in other money.

    `given` is a text, a number, or {"least", "most"} as we answer it. Without a `country` any money will do.
    """
    match given:
        case bool():
            return None
        case int() | float():
            return _range(Decimal(str(given)), Decimal(str(given)))
        case {"least": least, "most": most, **rest} if not rest:
            if {type(least), type(most)} - {int, float, type(None)} or (least is None and most is None):
                return None
            return _range(*(None if end is None else Decimal(str(end)) for end in (least, most)))
        case str() if len(given) <= LONGEST:
            return _read(given, country)
    return None


def written_budget(least: Decimal | None, most: Decimal | None) -> str:
    """A budget as text that `read_budget` reads as it was."""
    if least is None or most is None:
        return f"up to {_plain(most or Decimal(0))}" if least is None else f"{_plain(least)} or more"
    # With cents they are meant as they stand.
    ends = [_plain(end) + (".00" if most < THOUSAND and end == end.to_integral() else "") for end in (least, most)]
    return _plain(least) if least == most else " - ".join(ends)


@lru_cache(maxsize=2000)
def _read(text: str, country: str) -> str | None:
    plain = unicodedata.normalize("NFKC", text).casefold().strip(" .")
    tokens = TOKEN.findall("".join(_digit(letter) for letter in plain))
    meanings: list[str] = []
    parts: list[tuple[Decimal, Decimal | None]] = []
    separated = False
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token[0].isdigit() or (token == "." and at + 1 < len(tokens) and tokens[at + 1].isdigit()):
            if token == ".":
                at += 1
                token = f"0.{tokens[at]}"
            number = _number(token, country)
            unit = UNITS.get(tokens[at + 1]) if at + 1 < len(tokens) else None
            if number is None:
                return None
            parts.append((number, unit))
            at += 1 if unit is None else 2
            continue
        if (currencies := _money(token)) is not None:
            if country and not currencies & _own_money(country):
                return None
            at += 1
            continue
        phrase = _phrase_at(tokens, at)
        if phrase and not (phrase == ("from",) and "to" in tokens):
            meanings.append(PHRASES[phrase])
            at += len(phrase)
        elif token in SEPARATORS and len(parts) == 1 and not separated:
            separated = True
            at += 1
        elif token in (".", ",", "(", ")", ":", "from"):
            at += 1
        else:
            return None
    if separated and FRACTION.search(plain) is None and all(not unit and number < THOUSAND for number, unit in parts):
        return None  # 10-15, of lakhs perhaps
    return _meant(parts, {*meanings} - {""}, separated=separated)


def _phrase_at(tokens: list[str], at: int) -> tuple[str, ...]:
    """The longest phrase that begins here; else an empty one."""
    for length in range(LONGEST_PHRASE, 0, -1):
        if (phrase := tuple(tokens[at : at + length])) in PHRASES:
            return phrase
    return ()


def _meant(parts: list[tuple[Decimal, Decimal | None]], limits: set[str], *, separated: bool) -> str | None:
    match parts:
        case [(number, unit)] if not separated and len(limits) < 2:
            amount = number * (unit or 1)
            return _range(None if limits == {"most"} else amount, None if limits == {"least"} else amount)
        case [(first, unit), (second, last)] if separated and not limits:
            # 10-15 lakh: both are lakhs; 5000 - 1 lakh.
            most = second * (last or 1)
            shared = first * (unit or last or 1)
            return _range(first if shared > most and first >= THOUSAND else shared, most)
    return None


def _range(least: Decimal | None, most: Decimal | None) -> str | None:
    if any(end is not None and not (end.is_finite() and 0 <= end <= MOST) for end in (least, most)):
        return None
    if least is not None and most is not None and least > most:
        return None
    return f"{'(' if least is None else '[' + _plain(least)},{')' if most is None else _plain(most) + ']'}"


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _number(text: str, country: str) -> Decimal | None:
    """5,00,000 and 1.500.000,50: what stands once, behind the others, may part a fraction from the whole."""
    signs = re.findall(r"[.,' ]", text)
    fraction = ""
    if signs:
        last = text[re.search(r"[.,' ]\d*$", text).start() :]  # type: ignore[union-attr]
        may_end = signs[-1] in ".," and signs.count(signs[-1]) == 1
        if may_end and (signs[-1] == _decimal_sign(country) or len(last) < BEFORE_THREE_DIGITS):
            fraction, text = last[1:], text[: -len(last)]
    groups = re.split(r"[.,' ]", text)
    if any(len(group) not in (2, 3) for group in groups[1:]) or (len(groups) > 1 and len(groups[-1]) != 3):
        return None
    digits = "".join(groups)
    return Decimal(f"{digits}.{fraction or 0}").normalize() + 0 if len(digits) <= 16 else None


def _money(token: str) -> frozenset[str] | None:
    if token in UNITS:
        return None
    return MONEY.get(token) or (frozenset((token.upper(),)) if token.upper() in _codes() else None)


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


@lru_cache(maxsize=300)
def _own_money(country: str) -> frozenset[str]:
    return frozenset(get_territory_currencies(country))


@lru_cache(maxsize=300)
def _decimal_sign(country: str) -> str:
    try:
        return get_decimal_symbol(Locale.parse(f"und_{country}")) if country else "."
    except (UnknownLocaleError, ValueError):
        return "."


def _digit(letter: str) -> str:
    digit = unicodedata.decimal(letter, None)
    return letter if digit is None else str(digit)
