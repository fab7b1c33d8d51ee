"""JSON that can be read back: what everybody's numbers hold, and what is nested no deeper than anybody means to.

PostgreSQL keeps a number of any size and writes out all of its digits, 131,072 for `1e131071`; no program takes that
back as a number. So a sender's larger ones are kept as the text they were sent as: nothing is lost, and whatever reads
the lead later can. What plain SQL stored is read by `decode_any`.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

LONGEST_NUMBER = 30
LARGEST_EXPONENT = 30
MOST_LEVELS = 50

# Every lead with metadata pays for this look: it begins only where a number can.
_SUSPECT = re.compile(rb"(?:\A|[:,\[\s])-?(?:[0-9][0-9.]*[eE][+-]?[0-9]{2}|[0-9.]{%d})" % (LONGEST_NUMBER + 1))
_TEXT = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_TEXT_OR_NUMBER = re.compile(_TEXT + rb"|(-?[0-9][0-9.]*(?:[eE][+-]?0*([0-9]*))?)", re.DOTALL)
_TEXT_OR_BRACKET = re.compile(_TEXT + rb"|[\[{\]}]", re.DOTALL)


def readable(raw: bytes) -> bytes:
    """A JSON value with texts in the place of numbers that cannot be read back."""
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
    """What any JSON says, numbers that are too large as text. Raises RecursionError for what is nested too deeply."""
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
