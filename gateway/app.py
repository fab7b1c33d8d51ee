"""The gateway put together: routes, the parts behind them, and their beginning and end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from gateway import metrics
from gateway.core.counting import Counts
from gateway.core.settings import Settings
from gateway.database.calls import Database
from gateway.events import alerts, audit, destinations
from gateway.events.deliverer import Deliverer
from gateway.events.feed import Feed
from gateway.events.live import MOST_STREAMS, TOO_MANY_STREAMS, live
from gateway.events.mail import Mailer
from gateway.events.ticker import MOST_AT_ONCE, Ticker
from gateway.http import docs, errors, health, openapi
from gateway.http.front_door import FrontDoor
from gateway.http.limits import AtOnce
from gateway.http.long_questions import LongQuestions
from gateway.imports.endpoints import imports
from gateway.imports.importer import ADVANCING_AT_ONCE, Importer
from gateway.intake import batcher, forms
from gateway.intake.batch_webhook import WEBHOOK_BATCH
from gateway.intake.batcher import Batcher, Lane
from gateway.intake.endpoints import sources as source_endpoints
from gateway.intake.sources import Sources
from gateway.intake.taking import Taking
from gateway.intake.webhook import PATH, PATHS, WEBHOOK, Intake
from gateway.leads import exports
from gateway.leads.endpoints import leads
from gateway.pages import pages
from gateway.people import sessions, workspace
from gateway.people.access_tokens import AccessTokens
from gateway.people.account import account
from gateway.people.devices import Devices
from gateway.people.factors import Factors
from gateway.people.second_factor import second_factor
from gateway.people.signing_in import signing_in
from gateway.people.users import users
from gateway.routing import callers, campaigns, reports, rules
from gateway.sealing.keys import Sealer
from gateway.sealing.sealing import Sealing


def create_app(settings: Settings, sealer: Sealer | None = None) -> Starlette:
    """The gateway as an ASGI application. It starts whether or not the database can be reached.

    With a `sealer` phones and e-mails are sealed.

    `app.state` holds settings, database (for people), keeper (for what nobody asked for), access_tokens, devices,
    factors, sources, forms, taking, batcher, trial, feed, long_questions, streams, importer, sealing, counts, metrics,
    and openapi, the JSON that describes the API.
    """
    url = settings.gateway_url or settings.database_url
    assert url, "a database must have been chosen"
    database = Database(url, connections=12)
    keeper = Database(url, role="keeper")
    # Batches need one connection less: /readyz tries on it whether a lead can be stored.
    intake = Database(
        url,
        role="intake",
        connections=batcher.FAST_PLACES + 1,
        seconds=batcher.FAST_SECONDS,
        lock_seconds=batcher.TOO_SLOW_SECONDS,
        more_seconds=batcher.MORE_SECONDS,
    )
    slow_intake = Database(
        url,
        role="intake",
        connections=batcher.SLOW_PLACES,
        seconds=batcher.SLOW_SECONDS,
        more_seconds=batcher.MORE_SECONDS,
    )
    # What takes long for one workspace must not hold the connections that the others' leads and people need.
    ticking = Database(url, role="keeper", connections=MOST_AT_ONCE + 1)
    delivering = Database(url, role="keeper", connections=3)
    importing = Database(url, role="keeper", connections=ADVANCING_AT_ONCE + 2, seconds=120)
    sources = Sources(keeper, settings.secret_key)
    batches = Batcher(Lane.at(intake, batcher.FAST_PLACES), Lane.at(slow_intake, batcher.SLOW_PLACES))
    sealing = Sealing(sealer, settings.encryption_keys, keeper) if sealer else None
    feed = Feed(keeper, sealing)
    ticker = Ticker(ticking)
    importer = Importer(importing, sealing)
    counts = Counts()
    deliverer = Deliverer(
        delivering,
        settings.secret_key,
        Mailer(settings.mail_server),
        allow_private=settings.allow_private_destinations,
        sealing=sealing,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        for pool in (database, keeper, intake, slow_intake, ticking, delivering, importing):
            await pool.start()
        batches.start()
        feed.start()
        ticker.start()
        deliverer.start()
        importer.start()
        yield
        await importer.stop()
        await ticker.stop()
        await deliverer.stop()
        await feed.stop()
        await batches.stop()
        for pool in (importing, delivering, ticking, slow_intake, intake, keeper, database):
            await pool.stop()

    same_origin = Middleware(sessions.SameOrigin)
    signed_in = Middleware(sessions.SignedIn)
    app = Application(
        lifespan=lifespan,
        routes=[
            Route("/api", unknown),
            Mount(
                "/api",
                Router(
                    [
                        *signing_in.routes,
                        Mount(
                            "/",
                            Router(
                                [
                                    *live.routes,
                                    *callers.callers.routes,
                                    *leads.routes,
                                    *exports.exports.routes,
                                    *imports.routes,
                                    *rules.rules.routes,
                                    *campaigns.campaigns.routes,
                                    *reports.reports.routes,
                                    *source_endpoints.routes,
                                    *workspace.settings.routes,
                                    *alerts.alerts.routes,
                                    *destinations.destinations.routes,
                                    *audit.audit.routes,
                                    *account.routes,
                                    *second_factor.routes,
                                    *users.routes,
                                ],
                                redirect_slashes=False,
                            ),
                            middleware=[signed_in],
                        ),
                    ],
                    redirect_slashes=False,
                ),
                middleware=[same_origin],
            ),
            *health.health.routes,
            *metrics.routes,
            *docs.routes,
            *forms.routes,
            Mount("/", routes=pages.routes(), middleware=[same_origin]),
        ],
        exception_handlers=dict.fromkeys((*errors.EXPECTED, Exception), errors.answer),
    )
    app.state.settings = settings
    app.state.openapi = msgspec.json.encode(openapi.document(app.routes, WEBHOOK, WEBHOOK_BATCH, forms.FORM))
    app.state.database = database
    app.state.keeper = keeper
    app.state.access_tokens = AccessTokens(settings.secret_key)
    app.state.devices = Devices(settings.secret_key)
    app.state.factors = Factors(settings.secret_key)
    app.state.sources = sources
    app.state.forms = forms.Forms(keeper)
    app.state.taking = Taking(batches, counts, sealing)
    app.state.batcher = batches
    app.state.trial = health.Trial(intake)
    app.state.feed = feed
    app.state.long_questions = LongQuestions()
    app.state.streams = AtOnce(MOST_STREAMS, TOO_MANY_STREAMS, retry_after=15)
    app.state.importer = importer
    app.state.sealing = sealing
    app.state.counts = counts
    app.state.metrics = metrics.Metrics(keeper, counts, batches, feed, ticker)
    return app


async def unknown(request: Request) -> Response:
    """/api itself is no endpoint."""
    raise HTTPException(404)


class Application(Starlette):
    """Starlette behind our front door, through which also pass the answers it gives when all else failed."""

    def build_middleware_stack(self) -> ASGIApp:
        """Called once, before the first request. The webhook needs nothing of Starlette."""
        state = self.state
        return FrontDoor(
            Intake(super().build_middleware_stack(), state.sources, state.taking, state.counts),
            state.counts,
            webhook=PATH,
            webhooks=PATHS,
        )
