"""Phones and e-mails in their one spelling, as sql/spelling/normalize_phone.sql and prepare_lead.sql give it.

What is sealed has to be spelt before it is hashed, so the gateway must do it itself then, and to the letter alike: a
test compares both. Otherwise PostgreSQL does.
"""

from __future__ import annotations

import re
from typing import NamedTuple

INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")
WITH_FRACTION = re.compile(r"[0-9]+\.0")
SEPARATORS = re.compile(r"[\s().\-/]", re.ASCII)
DIALLED = re.compile(r"^00(?=[1-9])")
DIGITS = re.compile(r"[0-9]{6,15}")
LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+", re.ASCII)


class PhoneRules(NamedTuple):
    """How phones of a country are written: calling code without plus, trunk prefix, lengths of a national number."""

    calling_code: str
    trunk_prefix: str
    lengths: frozenset[int]


def normalize_phone(phone: str, rules: PhoneRules) -> str | None:
    """A phone in international form, or as it was given where it cannot be understood; None for an empty one."""
    if INTERNATIONAL.fullmatch(phone):
        return phone
    given = phone.strip(" ")
    if WITH_FRACTION.fullmatch(given):
        given = given.removesuffix(".0")
    digits = DIALLED.sub("+", SEPARATORS.sub("", given))
    if INTERNATIONAL.fullmatch(digits):
        return digits
    if not DIGITS.fullmatch(digits):
        return given or None
    code, trunk, lengths = rules
    has_trunk = trunk != "" and digits.startswith(trunk)
    if len(digits) in lengths and not has_trunk:
        return f"+{code}{digits}"
    if has_trunk and len(digits) - len(trunk) in lengths:
        return f"+{code}{digits[len(trunk) :]}"
    if digits.startswith(code) and len(digits) - len(code) in lengths:
        return f"+{digits}"
    return given


def normalize_email(email: str) -> str | None:
    """An e-mail address in lower case, letters beyond ASCII as they are; None for an empty one."""
    return email.strip(" ").translate(LOWER) or None


def identifies(kind: str, value: str) -> bool:
    """Whether a phone or e-mail in its one spelling tells whose it is, as routing.keys_of() says."""
    return bool((INTERNATIONAL if kind == "phone" else ADDRESS).fullmatch(value))
