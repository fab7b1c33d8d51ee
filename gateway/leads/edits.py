"""What people change of a lead, and leads that people type in: what cannot be read of them is refused."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request

from gateway.core.amounts import read_budget
from gateway.core.dates import Customs, customs_of
from gateway.core.parts import part
from gateway.core.problems import FieldError, invalid
from gateway.core.timelines import read_timeline
from gateway.database.calls import Databases
from gateway.http.bodies import read_body
from gateway.http.shapes import NO_NUL
from gateway.intake.lead import Lead
from gateway.intake.reading import read_example, read_typed
from gateway.sealing.sealing import Sealing

Line = Annotated[str, Meta(max_length=100, pattern=NO_NUL)] | None | UnsetType
LongLine = Annotated[str, Meta(max_length=200, pattern=NO_NUL)] | None | UnsetType

NO_BUDGET = "Write 500000, 10-15 lakh, or up to 2 cr, in the money of your country."
NO_TIMELINE = "Write months, or 3 months, or immediate."


class LeadChange(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is to be different of a lead; null empties a field.

    `phone` may hold several: further ones are added to `other_phones`. `budget` and `timeline_months` are taken as
    people write them, too: 10-15 lakh, up to 2 cr, {"least": 1000000, "most": null}; 3 months, immediate.
    """

    name: LongLine = UNSET
    first_name: Line = UNSET
    last_name: Line = UNSET
    phone: Annotated[str, Meta(max_length=1000, pattern=NO_NUL)] | UnsetType | None = UNSET
    other_phones: (
        Annotated[list[Annotated[str, Meta(max_length=40, pattern=NO_NUL)]], Meta(max_length=5)] | UnsetType
    ) = UNSET
    email: Annotated[str, Meta(max_length=320, pattern=NO_NUL)] | UnsetType | None = UNSET
    company: LongLine = UNSET
    job_title: LongLine = UNSET
    city: LongLine = UNSET
    state: LongLine = UNSET
    country: Line = UNSET
    language: Line = UNSET
    lead_source: LongLine = UNSET
    medium: Line = UNSET
    term: LongLine = UNSET
    product: LongLine = UNSET
    # Without a pattern, which beside an object breaks msgspec 0.22 (it frees the pattern too often).
    budget: Annotated[str, Meta(max_length=100)] | float | dict[str, Any] | UnsetType | None = UNSET
    authority: LongLine = UNSET
    timeline_months: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] | int | UnsetType | None = UNSET
    message: Annotated[str, Meta(max_length=10000, pattern=NO_NUL)] | UnsetType | None = UNSET


async def stored_change(request: Request, change: LeadChange) -> dict[str, Any]:
    """A change as api.update_lead() takes it. Raises Problem 422 for what cannot be read."""
    changes: dict[str, Any] = msgspec.to_builtins(change)
    errors: list[FieldError] = []
    for field in ("budget", "timeline_months"):
        given = changes.get(field)
        if isinstance(given, str) and not given.strip():
            changes[field] = None
        elif given is not None and field == "budget":
            changes[field] = read_budget(given, request.state.user.country)
            if changes[field] is None:
                errors.append(FieldError(field, "It is no amount that can be read.", NO_BUDGET))
        elif given is not None:
            months = read_timeline(given)
            changes[field] = None if months is None else months.months
            if months is None:
                errors.append(FieldError(field, "It is no time that can be read.", NO_TIMELINE))
    if errors:
        raise invalid(*errors)
    if part(request, Sealing).seals and changes.keys() & {"phone", "other_phones", "email"}:
        return {**changes, **await _sealed(request, changes)}
    return changes


class _Said(Struct):
    """How somebody is reached, as a lead says so far, and what was given so but cannot be read."""

    phone: str | None
    other_phones: list[str]
    email: str | None
    metadata: dict[str, Any]
    etag: str


async def _sealed(request: Request, changes: dict[str, Any]) -> dict[str, Any]:
    """What of phones and e-mail is to be different, and all of them sealed, since they are sealed together.

    So a change that somebody else makes meanwhile is a conflict.
    """
    lead_id = request.path_params["lead_id"]
    principal = request.state.session.principal
    now = msgspec.json.decode(await part(request, Databases).people.call(principal, "get_lead", lead_id), type=_Said)
    sealing = part(request, Sealing)
    workspace_id = request.state.user.workspace_id
    if phone := changes.get("phone"):
        alone = await sealing.seal(workspace_id, phone, None)
        if alone.phone is None or not alone.phone.startswith("sealed:"):
            hint = "Write it with its country code, as in +91 98100 00001."
            raise invalid(FieldError("phone", "It is no phone number.", hint))
    phones = [changes.get("phone", now.phone), *changes.get("other_phones", now.other_phones)]
    is_called = changes.keys() & {"phone", "other_phones"}
    if not is_called and isinstance(given := now.metadata.get("phone_given"), str):
        phones = [given]
    email = changes["email"] if "email" in changes else now.email or now.metadata.get("email_given")
    sealed = await sealing.seal(workspace_id, " / ".join(filter(None, phones)) or None, email)
    if not request.state.terms.etags:
        request.state.terms.edited, request.state.terms.etags = ("lead", str(lead_id)), (now.etag,)
    stored: dict[str, Any] = {"sealed": sealed.values.decode() or None}
    if is_called:
        stored |= {"phone": sealed.phone, "other_phones": sealed.other_phones}
    return stored | ({"email": sealed.email} if "email" in changes else {})


async def typed_lead(request: Request) -> dict[str, Any]:
    """The lead that somebody typed in, as api.create_lead() takes it. Raises Problem 400 or 422."""
    stored = await _stored(request, read_typed(await _body(request), _customs(request)))
    return {name: value for name, value in stored.items() if value is not None}


async def previewed_lead(request: Request) -> dict[str, Any]:
    """The lead that somebody asks about, as api.preview_lead() takes it. Raises Problem 400 or 422."""
    stored = await _stored(request, read_example(await _body(request), _customs(request)))
    return {name: value for name, value in stored.items() if name != "sealed"}


async def _stored(request: Request, lead: Lead) -> dict[str, Any]:
    sealed = await part(request, Sealing).seal(request.state.user.workspace_id, lead.phone, lead.email)
    lead.phone, lead.email = sealed.phone, sealed.email
    return {**lead.said(), "other_phones": sealed.other_phones, "sealed": sealed.values.decode() or None}


async def _body(request: Request) -> bytes:
    return await read_body(request.receive, request.headers.get("content-length", "").encode())


def _customs(request: Request) -> Customs:
    return customs_of(request.state.user.country, request.state.user.timezone)
