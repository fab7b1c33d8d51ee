"""What a sender of some kind posts, as leads: see `kinds` for what is said of a kind.

A post is taken apart in this order. A list each element of which is a lead makes as many posts, each with one element
and all that stands around the list. What is not about a new lead is left. Answers are put beside the other fields,
under their questions. Then fields are found by the source's mapping, and else by what questions are called ("What's
your phone number?"). The rest goes to the metadata, without keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw

from gateway.core.dates import ANYWHERE, Customs
from gateway.core.field_names import PARTS_OF_NAME, field_called
from gateway.core.problems import FieldError, Problem, invalid
from gateway.core.readable import decode_any, readable
from gateway.intake.answers import EMPTY, Said, answers_in, parts_of, plain, without
from gateway.intake.envelopes import leads_within
from gateway.intake.kinds import PLAIN, Kind, kinds
from gateway.intake.lead import Lead
from gateway.intake.mapping import Fields, Mapping
from gateway.intake.reading import read_fields
from gateway.intake.recognising import NoLead, why_no_lead, why_no_lead_of_anybody

MOST_LEADS = 100
# What may be recognised by what it is called. What tells a lead from others is not: a wrong one would lose leads.
BY_NAME = ("name", "phone", "email", "city", "state", "language", "message")
# What may come in parts, such as {"first": …, "last": …}.
IN_PARTS = ("name", "phone", "email")
# Words of questions that say nothing of what is asked.
SAYS_NOTHING = frozenset(
    word
    for line in (
        "a an and are at best can could correct current dear do does enter fill full give have hello hi how i in is it",
        "kindly live may me must my of on our own please provide reach real required s share should so tell that the",
        "then this to u us valid want we what whats which will with would write you your",
        # What Elementor writes before the id of a field without a label.
        "no label",
    )
    for word in line.split()
)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_word = re.compile(r"[^\W_]+")
_looks_like_phone = re.compile(r"\+[0-9][0-9 ().-]{8,20}|\([0-9]{3}\) [0-9]{3}-[0-9]{4}").fullmatch
_looks_like_email = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+").fullmatch


def read_posts(
    kind: Kind, mapping: Mapping, posts: Iterable[dict[str, Any]], customs: Customs = ANYWHERE
) -> list[Lead | NoLead | Problem]:
    """The leads in decoded posts by the source's mapping and customs; in place of one that is none, what it is.

    Raises Problem 422 for too many.
    """
    parts = [part for post in posts for one in _several(kind, post) for part in parts_of(one, kind.each.split("."))]
    if len(parts) > MOST_LEADS:
        raise invalid(FieldError("body", f"The body has {len(parts)} leads.", f"Send at most {MOST_LEADS} at once."))
    return [_read(kind, mapping, part, customs) for part in parts]


def read_one_of(kind: Kind, mapping: Mapping, body: bytes, customs: Customs = ANYWHERE) -> Lead | NoLead:
    """What a JSON object is. Raises Problem 422 for one that cannot be taken, or holds several, or as decoding does."""
    post = decode_any(readable(body))
    if not isinstance(post, dict):
        raise invalid(FieldError("body", "A lead must be a JSON object."))
    [first, *more] = read_posts(kind, mapping, [post], customs)
    if isinstance(first, Problem):
        raise first
    if more:
        raise invalid(FieldError("body", "It has several leads."))
    return first


def understood(kind: Kind, mapping: Mapping, post: dict[str, Any]) -> Fields:
    """A post by our names for the fields of a lead, the rest under its own."""
    said = list(answers_in(kind, post))
    fields = fields_of(said, post)
    found, aside = mapping.applied({name: Raw(_encode(value)) for name, value in fields.items()})
    proposed = _by_type_and_name(said, found)
    if kind.by_value:
        proposed |= _by_value({name: value for name, value in fields.items() if name in found}, {*found, *proposed})
    for field, names in proposed.items():
        texts = [str(plain(fields[name])) for name in names]
        found[field] = Raw(_encode(" ".join(text for text in texts if text.strip())))
        for name in names:
            if name != field:
                found.pop(name, None)
    for name, value in _places_in(said):
        found.setdefault(name, Raw(_encode(value)))
    for path in (path for answers in kind.answers for path in (answers.at, answers.titles) if path):
        _leave_out(found, path)
    if aside:
        given = decode_any(bytes(found.get("metadata", Raw(b"{}"))))
        kept = {name: decode_any(bytes(value)) for name, value in aside.items()}
        found["metadata"] = Raw(_encode({**kept, **given} if isinstance(given, dict) else kept))
    return found


def fields_of(said: Iterable[Said], post: dict[str, Any]) -> dict[str, Any]:
    """The fields of a post and its answers side by side; names, phones and e-mails that come in parts as one text."""
    fields = {**{answer.label: answer.value for answer in said}, **post}
    return {
        name: plain(value) if isinstance(value, dict) and field_asked(name) in IN_PARTS else value
        for name, value in fields.items()
    }


@lru_cache(maxsize=2000)
def field_asked(question: str) -> str | None:
    """Which field is asked for: "What's your phone number?" is the phone."""
    # Numbers tell several fields apart: tel-640, phoneNumber5.
    words = (word.rstrip("0123456789") for word in _word.findall(question.replace("'", " ").replace("’", " ")))
    said = (word for word in words if word and word.casefold() not in SAYS_NOTHING)
    return field_called(question) or field_called(" ".join(said))


def _several(kind: Kind, post: dict[str, Any]) -> list[dict[str, Any]]:
    """The leads in a list of a post, where the kind does not say itself where they stand."""
    if kind.each or kind.answers:
        return [post]
    found = leads_within({name: Raw(_encode(value)) for name, value in post.items()})
    return [post] if found is None else [{name: _decode(raw) for name, raw in lead.items()} for lead in found]


def _read(kind: Kind, mapping: Mapping, post: dict[str, Any], customs: Customs) -> Lead | NoLead | Problem:
    none = why_no_lead(kind, post) or (why_no_lead_of_anybody(post) if kind is kinds()[PLAIN] else None)
    if none is not None:
        return none
    for name in (kind.key, *kind.left_out):
        post.pop(name, None)
    fields = understood(kind, mapping, post)
    if kind.tests and str(_decode(fields.get("name", b'""'))).startswith(kind.tests):
        fields["is_test"] = msgspec.Raw(b"true")
    try:
        lead = read_fields(fields, None, customs)
    except Problem as problem:
        return problem if not kind.bare or any(one.field != "phone" for one in problem.errors) else _bare(kind)
    return lead if lead.name or lead.phone or lead.email or not kind.bare else _bare(kind)


def _bare(kind: Kind) -> Problem:
    return invalid(FieldError("body", kind.bare))


def _by_type_and_name(said: list[Said], found: Fields) -> dict[str, list[str]]:
    """For fields that were not found, the names of what they are made of."""
    free = [field for field in BY_NAME if field not in found]
    proposed: dict[str, list[str]] = {}
    # Of several answers of a type that is asked for in so many words: "Your phone", not "Your friend's phone".
    for answer in sorted(said, key=lambda one: field_asked(one.label) != one.field):
        if answer.field in free and answer.field not in proposed and answer.label in found:
            proposed[answer.field] = [answer.label]
    typed = {name for names in proposed.values() for name in names}
    called = [(name, field_asked(name)) for name in found if name not in typed]
    for name, field in called:
        if field in free and field not in proposed:
            proposed[field] = [name]
    parts = [next((name for name, field in called if field == part), None) for part in PARTS_OF_NAME]
    if "name" in free and "name" not in proposed and any(parts):
        proposed["name"] = [name for name in parts if name]
    return {field: names for field, names in proposed.items() if names != [field]}


def _by_value(fields: dict[str, Any], found: set[str]) -> dict[str, list[str]]:
    """The only one of the fields that looks like a phone, and the only one that looks like an e-mail."""
    proposed = {}
    for field, looks_like in (("phone", _looks_like_phone), ("email", _looks_like_email)):
        names = [name for name, value in fields.items() if isinstance(value, str) and looks_like(value.strip())]
        if field not in found and len(names) == 1:
            proposed[field] = names
    return proposed


def _places_in(said: Iterable[Said]) -> list[tuple[str, str]]:
    """City and state where an answer is an address in parts."""
    parts = [part for answer in said if isinstance(answer.value, dict) for part in answer.value.items()]
    named = [(field_called(name) or "", value) for name, value in parts]
    return [(name, value) for name, value in named if name in ("city", "state") and isinstance(value, str) and value]


def _leave_out(found: Fields, path: str) -> None:
    """Answers stand under their own names now: the list and the questions go."""
    root, _, rest = path.partition(".")
    if root in found:
        left = without(decode_any(bytes(found[root])), rest.split(".") if rest else [])
        if left in EMPTY:
            del found[root]
        else:
            found[root] = Raw(_encode(left))
