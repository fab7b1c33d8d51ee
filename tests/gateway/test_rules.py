"""/api/rules, /api/pools, and /api/leads/preview: the plan, who is in its pools, and what it would do."""

from typing import Any

import httpx

from tests.gateway.conftest import Post, fields_at_fault
from tests.support import Workspace

HINDI = {
    "name": "Hindi in Pune",
    "condition": {"match": "all", "terms": [{"field": "city", "operator": "is", "values": ["Pune"]}]},
    "attributes": ["state", "language"],
    "teams": [],
    "callers": [],
    "strategy": "weighted",
    "on_exhausted": "queue",
    "is_on": True,
    "claim_minutes": 15,
    "most_expiries": 2,
    "is_paused": False,
}
NOTHING = "/api/rules/01900000-0000-7000-8000-000000000000"


def names(response: httpx.Response) -> list[str]:
    """The plan in order."""
    assert response.status_code == 200, response.text
    items = response.json()["items"]
    assert [rule["step"] for rule in items] == list(range(1, len(items) + 1))
    return [rule["name"] for rule in items]


def test_a_workspace_begins_with_a_plan(manager: httpx.Client) -> None:
    assert names(manager.get("/api/rules")) == ["state", "global"]


def test_a_rule_is_made_changed_and_archived(manager: httpx.Client) -> None:
    created = manager.post("/api/rules", json=HINDI)
    assert created.status_code == 201
    rule = created.json()
    decided = {"id": rule["id"], "version": 1, "step": 2, "etag": rule["etag"], "old_condition": None}
    assert rule == {**HINDI, **decided, "sentence": "Leads whose city is Pune"}
    path = created.headers["location"]
    changed = manager.put(path, json={"name": "Everybody", "strategy": "random"}).json()
    assert changed == {
        "id": rule["id"],
        "version": 2,
        "step": 2,
        "name": "Everybody",
        "condition": None,
        "old_condition": None,
        "sentence": "All leads",
        "attributes": [],
        "teams": [],
        "callers": [],
        "strategy": "random",
        "on_exhausted": "next",
        "is_on": True,
        "claim_minutes": None,
        "most_expiries": 3,
        "is_paused": False,
        "etag": changed["etag"],
    }
    assert manager.put(path, json={**changed, "is_on": False}).json()["is_on"] is False, "as it was read"
    assert manager.delete(path).status_code == 204
    assert names(manager.get("/api/rules")) == ["state", "global"]
    assert manager.put(path, json=HINDI).status_code == 409


def test_the_plan_is_put_in_order(manager: httpx.Client) -> None:
    manager.post("/api/rules", json=HINDI)
    ids = [rule["id"] for rule in manager.get("/api/rules").json()["items"]]
    ordered = manager.put("/api/rules/order", json={"ids": [ids[1], ids[0], ids[2]]})
    assert names(ordered) == ["Hindi in Pune", "state", "global"]
    assert names(manager.get("/api/rules")) == ["Hindi in Pune", "state", "global"]


def test_an_order_made_for_another_plan_is_refused(manager: httpx.Client) -> None:
    ids = [rule["id"] for rule in manager.get("/api/rules").json()["items"]]
    manager.post("/api/rules", json=HINDI)
    late = manager.put("/api/rules/order", json={"ids": ids[::-1]})
    assert late.status_code == 409
    assert "changed meanwhile" in late.json()["detail"]


def test_every_mistake_in_a_rule_names_its_field(manager: httpx.Client) -> None:
    mistakes: list[tuple[str, Any, int]] = [
        ("name", "", 422),
        ("name", "  ", 422),
        ("name", "x" * 101, 422),
        ("name", "STATE", 409),
        ("condition", '$.city == "Pune"', 422),
        ("condition", ["city"], 422),
        ("condition.match", {"terms": []}, 422),
        ("teams", "West", 422),
        ("teams", [""], 422),
        ("callers", ["Asha"], 422),
        ("attributes", ["city"], 422),
        ("attributes", "state", 422),
        ("strategy", "fair", 422),
        ("on_exhausted", "wait", 422),
        ("is_on", "yes", 422),
        ("claim_minutes", 0, 422),
        ("claim_minutes", 10_081, 422),
        ("most_expiries", 0, 422),
        ("most_expiries", 21, 422),
        ("priority", 1, 422),
    ]
    for field, value, status in mistakes:
        response = manager.post("/api/rules", json={**HINDI, field.split(".")[0]: value})
        assert (field, value, response.status_code) == (field, value, status)
        assert [name.split("[")[0] for name in fields_at_fault(response)] == [field]
    assert names(manager.get("/api/rules")) == ["state", "global"]


def test_a_rule_that_is_not_there_is_not_found(manager: httpx.Client) -> None:
    assert manager.put(NOTHING, json=HINDI).status_code == 404
    assert manager.delete(NOTHING).status_code == 404
    assert manager.get(NOTHING).status_code == 404
    assert fields_at_fault(manager.put("/api/rules/order", json={"ids": ["first"]})) == ["ids[0]"]


def test_a_rule_is_on_record_as_the_managers_doing(manager: httpx.Client, workspace: Workspace) -> None:
    manager.post("/api/rules", json=HINDI)
    query = "select kind, actor from crm.events where workspace_id = %s order by seq desc limit 1"
    kind, actor = workspace.connection.execute(query, [workspace.id]).fetchall()[0]
    assert (kind, actor.partition(":")[0]) == ("rule.created", "user")


def test_leads_are_dealt_by_the_plan_as_it_is(manager: httpx.Client, workspace: Workspace, post: Post) -> None:
    workspace.caller("Asha", "Goa")
    workspace.caller("Bilal")
    everybody = manager.get("/api/rules").json()["items"][1]
    manager.put(f"/api/rules/{everybody['id']}", json={**everybody, "is_on": False})
    assert post(name="Meera", state="Goa").json()["assigned_caller"]["name"] == "Asha"
    assert post(name="Ravi", state="Kerala").json()["assignment_status"] == "queued"


def test_pools_tell_who_is_in_them_and_who_is_free(manager: httpx.Client, workspace: Workspace) -> None:
    workspace.caller("Asha", "Goa", daily_limit=5)
    workspace.caller("Bilal", "Goa", status="paused")
    pools = {pool["key"]: pool for pool in manager.get("/api/pools").json()["items"]}
    assert {"state:goa", "global"} <= set(pools)
    goa = pools["state:goa"]
    assert (goa["rule"], goa["step"], goa["strategy"], goa["free"]) == ("state", 1, "round_robin", 1)
    standing = {member["name"]: (member["standing"], member["daily_limit"]) for member in goa["members"]}
    assert standing == {"Asha": ("free", 5), "Bilal": ("paused", 0)}


def test_a_preview_tells_who_would_get_a_lead_and_stores_nothing(manager: httpx.Client, workspace: Workspace) -> None:
    asha = workspace.caller("Asha", "Goa")
    workspace.caller("Bilal", "Goa")
    for _ in range(2):
        preview = manager.post("/api/leads/preview", json={"state": "goa"}).json()
        assert (preview["status"], preview["caller"]) == ("assigned", {"id": asha, "name": "Asha"})
        assert "Goa" in preview["reason"]
        candidates = {entry["caller"]["name"]: entry["outcome"] for entry in preview["explanation"]}
        assert candidates == {"Asha": "chosen", "Bilal": "later"}
    assert manager.get("/api/leads/count").json() == {"count": 0}


def test_a_preview_of_a_lead_for_nobody_says_why(manager: httpx.Client) -> None:
    preview = manager.post("/api/leads/preview", json={}).json()
    assert (preview["status"], preview["caller"]) == ("queued", None)
    assert preview["reason"]
    assert fields_at_fault(manager.post("/api/leads/preview", json={"state": ["Goa"]})) == ["state"]
