"""Trying a mapping on a sample of what a sender posts: what is in it, what could be what, which lead comes of it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from gateway.core.dates import ANYWHERE, Customs
from gateway.core.field_names import PARTS_OF_NAME, alike
from gateway.core.problems import FieldError, Problem
from gateway.http.shapes import Shape
from gateway.intake.answers import answers_in, nested, parts_of, without
from gateway.intake.jsonpath import written
from gateway.intake.kinds import Kind
from gateway.intake.labels import places_in, proposed_for
from gateway.intake.lead import Lead, read_fields
from gateway.intake.mapping import Mapping
from gateway.intake.understanding import BY_NAME, field_asked, fields_of, read_posts

LONGEST_VALUE = 200

_encode = msgspec.json.Encoder().encode


class Found(Shape):
    """Something in the sample: what stands for it in a mapping, its value, and the field it is proposed for."""

    place: str
    value: str
    field: str | None


class Trial(Shape):
    """What is in a sample, and the lead it is read as; `errors` say why there is none."""

    places: list[Found]
    lead: dict[str, Any] | None
    errors: list[FieldError]


def tried(mapping: Mapping, payload: dict[str, Any], customs: Customs = ANYWHERE) -> Trial:
    """What comes of a payload that is posted by a sender with this mapping. Nothing is stored."""
    places = list(places_in(payload))
    proposed = proposed_for([steps for steps, _ in places])
    found = [Found(written(steps), _shown(value), proposed.get(steps)) for steps, value in places]
    try:
        fields = {name: Raw(_encode(value)) for name, value in payload.items()}
        # Of several leads the first is shown, as it would be stored.
        first, *_ = mapping.leads_in(fields) or [fields]
        lead = read_fields(first, mapping, customs)
    except Problem as problem:
        return Trial(found, None, problem.errors)
    return Trial(found, _as_stored(lead), [])


def tried_as(
    kind: Kind, own: dict[str, str | list[str]], payload: dict[str, Any], customs: Customs = ANYWHERE
) -> Trial:
    """The same for a sender of this kind; `own` is what the source's own mapping says beside the kind's.

    Raises Problem 422 for too many leads.
    """
    post = next(iter(parts_of(nested(payload), kind.each.split("."))))
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
    read = read_posts(kind, Mapping(merged), [payload], customs)[0]
    if isinstance(read, Lead):
        return Trial(found, _as_stored(read), [])
    return Trial(found, None, read.errors if isinstance(read, Problem) else [FieldError("body", read.reason)])


def _as_stored(lead: Lead) -> dict[str, Any]:
    return dict(msgspec.json.decode(_encode(lead)))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else _encode(value).decode()
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
