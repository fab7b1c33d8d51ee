"""Helpers of the fixtures in `conftest.py`: a workspace to work on by SQL, and the gateway in a process of its own."""

import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import argon2
import httpx
import psycopg
import psycopg.rows
import pyotp
from psycopg.types.json import Jsonb

from gateway.people.factors import STEP_SECONDS

SECRET_KEY = "0123456789abcdef" * 4
ADMIN = ("admin@fairlead.example", "a password for tests")
SECONDS_TO_WAIT = 90
# For clients of a gateway, which here speaks plain HTTP: reading the certificates of this machine takes each of them
# longer than most of what it asks.
NO_TLS = False


@dataclass
class Workspace:
    """One workspace with one source and one admin. Everything goes through the functions of schema `api`."""

    connection: psycopg.Connection[Any]
    id: int
    source_id: int
    token: str

    @classmethod
    def create(
        cls,
        connection: psycopg.Connection[Any],
        *,
        name: str = "Test",
        timezone: str = "Asia/Kolkata",
        country: str = "IN",
    ) -> Self:
        """Make it in the connection's database; the connection is kept, and must be in autocommit mode."""
        token = "fl_" + secrets.token_urlsafe(32)
        workspace_id = _scalar(connection, "select api.create_workspace(%s, %s, %s)", name, timezone, country)
        digest = hashlib.sha256(token.encode()).digest()
        source_id = _scalar(connection, "select api.create_source(%s, 'Webhook', %s)", workspace_id, digest)
        cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        email, password = ADMIN if name == "Test" else (f"{secrets.token_hex(4)}@fairlead.example", ADMIN[1])
        user = (workspace_id, email, "Admin", "admin", cheap.hash(password))
        _scalar(connection, "select api.create_user(%s, %s, %s, %s, %s)", *user)
        return cls(connection, workspace_id, source_id, token)

    def caller(self, name: str, *states: str, daily_limit: int = 0, **more: Any) -> str:
        """Add a caller and return the id."""
        caller = {"name": name, "states": list(states), "daily_limit": daily_limit, **more}
        created = self.call("api.create_caller(%s)", Jsonb(caller))
        return str(created["id"])

    def ingest(self, *leads: dict[str, Any]) -> list[dict[str, Any]]:
        """Pass leads to `api.ingest_leads` as one batch; one answer for each, in order."""
        batch = Jsonb([{"source_id": self.source_id, **lead} for lead in leads])
        with self.connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            return cursor.execute("select * from api.ingest_leads(%s) order by ordinal", [batch]).fetchall()

    def call(self, function: str, *arguments: Any) -> Any:
        """Call `api.name(%s, ...)` with the workspace and actor set, and return its value."""
        with self.connection.transaction():
            settings = "select set_config('fairlead.workspace_id', %s, true), set_config('fairlead.actor', 'cli', true)"
            self.connection.execute(settings, [str(self.id)])
            return _scalar(self.connection, f"select {function}", *arguments)


class Gateway:
    """`fairlead serve` on the workspace's database.

    Attributes: url, token and secret (of the workspace's source), admin (e-mail, password), log (path of its output),
    process. `stop` and `start` may be called at any time and keep the address.
    """

    def __init__(self, database_url: str, folder: Path, workspace: Workspace, **environment: str) -> None:
        from gateway.intake.sources import signing_secret

        self.token = workspace.token
        self.secret = signing_secret(SECRET_KEY.encode(), workspace.source_id)
        self.admin = ADMIN
        self.log = folder / "gateway.log"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            **os.environ,
            "FAIRLEAD_DATABASE_URL": database_url,
            "FAIRLEAD_GATEWAY_URL": database_url.replace("//postgres@", "//fairlead_gateway@"),
            "FAIRLEAD_DATA_DIR": str(folder / "data"),
            "FAIRLEAD_HOST": "127.0.0.1",
            "FAIRLEAD_PORT": str(port),
            "FAIRLEAD_SECRET_KEY": SECRET_KEY,
            "FAIRLEAD_ALLOW_PRIVATE_DESTINATIONS": "1",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and return once it is ready."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "gateway.cli", "serve"]
            self.process = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while not is_ready(self.url):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"the gateway did not start:\n{self.log.read_text()}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Send the signal and wait for the end; the exit code."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the gateway did not stop:\n{self.log.read_text()}") from None
        finally:
            self.process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def is_ready(url: str) -> bool:
    """Whether a gateway there says that it is ready."""
    try:
        return httpx.get(f"{url}/readyz", verify=NO_TLS).status_code == 200
    except httpx.TransportError:
        return False


def until(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds; fails when it does not come to that."""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def code_of(secret: str, later: int = 0) -> str:
    """The code that an app shows for the secret of a second factor, or shows so many steps later."""
    return pyotp.TOTP(secret.replace(" ", "")).generate_otp(int(time.time()) // STEP_SECONDS + later)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _scalar(connection: psycopg.Connection[Any], statement: str, *arguments: Any) -> Any:
    row = connection.execute(statement, arguments).fetchone()
    assert row is not None
    return row[0]
