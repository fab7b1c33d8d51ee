"""What a cell means: words of spreadsheets for nothing are nothing, and an e-mail address stands without decoration.

All of it is asked of every cell of a file, so what most cells are is found out without a pattern.
"""

from __future__ import annotations

import re

from gateway.core.nothing import LONGEST, says_nothing

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


def meaning(cell: str, nothing: frozenset[str]) -> str:
    """What a cell says; empty for what is `nothing_in` its field. Somebody may well be named Null."""
    text = cell
    if cell.startswith('="') and (found := AS_TEXT.fullmatch(cell)):
        text = found[1].replace('""', '"')
    return "" if len(text) <= LONGEST and says_nothing(text, nothing) else text


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
