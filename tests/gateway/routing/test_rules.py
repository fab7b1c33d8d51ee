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


BOMB = "exists($.metadata.a[*] ? (exists($.metadata.a[*] ? (exists($.metadata.a[*] ? (@ < 0))))))"


def test_jsonpath_that_eats_the_server_is_no_condition(manager: httpx.Client, workspace: Workspace, post: Post) -> None:
    post(name="Meera", metadata={"a": list(range(900))})
    as_data = {"match": "all", "terms": [{"field": BOMB, "operator": "is", "values": ["x"]}]}
    as_value = {"match": "all", "terms": [{"field": "metadata.a", "operator": "is", "values": [BOMB]}]}
    for path, body in (
        ("/api/rules", {"name": "bomb", "condition": BOMB}),
        ("/api/rules", {"name": "bomb", "condition": as_data}),
        ("/api/rules/trial", {"condition": BOMB}),
        ("/api/simulate", {"rules": [{"name": "bomb", "condition": BOMB}]}),
        ("/api/simulate", {"rules": [{"name": "bomb", "condition": as_data}]}),
    ):
        assert manager.post(path, json=body).status_code == 422, body
    assert manager.post("/api/rules/trial", json={"condition": as_value}).json()["matched"] == 0, (
        "a value like any other"
    )
    # Written into the log before conditions were data, it stands there and is not run.
    connection = workspace.connection
    with connection.transaction(force_rollback=True):
        connection.execute("set local session_replication_role = replica")
        connection.execute(
            """update crm.events set data = data || jsonb_build_object('condition', %s::text)
               where kind = 'rule.created' and data ->> 'name' = 'state' and workspace_id = %s""",
            [BOMB, workspace.id],
        )
        connection.execute("set local statement_timeout = '10s'")
        told = connection.execute("select violation from routing.verify()").fetchall()
    # What is written into the log by hand breaks the seal as well, if there is one by now.
    assert set(told) - {("an event or its seal was altered",)} == {("a rule changed without an event",)}


def condition(*terms: dict[str, Any]) -> dict[str, Any]:
    """A condition of which all terms must hold."""
    return {"match": "all", "terms": list(terms)}


def test_fields_may_be_called_what_senders_call_them(manager: httpx.Client) -> None:
    names = {"lead_source": "source", "Lead Source": "source", "Mobile No.": "phone", "शहर": "city", " State ": "state"}
    names |= {"metadata.budget": "metadata.budget", "Metadata. budget": "metadata.budget", "utm_campaign": "campaign"}
    given = condition(*[{"field": name, "operator": "is_empty"} for name in names])
    rule = manager.post("/api/rules", json={"name": "x", "condition": given}).json()
    assert [term["field"] for term in rule["condition"]["terms"]] == list(names.values())
    inside = condition({"match": "any", "terms": [{"field": "lead_source", "operator": "is", "values": ["Google"]}]})
    answer = manager.post("/api/rules/trial", json={"condition": inside}).json()
    assert answer == {"leads": 0, "matched": 0, "sentence": "Leads whose source is Google"}


def test_a_mistake_in_a_condition_is_named_by_its_place(manager: httpx.Client) -> None:
    mistakes: list[tuple[Any, str, str]] = [
        ({"field": "langauge", "operator": "is", "values": ["Hindi"]}, ".field", "Did you mean language?"),
        ({"field": "timestamp", "operator": "is", "values": ["x"]}, ".field", "metadata.timestamp"),
        ({"field": "city", "operator": "more_than", "values": ["5"]}, ".operator", "There are: is, "),
        ({"field": "state", "operator": "is", "values": ["Atlantis"]}, ".values[0]", "ISO code"),
        ({"field": "city", "operator": "is", "values": ["a\0"]}, ".values[0]", ""),
        ({"field": "city", "operator": "is", "values": ["x" * 201]}, ".values[0]", ""),
        ({"field": "city", "operator": "is"}, ".values", ""),
    ]
    for term, place, hint in mistakes:
        whole = condition({"field": "city", "operator": "is_empty"}, term)
        for path in ("/api/rules", "/api/rules/trial"):
            body = {"condition": whole} | ({"name": "x"} if path == "/api/rules" else {})
            response = manager.post(path, json=body)
            assert (response.status_code, fields_at_fault(response)) == (422, [f"condition.terms[1]{place}"]), term
            assert hint in response.json()["errors"][0].get("hint", ""), response.text


def test_a_rule_goes_to_a_team_or_to_callers_by_name(manager: httpx.Client, workspace: Workspace, post: Post) -> None:
    asha, bilal = workspace.caller("Asha", team="Team A"), workspace.caller("Bilal")
    google = condition({"field": "lead_source", "operator": "is", "values": ["google ads"]})
    manager.post("/api/rules", json={"name": "A", "condition": google, "teams": ["team a"], "strategy": "weighted"})
    manager.post("/api/rules", json={"name": "B", "callers": [bilal]})
    leads = [post(name=f"Lead {n}", lead_source=source) for n, source in enumerate(["Google Ads", "Site"] * 2)]
    assert [lead.json()["assigned_caller"]["id"] for lead in leads] == [asha, bilal] * 2
    pools = {pool["label"]: pool for pool in manager.get("/api/pools").json()["items"]}
    assert [member["name"] for member in pools["B"]["members"]] == ["Bilal"]
    assert [member["name"] for member in pools["team a"]["members"]] == ["Asha"]
    stranger = manager.post("/api/rules", json={"name": "C", "callers": [NOTHING.rpartition("/")[2]]})
    assert (stranger.status_code, fields_at_fault(stranger)) == (422, ["callers"])
    both = manager.post("/api/rules", json={"name": "C", "callers": [bilal], "teams": ["A"]})
    assert (both.status_code, fields_at_fault(both)) == (422, ["callers"])


def test_a_new_rule_comes_before_the_one_for_everybody(manager: httpx.Client) -> None:
    manager.post("/api/rules", json={"name": "Pune", "condition": HINDI["condition"]})
    assert names(manager.get("/api/rules")) == ["state", "Pune", "global"]
    ids = [rule["id"] for rule in manager.get("/api/rules").json()["items"]]
    behind = manager.put("/api/rules/order", json={"ids": [ids[0], ids[2], ids[1]]}).json()["items"]
    assert [rule["hidden_by"] for rule in behind] == [None, None, {"id": ids[2], "name": "global"}]


def test_the_page_is_told_how_far_rules_reach_and_what_leads_say(manager: httpx.Client, post: Post) -> None:
    for number in range(3):
        post(
            name=f"Lead {number}",
            city="Pune",
            language="Hindi",
            phone=f"+91981234567{number}",
            metadata={"tag": number},
        )
    manager.post(
        "/api/rules",
        json={"name": "Hindi", "condition": condition({"field": "language", "operator": "is", "values": ["HINDI"]})},
    )
    reach = manager.get("/api/rules/reach").json()["items"]
    assert [(item["matched"], item["leads"], item["hidden_by"]) for item in reach] == [(3, 3, None)] * 3
    fields = {item["name"]: item for item in manager.get("/api/rules/fields").json()["items"]}
    assert fields["city"]["values"] == [{"value": "Pune", "leads": 3}]
    assert fields["phone"]["values"] == fields["name"]["values"] == []
    assert "more_than" in fields["metadata.tag"]["operators"]
    assert "more_than" not in fields["city"]["operators"]


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
    assert manager.get("/api/leads/count").json() == {"count": 0, "newest": None}


def test_a_preview_of_a_lead_for_nobody_says_why(manager: httpx.Client) -> None:
    preview = manager.post("/api/leads/preview", json={}).json()
    assert (preview["status"], preview["caller"]) == ("queued", None)
    assert preview["reason"]
    assert manager.post("/api/leads/preview", json={"state": ["Goa"]}).json()["state"] == "Goa"
