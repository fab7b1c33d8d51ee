"""/api/leads/actions and /api/actions: told beforehand, done, taken back."""

from typing import Any

import httpx
import pytest

from tests.gateway.conftest import fields_at_fault
from tests.support import Workspace


@pytest.fixture
def callers(workspace: Workspace) -> list[str]:
    """Asha, who has seven leads, and two others."""
    asha = workspace.caller("Asha", "Goa")
    workspace.ingest(*[{"name": f"Lead {number}", "state": "Goa"} for number in range(7)])
    return [asha, workspace.caller("Bina"), workspace.caller("Chitra")]


def holders(workspace: Workspace) -> dict[str, int]:
    """How many open leads each caller has."""
    rows = workspace.connection.execute(
        "select caller_name, count(*) from core.lead_cards where workspace_id = %s group by 1", [workspace.id]
    )
    return dict(rows.fetchall())


def test_the_leads_of_a_filter_are_reassigned_as_told_before_and_taken_back(
    workspace: Workspace, manager: httpx.Client, callers: list[str]
) -> None:
    asked = {"action": "reassign", "filter": {"caller": callers[0]}, "callers": callers[1:], "reason": "Asha left"}
    told = manager.post("/api/leads/actions", json={**asked, "dry_run": True}).json()
    assert [(share["name"], share["count"]) for share in told["callers"]] == [("Bina", 4), ("Chitra", 3)]
    assert (told["id"], told["done"], told["left_out"]) == (None, 7, [])
    assert holders(workspace) == {"Asha": 7}

    headers = {"idempotency-key": "once"}
    done = manager.post("/api/leads/actions", json=asked, headers=headers)
    assert (done.status_code, done.json()["callers"]) == (200, told["callers"])
    assert manager.post("/api/leads/actions", json=asked, headers=headers).json() == done.json()
    assert holders(workspace) == {"Bina": 4, "Chitra": 3}
    assert manager.get(f"/api/actions/{done.json()['id']}").json()["name"] == "Reassigned 7 leads"

    undone = manager.post(f"/api/actions/{done.json()['id']}/undo").json()
    assert (undone["done"], undone["undo_of"]) == (7, done.json()["id"])
    assert holders(workspace) == {"Asha": 7}
    assert manager.post(f"/api/actions/{done.json()['id']}/undo").status_code == 409
    assert manager.post(f"/api/actions/{undone['id']}/undo").json()["done"] == 7
    assert holders(workspace) == {"Bina": 4, "Chitra": 3}
    assert [action["action"] for action in manager.get("/api/actions").json()["items"]] == ["undo", "undo", "reassign"]


def test_what_cannot_be_asked_for_names_the_field(
    workspace: Workspace, manager: httpx.Client, callers: list[str]
) -> None:
    asked: list[tuple[dict[str, Any], list[str]]] = [
        ({"callers": callers}, ["ids"]),
        ({"ids": [], "filter": {}, "callers": callers}, ["ids"]),
        ({"filter": {}}, ["callers"]),
        ({"filter": {}, "callers": ["01900000-0000-7000-8000-000000000000"]}, ["callers"]),
        ({"filter": {"since": "soon"}, "callers": callers}, ["since"]),
        ({"filter": {"colour": "red"}, "callers": callers}, ["colour"]),
    ]
    for body, fields in asked:
        answer = manager.post("/api/leads/actions", json={"action": "reassign", **body})
        assert (answer.status_code, fields_at_fault(answer)) == (422, fields), (body, answer.text)
    assert holders(workspace) == {"Asha": 7}
