"""The gateway put together: routes, the parts behind them, and their beginning and end."""

from __future__ import annotations

import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from gateway import callers, health, leads, metrics, pages, people, problems, reports, rules, workspace
from gateway.batcher import Batcher
from gateway.connection import Connection
from gateway.counting import Counts
from gateway.database import Database, Unavailable
from gateway.feed import Feed
from gateway.front_door import FrontDoor
from gateway.intake import Intake
from gateway.logs import configure_logs
from gateway.problems import FieldError, invalid
from gateway.settings import Settings
from gateway.sources import Sources
from gateway.ticker import Ticker

SECONDS_TO_FINISH = 10


def create_app(settings: Settings) -> Starlette:
    """The gateway as an ASGI application. It starts whether or not the database can be reached.

    `app.state` holds settings, database (for people), keeper (for what nobody asked for), sources, batcher, feed,
    counts and metrics.
    """
    assert settings.database_url, "a database must have been chosen"
    database = Database(settings.database_url)
    keeper = Database(settings.database_url, role="keeper")
    intake = Database(settings.database_url, role="intake", connections=3)
    sources = Sources(keeper, settings.secret_key)
    batcher = Batcher(lambda batch: intake.rows("ingest_leads", batch))
    feed = Feed(keeper)
    ticker = Ticker(keeper)
    counts = Counts()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        for pool in (database, keeper, intake):
            await pool.start()
        batcher.start()
        feed.start()
        ticker.start()
        yield
        await ticker.stop()
        await feed.stop()
        await batcher.stop()
        for pool in (intake, keeper, database):
            await pool.stop()

    same_origin = Middleware(people.SameOrigin)
    signed_in = Middleware(people.SignedIn)
    app = Application(
        lifespan=lifespan,
        routes=[
            Route("/api/session", people.show),
            Route("/api/session", people.sign_in, methods=["POST"], middleware=[same_origin]),
            Route("/api/session", people.sign_out, methods=["DELETE"], middleware=[same_origin]),
            Mount(
                "/api",
                routes=[
                    Route("/events", events),
                    *callers.routes,
                    *leads.routes,
                    *rules.routes,
                    *reports.routes,
                    *workspace.routes,
                ],
                middleware=[same_origin, signed_in],
            ),
            *health.routes,
            *metrics.routes,
            Mount("/", routes=pages.routes(), middleware=[same_origin]),
        ],
        exception_handlers=dict.fromkeys((*problems.EXPECTED, Exception), problems.answer),
    )
    app.state.settings = settings
    app.state.database = database
    app.state.keeper = keeper
    app.state.sources = sources
    app.state.batcher = batcher
    app.state.feed = feed
    app.state.counts = counts
    app.state.metrics = metrics.Metrics(keeper, counts, batcher, feed, ticker)
    return app


async def events(request: Request) -> Response:
    """GET /api/events: the workspace's events by SSE, after Last-Event-ID or ?after=, else from now on."""
    given = request.headers.get("last-event-id") or request.query_params.get("after")
    if given is not None and not (given.isdecimal() and len(given) < 19):
        raise invalid(FieldError("after", "It must be the number of an event."))
    cookie = request.cookies[people.COOKIE]

    async def still_signed_in() -> bool:
        try:
            return await people.user_of(request.app.state.keeper, cookie) is not None
        except Unavailable:
            return True

    stream = request.app.state.feed.stream(
        request.state.user.workspace_id, None if given is None else int(given), still_signed_in
    )
    return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


class Application(Starlette):
    """Starlette behind our front door, through which also pass the answers it gives when all else failed."""

    def build_middleware_stack(self) -> ASGIApp:
        """Called once, before the first request. The webhook needs nothing of Starlette."""
        state = self.state
        return FrontDoor(
            Intake(super().build_middleware_stack(), state.sources, state.batcher, state.counts), state.counts
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
