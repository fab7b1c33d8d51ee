"""The workflow for n8n, run by n8n itself: rows become leads, also when the gateway is not there at first.

n8n is installed from npm into a cache outside of this project; where it cannot be, the test says why and passes over.
Google cannot be reached by a test: rows stand in for its trigger, and all behind it is the workflow as it is offered.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway import ROOT
from gateway.database.embedded import SUPERUSER, Server
from tests.support import Gateway, Workspace, free_port

WORKFLOW = ROOT / "ui" / "static" / "ways-in" / "n8n-workflow.json"
VERSION = "1.123.0"
OLDEST_NODE = (20, 19)
# Not a package of a registry, and nothing of ours: n8n wants it for Excel files.
ELSEWHERE = {"xlsx": "0.18.5"}
SECONDS_TO_INSTALL = 1200
SECONDS_TO_RUN = 300


@pytest.fixture(scope="module")
def n8n() -> list[str]:
    """The command n8n, installed at the first use."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("Node.js is missing")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(map(int, version.strip("v\n").split(".")[:2])) < OLDEST_NODE:
        pytest.skip(f"n8n {VERSION} needs Node.js {'.'.join(map(str, OLDEST_NODE))}, not {version}")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fairlead-tests" / f"n8n-{VERSION}"
    program = cache / "node_modules" / "n8n" / "bin" / "n8n"
    if not (cache / "installed").exists():
        cache.mkdir(parents=True, exist_ok=True)
        package = {"private": True, "dependencies": {"n8n": VERSION}, "overrides": ELSEWHERE}
        (cache / "package.json").write_text(json.dumps(package))
        # Without scripts: what they would compile is SQLite, and PostgreSQL is here already.
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            done = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=SECONDS_TO_INSTALL)
        except subprocess.TimeoutExpired:
            pytest.skip(f"n8n {VERSION} could not be installed within {SECONDS_TO_INSTALL} seconds")
        if done.returncode:
            pytest.skip(f"n8n {VERSION} could not be installed: {done.stderr[-600:]}")
        (cache / "installed").touch()
    return [node, str(program)]


class N8n:
    """n8n with its data in a database and a folder of its own."""

    def __init__(self, command: list[str], server: Server, database: str, folder: Path) -> None:
        self._command = command
        self._folder = folder
        self._environment = {
            **os.environ,
            "DB_TYPE": "postgresdb",
            "DB_POSTGRESDB_HOST": str(server.socket_folder),
            "DB_POSTGRESDB_DATABASE": database,
            "DB_POSTGRESDB_USER": SUPERUSER,
            "N8N_USER_FOLDER": str(folder),
            "N8N_DIAGNOSTICS_ENABLED": "false",
            "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
            "N8N_TEMPLATES_ENABLED": "false",
            "N8N_LOG_LEVEL": "debug",
            "N8N_RUNNERS_ENABLED": "true",
            "N8N_RUNNERS_TASK_REQUEST_TIMEOUT": f"{SECONDS_TO_RUN}",
            "N8N_RUNNERS_BROKER_PORT": f"{free_port()}",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The command, begun."""
        return subprocess.Popen(
            [*self._command, *arguments],
            env=self._environment,
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """The command, to its end: its exit code and what it said."""
        return ended(self.start(*arguments))


def ended(command: subprocess.Popen[str]) -> tuple[int, str]:
    """How a command ended, and what it said."""
    try:
        said, _ = command.communicate(timeout=SECONDS_TO_RUN)
    except subprocess.TimeoutExpired:
        command.kill()
        said, _ = command.communicate()
    print(said[-4000:])
    return command.returncode, said


def wait_for(command: subprocess.Popen[str], word: str) -> None:
    """Wait until the command says it."""
    assert command.stdout is not None
    said = []
    for line in command.stdout:
        said.append(line)
        if word in line:
            return
    raise AssertionError("".join(said[-40:]))


def filled(workflow: dict[str, Any], gateway: Gateway, source_id: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The workflow with the workspace's values, and rows in the place of Google's trigger."""
    text = json.dumps({"id": "FairleadSheet001", **workflow})
    text = text.replace("https://fairlead.example", gateway.url).replace("source=0", f"source={source_id}")
    made: dict[str, Any] = json.loads(text.replace("SECRET = 'whsec_'", f"SECRET = '{gateway.secret}'"))
    nodes = {node["name"]: node for node in made["nodes"]}
    assert nodes["New rows"]["type"] == "n8n-nodes-base.googleSheetsTrigger"
    code = f"return {json.dumps([{'json': row} for row in rows])};"
    nodes["New rows"] |= {"type": "n8n-nodes-base.code", "typeVersion": 2, "parameters": {"jsCode": code}}
    nodes["Wait"]["parameters"] = {"amount": 1, "unit": "seconds"}
    begin = {"id": "start", "name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1}
    made["nodes"].append({**begin, "position": [-200, 0], "parameters": {}})
    made["connections"]["Start"] = {"main": [[{"node": "New rows", "type": "main", "index": 0}]]}
    return made


@pytest.mark.long
def test_rows_become_leads_also_when_the_gateway_is_down_at_first(
    n8n: list[str], server: Server, gateway: Gateway, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.caller("Kavita", "Maharashtra")
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("create database n8n")
    people = [{"row_number": n + 2, "Name": f"आशा {n}", "Phone": 919800000000 + n, "City": "Pune"} for n in range(450)]
    people[7] |= {"Timestamp": "soon"}
    people[8] |= {"Shoe size": 42}
    made = filled(json.loads(WORKFLOW.read_text()), gateway, workspace.source_id, people)
    (tmp_path / "workflow.json").write_text(json.dumps(made))
    program = N8n(n8n, server, "n8n", tmp_path)
    try:
        code, said = program.run("import:workflow", f"--input={tmp_path / 'workflow.json'}")
        assert (code, "Successfully imported 1 workflow" in said) == (0, True)

        gateway.stop()
        running = program.start("execute", f"--id={made['id']}")
        try:
            wait_for(running, 'Running node "Wait" started')
            gateway.start()
            code, said = ended(running)
        finally:
            running.kill()
    finally:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("drop database n8n with (force)")
    assert "Fairlead refused" not in said
    found = "select l.phone, l.name, l.city, l.metadata from crm.leads l order by l.phone"
    leads = workspace.connection.execute(found).fetchall()
    assert [name for _, name, *_ in leads] == [row["Name"] for row in people]
    assert leads[0] == ("+919800000000", "आशा 0", "Pune", {})
    assert [lead[3] for lead in leads[7:9]] == [{"timestamp_given": "soon"}, {"Shoe size": 42}]
    assert workspace.connection.execute("select * from routing.verify()").fetchall() == []
