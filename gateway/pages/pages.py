"""The pages: HTML for people in a browser. What they show they fetch from /api; here is only their frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

import msgspec
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from gateway.core.parts import part
from gateway.core.settings import Settings
from gateway.database.calls import Databases, Unavailable
from gateway.http.docs import Description, Reader
from gateway.http.templates import STATIC, static_path, templates
from gateway.pages.navigation import MANAGERS, NAVIGATION, PLACES, template_for
from gateway.people import sessions
from gateway.people.links import PAGES
from gateway.people.workspace import Rights

# Each release has addresses of its own for scripts and styles, so browsers may keep them for ever.
FOR_EVER = "public, max-age=31536000, immutable"
# Only where no stranger chose a part: compressed beside it, secrets would tell of themselves by their length. So no
# answer of the API; but pages are frames, in which nothing is of anybody but of who is signed in.
COMPRESSED = [Middleware(GZipMiddleware)]

# At the top, so that it is for every page; a browser looks for a newer one by itself.
SERVICE_WORKER = "/service-worker.js"
SECOND_FACTOR = "/second-factor"
# By what addresses of the list of leads say which.
LEADS_ASKED = frozenset({"search", "state", "caller", "campaign", "status", "progress", "source", "period"})

Endpoint = Callable[[Request], Awaitable[Response]]


def routes() -> list[BaseRoute]:
    """Every page, and the files they are made of below /static/{digest of all files}/."""
    return [
        *(
            Route(path, page, middleware=COMPRESSED)
            for path, page in {
                **{place.path: _page(templates(), at=place.path) for place in PLACES},
                "/leads/{lead_id}": _page(templates(), at="/leads", or_at="/"),
                "/campaigns/{campaign_id:int}": _page(templates(), "campaigns/one.html", at="/campaigns"),
                "/import/{import_id:uuid}": _page(templates(), "imports/one.html", at="/import"),
                "/sources/{source_id:int}": _page(templates(), "sources/one.html", at="/sources"),
                "/board": _page(templates(), "dashboard/board.html", at="/reports"),
                "/account": _page(templates(), "people/account.html"),
                "/patterns": _page(templates(), "patterns/page.html"),
            }.items()
        ),
        Route("/login", _for_strangers(templates(), "frame/login.html")),
        Route("/forgotten", _for_strangers(templates(), "people/forgotten.html")),
        *(Route(path, _for_strangers(templates(), "people/welcome.html", kind=kind)) for kind, path in PAGES.items()),
        Route(SECOND_FACTOR, _second_factor(templates())),
        Route("/docs", _docs(templates()), middleware=COMPRESSED),
        Route(SERVICE_WORKER, _service_worker),
        Mount(static_path(), _Assets(directory=STATIC), middleware=COMPRESSED),
        Route("/{path:path}", _page(templates(), "frame/missing.html", status=404)),
    ]


def _page(
    templates: Jinja2Templates,
    name: str | None = None,
    *,
    status: int = 200,
    at: str | None = None,
    or_at: str | None = None,
) -> Endpoint:
    """A page for people who are signed in; others are sent to sign in first.

    `name`: its template, if not that of its place. `at`: its place in the navigation, which says for whom it is; a page
    without one is for everybody. `or_at`: its place for whom that is not.
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
        try:
            rights = await _rights_of(request, session)
        except Unavailable:
            return _answer(templates, request, "frame/unavailable.html", {"user": None}, 503)
        navigation = NAVIGATION[user.role]
        if request.url.path == "/" and user.role in MANAGERS and LEADS_ASKED.intersection(request.query_params):
            return RedirectResponse(f"/leads?{request.url.query}", 303)  # where the list of leads was once
        place = or_at if or_at and at and not template_for(at, user.role) else at
        context = {
            "rights": rights,
            "user": user,
            "page": place or request.url.path,
            "nav": navigation,
            "origin": f"{request.base_url}".rstrip("/"),
            "can_mail": part(request, Settings).mail_server is not None,
        }
        in_place = template_for(place, user.role) if place else name
        if in_place:
            return _answer(templates, request, name or in_place, context, status)
        if request.url.path == "/":  # where everybody goes who just signed in
            return RedirectResponse(navigation.first.path, 303)
        return _answer(templates, request, "frame/refused.html", context, 403)

    return page


async def _rights_of(request: Request, session: sessions.Session) -> Rights:
    """What the person may change of what admins look after: of managers the settings say. Raises Unavailable."""
    role = session.user.role
    if role != "manager":
        return Rights(*(role == "admin",) * 4, ask="")
    rights = await part(request, Databases).people.call(session.principal, "get_rights")
    return msgspec.json.decode(rights, type=Rights)


def _for_strangers(templates: Jinja2Templates, name: str, **more: object) -> Endpoint:
    """A page to come in by, also for those who are signed in already and want to sign in as another."""

    async def page(request: Request) -> Response:
        can_mail = part(request, Settings).mail_server is not None
        return _answer(templates, request, name, {"user": None, "can_mail": can_mail, **more}, 200)

    return page


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


async def _service_worker(_: Request) -> Response:
    return FileResponse(STATIC / "service-worker.js", 200, {"cache-control": "no-store"}, "text/javascript")


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
