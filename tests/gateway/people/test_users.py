"""/api/users: admins add, change, disable people and reset passwords, and it holds at once."""

from asyncio import to_thread
from typing import Any

import httpx
import pytest

from tests.gateway.conftest import Post, Watch, fields_at_fault, sign_in, watched
from tests.support import Gateway, Workspace

NOBODY = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def uma(manager: httpx.Client, workspace: Workspace) -> dict[str, Any]:
    """A manager named Uma, with `password`."""
    person = {"email": f"Uma{workspace.id}@fairlead.example", "name": "Uma", "role": "manager"}
    added = manager.post("/api/users", json=person)
    assert added.status_code == 201, added.text
    assert added.headers["location"] == f"/api/users/{added.json()['id']}"
    return dict(added.json())


@pytest.fixture
def uma_client(gateway: Gateway, uma: dict[str, Any]) -> Any:
    """Uma, signed in."""
    with httpx.Client(base_url=gateway.url, timeout=30) as client:
        sign_in(client, uma["email"], uma["password"])
        yield client


def test_a_person_is_added_changed_and_listed(
    manager: httpx.Client, gateway: Gateway, uma: dict[str, Any], workspace: Workspace
) -> None:
    password = uma.pop("password")
    assert uma["email"] == f"uma{workspace.id}@fairlead.example"
    [admin, listed] = manager.get("/api/users").json()["items"]
    assert (admin["email"], admin["role"]) == (gateway.admin[0], "admin")
    assert admin["last_used_at"] is not None
    assert listed == uma
    changed = manager.patch(f"/api/users/{uma['id']}", json={"name": "Uma Rao", "role": "analyst"})
    assert changed.json() == {**uma, "name": "Uma Rao", "role": "analyst", "etag": changed.json()["etag"]}
    rows = workspace.connection.execute(
        "select kind, actor like 'user:%%', data ->> 'name', data ->> 'role', data::text from crm.events"
        " where workspace_id = %s and kind like 'user.%%' order by seq",
        [workspace.id],
    ).fetchall()
    assert [row[:4] for row in rows][1:] == [
        ("user.created", True, "Uma", "manager"),
        ("user.updated", True, "Uma Rao", "analyst"),
    ]
    assert not any(password in row[4] or "argon2" in row[4] for row in rows)


def test_what_is_no_person_is_refused_at_its_field(manager: httpx.Client, uma: dict[str, Any]) -> None:
    good = {"email": "new@fairlead.example", "name": "New", "role": "caller"}
    for field, value, status in [
        ("email", "nobody", 422),
        ("email", uma["email"].upper(), 409),
        ("email", "\0@x", 422),
        ("name", "", 422),
        ("role", "owner", 422),
        ("password", "x", 422),
    ]:
        answer = manager.post("/api/users", json={**good, field: value})
        assert (field, answer.status_code, fields_at_fault(answer)) == (field, status, [field])
    assert manager.patch(f"/api/users/{NOBODY}", json={"name": "X"}).status_code == 404
    assert manager.post(f"/api/users/{NOBODY}/password").status_code == 404
    assert fields_at_fault(manager.patch(f"/api/users/{uma['id']}", json={"email": "x@y"})) == ["email"]


def test_the_last_admin_stays(manager: httpx.Client, uma: dict[str, Any], gateway: Gateway) -> None:
    [admin, _] = manager.get("/api/users").json()["items"]
    for change in ({"role": "manager"}, {"disabled": True}):
        refused = manager.patch(f"/api/users/{admin['id']}", json=change)
        assert (refused.status_code, fields_at_fault(refused)) == (409, list(change))
    assert manager.patch(f"/api/users/{uma['id']}", json={"role": "admin"}).status_code == 200
    assert manager.patch(f"/api/users/{admin['id']}", json={"role": "manager"}).status_code == 200
    assert manager.get("/api/users").status_code == 403


def test_only_admins_of_the_workspace_run_its_people(
    manager: httpx.Client, uma: dict[str, Any], uma_client: httpx.Client, workspace: Workspace
) -> None:
    stranger = Workspace.create(workspace.connection, name=f"Other than {workspace.id}")
    [(theirs,)] = workspace.connection.execute("select id from crm.users where workspace_id = %s", [stranger.id])
    assert manager.patch(f"/api/users/{theirs}", json={"role": "caller"}).status_code == 404
    assert manager.post(f"/api/users/{theirs}/password").status_code == 404
    for role in ("manager", "caller", "analyst"):
        manager.patch(f"/api/users/{uma['id']}", json={"role": role})
        person = {"email": "x@fairlead.example", "name": "X", "role": "admin"}
        assert uma_client.get("/api/users").status_code == 403
        assert uma_client.post("/api/users", json=person).status_code == 403
        assert uma_client.patch(f"/api/users/{uma['id']}", json={"role": "admin"}).status_code == 403
        assert uma_client.post(f"/api/users/{theirs}/password").status_code == 403
        assert uma_client.get("/api/sessions").status_code == 200
        assert uma_client.get("/api/tokens").status_code == 200


def test_a_password_that_is_reset_lets_in_and_the_old_one_and_its_sessions_do_not(
    manager: httpx.Client, uma: dict[str, Any], uma_client: httpx.Client
) -> None:
    token = uma_client.post("/api/tokens", json={"name": "T"}).json()["token"]
    password = manager.post(f"/api/users/{uma['id']}/password").json()["password"]
    assert uma_client.get("/api/leads").status_code == 401
    assert uma_client.get("/api/leads", headers={"authorization": f"Bearer {token}"}).status_code == 401
    old = uma_client.post("/api/session", json={"email": uma["email"], "password": uma["password"]})
    assert old.status_code == 401
    sign_in(uma_client, uma["email"], password)


def test_another_role_and_being_disabled_hold_from_the_next_request_on(
    manager: httpx.Client, uma: dict[str, Any], uma_client: httpx.Client
) -> None:
    assert uma_client.post("/api/callers", json={"name": "Asha"}).status_code == 201
    manager.patch(f"/api/users/{uma['id']}", json={"role": "analyst"})
    assert uma_client.get("/api/session").json()["role"] == "analyst"
    assert uma_client.post("/api/callers", json={"name": "Bina"}).status_code == 403
    manager.patch(f"/api/users/{uma['id']}", json={"disabled": True})
    assert uma_client.get("/api/callers").status_code == 401
    again = {"email": uma["email"], "password": uma["password"]}
    assert uma_client.post("/api/session", json=again).status_code == 401
    manager.patch(f"/api/users/{uma['id']}", json={"disabled": False})
    assert uma_client.get("/api/callers").status_code == 401
    sign_in(uma_client, again["email"], again["password"])


def test_a_caller_whose_person_is_disabled_gets_no_leads_and_hands_over_the_open_ones(
    manager: httpx.Client, uma: dict[str, Any], post: Post
) -> None:
    asha, bina = (manager.post("/api/callers", json={"name": name}).json()["id"] for name in ("Asha", "Bina"))
    manager.patch(f"/api/users/{uma['id']}", json={"caller_id": asha, "role": "caller"})
    leads = [post(name=name).json() for name in ("a", "b")]
    assert [lead["assigned_caller"]["name"] for lead in leads] == ["Asha", "Bina"]
    disabled = manager.patch(f"/api/users/{uma['id']}", json={"disabled": True, "hand_over": bina}).json()
    assert (disabled["disabled"], disabled["handed_over"]) == (True, {"moved": 1, "following": 0})
    assert [manager.get(f"/api/callers/{c}").json()["standing"] for c in (asha, bina)] == ["disabled", "free"]
    assert [post(name=name).json()["assigned_caller"]["name"] for name in ("c", "d")] == ["Bina", "Bina"]
    enabled = manager.patch(f"/api/users/{uma['id']}", json={"disabled": False}).json()
    assert "handed_over" not in enabled
    assert post(name="e").json()["assigned_caller"]["name"] == "Asha"
    refused = manager.patch(f"/api/users/{uma['id']}", json={"disabled": True, "hand_over": asha})
    assert (refused.status_code, fields_at_fault(refused)) == (409, ["hand_over"])
    assert manager.get(f"/api/callers/{asha}").json()["standing"] == "free"


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "caller"}])
async def test_an_open_stream_ends_with_the_rights_it_was_opened_with(
    manager: httpx.Client, uma: dict[str, Any], uma_client: httpx.Client, watch: Watch, change: dict[str, Any]
) -> None:
    async with watched(uma_client) as stream, watch() as mine:
        await to_thread(manager.post, "/api/callers", json={"name": "Asha"})
        assert [event.kind for event in await stream.take(1)] == ["caller.created"]
        await to_thread(manager.patch, f"/api/users/{uma['id']}", json=change)
        await to_thread(manager.post, "/api/callers", json={"name": "Bina"})
        after = [event.kind for event in await mine.take(3)]
        assert after == [
            "caller.created",
            f"user.{'disabled' if 'disabled' in change else 'updated'}",
            "caller.created",
        ]
        assert await stream.rest() == []


async def test_an_open_stream_ends_with_its_session(manager: httpx.Client, uma_client: httpx.Client) -> None:
    made = await to_thread(uma_client.post, "/api/tokens", json={"name": "T"})
    token = made.json()
    headers = {"authorization": f"Bearer {token['token']}"}
    with httpx.Client(base_url=manager.base_url, headers=headers) as program:
        async with watched(program) as stream:
            await to_thread(uma_client.delete, f"/api/tokens/{token['id']}")
            assert await stream.rest() == []
