"""GET /metrics: what is told, to whom, and that alerts and dashboard ask for nothing else."""

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from gateway import ROOT, metrics
from gateway.app import create_app
from gateway.core.counting import SECONDS
from gateway.core.settings import Settings
from gateway.events.feed import Feed
from gateway.metrics import STANDINGS
from tests.gateway.conftest import Post, Watch
from tests.support import SECRET_KEY, Workspace

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]

WATCHING = ROOT / "gateway" / "watching"
NAME = re.compile(r"\b(?:fairlead|process)_[a-z_]+\b")


def samples(text: str) -> Samples:
    """Every sample by name and labels."""
    families = text_string_to_metric_families(text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def read(client: httpx.Client) -> Samples:
    """What the gateway tells now."""
    return samples(client.get("/metrics").raise_for_status().text)


def of(samples: Samples, name: str, **labels: object) -> float | None:
    """One of them."""
    return samples.get((f"fairlead_{name}", frozenset((label, str(value)) for label, value in labels.items())))


def test_leads_are_counted_by_what_became_of_them(workspace: Workspace, visitor: httpx.Client, post: Post) -> None:
    before = read(visitor)
    post(name="Waits")
    workspace.caller("Kavita", daily_limit=2)
    post(name="Goes")
    post(name="Goes")
    post(phone=[])
    after = read(visitor)
    source = {"workspace": workspace.id, "source": "Webhook"}
    counted = [of(after, "leads_received_total", **source, outcome=o) for o in ("queued", "assigned", "duplicate")]
    assert counted == [1, 1, 1]

    def more(name: str, **labels: str) -> float:
        return (of(after, name, **labels) or 0) - (of(before, name, **labels) or 0)

    assert more("leads_refused_total", status="422") == 1
    route = {"method": "POST", "route": "/api/leads/webhook"}
    assert [more("http_requests_total", **route, status=status) for status in ("201", "200", "422")] == [2, 1, 1]
    assert more("webhook_seconds_count") == 4
    assert more("batch_leads_count") == more("batch_leads_sum") == more("dealing_seconds_count") == 3


async def test_who_watches_is_counted_and_how_long_news_take(
    workspace: Workspace, visitor: httpx.Client, watch: Watch
) -> None:
    before = read(visitor)
    async with watch() as stream:
        workspace.ingest({"name": "Asha"})
        await stream.take(1)
        after = read(visitor)
    assert of(after, "viewers", workspace=workspace.id) == 1
    assert (of(after, "feed_seconds_count") or 0) > (of(before, "feed_seconds_count") or 0)
    assert of(after, "feed_listening") == of(after, "database_up") == 1
    assert time.time() - (of(after, "tick_last_success_timestamp_seconds") or 0) < 30


def settings(url: str) -> Settings:
    """Those of a gateway made here, that tells its metrics only to this machine."""
    return Settings(url, Path("/"), "127.0.0.1", 1, SECRET_KEY.encode(), "admin@fairlead.example", None)


@asynccontextmanager
async def running(url: str, client: str = "127.0.0.1") -> AsyncIterator[tuple[Starlette, httpx.AsyncClient]]:
    """A gateway made here, and somebody at an address who asks it."""
    app = create_app(settings(url))
    transport = httpx.ASGITransport(app, client=(client, 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as asking,
    ):
        yield app, asking


async def test_a_workspace_is_told_of_as_it_stands(
    database_url: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.caller("Kavita", daily_limit=2)
    workspace.caller("Ravi", status="paused")
    workspace.ingest(*({"name": name} for name in "abc"))
    async with running(database_url) as (app, asking):
        newest = workspace.call("api.last_event(%s)", workspace.id)
        monkeypatch.setattr(app.state.parts[Feed], "watched", lambda: {workspace.id: (3, newest - 2), 0: (1, -1)})
        monkeypatch.setattr(metrics, "SECONDS_BETWEEN_READS", 1000)
        told = samples((await asking.get("/metrics")).text)
        workspace.ingest({"name": "d"})
        cached = samples((await asking.get("/metrics")).text)
        monkeypatch.setattr(metrics, "SECONDS_BETWEEN_READS", -1)
        fresh = samples((await asking.get("/metrics")).text)
    own = {"workspace": workspace.id}
    assert of(told, "queue_leads", **own, held="false") == of(cached, "queue_leads", **own, held="false") == 1
    assert of(fresh, "queue_leads", **own, held="false") == 2
    assert of(told, "queue_leads", **own, held="true") == 0
    assert [of(told, "callers", **own, standing=s) for s in STANDINGS] == [0, 1, 0, 0, 1, 0]
    assert [of(told, name, **own) for name in ("assigned_today", "daily_limit", "open_leads")] == [2, 2, 2]
    assert of(told, "events_total", **own) == newest
    assert [of(told, name, **own) for name in ("viewers", "feed_events_behind")] == [3, 2]
    assert time.time() - (of(told, "last_lead_timestamp_seconds", **own) or 0) < 60
    assert time.time() - (of(told, "queue_oldest_timestamp_seconds", **own) or 0) < 60


async def test_without_its_database_a_gateway_says_so_and_goes_on_counting() -> None:
    async with running("postgresql://nobody@127.0.0.1:1/nothing") as (_, asking):
        await asking.get("/healthz")
        told = samples((await asking.get("/metrics")).text)
    assert of(told, "database_up") == of(told, "feed_listening") == 0
    assert of(told, "http_requests_total", method="GET", route="/healthz", status=200) == 1
    assert [name for name, labels in told if dict(labels).get("workspace")] == []


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.168.1.7", {}, 404),
        ("203.0.113.9", {"x-forwarded-for": "127.0.0.1"}, 404),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 404),
        ("a socket", {}, 404),
        ("127.0.0.1", {"host": "[::1]:8000"}, 200),
        ("127.0.0.1", {"host": "127.0.0.1:8000"}, 200),
        ("127.0.0.1", {"host": "rebound.example:8000"}, 404),
        ("127.0.0.1", {"host": "localhost.example"}, 404),
        ("127.0.0.1", {"host": ""}, 404),
        ("127.0.0.1", {"host": "[localhost"}, 404),
    ],
)
async def test_without_a_token_only_this_machine_may_look(client: str, headers: dict[str, str], status: int) -> None:
    async with running("postgresql://nobody@127.0.0.1:1/nothing", client) as (_, asking):
        assert (await asking.get("/metrics", headers=headers)).status_code == status


def test_whatever_is_asked_for_there_are_no_more_series_than_routes(visitor: httpx.Client) -> None:
    before = len(read(visitor))
    for number in range(30):
        visitor.get(f"/api/leads/{number}")
        visitor.get(f"/api/{number}/nothing")
        visitor.get(f"/{number}/nothing?{number}={number}")
        visitor.get(f"/static/{number}/nothing")
        visitor.request(f"M-{number}" if number else "PROPFIND", "/healthz")
    assert len(read(visitor)) - before <= 5 * (1 + len(SECONDS) + 3)


def test_alerts_and_dashboard_ask_for_what_there_is(visitor: httpx.Client) -> None:
    text = visitor.get("/metrics").text
    helped = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert set(helped) == set(kinds)
    series = {name for name, kind in kinds.items() if kind != "histogram"} | {
        f"{name}_{part}" for name, kind in kinds.items() if kind == "histogram" for part in ("bucket", "sum", "count")
    }
    alerts, dashboard = ((WATCHING / name).read_text() for name in ("prometheus-alerts.yml", "grafana-dashboard.json"))
    for wanted in (set(NAME.findall(alerts)), set(NAME.findall(dashboard))):
        assert len(wanted) > 10
        assert wanted <= series
    # What is told is also shown or watched.
    used = {
        name.removesuffix(end) for name in NAME.findall(alerts + dashboard) for end in ("", "_bucket", "_sum", "_count")
    }
    assert {name for name in kinds if name.startswith("fairlead_")} <= used


def test_the_dashboard_is_one_grafana_can_read() -> None:
    dashboard: dict[str, Any] = json.loads((WATCHING / "grafana-dashboard.json").read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["title"]
        assert panel["description"]
        assert [target["expr"].count("(") - target["expr"].count(")") for target in panel["targets"]].count(0) > 0
