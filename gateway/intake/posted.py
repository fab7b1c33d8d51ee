"""What was posted, whatever program wrote it: one lead or many, as JSON, as a form, or as what only looks like either.

A body's media type is believed where it says multipart; else what the body begins with says more. Programs send JSON as
text/plain, without any type, and as application/x-www-form-urlencoded (`curl -d`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Raw

from gateway.core.dates import Customs
from gateway.core.problems import FieldError, Problem, invalid
from gateway.core.readable import decode_any, readable
from gateway.intake.answers import parts_of
from gateway.intake.envelopes import leads_within
from gateway.intake.form_body import FORM, MULTIPART, read_pairs
from gateway.intake.form_fields import Pairs, charset_of, fields_of, read_encoded
from gateway.intake.kinds import PLAIN, Kind, kinds
from gateway.intake.labels import answers_of
from gateway.intake.lead import NO_METADATA, Fields, Lead
from gateway.intake.mapping import Mapping
from gateway.intake.reading import decoded, read_fields, read_lead
from gateway.intake.recognising import NoLead, kind_of, may_be_of_a_kind, why_no_lead_of_anybody
from gateway.intake.understanding import read_posts

JSON = "application/json"
MEDIA_TYPES = (JSON, FORM, MULTIPART, "text/plain")
MOST_LEADS = 500
LENGTH_OF_A_DATE = 10
# In a list of answers each says what it is the value of.
MOST_ANSWERS = 200
VALUE = re.compile(rb'"(?:raw|string)?(?:values?|answers?|text|response|content)"\s*:', re.IGNORECASE)

# How JSON begins in each encoding that is known by its look, and XML or a page.
JSON_BEGINS = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|\x00)*[\s\x00]*[{\[]")
OTHER_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
FORM_BEGINS = re.compile(rb"[^\s=&{}<>\"]{1,200}=")

Posted = Fields | list[Raw]

_encode = msgspec.json.Encoder().encode
_decode_any = msgspec.json.Decoder().decode
_decode_fields = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_lines = msgspec.json.Decoder(list[Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode
_decode = msgspec.json.Decoder(dict[str, Raw] | list[Raw]).decode


async def read_posted(body: bytes, content_type: str = "") -> Posted:
    """The fields that were posted, each JSON; or a list of leads, each JSON. Raises Problem 400, 413, 415 or 422."""
    if not is_form(body, content_type):
        return read_json_posted(body, content_type)
    pairs = await read_pairs(body, content_type or FORM)
    if (text := json_in(pairs)) is not None:
        return read_json_posted(text.encode())
    return fields_of(pairs)


async def read_form_body(body: bytes, content_type: str) -> Fields:
    """The fields of a form that were filled in; several of one name, such as boxes ticked, are one text.

    A script may send it as JSON, of whatever type. Raises Problem 400, 415 or 422.
    """
    if not is_form(body, content_type):
        posted = read_json_posted(body, content_type)
        if isinstance(posted, list):
            raise invalid(FieldError("body", "It must be what one visitor has filled in.", 'Send {"name": …}.'))
        return posted
    filled: dict[str, list[str]] = {}
    for name, value in await read_pairs(body, content_type or FORM):
        if value.strip():
            filled.setdefault(name, []).append(value)
    return fields_of((name, ", ".join(values)) for name, values in filled.items())


def is_form(body: bytes, content_type: str = "") -> bool:
    """Whether it is a form, of either kind, whatever its type says."""
    media_type = _media_type(content_type)
    if media_type == MULTIPART:
        return True
    return (media_type == FORM or FORM_BEGINS.match(body) is not None) and not JSON_BEGINS.match(body)


def json_in(pairs: Pairs) -> str | None:
    """The JSON that was escaped as if it were a form: the one name in it, with an empty value."""
    if len(pairs) != 1 or not pairs[0][0].lstrip().startswith(("{", "[")):
        return None
    return "=".join(filter(None, pairs[0]))


def read_json_posted(body: bytes, content_type: str = "") -> Posted:
    """The fields of a lead, or many leads, in JSON. Raises Problem 400, 415 or 422."""
    media_type = _media_type(content_type)
    _refuse_others(media_type, body)
    if media_type == FORM:
        # As programs end a form that has but one name.
        body = body.rstrip().removesuffix(b"=")
    try:
        posted: Posted = decoded(body, _decode, charset_of(content_type))
    except msgspec.ValidationError:
        if (form := _form_in(body)) is not None:
            return fields_of(read_encoded(form))
        hint = 'Send {"name": …}, or [{"name": …}, {"name": …}].'
        raise invalid(FieldError("body", "It must be a lead, or a list of leads.", hint)) from None
    except Problem:
        if (lines := _leads_in_lines(body)) is None:
            raise
        posted = lines
    if isinstance(posted, list):
        check_number(len(posted))
        if len(posted) <= MOST_ANSWERS and VALUE.search(posted[0]):
            answers = answers_of(list(map(_decode_any, posted))) or {}
            return {name: Raw(_encode(value)) for name, value in answers.items()} or posted
    return posted


def _leads_in_lines(body: bytes) -> list[Raw] | None:
    """The leads in a body with one of them in each line, as logs and databases are exported."""
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) < 2 or not all(line.lstrip().startswith(b"{") for line in lines):
        return None
    try:
        return _decode_lines(b"[%b]" % b",".join(lines))
    except msgspec.DecodeError:
        return None


def _form_in(body: bytes) -> bytes | None:
    """The form that is the text in a JSON body."""
    try:
        text = _decode_text(body)
    except msgspec.DecodeError:
        return None
    return text.encode() if FORM_BEGINS.match(text.encode()) else None


def leads_in(posted: Posted, mapping: Mapping | None) -> Sequence[Raw | Fields] | None:
    """The many leads that were posted at once; None for one. Raises Problem 422 for too many."""
    if isinstance(posted, list):
        if mapping is None:
            return posted
        many: list[Raw | Fields] = []
        for one in map(_fields, posted):
            within = mapping.leads_in(one) if isinstance(one, dict) else None
            many += within if within is not None else [one]
    else:
        several = _leads_within(posted) if mapping is None else mapping.leads_in(posted)
        if several is None:
            return None
        many = [*several]
    check_number(len(many))
    return many


def _leads_within(posted: Fields) -> list[Fields] | None:
    """The leads in one post, as it shows them itself or as posts of its kind of sender do."""
    found = leads_within(posted)
    if found is None and may_be_of_a_kind(posted):
        post = {name: decode_any(readable(bytes(raw))) for name, raw in posted.items()}
        kind = kinds()[kind_of(post) or PLAIN]
        parts = list(parts_of(post, kind.each.split(".")))
        if len(parts) > 1:
            return [{name: Raw(_encode(value)) for name, value in part.items()} for part in parts]
    return found


def read_one(lead: Raw | Fields, mapping: Mapping | None, customs: Customs) -> Lead:
    """One of many leads. Raises as `read_lead` does."""
    if isinstance(lead, dict):
        return read_fields(lead, mapping, customs)
    return read_lead(bytes(lead), mapping, customs)


def read_new(lead: Raw | Fields, mapping: Mapping | None, customs: Customs) -> Lead | NoLead:
    """What a sender of no kind posts as a lead. Raises as `read_lead` does.

    Where the post shows of which kind it is, and the source has no mapping of its own, it is read as that kind's.
    """
    fields = _fields(lead) if isinstance(lead, Raw) else lead
    if not isinstance(fields, dict) or not may_be_of_a_kind(fields):
        return read_one(lead, mapping, customs)
    post = {name: decode_any(readable(bytes(raw))) for name, raw in fields.items()}
    called = kind_of(post)
    if called is None:
        return read_one(lead, mapping, customs)
    kind = kinds()[called]
    if none := why_no_lead_of_anybody(post, kind):
        return none
    read = read_as(kind, post, customs) if mapping is None else None
    return with_zone(read or read_one(lead, mapping, customs), kind.timezone)


def may_be_of_a_sender(lead: Lead) -> bool:
    """Whether what was read as a lead has to be looked at again, since it may be the post of a kind of sender."""
    return lead.metadata is not NO_METADATA and may_be_of_a_kind(_decode_fields(lead.metadata))


def read_as(kind: Kind, post: dict[str, Any], customs: Customs) -> Lead | None:
    """The one lead that a post is if its sender is of this kind; None where nobody can be called by it."""
    try:
        read = read_posts(kind, Mapping(kind.mapping), [dict(post)], customs)
    except Problem:
        return None
    [lead] = read if len(read) == 1 else [None]
    return lead if isinstance(lead, Lead) and (lead.phone or lead.email) else None


def with_zone(lead: Lead, timezone: str) -> Lead:
    """The lead, its time in this zone if it says none itself."""
    if timezone and lead.timestamp is not None and len(str(lead.timestamp)) > LENGTH_OF_A_DATE:
        at = datetime.fromisoformat(str(lead.timestamp))
        lead.timestamp = (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))).isoformat()
    return lead


def _fields(lead: Raw) -> Raw | Fields:
    try:
        return _decode_fields(lead)
    except msgspec.DecodeError:
        return lead


def check_number(leads: int) -> None:
    """Raises Problem 422 for no leads, or too many at once."""
    if not 0 < leads <= MOST_LEADS:
        raise invalid(FieldError("body", f"There must be 1 to {MOST_LEADS} leads, not {leads}."))


def may_be_json(content_type: bytes | None) -> bool:
    """Whether a body of this Content-Type is read as JSON without a look at it, since nothing else is said."""
    return content_type is None or _is_json(_media_type(content_type.decode("latin-1")))


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type == JSON or media_type.endswith("+json")


def _refuse_others(media_type: str, body: bytes) -> None:
    """Raises Problem 415 for what is no JSON and does not say that it is."""
    if _is_json(media_type) or JSON_BEGINS.match(body):
        return
    if OTHER_BEGINS.match(body):
        raise Problem(415, "The body is XML or HTML. Send the lead as JSON or as a form.")
    if media_type and not media_type.startswith("text/"):
        raise Problem(415, f"The body is of the type {media_type[:100]}. Send the lead as JSON or as a form.")
