"""What is known of one endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from gateway.http.bodies import LARGEST_BODY

JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What is known of an endpoint before it is ever called; paths are those within their mount (`/api`).

    What each field means, `Endpoints.endpoint` says. `by`: who may call it, apart from what their role permits.
    `is_form`: its body may be that of an HTML form, too. `many`: what a body of many is, and its answer, with 200.
    """

    method: str
    path: str
    tag: str
    name: str
    summary: str
    description: str = ""
    body: Any = None
    ignored: frozenset[str] = frozenset()
    takes: str | None = None
    largest: int = LARGEST_BODY
    query: Any = None
    answers: Any = None
    status: int = 200
    problems: frozenset[int] = frozenset()
    media_type: str = JSON
    by: Literal["users", "anybody", "sources"] = "users"
    edits: str | None = None
    edited: str = ""
    takes_key: bool = False
    once: bool = False
    cacheable: bool = False
    long: bool = False
    is_form: bool = False
    many: tuple[Any, Any] | None = None
    location: str = ""
