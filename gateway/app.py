"""The gateway put together: routes, the parts behind them, and their beginning and end."""

from __future__ import annotations

import gc
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Annotated

import msgspec
import uvicorn
from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from gateway import (
    alerts,
    audit,
    batcher,
    callers,
    campaigns,
    destinations,
    docs,
    errors,
    exports,
    forms,
    health,
    leads,
    metrics,
    openapi,
    pages,
    people,
    reports,
    rules,
    source_endpoints,
    workspace,
)
from gateway.access_tokens import AccessTokens
from gateway.account import account
from gateway.answers import Event
from gateway.batcher import Batcher, Lane
from gateway.connection import Connection
from gateway.counting import Counts
from gateway.database import Database, Unavailable
from gateway.deliverer import Deliverer
from gateway.devices import Devices
from gateway.endpoints import Endpoints
from gateway.factors import Factors
from gateway.feed import Feed
from gateway.front_door import FrontDoor
from gateway.importing.endpoints import imports
from gateway.importing.importer import ADVANCING_AT_ONCE, Importer
from gateway.intake import WEBHOOK, Intake
from gateway.limits import AtOnce, Held
from gateway.logs import configure_logs
from gateway.long_questions import LongQuestions
from gateway.mail import Mailer
from gateway.many_leads import WEBHOOK_BATCH
from gateway.problems import FieldError, Problem, invalid
from gateway.sealed import Sealing
from gateway.sealing import Sealer
from gateway.second_factor import second_factor
from gateway.settings import Settings
from gateway.signing_in import signing_in
from gateway.sources import Sources
from gateway.taking import Taking
from gateway.ticker import MOST_AT_ONCE, Ticker
from gateway.users import users

SECONDS_TO_FINISH = 10
# Of one person. A hidden page lets go of its stream after a minute, and one that is refused tries again by itself.
MOST_STREAMS = 20
TOO_MANY_STREAMS = f"You are watching on {MOST_STREAMS} pages already. Close one of them."


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

    same_origin = Middleware(people.SameOrigin)
    signed_in = Middleware(people.SignedIn)
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
                                    *leads.leads.routes,
                                    *exports.exports.routes,
                                    *imports.routes,
                                    *rules.rules.routes,
                                    *campaigns.campaigns.routes,
                                    *reports.reports.routes,
                                    *source_endpoints.sources.routes,
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


live = Endpoints("Live feed")


class FeedPosition(Struct, forbid_unknown_fields=True):
    """Where a feed begins: after an event, else now."""

    after: Annotated[int, Meta(ge=0, le=10**18, description="The number of the last event seen.")] | None = None


@live.get("/events", query=FeedPosition, answers=Event, media_type="text/event-stream", problems=[429])
async def events(request: Request, position: FeedPosition) -> Response:
    """Watch what happens, live.

    The workspace's events as server-sent events, after `Last-Event-ID` or `after`, else from now on, for as long as the
    client listens. Each has the number of the event as its id, the kind as its name, and as its data the JSON below.
    A client that is more than 5,000 events behind gets `feed.too_old` instead of them: it should load again what it
    shows, and listen on. One person may have 20 such streams at once.
    """
    given = request.headers.get("last-event-id")
    if given is not None and not (given.isdecimal() and len(given) < 19):
        raise invalid(FieldError("Last-Event-ID", "It must be the number of an event."))
    after = position.after if given is None else int(given)
    session: people.Session = request.state.session

    async def still_welcome() -> bool:
        try:
            now = await people.current_session(request)
        except Unavailable:
            return True
        except Problem:
            return False
        # Whose role is another now comes back, and is shown what that role may see.
        return now is not None and (now.principal, now.hears_of, now.needs_factor) == (
            session.principal,
            session.hears_of,
            session.needs_factor,
        )

    with ExitStack() as place:
        place.enter_context(request.app.state.streams.one(session.principal.actor))
        stream = request.app.state.feed.stream(session.user.workspace_id, after, still_welcome, caller=session.hears_of)
        answer = StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
        return Held(answer, place.pop_all())


class Application(Starlette):
    """Starlette behind our front door, through which also pass the answers it gives when all else failed."""

    def build_middleware_stack(self) -> ASGIApp:
        """Called once, before the first request. The webhook needs nothing of Starlette."""
        state = self.state
        return FrontDoor(
            Intake(super().build_middleware_stack(), state.sources, state.taking, state.counts),
            state.counts,
        )


def config_of(app: Starlette, settings: Settings) -> uvicorn.Config:
    """How uvicorn is to serve the gateway."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=Connection,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        # Longer than the usual 60 seconds of proxies, who must be the ones to let a connection go.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )


class GatewayServer(uvicorn.Server):
    """uvicorn with our settings and logs; it ends the streams of viewers before it waits for open requests."""

    def __init__(self, app: Starlette, settings: Settings) -> None:
        configure_logs(settings.log_level)
        super().__init__(config_of(app, settings))
        self._feed: Feed = app.state.feed

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Called once, before the first request."""
        await super().startup(sockets)
        # What is there by now stays. Looking through it again and again for garbage cost a tenth of the intake's time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called once, when the process is told to end."""
        self._feed.close()
        await super().shutdown(sockets)
