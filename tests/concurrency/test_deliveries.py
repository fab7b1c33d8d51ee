"""Several gateways deliver at once, and one is killed in the middle: everything arrives, in the order of each lead."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from tests.receiver import Answer, Message, Receiver
from tests.support import SECONDS_TO_WAIT, Gateway, Workspace, until

pytestmark = pytest.mark.concurrent

LEADS = 40
WAITING = "select count(*) from crm.deliveries where status <> 'delivered'"
# As if the minute of every claim were over.
OVER = "update crm.deliveries set next_try_at = now() where status = 'waiting' and tries > 0"


@pytest.fixture
def second_gateway(database_url: str, workspace: Workspace, tmp_path: Path) -> Iterator[Gateway]:
    """Another gateway on the same database."""
    (tmp_path / "second").mkdir()
    with Gateway(database_url, tmp_path / "second", workspace) as running:
        yield running


def test_what_a_killed_gateway_had_begun_another_delivers(
    gateway: Gateway, second_gateway: Gateway, workspace: Workspace
) -> None:
    workspace.caller("Kavita")
    hanging, let_go = threading.Semaphore(0), threading.Event()

    def answer(_: Message) -> Answer:
        hanging.release()
        let_go.wait()
        return Answer()

    with Receiver() as receiver:
        receiver.answer = answer
        destination = {"name": "CRM", "kind": "webhook", "address": receiver.url, "events": ["lead.*"]}
        workspace.call("api.create_destination(%s)", Jsonb(destination))
        workspace.ingest(*({"name": f"Lead {number}"} for number in range(LEADS)))
        workspace.connection.execute(
            "select api.close_lead(id) from crm.leads, set_config('fairlead.workspace_id', %s, false)",
            [str(workspace.id)],
        )
        for _ in range(20):  # sixteen go at a time, so both gateways are at it
            assert hanging.acquire(timeout=SECONDS_TO_WAIT)
        assert gateway.stop(signal.SIGKILL) == -signal.SIGKILL
        let_go.set()
        until(
            lambda: (
                workspace.connection.execute(OVER).rowcount >= 0
                and workspace.connection.execute(WAITING).fetchone() == (0,)
            )
        )

    arrived: dict[str, list[str]] = {}
    ids: dict[str, set[str]] = {}
    for message in receiver.messages:
        kind, name = message.json["type"], message.json["data"]["lead"]["name"]
        arrived.setdefault(name, []).append(kind)
        ids.setdefault(message.headers["webhook-id"], set()).add(f"{kind} {name}")
    assert len(arrived) == LEADS
    for kinds in arrived.values():
        assert list(dict.fromkeys(kinds)) == ["lead.assigned", "lead.closed"]
    assert len(ids) == 2 * LEADS
    assert all(len(about) == 1 for about in ids.values())
