"""/healthz, /readyz, beginning without a database, and what is answered where there is nothing."""

import json
import time
from contextlib import ExitStack
from pathlib import Path

import httpx

from gateway.app import create_app
from gateway.embedded import Server
from gateway.settings import Settings
from tests.gateway.conftest import Post, stopped
from tests.support import SECRET_KEY, Gateway, Workspace

SECONDS_TO_RECOVER = 30


def test_a_running_gateway_is_healthy_and_ready(visitor: httpx.Client) -> None:
    assert visitor.get("/healthz").status_code == 200
    assert visitor.get("/readyz").json() == {"status": "ready", "missing": []}


def test_where_there_is_nothing_a_problem_says_so(manager: httpx.Client) -> None:
    for response, status in ((manager.get("/api/nothing"), 404), (manager.put("/api/callers", json={}), 405)):
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == status


def test_the_log_is_json_and_tells_no_secrets(gateway: Gateway, post: Post) -> None:
    post(name="Asha", phone="9812345678")
    log = gateway.log.read_text()
    entries = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"listening"} <= {entry["event"] for entry in entries}
    assert all({"level", "logger", "timestamp"} <= set(entry) for entry in entries)
    assert gateway.token not in log
    assert "9812345678" not in log


async def test_a_database_without_the_functions_is_not_ready(server: Server, migrated: object, tmp_path: Path) -> None:
    url = server.ensure_database("unmigrated")
    settings = Settings(url, tmp_path, "127.0.0.1", 1, SECRET_KEY.encode(), "admin@fairlead.example", None)
    headers = {"authorization": "Bearer fl_x"}
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers) as client,
    ):
        response = await client.get("/readyz")
        assert response.status_code == 503
        assert "the database is not migrated" in response.json()["missing"]
        assert (await client.post("/api/leads/webhook", json={"name": "Asha"})).status_code == 503


async def test_a_gateway_starts_without_its_database_and_works_once_it_is_there(
    server: Server, database_url: str, workspace: Workspace, tmp_path: Path
) -> None:
    settings = Settings(database_url, tmp_path, "127.0.0.1", 1, SECRET_KEY.encode(), "admin@fairlead.example", None)
    headers = {"authorization": f"Bearer {workspace.token}"}
    app = create_app(settings)
    with ExitStack() as outage:
        outage.enter_context(stopped(server))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers) as client,
        ):
            response = await client.get("/readyz")
            assert response.status_code == 503
            assert set(response.json()["missing"]) == {"listening for events", "the database cannot be reached"}
            assert (await client.get("/healthz")).status_code == 200
            refused = await client.post("/api/leads/webhook", json={"name": "Asha"})
            assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
            outage.close()
            deadline = time.monotonic() + SECONDS_TO_RECOVER
            while (response := await client.get("/readyz")).status_code != 200:
                assert time.monotonic() < deadline, response.text
            assert (await client.post("/api/leads/webhook", json={"name": "Asha"})).status_code == 201
