"""What the gateway's tests share: somebody who posts leads, and somebody who is signed in."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest

from gateway.embedded import Server
from tests.gateway.stream import Stream
from tests.support import Gateway

Post = Callable[..., httpx.Response]
Watch = Callable[..., AbstractAsyncContextManager[Stream]]


@pytest.fixture
def sender(gateway: Gateway) -> Iterator[httpx.Client]:
    """An automation: a client that carries the source's token."""
    headers = {"authorization": f"Bearer {gateway.token}"}
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=30) as client:
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
    with httpx.Client(base_url=gateway.url, timeout=30) as client:
        yield client


@pytest.fixture
def manager(gateway: Gateway, visitor: httpx.Client) -> httpx.Client:
    """The workspace's admin, signed in."""
    sign_in(visitor, *gateway.admin)
    return visitor


@pytest.fixture
def watch(gateway: Gateway, manager: httpx.Client) -> Watch:
    """`async with watch(after=7) as stream:` opens the live feed as the admin."""

    @asynccontextmanager
    async def open_stream(**given: int) -> AsyncIterator[Stream]:
        headers = {"last-event-id": str(given["last_event_id"])} if "last_event_id" in given else {}
        params = {"after": given["after"]} if "after" in given else {}
        async with (
            httpx.AsyncClient(base_url=gateway.url, cookies=manager.cookies, timeout=30) as client,
            client.stream("GET", "/api/events", headers=headers, params=params) as response,
        ):
            yield await Stream.opened(response)

    return open_stream


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
