"""/api/audit and /api/audit.csv: who changed what, when, before and after."""

import csv
import io
from typing import Any

import httpx
import pytest

from tests.gateway.conftest import fields_at_fault, sign_in
from tests.support import ADMIN, Workspace


@pytest.fixture
def busy(workspace: Workspace, manager: httpx.Client) -> dict[str, str]:
    """Two callers, a lead given from one to the other, and a rule and a setting changed, by the admin; ids by name."""
    ids = {name: workspace.caller(name) for name in ("Asha", "Bilal")}
    ids["lead"] = str(workspace.ingest({"name": "=Meera", "phone": "+919845000001"})[0]["lead_id"])
    reassign = {"caller_id": ids["Bilal"], "reason": 'knows, "her"\nand more'}
    assert manager.patch(f"/api/leads/{ids['lead']}/reassign", json=reassign).status_code == 200
    assert manager.patch("/api/workspace", json={"drains_queue": False}).status_code == 200
    assert manager.patch(f"/api/callers/{ids['Asha']}/status", json={"status": "paused"}).status_code == 200
    return ids


def entries(client: httpx.Client, **filters: object) -> list[dict[str, Any]]:
    """The entries a filter finds."""
    response = client.get("/api/audit", params={name: str(value) for name, value in filters.items()})
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def test_an_entry_says_who_did_what_to_whom_and_what_was_before(busy: dict[str, str], manager: httpx.Client) -> None:
    paused, setting, given = entries(manager, limit=3)
    user = manager.get("/api/session").json()
    assert paused["actor"] == {"id": f"user:{user['id']}", "name": user["name"]}
    assert paused["about"] == {"type": "caller", "id": busy["Asha"], "name": "Asha"}
    assert paused["changes"] == [{"field": "status", "before": "active", "after": "paused"}]
    assert setting["changes"] == [{"field": "drains_queue", "before": True, "after": False}]
    assert (given["kind"], given["reason"]) == ("lead.reassigned", 'knows, "her"\nand more')
    assert given["about"] == {"type": "lead", "id": busy["lead"], "name": "=Meera"}
    [asha, bilal] = [{"id": busy[name], "name": name} for name in ("Asha", "Bilal")]
    assert given["changes"] == [{"field": "caller", "before": asha, "after": bilal}]


def test_entries_are_found_by_kind_actor_lead_caller_and_period(busy: dict[str, str], manager: httpx.Client) -> None:
    def kinds(**filters: object) -> list[str]:
        return [entry["kind"] for entry in entries(manager, **filters)]

    [me] = manager.get("/api/audit/actors").json()["items"]
    assert kinds(kind="caller") == ["caller.updated", "caller.created", "caller.created"]
    assert kinds(kind="workspace.updated", actor="") == ["workspace.updated"]
    assert kinds(actor=me["id"]) == ["caller.updated", "workspace.updated", "lead.reassigned"]
    assert kinds(lead_id=busy["lead"]) == ["lead.reassigned", "lead.assigned"]
    assert kinds(lead_id=busy["lead"], dealt="false") == ["lead.reassigned"]
    assert kinds(caller_id=busy["Asha"]) == ["caller.updated", "caller.created"]
    assert kinds(until="2020-01-01") == kinds(since="2090-01-01T10:00:00+05:30") == []
    assert len(kinds(since="2020-01-01", until="2090-01-01")) == len(kinds())


def test_pages_follow_one_another_to_the_first_event(busy: dict[str, str], manager: httpx.Client) -> None:
    seen: list[int] = []
    after = ""
    while after is not None:
        page = manager.get("/api/audit", params={"limit": 4, "after": after}).json()
        assert len(page["items"]) <= 4
        seen += [entry["seq"] for entry in page["items"]]
        after = page["next"]
    assert seen == list(range(seen[0], 0, -1))


def test_a_question_that_makes_no_sense_is_named(manager: httpx.Client) -> None:
    mistakes = {
        **{"limit": "0", "after": "x", "lead_id": "me", "caller_id": "1", "since": "yesterday", "until": "2024-02-30"},
        **{"dealt": "maybe", "colour": "red", "kind": "x" * 101, "actor": "\0"},
    }
    for field, value in mistakes.items():
        assert fields_at_fault(manager.get("/api/audit", params={field: value})) == [field]
        if field not in ("limit", "after"):
            assert fields_at_fault(manager.get("/api/audit.csv", params={field: value})) == [field]
    assert fields_at_fault(manager.get("/api/audit", params={"limit": 201})) == ["limit"]
    assert fields_at_fault(manager.get("/api/audit", params={"after": 2**63})) == ["after"]
    assert entries(manager, kind="%") == entries(manager, actor="nobody") == []


def test_the_csv_has_a_row_for_each_change_and_no_formula(busy: dict[str, str], manager: httpx.Client) -> None:
    response = manager.get("/api/audit.csv", params={"lead_id": busy["lead"]})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    assert response.text.count("\r\n") == 4
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    told = [(row["kind"], row["field"], row["before"], row["after"]) for row in rows]
    assert told == [
        ("lead.reassigned", "caller", "Asha", "Bilal"),
        ("lead.assigned", "caller", "", "Asha"),
        ("lead.assigned", "status", "", "assigned"),
    ]
    assert {row["about_name"] for row in rows} == {"'=Meera"}
    assert rows[0]["reason"] == 'knows, "her"\nand more'


def test_the_csv_of_everything_comes_in_pieces_and_is_whole(workspace: Workspace, manager: httpx.Client) -> None:
    workspace.caller("Asha")
    workspace.connection.execute(
        "insert into crm.leads (workspace_id, name) select %s, '-Lead ' || nr from generate_series(1, 2300) nr",
        [workspace.id],
    )
    last = entries(manager, limit=1)[0]["seq"]
    with manager.stream("GET", "/api/audit.csv") as response:
        text = "".join(response.iter_text())
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(dict.fromkeys(int(row["seq"]) for row in rows)) == list(range(last, 0, -1))
    assert all(row["about_name"].startswith("'-Lead ") for row in rows if row["about"] == "lead")
    [states] = [
        row["after"]
        for row in csv.DictReader(io.StringIO(manager.get("/api/audit.csv?kind=rule").text))
        if row["field"] == "attributes"
    ]
    assert states == '["state"]'


def test_the_audit_is_for_managers_and_of_their_workspace(
    busy: dict[str, str], workspace: Workspace, manager: httpx.Client
) -> None:
    stranger = Workspace.create(workspace.connection, name=f"Beside {workspace.id}")
    other = stranger.caller("Chitra")
    assert entries(manager, caller_id=other) == []
    assert all(entry["about"]["name"] != "Chitra" for entry in entries(manager, kind="caller"))

    hashed = workspace.connection.execute(
        "select password_hash from crm.users where workspace_id = %s", [workspace.id]
    ).fetchone()
    assert hashed is not None
    email = f"caller{workspace.id}@fairlead.example"
    workspace.connection.execute(
        "select api.create_user(%s, %s, 'Cara', 'caller', %s)", [workspace.id, email, hashed[0]]
    )
    with httpx.Client(base_url=manager.base_url, timeout=30) as caller:
        for path in ("/api/audit", "/api/audit.csv", "/api/audit/actors"):
            assert caller.get(path).status_code == 401
        sign_in(caller, email, ADMIN[1])
        for path in ("/api/audit", "/api/audit.csv", "/api/audit/actors"):
            assert caller.get(path).status_code == 403
