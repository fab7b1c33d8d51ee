"""The parts of a running gateway, each found by its type: `part(request, Feed)`."""

from __future__ import annotations

from typing import Any, TypeVar

from starlette.requests import HTTPConnection

Part = TypeVar("Part")


class Parts:
    """One part of each type."""

    def __init__(self, *parts: object) -> None:
        self._parts = parts
        self._by_type: dict[type[Any], Any] = {}

    def __getitem__(self, type_: type[Part]) -> Part:
        """The part that is of this type, or of one derived from it. Raises StopIteration where none is."""
        if type_ not in self._by_type:
            self._by_type[type_] = next(part for part in self._parts if isinstance(part, type_))
        found: Part = self._by_type[type_]
        return found


def part(request: HTTPConnection, type_: type[Part]) -> Part:
    """The part of this type of the gateway that the request came to."""
    parts: Parts = request.app.state.parts
    return parts[type_]
