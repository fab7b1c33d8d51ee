"""URLs of the database: what libpq takes is heeded, or refused by its name before anything starts."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.core.settings import SettingsError
from gateway.database.calls import Database
from gateway.database.connecting import for_commands, target_of
from gateway.database.embedded import SUPERUSER, Server
from gateway.database.migrate import migrate
from tests.operations.conftest import Fairlead
from tests.support import Gateway, Workspace, free_port, until


@pytest.mark.parametrize(
    "parameter",
    [
        "connect_timeout=10",
        "channel_binding=prefer",
        "keepalives=1&keepalives_idle=30&keepalives_interval=10&keepalives_count=3&tcp_user_timeout=5000",
        "gssencmode=disable",
        "load_balance_hosts=random",
        "target_session_attrs=read-write",
        "options=-c%20geqo%3Doff",
        "application_name=mine&fallback_application_name=mine",
        "client_encoding=utf8",
        "sslmode=disable&sslcompression=0&sslsni=1",
        "ssl_min_protocol_version=TLSv1.3",
        "krbsrvname=postgres",
        "passfile=/nonexistent",
    ],
)
async def test_what_libpq_takes_the_gateway_takes(database_url: str, workspace: Workspace, parameter: str) -> None:
    database = Database(f"{database_url}&{parameter}", role="keeper", connections=1)
    try:
        assert await database.rows("last_event", 1)
    finally:
        await database.stop()


@pytest.mark.parametrize(
    "parameter",
    [
        "channel_binding=require",
        "gssencmode=require",
        "target_session_attrs=standby",
        "requirepeer=postgres",
        "require_auth=scram-sha-256",
        "client_encoding=latin1",
        "sslcrldir=/tmp",
        "replication=database",
    ],
)
def test_what_cannot_be_heeded_is_refused_by_its_name(parameter: str) -> None:
    with pytest.raises(SettingsError, match=rf"^FAIRLEAD_GATEWAY_URL: {parameter} cannot be used: "):
        target_of(f"postgresql://a.example/fairlead?{parameter}", "FAIRLEAD_GATEWAY_URL")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://a.example/?colour=red", 'invalid URI query parameter: "colour"'),
        ("postgresql://a.example/?sslmode=maybe", 'invalid sslmode value: "maybe"'),
        ("service=nowhere", 'definition of service "nowhere" not found'),
        ("host=a.example,b.example port=1,2,3", "could not match 3 port numbers to 2 hosts"),
        ("postgresql://a.example/?connect_timeout=soon", "connect_timeout"),
        ("host=a.example hostaddr=127.0.0.1 sslmode=verify-full", "hostaddr"),
        ("host=@fairlead", "abstract socket"),
        ("mysql://a.example/fairlead", "cannot be read"),
    ],
)
def test_what_no_server_could_take_is_refused_in_words(url: str, said: str) -> None:
    with pytest.raises(SettingsError, match="FAIRLEAD_DATABASE_URL") as refusal:
        target_of(url)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://anna:s3cret@a.example/fairlead",
        "mysql://anna:s3cret@a.example/fairlead?x=1",
        "postgresql://anna:s3cret%@a.example/fairlead",
        "postgresql://anna:s3cret/@a.example/fairlead",
        "postgresql://anna:s3cret@[::1/fairlead",
        "host=a.example password=a s3cret",
    ],
)
def test_a_url_that_cannot_be_read_keeps_its_password_to_itself(url: str) -> None:
    with pytest.raises(SettingsError, match="FAIRLEAD_DATABASE_URL") as refusal:
        target_of(url)
    assert "s3cret" not in str(refusal.value)


def test_the_gateway_says_so_before_it_starts_anything(fairlead: Fairlead, database_url: str) -> None:
    done = fairlead("serve", FAIRLEAD_GATEWAY_URL=f"{database_url}&channel_binding=require")
    assert done.returncode == 1
    assert "FAIRLEAD_GATEWAY_URL: channel_binding=require cannot be used" in done.stderr
    assert "Fairlead is at" not in done.stdout


def test_hosts_ports_services_and_the_environment_are_read_as_libpq_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "services").write_text("[leads]\nhost=a.example,b.example\nport=5433,\ndbname=fairlead\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    monkeypatch.setenv("PGUSER", "somebody")
    target = target_of("service=leads connect_timeout=3")
    assert target.hosts == [("a.example", 5433), ("b.example", 5432)]
    assert (target.arguments["user"], target.arguments["database"], target.seconds) == ("somebody", "fairlead", 3)
    assert target_of("host=a.example hostaddr=127.0.0.1").hosts == [("127.0.0.1", 5432)]


@pytest.fixture
def silent() -> Iterator[int]:
    """A server that accepts, and says nothing: its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield int(listener.getsockname()[1])


async def test_a_host_that_accepts_and_says_nothing_keeps_nobody_from_the_next(
    server: Server, database_url: str, workspace: Workspace, silent: int
) -> None:
    name = database_url.rpartition("/")[2].partition("?")[0]
    both = f"host=127.0.0.1,{server.socket_folder} port={silent},5432 user={SUPERUSER} dbname={name}"
    assert migrate(for_commands(both)) is False
    hosts = f"{both} connect_timeout=1"
    database = Database(hosts, role="keeper", connections=2)
    try:
        assert await database.rows("last_event", 1)
        assert target_of(hosts).first == 1, "who answered is asked first"
    finally:
        await database.stop()


POOLER = """
[databases]
{name} = host={host} port=5432 dbname={name} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
ignore_startup_parameters = extra_float_digits,{ignored}
"""
SETTINGS = "role,search_path,jit,lock_timeout,statement_timeout,idle_in_transaction_session_timeout"


@pytest.fixture(params=["", SETTINGS], ids=["that refuses our settings", "that drops our settings"])
def pooler(request: pytest.FixtureRequest, server: Server, database_url: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a PgBouncer before the database."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed (Debian: apt-get install pgbouncer)")
    name, port = database_url.rpartition("/")[2].partition("?")[0], free_port()
    file = tmp_path / "pooler.ini"
    file.write_text(
        POOLER.format(name=name, host=server.socket_folder, user=SUPERUSER, port=port, ignored=request.param)
    )
    tmp_path.chmod(0o755)
    # PgBouncer, too, refuses to be root.
    owner = server.socket_folder.stat()
    account: dict[str, Any] = (
        {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if not os.geteuid() else {}
    )
    with (tmp_path / "pooler.log").open("wb") as log:
        process = subprocess.Popen([program, file], stdout=log, stderr=log, **account)
    try:
        until(lambda: "process up" in (tmp_path / "pooler.log").read_text())
        yield f"postgresql://{SUPERUSER}@127.0.0.1:{port}/{name}"
    finally:
        process.terminate()
        process.wait()


def test_a_pooler_in_between_is_told_in_one_line_and_by_readyz(
    pooler: str, database_url: str, workspace: Workspace, tmp_path: Path
) -> None:
    gateway = Gateway(database_url, tmp_path, workspace, FAIRLEAD_GATEWAY_URL=pooler)
    with gateway.log.open("ab") as log:
        command = [sys.executable, "-m", "gateway.cli", "serve"]
        gateway.process = subprocess.Popen(command, env=gateway.environment, stdout=log, stderr=log)
    try:
        until(lambda: "a connection pooler" in gateway.log.read_text())
        until(lambda: "a connection pooler" in readiness(gateway))
        headers = {"authorization": f"Bearer {gateway.token}"}
        answer = httpx.post(f"{gateway.url}/api/leads/webhook", json={"name": "Asha"}, headers=headers, timeout=30)
        assert answer.status_code == 503
    finally:
        gateway.stop()
    (line,) = [
        line
        for line in gateway.log.read_text().splitlines()
        if '"level": "error"' in line and "name the server itself in FAIRLEAD_GATEWAY_URL" in line
    ]
    assert "PgBouncer" in line
    assert "Traceback" not in gateway.log.read_text()


def readiness(gateway: Gateway) -> str:
    """What /readyz says is missing."""
    try:
        return httpx.get(f"{gateway.url}/readyz", timeout=30).text
    except httpx.TransportError:
        return ""


def test_a_deploy_through_a_pooler_is_refused(pooler: str, fairlead: Fairlead) -> None:
    done = fairlead("migrate", FAIRLEAD_DATABASE_URL=pooler)
    assert done.returncode == 1
    assert "a connection pooler (such as PgBouncer) stands between" in done.stderr
