"""/api/auth/link and /api/auth/forgotten: people who come in by a link, and those who forgot their password."""

from __future__ import annotations

from typing import Annotated, Literal, NoReturn

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.core.problems import Problem
from gateway.core.settings import Settings
from gateway.core.tokens import token_hash
from gateway.database.calls import Databases
from gateway.http.bodies import json_response
from gateway.http.endpoints import Endpoints
from gateway.http.limits import network_of
from gateway.http.shapes import NO_NUL
from gateway.people import passwords
from gateway.people.account import NewPassword
from gateway.people.devices import COOKIE as DEVICE_COOKIE
from gateway.people.devices import Devices
from gateway.people.links import new_link_for_strangers
from gateway.people.sessions import address_of

coming_in = Endpoints("Signing in", public=True)

LinkToken = Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]
AGAIN = "Ask your admin for another one."
# What a link that cannot be used says, by its state.
USELESS = {
    "used": "This link was used already. Sign in with the password that was chosen then.",
    "revoked": f"This link is no longer good. {AGAIN}",
    "expired": f"This link has expired. {AGAIN}",
    "taken": "This address signs in to another workspace already. Ask your admin to invite another address of yours.",
}


class ShownLink(Struct, forbid_unknown_fields=True):
    """What stands behind the # of a link."""

    token: LinkToken


class LinkUse(ShownLink, forbid_unknown_fields=True):
    """A link, and the password that the person chose."""

    password: NewPassword


class Invited(Struct):
    """Whose link it is. `has_factor`: signing in asks for the code of their second factor."""

    kind: Literal["invitation", "reset"]
    email: str
    name: str
    workspace_name: str
    has_factor: bool


class Forgetful(Struct, forbid_unknown_fields=True):
    """The address of the account whose password was forgotten."""

    email: Annotated[str, Meta(min_length=1, max_length=320, pattern=NO_NUL)]


@coming_in.post("/auth/link", body=ShownLink, answers=Invited, problems=[404, 409])
async def look_at_link(request: Request, shown: ShownLink) -> Response:
    """Tell whose link it is.

    An invitation, or a link to set another password. 409 says why it cannot be used: it was used, revoked, or expired.
    """
    return json_response(await _find(request, shown.token))


@coming_in.put("/auth/link", body=LinkUse, answers=Invited, problems=[404, 409])
async def use_link(request: Request, use: LinkUse) -> Response:
    """Set the password by a link.

    Once. It ends all sessions and personal tokens of the person. Then they sign in with it as usual.
    """
    found = await _find(request, use.token)
    await passwords.refuse_weak(use.password, (found.email, found.name, found.workspace_name), "password")
    hashed = await passwords.hashed(use.password)
    state = (await part(request, Databases).keeper.rows("use_link", token_hash(use.token), hashed))[0][0]
    if state != "done":
        _refuse(state)
    return json_response(found)


@coming_in.post("/auth/forgotten", body=Forgetful, status=204, problems=[409, 429])
async def forget_password(request: Request, forgetful: Forgetful) -> Response:
    """Ask for a link to set another password.

    It is sent by e-mail, if there is such an account; the answer is the same if there is none. 409 where no e-mails can
    be sent. As for signing in, one must wait after some tries.
    """
    if part(request, Settings).mail_server is None:
        raise Problem(409, "No e-mails can be sent here. Ask your admin for a new password.")
    email = forgetful.email.strip().lower()
    device = part(request, Devices).known(request.cookies.get(DEVICE_COOKIE), email)
    asked = (email, network_of(address_of(request)), device, *new_link_for_strangers(request))
    if wait := (await part(request, Databases).keeper.rows("ask_reset", *asked))[0][0]:
        raise passwords.too_many(wait, "Too many e-mails were asked for.")
    return Response(status_code=204)


async def _find(request: Request, token: str) -> Invited:
    """Whose link has this token. Raises Problem 404 for one of nobody, 409 for one that cannot be used."""
    rows = await part(request, Databases).keeper.rows("find_link", token_hash(token))
    if not rows:
        _refuse("unknown")
    found = dict(rows[0])
    state = found.pop("state")
    if state in USELESS:
        _refuse(state)
    return Invited(**found)


def _refuse(state: str) -> NoReturn:
    if state in USELESS:
        raise Problem(409, USELESS[state])
    raise Problem(404, f"There is no such link: it is not whole, or another one took its place. {AGAIN}")
