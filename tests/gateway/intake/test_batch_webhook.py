"""POST /api/leads/webhook/batch: many leads in one request, each answered as if it had come alone."""

import json
from typing import Any

import httpx
import msgspec

from gateway.http.bodies import LARGEST_BODY
from gateway.intake.batch_webhook import LARGEST_BATCH, WEBHOOK_BATCH
from tests.gateway.conftest import Post, fields_at_fault
from tests.gateway.http.test_metrics import of, read
from tests.gateway.intake.test_webhook import signed
from tests.support import Gateway, Workspace

PATH = "/api/leads/webhook/batch"


def statuses(response: httpx.Response) -> list[int]:
    """The status of each lead, of answers that are as described."""
    assert response.status_code == 200, response.text
    msgspec.json.decode(response.content, type=WEBHOOK_BATCH.answers)
    return [outcome["status"] for outcome in response.json()]


def limited(workspace: Workspace, per_minute: int) -> None:
    """The workspace's source may send so many leads a minute."""
    update = "update crm.sources set leads_per_minute = %s where id = %s"
    workspace.connection.execute(update, [per_minute, workspace.source_id])


def test_each_lead_is_answered_in_its_place_and_one_bad_lead_harms_no_other(
    workspace: Workspace, sender: httpx.Client, visitor: httpx.Client, post: Post
) -> None:
    workspace.connection.execute(
        "alter table crm.leads add constraint leads_name_known check (name <> 'Only the database can tell')"
    )
    caller = workspace.caller("Kavita")
    known = post(name="Known", source_row_id="7").json()
    before = read(visitor)
    leads: list[Any] = [
        {"name": "First", "phone": "98123 45678"},
        {"name": "Known", "source_row_id": "7"},
        {"name": False, "timestamp": "soon"},
        {"city": "Pune"},
        "no lead",
        {"name": "Only the database can tell"},
        {"name": "Large", "message": "x" * LARGEST_BODY},
        {"name": "Last", "utm_source": "x"},
        {"name": "Last", "utm_source": "x"},
    ]
    body = json.dumps(leads)
    response = sender.post(PATH, content=body, headers={"idempotency-key": "of no meaning here"})
    assert statuses(response) == [201, 200, 422, 422, 422, 422, 413, 201, 200]
    first, again, bad, nobody, _, unstorable, _, last, twin = response.json()
    assert first["assigned_caller"] == {"id": caller, "name": "Kavita"}
    assert again == {**known, "status": 200, "duplicate": True}
    assert [error["field"] for error in (*bad["errors"], *nobody["errors"])] == ["name", "timestamp", "phone"]
    assert unstorable["errors"][0]["field"] == "name"
    assert twin == {**last, "status": 200, "duplicate": True}
    assert workspace.call("api.count_leads('{}')") == 3
    after = read(visitor)
    source = {"workspace": workspace.id, "source": "Webhook"}
    for outcome, number in (("assigned", 2), ("duplicate", 2)):
        name = "leads_received_total"
        assert (of(after, name, **source, outcome=outcome) or 0) - (
            of(before, name, **source, outcome=outcome) or 0
        ) == number
    refused = [(of(each, "leads_refused_total", status=422) or 0) for each in (before, after)]
    assert refused[1] - refused[0] == 4


def test_five_hundred_leads_are_taken_in_order_and_a_repeated_request_stores_nothing(
    workspace: Workspace, sender: httpx.Client
) -> None:
    workspace.caller("Kavita")
    leads = [{"name": f"Lead {number}", "source_row_id": f"{number}"} for number in range(1, 501)]
    first, second = sender.post(PATH, json=leads), sender.post(PATH, json=leads)
    assert (set(statuses(first)), set(statuses(second))) == ({201}, {200})
    ids = [outcome["lead_id"] for outcome in first.json()]
    assert ids == sorted(set(ids)) == [outcome["lead_id"] for outcome in second.json()]
    found = "select array_agg(source_row_id order by id) from crm.leads where workspace_id = %s"
    assert workspace.connection.execute(found, [workspace.id]).fetchall() == [([str(n) for n in range(1, 501)],)]


def test_every_lead_counts_against_the_sources_limit(workspace: Workspace, sender: httpx.Client) -> None:
    limited(workspace, 5)
    leads = [{"name": f"Lead {number}"} for number in range(8)]
    response = sender.post(PATH, json=leads)
    assert statuses(response) == [201] * 5 + [429] * 3
    assert 0 < int(response.headers["retry-after"]) <= 12
    # Where nothing at all was taken, the sender is told as for one lead.
    response = sender.post(PATH, json=leads[5:])
    assert (response.status_code, response.headers["content-type"]) == (429, "application/problem+json")
    assert 0 < int(response.headers["retry-after"]) <= 12


def test_where_nothing_was_taken_the_answer_is_a_problem_that_names_each_lead(
    gateway: Gateway, workspace: Workspace, manager: httpx.Client, sender: httpx.Client
) -> None:
    made = manager.post("/api/sources", json={"name": "By address"}).json()
    with httpx.Client(base_url=gateway.url, timeout=30) as address:
        doors = ((sender, PATH), (sender, "/api/leads/webhook"), (address, made["path"]))
        cases: list[tuple[list[Any], int, list[str], str]] = [
            ([{"city": "Pune"}], 422, ["[0].phone"], "The lead was not taken. [0].phone: "),
            (
                [{"city": "Pune"}, {"name": False}, {"email": " "}],
                422,
                ["[0].phone", "[1].name", "[2].phone"],
                "None of the 3 leads was taken. [0].phone: ",
            ),
        ]
        for client, path in doors:
            for leads, status, fields, detail in cases:
                response = client.post(path, json=leads)
                assert (path, response.status_code, fields_at_fault(response)) == (path, status, fields)
                assert response.json()["detail"].startswith(detail)
            # As soon as one was taken, each has its own status, in one shape by every door.
            response = client.post(path, json=[{"name": "Asha", "source_row_id": path}, {"city": "Pune"}])
            assert [outcome["status"] for outcome in response.json()] == [201, 422]
            msgspec.json.decode(response.content, type=WEBHOOK_BATCH.answers)
            assert set(response.json()[0]) == {
                *("status", "lead_id", "assigned_caller", "assignment_status", "assignment_reason"),
                *("duplicate", "duplicate_of"),
            }
    large = [{"name": "Large", "message": "x" * LARGEST_BODY}, {"city": "Pune"}]
    response = sender.post(PATH, json=large)
    assert (response.status_code, fields_at_fault(response)) == (422, ["[0]", "[1].phone"])
    assert workspace.call("api.count_leads('{}')") == 3


def test_what_is_to_be_sent_again_decides_where_nothing_was_taken(
    gateway: Gateway, workspace: Workspace, manager: httpx.Client, sender: httpx.Client
) -> None:
    limited(workspace, 1)
    assert sender.post("/api/leads/webhook", json={"name": "Asha"}).status_code == 201
    response = sender.post(PATH, json=[{"city": "Pune"}, {"name": "Ravi"}])
    assert (response.status_code, fields_at_fault(response)) == (429, ["[0].phone", "[1]"])
    assert int(response.headers["retry-after"]) > 0
    # Who is known by an address reads no list, and is told by the status that some are to be sent again.
    made = manager.post("/api/sources", json={"name": "By address", "leads_per_minute": 2}).json()
    leads = [{"name": name, "source_row_id": name} for name in ("a", "b", "c")]
    response = httpx.post(gateway.url + made["path"], json=leads)
    assert (response.status_code, response.json()["detail"][:25]) == (429, "2 of 3 leads were taken. ")
    assert workspace.call("api.count_leads('{}')") == 3


def test_what_is_not_about_a_new_lead_is_told_so_in_its_place(sender: httpx.Client) -> None:
    booking = {"name": "Sunil Das", "email": "sunil@example.com", "uri": "https://api.calendly.com/x/inv-2"}
    cancelled = {"event": "invitee.canceled", "payload": booking}
    response = sender.post(PATH, json=[{"name": "Asha"}, cancelled])
    assert statuses(response) == [201, 200]
    assert response.json()[1] == {
        "status": 200,
        "stored": False,
        "reason": "It looks like a post of Calendly. It is about a booking that was made before, not about a new one.",
    }
    alone = sender.post("/api/leads/webhook", json=cancelled)
    assert (alone.status_code, alone.json()["stored"]) == (200, False)
    made = sender.post("/api/leads/webhook", json={**cancelled, "event": "invitee.created"})
    assert made.status_code == 201
    # A field called "event" is no mark of anything.
    assert sender.post("/api/leads/webhook", json={"name": "Ravi", "event": "invitee.canceled"}).status_code == 201


def test_a_batch_is_signed_as_a_whole(gateway: Gateway, workspace: Workspace, visitor: httpx.Client) -> None:
    body = b'[{"name": "Asha"}, {"name": "Ravi"}]'
    headers = signed(gateway.secret, body)
    assert statuses(visitor.post(f"{PATH}?source={workspace.source_id}", content=body, headers=headers)) == [201, 201]
    assert visitor.post(PATH, content=body.replace(b"Ravi", b"Rava"), headers=headers).status_code == 401
    assert visitor.post(PATH, content=body).status_code == 401


def test_a_revoked_source_is_refused_as_a_whole(workspace: Workspace, sender: httpx.Client) -> None:
    leads = [{"name": "Asha"}, {"name": "Ravi"}]
    assert statuses(sender.post(PATH, json=leads)) == [201, 201]
    workspace.connection.execute("update crm.sources set revoked_at = now() where id = %s", [workspace.source_id])
    assert sender.post(PATH, json=leads).status_code == 401


def test_what_is_no_list_of_leads_is_refused(sender: httpx.Client) -> None:
    for body in (b"[]", b"{}", b"null", b'"x"', json.dumps([{"name": "x"}] * 501).encode()):
        response = sender.post(PATH, content=body)
        assert (response.status_code, fields_at_fault(response)) == (422, ["body"])
    assert sender.post(PATH, content=b'[{"name": "x"},').status_code == 400
    assert sender.post(PATH, content=b" " * (LARGEST_BATCH + 1)).status_code == 413
    assert sender.post(PATH, data={"name": "Asha"}).status_code == 415
    assert sender.get(PATH).status_code == 405
