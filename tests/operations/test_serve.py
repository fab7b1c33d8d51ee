"""`fairlead serve` on the embedded database, as `make run` starts it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.support import SECONDS_TO_WAIT, free_port, is_ready, until


class Served:
    """A `fairlead serve` with its own data folder. `printed` is what it has printed so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.first_printed = ""
        self.url = f"http://127.0.0.1:{free_port()}"
        self.settings = {
            "FAIRLEAD_DATA_DIR": str(folder / "data"),
            "FAIRLEAD_PORT": self.url.rpartition(":")[2],
            "COLUMNS": "80",
        }
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("FAIRLEAD_")}
        self.environment.update(self.settings)

    @property
    def printed(self) -> str:
        return (self.folder / "printed").read_text()

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """The process, once it is ready; killed at the end if it still runs."""
        with (self.folder / "printed").open("wb") as printed, (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "gateway.cli", "serve"]
            process = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=log
            )
        try:
            deadline = time.monotonic() + SECONDS_TO_WAIT
            while not is_ready(self.url):
                assert process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(timeout=60)

    def fairlead(self, *arguments: str) -> str:
        """Run a command beside it."""
        command = [sys.executable, "-m", "gateway.cli", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout

    def ask(self, query: str) -> str:
        """The answer of `fairlead psql`."""
        return self.fairlead("psql", "--", "-Atc", query).strip()

    def postgres(self) -> list[psutil.Process]:
        """The PostgreSQL processes it has started."""
        place = str(self.folder / "data" / "postgres")
        return [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] and place in p.info["cmdline"]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Running for the second time; `first_printed` is what it printed the first time."""
    served = Served(tmp_path_factory.mktemp("served"))
    with served.running():
        served.first_printed = served.printed
    with served.running():
        yield served


@pytest.fixture
def own_served(tmp_path: Path) -> Served:
    """One of this test alone, for those that stop it; not started yet."""
    return Served(tmp_path)


def run_curl(printed: str) -> Any:
    """Paste the printed line into a shell; the HTTP status and the answer."""
    (line,) = re.findall(r"^curl .*$", printed, re.MULTILINE)
    done = subprocess.run(["sh", "-c", f"{line} -s -w '\\n%{{http_code}}'"], capture_output=True, text=True, check=True)
    answer, status = done.stdout.rsplit("\n", 1)
    return int(status), httpx.Response(200, text=answer).json()


def test_the_printed_curl_posts_a_lead_that_a_caller_gets(served: Served) -> None:
    status, answer = run_curl(served.first_printed)
    assert status == 201
    assert answer["assigned_caller"]["name"] in ("Asha", "Bilal")
    assert answer["assignment_status"] == "assigned"
    assert "Pune" in answer["assignment_reason"]
    assert run_curl(served.first_printed) == (200, {**answer, "duplicate": True})
    assert "6 sample callers removed" in served.fairlead("caller", "remove-samples")


def test_the_printed_login_signs_in(served: Served) -> None:
    email = re.search(r"Sign in as +(\S+)", served.first_printed)
    password = re.search(r"Password +(\S+)", served.first_printed)
    assert email
    assert password
    answer = httpx.post(f"{served.url}/api/session", json={"email": email[1], "password": password[1]})
    assert answer.status_code == 200
    assert answer.json()["user"]["role"] == "admin"


def test_a_later_start_keeps_the_data_and_tells_no_secret(served: Served) -> None:
    assert served.ask("select count(*) from crm.workspaces") == "1"
    assert "curl" not in served.printed
    assert "Password" not in served.printed


@pytest.mark.long
def test_however_it_is_told_to_end_nothing_is_left_running(own_served: Served) -> None:
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with own_served.running() as process:
            assert own_served.postgres()
            process.send_signal(how)
            assert process.wait(timeout=60) == 0
            until(lambda: own_served.postgres() == [])


@pytest.mark.long
def test_after_a_kill_the_next_start_takes_over(own_served: Served) -> None:
    with own_served.running() as process:
        process.kill()
        process.wait()
        assert own_served.postgres()
    with own_served.running() as process:
        assert own_served.ask("select count(*) from crm.workspaces") == "1"
        process.terminate()
        process.wait(timeout=60)
        until(lambda: own_served.postgres() == [])


def test_a_port_in_use_is_told_before_anything_is_started(served: Served) -> None:
    command = [sys.executable, "-m", "gateway.cli", "serve"]
    second = subprocess.run(command, env=served.environment, capture_output=True, text=True)
    assert second.returncode == 1
    assert "FAIRLEAD_PORT" in second.stderr


def test_demo_posts_generated_leads_through_the_webhook(served: Served) -> None:
    before = int(served.ask("select count(*) from crm.leads"))
    assert "created 20" in served.fairlead("demo", "--count", "20", "--rate", "1000")
    assert int(served.ask("select count(*) from crm.leads")) == before + 20
    assert served.ask("select count(*) from routing.verify()") == "0"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give root up")
def test_started_as_root_neither_the_gateway_nor_what_opens_files_stays_root(tmp_path: Path) -> None:
    served = Served(tmp_path)
    with served.running() as process:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
        users, groups = {*status["Uid"].split()}, status["Groups"].split()
        assert users.isdisjoint({"0"}), (tmp_path / "log").read_text()
        assert groups == []
        [secret] = (tmp_path / "data").glob("secret_key")
        assert (secret.stat().st_uid, secret.stat().st_mode & 0o077) == (0, 0)
        assert served.fairlead("workspace", "list"), "root goes on beside it"
    code = (
        "import os; from gateway.imports import child; child._give_up_root(); "
        "'é'.encode('cp1252'); print(os.getresuid(), os.getresgid(), os.getgroups())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split(") ") == ["(65534, 65534, 65534", "(65534, 65534, 65534", "[]\n"]
