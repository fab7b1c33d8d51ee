"""GET /metrics, for Prometheus: what this gateway has counted, and how the workspaces stand in the database.

The database is asked at most every few seconds, however often somebody scrapes. While it cannot be reached, what it
would tell is left out, and `fairlead_database_up` is 0. Workspaces and sources are told of by number and by name; there
are as many series as workspaces (200 at most), sources and routes.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.core.counting import Counts
from gateway.core.parts import part
from gateway.core.problems import Problem
from gateway.core.settings import Settings
from gateway.database.calls import Database, Unavailable
from gateway.events.feed import Feed
from gateway.events.ticker import Ticker
from gateway.intake.batcher import Batcher

SECONDS_BETWEEN_READS = 5.0
# Whoever scrapes waits ten seconds, and wants to be told of the rest even if the database does not answer.
SECONDS_TO_ANSWER = 4.0
STANDINGS = ("free", "paused", "away", "off hours", "at cap", "at max load")


class WorkspaceMetrics(msgspec.Struct):
    """How a workspace stands, as api.read_metrics() tells it."""

    id: int
    last_event: int
    last_lead_at: datetime | None
    waiting: int
    held: int
    waiting_since: datetime | None
    standings: dict[str, int]
    open_leads: int
    assigned_today: int
    daily_limit: int


_decode = msgspec.json.Decoder(list[WorkspaceMetrics]).decode


class Metrics(Collector):
    """All that /metrics tells: what the parts count themselves, and as a collector what the database tells."""

    def __init__(self, database: Database, counts: Counts, batcher: Batcher, feed: Feed, ticker: Ticker) -> None:
        self._database = database
        self._feed = feed
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")
        self._workspaces: list[WorkspaceMetrics] | None = None
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        for counted in (*vars(counts).values(), batcher.seconds, batcher.sizes, feed.seconds, ticker.seconds):
            self._registry.register(counted)
        self._show("fairlead_batcher_waiting_leads", "Leads that wait for the next batch.", lambda: batcher.waiting)
        self._show(
            "fairlead_feed_listening", "1 while the gateway hears of new events, else 0.", lambda: feed.listening
        )
        self._show(
            "fairlead_tick_last_success_timestamp_seconds",
            "When the last tick succeeded; 0: none yet.",
            lambda: ticker.succeeded_at,
        )
        self._registry.register(self)

    def _show(self, name: str, text: str, value: Callable[[], float]) -> None:
        Gauge(name, text, registry=self._registry).set_function(value)

    async def gather(self) -> CollectorRegistry:
        """A registry of everything as it is now, and of the workspaces as they were a few seconds ago at most."""
        async with self._reading:
            if time.monotonic() - self._read_at > SECONDS_BETWEEN_READS:
                self._workspaces = await self._read()
                self._read_at = time.monotonic()
        return self._registry

    async def _read(self) -> list[WorkspaceMetrics] | None:
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                return _decode((await self._database.rows("read_metrics"))[0][0])
        except (Unavailable, TimeoutError):
            return None

    def collect(self) -> Iterator[Metric]:
        """How the workspaces stand, and how far their viewers are."""
        yield from _standing(self._workspaces)
        yield from _behind(self._feed, self._workspaces)


def _standing(workspaces: list[WorkspaceMetrics] | None) -> Iterator[Metric]:
    """How the workspaces stand, if the database has told."""
    yield GaugeMetricFamily("fairlead_database_up", "1 if the database answers, else 0.", int(workspaces is not None))
    events = CounterMetricFamily("fairlead_events", "Events in the workspace's log.", labels=("workspace",))
    queue = _by_workspace("fairlead_queue_leads", "Leads in the queue; held: kept there by a manager.", "held")
    since = _by_workspace(
        "fairlead_queue_oldest_timestamp_seconds", "Since when the longest waiting lead waits, if any."
    )
    last = _by_workspace("fairlead_last_lead_timestamp_seconds", "When the newest lead came in, by whichever way.")
    open_leads = _by_workspace("fairlead_open_leads", "Leads that callers have open, up to 1000 a caller.")
    callers = _by_workspace(
        "fairlead_callers", "Callers by how they stand; only those free are dealt leads.", "standing"
    )
    given = _by_workspace("fairlead_assigned_today", "Leads dealt today to callers who have a daily cap.")
    limit = _by_workspace("fairlead_daily_limit", "The daily caps of those who have one, summed up.")
    for workspace in workspaces or ():
        number = str(workspace.id)
        events.add_metric((number,), workspace.last_event)
        queue.add_metric((number, "false"), workspace.waiting)
        queue.add_metric((number, "true"), workspace.held)
        if workspace.waiting_since is not None:
            since.add_metric((number,), workspace.waiting_since.timestamp())
        if workspace.last_lead_at is not None:
            last.add_metric((number,), workspace.last_lead_at.timestamp())
        open_leads.add_metric((number,), workspace.open_leads)
        for standing in STANDINGS:
            callers.add_metric((number, standing), workspace.standings.get(standing, 0))
        given.add_metric((number,), workspace.assigned_today)
        limit.add_metric((number,), workspace.daily_limit)
    yield from (events, queue, since, last, open_leads, callers, given, limit)


def _behind(feed: Feed, workspaces: list[WorkspaceMetrics] | None) -> Iterator[Metric]:
    """The viewers of each workspace, and how far what they see is behind the log."""
    viewers = _by_workspace("fairlead_viewers", "Pages that watch the workspace on this gateway.")
    behind = _by_workspace("fairlead_feed_events_behind", "Events that those who watch have not been handed yet.")
    newest = {workspace.id: workspace.last_event for workspace in workspaces or ()}
    for workspace_id, (watching, last) in feed.watched().items():
        viewers.add_metric((str(workspace_id),), watching)
        if workspace_id in newest and last >= 0:
            behind.add_metric((str(workspace_id),), max(0, newest[workspace_id] - last))
    yield from (viewers, behind)


def _by_workspace(name: str, text: str, *more: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=("workspace", *more))


async def show_metrics(request: Request) -> Response:
    """GET /metrics: for the watcher alone, who has the token, or is on this machine where there is none."""
    _refuse_others(request, part(request, Settings).metrics_token)
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    registry = await part(request, Metrics).gather()
    return Response(encode(registry), headers={"content-type": content_type})


def _refuse_others(request: Request, token: str | None) -> None:
    if token is not None:
        given = request.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(given, f"Bearer {token}".encode()):
            raise Problem(401, "Send the token for metrics.", headers={"www-authenticate": 'Bearer realm="metrics"'})
    elif not _is_from_here(request):
        raise HTTPException(404)


def _is_from_here(request: Request) -> bool:
    # Behind a proxy on this machine that is not trusted to say so, everybody would seem to be here.
    if request.client is None or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    # A page of another site can make a browser on this machine ask, by a host name of its own that leads here.
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return _is_loopback(request.client.host) and (host == "localhost" or _is_loopback(host))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


routes = [Route("/metrics", show_metrics)]
