"""Leads hold more than who to call, and are made and edited by hand."""

from __future__ import annotations

from typing import Any

import httpx

from tests.gateway.conftest import Post, fields_at_fault, sign_in
from tests.support import NO_TLS, Gateway, Workspace

DETAILS = {
    "first_name": "Ria",
    "last_name": "Sen",
    "company": "Acme",
    "job_title": "CTO",
    "country": "India",
    "medium": "cpc",
    "term": "crm",
    "product": "Flat",
    "budget": {"least": 1_000_000, "most": 1_500_000},
    "authority": "She herself",
    "timeline_months": 3,
}
FIVE_LAKH = {"least": 500_000, "most": 500_000}


def details_of(lead: dict[str, Any]) -> dict[str, Any]:
    """What it says in detail, without what it says nothing of."""
    return {name: lead[name] for name in DETAILS if lead[name] is not None}


# What is posted, what of it is in the lead's own fields, and what in its metadata. Beside a case: where such was seen.
POSTED: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (DETAILS | {"budget": "10-15 lakh"}, DETAILS | {"name": "Ria Sen"}, {}),
    (DETAILS, DETAILS, {}),
    # Typeform, Tally: a question is the name.
    ({"name": "A", "Company Name": "Acme", "What is your budget?": "5L"}, {"company": "Acme", "budget": FIVE_LAKH}, {}),
    # LinkedIn's and Facebook's own fields.
    ({"full_name": "A", "company_name": "Acme", "job_title": "CTO"}, {"company": "Acme", "job_title": "CTO"}, {}),
    # Google Ads and every tracker: utm parameters.
    ({"name": "A", "utm_medium": "cpc", "utm_term": "crm"}, {"medium": "cpc", "term": "crm"}, {}),
    ({"name": "A", "Designation": "CTO", "Job Role": "CEO"}, {"job_title": "CTO"}, {"Job Role": "CEO"}),
    ({"name": "A", "Budget (INR)": "2 cr"}, {"budget": {"least": 20_000_000, "most": 20_000_000}}, {}),
    ({"name": "A", "budget": "up to 5 lakh"}, {"budget": {"least": None, "most": 500_000}}, {}),
    ({"name": "A", "budget": 50_000}, {"budget": {"least": 50_000, "most": 50_000}}, {}),
    ({"name": "A", "budget": ["5L"]}, {"budget": FIVE_LAKH}, {}),
    ({"name": "A", "budget": "$2k"}, {}, {"budget_given": "$2k"}),
    ({"name": "A", "Budget": "not decided"}, {}, {"Budget": "not decided"}),
    ({"name": "A", "budget": {"a": [1]}}, {}, {"budget_given": {"a": [1]}}),
    ({"name": "A", "budget": ""}, {}, {}),
    ({"name": "A", "timeline": "immediate"}, {"timeline_months": 0}, {}),
    ({"name": "A", "Timeframe": "1-3 months"}, {"timeline_months": 3}, {"Timeframe": "1-3 months"}),
    (
        {"name": "A", "timeline_months": "next quarter"},
        {"timeline_months": 6},
        {"timeline_months_given": "next quarter"},
    ),
    ({"name": "A", "timeline_months": "soon"}, {}, {"timeline_months_given": "soon"}),
    ({"fname": "Ria", "lname": "Sen"}, {"first_name": "Ria", "last_name": "Sen"}, {}),
    ({"name": "A", "company": "x" * 300}, {"company": "x" * 200}, {"company_given": "x" * 300}),
    ({"name": "A", "company": {"name": "Acme"}}, {"company": "Acme"}, {}),
    ({"name": "A", "कंपनी": "Acme", "देश": "India"}, {"company": "Acme", "country": "India"}, {}),
    ({"name": "A", "metadata": {"company": "Acme"}}, {}, {"company": "Acme"}),
]


def test_a_lead_keeps_what_its_sender_says_in_detail(post: Post, manager: httpx.Client) -> None:
    for number, (sent, expected, kept) in enumerate(POSTED):
        answer = post(**sent, message=f"lead {number}")
        assert (sent, answer.status_code) == (sent, 201)
        lead = manager.get(f"/api/leads/{answer.json()['lead_id']}").json()
        own = {name: value for name, value in expected.items() if name != "name"}
        assert (sent, details_of(lead), lead["metadata"]) == (sent, own, kept)
        assert lead["name"] == expected.get("name", lead["name"]) is not None


def test_a_mapping_leads_to_details(workspace: Workspace, manager: httpx.Client, post: Post) -> None:
    path = f"/api/sources/{workspace.source_id}"
    mapping = {"phone": "$.who.tel", "company": "$.org.title", "budget": "$.org.money", "timeline_months": "when"}
    assert manager.patch(path, json={"mapping": mapping}).status_code == 200
    sent = {"who": {"tel": "9812345678"}, "org": {"title": "Acme", "money": "5L"}, "when": "ASAP"}
    lead = manager.get(f"/api/leads/{post(**sent).json()['lead_id']}").json()
    assert details_of(lead) == {
        "company": "Acme",
        "budget": {"least": 500_000, "most": 500_000},
        "timeline_months": 0,
    }
    assert lead["metadata"] == {}


def test_a_lead_is_edited_and_the_audit_says_what_was_before(
    post: Post, manager: httpx.Client, workspace: Workspace
) -> None:
    workspace.caller("Kavita")
    path = f"/api/leads/{post(name='Ria', phone='9812300001', city='Pune').json()['lead_id']}"
    before = manager.get(path)
    change = DETAILS | {"budget": "10-15 lakh", "timeline_months": "3 months", "phone": "98123 00002", "state": "Goa"}
    edited = manager.patch(path, json=change, headers={"if-match": before.headers["etag"]})
    assert edited.status_code == 200, edited.text
    lead = edited.json()
    assert details_of(lead) == DETAILS
    assert (lead["name"], lead["phone"], lead["state"]) == ("Ria", "+919812300002", "Goa")
    assert lead["assigned_caller"] == before.json()["assigned_caller"]
    assert edited.headers["etag"] == manager.get(path).headers["etag"] != before.headers["etag"]
    assert [key["value"] for key in lead["contact"]["known_by"]] == ["+919812300002"]

    late = manager.patch(path, json={"company": "Other"}, headers={"if-match": before.headers["etag"]})
    assert (late.status_code, manager.get(path).json()["company"]) == (412, "Acme")
    [entry] = manager.get("/api/audit", params={"kind": "lead.updated"}).json()["items"]
    changes = {change["field"]: (change["before"], change["after"]) for change in entry["changes"]}
    assert changes["company"] == (None, "Acme")
    assert changes["phone"] == ("+919812300001", "+919812300002")
    cleared = manager.patch(path, json=dict.fromkeys(DETAILS)).json()
    assert (details_of(cleared), cleared["name"]) == ({}, "Ria")
    assert workspace.connection.execute("select * from routing.verify()").fetchall() == []


def test_what_cannot_be_read_of_an_edit_is_refused(post: Post, manager: httpx.Client) -> None:
    path = f"/api/leads/{post(name='Ria', phone='9812300001').json()['lead_id']}"
    mistakes: list[tuple[dict[str, Any], str]] = [
        ({"phone": "call me"}, "phone"),
        ({"phone": "9999999999"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"budget": "a lot"}, "budget"),
        ({"budget": "$2k"}, "budget"),
        ({"budget": -1}, "budget"),
        ({"timeline_months": "soon"}, "timeline_months"),
        ({"company": "x" * 201}, "company"),
        ({"name": None, "phone": None}, "name"),
        ({"metadata": {}}, "metadata"),
        ({"company": "\0"}, "company"),
    ]
    for change, field in mistakes:
        answer = manager.patch(path, json=change)
        assert (change, answer.status_code, fields_at_fault(answer)) == (change, 422, [field])
    assert manager.get(path).json()["history"][-1]["kind"] != "lead.updated"
    assert manager.patch("/api/leads/01a1fba6-0000-7000-8000-000000000000", json={}).status_code == 404


def test_a_caller_edits_the_own_leads_alone_and_adds_none(
    post: Post, gateway: Gateway, manager: httpx.Client, workspace: Workspace
) -> None:
    ids = [workspace.caller(name, state) for name, state in (("Kavita", "Goa"), ("Ravi", "Kerala"))]
    own, other = (post(name=state, state=state).json()["lead_id"] for state in ("Goa", "Kerala"))
    person = {"email": f"k{workspace.id}@example.com", "name": "Kavita", "role": "caller", "caller_id": ids[0]}
    made = manager.post("/api/users", json=person)
    assert made.status_code == 201, made.text
    with httpx.Client(base_url=gateway.url, timeout=30, verify=NO_TLS) as caller:
        sign_in(caller, person["email"], made.json()["password"])
        assert caller.patch(f"/api/leads/{own}", json={"company": "Acme"}).json()["company"] == "Acme"
        assert caller.patch(f"/api/leads/{other}", json={"company": "Acme"}).status_code == 404
        assert caller.post("/api/leads", json={"name": "Mine"}).status_code == 403


def test_a_lead_that_is_typed_in_is_assigned_as_its_preview_said(manager: httpx.Client, workspace: Workspace) -> None:
    workspace.caller("Kavita", "Goa")
    workspace.caller("Ravi", "Kerala")
    lead = {"first_name": "Ria", "last_name": "Sen", "phone": "9812300001", "city": "Kochi", "budget": "5L"}
    assert manager.post("/api/leads/preview", json=lead).json()["caller"]["name"] == "Ravi"
    made = manager.post("/api/leads", json=lead)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/api/leads/{made.json()['id']}"
    assert (made.json()["name"], made.json()["assigned_caller"]["name"]) == ("Ria Sen", "Ravi")
    assert made.json()["history"][0]["actor"] == "Admin"
    assert manager.post("/api/leads", json=lead).status_code == 409
    mistakes: list[tuple[dict[str, Any], str]] = [
        ({"name": "A", "budget": "lots"}, "budget"),
        ({"name": "A", "phone": "none"}, "phone"),
        ({}, "phone"),
    ]
    for sent, field in mistakes:
        answer = manager.post("/api/leads", json=sent)
        assert (sent, answer.status_code, fields_at_fault(answer)) == (sent, 422, [field])
    assert workspace.connection.execute("select * from routing.verify()").fetchall() == []
