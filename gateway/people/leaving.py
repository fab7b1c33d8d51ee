"""What becomes of the open leads of a caller who is paused, away, or gone."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from gateway.http.shapes import UUID_FORM, Count, Shape

HandOver = Annotated[
    str,
    Meta(
        pattern=f"^(keep|route|{UUID_FORM})$",
        description="What becomes of the open leads: `keep`, `route` (the rules assign them again), or the id of the "
        "caller who gets them. Without it, the setting of the workspace decides.",
    ),
]
LeftLeads = Annotated[
    Literal["keep", "route"],
    Meta(description="What becomes of open leads by default: they stay, or the rules assign them again."),
]


class HandedOver(Shape):
    """How many open leads were moved at once, and how many more follow within seconds."""

    moved: Count
    following: Count
