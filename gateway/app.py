"""The gateway put together: routes, the parts behind them, and their beginning and end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp

from gateway import metrics
from gateway.actions.endpoints import actions
from gateway.activities.calendar import calendar_files, calendars
from gateway.activities.day import day
from gateway.activities.endpoints import activities
from gateway.core.counting import Counts
from gateway.core.parts import Parts
from gateway.core.settings import Settings
from gateway.dashboard.endpoints import dashboard
from gateway.database.calls import Database, Databases
from gateway.events import alerts, audit, destinations, notices
from gateway.events.deliverer import Deliverer
from gateway.events.feed import Feed
from gateway.events.letters import Letters
from gateway.events.live import Streams, live
from gateway.events.notifier import Notifier
from gateway.events.ticker import MOST_AT_ONCE, Ticker
from gateway.events.web_push import Voucher
from gateway.http import docs, errors, health, openapi
from gateway.http.front_door import FrontDoor
from gateway.http.long_questions import LongQuestions
from gateway.http.templates import templates
from gateway.imports.endpoints import imports
from gateway.imports.importer import ADVANCING_AT_ONCE, Importer
from gateway.imports.staff import staff
from gateway.intake import batcher, forms
from gateway.intake.addresses import Addresses
from gateway.intake.batch_webhook import WEBHOOK_BATCH
from gateway.intake.batcher import Batcher, Lane
from gateway.intake.by_kind import ADDRESSED, ByKind
from gateway.intake.endpoints import sources as source_endpoints
from gateway.intake.sources import Sources
from gateway.intake.taking import Taking
from gateway.intake.webhook import PATH, ROUTES, WEBHOOK, Intake, route_of_sender
from gateway.leads import exports
from gateway.leads.endpoints import leads
from gateway.leads.search import search
from gateway.pages import pages
from gateway.people import saved_views, sessions, workspace
from gateway.people.access_tokens import AccessTokens
from gateway.people.account import account
from gateway.people.coming_in import coming_in
from gateway.people.devices import Devices
from gateway.people.factors import Factors
from gateway.people.second_factor import second_factor
from gateway.people.signing_in import signing_in
from gateway.people.users import users
from gateway.routing import callers, campaigns, reports, rules
from gateway.sealing.keys import Sealer
from gateway.sealing.sealing import Sealing, SealingByKeys


def create_app(settings: Settings, sealer: Sealer | None = None) -> Starlette:
    """The gateway as an ASGI application. It starts whether or not the database can be reached.

    With a `sealer` phones and e-mails are sealed. `app.state.parts` are the parts that requests ask for.
    """
    pools = Pools(settings, sealer)
    counts, feed, ticker = Counts(), Feed(pools.keeper, pools.sealing), Ticker(pools.ticking)
    batches = Batcher(Lane.at(pools.intake, batcher.FAST_PLACES), Lane.at(pools.slow_intake, batcher.SLOW_PLACES))
    deliverer = Deliverer(pools.delivering, settings, pools.sealing)
    letters = Letters(pools.delivering, settings)
    notifier = Notifier(pools.delivering, settings)
    importer = Importer(pools.importing, pools.sealing)
    app = Application(
        lifespan=partial(_lifespan, pools.all, (batches, feed, ticker, deliverer, letters, notifier, importer)),
        routes=_routes(),
        exception_handlers=dict.fromkeys((*errors.EXPECTED, Exception), errors.answer),
    )
    api = openapi.document(app.routes, WEBHOOK, WEBHOOK_BATCH, ADDRESSED, forms.FORM)
    app.state.parts = Parts(
        *(settings, Databases(pools.people, pools.keeper), pools.sealing, counts, batches, feed, importer),
        *(AccessTokens(settings.secret_key), Devices(settings.secret_key), Factors(settings.secret_key)),
        Voucher(settings),
        *(Sources(pools.keeper, settings.secret_key), Addresses(pools.keeper, settings.secret_key)),
        forms.Forms(pools.keeper),
        Taking(batches, counts, pools.sealing),
        *(LongQuestions(), Streams(), health.Trial(pools.intake, lambda: feed.listening)),
        metrics.Metrics(pools.keeper, counts, batches, feed, ticker),
        docs.Description(msgspec.json.encode(api)),
    )
    # What may stand in a field of a form: ui/kit/form.html asks the types that check what it sends.
    templates().env.globals["schemas"] = api["components"]["schemas"]
    return app


class Pools:
    """The connections to PostgreSQL: what takes long for one workspace must not hold those that others need."""

    def __init__(self, settings: Settings, sealer: Sealer | None) -> None:
        url = settings.gateway_url or settings.database_url
        assert url, "a database must have been chosen"
        self.keeper = Database(url, role="keeper")
        self.sealing = SealingByKeys(sealer, settings.encryption_keys, self.keeper) if sealer else Sealing()
        self.people = Database(url, connections=12, opened=self.sealing.opened)
        # Batches need one connection less: /readyz tries on it whether a lead can be stored.
        self.intake = Database(
            url,
            role="intake",
            connections=batcher.FAST_PLACES + 1,
            seconds=batcher.FAST_SECONDS,
            lock_seconds=batcher.TOO_SLOW_SECONDS,
            more_seconds=batcher.MORE_SECONDS,
        )
        self.slow_intake = Database(
            url,
            role="intake",
            connections=batcher.SLOW_PLACES,
            seconds=batcher.SLOW_SECONDS,
            more_seconds=batcher.MORE_SECONDS,
        )
        self.ticking = Database(url, role="keeper", connections=MOST_AT_ONCE + 1)
        self.delivering = Database(url, role="keeper", connections=3)
        self.importing = Database(url, role="keeper", connections=ADVANCING_AT_ONCE + 2, seconds=120)

    @property
    def all(self) -> list[Database]:
        """Every pool, in the order in which they start."""
        return [pool for pool in vars(self).values() if isinstance(pool, Database)]


class Working(Protocol):
    """A part that does something by itself while the gateway runs."""

    def start(self) -> None:
        """Begin. Succeeds while the server is down."""

    async def stop(self) -> None:
        """End."""


@asynccontextmanager
async def _lifespan(pools: Sequence[Database], working: Sequence[Working], _app: Starlette) -> AsyncIterator[None]:
    for one in working:
        one.start()
    yield
    for one in reversed(working):
        await one.stop()
    for pool in reversed(pools):
        await pool.stop()


def _routes() -> list[BaseRoute]:
    for_users = [
        *live.routes,
        *callers.callers.routes,
        *staff.routes,
        *leads.routes,
        *activities.routes,
        *calendars.routes,
        *day.routes,
        *exports.exports.routes,
        *search.routes,
        *actions.routes,
        *imports.routes,
        *rules.rules.routes,
        *campaigns.campaigns.routes,
        *reports.reports.routes,
        *dashboard.routes,
        *source_endpoints.routes,
        *workspace.settings.routes,
        *notices.notices.routes,
        *saved_views.saved_views.routes,
        *alerts.alerts.routes,
        *destinations.destinations.routes,
        *audit.audit.routes,
        *account.routes,
        *second_factor.routes,
        *users.routes,
    ]
    same_origin, signed_in = Middleware(sessions.SameOrigin), Middleware(sessions.SignedIn)
    behind_session = Mount("/", Router(for_users, redirect_slashes=False), middleware=[signed_in])
    api = Router([*signing_in.routes, *coming_in.routes, behind_session], redirect_slashes=False)
    return [
        Route("/api", _unknown),
        Mount("/api", api, middleware=[same_origin]),
        *health.health.routes,
        *metrics.routes,
        *docs.routes,
        *forms.routes,
        *calendar_files.routes,
        Mount("/", routes=pages.routes(), middleware=[same_origin]),
    ]


async def _unknown(request: Request) -> Response:
    """/api itself is no endpoint."""
    raise HTTPException(404)


class Application(Starlette):
    """Starlette behind our front door, through which also pass the answers it gives when all else failed."""

    def build_middleware_stack(self) -> ASGIApp:
        """Called once, before the first request. The webhook needs nothing of Starlette."""
        parts: Parts = self.state.parts
        counts = parts[Counts]
        by_kind = ByKind(parts[Sources], parts[Taking], parts[Addresses], counts)
        intake = Intake(super().build_middleware_stack(), parts[Sources], parts[Taking], counts, by_kind)
        return FrontDoor(intake, counts, webhook=PATH, webhooks=ROUTES, route_of_sender=route_of_sender)
