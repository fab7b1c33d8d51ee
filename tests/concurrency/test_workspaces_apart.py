"""Workspaces apart: one that is held, slow or broken costs the others nothing."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.concurrency.test_imports import staged
from tests.conftest import Connect
from tests.gateway.conftest import of_workspace, sign_in
from tests.receiver import Receiver
from tests.support import Gateway, Workspace, until

pytestmark = pytest.mark.concurrent
# What senders are promised, and what a busy machine may add to it.
SECONDS_TO_ANSWER = 5
MORE_SECONDS = 2


@pytest.fixture
def other(workspace: Workspace, connect: Connect) -> Workspace:
    """A workspace beside the one that has trouble, made after it."""
    return Workspace.create(connect(), name="Other")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody else's server."""
    with Receiver() as running:
        yield running


def post(gateway: Gateway, workspace: Workspace, **lead: str) -> httpx.Response:
    """Post a lead of a workspace."""
    headers = {"authorization": f"Bearer {workspace.token}"}
    return httpx.post(f"{gateway.url}/api/leads/webhook", json=lead, headers=headers, timeout=30)


def test_while_one_workspace_is_held_all_goes_on_in_another(
    gateway: Gateway, workspace: Workspace, other: Workspace, connect: Connect, receiver: Receiver
) -> None:
    everything = {
        "name": "x",
        "kind": "webhook",
        "address": receiver.url,
        "events": ["lead.assigned", "lead.expired", "alert.raised"],
    }
    # It is there before the leads of the import are, of which the alert tells.
    with httpx.Client(base_url=gateway.url, timeout=30) as manager:
        sign_in(manager, *of_workspace(gateway, other).admin)
        assert manager.post("/api/destinations", json=everything).status_code == 201
    gateway.stop()
    staged(workspace, 100, "Held")
    imported = staged(other, 5, "Free")
    holder = connect(autocommit=False)
    holder.execute("select from crm.workspaces where id = %s for update", [workspace.id])
    gateway.start()
    with httpx.Client(base_url=gateway.url, timeout=30) as manager:
        sign_in(manager, *of_workspace(gateway, other).admin)
        another = {**everything, "name": "y", "events": ["lead.closed"]}
        assert manager.post("/api/destinations", json=another).status_code == 201

        assert post(gateway, other, name="Waits").json()["assignment_status"] == "queued"
        until(lambda: "alert.raised -" in receiver.abouts())
        caller = other.caller("Kavita")
        until(lambda: "lead.assigned Waits" in receiver.abouts())
        assert post(gateway, other, name="Unclaimed").json()["assigned_caller"]["name"] == "Kavita"
        other.connection.execute(
            "update crm.lead_assignments set claim_by = now() where workspace_id = %s and ended_at is null", [other.id]
        )
        until(lambda: "lead.expired Unclaimed" in receiver.abouts())
        until(lambda: manager.get(f"/api/imports/{imported}").json()["status"] == "done")
    assert post(gateway, workspace, name="Refused").status_code == 503
    assert caller
    holder.rollback()
    assert post(gateway, workspace, name="Taken").status_code == 201
    until(lambda: workspace.call("api.count_leads('{}')") == 101)


def test_however_a_workspace_is_stuck_its_posts_are_answered_in_time_and_503_stored_nothing(
    gateway: Gateway, workspace: Workspace, other: Workspace, connect: Connect
) -> None:
    holder = connect(autocommit=False)
    holder.execute("select from crm.workspaces where id = %s for no key update", [workspace.id])

    def take(number: int) -> tuple[int, float]:
        began = time.monotonic()
        answer = post(gateway, workspace, name=f"Lead {number}", phone=f"+9110{number:08}")
        assert answer.status_code != 503 or int(answer.headers["retry-after"]) > 0
        return answer.status_code, time.monotonic() - began

    with ThreadPoolExecutor(20) as senders:
        taken = senders.map(take, range(20))
        assert [post(gateway, other, name=f"Free {number}").status_code for number in range(20)] == [201] * 20
        answers = list(taken)
    assert {status for status, _ in answers} == {503}
    assert max(seconds for _, seconds in answers) < SECONDS_TO_ANSWER + MORE_SECONDS
    holder.rollback()
    assert post(gateway, workspace, name="Later").status_code == 201
    assert workspace.call("api.count_leads('{}')") == 1
