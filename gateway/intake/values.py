"""What a sender gives for a field that is a text: the text in a list or an object, a number as people write it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from gateway.core.field_names import alike

# In which member of an object its text stands: the first of these that holds something.
SAYS = ("value", "text", "label", "full", "answer", "name", "title", "values")
# What a name or a phone is made of in an object, in the order in which people write it, and which of it must be there.
PARTS: tuple[tuple[tuple[str, ...], frozenset[str]], ...] = (
    (
        (
            *("prefix", "first", "firstname", "givenname", "middle", "middlename"),
            *("last", "lastname", "familyname", "suffix"),
        ),
        frozenset(("first", "firstname", "givenname", "last", "lastname", "familyname")),
    ),
    (
        ("countrycode", "area", "areacode", "phone", "phonenumber", "number"),
        frozenset(("phone", "phonenumber", "number")),
    ),
)
DEEPEST = 4
# An address as mail programs and links write it: Esha <esha@example.com>, mailto:esha@example.com?subject=Hello.
WRAPPED = re.compile(
    r"(?P<name>[^<>]*)<\s*(?:mailto:)?([^\s<>]+@[^\s<>]+)\s*>|\s*mailto:\s*([^\s<>?]+@[^\s<>?]+)(?:\?.*)?", re.I
)
ADDRESS = re.compile(r"[^@\s<>()\[\],;:|/\"']+@[^@\s<>()\[\],;:|/\"'?]*[^@\s<>()\[\],;:|/\"'?.]")


class Text(NamedTuple):
    """What was understood of a value, None for nothing; and whether that is all that it says."""

    text: str | None
    is_all: bool = True


def text_of(value: Any, depth: int = 0) -> Text:
    """The text in a value: itself, a number, the one text of a list, several joined, the text of an object."""
    match value:
        case str():
            return Text(value)
        case None:
            return Text(None)
        case bool():
            return Text(None, is_all=False)
        case float() if value.is_integer() and abs(value) < 1e16:  # all digits of a larger one are not its own
            return Text(str(int(value)))
        case int() | float():
            return Text(str(value))
        case _ if depth >= DEEPEST:
            return Text(None, is_all=not value)
        case list():
            return _joined([text_of(one, depth + 1) for one in value], ", ")
        case dict():
            return _text_in(value, depth)
    return Text(None, is_all=False)


def single(value: Any) -> Any:
    """What a list of one holds, or the `value` of an object."""
    for _ in range(DEEPEST):
        if isinstance(value, list) and len(value) == 1:
            [value] = value
        elif isinstance(value, dict) and "value" in value:
            value = value["value"]
        else:
            break
    return value


def is_wrapped(email: str) -> bool:
    """Whether there may be something around an address, or several."""
    return "<" in email or ":" in email or "," in email or ";" in email or email.count("@") > 1


def unwrapped(email: str) -> Text:
    """The address in what is around it, or the first of several."""
    several = ADDRESS.findall(email)
    if len(several) > 1:
        return Text(several[0], is_all=False)
    found = WRAPPED.fullmatch(email.strip())
    if found is None:
        return Text(email)
    name, in_brackets, in_link = found.groups()
    return Text(in_brackets or in_link, is_all=not (name or "").strip())


def _text_in(value: dict[str, Any], depth: int) -> Text:
    members = {alike(name): one for name, one in reversed(value.items())}
    for name in SAYS:
        if name in members and (said := text_of(members[name], depth + 1)).text:
            return said._replace(is_all=said.is_all and len(value) == 1)
    for order, needed in PARTS:
        parts = [text_of(members[name], depth + 1) for name in order if name in members]
        if needed & members.keys() and (said := _joined(parts, " ")).text:
            return said._replace(is_all=said.is_all and len(parts) == len(value))
    return Text(None, is_all=not value)


def _joined(texts: list[Text], between: str) -> Text:
    said = [one.text.strip() for one in texts if one.text and not one.text.isspace()]
    is_all = all(one.is_all for one in texts)
    # As it was sent where it is but one.
    text = texts[0].text if len(texts) == 1 else between.join(said) if said else None
    return Text(text, is_all)
