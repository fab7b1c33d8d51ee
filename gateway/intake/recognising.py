"""What a post shows by its structure alone: whether it is about a new lead, and which kind of sender it is of."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

from gateway.core.field_names import alike
from gateway.intake.answers import EMPTY, values_at
from gateway.intake.envelopes import ENVELOPES
from gateway.intake.kinds import Kind, kinds

# What begins a mark that is a pattern of the names of fields.
ANY_NAME = "~"


class NoLead(NamedTuple):
    """A post that is not about a new lead, and why."""

    reason: str


def why_no_lead(kind: Kind, post: dict[str, Any]) -> NoLead | None:
    """Why a post of this kind is not about a new lead; None where it is."""
    is_lead = all(_says(post, *one) for one in kind.only.items())
    return NoLead(kind.ignored) if not is_lead or any(_says(post, *one) for one in kind.never.items()) else None


def why_no_lead_of_anybody(post: dict[str, Any], kind: Kind | None = None) -> NoLead | None:
    """The same for a sender of no kind: of some kinds it is so plain that it needs not be said which it is."""
    name = kind_of(post) if kind is None else None
    kind = kinds()[name] if name else kind
    found = why_no_lead(kind, post) if kind and kind.always else None
    return found and NoLead(f"It looks like a post of {kind.name}. {found.reason}" if kind else found.reason)


def kind_of(post: dict[str, Any]) -> str | None:
    """The only kind whose marks a post has; its sender may not have been told to be of it."""
    found = [name for name, kind in kinds().items() if any(_has(post, marks) for marks in kind.marks)]
    return found[0] if len(found) == 1 else None


def may_be_of_a_kind(fields: Collection[str]) -> bool:
    """Whether a post with these fields is worth a closer look, since all fields of a kind's marks are among them."""
    telling = _telling()
    return not telling.keys().isdisjoint(fields) and any(
        marks.issubset(fields) for name in telling.keys() & fields for marks in telling[name]
    )


@cache
def _telling() -> dict[str, list[frozenset[str]]]:
    """The fields of each mark of a kind by the one of the longest name, which says most."""
    telling: dict[str, list[frozenset[str]]] = {}
    for kind in kinds().values():
        for marks in kind.marks:
            said = {path.partition(".")[0]: begins for path, begins in marks.items() if not path.startswith(ANY_NAME)}
            # What is around a lead may have been opened; not a text.
            names = {name for name, begins in said.items() if begins or alike(name) not in ENVELOPES} or {*said}
            telling.setdefault(max(sorted(names), key=len), []).append(frozenset(names))
    return telling


def _says(post: dict[str, Any], path: str, texts: tuple[str, ...]) -> bool:
    """Whether one of the texts stands at the path, or anything if there are none; an empty text: or nothing."""
    said = [str(value) for value in values_at(post, path) if value not in EMPTY]
    return bool(set(texts).intersection(said or [""]) if texts else said)


def _has(post: dict[str, Any], marks: dict[str, str]) -> bool:
    return all(
        any(re.fullmatch(path[1:], name) for name in post)
        if path.startswith(ANY_NAME)
        else any(value is not None and str(value).startswith(begins) for value in values_at(post, path))
        for path, begins in marks.items()
    )
