"""The people behind leads: duplicates, and contacts that are merged and unmerged."""

from asyncio import to_thread
from typing import Any

import httpx

from tests.gateway.conftest import Post, Watch, fields_at_fault
from tests.support import Workspace

PHONE = "+91 98450 00001"
OTHER_PHONE = "+91 98450 00002"


def path_of(answer: httpx.Response) -> str:
    """Where the lead that a sender was told of is found."""
    assert answer.status_code == 201, answer.text
    return f"/api/leads/{answer.json()['lead_id']}"


def id_of(path: str) -> str:
    """The id in a lead's path."""
    return path.rpartition("/")[2]


def leads_of(lead: dict[str, Any]) -> list[str]:
    """The names on the leads of a lead's contact, newest first."""
    return [each["name"] for each in lead["contact"]["leads"]]


def test_a_second_lead_of_a_contact_goes_to_the_caller_of_the_first_and_says_so(
    workspace: Workspace, post: Post, manager: httpx.Client
) -> None:
    kavita = workspace.caller("Kavita", daily_limit=1)
    first = post(name="Asha", phone=PHONE).json()
    workspace.caller("Ravi")
    response = post(name="Asha K", phone="098450-00001", email="asha@example.com")
    assert response.status_code == 201, "another lead, not the same once more"
    second = response.json()
    assert second["assigned_caller"] == {"id": kavita, "name": "Kavita"}
    assert (second["duplicate"], second["duplicate_of"]) == (False, first["lead_id"])
    assert second["assignment_reason"] == "Duplicate: this caller has an open lead of the same contact"
    caller = manager.get(f"/api/callers/{kavita}").json()
    assert (caller["assigned_today"], caller["duplicates_today"]) == (1, 1)
    third = post(name="A. K.", email="asha@example.com").json()
    assert third["duplicate_of"] == first["lead_id"], "known by the address since the second"
    listed = manager.get("/api/leads").json()["items"]
    assert [lead["duplicate_of"] for lead in listed] == [first["lead_id"], first["lead_id"], None]


def test_a_retry_is_answered_as_the_first_time_duplicate_of_included(
    workspace: Workspace, post: Post, manager: httpx.Client
) -> None:
    workspace.caller("Kavita")
    first = path_of(post(name="Asha", phone=PHONE))
    second = post(name="Asha", phone=PHONE, source_row_id="17")
    assert second.json()["duplicate_of"] == id_of(first)
    manager.post(f"{first}/close")
    retried = post(name="Asha", phone=PHONE, source_row_id="17")
    assert retried.status_code == 200
    assert retried.json() == {**second.json(), "duplicate": True}


def test_a_lead_that_comes_once_the_others_are_closed_is_no_duplicate(
    workspace: Workspace, post: Post, manager: httpx.Client
) -> None:
    workspace.caller("Kavita")
    first = path_of(post(name="Asha", phone=PHONE))
    manager.post(f"{first}/close")
    second = path_of(post(name="Asha again", phone=PHONE))
    lead = manager.get(second).json()
    assert lead["duplicate_of"] is None
    assert leads_of(lead) == ["Asha again", "Asha"]


def test_a_lead_tells_what_its_contact_is_known_by_and_what_else_it_sent(
    workspace: Workspace, post: Post, manager: httpx.Client
) -> None:
    kavita = workspace.caller("Kavita")
    first = path_of(post(name="Asha", phone=PHONE, external_id="C-17"))
    second = path_of(post(name="Asha K", phone=PHONE, email="asha@example.com", lead_source="Website"))
    contact = manager.get(first).json()["contact"]
    assert contact == manager.get(second).json()["contact"]
    assert (contact["id"], contact["is_merged"]) == (id_of(first), False)
    assert contact["known_by"] == [
        {"kind": "external_id", "value": "C-17"},
        {"kind": "phone", "value": "+919845000001"},
        {"kind": "email", "value": "asha@example.com"},
    ]
    newest = contact["leads"][0]
    assert newest.pop("created_at")
    assert newest == {
        "id": id_of(second),
        "name": "Asha K",
        "lead_source": "Website",
        "assignment_status": "assigned",
        "caller": {"id": kavita, "name": "Kavita"},
        "duplicate_of": id_of(first),
        "contact_id": id_of(first),
    }


def test_two_contacts_merged_are_dealt_as_one_and_unmerged_are_two_again(
    workspace: Workspace, post: Post, manager: httpx.Client
) -> None:
    workspace.caller("Kavita")
    first = path_of(post(name="Asha", phone=PHONE))
    second = path_of(post(name="Asha K", phone=OTHER_PHONE))
    for path in (first, second):
        assert manager.get(path).json()["contact"]["is_merged"] is False
    merged = manager.post(f"{second}/merge", json={"into": id_of(first)})
    assert merged.status_code == 200
    assert merged.json() == manager.get(second).json()
    assert (merged.json()["contact"]["id"], merged.json()["contact"]["is_merged"]) == (id_of(first), True)
    assert leads_of(merged.json()) == ["Asha K", "Asha"] == leads_of(manager.get(first).json())

    manager.post(f"{second}/close")
    workspace.caller("Ravi")
    third = post(name="Third", phone=OTHER_PHONE).json()
    assert (third["assigned_caller"]["name"], third["duplicate_of"]) == ("Kavita", id_of(first))

    unmerged = manager.post(f"/api/leads/{third['lead_id']}/unmerge")
    assert unmerged.status_code == 200
    assert (unmerged.json()["contact"]["id"], unmerged.json()["contact"]["is_merged"]) == (id_of(second), False)
    assert leads_of(unmerged.json()) == ["Third", "Asha K"]
    assert leads_of(manager.get(first).json()) == ["Asha"]
    assert post(name="Fourth", phone=PHONE).json()["duplicate_of"] == id_of(first)
    assert post(name="Fifth", phone=OTHER_PHONE).json()["duplicate_of"] == third["lead_id"]


def test_a_merge_brings_open_leads_to_one_caller_or_asks(
    workspace: Workspace, post: Post, manager: httpx.Client
) -> None:
    kavita, ravi = (str(workspace.caller(name)) for name in ("Kavita", "Ravi"))
    first = path_of(post(name="Asha", phone=PHONE))
    second = path_of(post(name="Asha K", phone=OTHER_PHONE))
    asked = manager.post(f"{second}/merge", json={"into": id_of(first)})
    assert (asked.status_code, fields_at_fault(asked)) == (409, ["hand_over"])
    assert all(words in asked.text for words in ("Kavita", "Ravi", kavita, ravi))
    assert manager.get(second).json()["contact"]["is_merged"] is False
    merged = manager.post(f"{second}/merge", json={"into": id_of(first), "hand_over": ravi})
    assert merged.status_code == 200
    assert [manager.get(path).json()["assigned_caller"]["name"] for path in (first, second)] == ["Ravi", "Ravi"]
    for wrong in ("route", "Ravi", ""):
        refused = manager.post(f"{second}/merge", json={"into": id_of(first), "hand_over": wrong})
        assert (refused.status_code, fields_at_fault(refused)) == (422, ["hand_over"])


def test_what_cannot_be_merged_or_unmerged_is_refused_and_says_why(
    workspace: Workspace, post: Post, manager: httpx.Client
) -> None:
    lead = path_of(post(name="Asha", phone=PHONE))
    again = path_of(post(name="Asha K", phone=PHONE))
    for into in (lead, again):
        response = manager.post(f"{lead}/merge", json={"into": id_of(into)})
        assert response.status_code == 409
        assert fields_at_fault(response) == ["into"]
    nobody = "01900000-0000-7000-8000-000000000000"
    assert manager.post(f"{lead}/merge", json={"into": nobody}).status_code == 422
    for body in ({}, {"into": None}, {"into": "Asha"}):
        response = manager.post(f"{lead}/merge", json=body)
        assert (response.status_code, fields_at_fault(response)) == (422, ["into"])
    assert fields_at_fault(manager.post(f"{lead}/merge", json={"into": nobody, "why": "x"})) == ["why"]
    assert manager.post(f"{lead}/unmerge").status_code == 409


def test_contacts_of_another_workspace_cannot_be_merged(
    workspace: Workspace, post: Post, manager: httpx.Client
) -> None:
    other = Workspace.create(workspace.connection, name=f"Other than {workspace.id}")
    theirs = other.ingest({"name": "Asha", "phone": PHONE})[0]["lead_id"]
    mine = path_of(post(name="Asha", phone=PHONE))
    assert leads_of(manager.get(mine).json()) == ["Asha"]
    assert manager.post(f"{mine}/merge", json={"into": str(theirs)}).status_code == 422
    assert manager.post(f"/api/leads/{theirs}/merge", json={"into": id_of(mine)}).status_code == 404


async def test_who_watches_is_told_of_conflicts_merges_and_unmerges(
    workspace: Workspace, post: Post, manager: httpx.Client, watch: Watch
) -> None:
    workspace.caller("Kavita")
    first = path_of(post(name="Asha", phone=PHONE))
    second = path_of(post(name="Ravi", email="ravi@example.com"))
    async with watch() as stream:
        both = path_of(await to_thread(post, name="Who?", phone=PHONE, email="ravi@example.com"))
        await to_thread(manager.post, f"{second}/merge", json={"into": id_of(first)})
        await to_thread(manager.post, f"{second}/unmerge")
        conflict, dealt, merged, unmerged = await stream.take(4)
    assert (conflict.kind, conflict.data["lead"]["id"]) == ("contact.conflict", id_of(both))
    assert conflict.data["data"] == {
        "contact_id": id_of(first),
        "keys": {"phone": id_of(first), "email": id_of(second)},
    }
    assert (dealt.kind, dealt.data["lead"]["duplicate_of"]) == ("lead.assigned", id_of(first))
    assert (merged.kind, unmerged.kind) == ("contact.merged", "contact.unmerged")
    for event in (merged, unmerged):
        assert event.data["lead"]["id"] == id_of(second)
        assert (event.data["data"]["contact_id"], event.data["data"]["into_id"]) == (id_of(second), id_of(first))
