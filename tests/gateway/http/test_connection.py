"""What a client may not do to a connection: dawdle, send endless heads, or say that it is somebody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.server import ServerState

from gateway.app import create_app
from gateway.core.settings import Settings
from gateway.http import connection, front_door
from gateway.http.connection import LARGEST_HEAD, MOST_HEADERS, Connection
from gateway.http.server import config_of
from tests.support import SECRET_KEY, Workspace

SOON = 0.2


def settings(url: str, **more: Any) -> Settings:
    """Those of a gateway made here."""
    return Settings(url, Path("/"), "127.0.0.1", 1, SECRET_KEY.encode(), "admin@fairlead.example", None, **more)


@pytest.fixture
async def port(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Where a gateway listens that has little patience."""
    monkeypatch.setattr(connection, "SECONDS_FOR_HEAD", SOON)
    monkeypatch.setattr(front_door, "SECONDS_FOR_BODY", SOON)
    app = create_app(settings(database_url))
    config = config_of(app, app.state.parts[Settings])
    config.timeout_keep_alive = 1
    config.load()
    state = ServerState()
    async with app.router.lifespan_context(app):
        server = await asyncio.get_running_loop().create_server(
            lambda: Connection(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        yield server.sockets[0].getsockname()[1]
        server.close()
        for task in list(state.tasks):
            await task


async def answered(port: int, *parts: bytes) -> tuple[int, dict[str, str], Any]:
    """Status, headers and document of the answer to these bytes, after which the gateway has closed the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(10):
            answer = await reader.read()
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, json.loads(body)


async def test_a_body_that_does_not_come_is_not_waited_for(port: int, workspace: Workspace) -> None:
    head = (
        b"POST %b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n"
        b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    )
    for path, part in (
        (b"/api/leads/webhook", b""),
        (b"/api/leads/webhook", b'{"name"'),
        (b"/api/session", b'{"email"'),
    ):
        status, headers, problem = await answered(port, head % (path, workspace.token.encode()), part)
        assert (status, problem["status"]) == (408, 408)
        assert headers["content-type"] == "application/problem+json"
        assert headers["x-request-id"] == problem["request_id"]


async def test_what_follows_an_answer_does_not_keep_the_connection(port: int) -> None:
    endless = b"GET /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{"
    status, _, _ = await answered(port, endless)
    assert status == 401


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "], 408),
        ([b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * LARGEST_HEAD], 431),
        ([b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: ", *([b"x" * 4096] * 9)], 431),
        ([b"GET /" + b"x" * LARGEST_HEAD + b" HTTP/1.1\r\nHost: x\r\n\r\n"], 431),
        ([b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: 1\r\n" * (MOST_HEADERS + 1) + b"\r\n"], 431),
        (
            [
                b"POST /api/leads/webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                b"X-Late: 1\r\n" * 101,
            ],
            431,
        ),
        ([b"\x16\x03\x01\x02\x00\x01"], 400),
    ],
    ids=["slow", "long", "longer and longer", "address", "many", "behind the body", "no HTTP"],
)
async def test_heads_are_limited(port: int, parts: list[bytes], status: int) -> None:
    found, headers, problem = await answered(port, *parts)
    assert (found, problem["status"]) == (status, status)
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /api/session HTTP/1.1\r\n\r\n", 400),
        (b"GET /api/session HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n", 400),
        (b"GET /api/session HTTP/1.0\r\n\r\n", 401),
        (b"GET /api/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 401),
    ],
)
async def test_a_request_names_one_host(port: int, head: bytes, status: int) -> None:
    found, _, problem = await answered(port, head)
    assert (found, problem["status"]) == (status, status)


async def test_who_says_nothing_is_let_go(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()


async def test_a_body_in_pieces_is_as_good_as_one_in_one(port: int, workspace: Workspace) -> None:
    body = b'{"name": "Asha"}'
    request = b"POST /api/leads/webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %b\r\n"
    request = request % workspace.token.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body
    status, _, answer = await answered(port, *(request[at : at + 7] for at in range(0, len(request), 7)))
    assert (status, answer["assignment_status"]) == (201, "queued")


async def echo(request: Request) -> Response:
    """Who asks, and how, as the gateway sees it."""
    assert request.client is not None
    return JSONResponse([request.client.host, request.url.scheme])


@pytest.mark.parametrize(
    ("client", "forwarded_for", "seen"),
    [
        ("203.0.113.9", "127.0.0.1", ["203.0.113.9", "http"]),
        ("10.1.2.3", "203.0.113.9", ["203.0.113.9", "https"]),
        ("10.1.2.3", "127.0.0.1, 203.0.113.9", ["203.0.113.9", "https"]),
        ("192.0.2.1", "198.51.100.7, 203.0.113.9, 10.9.9.9", ["203.0.113.9", "https"]),
        ("192.0.2.2", "203.0.113.9", ["192.0.2.2", "http"]),
    ],
    ids=["a stranger who forges", "a proxy", "a proxy, of one who forges", "two proxies", "not a proxy"],
)
async def test_only_trusted_proxies_say_who_the_client_is(client: str, forwarded_for: str, seen: list[str]) -> None:
    config = config_of(
        Starlette(routes=[Route("/", echo)]), settings("postgresql:///x", trusted_proxies="10.0.0.0/8, 192.0.2.1")
    )
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
        given = {"x-forwarded-for": forwarded_for, "x-forwarded-proto": "https"}
        assert (await asking.get("/", headers=given)).json() == seen
