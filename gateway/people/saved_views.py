"""/api/saved-views: lists as people like to see them, for themselves or for all."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import NO_NUL, ETag, Shape, Words

List = Literal["leads", "mine"]
Query = Annotated[str, Meta(max_length=2000, pattern=NO_NUL)]
Sort = Annotated[str, Meta(max_length=100, pattern=NO_NUL)]
Hides = Annotated[list[Words], Meta(max_length=50)]

saved_views = Endpoints("Saved views")


class SavedViewInput(Struct, forbid_unknown_fields=True):
    """A view to be saved.

    `query` are the filters as in the page's address, `sort` a column (`-` before it: downwards), `hides` columns that
    are not shown. `is_shared`: all who see the list see the view; managers alone share.
    """

    list: List
    name: Words
    query: Query = ""
    sort: Sort | None = None
    hides: Hides = []
    is_shared: bool = False


class SavedViewChange(Struct, forbid_unknown_fields=True):
    """What is to be different about a view."""

    name: Words | UnsetType = UNSET
    query: Query | UnsetType = UNSET
    sort: Sort | UnsetType | None = UNSET
    hides: Hides | UnsetType = UNSET
    is_shared: bool | UnsetType = UNSET


class SavedView(Shape, SavedViewInput, kw_only=True):
    """A saved view, and whose it is."""

    id: int
    is_own: bool
    by: str
    etag: ETag


saved_view = Record(saved_views, "saved_view", "/saved-views/{view_id:int}", SavedView, SavedViewInput)
saved_view.list("List the saved views.", "One's own, and those that somebody shares.")
saved_view.create(
    "Save a view.",
    "403 for a caller who shares it; 409 when one of one's views of the list has the name, or there are a hundred.",
    problems=[403, 409],
)
saved_view.change("Change a saved view.", "One's own; managers change shared ones, too.", body=SavedViewChange)
saved_view.archive("Take out a saved view.", "One's own; managers take out shared ones, too.")
