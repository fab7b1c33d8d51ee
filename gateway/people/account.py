"""The own account: password, sessions, personal tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.core.problems import FieldError, Problem, invalid
from gateway.core.tokens import token_hash
from gateway.database.calls import Databases
from gateway.http.bodies import check_moments, encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.limits import network_of
from gateway.http.shapes import Items, Moment, Words
from gateway.people import passwords
from gateway.people.access_tokens import new_personal_token
from gateway.people.sessions import Session, address_of

account = Endpoints("Account")

NewPassword = Annotated[str, Meta(min_length=passwords.SHORTEST, max_length=1000)]


class PasswordChange(Struct, forbid_unknown_fields=True):
    """The current password and the new one. With `end_tokens` the personal tokens end, too."""

    present: Annotated[str, Meta(max_length=1000)]
    new: NewPassword
    end_tokens: bool = False


class ListedSession(Struct):
    """A signed-in browser, or a program that signed in (`grant`)."""

    id: UUID
    kind: Literal["browser", "grant"]
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str | None
    is_current: bool


class Ended(Struct):
    """How many sessions were ended."""

    ended: int


class TokenInput(Struct, forbid_unknown_fields=True):
    """A personal token to be made. `expires_at` is within a year; without it the token is good for 90 days."""

    name: Words
    expires_at: Moment | None = None


class PersonalToken(Struct):
    """A personal token; the token itself is shown once, when it is made."""

    id: UUID
    name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class NewToken(PersonalToken):
    """A personal token just made. `token` is shown this once."""

    token: str


@account.put("/account/password", body=PasswordChange, status=204, problems=[429])
async def change_password(request: Request, change: PasswordChange) -> Response:
    """Change the own password.

    Ends all other sessions. Personal tokens stay unless they are to end, too.
    """
    session: Session = request.state.session
    refuse_tokens(request)
    await check_present(request, change.present)
    words = (session.user.email, session.user.name, session.user.workspace_name)
    await passwords.refuse_weak(change.new, words, "new")
    await call(request, "change_password", await passwords.hashed(change.new), session.id, change.end_tokens)
    return Response(status_code=204)


@account.get("/sessions", answers=Items[ListedSession])
async def list_sessions(request: Request) -> Response:
    """List the own sessions."""
    return json_response(f'{{"items":{await call(request, "list_sessions", request.state.session.id)}}}')


@account.delete("/sessions", answers=Ended)
async def end_other_sessions(request: Request) -> Response:
    """End all other sessions.

    Personal tokens stay.
    """
    return json_response(Ended(await call(request, "end_other_sessions", request.state.session.id)))


account.delete("/sessions/{session_id:uuid}", "End one of the own sessions.", calls="end_session", status=204)
account.get("/tokens", "List the own personal tokens.", calls="list_tokens", answers=Items[PersonalToken])


@account.post("/tokens", body=TokenInput, answers=NewToken, status=201, once=True, problems=[409])
async def create_token(request: Request, made: TokenInput) -> Response:
    """Make a personal token.

    Sent as `Authorization: Bearer flp_...`, it acts as the person who made it, with the role they have at that moment.
    It can make no other tokens.
    """
    refuse_tokens(request)
    given = {"name": made.name, **check_moments(expires_at=made.expires_at)}
    token = new_personal_token()
    created = await call(request, "create_token", encoded(given), token_hash(token))
    return json_response(with_secret(created, "token", token), 201)


account.delete("/tokens/{token_id:uuid}", "Revoke a personal token.", calls="revoke_token", status=204)


async def check_present(request: Request, password: str) -> None:
    """Check the password again: the person at a signed-in browser may not be its owner.

    The failures of a session are counted apart, so that strangers cannot stop people from changing their password.
    Raises Problem 422 or 429, or Unavailable.
    """
    session: Session = request.state.session
    way = passwords.Way(network_of(address_of(request)), f"session {session.id}")
    if not await passwords.check(part(request, Databases).keeper, session.user.email, password, way):
        raise invalid(FieldError("present", "This is not your password."))


def refuse_tokens(request: Request) -> None:
    """Raises Problem 403 for a personal token: it may not change how its owner signs in."""
    if request.state.session.kind == "token":
        raise Problem(403, "A personal token cannot do this. Sign in with your password to do it.")


def with_secret(document: str, name: str, secret: str | None) -> str:
    """A JSON object with a field more, which only this answer holds."""
    return f'{document.rstrip()[:-1]},"{name}":{encoded(secret)}}}'
