"""POST /api/leads/bulk: many leads in one transaction, as a file of them would be."""

from collections import Counter

import httpx
import msgspec

from gateway.imports.shapes import BulkAnswer
from tests.gateway.conftest import fields_at_fault
from tests.support import Workspace


def test_leads_in_bulk_are_answered_as_the_requirement_has_it(manager: httpx.Client, workspace: Workspace) -> None:
    callers = [workspace.caller(f"Caller {number}") for number in range(3)]
    lead = {
        "first_name": "John",
        "last_name": "Doe",
        "email": "john@example.com",
        "phone": "+1234567890",
        "address_line": "123 Main St",
        "city": "New York",
        "state": "NY",
        "country": "USA",
        "zip": "10001",
        "current_status": "NEW",
    }
    others = [{**lead, "email": f"j{n}@example.com", "phone": f"+12345678{n:02}"} for n in range(9)]
    wrong = {"city": "New York"}
    asked = {"campaign": "Bulk", "leads": [lead, *others, lead, wrong], "callers": callers}
    response = manager.post("/api/leads/bulk", json=asked)
    assert response.status_code == 200, response.text
    answer = msgspec.json.decode(response.content, type=BulkAnswer)
    assert (answer.inserted_count, answer.skipped_count, answer.error_count, answer.success) == (10, 1, 1, False)
    assert [(error.row, error.reason) for error in answer.errors] == [
        (
            12,
            "Phone: The lead has no name, phone, e-mail or id. "
            "Send one of name, phone, email, external_id, source_row_id.",
        )
    ]
    assert (answer.assignees_added, sorted(map(str, answer.assignee_ids))) == (3, sorted(callers))
    assert Counter(str(one.assignee_id) for one in answer.lead_assignments).most_common(1)[0][1] == 4
    distribution = answer.distribution_summary
    assert (distribution.total_leads, distribution.total_callers, distribution.leads_per_caller) == (10, 3, 4)
    stored = workspace.connection.execute(
        "select name, country, metadata from crm.leads where workspace_id = %s order by id limit 1", [workspace.id]
    )
    assert stored.fetchone() == (
        "John Doe",
        "USA",
        {
            "address_line": "123 Main St",
            "zip": "10001",
            "current_status": "NEW",
            "campaign": "Bulk",
            "phone_given": "+1234567890",  # the sample's number is nobody's
        },
    )
    number = manager.get("/api/campaigns").json()["items"][0]["id"]
    again = manager.post("/api/leads/bulk", json={**asked, "campaign": number, "leads": [lead]})
    assert again.json()["skipped_count"] == 1
    refused = manager.post(
        "/api/leads/bulk",
        json={**asked, "leads": [{**lead, "phone": "+15550000000"}], "callers": [callers[0][:-4] + "0000"]},
    )
    assert fields_at_fault(refused) == ["callers"]
    assert fields_at_fault(manager.post("/api/leads/bulk", json={"leads": []})) == ["leads"]
    count = workspace.connection.execute("select count(*) from crm.leads where workspace_id = %s", [workspace.id])
    assert count.fetchone() == (10,)


def test_what_postgresql_cannot_store_is_mended_in_bulk(manager: httpx.Client) -> None:
    strange = [{"phone": "98123 00011", "city": "Go\0a"}, {"phone": "98123 00012", "no\0te": "x"}]
    leads = [*strange, {"name": "Meera Joshi", "phone": "98123 00013"}]
    answer = manager.post("/api/leads/bulk", json={"leads": leads})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["inserted_count"], answer.json()["errors"]) == (3, [])
