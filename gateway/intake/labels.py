"""Which place in a payload is likely to be which field of a lead, by what it is called there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from gateway.core.field_names import PARTS_OF_NAME, alike, field_called, is_further
from gateway.intake.jsonpath import Step, written

MOST_PLACES = 200
LONGEST_PLACE = 300
DEEPEST = 8
# What an element of a list says of itself where it is one field among many: [{"name": "phone", "values": ["…"]}, …].
LABELS = ("name", "key", "field", "label", "title", "question", "id", "ref", "column_id")
# What the value of a field is called, so that the name of the field stands above it; as `alike` compares it.
SAYS = frozenset(("value", "values", "text", "answer", "answers", "rawvalue", "stringvalue", "response", "content"))
# What holds the person of a lead, where others are in it, too; and what holds others.
PERSONS = frozenset(
    (
        *("contact", "lead", "customer", "person", "client", "student", "respondent", "invitee", "enquiry", "inquiry"),
        *("data", "payload", "fields", "formfields", "formdata", "fielddata", "answers", "formresponse", "submission"),
    )
)
OTHERS = frozenset(
    (
        *("agent", "owner", "user", "assignee", "operator", "caller", "manager", "employee", "staff", "salesperson"),
        *("company", "organization", "organisation", "business", "account", "page", "sender", "team", "referrer"),
    )
)

# What holds who pays, where another gets what was bought.
BUYERS = frozenset(("billing", "billingaddress", "billto", "billingcontact", "buyer", "payer", "purchaser"))

Steps = tuple[Step, ...]


class SeveralPeople(ValueError):
    """Several people are in a payload, and nothing tells which one the lead is; the message names what holds them."""


def places_in(payload: dict[str, Any]) -> Iterator[tuple[Steps, Any]]:
    """Every single value in a payload with the steps to it, as far as it is likely to matter, in order."""
    waiting: list[tuple[Steps, Any]] = [((Step(name),), value) for name, value in reversed(payload.items())]
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
        names = islice(value, MOST_PLACES)
        return [(name, Step(name)) for name in names if last.text is None or name != last.key]
    value = value[:MOST_PLACES]
    label = next((label for label in LABELS if _tells_apart(label, value)), None)
    if label is None:
        return [(number, Step(number)) for number in range(len(value))]
    return [(number, Step(label, one[label])) for number, one in enumerate(value)]


def _tells_apart(label: str, elements: list[Any]) -> bool:
    said = [one.get(label) if isinstance(one, dict) and len(one) > 1 else None for one in elements]
    return all(isinstance(text, str) for text in said) and len(set(said)) == len(said)


def proposed_for(places: Sequence[Steps]) -> dict[Steps, str]:
    """Which place is likely to be which field: each field once, but for a name in parts."""
    called = {steps: _called(steps) for steps in places}
    proposed: dict[Steps, str] = {}
    for steps, name in called.items():
        field = field_called(name)
        if field is not None and field not in proposed.values():
            proposed[steps] = field
    has_name = "name" in proposed.values()
    in_parts = {steps: "name" for steps, field in proposed.items() if field in PARTS_OF_NAME and not has_name}
    return {steps: field for steps, field in proposed.items() if field not in PARTS_OF_NAME} | in_parts


def _called(steps: Steps) -> str:
    """What a place is called: what the element it is in says of itself, else its own name, or that of what it is in."""
    shown = next((str(step.text) for step in reversed(steps) if step.text is not None), None)
    if shown is not None:
        return shown
    names = [step.key for step in reversed(steps) if isinstance(step.key, str)]
    return next((name for name in names if alike(name) not in SAYS), names[0] if names else "")


def understood(payload: dict[str, Any], fields: Collection[str]) -> dict[str, str | list[str]]:
    """A mapping for what is within a payload whose own fields do not say whom to call: of `fields`, those it tells.

    Only from one object or list, in which a phone or an e-mail is: another one's may be of somebody else. Of several
    it is that of who asks or pays, or the first if all say the same phone or e-mail. Raises SeveralPeople.
    """
    within: dict[Steps, dict[str, list[Steps]]] = {}
    said: dict[Steps, Any] = {}
    for steps, value in places_in(payload):
        told = _told(steps)
        if told is not None and told[1] in fields and value not in (None, "") and not isinstance(value, bool):
            within.setdefault(told[0], {}).setdefault(told[1], []).append(steps)
            said[steps] = value
    persons = {
        holder: found
        for holder, found in within.items()
        if found.keys() & {"phone", "email"} and not OTHERS & {alike(str(step.key)) for step in holder}
    }
    for whose in (PERSONS, BUYERS):
        if len(persons) > 1:
            theirs = {holder: found for holder, found in persons.items() if alike(str(holder[-1].key)) in whose}
            persons = theirs or persons
    if not persons:
        return {}
    if len(persons) > 1 and not _are_one(persons.values(), said):
        named = ", ".join(written(holder) for holder in islice(persons, 5))
        raise SeveralPeople(f"Several people are in it, and nothing tells which one the lead is: {named}.")
    found = max(persons.values(), key=len)
    phones = sorted(found.pop("phone", []), key=lambda steps: is_further(_called(steps)))
    parts = [written(found[part][0]) for part in PARTS_OF_NAME if part in found]
    mapping: dict[str, str | list[str]] = {
        field: written(places[0]) for field, places in found.items() if field not in PARTS_OF_NAME
    }
    if phones:
        mapping["phone"] = written(phones[0])
    return mapping if "name" in mapping or not parts else {**mapping, "name": parts}


def _are_one(people: Iterable[dict[str, list[Steps]]], said: dict[Steps, Any]) -> bool:
    """Whether all have one phone or one e-mail, and none another."""
    people = list(people)
    by_field = [
        [_same(said[found[field][0]]) if field in found else None for found in people] for field in ("phone", "email")
    ]
    return all(len({*texts} - {None}) < 2 for texts in by_field) and any(None not in texts for texts in by_field)


def _same(value: Any) -> str:
    """A phone or an e-mail, as far as it tells people apart: +91 98100 00001 is 9810000001."""
    text = str(value).strip().lower()
    return text if "@" in text else "".join(filter(str.isdigit, text))[-9:]


def _told(steps: Steps) -> tuple[Steps, str] | None:
    """What holds a field of a lead, and which field, where a place is that field for certain."""
    field = field_called(_called(steps))
    labelled = next((at for at in reversed(range(len(steps))) if steps[at].text is not None), None)
    end = len(steps)
    while end > 1 and (not isinstance(steps[end - 1].key, str) or alike(str(steps[end - 1].key)) in SAYS):
        if steps[end - 1].text is not None:
            break
        end -= 1
    if field is None:
        return None
    if labelled is None:
        return steps[: end - 1], field
    # Beside what an element is called, only its value is of interest, or what is called so itself.
    is_value = end - 1 == labelled or field_called(str(steps[end - 1].key)) == field
    return (steps[:labelled], field) if is_value else None
