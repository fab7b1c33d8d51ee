"""The parts of a running gateway, each found by its type: `part(request, Feed)`."""

from __future__ import annotations

from typing import Any, TypeVar

from starlette.requests import HTTPConnection

Part = TypeVar("Part")


class Parts:
    """One part of each type, or of a type derived from it."""

    def __init__(self, *parts: object) -> None:
        self._by_type: dict[type[Any], Any] = {type_: part for part in parts for type_ in type(part).__mro__}

    def __getitem__(self, type_: type[Part]) -> Part:
        """Raises KeyError where no part is of this type."""
        found: Part = self._by_type[type_]
        return found


def part(request: HTTPConnection, type_: type[Part]) -> Part:
    """The part of this type of the gateway that the request came to."""
    parts: Parts = request.app.state.parts
    return parts[type_]
