"""NOTIFY fairlead: the doorbell that makes the feed read on. The message is the table."""

from typing import Any

import psycopg

from tests.conftest import Connect
from tests.support import Workspace


def rung(listener: psycopg.Connection[Any], ringer: psycopg.Connection[Any]) -> list[str]:
    """Every payload that was notified before now."""
    ringer.execute("notify fairlead, 'now'")
    payloads: list[str] = []
    for notice in listener.notifies(timeout=30):
        if notice.payload == "now":
            return payloads
        payloads.append(notice.payload)
    raise AssertionError("nothing rings at all")


def test_a_transaction_rings_once_for_each_workspace_it_wrote_events_of(connect: Connect, workspace: Workspace) -> None:
    other = Workspace.create(workspace.connection, name="Other")
    listener, writer = connect(), connect(autocommit=False)
    listener.execute("listen fairlead")
    for name in ("a", "b", "c"):
        writer.execute("insert into crm.leads (workspace_id, name) values (%s, %s)", [workspace.id, name])
    writer.execute("insert into crm.leads (workspace_id, name) values (%s, 'd')", [other.id])
    writer.commit()
    assert rung(listener, workspace.connection) == [str(workspace.id), str(other.id)]


def test_nothing_rings_for_what_is_undone(connect: Connect, workspace: Workspace) -> None:
    listener, writer = connect(), connect(autocommit=False)
    listener.execute("listen fairlead")
    writer.execute("insert into crm.leads (workspace_id, name) values (%s, 'a')", [workspace.id])
    writer.rollback()
    assert rung(listener, workspace.connection) == []


def test_a_change_of_a_caller_rings_too(connect: Connect, workspace: Workspace) -> None:
    listener = connect()
    listener.execute("listen fairlead")
    workspace.caller("Kavita")
    assert rung(listener, workspace.connection) == [str(workspace.id)]
    workspace.connection.execute("update crm.callers set status = status")
    assert rung(listener, workspace.connection) == []
