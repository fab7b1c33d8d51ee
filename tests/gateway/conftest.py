"""What the gateway's tests share: one running gateway, and in it a workspace, senders and people for each test."""

import copy
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.database.embedded import Server
from gateway.intake.sources import signing_secret
from tests.conftest import Connect
from tests.gateway.stream import Stream
from tests.support import ADMIN, NO_TLS, SECRET_KEY, Gateway, Workspace, is_ready, until

Post = Callable[..., httpx.Response]
Watch = Callable[..., AbstractAsyncContextManager[Stream]]

_workspaces = count(1)


@pytest.fixture
def database_url(shared_url: str) -> str:
    """Tests here keep apart by workspace, not by database."""
    return shared_url


@pytest.fixture
def workspace(connect: Connect) -> Workspace:
    """A workspace of this test alone, with one source, one admin and no callers.

    Its alerts are off: they would come, at any moment, between the events that a test counts.
    """
    made = Workspace.create(connect(), name=f"Workspace {next(_workspaces)}")
    made.connection.execute("insert into crm.alert_settings (workspace_id, alerts) values (%s, '{}')", [made.id])
    # All tests come from one network address; what others got wrong there must lock nobody out here.
    made.connection.execute("delete from crm.sign_in_failures")
    return made


@pytest.fixture
def gateway(shared_gateway: Gateway, workspace: Workspace) -> Gateway:
    """The running gateway, with the token, the secret and the admin of this test's workspace.

    It is ready, whatever a test before did to its database.
    """
    until(lambda: is_ready(shared_gateway.url))
    return of_workspace(shared_gateway, workspace)


@pytest.fixture
def own_gateway(database_url: str, workspace: Workspace, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of this test alone, for those that stop it."""
    with Gateway(database_url, tmp_path, workspace) as running:
        yield of_workspace(running, workspace)


def of_workspace(running: Gateway, workspace: Workspace) -> Gateway:
    """The same gateway as a workspace knows it."""
    found = workspace.connection.execute("select email from crm.users where workspace_id = %s", [workspace.id])
    seen = copy.copy(running)
    seen.token = workspace.token
    seen.secret = signing_secret(SECRET_KEY.encode(), workspace.source_id)
    seen.admin = (found.fetchall()[0][0], ADMIN[1])
    return seen


@pytest.fixture
def sender(gateway: Gateway) -> Iterator[httpx.Client]:
    """An automation: a client that carries the source's token."""
    headers = {"authorization": f"Bearer {gateway.token}"}
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=30, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def post(sender: httpx.Client) -> Post:
    """`post(name="Asha", ...)` posts a lead with the source's token."""

    def post_lead(**lead: Any) -> httpx.Response:
        return sender.post("/api/leads/webhook", json=lead)

    return post_lead


@pytest.fixture
def visitor(gateway: Gateway) -> Iterator[httpx.Client]:
    """Somebody not signed in."""
    with httpx.Client(base_url=gateway.url, timeout=30, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def manager(gateway: Gateway, visitor: httpx.Client) -> httpx.Client:
    """The workspace's admin, signed in."""
    sign_in(visitor, *gateway.admin)
    return visitor


@pytest.fixture
def watch(manager: httpx.Client) -> Watch:
    """`async with watch(after=7) as stream:` opens the live feed as the admin."""

    def open_stream(**given: int) -> AbstractAsyncContextManager[Stream]:
        return watched(manager, **given)

    return open_stream


@asynccontextmanager
async def watched(viewer: httpx.Client, **given: int) -> AsyncIterator[Stream]:
    """The live feed as somebody who is signed in sees it, from `last_event_id`, `after`, or now on."""
    headers = {"last-event-id": str(given["last_event_id"])} if "last_event_id" in given else {}
    params = {"after": given["after"]} if "after" in given else {}
    async with (
        httpx.AsyncClient(
            base_url=viewer.base_url, cookies=viewer.cookies, headers=viewer.headers, timeout=30, verify=NO_TLS
        ) as client,
        client.stream("GET", "/api/events", headers=headers, params=params) as response,
    ):
        yield await Stream.opened(response)


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """The server is down meanwhile."""
    server.stop()
    try:
        yield
    finally:
        server.start()


def sign_in(client: httpx.Client, email: str, password: str) -> None:
    """Sign the client in; its cookies remember."""
    response = client.post("/api/session", json={"email": email, "password": password})
    assert response.status_code == 200, response.text


def fields_at_fault(response: httpx.Response) -> list[str]:
    """The fields that a problem document names."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    return [error["field"] for error in response.json().get("errors", [])]
