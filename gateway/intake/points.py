"""Phones and e-mails in what programs put around them: lists of numbers, each with its label; an object of several.

    "phones": [{"label": "home", "value": "…"}, {"label": "work", "value": "…", "primary": true}]
    "phone": {"countryCode": "+91", "number": "…"}
    "phone": {"mobile": "…", "home": "…"}

The primary one comes first, the others behind it in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from gateway.core.field_names import alike
from gateway.intake.names import field_known_as
from gateway.intake.values import text_of

FEWEST_DIGITS = 6
# An address among phones; without a letter before its @ it is a number of WhatsApp or the like.
AMONG_PHONES = re.compile(
    r"[^\s@<>()\[\],;:|/\"']*[A-Za-z][^\s@<>()\[\],;:|/\"']*@[^\s@<>()\[\],;:|/\"'?]+\.[A-Za-z]{2,}"
)
MOST_DIGITS_AT_HOME = 10
DEEPEST = 4
# In which member of an object its number or address stands, as `alike` compares it: the first of these that has one.
SAYS = {
    "phone": (
        *("e164", "value", "full", "fullnumber", "international", "internationalformat", "phonenumber", "phone"),
        *("number", "mobilenumber", "tel", "telephone", "formatted", "raw", "rawvalue", "text", "answer", "content"),
        *("national", "nationalnumber", "nationalformat", "values", "numbers"),
    ),
    "email": (
        *("value", "emailaddress", "email", "address", "mail", "full", "raw", "rawvalue", "text", "answer", "content"),
        *("values", "addresses"),
    ),
}
# Of which kind each number or address of an object is, the likeliest to be answered first.
KINDS = (
    *("primary", "main", "default", "preferred", "mobile", "mobilephone", "cell", "cellphone", "personal", "phone1"),
    *("email1", "whatsapp", "home", "work", "office", "business", "secondary", "other", "others", "alternate"),
    *("alternative", "additional", "landline", "mobile2", "phone2", "email2"),
)
# What phones are called, and persons and orders as well.
OTHERWISE = frozenset(("contact", "number"))
CODES = ("countrycode", "callingcode", "dialcode", "dialingcode", "diallingcode", "prefix", "areacode", "area")
FIRST = ("primary", "isprimary", "default", "isdefault", "main", "preferred", "ispreferred")


class Points(NamedTuple):
    """The numbers or addresses in a value; whether each part of it has one, and whether it says nothing beside them."""

    texts: list[str]
    is_all: bool
    is_bare: bool


def points_in(field: str, value: Any) -> Points:
    """The phones or e-mails, as `field` says, in a list or an object."""
    found = Points([], is_all=True, is_bare=True)
    for points in _read(field, value, 0):
        found = Points(found.texts + points.texts, found.is_all and points.is_all, found.is_bare and points.is_bare)
    once: dict[str, str] = {}
    for text in found.texts:
        once.setdefault(_same(text), text)
    return found._replace(texts=[*once.values()])


@lru_cache(maxsize=2000)
def holds_points(name: str) -> str | None:
    """Whether phones or e-mails are in a list or an object of this name, and which."""
    field = field_known_as(name)
    return field if field in ("phone", "email") and alike(name) not in OTHERWISE else None


def may_be(field: str, text: str | None) -> bool:
    """Whether a text under another name than ours can be this field: names mean many things."""
    if field == "phone":
        return sum(map(str.isdigit, text or "")) >= FEWEST_DIGITS or AMONG_PHONES.search(text or "") is not None
    return field != "email" or "@" in (text or "")


def same_as(field: str, text: object) -> str:
    """A phone or an e-mail, as far as it tells people apart: +91 98100 00001 is 9810000001."""
    return _same(str(text)) if field in ("phone", "email") else str(text).strip().casefold()


def _read(field: str, value: Any, depth: int) -> Iterator[Points]:
    if isinstance(value, list) and depth < DEEPEST:
        for one in sorted(value, key=_is_second):
            yield from _read(field, one, depth + 1)
    elif isinstance(value, dict) and depth < DEEPEST:
        yield _in_object(field, value, depth)
    elif value not in (None, "", [], {}):
        text = text_of(value).text
        yield Points([text] if text and not text.isspace() else [], is_all=text is not None, is_bare=True)


def _in_object(field: str, value: dict[str, Any], depth: int) -> Points:
    members = {alike(name): one for name, one in reversed(value.items())}
    texts: list[str] = []
    used = 0
    for name in SAYS[field]:
        if name in members and (inner := _fit(field, members[name], depth)):
            texts, used = _with_code(members, inner) if field == "phone" else (inner, 1)
            break
    for name in KINDS:
        if name in members and (inner := _fit(field, members[name], depth)):
            texts, used = texts + inner, used + 1
    is_all = bool(texts) or not any(map(_says, value.values()))
    return Points(texts, is_all, is_bare=used == len(value))


def _fit(field: str, value: Any, depth: int) -> list[str]:
    if isinstance(value, bool):
        return []
    return [text for points in _read(field, value, depth + 1) for text in points.texts if may_be(field, text)]


def _with_code(members: Mapping[str, Any], texts: list[str]) -> tuple[list[str], int]:
    """The number with the codes that stand beside it, and of how many members it is made."""
    [first, *others] = texts
    codes = [str(members[name]).strip() for name in CODES if name in members]
    codes = [code for code in codes if any(map(str.isdigit, code)) and len(code) <= 6]
    if not codes or first.lstrip().startswith("+"):
        return texts, 1
    calling = "".join(filter(str.isdigit, codes[0]))
    if any(name in members for name in CODES[:6]):
        if _digits(first).startswith(calling) and len(_digits(first)) > MOST_DIGITS_AT_HOME:
            return [f"+{first.strip()}", *others], 1 + len(codes)
        codes[0] = f"+{calling}"
    return [" ".join([*codes, first]), *others], 1 + len(codes)


def _is_second(value: Any) -> bool:
    """Whether nothing says that it is the first of all."""
    if not isinstance(value, dict):
        return True
    return not any(alike(name) in FIRST and one in (True, 1, "true", "1", "yes") for name, one in value.items())


def _says(value: Any) -> bool:
    return value not in (None, "", [], {}, False)


def _same(text: str) -> str:
    text = text.strip().lower()
    return text if "@" in text else _digits(text)[-9:] or text


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
