"""The answers in what a form's sender posts, wherever they stand in it: see `kinds.Answers`.

Paths are names with dots between them, and lead through lists to all of their elements.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from gateway.core.readable import decode_any
from gateway.intake.kinds import Answers, Kind

EMPTY: tuple[Any, ...] = (None, "", [], {})


class Said(NamedTuple):
    """An answer: what was asked, what was said, and which field of a lead it is by its type."""

    label: str
    value: Any
    field: str | None


def answers_in(kind: Kind, post: dict[str, Any]) -> Iterator[Said]:
    """The answers in a post, each under a label of its own that no other field of the post has."""
    taken = set(post)
    times: Counter[str] = Counter()
    for answers in kind.answers:
        titles = _titles(post, answers.titles) if answers.titles else {}
        for name, element in _elements(post, answers):
            label, value = _label(answers, name, element, titles), _value(answers, element)
            if value in EMPTY or not label:
                continue
            unique = label
            while unique in taken:
                times[label] += 1
                unique = f"{label} ({times[label] + 1})"
            taken.add(unique)
            type_ = element.get("type") if isinstance(element, dict) else None
            yield Said(unique, value, answers.typed.get(str(type_)))


def values_at(value: Any, path: str) -> list[Any]:
    """All that stands at a path, down to the elements of lists."""
    return list(_flat(_standing_at(value, path)))


def parts_of(post: dict[str, Any], path: list[str]) -> Iterator[dict[str, Any]]:
    """The post once for each element of the lists on a path, with that element alone in the list."""
    name, rest = path[0], path[1:]
    inner = post.get(name)
    if isinstance(inner, dict) and rest:
        for part in parts_of(inner, rest):
            yield {**post, name: part}
    elif isinstance(inner, list) and inner:
        for element in inner:
            for part in parts_of(element, rest) if isinstance(element, dict) and rest else [element]:
                yield {**post, name: [part]}
    else:
        yield post


def without(value: Any, path: list[str]) -> Any:
    """A value without what stands at a path, and without what is empty then."""
    if not path:
        return None
    if isinstance(value, list):
        return [left for one in value if (left := without(one, path)) not in EMPTY]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    left = without(value[path[0]], path[1:])
    rest = {name: one for name, one in value.items() if name != path[0]}
    return rest if left in EMPTY else {**rest, path[0]: left}


def plain(value: Any) -> Any:
    """A value in parts, such as {"first": …, "last": …}, as one text."""
    if isinstance(value, dict):
        whole = value.get("full")
        parts = (str(one) for one in value.values() if is_single(one) and one)
        return whole if isinstance(whole, str) else " ".join(parts)
    if isinstance(value, list):
        return ", ".join(map(str, value)) if all(map(is_single, value)) else ""
    return value


def is_single(value: Any) -> bool:
    """Whether it is a text or a number."""
    return isinstance(value, str | int | float)


def _standing_at(value: Any, path: str) -> list[Any]:
    found = [value]
    for name in path.split("."):
        found = [one[name] for one in _flat(found) if isinstance(one, dict) and name in one]
    return found


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _flat(value)
        else:
            yield value


def _elements(post: dict[str, Any], answers: Answers) -> Iterator[tuple[str, Any]]:
    """The elements of lists; the members of objects, with their names."""
    for value in _standing_at(post, answers.at):
        inner = _parsed(value) if isinstance(value, str) else value
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, dict) and (one is inner or not answers.label):
                yield from one.items()
            else:
                yield "", one


def _parsed(text: str) -> Any:
    try:
        return decode_any(text)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return {}


def _titles(post: dict[str, Any], path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for question in values_at(post, path):
        if isinstance(question, dict) and isinstance(question.get("title"), str):
            found |= {str(question[key]): question["title"] for key in ("id", "ref") if question.get(key)}
    return found


def _label(answers: Answers, name: str, element: Any, titles: Mapping[str, str]) -> str:
    asked = [titles[str(key)] for key in values_at(element, "field.id") if titles and str(key) in titles]
    said = [str(value) for path in answers.label for value in values_at(element, path) if isinstance(value, str | int)]
    label = next((text.strip() for text in (*asked, *said) if text.strip()), name)
    return re.sub(rf"^(?:{answers.prefix})", "", label) if answers.prefix else label


def _value(answers: Answers, element: Any) -> Any:
    """What was said; of an element that says it where nobody knows, all of it."""
    if not isinstance(element, dict) or not answers.value:
        return element
    standing = [values_at(element, path) for path in answers.value if _standing_at(element, path)]
    values = next((there for found in standing if (there := [one for one in found if one not in EMPTY])), None)
    return _chosen(element, values) if values else None if standing else element


def _chosen(element: dict[str, Any], values: list[Any]) -> Any:
    """The texts of options that an answer names by their ids; several texts as one."""
    options = {str(one.get("id")): one.get("text") for one in values_at(element, "options") if isinstance(one, dict)}
    said = [options.get(str(value), value) for value in values]
    return said[0] if len(said) == 1 else ", ".join(map(str, said)) if all(map(is_single, said)) else said
