"""Trying a mapping on a sample of what a sender posts: what is in it, what could be what, which lead comes of it."""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.core.dates import ANYWHERE, Customs
from gateway.core.field_names import PARTS_OF_NAME, alike
from gateway.core.problems import FieldError, Problem, invalid
from gateway.core.readable import decode_any, readable
from gateway.http.shapes import Shape
from gateway.intake.answers import answers_in, parts_of, without
from gateway.intake.jsonpath import written
from gateway.intake.kinds import Kind, kinds
from gateway.intake.labels import places_in, proposed_for
from gateway.intake.lead import Fields, Lead
from gateway.intake.mapping import Mapping
from gateway.intake.posted import Posted, leads_in, read_new
from gateway.intake.recognising import NoLead, kind_of
from gateway.intake.understanding import BY_NAME, field_asked, fields_of, read_posts

LONGEST_VALUE = 200
NO_OBJECT = FieldError("body", "A lead must be a JSON object.", 'Send {"name": …}.')

_encode = msgspec.json.Encoder().encode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Found(Shape):
    """Something in the sample: what stands for it in a mapping, its value, and the field it is proposed for."""

    place: str
    value: str
    field: str | None


class Element(Shape):
    """What would become of one of several: whether it is stored as a lead, whose it is, or why it is none."""

    stored: bool
    name: str | None
    errors: list[FieldError]


class Trial(Shape):
    """What is in a sample, and the lead it is read as; `errors` say why there is none. Of several the first is shown.

    `leads` is how many there are in it, and `each` what would become of each of several. `is_test` is whether the lead
    would be stored as a test. `looks_like` is a kind of sender of which the sample is, if it is another than the
    source's.
    """

    places: list[Found]
    lead: dict[str, Any] | None
    errors: list[FieldError]
    leads: int = 1
    is_test: bool = False
    looks_like: str | None = None
    each: tuple[Element, ...] = ()


def tried(mapping: Mapping | None, posted: Posted, customs: Customs = ANYWHERE) -> Trial:
    """What comes of what is posted by a sender with this mapping. Nothing is stored.

    Raises Problem 422 for too many leads, or none.
    """
    many = leads_in(posted, mapping)
    if many is None and isinstance(posted, dict):
        many = [posted]
    reads = [_read(one, mapping, customs) for one in many or ()]
    several = isinstance(posted, list) or len(reads) > 1
    each = tuple(map(_element, reads)) if several else ()
    # The first in which there is anything.
    shown = next((number for number, one in enumerate(many or ()) if _fields_of(one) is not None), None)
    if many is None or shown is None:
        return Trial([], None, [NO_OBJECT], len(reads), each=each)
    fields = (None if isinstance(posted, list) else posted) or _fields_of(many[shown]) or {}
    payload = {name: decode_any(readable(bytes(raw))) for name, raw in fields.items()}
    places, looks_like = list(places_in(payload)), kind_of(payload)
    proposed = proposed_for([steps for steps, _ in places])
    found = [Found(written(steps), _shown(value), proposed.get(steps)) for steps, value in places]
    return _trial(found, reads[shown], len(reads), looks_like, each)


def tried_as(
    kind: Kind, own: dict[str, str | list[str]], posts: list[dict[str, Any]], customs: Customs = ANYWHERE
) -> Trial:
    """The same for a sender of this kind; `own` is what the source's own mapping says beside the kind's.

    Raises Problem 422 for too many leads.
    """
    post = next(iter(parts_of(posts[0], kind.each.split("."))))
    post.pop(kind.key, None)
    said = list(answers_in(kind, post))
    shown = {name: value for name, value in fields_of(said, post).items() if name not in kind.left_out}
    for path in (path for answers in kind.answers for path in (answers.at, answers.titles) if path):
        shown = without(shown, path.split("."))
    places = list(places_in(shown))
    merged = {**kind.mapping, **own}
    of_kind = {
        place: field for field, given in merged.items() for place in ([given] if isinstance(given, str) else given)
    }
    typed = {answer.label: answer.field for answer in said if answer.field}
    found = []
    for steps, value in places:
        place = written(steps)
        named = next(
            (field for known, field in of_kind.items() if place == known or alike(place) == alike(known)), None
        )
        asked = typed.get(place) or field_asked(place)
        asked = "name" if asked in PARTS_OF_NAME else asked
        found.append(Found(place, _shown(value), named or (asked if asked in BY_NAME else None)))
    looks_like = kind_of(posts[0])
    reads = read_posts(kind, Mapping(merged), posts, customs)
    each = tuple(map(_element, reads)) if len(reads) > 1 else ()
    return _trial(found, reads[0], len(reads), None if kinds().get(looks_like or "") is kind else looks_like, each)


def _read(one: msgspec.Raw | Fields, mapping: Mapping | None, customs: Customs) -> Lead | NoLead | Problem:
    if _fields_of(one) is None:
        return invalid(NO_OBJECT)
    try:
        return read_new(one, mapping, customs)
    except Problem as problem:
        return problem


def _fields_of(one: msgspec.Raw | Fields) -> Fields | None:
    try:
        return one if isinstance(one, dict) else _decode_fields(one)
    except msgspec.DecodeError:
        return None


def _element(read: Lead | NoLead | Problem) -> Element:
    if isinstance(read, Lead):
        return Element(stored=True, name=read.name or read.phone or read.email, errors=[])
    return Element(stored=False, name=None, errors=_errors_of(read))


def _errors_of(read: NoLead | Problem) -> list[FieldError]:
    if isinstance(read, NoLead):
        return [FieldError("body", read.reason)]
    return read.errors or [FieldError("body", read.detail)]


def _trial(
    found: list[Found], read: Lead | NoLead | Problem, leads: int, looks_like: str | None, each: tuple[Element, ...]
) -> Trial:
    if isinstance(read, Lead):
        lead = dict(msgspec.json.decode(_encode(read)))
        return Trial(found, lead, [], leads, looks_like=looks_like, each=each)
    return Trial(found, None, _errors_of(read), leads, looks_like=looks_like, each=each)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else _encode(value).decode()
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
