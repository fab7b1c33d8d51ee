"""Alerts and deliveries: what happens reaches signed webhooks, in the order of each lead."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.app import create_app
from gateway.core.settings import Settings
from gateway.events import outgoing
from tests.gateway.conftest import Post, fields_at_fault
from tests.gateway.events.destinations import deliveries, one, send_to
from tests.receiver import Answer, Receiver
from tests.receiver import Message as Delivered
from tests.support import SECRET_KEY, Gateway, Workspace, until

DUE_NOW = "update crm.deliveries set next_try_at = now() where workspace_id = %s and status = 'waiting'"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody else's server."""
    with Receiver() as running:
        yield running


def test_an_alert_is_raised_once_shown_delivered_and_cleared(
    manager: httpx.Client, workspace: Workspace, post: Post, receiver: Receiver
) -> None:
    workspace.connection.execute("delete from crm.alert_settings where workspace_id = %s", [workspace.id])
    destination = send_to(manager, receiver.url, "alert.*")
    first = post(name="Asha").json()["lead_id"]
    post(name="Bina")
    [raised] = receiver.wait(1)
    event = Webhook(destination.secret).verify(raised.body, raised.headers)
    assert (event["type"], event["data"]["data"]["title"]) == ("alert.raised", "Leads wait in the queue")
    [alert] = manager.get("/api/alerts?open=true").json()["items"]
    assert (alert["alert"], alert["reason"]) == ("all_at_cap", "No callers")
    assert alert["details"] == event["data"]["data"]["details"]
    assert alert["details"]["lead_id"] == first

    acknowledged = manager.post(f"/api/alerts/{alert['id']}/acknowledge").json()
    assert (acknowledged["acknowledged_by"], acknowledged["cleared_at"]) == ("Admin", None)
    workspace.caller("Kavita")
    gone = f"update crm.alerts set gone_since = gone_since - interval '1 hour' where workspace_id = {workspace.id}"
    until(lambda: workspace.connection.execute(f"{gone} and gone_since is not null").rowcount == 1)
    post(name="Chitra")
    assert [message.json["type"] for message in receiver.wait(3)] == [
        "alert.raised",
        "alert.acknowledged",
        "alert.cleared",
    ]
    assert manager.get("/api/alerts?open=true").json() == {"items": [], "next": None}
    [past] = manager.get("/api/alerts?open=false").json()["items"]
    assert past["id"] == alert["id"]
    assert past["cleared_at"]
    assert manager.post(f"/api/alerts/{alert['id']}/acknowledge").status_code == 409


def test_what_fails_is_tried_again_and_the_lead_s_later_events_wait_for_it(
    manager: httpx.Client, workspace: Workspace, post: Post, receiver: Receiver
) -> None:
    workspace.caller("Kavita")
    send_to(manager, receiver.url, "lead.assigned", "lead.closed")
    trouble = [Answer(500, body=b"out of order\n\x00" + b"x" * 5000)]

    def answer(message: Delivered) -> Answer:
        return trouble.pop() if "Asha" in message.about and trouble else Answer()

    receiver.answer = answer
    asha = post(name="Asha").json()["lead_id"]
    receiver.wait(1)
    manager.post(f"/api/leads/{asha}/close")
    post(name="Bina")
    receiver.wait(2)
    until(lambda: ("lead.assigned", "delivered", 1) in deliveries(manager))
    assert receiver.abouts() == ["lead.assigned Asha", "lead.assigned Bina"]
    failed = manager.get("/api/deliveries?status=waiting").json()["items"][-1]
    assert failed["answer"].startswith("500 Internal Server Error: out of order xxx")
    assert len(failed["answer"]) < 600
    assert failed["next_try_at"] > failed["created_at"]

    workspace.connection.execute(DUE_NOW, [workspace.id])
    first, _, again, closed = receiver.wait(4)
    assert (again.about, closed.about) == ("lead.assigned Asha", "lead.closed Asha")
    assert again.headers["webhook-id"] == first.headers["webhook-id"] != closed.headers["webhook-id"]
    until(lambda: {status for _, status, _ in deliveries(manager)} == {"delivered"})
    assert deliveries(manager) == [
        ("lead.assigned", "delivered", 2),
        ("lead.closed", "delivered", 1),
        ("lead.assigned", "delivered", 1),
    ]


def test_a_destination_that_is_gone_is_switched_off(manager: httpx.Client, receiver: Receiver) -> None:
    destination = send_to(manager, receiver.url, "alert.*")
    receiver.answer = lambda _: Answer(410)
    tested = manager.post(f"/api/destinations/{destination.id}/test")
    assert (tested.status_code, tested.json()["event"]) == (202, "destination.tested")
    until(lambda: not one(manager)["is_on"])
    assert (one(manager)["off_reason"], one(manager)["last"]["answer"]) == ("It answered 410 Gone", "410 Gone")
    assert manager.post(f"/api/destinations/{destination.id}/test").status_code == 409
    receiver.answer = lambda _: Answer()
    manager.patch(f"/api/destinations/{destination.id}", json={"is_on": True})
    retried = manager.post(f"/api/deliveries/{destination.id}/{tested.json()['seq']}/retry")
    assert (retried.status_code, retried.json()["status"]) == (202, "waiting")
    receiver.wait(2)
    until(lambda: deliveries(manager) == [("destination.tested", "delivered", 2)])


def test_no_redirect_is_followed_and_retry_after_is_honoured(
    manager: httpx.Client, workspace: Workspace, receiver: Receiver
) -> None:
    destination = send_to(manager, receiver.url, "alert.*")
    answers = [Answer(503, {"retry-after": "3600"}), Answer(302, {"location": receiver.url})]
    receiver.answer = lambda _: answers.pop()
    manager.post(f"/api/destinations/{destination.id}/test")
    until(lambda: deliveries(manager) == [("destination.tested", "waiting", 1)])
    until(lambda: (one(manager)["last"] or {}).get("answer") == "302 Found")
    workspace.connection.execute(DUE_NOW, [workspace.id])
    until(lambda: one(manager)["last"]["answer"] == "503 Service Unavailable")
    [rest] = workspace.connection.execute(
        "select d.resume_at > now() + interval '50 minutes' and n.next_try_at > now() + interval '50 minutes' "
        "from crm.destinations d join crm.deliveries n on n.destination_id = d.id where d.id = %s",
        [destination.id],
    )
    assert rest == (True,)
    assert len(receiver.messages) == 2


def test_after_a_rotation_both_secrets_verify(manager: httpx.Client, receiver: Receiver) -> None:
    destination = send_to(manager, receiver.url, "alert.*")
    rotated = manager.post(f"/api/destinations/{destination.id}/rotate").json()
    assert rotated["destination"]["generation"] == 2
    assert rotated["secret"] != destination.secret
    manager.post(f"/api/destinations/{destination.id}/test")
    [message] = receiver.wait(1)
    assert len(message.headers["webhook-signature"].split(" ")) == 2
    for secret in (destination.secret, rotated["secret"]):
        Webhook(secret).verify(message.body, message.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(destination.secret).verify(message.body + b" ", message.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"somebody else's").decode()).verify(message.body, message.headers)


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:192.168.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "https://localhost/",
        "https://2130706433/",
        "http://example.com/",
        "ftp://example.com/",
        "https://user:password@example.com/",
        "https://",
    ],
)
async def test_addresses_inside_the_network_are_refused(address: str) -> None:
    async with outgoing.new_client() as client:
        outcome = await outgoing.post(client, address, b"{}", {}, allow_private=False)
    assert outcome.result == "failed"
    assert outcome.answer.startswith("Not sent: ")


async def test_the_name_is_what_the_receiver_is_asked_for(receiver: Receiver) -> None:
    async with outgoing.new_client() as client:
        address = receiver.url.replace("127.0.0.1", "localhost")
        outcome = await outgoing.post(client, address, b"{}", {}, allow_private=True)
    assert outcome == outgoing.Outcome("delivered", "204 No Content")
    assert receiver.messages[0].headers["host"] == urlsplit(address).netloc


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"kind": "pigeon"}, "kind"),
        ({"address": "nowhere"}, "address"),
        ({"address": "https://user:password@example.com/"}, "address"),
        ({"kind": "email", "address": "a@example.com, b@example.com"}, "address"),
        ({"events": []}, "events"),
        ({"events": ["Lead Assigned"]}, "events"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_a_wrong_destination_is_refused_at_its_field(manager: httpx.Client, change: dict[str, Any], field: str) -> None:
    body = {"name": "CRM", "kind": "webhook", "address": "https://example.com/hook", **change}
    response = manager.post("/api/destinations", json=body)
    assert response.status_code == 422
    assert fields_at_fault(response) == [field]


def test_a_destination_is_changed_removed_and_nobody_else_s(
    manager: httpx.Client, shared_url: str, workspace: Workspace
) -> None:
    destination = send_to(manager, "https://example.com/hook?key=secret", "lead.*")
    path = f"/api/destinations/{destination.id}"
    changed = manager.patch(path, json={"name": "CRM", "events": ["*"]}).json()
    assert (changed["name"], changed["events"], changed["is_on"]) == ("CRM", ["*"], True)
    assert manager.post("/api/destinations", json={**changed, "id": 1}).status_code == 422
    duplicate = {"name": "crm", "kind": "webhook", "address": "https://example.com/"}
    assert manager.post("/api/destinations", json=duplicate).status_code == 409
    log = workspace.connection.execute(
        "select data ->> 'address' from crm.events where workspace_id = %s and kind = 'destination.created'",
        [workspace.id],
    ).fetchall()
    assert log == [("https://example.com/…",)]
    other = Workspace.create(workspace.connection, name=f"Other {workspace.id}")
    theirs = other.call(
        "api.create_destination(%s)", '{"name": "x", "kind": "webhook", "address": "https://a.b", "events": ["*"]}'
    )
    assert manager.delete(f"/api/destinations/{theirs['id']}").status_code == 404
    assert manager.post(f"/api/destinations/{theirs['id']}/test").status_code == 404
    assert manager.post(f"/api/deliveries/{theirs['id']}/1/retry").status_code == 404
    assert manager.patch(f"/api/destinations/{2**40}", json={}).status_code == 404
    assert manager.get("/api/deliveries?after=9-x").status_code == 422
    assert manager.delete(path).status_code == 204
    assert manager.get("/api/destinations").json()["items"] == []


@pytest.mark.parametrize("address", ["https://127.0.0.1:5432/@", "https://[::1]/?a@b.example", "http://example.com/@"])
async def test_no_edit_of_a_destination_goes_round_the_look_at_its_address(
    gateway: Gateway, manager: httpx.Client, database_url: str, address: str
) -> None:
    destination = send_to(manager, "https://example.com/hook", "lead.*")
    settings = Settings(database_url, Path("/"), "127.0.0.1", 1, SECRET_KEY.encode(), "x@example.com", None)
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=manager.base_url, cookies=manager.cookies) as admin,
    ):
        changed = await admin.patch(f"/api/destinations/{destination.id}", json={"address": address})
    assert (changed.status_code, fields_at_fault(changed)) == (422, ["address"])


def test_alert_settings_are_replaced_and_checked(manager: httpx.Client) -> None:
    settings = {
        "alerts": ["nothing_arrived"],
        "quiet_minutes": 60,
        "hours": [{"days": [1], "from": "09:00", "to": "18:00"}],
    }
    saved = manager.put("/api/alerts/settings", json=settings).json()
    assert saved == {**settings, "etag": saved["etag"]} == manager.get("/api/alerts/settings").json()
    assert manager.put("/api/alerts/settings", json=saved).json() == saved, "sent back as it was read"
    for field, value in [
        ("alerts", ["boredom"]),
        ("quiet_minutes", 4),
        ("hours", [{"days": [1], "from": "9", "to": "x"}]),
    ]:
        response = manager.put("/api/alerts/settings", json={**settings, field: value})
        assert (field, response.status_code) == (field, 422)
    assert manager.post(f"/api/alerts/{2**70}/acknowledge").status_code == 404
    assert manager.post("/api/alerts/1/acknowledge").status_code == 404
