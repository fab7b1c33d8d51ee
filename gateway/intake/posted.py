"""What was posted, whatever program wrote it: one lead or many, as JSON, as a form, or as what only looks like either.

A body's media type is believed where it says multipart; else what the body begins with says more. Programs send JSON as
text/plain, without any type, and as application/x-www-form-urlencoded (`curl -d`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from msgspec import Raw

from gateway.core.dates import Customs
from gateway.core.problems import FieldError, Problem, invalid
from gateway.http.bodies import LARGEST_BODY
from gateway.intake.form_body import FORM, MULTIPART, read_pairs
from gateway.intake.form_fields import charset_of, fields_of
from gateway.intake.lead import (
    WAYS_TO_KNOW_A_LEAD,
    Fields,
    Lead,
    decoded,
    field_known_as,
    read_fields,
    read_lead,
)
from gateway.intake.mapping import Mapping

JSON = "application/json"
MEDIA_TYPES = (JSON, FORM, MULTIPART, "text/plain")
MOST_LEADS = 500

# How JSON begins in each encoding that is known by its look, and XML or a page.
JSON_BEGINS = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|\x00)*[\s\x00]*[{\[]")
OTHER_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
FORM_BEGINS = re.compile(rb"[^\s=&{}<>\"]{1,200}=")

Posted = Fields | list[Raw]

_decode_fields = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_list = msgspec.json.Decoder(list[dict[str, Raw]]).decode
_decode = msgspec.json.Decoder(dict[str, Raw] | list[Raw]).decode


async def read_posted(body: bytes, content_type: str = "") -> Posted:
    """The fields that were posted, each JSON; or a list of leads, each JSON. Raises Problem 400, 413, 415 or 422."""
    if is_form(body, content_type):
        return fields_of(await read_pairs(body, content_type or FORM))
    return read_json_posted(body, content_type)


def is_form(body: bytes, content_type: str = "") -> bool:
    """Whether it is a form, of either kind."""
    media_type = _media_type(content_type)
    if media_type == MULTIPART:
        return True
    may_be = media_type == FORM or (not _is_json(media_type) and FORM_BEGINS.match(body) is not None)
    return may_be and not JSON_BEGINS.match(body)


def read_json_posted(body: bytes, content_type: str = "") -> Posted:
    """The fields of a lead, or many leads, in JSON. Raises Problem 400, 415 or 422."""
    _refuse_others(_media_type(content_type), body)
    try:
        posted: Posted = decoded(body, _decode, charset_of(content_type))
    except msgspec.ValidationError:
        hint = 'Send {"name": …}, or [{"name": …}, {"name": …}].'
        raise invalid(FieldError("body", "It must be a lead, or a list of leads.", hint)) from None
    if isinstance(posted, list):
        check_number(len(posted))
    return posted


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
    """The leads in the one list of an object that says of no lead itself: {"leads": [{…}, {…}]}.

    Each has the other fields of the object, too.
    """
    if any(field_known_as(name) in WAYS_TO_KNOW_A_LEAD for name in posted):
        return None
    lists = {name: found for name, raw in posted.items() if (found := _leads_of(raw))}
    if len(lists) != 1:
        return None
    [(name, leads)] = lists.items()
    check_number(len(leads))
    beside = {other: raw for other, raw in posted.items() if other != name}
    if len(leads) * sum(len(bytes(raw)) for raw in beside.values()) > LARGEST_BODY:
        raise invalid(FieldError("body", "There is too much beside the leads.", "Send fewer leads at once."))
    return [{**beside, **lead} for lead in leads]


def _leads_of(raw: Raw) -> list[Fields] | None:
    if bytes(raw)[:1] != b"[":
        return None
    try:
        found = _decode_list(raw)
    except msgspec.DecodeError:
        return None
    return found if found and all({*map(field_known_as, lead)} & {"phone", "email"} for lead in found) else None


def read_one(lead: Raw | Fields, mapping: Mapping | None, customs: Customs) -> Lead:
    """One of many leads. Raises as `read_lead` does."""
    if isinstance(lead, dict):
        return read_fields(lead, mapping, customs)
    return read_lead(bytes(lead), mapping, customs)


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
