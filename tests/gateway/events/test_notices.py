"""People are told by Web Push and e-mail, at most once, only of what is still so, and only what they chose.

The push service is a server of the test's: it reads what it is sent with the key that only the browser has, as RFC 8291
says, and checks who sends, as RFC 8292 does.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from typing import Any

import http_ece
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.gateway.conftest import Post, fields_at_fault, sign_in
from tests.mailbox import Mailbox
from tests.receiver import Answer, Message, Receiver
from tests.support import Gateway, Workspace, until

# Nothing of the workspace waits to be told, and the tick has looked at all that happened.
QUIET = """select not exists (select from crm.notices n where n.workspace_id = w.id and n.due_at <= now())
  and (select k.seq from crm.notice_looks k where k.workspace_id = w.id) = w.event_seq
from crm.workspaces w where w.id = %s"""

NOW = "update crm.notice_choices set pushed_at = null where workspace_id = %s"


class Browser:
    """A browser's half of a subscription, and the push service that takes messages for it."""

    def __init__(self, receiver: Receiver) -> None:
        self.service = receiver
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = b"0123456789abcdef"

    @property
    def subscription(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` would be."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": base64.urlsafe_b64encode(point).rstrip(b"=").decode(), "auth": "MDEyMzQ1Njc4OWFiY2RlZg"}
        return {"endpoint": self.service.url, "expirationTime": None, "keys": keys}

    def read(self, message: Message) -> Any:
        """What a message says."""
        text = http_ece.decrypt(message.body, private_key=self._key, auth_secret=self._auth, version="aes128gcm")
        return httpx.Response(200, content=text).json()

    def shown(self) -> list[tuple[str, str]]:
        """Title and body of all that came."""
        return [(said["title"], said["body"]) for said in map(self.read, self.service.messages)]


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A browser without a subscription."""
    with Receiver() as receiver:
        yield Browser(receiver)


@pytest.fixture
def join(gateway: Gateway, manager: httpx.Client, workspace: Workspace) -> Iterator[Callable[..., httpx.Client]]:
    """`join(caller_id)` gives a signed-in client of the person who is this caller."""
    clients: list[httpx.Client] = []

    def join(caller_id: str) -> httpx.Client:
        email = f"caller{len(clients)}@w{workspace.id}.example"
        added = manager.post(
            "/api/users", json={"email": email, "name": "Asha", "role": "caller", "caller_id": caller_id}
        )
        assert added.status_code == 201, added.text
        client = httpx.Client(base_url=gateway.url, timeout=30)
        clients.append(client)
        sign_in(client, email, added.json()["password"])
        return client

    yield join
    for client in clients:
        client.close()


def subscribe(client: httpx.Client, browser: Browser) -> str:
    """Have the person told in a browser; the subscription's id."""
    made = client.post("/api/push-subscriptions", json=browser.subscription)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def until_quiet(workspace: Workspace) -> None:
    """Wait until all that is to be told by now was claimed."""
    until(lambda: workspace.connection.execute(QUIET, [workspace.id]).fetchone() == (True,))


def test_a_new_lead_is_told_to_who_has_it_encrypted_and_by_whom(
    workspace: Workspace, post: Post, join: Callable[..., httpx.Client], browser: Browser
) -> None:
    client = join(workspace.caller("Kavita"))
    subscribe(client, browser)
    lead = post(name="Asha Rao", phone="+919812345678", city="Pune", lead_source="Google Ads").json()["lead_id"]
    [message] = browser.service.wait(1)
    assert browser.read(message) == {
        "title": "New lead: Asha Rao",
        "body": "Pune · Google Ads",
        "url": f"/leads/{lead}",
        "tag": "new_leads",
    }
    assert b"Asha" not in message.body
    headers = message.headers
    assert (headers["content-encoding"], headers["urgency"], headers["topic"]) == ("aes128gcm", "high", "new_leads")
    assert int(headers["ttl"]) > 0
    scheme, _, parameters = headers["authorization"].partition(" ")
    token, key = (part.split("=", 1)[1] for part in parameters.split(", "))
    assert (scheme, key) == ("vapid", client.get("/api/account/notices").json()["key"])
    point = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    origin = browser.service.url.removesuffix("/hook")
    claims = jwt.decode(token, public, algorithms=["ES256"], audience=origin)
    assert time.time() < claims["exp"] <= time.time() + 24 * 3600
    assert claims["sub"].startswith("mailto:")
    until_quiet(workspace)
    assert len(browser.service.messages) == 1


def test_many_leads_are_one_message_and_nobody_else_is_told(
    workspace: Workspace, join: Callable[..., httpx.Client], browser: Browser
) -> None:
    first = join(workspace.caller("Kavita", "Goa"))
    with Receiver() as others:
        other = Browser(others)
        subscribe(join(workspace.caller("Ravi", "Kerala")), other)
        subscribe(first, browser)
        workspace.ingest(*({"name": f"Lead {number}", "state": "Goa"} for number in range(37)))
        browser.service.wait(1)
        until_quiet(workspace)
        assert [title for title, _ in browser.shown()] == ["37 new leads"]
        assert others.messages == []


def test_what_is_not_so_any_more_or_not_wanted_is_not_told(
    manager: httpx.Client, workspace: Workspace, post: Post, join: Callable[..., httpx.Client], browser: Browser
) -> None:
    client = join(workspace.caller("Kavita"))
    subscribe(client, browser)
    # Told together with others a while later: meanwhile all of them are claimed, closed or given away.
    workspace.connection.execute(
        "update crm.notice_choices set pushed_at = now() + interval '1 hour' where workspace_id = %s", [workspace.id]
    )
    claimed, closed, moved, _ = (post(name=name).json()["lead_id"] for name in ("A", "B", "C", "D"))
    until(lambda: workspace.connection.execute(
        "select count(*) from crm.notices where workspace_id = %s", [workspace.id]).fetchone() == (4,))  # fmt: skip
    assert client.post(f"/api/leads/{claimed}/claim", json={}).status_code == 200
    assert manager.post(f"/api/leads/{closed}/close", json={}).status_code == 200
    reassign = {"caller_id": workspace.caller("Ravi"), "reason": "speaks Konkani"}
    assert manager.patch(f"/api/leads/{moved}/reassign", json=reassign).status_code == 200
    workspace.connection.execute(
        "update crm.notice_choices set pushed_at = null where workspace_id = %s", [workspace.id]
    )
    browser.service.wait(1)
    until_quiet(workspace)
    assert browser.shown() == [("New lead: D", "Webhook")]

    chosen = client.put("/api/account/notices", json={"kinds": ["call_backs"]}).json()
    assert (chosen["kinds"], chosen["by_email"]) == (["call_backs"], False)
    post(name="E")
    post(name="F")
    until_quiet(workspace)
    assert len(browser.service.messages) == 1


def test_a_claim_about_to_run_out_is_told_once_an_assignment_and_a_call_back_when_due(
    workspace: Workspace, post: Post, join: Callable[..., httpx.Client], browser: Browser
) -> None:
    workspace.connection.execute("update crm.rules set claim_minutes = 60 where workspace_id = %s", [workspace.id])
    client = join(workspace.caller("Kavita"))
    client.put("/api/account/notices", json={"kinds": ["claims_running_out", "call_backs"]})
    subscribe(client, browser)
    lead = post(name="Asha").json()["lead_id"]
    due = "select round(extract(epoch from due_at - now()) / 60) from crm.notices where workspace_id = %s"
    until(lambda: workspace.connection.execute(due, [workspace.id]).fetchall() == [(40,)])
    workspace.connection.execute(
        "update crm.notices set due_at = now() - interval '4 s' where workspace_id = %s", [workspace.id]
    )
    browser.service.wait(1)
    [(title, _)] = browser.shown()
    assert title.startswith("Claim Asha by ")
    until_quiet(workspace)

    task = client.post("/api/tasks", json={"title": "Call", "lead_id": lead, "due_at": "2030-01-01T00:00:00Z"})
    assert task.status_code == 201, task.text
    workspace.connection.execute(
        "update crm.tasks set due_at = (select at from crm.notice_looks k where k.workspace_id = t.workspace_id) "
        "+ interval '1 ms' from crm.tasks t where tasks.id = t.id and t.workspace_id = %s",
        [workspace.id],
    )
    workspace.connection.execute(
        "update crm.notice_choices set pushed_at = null where workspace_id = %s", [workspace.id]
    )
    browser.service.wait(2)
    assert browser.shown()[1] == ("Due now: Asha", "")


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    workspace: Workspace, post: Post, join: Callable[..., httpx.Client], browser: Browser, status: int
) -> None:
    client = join(workspace.caller("Kavita"))
    browser.service.answer = lambda _: Answer(status)
    subscribe(client, browser)
    post(name="Asha")
    until(lambda: client.get("/api/push-subscriptions").json()["items"] == [])
    assert len(browser.service.messages) == 1


def test_a_browser_is_of_one_person_and_a_person_has_ten(
    manager: httpx.Client, workspace: Workspace, join: Callable[..., httpx.Client], browser: Browser
) -> None:
    client = join(workspace.caller("Kavita"))
    first = subscribe(manager, browser)
    subscribe(client, browser)
    assert manager.get("/api/push-subscriptions").json()["items"] == []
    assert client.delete(f"/api/push-subscriptions/{first}").status_code == 404
    for number in range(11):
        body = {**browser.subscription, "endpoint": f"{browser.service.url}/{number}"}
        assert client.post("/api/push-subscriptions", json=body).status_code == 201
    kept = client.get("/api/push-subscriptions").json()["items"]
    assert [item["endpoint"].rpartition("/")[2] for item in kept] == [str(number) for number in range(1, 11)]
    assert client.delete(f"/api/push-subscriptions/{kept[0]['id']}").status_code == 204


def test_a_wrong_subscription_is_refused_at_its_field(manager: httpx.Client, browser: Browser) -> None:
    good = browser.subscription
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"endpoint": "nowhere"}, "endpoint"),
        ({"endpoint": "ftp://push.example/"}, "endpoint"),
        ({"keys": {**good["keys"], "p256dh": "QUJD"}}, "keys.p256dh"),
        ({"keys": {**good["keys"], "p256dh": base64.b64encode(b"\4" + b"x" * 64).decode()}}, "keys.p256dh"),
        ({"keys": {**good["keys"], "auth": "QUJD"}}, "keys.auth"),
    ]
    for change, field in wrong:
        response = manager.post("/api/push-subscriptions", json={**good, **change})
        assert (response.status_code, fields_at_fault(response)) == (422, [field]), change
    response = manager.put("/api/account/notices", json={"kinds": ["everything"]})
    assert response.status_code == 422


def test_one_e_mail_tells_all_and_the_next_waits_five_minutes(
    workspace: Workspace, post: Post, join: Callable[..., httpx.Client], mailbox: Mailbox
) -> None:
    client = join(workspace.caller("Kavita"))
    chosen = client.put("/api/account/notices", json={"kinds": ["new_leads"], "by_email": True}).json()
    assert (chosen["by_email"], chosen["can_mail"]) == (True, True)
    post(name="Asha\nBcc: all@example.com")
    post(name="Bina", phone="+919812345678")

    def letters() -> list[Any]:
        """Those to this person: others may still get what another test had sent."""
        theirs = [f"caller0@w{workspace.id}.example"]
        return [letter for recipients, letter in mailbox.letters if recipients == theirs]

    until(lambda: len(letters()) == 1)
    [letter] = letters()
    assert (letter["subject"], letter["bcc"]) == ("2 new leads", None)
    assert "98123" not in letter.as_string()
    post(name="Chitra")
    waits = "select count(*) from crm.notices where workspace_id = %s and due_at < now() - interval '4 s'"
    until(lambda: workspace.connection.execute(waits, [workspace.id]).fetchone() == (1,))
    assert len(letters()) == 1
    workspace.connection.execute(
        "update crm.notice_choices set mailed_at = now() - interval '5 min' where workspace_id = %s", [workspace.id]
    )
    until(lambda: len(letters()) == 2)
    assert letters()[1]["subject"] == "New lead: Chitra"


def test_the_service_worker_is_for_every_page_and_is_never_kept(gateway: Gateway) -> None:
    answer = httpx.get(f"{gateway.url}/service-worker.js")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-type"].startswith("text/javascript")
