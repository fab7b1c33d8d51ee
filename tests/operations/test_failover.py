"""Two hosts in the URL, a primary and its standby: how long no lead is stored when the primary dies, or only hangs.

Promoted at once, by hand, as Patroni and the like do after their own while. Run with -s to see the figures.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from gateway.database.embedded import SUPERUSER, Server
from gateway.database.migrate import GATEWAY, migrate
from tests.support import Gateway, Workspace, until

pytestmark = pytest.mark.long

MOST_SECONDS = 60


@pytest.fixture
def primary(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "primary") as running:
        running.ensure_database("fairlead")
        yield running


@pytest.fixture
def standby(primary: Server, tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "standby")
    server.folder.mkdir(mode=0o700)
    as_postgres(primary, "pg_basebackup", "-D", str(server.folder), "-R", "-c", "fast", "-d", primary.url("postgres"))
    for name in (".s.PGSQL.5432.lock", "server.log"):  # the primary's own, which lie beside the data
        (server.folder / name).unlink()
    with server:
        yield server


def as_postgres(server: Server, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as the account that the server runs as."""
    owner = server.folder.stat()
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        for argument in (Path(argument) for argument in arguments if argument.startswith("/")):
            os.chown(argument, owner.st_uid, owner.st_gid)
    subprocess.run([server.binaries / program, *arguments], check=True, cwd="/", capture_output=True, **account)


def processes(server: Server) -> list[psutil.Process]:
    """The postmaster and all its children."""
    postmaster = psutil.Process(int((server.folder / "postmaster.pid").read_text().split()[0]))
    return [postmaster, *postmaster.children(recursive=True)]


def hang(server: Server) -> None:
    """Nothing is closed and nothing is said any more; the kernel still accepts connections."""
    processes(server)[0].suspend()  # before its children are listed, so that it has no more of them
    for process in processes(server):
        with suppress(psutil.NoSuchProcess):
            process.suspend()


def die(server: Server) -> None:
    for process in processes(server):
        with suppress(psutil.NoSuchProcess):  # its children end by themselves once the postmaster, the first, is dead
            process.kill()


@pytest.mark.parametrize("fail", [hang, die])
def test_leads_are_stored_on_the_other_host_when_the_primary_fails(
    primary: Server, standby: Server, tmp_path: Path, fail: Callable[[Server], None]
) -> None:
    migrate(primary.url())
    with psycopg.connect(primary.url(), autocommit=True) as connection:
        workspace = Workspace.create(connection)
        workspace.caller("Asha")
    hosts = f"host={primary.socket_folder},{standby.socket_folder} port=5432,5432 dbname=fairlead"
    gateway = Gateway(f"{hosts} user={SUPERUSER}", tmp_path, workspace, FAIRLEAD_GATEWAY_URL=f"{hosts} user={GATEWAY}")
    try:
        with (
            gateway,
            httpx.Client(timeout=MOST_SECONDS, headers={"authorization": f"Bearer {gateway.token}"}) as sender,
        ):

            def post() -> int:
                try:
                    return sender.post(f"{gateway.url}/api/leads/webhook", json={"name": str(time.time())}).status_code
                except httpx.TransportError:
                    return 0

            for _ in range(20):
                assert post() == 201
            until(lambda: in_step(primary, standby))
            fail(primary)
            failed_at = time.monotonic()
            as_postgres(standby, "pg_ctl", "promote", "-D", str(standby.folder))
            promoted = time.monotonic() - failed_at
            answers = []
            while (answer := post()) != 201:
                answers.append(answer)
                assert time.monotonic() - failed_at < MOST_SECONDS
                time.sleep(0.1)
            print(
                f"\nthe primary {'hangs' if fail is hang else 'dies'}: promoted after {promoted:.1f} s, first lead on "
                f"the other after {time.monotonic() - failed_at:.1f} s; answers till then {answers}"
            )
            with psycopg.connect(standby.url()) as connection:
                assert connection.execute("select count(*) from crm.leads").fetchone() == (21,)
            assert set(answers) <= {503}
    finally:
        for process in processes(primary) if fail is hang else []:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


def in_step(primary: Server, standby: Server) -> bool:
    """Whether the standby has all that the primary has."""
    counts = []
    for server in (primary, standby):
        with psycopg.connect(server.url()) as connection:
            counts.append(connection.execute("select count(*) from crm.leads").fetchone())
    return counts[0] == counts[1]
