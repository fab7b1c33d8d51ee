"""People: signing in and out, who a request is from, and what they may do."""

from __future__ import annotations

import functools
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.answers import SignedInAnswer, SignedInUser
from gateway.database import NO_TERMS, Database, Principal
from gateway.endpoints import Endpoints
from gateway.problems import Problem
from gateway.sources import token_hash
from gateway.wire import Credentials, User, json_response

COOKIE = "fairlead_session"
SESSION_LIFETIME = timedelta(days=7)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Each verification takes tens of MiB and a core for tens of milliseconds: more at once would starve the leads.
_verifications = anyio.CapacityLimiter(2)
_hasher = PasswordHasher()


async def current_user(request: Request) -> User | None:
    """Whoever is signed in with the request's cookie, asked of the database each time. Raises Unavailable."""
    cookie = request.cookies.get(COOKIE)
    return await user_of(request.app.state.keeper, cookie) if cookie else None


async def user_of(keeper: Database, cookie: str) -> User | None:
    """Whose session a cookie is, if it is one still. Raises Unavailable."""
    rows = await keeper.rows("find_session", token_hash(cookie))
    return User(id=rows[0]["user_id"], **{name: rows[0][name] for name in SESSION_FIELDS}) if rows else None


SESSION_FIELDS = ("email", "name", "role", "workspace_id", "workspace_name", "timezone", "country")


async def call(request: Request, function: str, *arguments: object) -> Any:
    """Call a function of schema `api` for the person whom SignedIn let through. Raises as Database.call does."""
    user: User = request.state.user
    database: Database = request.app.state.database
    principal = Principal(user.role, user.workspace_id, user.actor)
    return await database.call(principal, function, *arguments, terms=getattr(request.state, "terms", NO_TERMS))


class SameOrigin:
    """Refuses writes that a browser sends on behalf of another site: the protection against forged requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Problem 403."""
        if scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            site = headers.get("sec-fetch-site")
            origin = headers.get("origin")
            if site not in (None, "same-origin", "none"):
                raise Problem(403, "Refused: this request was made by another site.")
            # Browsers too old to say Sec-Fetch-Site say at least where the page came from.
            if site is None and origin is not None and urlsplit(origin).netloc != headers.get("host"):
                raise Problem(403, "Refused: this request was made by another site.")
        await self._app(scope, receive, send)


session = Endpoints("Session", public=True, middleware=[Middleware(SameOrigin)])


@session.get("/api/session", answers=SignedInUser, problems=[401])
async def show(request: Request) -> Response:
    """See who is signed in."""
    user = await current_user(request)
    if user is None:
        raise not_signed_in()
    return json_response(user)


@session.post("/api/session", body=Credentials, answers=SignedInAnswer, problems=[401])
async def sign_in(request: Request, credentials: Credentials) -> Response:
    """Sign in.

    E-mail and password are checked, and the session cookie is set.
    """
    keeper: Database = request.app.state.keeper
    rows = await keeper.rows("find_user", credentials.email.strip().lower())
    # The same work is done for a name nobody has, so that answers do not tell which addresses are known.
    right = await anyio.to_thread.run_sync(
        _matches, rows[0]["password_hash"] if rows else None, credentials.password, limiter=_verifications
    )
    if not right:
        raise Problem(401, "E-mail or password is wrong.")
    cookie = secrets.token_urlsafe(32)
    await keeper.rows("open_session", rows[0]["user_id"], token_hash(cookie), SESSION_LIFETIME)
    response = json_response({"user": await user_of(keeper, cookie)})
    secure = request.url.scheme == "https"
    response.set_cookie(
        COOKIE, cookie, max_age=int(SESSION_LIFETIME.total_seconds()), httponly=True, samesite="lax", secure=secure
    )
    return response


@session.delete("/api/session", status=204)
async def sign_out(request: Request) -> Response:
    """Sign out.

    Ends the session, whether or not there still was one.
    """
    cookie = request.cookies.get(COOKIE)
    if cookie:
        keeper: Database = request.app.state.keeper
        await keeper.rows("close_session", token_hash(cookie))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return response


def not_signed_in() -> Problem:
    """401 for people."""
    return Problem(401, "Sign in first.")


def _matches(stored_hash: str | None, password: str) -> bool:
    try:
        right = _hasher.verify(stored_hash or _hash_of_nobody(), password)
    except (Argon2Error, InvalidHashError):
        return False
    return right and stored_hash is not None


@functools.cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())


class SignedIn:
    """Lets only people through who are signed in. What they may do, the database says.

    Endpoints find the person in `request.state.user`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Problem 401, or Unavailable."""
        request = Request(scope)
        user = await current_user(request)
        if user is None:
            raise not_signed_in()
        request.state.user = user
        await self._app(scope, receive, send)
