"""Places in a payload that a short walk leads to: the paths of JSONPath (RFC 9535) that senders' payloads mostly need.

By names, by indexes, to every element, and to those that say something of themselves, as Facebook's and Typeform's do:

    $.contact.phones[0]
    $['Postal address'].city
    $.entry[*].changes[0].value
    $.field_data[?@.name=='phone_number'].values[0]
    $.answers[?@.field.ref=='phone'].phone_number

Libraries for Python take 11 to 20 times as long for such a path. For all others one is used: gateway/intake/queries.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

TEXT = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
MEMBER = r"[^\W\d]\w*"
LITERAL = rf"{TEXT}|true|false|-?(?:0|[1-9][0-9]{{0,14}})(?:\.[0-9]{{1,15}})?"
STEP = re.compile(
    rf"\.(?P<member>{MEMBER})|\[(?P<quoted>{TEXT})\]|\[(?P<index>0|-?[1-9][0-9]{{0,8}})\]|(?P<every>\[\*\]|\.\*)"
    rf"|\[\?[ \t]?(?P<within>\()?@(?P<label>(?:\.{MEMBER}|\[(?:{TEXT})\])+)[ \t]?==[ \t]?(?P<says>{LITERAL})"
    r"(?(within)\))\]"
)
LABEL = re.compile(rf"\.(?P<member>{MEMBER})|\[(?P<quoted>{TEXT})\]")

# All paths of a mapping together look at so many values of a payload, which anybody may have written.
MOST_VALUES = 20_000

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class TooMuch(Exception):
    """There is more in the payload than paths look at."""


class Budget:
    """How many values may still be looked at."""

    def __init__(self, values: int = MOST_VALUES) -> None:
        self.left = values

    def spend(self, values: int = 1) -> None:
        """Raises TooMuch."""
        self.left -= values
        if self.left < 0:
            raise TooMuch


class Step(NamedTuple):
    """One step of a path: to the member or element `key`, or to every one where that is None.

    With a `text` it leads to those whose member `key` says that; with names `above`, a member within that member.
    """

    key: str | int | None
    text: str | float | bool | None = None
    above: tuple[str, ...] = ()

    def among(self, value: Any, budget: Budget) -> Iterator[str | int]:
        """Where in `value` a step to many places leads. Raises TooMuch."""
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for at, one in inside:
            budget.left -= 1
            if budget.left < 0:
                raise TooMuch
            if self.key is None or self._says(one):
                yield at

    def _says(self, one: Any) -> bool:
        for name in self.above:
            one = one.get(name) if isinstance(one, dict) else None
        said = one.get(self.key) if isinstance(one, dict) else None
        # To Python 1 is True.
        return said == self.text and isinstance(said, bool) == isinstance(self.text, bool)


# A place in a payload: a member or element of a holder, and by which members what it is in was told from others, each
# with the `id` of that.
Found = tuple[Any, str | int, tuple[tuple[int, str], ...]]


def find(start: Found, steps: Sequence[Step], budget: Budget, done: int = 0) -> Iterator[Found]:
    """The places that the steps, but for those that are `done`, lead to from a place, in order. Raises TooMuch."""
    holder, key, labels = start
    for at in range(done, len(steps)):
        step = steps[at]
        value = holder[key]
        wanted = step.key
        if wanted is None or step.text is not None:
            for inner in step.among(value, budget):
                told = labels
                if step.text is not None:
                    told = (*labels, (id(value[inner]), step.above[0] if step.above else str(step.key)))
                yield from find((value, inner, told), steps, budget, at + 1)
            return
        if isinstance(wanted, str):
            if not isinstance(value, dict) or wanted not in value:
                return
        elif not isinstance(value, list) or not -len(value) <= wanted < len(value):
            return
        else:
            wanted %= len(value)
        holder, key = value, wanted
    yield holder, key, labels


def steps_of(path: str) -> tuple[Step, ...] | None:
    """The steps of a path; None for what is none of this kind, or does not begin with one of the payload's fields."""
    steps: list[Step] = []
    at = 1
    while at < len(path):
        found = STEP.match(path, at)
        if found is None:
            return None
        try:
            steps.append(_step(found))
        except msgspec.DecodeError:
            return None
        at = found.end()
    return tuple(steps) if steps and isinstance(steps[0].key, str) and steps[0].text is None else None


def written(steps: Sequence[Step]) -> str:
    """How a place is written: by its name where it is a field of the payload itself, else as a path."""
    if len(steps) == 1 and not str(steps[0].key).startswith("$"):
        return str(steps[0].key)
    return "$" + "".join(map(_written, steps))


def _step(found: re.Match[str]) -> Step:
    if found["label"]:
        *above, key = (one["member"] or _unquoted(one["quoted"]) for one in LABEL.finditer(found["label"]))
        says = found["says"]
        return Step(key, _unquoted(says) if says[0] in "'\"" else _decode(says), tuple(above))
    if found["every"]:
        return Step(None)
    return Step(int(found["index"]) if found["index"] else found["member"] or _unquoted(found["quoted"]))


def _unquoted(text: str) -> str:
    """The text of a JSONPath string: JSON's, also between single quotes."""
    if text[0] == "'":
        text = '"' + text[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    return str(_decode(text.encode()))


def _written(step: Step) -> str:
    if step.key is None:
        return "[*]"
    if isinstance(step.key, int):
        return f"[{step.key}]"
    if step.text is None:
        return _member(step.key)
    says = _quoted(step.text) if isinstance(step.text, str) else _encode(step.text).decode()
    return f"[?@{''.join(map(_member, (*step.above, step.key)))}=={says}]"


def _member(name: str) -> str:
    return f".{name}" if re.fullmatch(MEMBER, name) else f"[{_quoted(name)}]"


def _quoted(text: str) -> str:
    inner = _encode(text).decode()[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"
