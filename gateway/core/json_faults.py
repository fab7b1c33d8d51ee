"""Why a body is no JSON, for whoever has made it: what is wrong, where, and how it should be written."""

from __future__ import annotations

import re

import msgspec

PLACE = re.compile(r" \(byte ([0-9]+)\)$")
SHOWN = 20
# What msgspec says; what that means, and what to do.
FAULTS = (
    ("Input data was truncated", "it ends before it is complete", "Send all of it."),
    ("object keys must be strings", "a name is not in quotation marks", 'Write names as "name", with double quotes.'),
    ("trailing characters", "something follows after its end", "Send one object, or a list of them in [ ]."),
    ("invalid number", "a number is written as no number may be", 'Write phones as "+91…", in double quotes.'),
    ("expected ':'", "there is no colon after a name", 'Write "name": "value".'),
    ("expected ','", "there is no comma between two values", r"Write a double quote within a text as \"."),
    ("invalid escape", "a backslash stands before a wrong letter", r"Write a backslash as \\."),
    ("invalid character", "a value is not in quotation marks", 'Write texts as "text", with double quotes.'),
)


def why_no_json(text: bytes, error: msgspec.DecodeError) -> tuple[str, str]:
    """What is wrong with a text in UTF-8 that msgspec could not decode, and what to do about it."""
    begins = text.lstrip()[:SHOWN]
    if not begins:
        return "It is empty.", "Send the lead as JSON."
    if begins[:1] == b"<":
        return "It is XML or HTML.", "Send the lead as JSON."
    if begins.startswith(b"[object"):
        return "It says “[object Object]”, not what is in the object.", "Send JSON.stringify(object)."
    if begins[:1] not in b'{["':
        shown = " ".join(begins.decode(errors="replace").split())
        return f"It is not valid JSON: it begins with “{shown}”.", 'Send {"name": "…", "phone": "…"}, or a form.'
    said = str(error).removeprefix("JSON is malformed: ")
    message, remedy = next(((means, what) for found, means, what in FAULTS if said.startswith(found)), (said, ""))
    place = PLACE.search(said)
    return f"It is not valid JSON: {PLACE.sub('', message)}{_place(text, int(place[1])) if place else ''}.", remedy


def _place(body: bytes, at: int) -> str:
    before, rest = body[:at].decode(errors="replace"), body[at:].decode(errors="replace")
    line = before.count("\n") + 1
    where = f"character {len(before) - before.rfind(chr(10))}" + (f" of line {line}" if line > 1 else "")
    shown = " ".join(rest[:SHOWN].split())
    return f", at {where}" + (f", where it says “{shown}”" if shown else "")
