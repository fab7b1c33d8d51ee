"""Calling the database on behalf of the person who made a request."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from gateway.core.parts import part
from gateway.database.calls import NO_TERMS, Databases, Principal, Terms


async def call(request: Request, function: str, *arguments: object) -> Any:
    """What `api.function(arguments)` answers to the person whose session SignedIn found; jsonb arrives as its text.

    Raises as Database.call does.
    """
    principal: Principal = request.state.session.principal
    terms: Terms = getattr(request.state, "terms", NO_TERMS)
    return await part(request, Databases).people.call(principal, function, *arguments, terms=terms)
