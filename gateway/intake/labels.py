"""Which place in a payload is likely to be which field of a lead, by what it is called there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from gateway.core.field_names import PARTS_OF_NAME, alike, field_called, is_further
from gateway.core.nothing import nothing_in, says_nothing
from gateway.intake.jsonpath import Step, written
from gateway.intake.points import holds_points, may_be, points_in, same_as
from gateway.intake.values import text_of

MOST_PLACES = 200
LONGEST_PLACE = 300
DEEPEST = 8
# What an element of a list says of itself where it is one field among many: [{"name": "phone", "values": ["…"]}, …].
LABELS = (
    *("name", "key", "field", "label", "title", "question", "id", "ref", "column_id", "field_type", "field_name"),
    *("attribute", "text"),
)
# What the value of a field is called, so that the name of the field stands above it; as `alike` compares it.
SAYS = ("value", "values", "text", "answer", "answers", "rawvalue", "stringvalue", "response", "content")
# What holds the person of a lead, where others are in it, too; and what holds others.
PERSONS = frozenset(
    (
        *("contact", "lead", "customer", "person", "client", "student", "respondent", "invitee", "enquiry", "inquiry"),
        *(
            "patient",
            "requester",
            "current",
            "subscriber",
            "customerdetails",
            "prospect",
            "visitor",
            "applicant",
            "attendee",
            "merges",
        ),
        *("data", "payload", "fields", "formfields", "formdata", "fielddata", "answers", "formresponse", "submission"),
    )
)
OTHERS = frozenset(
    (
        *("agent", "owner", "user", "assignee", "operator", "caller", "manager", "employee", "staff", "salesperson"),
        *("company", "organization", "organisation", "business", "account", "page", "team", "referrer"),
        *("doctor", "practice", "clinic", "hospital", "seller", "vendor", "merchant", "supplier", "branch", "website"),
        *("previous", "before", "createdby", "updatedby", "modifiedby", "assignedto", "store", "shop", "organizer"),
    )
)

# What holds who pays, where another gets what was bought.
BUYERS = frozenset(("billing", "billingaddress", "billto", "billingcontact", "buyer", "payer", "purchaser"))
# What else holds what is known of one person.
OF_A_PERSON = frozenset(
    (
        *("properties", "attributes", "mergefields", "mergevars", "customfields", "details", "info", "profile"),
        *("userinfo", "contactinfo", "contactdetails", "customerinfo", "leaddata", "defaultaddress", "address"),
        *("shippingaddress", "shipping", "answer", "values", "responses", "traits"),
    )
)

Steps = tuple[Step, ...]


class SeveralPeople(ValueError):
    """Several people are in a payload, and nothing tells which one the lead is; the message names what holds them."""


def places_in(payload: dict[str, Any], *, whole: bool = False) -> Iterator[tuple[Steps, Any]]:
    """Every single value in a payload with the steps to it, as far as it is likely to matter, in order.

    `whole`: lists and objects of phones or e-mails, and names, are not taken apart.
    """
    waiting: list[tuple[Steps, Any]] = [((Step(name),), value) for name, value in reversed(payload.items())]
    shown = 0
    while waiting and shown < MOST_PLACES:
        steps, value = waiting.pop()
        if whole and isinstance(value, dict | list) and _is_one(steps[-1], value):
            yield steps, value
        elif isinstance(value, dict | list) and len(steps) < DEEPEST:
            inner = [((*steps, step), value[key]) for key, step in _within(value, steps[-1])]
            waiting += reversed(inner)
        elif not isinstance(value, dict | list) and len(written(steps)) <= LONGEST_PLACE:
            shown += 1
            yield steps, value


def _is_one(last: Step, value: dict[str, Any] | list[Any]) -> bool:
    """Whether a list or an object is one value: of phones or e-mails, or of the parts of a name."""
    if not isinstance(last.key, str) or last.text is not None:
        return False
    field = holds_points(last.key)
    if field is None:
        return isinstance(value, dict) and field_called(last.key) == "name" and text_of(value).text is not None
    return _point(field, value) is not None


def _within(value: dict[str, Any] | list[Any], last: Step) -> list[tuple[Any, Step]]:
    """What there is in a value that the step `last` led to, but for what that step has shown already."""
    if isinstance(value, dict):
        names = islice(value, MOST_PLACES)
        return [(name, Step(name)) for name in names if last.text is None or name != last.key]
    value = value[:MOST_PLACES]
    label = label_of(value)
    if label is None:
        return [(number, Step(number)) for number in range(len(value))]
    return [(number, Step(label, one[label])) for number, one in enumerate(value)]


def label_of(elements: list[Any]) -> str | None:
    """In which member each of the elements says what it is: where most of it is a field of a lead."""
    fitting = [label for label in LABELS if _tells_apart(label, elements)]
    return max(fitting, key=lambda label: sum(field_called(one[label]) is not None for one in elements), default=None)


def answers_of(elements: list[Any]) -> dict[str, Any] | None:
    """The answers of one person in a list that has nothing else, by what they answer; None for any other list."""
    spelt = [{alike(str(name)): one for name, one in each.items()} for each in elements if isinstance(each, dict)]
    said = next((name for name in SAYS if all(name in one for one in spelt)), None)
    label = label_of(spelt) if len(spelt) == len(elements) > 1 and said else None
    if label is None or said is None or label == said:
        return None
    found = {one[label]: one[said] for one in spelt}
    return found if {*map(field_called, found)} & {"phone", "email"} else None


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


def understood(
    payload: dict[str, Any], fields: Collection[str], known: Mapping[str, str]
) -> dict[str, str | list[str]]:
    """A mapping for what is within a payload whose own fields do not say whom to call: of `fields`, those it tells.

    Only from one object or list, in which a phone or an e-mail is: another one's may be of somebody else. Of several
    it is that of who asks or pays, or the first if all say the same phone or e-mail. Where it is `known` who the lead
    is, by its name, phone or e-mail, what says another is of another person. Further phones are phone_2, phone_3 ...
    Raises SeveralPeople where nobody is known.
    """
    within, said = _people_in(payload, {*fields, *PARTS_OF_NAME, "name", "phone", "email"})
    persons = {
        holder: found
        for holder, found in within.items()
        if found.keys() & {"phone", "email"}
        and not OTHERS & {alike(str(step.key)) for step in holder}
        and not (known and not _is_theirs(holder, found, said, known))
    }
    if known:
        missing = {field for field in ("phone", "email") if field not in known}
        persons = {holder: found for holder, found in persons.items() if found.keys() & missing}
    for whose in (PERSONS, BUYERS):
        if len(persons) > 1:
            theirs = {
                holder: found for holder, found in persons.items() if holder and alike(str(holder[-1].key)) in whose
            }
            persons = theirs or persons
    if not persons:
        return {}
    if len(persons) > 1 and not _are_one(persons.values(), said):
        if known:
            return {}
        named = ", ".join(written(holder) for holder in islice(persons, 5))
        raise SeveralPeople(f"Several people are in it, and nothing tells which one the lead is: {named}.")
    found = max(persons.values(), key=len)
    phones = sorted(found.pop("phone", []), key=lambda steps: is_further(_called(steps)))
    parts = [written(found[part][0]) for part in PARTS_OF_NAME if part in found and part in fields]
    mapping: dict[str, str | list[str]] = {
        field: written(places[0]) for field, places in found.items() if field in fields and field not in PARTS_OF_NAME
    }
    if "phone" in fields:
        mapping |= {f"phone_{number}" if number > 1 else "phone": written(at) for number, at in enumerate(phones, 1)}
    return mapping if "name" in mapping or not parts else {**mapping, "name": parts}


def _people_in(
    payload: dict[str, Any], fields: Collection[str]
) -> tuple[dict[Steps, dict[str, list[Steps]]], dict[Steps, Any]]:
    """The places of fields by what holds them, and what they say. Answers beside each other in a list are one's."""
    within: dict[Steps, dict[str, list[Steps]]] = {}
    said: dict[Steps, Any] = {}
    for steps, value in places_in(payload, whole=True):
        told = _told(steps)
        if told is None or told[1] not in fields or value in (None, "") or isinstance(value, bool):
            continue
        text = _point(told[1], value) if told[1] in ("phone", "email") else text_of(value).text
        if text is not None and not says_nothing(str(text).strip(), nothing_in(told[1])):
            within.setdefault(told[0], {}).setdefault(told[1], []).append(steps)
            said[steps] = text
    lists: dict[Steps, list[Steps]] = {}
    for holder in within:
        if len(holder) > 1 and isinstance(holder[-1].key, int):
            lists.setdefault(holder[:-1], []).append(holder)
    for above, elements in lists.items():
        named = [field for one in elements for field in within[one]]
        if len(elements) > 1 and len({*named}) == len(named) and all(len(within[one]) == 1 for one in elements):
            within[above] = {**within.get(above, {}), **{k: v for one in elements for k, v in within.pop(one).items()}}
    return within, said


def _point(field: str, value: Any) -> str | None:
    """The phone or the e-mail in a value, if one may be in it."""
    texts = points_in(field, value).texts
    return next((text for text in texts if may_be(field, text)), None)


def _is_theirs(holder: Steps, found: dict[str, list[Steps]], said: dict[Steps, Any], known: Mapping[str, str]) -> bool:
    """Whether what was found is of the person who is known: it says the same, or nothing else where that is enough."""
    is_same = False
    for field in ("phone", "email"):
        if field in known and field in found:
            if same_as(field, said[found[field][0]]) != same_as(field, known[field]):
                return False
            is_same = True
    named = {word for part in ("name", *PARTS_OF_NAME) if part in found for word in _words(said[found[part][0]])}
    if "name" in known and named:
        if not named & _words(known["name"]):
            return False
        is_same = True
    last = str(holder[-1].key) if holder else ""
    return is_same or (alike(last) in PERSONS | BUYERS | OF_A_PERSON and not is_further(last))


def _words(name: Any) -> set[str]:
    return {*str(name).casefold().split()}


def _are_one(people: Iterable[dict[str, list[Steps]]], said: dict[Steps, Any]) -> bool:
    """Whether all have one phone or one e-mail, and none another."""
    people = list(people)
    by_field = [
        [same_as(field, said[found[field][0]]) if field in found else None for found in people]
        for field in ("phone", "email")
    ]
    return all(len({*texts} - {None}) < 2 for texts in by_field) and any(None not in texts for texts in by_field)


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
