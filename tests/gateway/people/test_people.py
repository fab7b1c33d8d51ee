"""Signing in and out, and what each role may do."""

import argon2
import httpx

from tests.gateway.conftest import sign_in
from tests.support import Gateway, Workspace

WRITES = [
    ("POST", "/api/callers"),
    ("PUT", "/api/callers/01900000-0000-7000-8000-000000000000"),
    ("DELETE", "/api/callers/01900000-0000-7000-8000-000000000000"),
    ("PATCH", "/api/callers/01900000-0000-7000-8000-000000000000/status"),
    ("DELETE", "/api/callers/samples"),
    ("PATCH", "/api/leads/01900000-0000-7000-8000-000000000000/reassign"),
    ("POST", "/api/leads/01900000-0000-7000-8000-000000000000/merge"),
    ("POST", "/api/leads/01900000-0000-7000-8000-000000000000/unmerge"),
]
READS = [
    "/api/callers",
    "/api/callers/01900000-0000-7000-8000-000000000000",
    "/api/leads",
    "/api/leads/count",
    "/api/leads/01900000-0000-7000-8000-000000000000",
    "/api/states",
    "/api/lead-sources",
    "/api/overview",
    "/api/events",
    "/api/no-such-thing",
]


def test_who_signs_in_is_told_who_they_are(gateway: Gateway, workspace: Workspace, visitor: httpx.Client) -> None:
    email, password = gateway.admin
    response = visitor.post("/api/session", json={"email": email.upper(), "password": password})
    assert response.status_code == 200
    user = response.json()["user"]
    name = workspace.connection.execute("select name from crm.workspaces where id = %s", [workspace.id]).fetchall()[0][
        0
    ]
    assert (user["email"], user["role"], user["workspace_name"]) == (email, "admin", name)
    assert visitor.get("/api/session").json() == user
    assert "password" not in response.text


def test_the_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(gateway: Gateway, visitor: httpx.Client) -> None:
    email, password = gateway.admin
    response = visitor.post("/api/session", json={"email": email, "password": password})
    session, device = response.headers.get_list("set-cookie")
    for cookie, site in ((session, "samesite=lax"), (device, "samesite=strict")):
        flags = {part.strip().lower() for part in cookie.split(";")}
        assert {"httponly", site, "path=/"} <= flags
        assert "secure" not in flags
    behind_tls = {"x-forwarded-proto": "https"}
    response = visitor.post("/api/session", json={"email": email, "password": password}, headers=behind_tls)
    assert all("secure" in cookie.lower() for cookie in response.headers.get_list("set-cookie"))


def test_a_wrong_password_and_an_unknown_address_look_alike(gateway: Gateway, visitor: httpx.Client) -> None:
    for email in (gateway.admin[0], "nobody@fairlead.example", ""):
        response = visitor.post("/api/session", json={"email": email, "password": "wrong"})
        assert response.status_code == 401
        assert response.json()["detail"] == "E-mail or password is wrong."
        assert "set-cookie" not in response.headers


def test_nothing_is_shown_to_visitors_or_changed_for_them(visitor: httpx.Client) -> None:
    for path in READS:
        assert (path, visitor.get(path).status_code) == (path, 401)
    for method, path in WRITES:
        assert (method, path, visitor.request(method, path, json={}).status_code) == (method, path, 401)


def test_who_signed_out_is_a_visitor_again(manager: httpx.Client) -> None:
    cookies = dict(manager.cookies)
    assert manager.get("/api/callers").status_code == 200
    response = manager.delete("/api/session")
    assert response.status_code == 204
    assert {*manager.cookies} == {"fairlead_device"}, "what opens nothing may stay"
    manager.cookies.update(cookies)
    assert manager.get("/api/callers").status_code == 401
    assert manager.delete("/api/session").status_code == 204


def test_a_disabled_user_is_out_at_once(workspace: Workspace, manager: httpx.Client) -> None:
    workspace.connection.execute("update crm.users set disabled_at = now() where workspace_id = %s", [workspace.id])
    assert manager.get("/api/callers").status_code == 401


def test_a_caller_works_own_leads_and_may_do_nothing_else(workspace: Workspace, visitor: httpx.Client) -> None:
    kavita = signed_in_caller(workspace, visitor, "Kavita")
    workspace.ingest({"name": "Asha", "phone": "+911000000001"})
    workspace.caller("Ravi")
    workspace.ingest({"name": "Bina", "phone": "+911000000002"})
    (lead,) = visitor.get("/api/leads").json()["items"]
    assert lead["name"] == "Asha"
    assert visitor.post(f"/api/leads/{lead['id']}/claim", json={}).json()["claimed_at"]
    assert visitor.post(f"/api/leads/{lead['id']}/close").json()["closed_at"]
    assert visitor.get("/api/overview").status_code == 403
    assert visitor.post("/api/callers", json={"name": "Me too"}).status_code == 403
    assert visitor.patch("/api/workspace", json={"name": "Mine"}).status_code == 403
    assert visitor.patch(f"/api/leads/{lead['id']}/reassign", json={"caller_id": kavita}).status_code == 403


def signed_in_caller(workspace: Workspace, visitor: httpx.Client, name: str) -> str:
    """Make a caller of this name and sign the visitor in as who it is; the caller's id."""
    caller_id = workspace.caller(name)
    password = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("a caller's password")
    email = f"{name.lower()}.{workspace.id}@fairlead.example"
    user_id = workspace.call("api.create_user(%s, %s, %s, 'caller', %s)", workspace.id, email, name, password)
    workspace.connection.execute("update crm.users set caller_id = %s where id = %s", [caller_id, user_id])
    sign_in(visitor, email, "a caller's password")
    return caller_id


def test_a_caller_learns_nothing_of_a_contact_but_what_the_own_leads_say(
    workspace: Workspace, visitor: httpx.Client
) -> None:
    signed_in_caller(workspace, visitor, "Kavita")
    [theirs] = workspace.ingest({"name": "Asha", "phone": "+911000000001", "email": "a@b.in", "external_id": "C-17"})
    ravi = workspace.caller("Ravi")
    workspace.call("api.reassign_lead(%s, %s)", theirs["lead_id"], ravi)
    workspace.call("api.set_caller_status(%s, 'paused')", ravi)
    [mine] = workspace.ingest({"name": "Asha again", "email": "a@b.in"})
    assert visitor.get(f"/api/leads/{theirs['lead_id']}").status_code == 404
    seen = visitor.get(f"/api/leads/{mine['lead_id']}")
    assert seen.json()["contact"]["known_by"] == [{"kind": "email", "value": "a@b.in"}]
    assert [lead["name"] for lead in seen.json()["contact"]["leads"]] == ["Asha again"]
    assert "+911000000001" not in seen.text
    assert "C-17" not in seen.text


def test_a_write_forged_by_another_site_is_refused(gateway: Gateway, manager: httpx.Client) -> None:
    credentials = {"email": gateway.admin[0], "password": gateway.admin[1]}
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": gateway.url},
        {"origin": "http://evil.example"},
        {"origin": "null"},
    ):
        for method, path in WRITES:
            assert manager.request(method, path, json={}, headers=headers).status_code == 403
        assert manager.post("/api/session", json=credentials, headers=headers).status_code == 403
        assert manager.delete("/api/session", headers=headers).status_code == 403
    assert manager.get("/api/session").status_code == 200


def test_a_write_of_our_own_page_is_not(gateway: Gateway, manager: httpx.Client) -> None:
    for headers in ({"sec-fetch-site": "same-origin"}, {"origin": gateway.url}, {}):
        assert manager.post("/api/callers", json={"name": "Kavita"}, headers=headers).status_code == 201


def test_a_write_that_is_no_json_is_refused(manager: httpx.Client) -> None:
    assert manager.post("/api/callers", content=b'{"name": "Kavita"}').status_code == 415
    assert manager.post("/api/callers", data={"name": "Kavita"}).status_code == 415


def test_no_workspace_sees_another(workspace: Workspace, manager: httpx.Client) -> None:
    other = Workspace.create(workspace.connection, name=f"Other than {workspace.id}")
    stranger = other.caller("Stranger")
    lead = other.ingest({"name": "Theirs"})[0]["lead_id"]
    assert manager.get("/api/callers").json()["items"] == []
    assert manager.get("/api/leads").json()["items"] == []
    assert manager.get(f"/api/callers/{stranger}").status_code == 404
    assert manager.get(f"/api/leads/{lead}").status_code == 404
    assert manager.delete(f"/api/callers/{stranger}").status_code == 404
    mine = workspace.ingest({"name": "Mine"})[0]["lead_id"]
    assert manager.get(f"/api/leads/{mine}").status_code == 200
    assert manager.patch(f"/api/leads/{mine}/reassign", json={"caller_id": stranger}).status_code in (404, 422)
