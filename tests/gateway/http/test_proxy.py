"""Caddy as docker-compose.yml sets it up, in front of a running gateway: what it refuses, and what it lets through."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from gateway import ROOT
from tests.gateway.conftest import sign_in
from tests.support import Gateway, Workspace, free_port, until

CADDY = shutil.which("caddy")

pytestmark = [pytest.mark.long, pytest.mark.skipif(CADDY is None, reason="there is no caddy on this machine")]


@pytest.fixture(scope="module")
def proxy(shared_gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Caddy in front of the gateway, without TLS and with less patience."""
    assert CADDY is not None
    folder = tmp_path_factory.mktemp("caddy")
    port = free_port()
    given = (ROOT / "docker-compose.yml").read_text().partition("content: |\n")[2].partition("\nvolumes:")[0]
    text = re.sub(r"\$\{FAIRLEAD_DOMAIN:[^}]*\}", f"http://127.0.0.1:{port}", given)
    text = text.replace("gateway:8000", shared_gateway.url.removeprefix("http://")).replace("header 20s", "header 1s")
    file = folder / "Caddyfile"
    file.write_text(text.replace("{\n", "{\nadmin off\n", 1))
    command = [CADDY, "run", "--config", str(file), "--adapter", "caddyfile"]
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as caddy,
    ):
        until(lambda: is_open(port))
        yield f"http://127.0.0.1:{port}"
        caddy.terminate()


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def answer(url: str, sent: bytes) -> bytes:
    """All that is said to these bytes until the connection is closed."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_a_head_that_does_not_end_is_not_waited_for(proxy: str) -> None:
    assert answer(proxy, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")[:12] in (b"", b"HTTP/1.1 408")


def test_a_head_that_is_too_large_is_refused(proxy: str) -> None:
    assert answer(proxy, b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 64 * 1024)[:12] == b"HTTP/1.1 431"


def test_a_lead_is_taken_and_told_live_and_who_is_forged_does_not_count(
    proxy: str, gateway: Gateway, workspace: Workspace
) -> None:
    with httpx.Client(base_url=proxy, timeout=10, headers={"origin": proxy}) as manager:
        sign_in(manager, *gateway.admin)
        with manager.stream("GET", "/api/events") as feed:
            assert feed.headers["content-type"].startswith("text/event-stream")
            headers = {"authorization": f"Bearer {gateway.token}", "x-forwarded-for": "198.51.100.7"}
            posted = httpx.post(f"{proxy}/api/leads/webhook", headers=headers, json={"name": "Asha"}, timeout=10)
            assert posted.status_code == 201
            assert any(posted.json()["lead_id"] in line for line in feed.iter_lines())
        [session] = manager.get("/api/sessions").json()["items"]
    assert "198.51.100.7" not in str(session)
