"""What programs and people write where there is nothing: in a cell of a sheet, or in a field that is posted."""

from __future__ import annotations

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
# Na and Nil are names of people, too; and so are these two, as people write them.
NOTHING_IN_NAMES = frozenset([
    *(error.casefold() for error in ERRORS),
    *("null", "(null)", "<null>", "[null]", "\\n", "n/a", "n.a", "n.a.", "nan", "(blank)", "(empty)", "(none)"),
    *("undefined", "none", "not available", "not provided", "not given", "not specified", "not applicable"),
    *(sign * times for sign in "-–—_." for times in range(1, 7)),
])  # fmt: skip
NAMES = frozenset(("Null", "None"))
NOTHING = NOTHING_IN_NAMES | {"na", "nil"}
LONGEST = max(map(len, NOTHING))
MAY_BE_NAMES = frozenset(["name", *PARTS_OF_NAME, "message", "external_id", "source_row_id"])
# As it is mostly written: what is none of these need not be looked at more closely.
AS_WRITTEN = frozenset(form(text) for text in NOTHING for form in (str.lower, str.upper, str.capitalize, str.title))


def nothing_in(field: str) -> frozenset[str]:
    """What says nothing in this field, in small letters."""
    return NOTHING_IN_NAMES if field in MAY_BE_NAMES else NOTHING


def says_nothing(text: str, nothing: frozenset[str]) -> bool:
    """Whether a text is one of what is `nothing_in` its field. Somebody may well be named Null."""
    return len(text) <= LONGEST and text.casefold() in nothing and not (text in NAMES and nothing is NOTHING_IN_NAMES)
