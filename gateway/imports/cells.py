"""What a cell means: words of spreadsheets for nothing are nothing, and an e-mail address stands without decoration.

All of it is asked of every cell of a file, so what most cells are is found out without a pattern.
"""

from __future__ import annotations

import re

from gateway.core.field_names import PARTS_OF_NAME

# What Excel, LibreOffice and Google Sheets write for a formula that failed, in the languages their users have.
ERRORS = frozenset([
    *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BUSY!"),
    *("#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#ERROR!", "#EXTERNAL!", "#PYTHON!", "#GETTING_DATA", "#NV", "#N/D"),
    *("#WERT!", "#ZAHL!", "#¿NOMBRE?", "#¡REF!", "#¡VALOR!", "#¡DIV/0!", "#NOMBRE?", "#VALOR!", "#NOM?", "#VALEUR!"),
    *("#BEZUG!", "#NOME?", "#DIV/0", "#REF", "#VALUE", "#NAME"),
    *(f"Err:{number}" for number in range(501, 541)),
])  # fmt: skip
# What says nothing in a cell of which nothing else is known.
NULLS = ERRORS | {"NULL", "null", "(null)", "\\N"}
# What programs and people write where there is nothing, in any case. Na, Nil and None are names of people, too.
NOTHING_IN_NAMES = frozenset([
    *(error.casefold() for error in ERRORS),
    *("null", "(null)", "<null>", "[null]", "\\n", "n/a", "n.a", "n.a.", "nan", "(blank)", "(empty)", "(none)"),
    "undefined",
    *(sign * times for sign in "-–—_." for times in range(1, 7)),
])  # fmt: skip
NOTHING = NOTHING_IN_NAMES | {"na", "nil", "none", "not available", "not provided", "not given"}
LONGEST_NOTHING = max(map(len, NOTHING))
MAY_BE_NAMES = frozenset(["name", *PARTS_OF_NAME, "message", "external_id", "source_row_id"])

# ="98100 00001": so that a spreadsheet takes it for a text.
AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
ADDRESS = re.compile(r"[^\s@<>()\[\]\",;:|]+@[^\s@<>()\[\]\",;:|]+\.[^\s@<>()\[\]\",;:|.]+")
TO = re.compile(r"mailto:", re.IGNORECASE)

# A number with a fraction, as a spreadsheet has it that took something else for the phone.
WITH_FRACTION = re.compile(r"[0-9]{6,15}\.(?!0+$)[0-9]{1,4}")
YES = re.compile(
    r"yes|y|true|t|1(\.0)?|x|✓|✔|on|dnc|dnd|do not (call|contact|disturb)|don'?t call|opt(ed)?[ -]?out|unsubscribed|"
    r"stop|हाँ|हां|ha|haan|ja|si|sí|sim|oui|ya|да",
    re.IGNORECASE,
)


def nothing_in(field: str) -> frozenset[str]:
    """What says nothing in a cell of this field, in small letters."""
    return NOTHING_IN_NAMES if field in MAY_BE_NAMES else NOTHING


def meaning(cell: str, nothing: frozenset[str]) -> str:
    """What a cell says; empty for what is `nothing_in` its field. Somebody may well be named Null."""
    text = cell
    if cell.startswith('="') and (found := AS_TEXT.fullmatch(cell)):
        text = found[1].replace('""', '"')
    if len(text) <= LONGEST_NOTHING and text.casefold() in nothing and text != "Null":
        return ""
    return text


def address_in(text: str) -> tuple[str, bool]:
    """The e-mail address in a text such as `Ria Sen <ria@example.com>`, and whether there are more in it."""
    if ADDRESS.fullmatch(text):
        return text, False
    found = ADDRESS.findall(TO.sub("", text))
    if not found:
        return text, False
    first: str = found[0].strip(".'`")
    return first, len({address.casefold() for address in found}) > 1


def has_fraction(phone: str) -> bool:
    """Whether what should be a phone is a number with a fraction."""
    return "." in phone and WITH_FRACTION.fullmatch(phone) is not None


def says_yes(text: str) -> bool:
    """Whether a cell says yes."""
    return YES.fullmatch(text.strip()) is not None
