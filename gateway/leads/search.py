"""/api/search: the one search box, over everything that has a page."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.http.bodies import encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import NO_NUL, Shape
from gateway.leads.shapes import Lead
from gateway.sealing.sealing import Sealing

search = Endpoints("Search")


class Search(Struct, forbid_unknown_fields=True):
    """What is searched for."""

    q: Annotated[
        str,
        Meta(
            max_length=200,
            pattern=NO_NUL,
            description="Words in any order: parts of a name, phone, e-mail or city. Without any, the newest leads.",
        ),
    ] = ""


class Called(Shape):
    """Something by its name."""

    id: str
    name: str


class Found(Shape):
    """What was found: the newest leads, and callers, campaigns and sources by their names."""

    leads: list[Lead]
    callers: list[Called]
    campaigns: list[Called]
    sources: list[Called]


@search.get("/search", query=Search, answers=Found)
async def search_all(request: Request, wanted: Search) -> Response:
    """Search everything.

    Up to eight leads, the newest first, and up to five callers, campaigns and sources. Callers find their own leads.
    """
    hashes = await part(request, Sealing).hashes_of(request.state.user.workspace_id, wanted.q)
    return json_response(await call(request, "search_all", wanted.q, None if hashes is None else encoded(hashes)))
