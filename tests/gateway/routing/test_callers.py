"""/api/callers."""

from typing import Any

import httpx

from tests.gateway.conftest import Post, fields_at_fault
from tests.support import Workspace

KAVITA = {
    "name": "Kavita",
    "role": "Senior",
    "languages": ["Hindi", "Marathi"],
    "daily_limit": 20,
    "states": ["Goa", "Maharashtra"],
    "status": "active",
    "team": "North",
    "weight": 3,
    "max_load": 10,
    "campaigns": ["Diwali"],
    "sources": [{"source": "Radio", "weight": 2}],
    "hours": [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}],
    "time_off": [{"from": "2020-01-05T00:00:00+00:00", "to": "2020-01-06T00:00:00+00:00"}],
}
NOBODY = "/api/callers/01900000-0000-7000-8000-000000000000"


def essence(caller: dict[str, Any]) -> dict[str, Any]:
    """What a manager wrote."""
    return {name: caller[name] for name in KAVITA}


def test_a_caller_is_made_read_listed_and_replaced(manager: httpx.Client) -> None:
    created = manager.post("/api/callers", json=KAVITA)
    assert created.status_code == 201
    caller = created.json()
    assert essence(caller) == KAVITA
    assert (caller["assigned_today"], caller["duplicates_today"], caller["archived_at"]) == (0, 0, None)
    assert (caller["open_leads"], caller["standing"]) == (0, "free")
    path = created.headers["location"]
    assert manager.get(path).json() == caller
    assert manager.get("/api/callers").json() == {"items": [caller]}
    replaced = manager.put(path, json={"name": "Kavita R", "daily_limit": 0})
    assert replaced.status_code == 200
    assert essence(replaced.json()) == {
        **dict.fromkeys(KAVITA),
        "name": "Kavita R",
        "daily_limit": 0,
        "languages": [],
        "states": [],
        "status": "active",
        "weight": 1,
        "max_load": 0,
        "campaigns": [],
        "sources": [],
        "time_off": [],
    }


def test_a_caller_may_be_sent_back_as_it_was_read(manager: httpx.Client) -> None:
    caller = manager.post("/api/callers", json=KAVITA).json()
    replaced = manager.put(f"/api/callers/{caller['id']}", json={**caller, "daily_limit": 7})
    assert replaced.status_code == 200
    assert replaced.json()["daily_limit"] == 7


def test_states_are_known_by_their_codes_and_other_spellings(manager: httpx.Client) -> None:
    caller = manager.post("/api/callers", json={"name": "Kavita", "states": ["MH", "tamilnadu", "goa"]}).json()
    assert sorted(caller["states"]) == ["Goa", "Maharashtra", "Tamil Nadu"]


def test_every_refusal_names_its_field(manager: httpx.Client) -> None:
    mistakes: list[tuple[str, Any]] = [
        ("name", ""),
        ("name", "  "),
        ("name", "x" * 201),
        ("name", None),
        ("name", "Ka\0vita"),
        ("role", "x" * 101),
        ("languages", "Hindi"),
        ("languages", [""]),
        ("languages", ["Hindi"] * 51),
        ("daily_limit", -1),
        ("daily_limit", 1.5),
        ("daily_limit", "20"),
        ("states", ["Atlantis"]),
        ("status", "asleep"),
        ("dayly_limit", 5),
        ("team", "x" * 101),
        ("weight", 0),
        ("weight", 1001),
        ("max_load", -1),
        ("max_load", 1001),
        ("campaigns", [""]),
        ("sources", [{"source": ""}]),
        ("sources", [{"source": " "}]),
        ("sources", [{"source": "Ads", "weight": -1}]),
        ("sources", [{"source": "Ads"}, {"source": "ADS"}]),
        ("hours", []),
        ("hours", [{"days": [8], "from": "09:00", "to": "18:00"}]),
        ("hours", [{"days": [1], "from": "9 o'clock", "to": "18:00"}]),
        ("hours", [{"days": [], "from": "09:00", "to": "18:00"}]),
        ("time_off", [{"from": "soon", "to": "2026-01-05"}]),
        ("time_off", [{"from": "2026-01-05", "to": "2026-01-05"}]),
    ]
    for field, value in mistakes:
        response = manager.post("/api/callers", json={**KAVITA, field: value})
        assert (field, value, response.status_code) == (field, value, 422)
        assert [name.split("[")[0] for name in fields_at_fault(response)] == [field]
    assert manager.get("/api/callers").json() == {"items": []}


def test_time_off_without_an_offset_is_in_the_workspaces_timezone(manager: httpx.Client) -> None:
    away = {"name": "Kavita", "time_off": [{"from": "2026-01-05", "to": "2026-01-06T12:00"}]}
    caller = manager.post("/api/callers", json=away).json()
    assert caller["time_off"] == [{"from": "2026-01-04T18:30:00+00:00", "to": "2026-01-06T06:30:00+00:00"}]


def test_a_caller_tells_what_is_open_and_how_it_stands(manager: httpx.Client, post: Post) -> None:
    path = manager.post("/api/callers", json={"name": "Kavita", "max_load": 1}).headers["location"]
    post(name="Asha")
    caller = manager.get(path).json()
    assert (caller["open_leads"], caller["standing"]) == (1, "at max load")


def test_a_caller_needs_a_name(manager: httpx.Client) -> None:
    assert fields_at_fault(manager.post("/api/callers", json={})) == ["name"]


def test_a_paused_caller_gets_nothing_until_active_again(manager: httpx.Client, post: Post) -> None:
    path = manager.post("/api/callers", json=KAVITA).headers["location"]
    assert manager.patch(f"{path}/status", json={"status": "paused"}).json()["status"] == "paused"
    assert post(name="Asha").json()["assignment_status"] == "queued"
    assert manager.patch(f"{path}/status", json={"status": "active"}).json()["status"] == "active"
    assert post(name="Ravi").json()["assigned_caller"]["name"] == "Kavita"
    assert fields_at_fault(manager.patch(f"{path}/status", json={"status": "gone"})) == ["status"]


def test_an_archived_caller_gets_no_more_leads_and_may_keep_those_that_are_open(
    manager: httpx.Client, post: Post
) -> None:
    path = manager.post("/api/callers", json=KAVITA).headers["location"]
    lead = post(name="Asha").json()["lead_id"]
    gone = manager.delete(path, params={"hand_over": "keep"})
    assert (gone.status_code, "handed_over" in gone.json(), gone.json()["open_leads"]) == (200, False, 1)
    assert manager.get("/api/callers").json() == {"items": []}
    assert manager.get(path).json()["archived_at"] is not None
    assert manager.get(f"/api/leads/{lead}").json()["assigned_caller"]["name"] == "Kavita"
    assert post(name="Ravi").json()["assignment_status"] == "queued"


def test_where_the_open_leads_of_a_caller_go_is_said_when_it_goes(manager: httpx.Client, post: Post) -> None:
    kavita, ravi, meera = (
        manager.post("/api/callers", json={"name": name}).json()["id"] for name in ("Kavita", "Ravi", "Meera")
    )
    leads = [post(name=name).json()["lead_id"] for name in ("a", "b", "c", "d", "e", "f")]

    def had() -> list[str]:
        return [manager.get(f"/api/leads/{lead}").json()["assigned_caller"]["name"] for lead in leads]

    moved = {"moved": 2, "following": 0}
    paused = manager.patch(f"/api/callers/{kavita}/status", json={"status": "paused", "hand_over": ravi}).json()
    assert (paused["handed_over"], paused["open_leads"]) == (moved, 0)
    assert had() == ["Ravi", "Ravi", "Meera"] * 2
    away = {"name": "Meera", "time_off": [{"from": "2020-01-01", "to": None}], "hand_over": "route"}
    assert manager.put(f"/api/callers/{meera}", json=away).json()["handed_over"] == moved
    assert had() == ["Ravi"] * 6
    manager.patch(f"/api/callers/{kavita}/status", json={"status": "active"})
    handed = manager.post(f"/api/callers/{ravi}/hand-over", json={"to": kavita, "reason": "on other work"})
    assert (handed.status_code, handed.json()) == (200, {"moved": 6, "following": 0})
    assert manager.get(f"/api/leads/{leads[0]}").json()["assignment_reason"].endswith("before with Ravi: on other work")
    assert manager.delete(f"/api/callers/{kavita}").json()["handed_over"] == {"moved": 6, "following": 0}
    assert had() == ["Ravi"] * 6, "by the workspace's setting"
    for wanted, status in (("burn", 422), (kavita, 409), (ravi, 409), ("00000000-0000-7000-8000-000000000000", 422)):
        refused = manager.delete(f"/api/callers/{ravi}", params={"hand_over": wanted})
        assert (refused.status_code, fields_at_fault(refused)) == (status, ["hand_over"]), wanted
    assert manager.get(f"/api/callers/{ravi}").json()["archived_at"] is None
    assert fields_at_fault(manager.post(f"/api/callers/{ravi}/hand-over", json={"to": "keep"})) == ["to"]


def test_the_callers_of_the_first_run_go_at_once(workspace: Workspace, manager: httpx.Client) -> None:
    workspace.caller("Example one", is_sample=True)
    workspace.caller("Example two", is_sample=True)
    workspace.caller("Kavita")
    assert manager.delete("/api/callers/samples").json() == {"archived": 2}
    assert [caller["name"] for caller in manager.get("/api/callers").json()["items"]] == ["Kavita"]


def test_a_caller_who_is_not_there_is_not_found(manager: httpx.Client) -> None:
    for response in (
        manager.get(NOBODY),
        manager.put(NOBODY, json=KAVITA),
        manager.delete(NOBODY),
        manager.patch(f"{NOBODY}/status", json={"status": "paused"}),
        manager.get("/api/callers/17"),
    ):
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"


def test_the_form_knows_the_states_of_the_country(manager: httpx.Client) -> None:
    assert {"Goa", "Maharashtra", "Tamil Nadu"} <= set(manager.get("/api/states").json()["items"])
