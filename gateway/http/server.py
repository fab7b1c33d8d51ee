"""uvicorn, with the settings of the gateway."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from gateway.core.logs import configure_logs
from gateway.core.settings import Settings
from gateway.http.connection import Connection

SECONDS_TO_FINISH = 10


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
    """uvicorn with our settings and logs; it calls `end_streams` before it waits for open requests."""

    def __init__(self, app: Starlette, settings: Settings, end_streams: Callable[[], None]) -> None:
        configure_logs(settings.log_level)
        super().__init__(config_of(app, settings))
        self._end_streams = end_streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Called once, before the first request."""
        await super().startup(sockets)
        # What is there by now stays. Looking through it again and again for garbage cost a tenth of the intake's time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called once, when the process is told to end."""
        self._end_streams()
        await super().shutdown(sockets)
