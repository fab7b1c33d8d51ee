"""Leads within what programs put around them: an object in an object, JSON in a text, in a text once more.

A form with one field `payload` that holds JSON, a body encoded twice, a list of leads under `data`: what is around the
lead says nothing of it, so the lead is read as if it had been posted alone, with what stands beside it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from gateway.core.field_names import alike
from gateway.core.json_faults import why_no_json
from gateway.core.problems import FieldError, invalid
from gateway.core.readable import is_too_deep
from gateway.intake.labels import OTHERS, PERSONS
from gateway.intake.names import WAYS_TO_KNOW_A_LEAD, field_known_as

Fields = dict[str, Raw]

# So often a text may be in a text.
MOST_TIMES = 4
# What programs call that in which a lead stands, as `alike` compares it.
ENVELOPES = PERSONS | {
    *("body", "json", "rawrequest", "rawbody", "rawdata", "postdata", "content", "message", "event", "record"),
    *("params", "jsonpayload", "leaddata", "leads", "request", "entry", "response", "result", "detail", "details"),
}
DEEPEST = 4
# In bytes, of all leads of a list together.
MOST_BESIDE = 1024 * 1024
EMPTY = (b"null", b'""', b"[]", b"{}")
# Where a value stays that has the same name as one of the lead.
AROUND = "around"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_decode_fields = msgspec.json.Decoder(Fields).decode
_decode_list = msgspec.json.Decoder(list[Fields]).decode
_decode_text = msgspec.json.Decoder(str).decode


def opened(raw: bytes) -> bytes | None:
    """The object or list that a JSON value is, or that its text is in JSON, or the text of its text; else None."""
    for _ in range(MOST_TIMES):
        if raw[:1] in (b"{", b"["):
            return raw
        if raw[:1] != b'"':
            return None
        try:
            raw = _decode_text(raw).strip().encode()
        except (msgspec.DecodeError, UnicodeError):
            return None
    return None


def taken_out(posted: Fields, depth: int = 0) -> Fields:
    """The lead in the one object within an object that says of no lead itself, with the fields beside it."""
    if depth == DEEPEST or _says_of_a_lead(posted):
        return posted
    leads = {name: lead for name, raw in posted.items() if (lead := _lead_of(name, raw, depth)) is not None}
    if len(leads) != 1:
        return posted
    [(name, lead)] = leads.items()
    return _with_what_is_beside(lead, posted, name)


def leads_within(posted: Fields) -> list[Fields] | None:
    """The leads in the one list within an object that says of no lead itself, each with the fields beside the list.

    Raises Problem 422 where that would be too much.
    """
    if _says_of_a_lead(posted):
        return None
    lists = {name: leads for name, raw in posted.items() if (leads := _leads_of(raw))}
    if len(lists) != 1:
        return None
    [(name, leads)] = lists.items()
    beside = sum(len(bytes(raw)) for other, raw in posted.items() if other != name)
    if len(leads) * beside > MOST_BESIDE:
        raise invalid(FieldError("body", "The fields beside the leads are too large.", "Send fewer leads at once."))
    return [_with_what_is_beside(lead, posted, name) for lead in leads]


def broken_in(posted: Fields) -> list[FieldError]:
    """What is wrong with texts that should be JSON of a lead, and are none."""
    errors = []
    for name, raw in posted.items():
        inner = opened(bytes(raw)) if alike(name) in ENVELOPES and bytes(raw)[:1] == b'"' else None
        if inner is not None:
            try:
                _decode(inner)
            except msgspec.DecodeError as error:
                errors.append(FieldError(name, *why_no_json(inner, error)))
    return errors


def _says_of_a_lead(posted: Fields) -> bool:
    return any(field_known_as(name) in WAYS_TO_KNOW_A_LEAD and bytes(raw) not in EMPTY for name, raw in posted.items())


def _lead_of(name: str, raw: Raw, depth: int) -> Fields | None:
    """The lead in a value: in an object of an envelope's name, and in JSON in a text, whatever its name."""
    inner, is_envelope = opened(bytes(raw)), alike(name) in ENVELOPES
    is_text = bytes(raw)[:1] == b'"'
    if inner is None or inner[:1] != b"{" or not (is_envelope or (is_text and alike(name) not in OTHERS)):
        return None
    if is_too_deep(inner):
        return None
    try:
        fields = taken_out(_decode_fields(inner), depth + 1)
    except msgspec.DecodeError:
        return None
    known = {field_known_as(one) for one, value in fields.items() if bytes(value) not in EMPTY}
    # Many things have a name.
    ways = WAYS_TO_KNOW_A_LEAD if is_text and is_envelope else WAYS_TO_KNOW_A_LEAD[1:]
    return fields if known & {*ways} else None


def _leads_of(raw: Raw) -> list[Fields] | None:
    inner = opened(bytes(raw))
    if inner is None or inner[:1] != b"[" or is_too_deep(inner):
        return None
    try:
        found = _decode_list(inner)
    except msgspec.DecodeError:
        return None
    return found if found and all({*map(field_known_as, lead)} & {"phone", "email"} for lead in found) else None


def _with_what_is_beside(lead: Fields, posted: Fields, envelope: str) -> Fields:
    beside = {name: raw for name, raw in posted.items() if name != envelope}
    hidden: dict[str, Any] = {name: beside.pop(name) for name in lead if name in beside}
    return {**beside, **({AROUND: Raw(_encode(hidden))} if hidden else {}), **lead}
