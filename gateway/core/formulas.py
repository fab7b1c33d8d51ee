"""Cells that a spreadsheet would take for formulas: guarded on their way out, unguarded when they come back."""

from __future__ import annotations

import re

# A spreadsheet takes a cell for a formula if it begins with one of these signs, even in full width or after invisible
# characters. Numbers, such as those of phones, may begin with one. Where the list separator is a semicolon,
# spreadsheets split cells at semicolons, so each part of a cell is looked at.
_PARTED_BY = r"[;\t\r\n]"
_UNSEEN = r"[^\S\t\r\n]|[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
_SIGNS = r"[=@\uff1d\uff20\ufe66\ufe6b]|[+\-\uff0b\uff0d\ufe62\ufe63\u2212](?![0-9 ().-]+(?:[;\t\r\n]|\Z))"
_DANGER = rf"(?:{_UNSEEN})*(?:{_SIGNS})"
FORMULA = re.compile(rf"(\A|{_PARTED_BY})(?='*{_DANGER}|(?<![\s\S])'*[\t\r\n])")
GUARDED = re.compile(rf"(\A|{_PARTED_BY})'(?='*{_DANGER}|(?<=\A')'*[\t\r\n])")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before what would be one."""
    return FORMULA.sub(r"\1'", cell)


def unguarded(cell: str) -> str:
    """What was `guarded`, as it was before. A cell that has apostrophes of its own got one more, so one goes."""
    return GUARDED.sub(r"\1", cell) if "'" in cell else cell
