"""/api/campaigns: made, staffed, paused and ended over the API, while their leads come in by the webhook."""

from typing import Any

import httpx

from tests.gateway.conftest import Post, fields_at_fault
from tests.support import Workspace

DIWALI = {"campaign": "diwali-2026"}


def created(manager: httpx.Client, name: str, **more: Any) -> dict[str, Any]:
    """A new campaign, as it was answered."""
    answer = manager.post("/api/campaigns", json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    campaign: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/campaigns/{campaign['id']}"
    return campaign


def test_leads_of_a_campaign_go_to_its_callers_wait_while_it_is_paused_and_are_counted(
    manager: httpx.Client, workspace: Workspace, post: Post
) -> None:
    asha, bina = workspace.caller("Asha"), workspace.caller("Bina", "Goa")
    campaign = created(manager, "Diwali 2026", strategy="round_robin", callers=[asha])
    path = f"/api/campaigns/{campaign['id']}"
    first = post(name="one", state="Goa", metadata=DIWALI).json()
    assert first["assigned_caller"]["id"] == asha
    shown = manager.get(f"/api/leads/{first['lead_id']}").json()
    assert shown["campaign"] == {"id": campaign["id"], "name": "Diwali 2026"}
    assert shown["metadata"] == {"campaign": "Diwali 2026"}

    assert manager.patch(path, json={"is_paused": True}).json()["is_paused"] is True
    held = post(name="two", metadata=DIWALI).json()
    assert (held["assigned_caller"], held["assignment_reason"]) == (None, "Campaign Diwali 2026 is paused")
    assert post(name="elsewhere", state="Goa").json()["assigned_caller"]["id"] == bina

    staffed = manager.put(f"{path}/callers", json={"callers": [asha, bina]}).json()
    assert [caller["name"] for caller in staffed["callers"]] == ["Asha", "Bina"]
    assert manager.patch(path, json={"is_paused": False}).status_code == 200
    workspace.connection.execute("select api.tick()")
    last = manager.get(path).json()
    assert [last[name] for name in ("leads", "assigned", "waiting", "closed", "leads_today")] == [2, 2, 0, 0, 2]
    assert sum(caller["leads"] for caller in last["callers"]) == 2
    assert [day["leads"] for day in last["per_day"]] == [0] * 29 + [2]
    card = manager.get("/api/campaigns").json()["items"][0]
    assert (card["callers"], card["caller_names"], card["leads"]) == (2, ["Asha", "Bina"], 2)
    found = manager.get("/api/leads", params={"campaign_id": campaign["id"]}).json()["items"]
    assert [lead["name"] for lead in found] == ["two", "one"]
    assert manager.get(f"/api/callers/{bina}").json()["campaigns"] == ["Diwali 2026"]

    assert manager.delete(path).status_code == 204
    assert manager.get("/api/campaigns").json()["items"] == []
    assert manager.get(path).json()["callers"] == []
    assert manager.patch(path, json={"is_paused": False}).status_code == 409
    audit = manager.get("/api/audit", params={"kind": "campaign"}).json()["items"]
    told = [(entry["kind"], entry["about"]["name"], entry["actor"]["name"]) for entry in audit]
    kinds = ["campaign.archived", *["campaign.updated"] * 4, "campaign.created"]
    assert told == [(kind, "Diwali 2026", "Admin") for kind in kinds]
    staffing = {"field": "callers", "before": ["Asha"], "after": ["Asha", "Bina"]}
    assert audit[2]["changes"] == [staffing]


def test_what_is_changed_is_only_what_was_given(manager: httpx.Client) -> None:
    campaign = created(manager, "Holi", strategy="weighted")
    path = f"/api/campaigns/{campaign['id']}"
    terms = ("strategy", "on_exhausted", "claim_minutes", "is_paused")
    for change, after in [
        ({"claim_minutes": 15}, ["weighted", "queue", 15, False]),
        ({"on_exhausted": "next"}, ["weighted", "next", 15, False]),
        ({"strategy": "least_loaded", "claim_minutes": None}, ["least_loaded", "next", None, False]),
        ({"is_paused": True}, ["least_loaded", "next", None, True]),
        ({}, ["least_loaded", "next", None, True]),
    ]:
        changed = manager.patch(path, json=change).json()
        assert [changed[name] for name in terms] == after
    late = manager.patch(path, json={"is_paused": False}, headers={"if-match": f'"{campaign["etag"]}"'})
    assert late.status_code == 412, "somebody else's change is not gone over"


def test_what_is_no_campaign_is_refused(manager: httpx.Client, workspace: Workspace) -> None:
    gone = workspace.caller("Gone")
    manager.delete(f"/api/callers/{gone}")
    created(manager, "Holi")
    for body, status, fields in [
        ({"name": "HOLI"}, 409, ["name"]),
        ({"name": "!?"}, 422, ["name"]),
        ({"name": "x" * 101}, 422, ["name"]),
        ({"name": "Onam", "strategy": "by heart"}, 422, ["strategy"]),
        ({"name": "Onam", "callers": [gone]}, 422, ["callers"]),
    ]:
        refused = manager.post("/api/campaigns", json=body)
        assert (refused.status_code, fields_at_fault(refused)) == (status, fields), body
    assert [card["name"] for card in manager.get("/api/campaigns").json()["items"]] == ["Holi"]
