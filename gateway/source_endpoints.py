"""/api/sources: where leads come from, and the keys by which they are recognised."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import Endpoints
from gateway.people import call
from gateway.settings import Settings
from gateway.sources import new_token, signing_secret, token_hash
from gateway.wire import Name, encoded, json_response

LARGEST_INT = 2**31 - 1

Rate = Annotated[int, Meta(ge=1, le=1_000_000)]

sources = Endpoints("Sources")


class SourceInput(Struct, forbid_unknown_fields=True):
    """A source to be made. `burst` is how many leads may come at once; null is as many as `leads_per_minute`."""

    name: Name
    needs_competence: bool = False
    leads_per_minute: Rate | None = None
    burst: Rate | None = None


class SourceChange(Struct, forbid_unknown_fields=True):
    """What is to be different about a source; the rest stays. Without `leads_per_minute` there is no limit."""

    name: Name | UnsetType = UNSET
    needs_competence: bool | UnsetType = UNSET
    leads_per_minute: Rate | UnsetType | None = UNSET
    burst: Rate | UnsetType | None = UNSET


class Rotation(Struct, forbid_unknown_fields=True):
    """How long the keys there are work beside the new one; 0 ends them at once."""

    overlap_hours: Annotated[int, Meta(ge=0, le=720)] = 24


class Source(Struct):
    """A source. `generation` counts its keys; `old_keys_until` is set while older keys work beside the newest."""

    id: int
    name: str
    needs_competence: bool
    leads_per_minute: int | None
    burst: int | None
    created_at: datetime
    revoked_at: datetime | None
    generation: int
    rotated_at: datetime | None
    old_keys_until: datetime | None
    leads_today: int
    last_lead_at: datetime | None


class SourceList(Struct):
    """Every source of the workspace, the revoked ones last."""

    items: list[Source]


class NewKey(Struct):
    """A source's new key: its token and its Standard Webhooks signing secret, which are shown this once."""

    source: Source
    token: str
    secret: str


@sources.get("/sources", answers=SourceList)
async def list_sources(request: Request) -> Response:
    """List the sources, revoked ones too."""
    return json_response(f'{{"items":{await call(request, "list_own_sources")}}}')


@sources.post("/sources", body=SourceInput, answers=NewKey, status=201)
async def create_source(request: Request, source: SourceInput) -> Response:
    """Make a source.

    The answer has its token and signing secret. They are shown this once.
    """
    token = new_token()
    created = await call(request, "create_source", encoded(source), token_hash(token))
    response = _new_key(request, created, token, status=201)
    response.headers["location"] = f"/api/sources/{msgspec.json.decode(created)['id']}"
    return response


@sources.get("/sources/{source_id:int}", answers=Source)
async def get_source(request: Request) -> Response:
    """Look at one source, a revoked one too."""
    return json_response(await call(request, "get_source", _source_id(request)))


@sources.patch("/sources/{source_id:int}", body=SourceChange, answers=Source)
async def update_source(request: Request, change: SourceChange) -> Response:
    """Rename a source, limit its rate, or have its leads refused while no caller has a weight for it."""
    return json_response(await call(request, "update_source", _source_id(request), encoded(change)))


@sources.post("/sources/{source_id:int}/rotate", body=Rotation, answers=NewKey)
async def rotate_source(request: Request, rotation: Rotation) -> Response:
    """Give a source a new token and signing secret.

    They are shown this once. Those before work on for the overlap at most: rotating with 0 ends them all at once.
    """
    token, overlap = new_token(), timedelta(hours=rotation.overlap_hours)
    rotated = await call(request, "rotate_source", _source_id(request), token_hash(token), overlap)
    return _new_key(request, rotated, token)


@sources.delete("/sources/{source_id:int}", answers=Source)
async def revoke_source(request: Request) -> Response:
    """Revoke a source at once and for good.

    None of its leads is taken from now on. Those it brought stay.
    """
    return json_response(await call(request, "revoke_source", _source_id(request)))


def _source_id(request: Request) -> int:
    source_id: int = request.path_params["source_id"]
    if source_id > LARGEST_INT:
        raise HTTPException(404)
    return source_id


def _new_key(request: Request, source: str, token: str, *, status: int = 200) -> Response:
    settings: Settings = request.app.state.settings
    known = msgspec.json.decode(source)
    secret = signing_secret(settings.secret_key, known["id"], known["generation"])
    return json_response(encoded({"source": known, "token": token, "secret": secret}), status)
