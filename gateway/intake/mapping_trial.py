"""Trying a mapping on a sample of what a sender posts: what is in it, what could be what, which lead comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from gateway.core.dates import ANYWHERE, Customs
from gateway.core.field_names import PARTS_OF_NAME, alike, field_called
from gateway.core.problems import FieldError, Problem
from gateway.http.shapes import Shape
from gateway.intake.answers import answers_in, nested, parts_of, without
from gateway.intake.jsonpath import Step, written
from gateway.intake.kinds import Kind
from gateway.intake.lead import Lead, read_fields
from gateway.intake.mapping import Mapping
from gateway.intake.understanding import BY_NAME, field_asked, fields_of, read_posts

MOST_PLACES = 200
LONGEST_PLACE = 300
LONGEST_VALUE = 200
DEEPEST = 8
# What an element of a list says of itself where it is one field among many: [{"name": "phone", "values": ["…"]}, …].
LABELS = ("name", "key", "field", "label", "title", "question", "id", "ref")

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
    places = list(_places(payload))
    proposed = _proposed([steps for steps, _ in places])
    found = [Found(written(steps), _shown(value), proposed.get(steps)) for steps, value in places]
    try:
        lead = read_fields({name: Raw(_encode(value)) for name, value in payload.items()}, mapping, customs)
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
    places = list(_places(shown))
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


def _places(payload: dict[str, Any]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Every single value in a payload with the steps to it, as far as it is likely to matter, in order."""
    waiting: list[tuple[tuple[Step, ...], Any]] = [((Step(name),), value) for name, value in reversed(payload.items())]
    shown = 0
    while waiting and shown < MOST_PLACES:
        steps, value = waiting.pop()
        if isinstance(value, dict | list) and len(steps) < DEEPEST:
            inner = [((*steps, step), value[key]) for key, step in _within(value, steps[-1])]
            waiting += reversed(inner)
        elif not isinstance(value, dict | list) and len(written(steps)) <= LONGEST_PLACE:
            shown += 1
            yield steps, value


def _within(value: dict[str, Any] | list[Any], last: Step) -> list[tuple[Any, Step]]:
    """What there is in a value that the step `last` led to, but for what that step has shown already."""
    if isinstance(value, dict):
        return [(name, Step(name)) for name in value if last.text is None or name != last.key]
    label = next((label for label in LABELS if _tells_apart(label, value)), None)
    if label is None:
        return [(number, Step(number)) for number in range(len(value))]
    return [(number, Step(label, one[label])) for number, one in enumerate(value)]


def _tells_apart(label: str, elements: list[Any]) -> bool:
    said = [one.get(label) if isinstance(one, dict) and len(one) > 1 else None for one in elements]
    return all(isinstance(text, str) for text in said) and len(set(said)) == len(said)


def _proposed(places: Sequence[tuple[Step, ...]]) -> dict[tuple[Step, ...], str]:
    """Which place is likely to be which field: each field once, but for a name in parts."""
    called = {steps: _called(steps) for steps in places}
    proposed: dict[tuple[Step, ...], str] = {}
    for steps, name in called.items():
        field = field_called(name)
        if field is not None and field not in proposed.values():
            proposed[steps] = field
    has_name = "name" in proposed.values()
    in_parts = {steps: "name" for steps, field in proposed.items() if field in PARTS_OF_NAME and not has_name}
    return {steps: field for steps, field in proposed.items() if field not in PARTS_OF_NAME} | in_parts


def _called(steps: tuple[Step, ...]) -> str:
    """What a place is called: what the element it is in says of itself, else its own name."""
    shown = next((step.text for step in reversed(steps) if step.text is not None), None)
    if shown is not None:
        return shown
    return next((step.key for step in reversed(steps) if isinstance(step.key, str)), "")


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else _encode(value).decode()
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
