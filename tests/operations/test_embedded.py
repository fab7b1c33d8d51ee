"""The embedded PostgreSQL: one for all who use a folder, gone with the last of them, whatever became of the others."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import structlog

from gateway.database.embedded import EmbeddedError, Server
from tests.support import until

OTHER_USER = """
import sys, time
from pathlib import Path
from gateway.database.embedded import Server
with Server(Path(sys.argv[1])) as server:
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "postgres"


def other_user(folder: Path) -> subprocess.Popen[str]:
    """Another process that uses the server until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER_USER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("")
    assert process.returncode == 0


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def servers(folder: Path) -> list[psutil.Process]:
    """The postmasters on this folder. A child of one has its command line, too, until it has its own.

    One that is stopped may still be there for a moment: it says so before it ends.
    """
    listed = psutil.process_iter(["cmdline", "ppid"])
    found = [p for p in listed if p.info["cmdline"] and str(folder) in p.info["cmdline"] and "-D" in p.info["cmdline"]]
    numbers = {process.pid for process in found}
    return [process for process in found if process.info["ppid"] not in numbers]


AGAIN = "the embedded PostgreSQL runs again"


def postmaster(folder: Path) -> psutil.Process:
    """The postmaster that wrote its number last. A child of it has its command line, too, until it has its own."""
    return psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))


def test_what_is_committed_is_kept_safe_and_kept(folder: Path) -> None:
    with Server(folder) as server:
        url = server.ensure_database("fairlead")
        with psycopg.connect(url) as connection:
            connection.execute("create table kept as select 1 as number")
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                assert connection.execute(f"show {setting}").fetchone() == ("on",)
    until(lambda: servers(folder) == [])
    with Server(folder) as server, psycopg.connect(server.ensure_database("fairlead")) as connection:
        assert connection.execute("table kept").fetchone() == (1,)


def test_it_listens_on_a_socket_in_a_private_folder_only(folder: Path) -> None:
    with Server(folder) as server, psycopg.connect(server.url("postgres")) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert server.socket_folder.stat().st_mode & 0o077 == 0


def test_the_last_user_stops_it(folder: Path) -> None:
    with Server(folder):
        other = other_user(folder)
        assert len(servers(folder)) == 1
    assert len(servers(folder)) == 1
    leave(other)
    until(lambda: servers(folder) == [])


def test_a_killed_user_leaves_a_server_that_the_next_one_uses_and_stops(folder: Path) -> None:
    kill(other_user(folder))
    (left,) = servers(folder)
    with Server(folder):
        assert servers(folder) == [left]
    until(lambda: servers(folder) == [])


def test_a_server_killed_with_its_user_is_recovered(folder: Path) -> None:
    user = other_user(folder)
    (server,) = servers(folder)
    server.send_signal(signal.SIGQUIT)
    kill(user)
    psutil.wait_procs([server], timeout=30)
    with Server(folder) as again, psycopg.connect(again.ensure_database("fairlead")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_number_of_a_dead_server_given_to_another_process_does_not_mislead(folder: Path) -> None:
    with Server(folder):
        pid_file = (folder / "postmaster.pid").read_text().splitlines()
    bystander = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    (folder / "postmaster.pid").write_text("\n".join([str(bystander.pid), *pid_file[1:]]) + "\n")
    with Server(folder) as server:
        psycopg.connect(server.url("postgres")).close()
    assert bystander.poll() is None
    bystander.communicate()


def test_an_interrupted_creation_is_begun_again(folder: Path) -> None:
    unfinished = folder.with_suffix(".unfinished")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with Server(folder) as server:
        psycopg.connect(server.url("postgres")).close()


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose path is too long for a socket in it."""
    folder = tmp_path / ("d" * 60) / ("e" * 60) / "postgres"
    yield folder
    shutil.rmtree(Server(folder).socket_folder, ignore_errors=True)


def test_a_long_path_is_no_obstacle(deep: Path) -> None:
    with Server(deep) as server, psycopg.connect(server.ensure_database("fairlead")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        assert server.socket_folder.stat().st_mode & 0o077 == 0
    assert Server(deep).socket_folder == server.socket_folder, "whoever comes later finds it"


def test_nobody_can_guess_where_the_socket_is_or_have_the_server_use_a_folder_of_theirs(
    deep: Path, tmp_path: Path
) -> None:
    other = tmp_path / ("d" * 60) / ("f" * 60) / "postgres"
    folder = Server(deep).socket_folder
    assert folder.name != Server(other).socket_folder.name
    assert len(folder.name) > 30
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    folder.symlink_to(theirs)
    with pytest.raises(EmbeddedError, match=str(folder)):
        Server(deep).start()
    folder.unlink()
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(EmbeddedError, match=str(folder)):
        Server(deep).start()
    folder.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
        with pytest.raises(EmbeddedError, match="not a folder of this server alone"):
            Server(deep).start()
    folder.rmdir()
    until(lambda: servers(deep) == [])


def test_data_of_another_major_version_is_left_alone_and_told_what_to_do(folder: Path) -> None:
    with Server(folder):
        pass
    (folder / "PG_VERSION").write_text("14\n")
    with pytest.raises(EmbeddedError, match=r"written by PostgreSQL 14, and this is PostgreSQL 18.*pg_dump"):
        Server(folder).start()
    (folder / "PG_VERSION").write_text("18\n")
    with Server(folder) as server:
        psycopg.connect(server.url("postgres")).close()


def test_a_server_that_dies_is_started_again_until_it_is_left(folder: Path) -> None:
    with Server(folder) as server:
        with server.kept_running(), structlog.testing.capture_logs() as logged:
            for how, times in ((signal.SIGKILL, 1), (signal.SIGQUIT, 2)):
                died = postmaster(folder)
                died.send_signal(how)
                psutil.wait_procs([died], timeout=30)
                until(partial(started_again, logged, times))
                assert answers(server)
        left = postmaster(folder)
        left.send_signal(signal.SIGQUIT)
        psutil.wait_procs([left], timeout=30)
    until(lambda: servers(folder) == [])
    said = [entry["event"] for entry in logged if entry["log_level"] != "warning"]
    assert said == ["the embedded PostgreSQL has died; starting it again", AGAIN] * 2


def started_again(logged: list[MutableMapping[str, Any]], times: int) -> bool:
    return [entry["event"] for entry in logged].count(AGAIN) == times


def answers(server: Server) -> bool:
    try:
        psycopg.connect(server.url("postgres")).close()
    except psycopg.OperationalError:
        return False
    return True
