"""/api/workspace: what is set once for all."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.http.endpoints import Endpoints
from gateway.http.shapes import ETag, Name, Shape, Words
from gateway.people.leaving import LeftLeads

settings = Endpoints("Settings")


Right = Literal["sources", "destinations", "people"]


class Rights(Shape):
    """What the person who asks may change of what admins look after. `ask`: whom to ask for the rest."""

    sources: bool
    destinations: bool
    people: bool
    is_admin: bool
    ask: str


class WorkspaceChange(Struct, forbid_unknown_fields=True):
    """What is to be changed of a workspace."""

    name: Name | UnsetType = UNSET
    timezone: Words | UnsetType = UNSET
    drains_queue: bool | UnsetType = UNSET
    leads_of_gone: LeftLeads | UnsetType = UNSET
    leads_of_away: LeftLeads | UnsetType = UNSET
    requires_factor: bool | UnsetType = UNSET
    placeholders: Annotated[list[Words], Meta(max_length=300)] | UnsetType = UNSET
    holds_unreachable: bool | UnsetType = UNSET
    managers_may: Annotated[list[Right], Meta(max_length=3)] | UnsetType = UNSET


class Workspace(Shape):
    """The settings of a workspace. `drains_queue`: waiting leads are assigned automatically once a caller is free.

    `leads_of_gone`: where the open leads of an archived or disabled caller go; `leads_of_away`: where those of a paused
    caller, or of one on time off, go. `requires_factor`: everybody needs a second factor to sign in. `placeholders`:
    numbers, addresses and words that identify nobody, `*` standing for anything in them. `holds_unreachable`: a new
    lead without phone, e-mail or message address is held for a manager. `managers_may`: what managers may change beside
    admins; of people they may only invite callers and analysts.
    """

    name: str
    timezone: str
    country: str
    drains_queue: bool
    leads_of_gone: LeftLeads
    leads_of_away: LeftLeads
    requires_factor: bool
    placeholders: list[str]
    holds_unreachable: bool
    managers_may: list[Right]
    etag: ETag


settings.get("/workspace", "Read the workspace's settings.", calls="get_workspace", answers=Workspace, cacheable=True)
settings.patch(
    "/workspace",
    "Change the workspace's settings.",
    "Those that are given; the others stay. 409 when another workspace has the name.",
    calls="update_workspace",
    body=WorkspaceChange,
    answers=Workspace,
    problems=[409],
    edits="workspace",
)
settings.get(
    "/workspace/rights", "Tell what one may change of what admins look after.", calls="get_rights", answers=Rights
)
