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
from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.core.counting import Counts, Histogram
from gateway.core.problems import Problem
from gateway.database.calls import Database, Unavailable
from gateway.events.feed import Feed
from gateway.events.ticker import Ticker
from gateway.intake.batcher import Batcher
from gateway.intake.webhook import PATH as WEBHOOK
from gateway.intake.webhook import PATHS as WEBHOOKS

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


class Metrics:
    """All that /metrics tells of, gathered from where it is counted."""

    def __init__(self, database: Database, counts: Counts, batcher: Batcher, feed: Feed, ticker: Ticker) -> None:
        self._database = database
        self._parts = (counts, batcher, feed, ticker)
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")
        self._workspaces: list[WorkspaceMetrics] | None = None
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)

    async def gather(self) -> CollectorRegistry:
        """A registry with everything as it is now, and the workspaces as they were a few seconds ago at most."""
        async with self._reading:
            if time.monotonic() - self._read_at > SECONDS_BETWEEN_READS:
                self._workspaces = await self._read()
                self._read_at = time.monotonic()
        registry = CollectorRegistry()
        registry.register(_Told([*self._process.collect(), *_counted(*self._parts), *_standing(self._workspaces)]))
        registry.register(_Told(_behind(self._parts[2], self._workspaces)))
        return registry

    async def _read(self) -> list[WorkspaceMetrics] | None:
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                return _decode((await self._database.rows("read_metrics"))[0][0])
        except (Unavailable, TimeoutError):
            return None


class _Told(Collector):
    """Families that have been made already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> list[Metric]:
        """Them."""
        return self._families


def _counted(counts: Counts, batcher: Batcher, feed: Feed, ticker: Ticker) -> Iterator[Metric]:
    """What this gateway has counted since it started."""
    leads = CounterMetricFamily(
        "fairlead_leads_received",
        "Leads that sources have handed in, by what became of them: assigned, queued, or duplicate (known before).",
        labels=("workspace", "source", "outcome"),
    )
    for (workspace_id, source, outcome), number in counts.leads.items():
        leads.add_metric((str(workspace_id), source, outcome), number)
    yield leads
    refused = CounterMetricFamily(
        "fairlead_leads_refused",
        "Posts to the webhook that were answered with an error, and leads so answered among many, by status.",
        labels=("status",),
    )
    requests = CounterMetricFamily(
        "fairlead_http_requests", "Requests answered, by route and status.", labels=("method", "route", "status")
    )
    by_status = dict(counts.refused)
    for (method, route, status), number in counts.requests.items():
        requests.add_metric((method, route, str(status)), number)
        if route in WEBHOOKS and status >= 400:
            by_status[status] = by_status.get(status, 0) + number
    for status, number in by_status.items():
        refused.add_metric((str(status),), number)
    yield refused
    yield requests
    by_route = HistogramMetricFamily(
        "fairlead_http_seconds",
        "From a request to the beginning of its answer, by route; the webhook apart.",
        labels=("route",),
    )
    for route, seconds in counts.seconds.items():
        if route != WEBHOOK:
            by_route.add_metric((route,), seconds.buckets(), seconds.sum)
    yield by_route
    yield _histogram(
        "fairlead_webhook_seconds",
        "From a post to the webhook to its answer, by when a lead is committed.",
        counts.seconds[WEBHOOK],
    )
    yield _histogram(
        "fairlead_dealing_seconds", "Storing, dealing and committing a batch of leads in the database.", batcher.seconds
    )
    yield _histogram("fairlead_batch_leads", "Leads in a batch.", batcher.sizes)
    yield _gauge("fairlead_batcher_waiting_leads", "Leads that wait for the next batch.", batcher.waiting)
    yield _histogram(
        "fairlead_feed_seconds", "From an event to its being handed to those who watch the workspace.", feed.seconds
    )
    yield _gauge("fairlead_feed_listening", "1 while the gateway hears of new events, else 0.", int(feed.listening))
    yield _histogram(
        "fairlead_tick_seconds", "A tick: taking back unclaimed leads, dealing waiting ones.", ticker.seconds
    )
    yield _gauge(
        "fairlead_tick_last_success_timestamp_seconds",
        "When the last tick succeeded; 0: none yet.",
        ticker.succeeded_at,
    )


def _standing(workspaces: list[WorkspaceMetrics] | None) -> Iterator[Metric]:
    """How the workspaces stand, if the database has told."""
    yield _gauge("fairlead_database_up", "1 if the database answers, else 0.", int(workspaces is not None))
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


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _histogram(name: str, text: str, values: Histogram) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, text, buckets=values.buckets(), sum_value=values.sum)


async def show_metrics(request: Request) -> Response:
    """GET /metrics: for the watcher alone, who has the token, or is on this machine where there is none."""
    _refuse_others(request, request.app.state.settings.metrics_token)
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    registry = await request.app.state.metrics.gather()
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
