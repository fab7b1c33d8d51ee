"""Shapes that endpoints of every subject share: lists, pages, names, times."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from msgspec import Meta, Struct

# PostgreSQL stores every character but NUL.
NO_NUL = "^[^\\x00]*$"
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]
Words = Annotated[str, Meta(min_length=1, max_length=100, pattern=NO_NUL)]
# Only the database knows every way to write these; here they are short texts, and what stands in the documentation.
Moment = Annotated[
    str,
    Meta(max_length=50, pattern=NO_NUL, extra_json_schema={"anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]
UUID_FORM = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
Item = TypeVar("Item")
Cursor = TypeVar("Cursor")
Time = Annotated[datetime, Meta(tz=True)]
ETag = Annotated[
    str, Meta(description="The version; sent as If-Match with an edit, it keeps others' changes from being lost.")
]
Count = Annotated[int, Meta(ge=0)]


class Shape(Struct, forbid_unknown_fields=True):
    """What all answers are: nothing more and nothing less than their fields."""


class Items(Shape, Generic[Item]):
    """All there are."""

    items: list[Item]


class Page(Shape, Generic[Item, Cursor]):
    """A part of a long list. `next`, sent as `after`, brings the following one; it is null on the last page."""

    items: list[Item]
    next: Cursor | None


class Budget(Shape):
    """What somebody would pay, at least and at most; null: not known."""

    least: float | None
    most: float | None


class Named(Shape):
    """A caller, by id and name."""

    id: UUID
    name: str
