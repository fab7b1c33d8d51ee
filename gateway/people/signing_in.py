"""Signing in and out: browsers by /api/session and a cookie, programs by /api/auth and tokens."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.core.problems import FieldError, Problem, invalid
from gateway.core.tokens import token_hash
from gateway.database.calls import Databases
from gateway.http.bodies import json_response
from gateway.http.endpoints import Endpoints
from gateway.http.limits import network_of
from gateway.http.shapes import NO_NUL
from gateway.people import passwords
from gateway.people.access_tokens import ACCESS_SECONDS, AccessTokens, RefreshToken, Shown, new_refresh_token
from gateway.people.devices import COOKIE as DEVICE_COOKIE
from gateway.people.devices import LIFETIME_SECONDS, Devices
from gateway.people.factors import Factors, Taken
from gateway.people.passwords import Checked, Way
from gateway.people.sessions import (
    COOKIE,
    Credentials,
    Session,
    User,
    address_of,
    current_user,
    find_session,
    not_signed_in,
)

BROWSER_LIFETIME = timedelta(days=7)
# Of a grant that is not refreshed.
GRANT_LIFETIME = timedelta(days=30)

signing_in = Endpoints("Signing in", public=True)

Token = Annotated[str, Meta(min_length=1, max_length=2000, pattern=NO_NUL)]


class SignedInUser(Struct):
    """Who has signed in."""

    user: User


class Grant(Struct, forbid_unknown_fields=True):
    """What a program gets access tokens for: `email` and `password` of a person, or the last `refresh_token`.

    `code`: of the person's second factor, if there is one.
    """

    email: Annotated[str, Meta(max_length=320, pattern=NO_NUL)] | UnsetType = UNSET
    password: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET
    code: Annotated[str, Meta(max_length=100)] | None = None
    refresh_token: Token | UnsetType = UNSET


class Tokens(Struct):
    """An access token, for `expires_in` seconds, and the refresh token that gets the next one, once."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"
    expires_in: int = ACCESS_SECONDS


class Revocation(Struct, forbid_unknown_fields=True):
    """An access, refresh or personal token."""

    token: Token


@signing_in.get("/session", answers=User, problems=[401])
async def get_session(request: Request) -> Response:
    """Tell who is signed in."""
    user = await current_user(request)
    if user is None:
        raise not_signed_in()
    return json_response(user)


@signing_in.post("/session", body=Credentials, answers=SignedInUser, problems=[401, 429])
async def sign_in(request: Request, credentials: Credentials) -> Response:
    """Sign a browser in.

    Sets the session's cookie. A person with a second factor sends its code as well; without it the answer is 401 and
    names the field `code`. After five failures in a row one must wait: a second, then twice as long every time, up to
    15 minutes. A browser that has signed in to the account before does not wait because of what others guessed.
    """
    cookie = secrets.token_urlsafe(32)
    what = Shown("browser", token_hash(cookie))
    session = await _open(request, credentials, what, None, BROWSER_LIFETIME)
    response = json_response(SignedInUser(session.user))
    secure = request.url.scheme == "https"
    response.set_cookie(
        COOKIE, cookie, max_age=int(BROWSER_LIFETIME.total_seconds()), httponly=True, samesite="lax", secure=secure
    )
    known = part(request, Devices).remembered(request.cookies.get(DEVICE_COOKIE), credentials.email)
    response.set_cookie(DEVICE_COOKIE, known, max_age=LIFETIME_SECONDS, httponly=True, samesite="strict", secure=secure)
    return response


@signing_in.delete("/session", status=204)
async def sign_out(request: Request) -> Response:
    """Sign a browser out.

    Ends the cookie's session, whether or not there still was one.
    """
    cookie = request.cookies.get(COOKIE)
    if cookie:
        keeper = part(request, Databases).keeper
        await keeper.rows("close_session", "browser", token_hash(cookie))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return response


@signing_in.post("/auth/token", body=Grant, answers=Tokens, problems=[401, 429])
async def issue_tokens(request: Request, grant: Grant) -> Response:
    """Get an access token.

    By e-mail and password, or by the refresh token that came with the last one. A refresh token is good once: showing
    an old one again ends all that came of the same sign-in.
    """
    if isinstance(grant.refresh_token, str):
        if grant.email is not UNSET or grant.password is not UNSET:
            raise invalid(FieldError("refresh_token", "It stands alone.", "Leave out email and password."))
        return await _refreshed(request, grant.refresh_token)
    missing = [field for field in ("email", "password") if getattr(grant, field) is UNSET]
    if missing:
        raise invalid(*(FieldError(field, "It is missing.") for field in missing))
    refresh = new_refresh_token()
    what = Shown("grant", refresh.family_hash)
    credentials = Credentials(str(grant.email), str(grant.password), grant.code)
    session = await _open(request, credentials, what, refresh.refresh_hash, GRANT_LIFETIME)
    return _tokens(request, session, refresh)


@signing_in.post("/auth/revoke", body=Revocation, status=204)
async def revoke(request: Request, revocation: Revocation) -> Response:
    """Revoke a token.

    An access or refresh token ends all that came of the same sign-in. The answer is the same for a token nobody knows.
    """
    keeper = part(request, Databases).keeper
    access_tokens = part(request, AccessTokens)
    refresh = RefreshToken.read(revocation.token)
    what = Shown("grant", refresh.family_hash) if refresh else access_tokens.read(revocation.token)
    if what:
        await keeper.rows("close_session", what.kind, what.token_hash)
    return Response(status_code=204)


async def _open(
    request: Request, credentials: Credentials, what: Shown, refresh_hash: bytes | None, lifetime: timedelta
) -> Session:
    """A new session of the person with these credentials. Raises Problem 401 or 429, or Unavailable."""
    keeper = part(request, Databases).keeper
    address = address_of(request)
    device = part(request, Devices).known(request.cookies.get(DEVICE_COOKIE), credentials.email)
    way = Way(network_of(address), device)
    right = await passwords.check(keeper, credentials.email, credentials.password, way)
    if right is None:
        raise Problem(401, "E-mail or password is wrong.")
    code = _code(request, right, credentials.code)
    if code is not None:
        agent = agent_of(request.headers.get("user-agent", ""))
        opened = (right.email, right.password_hash, what.kind, what.token_hash, refresh_hash, lifetime, address, agent)
        wait = (await keeper.rows("open_session", *opened, *way, *code))[0][0]
        if wait is None:
            raise Problem(401, "E-mail or password is wrong.")
        if wait > 0:
            raise passwords.too_many(wait)
        session = await find_session(keeper, what) if wait == 0 else None
        if session:
            return session
    await passwords.count_failure(keeper, right.email, way)
    raise _no_code("This code is wrong, or was used before.")


def _code(request: Request, right: Checked, code: str | None) -> Taken | None:
    """How the database knows the code; None for a wrong one. Raises Problem 401 if a code is needed and missing."""
    if right.factor is None:
        return Taken()
    if not code or not code.strip():
        raise _no_code("Enter the code of your second factor.")
    return part(request, Factors).taken(right.user_id, right.factor, right.last_step, code)


def _no_code(message: str) -> Problem:
    return Problem(401, message, errors=[FieldError("code", message)])


async def _refreshed(request: Request, text: str) -> Response:
    keeper = part(request, Databases).keeper
    old = RefreshToken.read(text)
    if old:
        new = new_refresh_token(old.sid)
        hashes = (old.family_hash, old.refresh_hash, new.refresh_hash)
        if (await keeper.rows("refresh_session", *hashes, GRANT_LIFETIME))[0][0]:
            session = await find_session(keeper, Shown("grant", new.family_hash))
            if session:
                return _tokens(request, session, new)
    raise Problem(401, "This refresh token is unknown, was used before, or has expired. Sign in again.")


def _tokens(request: Request, session: Session, refresh: RefreshToken) -> Response:
    access_tokens = part(request, AccessTokens)
    access = access_tokens.issue(str(session.user.id), session.user.workspace_id, refresh.sid)
    return json_response(Tokens(access, refresh.text))


# The first that fits: browsers name those they descend from as well.
_PROGRAMS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
_SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS X": "macOS"}


def agent_of(header: str) -> str:
    """A User-Agent header in few words: "Firefox on Windows"; of programs its first word, as "curl/8.5.0"."""
    program = next((name for mark, name in _PROGRAMS.items() if f"{mark}/" in header), "")
    if not program:
        return re.sub(r"[^ -~]", "", header.partition(" ")[0])[:60]
    system = next((name for mark, name in _SYSTEMS.items() if mark in header), "")
    system = system or ("Linux" if "Linux" in header else "")
    return f"{program} on {system}" if system else program
