"""JSON that every program can read back: its numbers are not too large, and it is not nested too deeply.

PostgreSQL keeps a number of any size and writes out all of its digits, 131,072 for `1e131071`. Most programs cannot
read that back as a number. So the gateway keeps such a number as the text that was sent: nothing is lost, and every
program can read the lead. `decode_any` reads what plain SQL has stored.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

LONGEST_NUMBER = 30
LARGEST_EXPONENT = 30
MOST_LEVELS = 50

# Every lead with metadata pays for this search, so it looks only where a number can begin.
_SUSPECT = re.compile(rb"(?:\A|[:,\[\s])-?(?:[0-9][0-9.]*[eE][+-]?[0-9]{2}|[0-9.]{%d})" % (LONGEST_NUMBER + 1))
_TEXT = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_TEXT_OR_NUMBER = re.compile(_TEXT + rb"|(-?[0-9][0-9.]*(?:[eE][+-]?0*([0-9]*))?)", re.DOTALL)
_TEXT_OR_BRACKET = re.compile(_TEXT + rb"|[\[{\]}]", re.DOTALL)


def readable(raw: bytes) -> bytes:
    """The JSON value, with numbers that cannot be read back replaced by texts."""
    return _TEXT_OR_NUMBER.sub(_kept, raw) if _SUSPECT.search(raw) else raw


def is_too_deep(raw: bytes) -> bool:
    """Whether a JSON value is nested more than MOST_LEVELS deep."""
    if raw.count(b"[") + raw.count(b"{") <= MOST_LEVELS:
        return False
    level = 0
    for found in _TEXT_OR_BRACKET.finditer(raw):
        level += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(found[0], 0)
        if level > MOST_LEVELS:
            return True
    return False


def decode_any(text: str | bytes) -> Any:
    """Decode any JSON; numbers that are too large become text. Raises RecursionError if it is nested too deeply."""
    try:
        return msgspec.json.decode(text)
    except msgspec.ValidationError:
        return json.loads(readable(text if isinstance(text, bytes) else text.encode()))


def _kept(found: re.Match[bytes]) -> bytes:
    number, exponent = found.groups()
    is_small = number and len(number) <= LONGEST_NUMBER and (not exponent or int(exponent) <= LARGEST_EXPONENT)
    if number is None or is_small:
        return found[0]
    return b'"%b"' % number
