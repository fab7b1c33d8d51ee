"""The fields in the names and values of a form, as programs nest them: `data[Phone]`, `name[value]`, `ids[]`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Raw

from gateway.core.mending import as_utf8
from gateway.core.problems import Problem

MOST_FIELDS = 200
NESTED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\]){1,8})")

Pairs = list[tuple[str, str]]

_encode = msgspec.json.Encoder().encode


def read_encoded(body: bytes, charset: str = "") -> Pairs:
    """Names and values in an application/x-www-form-urlencoded body. Raises Problem 400."""
    try:
        # Letter for byte, since every program escapes the bytes of its own encoding.
        pairs = parse_qsl(
            as_utf8(body, charset).decode(), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
        return [(_text(name, charset), _text(value, charset)) for name, value in pairs]
    except ValueError:
        raise Problem(400, f"The form cannot be read: it has more than {MOST_FIELDS} fields.") from None


def fields_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Raw]:
    """The fields in names and values, each JSON: brackets in a name lead into objects and lists.

    A name that comes twice is a list. JSON of objects is what it says: programs send some fields so.
    """
    fields: dict[str, Any] = {}
    for name, value in pairs:
        found = NESTED.fullmatch(name)
        steps = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])] if found else [name]
        if not _put(fields, steps, _value(value)):
            fields.setdefault(f"{name}[]", value)
    return {name: Raw(_encode(_listed(value))) for name, value in fields.items()}


def charset_of(content_type: str) -> str:
    """The charset that a Content-Type names; empty for none."""
    found = re.search(r";\s*charset\s*=\s*\"?([\w.:-]+)", content_type, re.IGNORECASE)
    return found[1] if found else ""


def _text(letters: str, charset: str) -> str:
    """The text in what was read letter for byte; letters that were not escaped are themselves."""
    if letters.isascii():
        return letters
    try:
        return as_utf8(letters.encode("latin-1"), charset).decode()
    except UnicodeEncodeError:
        return letters


def _value(text: str) -> Any:
    """The object, or the list of objects, that a text is in JSON, else the text."""
    if text.startswith(("{", "[")) and text.endswith(("}", "]")):
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return text
        if isinstance(value, dict) or all(isinstance(one, dict) for one in value):
            return Raw(_encode(value))
    return text


def _put(fields: dict[str, Any], steps: list[str], value: Any) -> bool:
    """Put the value where the steps lead; False where another value is in the way."""
    inner: Any = fields
    for step, following in pairwise(steps):
        if isinstance(inner, list):
            # One element has each of its members once.
            if not inner or not isinstance(inner[-1], dict) or following in inner[-1]:
                inner.append({})
            inner = inner[-1]
        else:
            inner = inner.setdefault(step, [] if following == "" else {})
        if not isinstance(inner, dict | list):
            return False
    last = steps[-1]
    if isinstance(inner, list):
        inner.append(value)
    elif last not in inner:
        inner[last] = value
    elif isinstance(inner[last], list):
        inner[last].append(value)
    elif isinstance(inner[last], dict):
        return False
    else:
        inner[last] = [inner[last], value]
    return True


def _listed(value: Any) -> Any:
    """PHP numbers the elements of a list: an object with the members 0, 1, 2 … is that list."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    return [*inner.values()] if [*inner] == [str(number) for number in range(len(inner))] else inner
