"""The pages: HTML for people in a browser. What they show they fetch from /api; here is only their frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from gateway.core.parts import part
from gateway.database.calls import Unavailable
from gateway.http.docs import Description, Reader
from gateway.http.templates import STATIC, static_path, templates
from gateway.pages.navigation import NAVIGATION, is_for
from gateway.people import sessions

# Each release has addresses of its own for scripts and styles, so browsers may keep them for ever.
FOR_EVER = "public, max-age=31536000, immutable"
# Only what everybody may read: compressing secrets beside what a stranger chose would tell of them.
COMPRESSED = [Middleware(GZipMiddleware)]

SECOND_FACTOR = "/second-factor"

Endpoint = Callable[[Request], Awaitable[Response]]


def routes() -> list[BaseRoute]:
    """Every page, and the files they are made of below /static/{digest of all files}/."""
    return [
        Route("/", _page(templates(), "leads/page.html", caller="leads/mine.html")),
        Route("/leads/{lead_id}", _page(templates(), "leads/page.html", current="/", caller="leads/mine.html")),
        Route("/queue", _page(templates(), "leads/queue.html")),
        Route("/callers", _page(templates(), "callers/page.html")),
        Route("/routing", _page(templates(), "routing/page.html")),
        Route("/campaigns", _page(templates(), "campaigns/page.html")),
        Route("/campaigns/{campaign_id:int}", _page(templates(), "campaigns/one.html", current="/campaigns")),
        Route("/import", _page(templates(), "imports/page.html")),
        Route("/import/{import_id:uuid}", _page(templates(), "imports/one.html", current="/import")),
        Route("/reports", _page(templates(), "routing/reports.html")),
        Route("/audit", _page(templates(), "events/audit.html")),
        Route("/sources", _page(templates(), "sources/page.html")),
        Route("/sources/{source_id:int}", _page(templates(), "sources/one.html", current="/sources")),
        Route("/alerts", _page(templates(), "events/alerts.html")),
        Route("/people", _page(templates(), "people/page.html")),
        Route("/settings", _page(templates(), "people/settings.html")),
        Route("/account", _page(templates(), "people/account.html")),
        Route("/patterns", _page(templates(), "patterns/page.html")),
        Route("/login", _login(templates())),
        Route(SECOND_FACTOR, _second_factor(templates())),
        Route("/docs", _docs(templates()), middleware=COMPRESSED),
        Mount(static_path(), _Assets(directory=STATIC), middleware=COMPRESSED),
        Route("/{path:path}", _page(templates(), "frame/missing.html", status=404)),
    ]


def _page(
    templates: Jinja2Templates, name: str, *, status: int = 200, current: str | None = None, **by_role: str
) -> Endpoint:
    """A page for people who are signed in; others are sent to sign in first.

    `current`: its place in the navigation, which says for whom it is. `by_role`: a role's own template, if it has one.
    """

    async def page(request: Request) -> Response:
        try:
            session = await sessions.current_session(request)
        except Unavailable:
            return _answer(templates, request, "frame/unavailable.html", {"user": None}, 503)
        asked = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="/")
        if session is None:
            return RedirectResponse(f"/login?next={asked}", 303)
        if session.needs_factor:
            return RedirectResponse(f"{SECOND_FACTOR}?next={asked}", 303)
        user = session.user
        request.state.user = user
        place = current or request.url.path
        navigation = NAVIGATION[user.role]
        context = {"user": user, "page": place, "nav": navigation, "origin": f"{request.base_url}".rstrip("/")}
        if is_for(place, user.role):
            return _answer(templates, request, by_role.get(user.role, name), context, status)
        if request.url.path == "/":  # where everybody goes who just signed in
            return RedirectResponse(navigation.first.path, 303)
        return _answer(templates, request, "frame/refused.html", context, 403)

    return page


def _login(templates: Jinja2Templates) -> Endpoint:
    """The page to sign in, also for those who are signed in already and want to sign in as another."""

    async def login(request: Request) -> Response:
        return _answer(templates, request, "frame/login.html", {"user": None}, 200)

    return login


def _second_factor(templates: Jinja2Templates) -> Endpoint:
    """The page to set up a second factor: the only page for a person who must have one and has none."""

    async def second_factor(request: Request) -> Response:
        try:
            session = await sessions.current_session(request)
        except Unavailable:
            return _answer(templates, request, "frame/unavailable.html", {"user": None}, 503)
        if session is None:
            return RedirectResponse(f"/login?next={SECOND_FACTOR}", 303)
        context: dict[str, object] = {"user": None, "email": session.user.email, "must": session.needs_factor}
        return _answer(templates, request, "people/second-factor.html", context, 200)

    return second_factor


def _docs(templates: Jinja2Templates) -> Endpoint:
    """The documentation of the API, for everybody: it describes no data. Made once, since it is long."""
    made: list[Response] = []

    async def docs(request: Request) -> Response:
        if not made:
            reader = Reader(part(request, Description).json)
            made.append(_answer(templates, request, "frame/docs.html", {"user": None, "api": reader}, 200))
        return Response(made[0].body, 200, {"cache-control": "no-cache"}, "text/html")

    return docs


def _answer(
    templates: Jinja2Templates, request: Request, name: str, context: dict[str, object], status: int
) -> Response:
    return templates.TemplateResponse(request, name, context, status)


class _Assets(StaticFiles):
    """Scripts, styles and pictures, cached for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Raises HTTPException 404 for what is not there."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = FOR_EVER
        return response
