"""Invitations and forgotten passwords: by e-mail through an SMTP server, or by a link that is copied."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.gateway.conftest import fields_at_fault, of_workspace, sign_in
from tests.mailbox import Mailbox
from tests.support import NO_TLS, Gateway, Workspace, code_of, until

PASSWORD = "violet tractor kettle"
OTHER = "seven orange ladders"


@pytest.fixture
def browser(gateway: Gateway) -> Iterator[httpx.Client]:
    """Another browser, of somebody who is not signed in."""
    with httpx.Client(base_url=gateway.url, timeout=30, verify=NO_TLS) as client:
        yield client


def invite(manager: httpx.Client, email: str, **more: Any) -> httpx.Response:
    """Invite somebody, a caller if nothing else is said."""
    return manager.post("/api/users/invitations", json={"email": email, "name": "Asha", "role": "caller", **more})


def token_in(text: str) -> str:
    """The token of the link in an e-mail, or in an address."""
    [token] = re.findall(r"https?://\S+/(?:welcome|new-password)#(\S+)", text)
    return str(token)


def kinds(workspace: Workspace, email: str) -> list[str]:
    """The events about a person."""
    rows = workspace.connection.execute(
        "select kind, data::text from crm.events where workspace_id = %s and data ->> 'email' = %s order by seq",
        [workspace.id, email],
    ).fetchall()
    assert not any(token_word in row[1] for row in rows for token_word in ("hash", "token"))
    return [row[0].removeprefix("user.") for row in rows]


def test_an_invitation_comes_by_e_mail_and_is_accepted_once(
    manager: httpx.Client, browser: httpx.Client, workspace: Workspace, gateway: Gateway, mailbox: Mailbox
) -> None:
    address = f"asha{workspace.id}@example.com"
    invited = invite(manager, f" Asha{workspace.id}@Example.com")
    assert invited.status_code == 201, invited.text
    person = invited.json()
    assert (person["email"], person["invited"], person["url"]) == (address, True, None)
    until(lambda: len(mailbox.texts_to(address)) == 1)
    [text] = mailbox.texts_to(address)
    assert "Admin has added you to Workspace" in text
    assert f"{gateway.url}/welcome#" in text, "it begins with the address at which the admin works"
    token = token_in(text)
    until(lambda: manager.get("/api/users").json()["items"][-1]["link"]["state"] == "sent")

    shown = browser.post("/api/auth/link", json={"token": token})
    assert shown.json() == {
        "kind": "invitation",
        "email": address,
        "name": "Asha",
        "workspace_name": shown.json()["workspace_name"],
        "has_factor": False,
    }
    for weak in ("short", "password123", address):
        refused = browser.put("/api/auth/link", json={"token": token, "password": weak})
        assert (refused.status_code, fields_at_fault(refused)) == (422, ["password"])
    assert browser.put("/api/auth/link", json={"token": token, "password": PASSWORD}).status_code == 200
    sign_in(browser, address, PASSWORD)
    assert browser.get("/api/session").json()["role"] == "caller"
    again = browser.put("/api/auth/link", json={"token": token, "password": OTHER})
    assert again.status_code == 409
    assert "used already. Sign in with the password" in again.json()["detail"]
    assert browser.post("/api/auth/link", json={"token": token}).status_code == 409
    assert manager.get("/api/users").json()["items"][-1]["invited"] is False
    assert kinds(workspace, address) == ["created", "invited", "password_changed", "invitation_accepted"]
    assert len(mailbox.texts_to(address)) == 1


def test_a_link_can_be_copied_sent_again_and_revoked(
    manager: httpx.Client, browser: httpx.Client, workspace: Workspace, gateway: Gateway
) -> None:
    email = f"bina{workspace.id}@example.com"
    person = invite(manager, email, by="link").json()
    assert person["link"]["state"] == "made"
    assert person["url"].startswith(f"{gateway.url}/welcome#")
    assert "url" not in manager.get("/api/users").json()["items"][-1], "it is shown once"
    first = token_in(person["url"])
    second = manager.post(f"/api/users/{person['id']}/link", json={"by": "link"}).json()
    assert browser.post("/api/auth/link", json={"token": first}).status_code == 404
    assert browser.post("/api/auth/link", json={"token": token_in(second["url"])}).status_code == 200
    assert manager.delete(f"/api/users/{person['id']}/link").json()["link"]["state"] == "revoked"
    refused = browser.put("/api/auth/link", json={"token": token_in(second["url"]), "password": PASSWORD})
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "This link is no longer good. Ask your admin for another one.",
    )
    assert manager.delete(f"/api/users/{person['id']}/link").status_code == 409
    assert manager.post(f"/api/users/{person['id']}/link", json={"by": "email"}).status_code == 200
    assert manager.post(f"/api/users/{person['id']}/link", json={"by": "email"}).status_code == 429


def test_an_idempotency_key_invites_once_and_answers_with_the_same_link(
    manager: httpx.Client, workspace: Workspace
) -> None:
    body = {"email": f"carl{workspace.id}@example.com", "name": "Carl", "role": "analyst", "by": "link"}
    first, again = (
        manager.post("/api/users/invitations", json=body, headers={"idempotency-key": "carl"}) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


def test_what_is_no_invitation_is_refused_at_its_field(manager: httpx.Client, workspace: Workspace) -> None:
    email = f"dev{workspace.id}@example.com"
    assert invite(manager, email, by="link").status_code == 201
    for field, value, status in [
        ("email", "nobody", 422),
        ("email", "a@x.com, b@x.com", 422),
        ("email", "a@x.com\r\nBcc: b@x.com", 422),
        ("email", email.upper(), 409),
        ("name", "", 422),
        ("role", "owner", 422),
        ("by", "pigeon", 422),
    ]:
        person = {"email": f"new{workspace.id}@example.com", "name": "New", "role": "caller", field: value}
        answer = manager.post("/api/users/invitations", json=person)
        assert (field, answer.status_code, fields_at_fault(answer)) == (field, status, [field]), answer.text


def test_nobody_learns_from_an_invitation_that_an_address_signs_in_elsewhere(
    manager: httpx.Client, browser: httpx.Client, workspace: Workspace, gateway: Gateway
) -> None:
    other = Workspace.create(workspace.connection, name=f"Other than {workspace.id}")
    taken = of_workspace(gateway, other).admin
    invited = invite(manager, taken[0], by="link")
    assert invited.status_code == 201
    free = invite(manager, f"free{workspace.id}@example.com", by="link")
    assert invited.json().keys() == free.json().keys()
    token = token_in(invited.json()["url"])
    refused = browser.put("/api/auth/link", json={"token": token, "password": PASSWORD})
    assert (refused.status_code, "another workspace" in refused.json()["detail"]) == (409, True)
    sign_in(browser, *taken)


def test_a_forgotten_password_is_set_anew_by_e_mail(
    manager: httpx.Client, browser: httpx.Client, workspace: Workspace, mailbox: Mailbox, gateway: Gateway
) -> None:
    email = f"eva{workspace.id}@example.com"
    url = invite(manager, email, by="link").json()["url"]
    browser.put("/api/auth/link", json={"token": token_in(url), "password": PASSWORD})
    sign_in(browser, email, PASSWORD)
    secret = browser.post("/api/account/factor", json={"present": PASSWORD}).json()["secret"]
    assert browser.put("/api/account/factor", json={"code": code_of(secret)}).status_code == 200
    with httpx.Client(base_url=gateway.url, timeout=30, verify=NO_TLS) as forgetful:
        known = forgetful.post(
            "/api/auth/forgotten", json={"email": f" {email.upper()}"}, headers={"host": "evil.example"}
        )
        unknown = forgetful.post("/api/auth/forgotten", json={"email": f"nobody{workspace.id}@example.com"})
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (204, b"")
        until(lambda: len(mailbox.texts_to(email)) == 1)
        [text] = mailbox.texts_to(email)
        assert f"{gateway.url}/new-password#" in text, "whoever asks does not choose where the link leads"
        token = token_in(text)
        assert forgetful.post("/api/auth/link", json={"token": token}).json()["has_factor"] is True
        assert forgetful.put("/api/auth/link", json={"token": token, "password": OTHER}).status_code == 200
        assert browser.get("/api/session").status_code == 401, "every session is ended"
        refused = forgetful.post("/api/session", json={"email": email, "password": OTHER})
        assert (refused.status_code, fields_at_fault(refused)) == (401, ["code"]), "the second factor is still asked"
        code = code_of(secret, later=1)
        signed_in = forgetful.post("/api/session", json={"email": email, "password": OTHER, "code": code})
        assert signed_in.status_code == 200
        assert forgetful.put("/api/auth/link", json={"token": token, "password": PASSWORD}).status_code == 409
    assert kinds(workspace, email)[-2:] == ["reset_asked", "password_changed"]
    assert mailbox.texts_to(f"nobody{workspace.id}@example.com") == []


def test_forgetting_too_often_must_wait_whoever_it_is(visitor: httpx.Client, workspace: Workspace) -> None:
    for email in (f"nobody{workspace.id}@example.com",):
        answers = [visitor.post("/api/auth/forgotten", json={"email": email}) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [204] * 5 + [429] * 2
        assert answers[-1].headers["retry-after"] == "1"


def test_an_admin_sends_a_link_to_set_another_password(
    manager: httpx.Client, browser: httpx.Client, workspace: Workspace
) -> None:
    email = f"fay{workspace.id}@example.com"
    added = manager.post("/api/users", json={"email": email, "name": "Fay", "role": "manager"}).json()
    sign_in(browser, email, added["password"])
    sent = manager.post(f"/api/users/{added['id']}/link", json={"by": "link"}).json()
    assert (sent["link"]["kind"], "/new-password#" in sent["url"]) == ("reset", True)
    assert browser.get("/api/session").status_code == 200, "nothing ends before it is used"
    assert browser.put("/api/auth/link", json={"token": token_in(sent["url"]), "password": OTHER}).status_code == 200
    sign_in(browser, email, OTHER)
    again = manager.post(f"/api/users/{added['id']}/link", json={"by": "link"}).json()
    change = {"present": OTHER, "new": PASSWORD}
    assert browser.put("/api/account/password", json=change).status_code == 204
    ended = browser.post("/api/auth/link", json={"token": token_in(again["url"])})
    assert ended.status_code == 409, "a password that was changed meanwhile ends it"


def test_managers_invite_where_an_admin_lets_them(
    manager: httpx.Client, browser: httpx.Client, workspace: Workspace
) -> None:
    email = f"gita{workspace.id}@example.com"
    added = manager.post("/api/users", json={"email": email, "name": "Gita", "role": "manager"}).json()
    sign_in(browser, email, added["password"])
    assert browser.get("/api/workspace/rights").json() == {
        "sources": False,
        "destinations": False,
        "people": False,
        "is_admin": False,
        "ask": "Ask Admin, who is an admin.",
    }
    refused = invite(browser, f"hari{workspace.id}@example.com")
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "Only admins may add people here. Ask Admin, who is an admin.",
    )
    assert manager.patch("/api/workspace", json={"managers_may": ["people"]}).status_code == 200
    assert invite(browser, f"hari{workspace.id}@example.com").status_code == 201
    refused = invite(browser, f"ila{workspace.id}@example.com", role="admin")
    assert (refused.status_code, fields_at_fault(refused)) == (403, ["role"])
    assert browser.post(f"/api/users/{added['id']}/link", json={}).status_code == 403


def test_without_a_mail_server_a_link_is_copied(own_gateway: Gateway, workspace: Workspace) -> None:
    with httpx.Client(base_url=own_gateway.url, timeout=30, verify=NO_TLS) as client:
        asked = client.post("/api/auth/forgotten", json={"email": own_gateway.admin[0]})
        assert (asked.status_code, asked.json()["detail"]) == (
            409,
            "No e-mails can be sent here. Ask your admin for a new password.",
        )
        sign_in(client, *own_gateway.admin)
        assert "/welcome#" in invite(client, "jaya@example.com").json()["url"]
        assert fields_at_fault(invite(client, "kim@example.com", by="email")) == ["by"]


def test_managers_change_sources_and_destinations_where_an_admin_lets_them(
    manager: httpx.Client, browser: httpx.Client, workspace: Workspace
) -> None:
    email = f"gita{workspace.id}@example.com"
    added = manager.post("/api/users", json={"email": email, "name": "Gita", "role": "manager"}).json()
    sign_in(browser, email, added["password"])
    made = manager.post("/api/sources", json={"name": "Sheet"}).json()["source"]["id"]
    hook = {"name": "Hook", "kind": "webhook", "address": "https://hook.example.com/"}
    sent = manager.post("/api/destinations", json=hook).json()["destination"]["id"]
    everything: dict[str, list[tuple[str, str, Any, int]]] = {
        "sources": [
            ("POST", "/api/sources", {"name": "Form"}, 201),
            ("PATCH", f"/api/sources/{made}", {"leads_per_minute": 60}, 200),
            ("POST", f"/api/sources/{made}/rotate", {}, 200),
            ("DELETE", f"/api/sources/{made}", None, 200),
        ],
        "destinations": [
            ("GET", "/api/destinations", None, 200),
            ("GET", "/api/deliveries", None, 200),
            ("POST", "/api/destinations", {**hook, "name": "Other"}, 201),
            ("PATCH", f"/api/destinations/{sent}", {"is_on": True}, 200),
            ("POST", f"/api/destinations/{sent}/test", None, 202),
            ("POST", f"/api/destinations/{sent}/rotate", None, 200),
            ("DELETE", f"/api/destinations/{sent}", None, 204),
        ],
    }
    for right, tries in everything.items():
        for method, path, body, _ in tries:
            refused = browser.request(method, path, json=body)
            told = (refused.status_code, refused.json()["detail"])
            assert told == (403, f"Only admins may add and change {right} here. Ask Admin, who is an admin."), path
        assert manager.patch("/api/workspace", json={"managers_may": [right]}).status_code == 200
        for method, path, body, status in tries:
            answer = browser.request(method, path, json=body)
            assert answer.status_code in (status, 204), (path, answer.text)
    assert browser.patch("/api/workspace", json={"managers_may": []}).status_code == 403
