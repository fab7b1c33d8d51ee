"""/healthz, /readyz, beginning without a database, and what is answered where there is nothing."""

import asyncio
import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from pytest_postgresql.executors import NoopExecutor
from starlette.types import ASGIApp

from gateway.app import create_app
from gateway.core.settings import Settings
from gateway.database.calls import Database
from gateway.database.embedded import Server
from gateway.http.health import Trial
from tests.conftest import Connect, clone
from tests.gateway.conftest import Post, stopped
from tests.support import SECONDS_TO_WAIT, SECRET_KEY, Gateway, Workspace, until

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


def test_the_gateway_is_ready_while_a_workspace_is_held(
    workspace: Workspace, connect: Connect, visitor: httpx.Client
) -> None:
    holder = connect(autocommit=False)
    holder.execute("select from crm.workspaces where id = %s for update", [workspace.id])
    for _ in range(2):
        assert visitor.get("/readyz").json() == {"status": "ready", "missing": []}
        until_tried_again(workspace)


def until_tried_again(workspace: Workspace) -> None:
    """Return once the answer of the last try is too old to be given again."""
    newest = "select max(at) < clock_timestamp() - interval '1.1 seconds' from crm.heartbeats"
    until(lambda: workspace.connection.execute(newest).fetchone() == (True,))


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("temp_file_limit = 0", "the database is short of memory, disk or connections"),
        ("default_transaction_read_only = on", "the database takes no writes"),
    ],
)
async def test_a_database_in_which_no_lead_can_be_stored_is_not_ready(
    server: Server, migrated: NoopExecutor, tmp_path: Path, setting: str, reason: str
) -> None:
    """A limit on temporary files is what a test can have instead of a full disk."""
    with clone(migrated, migrated.template_dbname) as name:
        with psycopg.connect(server.url(name), autocommit=True) as connection:
            connection.execute(f'alter database "{name}" set {setting}')
        app = create_app(settings_of(server.url(name), tmp_path))
        async with app.router.lifespan_context(app), visiting(app) as client:
            # At first it may say that the database cannot be reached in the time there is.
            async with asyncio.timeout(SECONDS_TO_WAIT):
                while reason not in (response := await client.get("/readyz")).json().get("missing", []):
                    assert response.status_code == 503


async def test_whoever_asks_shares_one_trial_a_second(shared_url: str) -> None:
    class Counted(Database):
        tries = 0

        async def rows(self, function: str, *arguments: object, within: float | None = None) -> Any:
            self.tries += 1
            return await super().rows(function, *arguments, within=within)

    intake = Counted(shared_url, role="intake", seconds=1, more_seconds=0.3)
    trial = Trial(intake)
    assert set(await asyncio.gather(*(trial.missing() for _ in range(50)))) == {""}
    assert intake.tries == 1
    await intake.stop()


def settings_of(url: str, folder: Path) -> Settings:
    """Those of a gateway on this database."""
    return Settings(url, folder, "127.0.0.1", 1, SECRET_KEY.encode(), "admin@fairlead.example", None)


def visiting(app: ASGIApp, **headers: str) -> httpx.AsyncClient:
    """Somebody who asks the gateway `app` in this process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers)


async def test_a_database_without_the_functions_is_not_ready(server: Server, migrated: object, tmp_path: Path) -> None:
    url = server.ensure_database("unmigrated")
    app = create_app(settings_of(url, tmp_path))
    async with app.router.lifespan_context(app), visiting(app, authorization="Bearer fl_x") as client:
        response = await client.get("/readyz")
        assert response.status_code == 503
        assert "the database is not migrated" in response.json()["missing"]
        assert (await client.post("/api/leads/webhook", json={"name": "Asha"})).status_code == 503


async def test_a_gateway_starts_without_its_database_and_works_once_it_is_there(
    server: Server, database_url: str, workspace: Workspace, tmp_path: Path
) -> None:
    app = create_app(settings_of(database_url, tmp_path))
    with ExitStack() as outage:
        outage.enter_context(stopped(server))
        async with (
            app.router.lifespan_context(app),
            visiting(app, authorization=f"Bearer {workspace.token}") as client,
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
