"""One id leads from an answer to the log, and to all that the request brought about; the log tells nothing else."""

import asyncio
import json
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.app import create_app
from gateway.core import request_ids
from gateway.core.counting import Counts
from tests.gateway.conftest import Post, of_workspace, sign_in
from tests.gateway.http.test_headers import SETTINGS
from tests.support import Gateway, Workspace, until

WEBHOOK = "/api/leads/webhook"
TOKEN = "a token for metrics"


def lines(gateway: Gateway, request_id: str) -> list[dict[str, Any]]:
    """What the log has on a request."""
    entries = [json.loads(line) for line in gateway.log.read_text().splitlines() if line.startswith("{")]
    return [entry for entry in entries if entry.get("request_id") == request_id]


def line(gateway: Gateway, request_id: str) -> dict[str, Any]:
    """The one line that the log has on a request, which is written once the answer has been sent."""
    until(lambda: bool(lines(gateway, request_id)))
    [found] = lines(gateway, request_id)
    return found


def brought_about(workspace: Workspace, request_id: str) -> list[str]:
    """The kinds of the events of a request."""
    found = workspace.connection.execute(
        "select kind from crm.events where workspace_id = %s and request_id = %s order by seq",
        [workspace.id, request_id],
    )
    return [kind for (kind,) in found]


def test_a_change_is_found_by_the_id_of_its_request(
    gateway: Gateway, workspace: Workspace, manager: httpx.Client
) -> None:
    response = manager.post("/api/callers", json={"name": "Kavita"})
    request_id = response.headers["x-request-id"]
    assert brought_about(workspace, request_id) == ["caller.created"]
    written = line(gateway, request_id)
    user = manager.get("/api/session").json()["id"]
    assert written.pop("ms") > 0
    assert {name: written[name] for name in ("event", "level", "method", "route", "status", "workspace", "user")} == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "route": "/api/callers",
        "status": 201,
        "workspace": workspace.id,
        "user": user,
    }


def test_leads_of_one_batch_keep_their_own_requests(workspace: Workspace, post: Post, sender: httpx.Client) -> None:
    workspace.caller("Kavita")
    first = post(name="Asha").headers["x-request-id"]
    given = sender.post(WEBHOOK, json={"name": "Bina"}, headers={"x-request-id": "from.the_proxy-7"})
    assert given.headers["x-request-id"] == "from.the_proxy-7"
    assert brought_about(workspace, first) == brought_about(workspace, "from.the_proxy-7") == ["lead.assigned"]
    found = workspace.connection.execute(
        "select name, request_id from crm.leads where workspace_id = %s order by id", [workspace.id]
    )
    assert found.fetchall() == [("Asha", first), ("Bina", "from.the_proxy-7")]


@pytest.mark.parametrize("given", ["", "x" * 101, "a b", 'a"b', "a/b", "ä".encode(), b"\xff"])
def test_what_cannot_be_an_id_is_replaced(visitor: httpx.Client, given: str | bytes) -> None:
    name = b"x-request-id"
    answers = [
        visitor.get("/healthz", headers=[(name, given if isinstance(given, bytes) else given.encode())]) for _ in "12"
    ]
    first, second = (answer.headers["x-request-id"] for answer in answers)
    assert first != second
    assert copy_context().run(request_ids.begin, [(name, first.encode())]) == first


def test_a_problem_names_its_request(gateway: Gateway, workspace: Workspace, sender: httpx.Client) -> None:
    for response in (sender.post(WEBHOOK, content=b"{"), sender.get("/api/leads"), sender.get("/api/none")):
        assert response.json()["request_id"] == response.headers["x-request-id"]
    refused = sender.post(WEBHOOK, content=b"{")
    written = line(gateway, refused.headers["x-request-id"])
    assert (written["route"], written["status"], written["source"]) == (WEBHOOK, 400, workspace.source_id)


def test_a_lead_that_is_taken_is_no_line_in_the_log(gateway: Gateway, post: Post) -> None:
    assert lines(gateway, post(name="Asha").headers["x-request-id"]) == []


async def test_even_an_answer_to_a_mistake_of_ours_has_its_id_and_headers() -> None:
    async def broken(request: Request) -> Response:
        raise ZeroDivisionError

    app = create_app(SETTINGS)
    app.router.routes.insert(0, Route("/broken", broken))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/broken")
    problem = response.json()
    assert problem["status"] == 500
    assert problem["instance"].startswith("incident-")
    assert problem["request_id"] == response.headers["x-request-id"]
    assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    [counted] = app.state.parts[Counts].requests.collect()
    labels = {"method": "GET", "route": "/broken", "status": "500"}
    assert [(sample.labels, sample.value) for sample in counted.samples] == [(labels, 1)]


async def test_requests_at_once_do_not_mix_up_their_ids() -> None:
    async def request(number: int) -> bool:
        mine = request_ids.begin([])
        await asyncio.sleep(0)
        return request_ids.current() == mine and number >= 0

    assert all(await asyncio.gather(*(asyncio.create_task(request(number)) for number in range(50))))


@pytest.fixture
def talkative(database_url: str, workspace: Workspace, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway that logs everything, and tells its metrics to who has the token."""
    more = {"FAIRLEAD_LOG_LEVEL": "debug", "FAIRLEAD_METRICS_TOKEN": TOKEN}
    with Gateway(database_url, tmp_path, workspace, **more) as running:
        yield of_workspace(running, workspace)


def test_whatever_is_logged_there_are_no_secrets_and_no_people_in_it(talkative: Gateway, workspace: Workspace) -> None:
    secrets = {"token": talkative.token, "phone": "9812345678", "name": "Asha Patil", "password": talkative.admin[1]}
    with httpx.Client(base_url=talkative.url) as client:
        bearer = {"authorization": f"Bearer {talkative.token}"}
        lead = {"name": secrets["name"], "phone": secrets["phone"], "metadata": {"a": 1}}
        taken = client.post(WEBHOOK, json=lead, headers=bearer)
        client.post(WEBHOOK, json={**lead, "timestamp": secrets["name"]}, headers=bearer)
        client.post(WEBHOOK, json=lead, headers={"authorization": f"Basic {talkative.token}"})
        client.post(WEBHOOK, content=b'{"name": "Asha Patil"', headers=bearer)
        sign_in(client, *talkative.admin)
        client.post("/api/session", json={"email": talkative.admin[0], "password": "x" + talkative.admin[1]})
        assert client.get("/api/leads", params={"search": secrets["phone"]}).status_code == 200
        assert client.get(f"/leads/{secrets['phone']}").status_code == 200
        cookie = client.cookies["fairlead_session"]
        # The same gateway tells its metrics only to who has the token.
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}x"}).status_code == 401
        told = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        assert told.status_code == 200
    written = line(talkative, taken.headers["x-request-id"])
    assert (written["level"], written["route"], written["source"]) == ("debug", WEBHOOK, workspace.source_id)
    log = talkative.log.read_text()
    for secret in (*secrets.values(), cookie, TOKEN, talkative.secret):
        assert secret not in log
        assert secret not in told.text
