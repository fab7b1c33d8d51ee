"""Sessions: who a request is from, whatever it shows of that."""

from __future__ import annotations

from typing import Annotated, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import Meta, Struct
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.core.parts import part
from gateway.core.problems import Problem
from gateway.core.tokens import token_hash
from gateway.database.calls import Database, Databases, Principal
from gateway.http.shapes import NO_NUL
from gateway.people.access_tokens import AccessTokens, Shown

COOKIE = "fairlead_session"
# Where a second factor is set up.
FACTOR = "/api/account/factor"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

USER_FIELDS = ("email", "name", "role", "workspace_id", "workspace_name", "timezone", "country", "caller_id")


class Credentials(Struct, forbid_unknown_fields=True):
    """What a person signs in with. `code`: from the second factor, or a recovery code; only for people who have one."""

    email: Annotated[str, Meta(max_length=320, pattern=NO_NUL)]
    password: Annotated[str, Meta(max_length=1000)]
    code: Annotated[str, Meta(max_length=100)] | None = None


class User(Struct, omit_defaults=True):
    """A signed-in person and their workspace."""

    id: UUID
    email: str
    name: str
    role: str
    workspace_id: int
    workspace_name: str
    timezone: str
    country: str
    caller_id: UUID | None = None

    @property
    def actor(self) -> str:
        """How events name this person."""
        return f"user:{self.id}"


class Session(NamedTuple):
    """What a request is made with, and whose it is: a signed-in browser, a grant, or a personal token (`kind`).

    `hears_of` is the one caller whose leads the live feed shows; None: it shows everything. `needs_factor`: the
    workspace requires a second factor, and the person must set one up before anything else.
    """

    id: UUID
    user: User
    hears_of: UUID | None
    kind: str
    needs_factor: bool

    @property
    def principal(self) -> Principal:
        """On whose behalf the database is called."""
        return Principal(self.user.role, self.user.workspace_id, self.user.actor)


def shown(request: Request) -> Shown | None:
    """What a request shows of its session. An Authorization header is all that counts where there is one.

    Raises Problem 401 for a header that shows none.
    """
    authorization = request.headers.get("authorization")
    if authorization is None:
        cookie = request.cookies.get(COOKIE)
        return Shown("browser", token_hash(cookie)) if cookie else None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise unknown_token()
    found = part(request, AccessTokens).read(token.strip())
    if found is None:
        raise unknown_token()
    return found


async def current_session(request: Request) -> Session | None:
    """The session a request is made in, asked of the database each time.

    Raises Problem 401 for an Authorization header that is of no use, or Unavailable.
    """
    what = shown(request)
    if what is None:
        return None
    session = await find_session(part(request, Databases).keeper, what)
    if session is None and "authorization" in request.headers:
        raise unknown_token()
    return session


async def find_session(keeper: Database, what: Shown) -> Session | None:
    """The session that is known by what is shown, if it is one still. Raises Unavailable."""
    rows = await keeper.rows("find_session", what.kind, what.token_hash)
    if not rows:
        return None
    user = User(id=rows[0]["user_id"], **{name: rows[0][name] for name in USER_FIELDS})
    if what.owner not in (None, (str(user.id), user.workspace_id)):
        return None
    return Session(rows[0]["session_id"], user, rows[0]["hears_of"], what.kind, rows[0]["needs_factor"])


async def current_user(request: Request) -> User | None:
    """The person who is signed in. Raises as current_session does."""
    session = await current_session(request)
    return session.user if session else None


def address_of(request: Request) -> str:
    """The network address a request comes from."""
    return request.client.host if request.client else ""


def not_signed_in() -> Problem:
    """401 for people who show nothing of a session."""
    return Problem(401, "Sign in first.", headers={"www-authenticate": 'Bearer realm="fairlead"'})


def unknown_token() -> Problem:
    """401 for an Authorization header that belongs to nobody."""
    return Problem(
        401,
        "This token is unknown, has expired, or was revoked. Send a personal or access token as Authorization: Bearer.",
        headers={"www-authenticate": 'Bearer realm="fairlead", error="invalid_token"'},
    )


class SignedIn:
    """Lets only people through who are signed in. What they may do, the database says.

    Endpoints find the session in `request.state.session` and the person in `request.state.user`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Problem 401, Problem 403 while a required second factor is missing, or Unavailable."""
        request = Request(scope)
        session = await current_session(request)
        if session is None:
            raise not_signed_in()
        if session.needs_factor and not request.url.path.startswith(FACTOR):
            raise Problem(403, "This workspace requires a second factor. Sign in on the page and set one up first.")
        request.state.session = session
        request.state.user = session.user
        await self._app(scope, receive, send)


class SameOrigin:
    """Refuses writes that a browser sends on behalf of another site: the protection against forged requests.

    A browser adds only cookies by itself, and with an Authorization header the cookie counts for nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Problem 403."""
        headers = Headers(scope=scope)
        if scope["method"] not in SAFE_METHODS and "authorization" not in headers:
            site = headers.get("sec-fetch-site")
            origin = headers.get("origin")
            if site not in (None, "same-origin", "none"):
                raise Problem(403, "Refused: this request was made by another site.")
            # Browsers too old to say Sec-Fetch-Site say at least where the page came from.
            if site is None and origin is not None and urlsplit(origin).netloc != headers.get("host"):
                raise Problem(403, "Refused: this request was made by another site.")
        await self._app(scope, receive, send)
