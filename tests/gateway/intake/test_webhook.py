"""POST /api/leads/webhook: who may post, and what is answered."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from standardwebhooks import Webhook

from gateway.intake.sources import signing_secret
from tests.gateway.conftest import Post, fields_at_fault
from tests.support import SECRET_KEY, Gateway, Workspace

PATH = "/api/leads/webhook"


def signed(secret: str, body: bytes, *, message_id: str = "msg_1", age: timedelta = timedelta()) -> dict[str, str]:
    """The headers of a Standard Webhooks request."""
    moment = datetime.now(UTC) - age
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body.decode()),
    }


def test_a_new_lead_is_answered_with_its_caller(workspace: Workspace, post: Post) -> None:
    caller = workspace.caller("Kavita", "Maharashtra")
    response = post(name="Asha", phone="9812345678", state="MH")
    assert response.status_code == 201
    answer = response.json()
    assert UUID(answer.pop("lead_id"))
    assert "Maharashtra" in answer.pop("assignment_reason")
    assert answer == {
        "assigned_caller": {"id": caller, "name": "Kavita"},
        "assignment_status": "assigned",
        "duplicate": False,
        "duplicate_of": None,
    }


def test_a_lead_nobody_can_take_is_stored_and_queued(post: Post) -> None:
    response = post(name="Asha", phone="9812345678")
    assert response.status_code == 201
    answer = response.json()
    assert answer["assigned_caller"] is None
    assert answer["assignment_status"] == "queued"
    assert answer["assignment_reason"]


def test_a_lead_posted_twice_is_stored_once_and_answered_with_the_first_answer(
    workspace: Workspace, post: Post
) -> None:
    workspace.caller("Kavita")
    workspace.caller("Ravi")
    known_by_phone_and_timestamp = {"phone": "+91 98123 45678", "timestamp": "2024-01-31T18:30:00+05:30"}
    known_by_row = {"name": "Asha", "source_row_id": "17"}
    known_by_content = {"name": "Asha", "city": "Pune"}
    for number, lead in enumerate((known_by_phone_and_timestamp, known_by_row, known_by_content), 1):
        first, second = post(**lead), post(**lead)
        assert (first.status_code, second.status_code) == (201, 200)
        assert second.json() == {**first.json(), "duplicate": True}
        assert workspace.call("api.count_leads('{}')") == number


# Two posts, the key of each, and what the second is: the same lead (200) or another (201).
RETRIES: list[tuple[str, dict[str, Any], str | None, dict[str, Any], str | None, int]] = [
    ("the same key and body", {"name": "A"}, "a", {"name": "A"}, "a", 200),
    ("the same key, spelt otherwise", {"phone": "98010 00401"}, "a", {"phone": "+919801000401 "}, "a", 200),
    ("another key", {"name": "B"}, "a", {"name": "B"}, "b", 201),
    ("another person by the same key", {"phone": "9801000402"}, "form-7", {"phone": "9801000403"}, "form-7", 201),
    ("another word by the same key", {"name": "C", "message": "1"}, "a", {"name": "C", "message": "2"}, "a", 201),
    ("a key and none", {"name": "D"}, "a", {"name": "D"}, None, 201),
    ("no key", {"name": "E"}, None, {"name": "E"}, None, 200),
    ("one row, whatever key", {"source_row_id": "1"}, "a", {"source_row_id": "1", "name": "F"}, "b", 200),
    ("two rows by one key", {"source_row_id": "2"}, "a", {"source_row_id": "3"}, "a", 201),
    *(
        (
            f"two rows of one phone at {time}",
            {"source_row_id": f"{number} a", "phone": f"98010004{number:02}", "timestamp": time},
            None,
            {"source_row_id": f"{number} b", "phone": f"98010004{number:02}", "timestamp": time},
            None,
            201,
        )
        for number, time in enumerate(["2026-11-05", "2026-11-30 09:30:00", "2026-11-30T09:30:00.123Z"], 10)
    ),
    *(
        (
            f"one phone at {time}, with another word",
            {"phone": f"98010004{number}", "timestamp": time, "message": "1"},
            key,
            {"phone": f"98010004{number}", "timestamp": time, "message": "2"},
            key,
            status,
        )
        for number, (time, key, status) in enumerate(
            [
                ("2026-11-05", None, 201),
                ("2026-11-05", "key", 201),
                ("2026-11-05T00:00:00Z", None, 201),
                ("2026-11-05T00:00", None, 201),
                ("2026-11-05T09:30", None, 200),
                ("2026-11-05T09:30:12Z", "key", 200),
            ],
            20,
        )
    ),
    (
        "two people who share a phone",
        {"external_id": "p1", "phone": "9801000430", "timestamp": "2026-11-05T09:30"},
        None,
        {"external_id": "p2", "phone": "9801000430", "timestamp": "2026-11-05T09:30"},
        None,
        201,
    ),
    (
        "one person at one time",
        {"external_id": "p3", "phone": "9801000431", "timestamp": "2026-11-05T09:30"},
        None,
        {"external_id": "p3", "phone": "9801000431", "timestamp": "2026-11-05T09:30", "message": "edited"},
        None,
        200,
    ),
]


def test_the_strongest_evidence_tells_a_retry_from_a_new_lead(sender: httpx.Client) -> None:
    def post(lead: dict[str, Any], key: str | None) -> httpx.Response:
        return sender.post(PATH, json=lead, headers={"idempotency-key": key} if key else {})

    for why, first, its_key, second, other_key, status in RETRIES:
        stored = post(first, its_key)
        assert stored.status_code == 201, (why, stored.text)
        again = post(second, other_key)
        assert again.status_code == status, (why, again.text)
        assert (again.json()["lead_id"] == stored.json()["lead_id"]) == (status == 200), why
        for lead, key, answer in ((first, its_key, stored), (second, other_key, again)):
            retried = post(lead, key)
            assert retried.status_code == 200, (why, retried.text)
            assert retried.json()["lead_id"] == answer.json()["lead_id"], why


def test_a_sender_is_told_of_tests_and_of_leads_that_nobody_can_call(
    workspace: Workspace, sender: httpx.Client
) -> None:
    caller = workspace.caller("Kavita", "Maharashtra")
    workspace.call("api.update_workspace(%s)", '{"holds_unreachable": true}')
    told: dict[str, list[dict[str, object]]] = {
        "A test lead: assigned to nobody": [
            {"name": "Radhika", "phone": "9855521501", "source_row_id": "T-1", "is_test": True},
            {"name": "Radhika", "phone": "9855521501", "source_row_id": "T-2", "Is Test": "no", "is_test": "yes"},
        ],
        "Nothing to call: no phone, e-mail or message address": [
            {"name": "Asha", "phone": "9999999999", "email": "na@na.com"},
            {"name": "Dev", "external_id": "unknown"},
        ],
        "Not to be called, says the sender": [{"name": "Uma", "phone": "9801000121", "Do not call": "yes"}],
    }
    for reason, leads in told.items():
        for lead in leads:
            for status in (201, 200):
                response = sender.post(PATH, json=lead)
                answer = response.json()
                assert (response.status_code, answer["assignment_reason"]) == (status, reason)
                assert answer["assigned_caller"] is None
    # A placeholder and a shared address make no one person of several.
    shared = [("Tara", "9801000122"), ("Om", "9801000123"), ("Isha", "9801000124")]
    for number, (name, phone) in enumerate(shared):
        row = {"name": name, "phone": phone, "email": "noemail@noemail.com" if number < 2 else "office@mail.example"}
        answer = sender.post(PATH, json=row).json()
        assert (answer["assigned_caller"]["id"], answer["duplicate_of"]) == (caller, None)
    answer = sender.post(PATH, json={"phone": "9801000125", "email": "office@mail.example"}).json()
    assert answer["duplicate_of"] is None
    assert workspace.connection.execute("select violation, detail from routing.verify()").fetchall() == []


def test_a_source_may_sign_instead_of_sending_its_token(gateway: Gateway, visitor: httpx.Client) -> None:
    body = json.dumps({"name": "Asha"}).encode()
    response = visitor.post(PATH, content=body, headers=signed(gateway.secret, body))
    assert response.status_code == 201, response.text


def test_the_address_may_say_which_source_signed(gateway: Gateway, workspace: Workspace, visitor: httpx.Client) -> None:
    body = b'{"name": "Asha"}'
    headers = signed(gateway.secret, body)
    assert visitor.post(f"{PATH}?source={workspace.source_id}", content=body, headers=headers).status_code == 201
    assert visitor.post(f"{PATH}?source={workspace.source_id + 1}", content=body, headers=headers).status_code == 401
    assert visitor.post(f"{PATH}?source=x", content=body, headers=headers).status_code == 401


def test_a_source_made_a_moment_ago_may_sign(gateway: Gateway, workspace: Workspace, visitor: httpx.Client) -> None:
    body = b'{"name": "Asha"}'
    visitor.post(PATH, content=body, headers=signed(gateway.secret, body))
    new = workspace.call("api.create_source(%s, 'Second', %s)", workspace.id, b"x" * 32)
    secret = signing_secret(SECRET_KEY.encode(), new)
    assert visitor.post(PATH, content=body, headers=signed(secret, body)).status_code == 201


def test_a_stale_signature_is_refused(gateway: Gateway, visitor: httpx.Client) -> None:
    body = b'{"name": "Asha"}'
    for age in (timedelta(minutes=6), timedelta(minutes=-6)):
        assert visitor.post(PATH, content=body, headers=signed(gateway.secret, body, age=age)).status_code == 401


def test_a_signature_of_something_else_is_refused(gateway: Gateway, visitor: httpx.Client) -> None:
    headers = signed(gateway.secret, b'{"name": "Asha"}')
    assert visitor.post(PATH, content=b'{"name":"Asha"}', headers=headers).status_code == 401
    other = signed("whsec_" + "AAAA" * 8, b'{"name": "Asha"}')
    assert visitor.post(PATH, content=b'{"name": "Asha"}', headers=other).status_code == 401
    nonsense = {**headers, "webhook-signature": "v1 nonsense,,"}
    assert visitor.post(PATH, content=b'{"name": "Asha"}', headers=nonsense).status_code == 401


def test_without_a_credential_the_sender_is_told_what_to_send(visitor: httpx.Client) -> None:
    for headers in ({}, *({"authorization": text} for text in ("Bearer fl_wrong", "Bearer", "Basic eDp5"))):
        response = visitor.post(PATH, json={"name": "Asha"}, headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert response.headers["content-type"] == "application/problem+json"


def test_a_revoked_source_is_refused_at_once(workspace: Workspace, post: Post) -> None:
    assert post(name="Asha").status_code == 201
    workspace.connection.execute("update crm.sources set revoked_at = now() where id = %s", [workspace.source_id])
    assert post(name="Ravi").status_code == 401
    assert workspace.call("api.count_leads('{}')") == 1


def test_a_bad_field_is_named_with_a_hint(post: Post) -> None:
    response = post(name=True)
    assert response.status_code == 422
    assert fields_at_fault(response) == ["name"]
    assert "metadata" in response.json()["errors"][0]["hint"]


def test_a_number_that_no_program_can_read_back_is_kept_as_text(sender: httpx.Client, manager: httpx.Client) -> None:
    response = sender.post(PATH, content=b'{"name": "Asha", "metadata": {"n": 1e999999}}')
    assert response.status_code == 201
    assert manager.get(f"/api/leads/{response.json()['lead_id']}").json()["metadata"] == {"n": "1e999999"}


def test_a_lead_without_content_type_is_read_as_json(sender: httpx.Client) -> None:
    assert sender.post(PATH, content=b'{"name": "Asha"}').status_code == 201
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert sender.post(PATH, content=b'{"name": "Ravi"}', headers=headers).status_code == 201


def test_a_form_is_taken_and_other_content_is_not(sender: httpx.Client) -> None:
    assert sender.post(PATH, data={"name": "Asha", "phone": "9812345678"}).status_code == 201
    assert sender.post(PATH, content=b"<x/>", headers={"content-type": "text/xml"}).status_code == 415


def test_a_body_that_is_no_json_is_a_bad_request(sender: httpx.Client) -> None:
    for body in (b"", b"{", b'{"name": "\xff'):
        assert sender.post(PATH, content=body).status_code == 400


def test_a_body_over_a_mebibyte_is_refused_however_it_is_sent(sender: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    assert sender.post(PATH, content=b" " * (1024 * 1024 + 1)).status_code == 413
    assert sender.post(PATH, content=chunks()).status_code == 413


def test_a_lead_may_come_in_chunks(sender: httpx.Client) -> None:
    assert sender.post(PATH, content=iter([b'{"name":', b' "Asha"}'])).status_code == 201


def test_leads_are_only_posted(sender: httpx.Client) -> None:
    response = sender.get(PATH)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


def test_nothing_that_was_sent_is_lost(workspace: Workspace, post: Post, manager: httpx.Client) -> None:
    lead = {
        "name": "Zoë ☎ नमस्ते",
        "phone": "020 2612 3456",
        "utm_source": "x",
        "metadata": {"price": 12345678901234567890},
    }
    stored = manager.get(f"/api/leads/{post(**lead).json()['lead_id']}").json()
    assert stored["name"] == lead["name"]
    assert stored["metadata"] == {"utm_source": "x", "price": 12345678901234567890}
