"""/api/leads: finding, paging, looking at one, reassigning."""

from typing import Any

import httpx
import pytest

from tests.gateway.conftest import Post, fields_at_fault
from tests.support import Workspace


def names(response: httpx.Response) -> list[str]:
    """Whose leads were found."""
    assert response.status_code == 200, response.text
    return [lead["name"] for lead in response.json()["items"]]


@pytest.fixture
def found(workspace: Workspace) -> Workspace:
    """Callers in two states, and four leads."""
    workspace.caller("Kavita", "Maharashtra")
    workspace.caller("Ravi", "Goa", daily_limit=1)
    workspace.ingest(
        {"name": "Asha", "phone": "9812345678", "state": "Maharashtra", "lead_source": "Google Ads"},
        {"name": "Bina", "phone": "9876543210", "state": "Goa", "lead_source": "Website"},
        {"name": "Chitra", "phone": "9800000001", "city": "Pune", "lead_source": "google ads"},
        {"name": "Deepa 100%", "phone": "9800000002"},
    )
    return workspace


def test_every_filter_finds_what_it_names(found: Workspace, manager: httpx.Client) -> None:
    searches: list[tuple[dict[str, str], list[str]]] = [
        ({}, ["Deepa 100%", "Chitra", "Bina", "Asha"]),
        ({"state": "Maharashtra"}, ["Chitra", "Asha"]),
        ({"status": "assigned", "state": "Goa"}, ["Bina"]),
        ({"status": "queued"}, []),
        ({"source": "Google Ads"}, ["Chitra", "Asha"]),
        ({"search": "bin"}, ["Bina"]),
        ({"search": "98765"}, ["Bina"]),
        ({"search": "+91 98765 43210"}, ["Bina"]),
        ({"search": "8765 432"}, ["Bina"]),
        ({"search": "pune chit"}, ["Chitra"]),
        ({"search": "100%"}, ["Deepa 100%"]),
        ({"search": "%"}, ["Deepa 100%"]),
        ({"search": "nobody"}, []),
        ({"since": "2000-01-01"}, ["Deepa 100%", "Chitra", "Bina", "Asha"]),
        ({"until": "2000-01-01T00:00:00+05:30"}, []),
        ({"state": "", "caller": ""}, ["Deepa 100%", "Chitra", "Bina", "Asha"]),
    ]
    for query, expected in searches:
        assert (query, names(manager.get("/api/leads", params=query))) == (query, expected)
        newest = 10_000 if query.get("search") == "%" else None
        assert manager.get("/api/leads/count", params=query).json() == {"count": len(expected), "newest": newest}
    assert names(manager.get("/api/leads", params={"limit": "2"})) == ["Deepa 100%", "Chitra"]


def test_leads_are_found_by_their_caller(found: Workspace, manager: httpx.Client) -> None:
    for caller in manager.get("/api/callers").json()["items"]:
        leads = manager.get("/api/leads", params={"caller": caller["id"]}).json()["items"]
        assert len(leads) == caller["assigned_today"] > 0
        assert {lead["assigned_caller"]["name"] for lead in leads} == {caller["name"]}


def test_a_filter_that_makes_no_sense_is_named(manager: httpx.Client) -> None:
    mistakes = [
        ("caller", "Kavita"),
        ("status", "open"),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "all"),
        ("since", "yesterday"),
        ("until", "2024-02-30"),
        ("colour", "red"),
        ("search", "x" * 501),
        ("search", "\0"),
        ("after", "nonsense"),
    ]
    for field, value in mistakes:
        response = manager.get("/api/leads", params={field: value})
        assert (field, value, response.status_code) == (field, value, 422)
        assert fields_at_fault(response) == [field]


def test_paging_meets_every_lead_once_while_new_ones_arrive(workspace: Workspace, manager: httpx.Client) -> None:
    before = [row["lead_id"] for row in workspace.ingest(*({"name": f"Lead {number}"} for number in range(95)))]
    met: list[str] = []
    query: dict[str, Any] = {"limit": 10}
    for _ in range(20):
        page = manager.get("/api/leads", params=query).json()
        met += [lead["id"] for lead in page["items"]]
        workspace.ingest({"name": f"Newcomer {len(met)}"})
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert met == [str(lead_id) for lead_id in reversed(before)]


def test_a_lead_tells_its_whole_story(workspace: Workspace, manager: httpx.Client, post: Post) -> None:
    workspace.caller("Kavita", "Maharashtra", daily_limit=1)
    workspace.caller("Ravi", "Maharashtra", status="paused")
    workspace.caller("Sunil", "Maharashtra")
    post(name="Earlier", state="Maharashtra")
    lead_id = post(name="Asha", city="Bombay", metadata={"campaign": "spring"}).json()["lead_id"]
    lead = manager.get(f"/api/leads/{lead_id}").json()
    assert (lead["state"], lead["state_from"]) == ("Maharashtra", "city")
    assert lead["metadata"] == {"campaign": "spring"}
    assert lead["source"]["name"] == "Webhook"
    assert [(step["caller"]["name"], step["outcome"]) for step in lead["assignments"] and lead["explanation"]] != []
    outcomes = {step["caller"]["name"]: step["outcome"] for step in lead["explanation"]}
    assert outcomes == {"Kavita": "skipped", "Ravi": "skipped", "Sunil": "chosen"}
    assert [event["kind"] for event in lead["history"]] == ["lead.assigned"]
    assert [(one["caller"]["name"], one["status"]) for one in lead["assignments"]] == [("Sunil", "assigned")]


def test_a_manager_gives_a_lead_to_somebody_else(workspace: Workspace, manager: httpx.Client, post: Post) -> None:
    workspace.caller("Kavita")
    lead_id = post(name="Asha").json()["lead_id"]
    ravi = workspace.caller("Ravi")
    response = manager.patch(f"/api/leads/{lead_id}/reassign", json={"caller_id": ravi, "reason": "speaks Konkani"})
    assert response.status_code == 200
    lead = response.json()
    assert lead["assigned_caller"] == {"id": ravi, "name": "Ravi"}
    assert {(one["caller"]["name"], one["status"]) for one in lead["assignments"]} == {
        ("Kavita", "reassigned"),
        ("Ravi", "assigned"),
    }
    open_one = next(one for one in lead["assignments"] if one["status"] == "assigned")
    user = manager.get("/api/session").json()
    assert user["id"] in open_one["assigned_by"] or user["name"] in open_one["assigned_by"]
    assert manager.get(f"/api/leads/{lead_id}").json() == lead


def test_a_queued_lead_goes_back_through_routing(workspace: Workspace, manager: httpx.Client, post: Post) -> None:
    lead_id = post(name="Asha").json()["lead_id"]
    workspace.caller("Kavita")
    response = manager.patch(f"/api/leads/{lead_id}/reassign", json={"caller_id": None})
    assert response.status_code == 200
    assert response.json()["assigned_caller"]["name"] == "Kavita"
    assert names(manager.get("/api/leads", params={"status": "queued"})) == []


def test_a_lead_cannot_go_where_nobody_is(workspace: Workspace, manager: httpx.Client, post: Post) -> None:
    lead_id = post(name="Asha").json()["lead_id"]
    gone = workspace.caller("Gone")
    manager.delete(f"/api/callers/{gone}")
    nobody = "01900000-0000-7000-8000-000000000000"
    path = f"/api/leads/{lead_id}/reassign"
    for caller in (gone, nobody):
        assert manager.patch(path, json={"caller_id": caller}).status_code in (404, 409, 422)
    assert fields_at_fault(manager.patch(path, json={"caller_id": "Kavita"})) == ["caller_id"]
    assert fields_at_fault(manager.patch(path, json={})) == ["caller_id"]
    assert manager.patch(f"/api/leads/{nobody}/reassign", json={"caller_id": None}).status_code == 404
    assert manager.get(f"/api/leads/{nobody}").status_code == 404


def test_the_filter_offers_the_sources_there_are(found: Workspace, manager: httpx.Client) -> None:
    assert {"Google Ads", "Website"} <= set(manager.get("/api/lead-sources").json()["items"])


def test_the_overview_counts_today(found: Workspace, manager: httpx.Client) -> None:
    overview = manager.get("/api/overview").json()
    assert overview["today"]["received"] == 4
    assert overview["today"]["queued_now"] == 0
    assert sum(minute["leads"] for minute in overview["per_minute"]) == 4
    assert {caller["name"] for caller in overview["callers"]} == {"Kavita", "Ravi"}


def test_a_lead_is_claimed_by_its_caller_alone(manager: httpx.Client, workspace: Workspace, post: Post) -> None:
    asha = workspace.caller("Asha")
    path = f"/api/leads/{post(name='Meera').json()['lead_id']}"
    bilal = workspace.caller("Bilal")
    assert manager.post(f"{path}/claim", json={"caller_id": bilal}).status_code == 409
    claimed = manager.post(f"{path}/claim", json={"caller_id": asha})
    assert claimed.status_code == 200
    assert claimed.json()["claimed_at"] is not None
    assert claimed.json() == manager.get(path).json()
    assert fields_at_fault(manager.post(f"{path}/claim", json={})) == ["caller_id"]


def test_a_lead_is_closed_and_reopened(manager: httpx.Client, workspace: Workspace, post: Post) -> None:
    workspace.caller("Asha")
    path = f"/api/leads/{post(name='Meera').json()['lead_id']}"
    closed = manager.post(f"{path}/close").json()
    assert (closed["assignment_status"], closed["closed_at"] is None) == ("closed", False)
    assert [lead["id"] for lead in manager.get("/api/leads?status=closed").json()["items"]] == [closed["id"]]
    assert manager.post(f"{path}/close").json() == closed, "closing twice is closing once"
    reopened = manager.post(f"{path}/reopen").json()
    assert reopened["closed_at"] is None
    assert manager.post(f"{path}/reopen").status_code == 409


def test_a_waiting_lead_is_held_and_let_go(manager: httpx.Client, workspace: Workspace, post: Post) -> None:
    path = f"/api/leads/{post(name='Meera').json()['lead_id']}"
    assert manager.patch(f"{path}/hold", json={"held": True}).json()["is_held"] is True
    assert manager.patch(f"{path}/hold", json={"held": False}).json()["is_held"] is False
    assert fields_at_fault(manager.patch(f"{path}/hold", json={"held": "no"})) == ["held"]
    workspace.caller("Asha")
    given = f"/api/leads/{post(name='Ravi').json()['lead_id']}"
    assert manager.patch(f"{given}/hold", json={"held": True}).status_code == 409


def test_what_is_done_to_a_lead_that_is_not_there_is_not_found(manager: httpx.Client, workspace: Workspace) -> None:
    path = "/api/leads/01900000-0000-7000-8000-000000000000"
    for response in (
        manager.post(f"{path}/claim", json={"caller_id": workspace.caller("Asha")}),
        manager.post(f"{path}/close"),
        manager.post(f"{path}/reopen"),
        manager.patch(f"{path}/hold", json={"held": True}),
        manager.post(f"{path}/merge", json={"into": str(workspace.ingest({"name": "Meera"})[0]["lead_id"])}),
        manager.post(f"{path}/unmerge"),
    ):
        assert response.status_code == 404


# How senders write a place, and where it is; then where a lead stands whose place is in two states.
PLACES: list[tuple[dict[str, Any], str | None]] = [
    ({"city": "मुंबई"}, "Maharashtra"),
    ({"state": "महाराष्ट्र"}, "Maharashtra"),
    ({"state": "उत्तर प्रदेश"}, "Uttar Pradesh"),
    ({"state": "दिल्ली"}, "Delhi"),
    ({"state": "தமிழ்நாடு"}, "Tamil Nadu"),
    ({"state": "ગુજરાત"}, "Gujarat"),
    ({"state": "తెలంగాణ"}, "Telangana"),
    ({"state": "পশ্চিমবঙ্গ"}, "West Bengal"),
    ({"state": "Mumbai"}, "Maharashtra"),
    ({"state": "Chennai"}, "Tamil Nadu"),
    ({"state": "Maharashtra - 411001"}, "Maharashtra"),
    ({"state": "Telangana (Hyderabad)"}, "Telangana"),
    ({"state": "Daman"}, "Dadra and Nagar Haveli and Daman and Diu"),
    ({"state": "Leh"}, "Ladakh"),
    ({"city": "Thane West"}, "Maharashtra"),
    ({"city": "Bangalore Urban"}, "Karnataka"),
    ({"state": 411001}, "Maharashtra"),
    ({"pincode": 411001}, "Maharashtra"),
    ({"Pin Code": "560 001", "city": "Village"}, "Karnataka"),
    ({"city": "Aurangabad", "zip": "431001"}, "Maharashtra"),
    ({"city": "Aurangabad", "metadata": {"postal_code": 824101}}, "Bihar"),
    ({"city": "Aurangabad"}, None),
    ({"state": "Bilaspur", "city": "Village"}, None),
]


def test_a_lead_is_where_its_sender_says_in_whatever_way(
    workspace: Workspace, manager: httpx.Client, post: Post
) -> None:
    leads = [post(name=f"Lead {number}", source_row_id=f"{number}", **said) for number, (said, _) in enumerate(PLACES)]
    told = [manager.get(f"/api/leads/{lead.json()['lead_id']}").json() for lead in leads]
    assert [(said, lead["state"]) for (said, _), lead in zip(PLACES, told, strict=True)] == PLACES
    assert [lead["possible_states"] for lead in told[-3:]] == [
        None,
        ["Bihar", "Maharashtra"],
        ["Chhattisgarh", "Himachal Pradesh"],
    ]
    assert told[-2]["assignment_reason"] == "No callers"
    workspace.caller("Kavita", "Goa")
    reasons = [
        post(name="Again", source_row_id=f"again {number}", **said).json()["assignment_reason"]
        for number, (said, _) in enumerate(PLACES[-4:])
    ]
    assert reasons == [
        "No state: postal code 431001 is in Maharashtra. No Maharashtra callers: global round robin",
        "No state: postal code 824101 is in Bihar. No Bihar callers: global round robin",
        "No state: city Aurangabad is in Bihar and Maharashtra: global round robin",
        "Bilaspur is in Chhattisgarh and Himachal Pradesh: global round robin",
    ]
