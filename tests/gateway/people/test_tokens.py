"""Programs that act for a person: personal tokens, access tokens, refresh tokens; forged, expired and revoked ones."""

import base64
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from tests.gateway.conftest import fields_at_fault
from tests.support import SECRET_KEY, Gateway, Workspace

KEY = hmac.digest(SECRET_KEY.encode(), b"access tokens", "sha256")


def with_token(client: httpx.Client, token: str, method: str = "GET", path: str = "/api/leads") -> httpx.Response:
    """A request that carries the token, and whatever cookies the client has."""
    return client.request(method, path, headers={"authorization": f"Bearer {token}"})


def refused(response: httpx.Response) -> bool:
    """Whether the token was turned away as it should be."""
    return response.status_code == 401 and 'error="invalid_token"' in response.headers["www-authenticate"]


def granted(gateway: Gateway, client: httpx.Client) -> dict[str, Any]:
    """The tokens for the admin's password."""
    email, password = gateway.admin
    answer = client.post("/api/auth/token", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def refresh(client: httpx.Client, token: str) -> httpx.Response:
    return client.post("/api/auth/token", json={"refresh_token": token})


def test_a_personal_token_acts_as_its_user_until_revoked(
    workspace: Workspace, manager: httpx.Client, gateway: Gateway
) -> None:
    made = manager.post("/api/tokens", json={"name": "Sheet"})
    assert made.status_code == 201
    token = made.json()["token"]
    assert token.startswith("flp_")
    [listed] = manager.get("/api/tokens").json()["items"]
    assert {**listed, "token": token} == made.json()
    assert listed["last_used_at"] is None
    stored = workspace.connection.execute("select to_jsonb(s)::text from crm.sessions s").fetchall()
    assert not any(token.removeprefix("flp_") in row for (row,) in stored)

    with httpx.Client(base_url=gateway.url) as program:
        assert with_token(program, token).status_code == 200
        assert with_token(program, token, path="/api/session").json()["email"] == gateway.admin[0]
        headers = {"authorization": f"bearer {token}", "sec-fetch-site": "cross-site"}
        assert program.post("/api/callers", json={"name": "Asha"}, headers=headers).status_code == 201
        assert manager.get("/api/tokens").json()["items"][0]["last_used_at"] is not None
        assert len(manager.get("/api/sessions").json()["items"]) == 1
        program.cookies.set("fairlead_session", token)
        assert program.get("/api/leads").status_code == 401
        program.cookies.clear()

        workspace.connection.execute("update crm.users set role = 'caller' where workspace_id = %s", [workspace.id])
        response = program.post("/api/callers", json={"name": "Bina"}, headers={"authorization": f"Bearer {token}"})
        assert response.status_code == 403
        workspace.connection.execute("update crm.users set disabled_at = now() where workspace_id = %s", [workspace.id])
        assert refused(with_token(program, token))
        workspace.connection.execute(
            "update crm.users set disabled_at = null, role = 'admin' where workspace_id = %s", [workspace.id]
        )
        assert with_token(program, token).status_code == 200
        assert manager.delete(f"/api/tokens/{listed['id']}").status_code == 204
        assert refused(with_token(program, token))
        assert manager.delete(f"/api/tokens/{listed['id']}").status_code == 404


def test_a_token_ends_when_it_was_to(workspace: Workspace, manager: httpx.Client) -> None:
    for moment in ("2020-01-01", "soon", "2020-01-01T00:00:00Z"):
        wrong = manager.post("/api/tokens", json={"name": "Late", "expires_at": moment})
        assert (moment, wrong.status_code, fields_at_fault(wrong)) == (moment, 422, ["expires_at"])
    for name in ("", " ", "x" * 101):
        wrong = manager.post("/api/tokens", json={"name": name})
        assert (wrong.status_code, fields_at_fault(wrong)) == (422, ["name"])
    for too_late in ("2999-01-01", None):
        made = manager.post("/api/tokens", json={"name": "Long", "expires_at": too_late})
        assert made.status_code == (422 if too_late else 201)
    days = datetime.fromisoformat(made.json()["expires_at"]) - datetime.now(UTC)
    assert 89 <= days.days <= 90
    in_a_month = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    token = manager.post("/api/tokens", json={"name": "Short", "expires_at": in_a_month}).json()["token"]
    assert with_token(manager, token).status_code == 200
    workspace.connection.execute("update crm.sessions set expires_at = now() where kind = 'token'")
    assert refused(with_token(manager, token))


def test_a_token_makes_no_other_and_does_not_touch_how_its_person_signs_in(
    gateway: Gateway, manager: httpx.Client
) -> None:
    token = manager.post("/api/tokens", json={"name": "Sheet"}).json()["token"]
    headers = {"authorization": f"Bearer {token}"}
    change = {"present": gateway.admin[1], "new": "trombone lemur fax"}
    with httpx.Client(base_url=gateway.url, headers=headers) as program:
        assert program.post("/api/tokens", json={"name": "Another"}).status_code == 403
        assert program.put("/api/account/password", json=change).status_code == 403
    assert len(manager.get("/api/tokens").json()["items"]) == 1


def test_tokens_end_with_the_password_if_wished(gateway: Gateway, manager: httpx.Client) -> None:
    token = manager.post("/api/tokens", json={"name": "Sheet"}).json()["token"]
    first, second, third = gateway.admin[1], "trombone lemur fax", "seven quiet umbrellas"
    assert manager.put("/api/account/password", json={"present": first, "new": second}).status_code == 204
    assert with_token(manager, token).status_code == 200
    change = {"present": second, "new": third, "end_tokens": True}
    assert manager.put("/api/account/password", json=change).status_code == 204
    assert refused(with_token(manager, token))
    assert manager.get("/api/tokens").json()["items"] == []


def test_an_authorization_header_wins_over_the_cookie(manager: httpx.Client) -> None:
    assert manager.get("/api/leads").status_code == 200
    assert refused(with_token(manager, "flp_of-nobody"))
    for header in ("Basic YTpi", "Bearer", "flp_x", "Bearer ~~~", ""):
        answer = manager.get("/api/leads", headers={"authorization": header})
        assert (header, refused(answer)) == (header, True)
    answer = httpx.get(f"{manager.base_url}/api/leads".replace("//api", "/api"))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="fairlead"')


def test_an_access_token_is_good_for_a_quarter_of_an_hour(gateway: Gateway, visitor: httpx.Client) -> None:
    tokens = granted(gateway, visitor)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    claims = jwt.decode(tokens["access_token"], KEY, ["HS256"], issuer="fairlead")
    assert set(claims) == {"iss", "sub", "ws", "iat", "exp", "jti", "sid"}
    assert claims["exp"] - claims["iat"] == 900
    assert with_token(visitor, tokens["access_token"]).status_code == 200
    assert refused(with_token(visitor, jwt.encode({**claims, "exp": int(time.time()) - 1}, KEY)))
    assert refused(with_token(visitor, tokens["refresh_token"]))
    wrong = visitor.post("/api/auth/token", json={"email": gateway.admin[0], "password": "wrong"})
    assert wrong.status_code == 401
    for body, field in (
        ({"email": "a@b.example"}, "password"),
        ({}, "email"),
        ({"refresh_token": "x", "email": ""}, "refresh_token"),
    ):
        answer = visitor.post("/api/auth/token", json=body)
        assert (answer.status_code, fields_at_fault(answer)[0]) == (422, field)


def test_a_forged_access_token_is_refused(gateway: Gateway, workspace: Workspace, manager: httpx.Client) -> None:
    token = granted(gateway, manager)["access_token"]
    header, claims, mac = token.split(".")
    said = jwt.decode(token, KEY, ["HS256"], issuer="fairlead")
    other = Workspace.create(workspace.connection, name=f"Other than {workspace.id}")

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    none = part({"alg": "none", "typ": "JWT"})
    without = {name: {**said} for name in said}
    for name, rest in without.items():
        del rest[name]
    forged = {
        "alg none": f"{none}.{claims}.",
        "alg none with the mac": f"{none}.{claims}.{mac}",
        "alg None": f"{part({'alg': 'None'})}.{claims}.",
        "no mac": f"{header}.{claims}.",
        "other key": jwt.encode(said, b"another key of thirty-two bytes."),
        "the gateway's key itself": jwt.encode(said, SECRET_KEY),
        "other algorithm": jwt.encode(said, KEY * 2, "HS512"),
        "tampered claims": f"{header}.{part({**said, 'exp': said['exp'] + 1})}.{mac}",
        "tampered mac": f"{header}.{claims}.{mac[:-2]}{'AA' if mac[-2:] != 'AA' else 'BB'}",
        "expired": jwt.encode({**said, "exp": said["iat"] - 1}, KEY),
        "not yet": jwt.encode({**said, "iat": said["exp"] + 900, "nbf": said["exp"]}, KEY),
        "other issuer": jwt.encode({**said, "iss": "somebody"}, KEY),
        "other workspace": jwt.encode({**said, "ws": other.id}, KEY),
        "other user": jwt.encode({**said, "sub": "01900000-0000-7000-8000-000000000000"}, KEY),
        "other grant": jwt.encode({**said, "sid": "nobody's"}, KEY),
        "half": token[: len(token) // 2],
        "words": "not.a.token",
        "nested": f"{base64.urlsafe_b64encode(b'[' * 20_000).decode()}.{claims}.{mac}",
        **{f"without {name}": jwt.encode(rest, KEY) for name, rest in without.items()},
    }
    with httpx.Client(base_url=gateway.url) as program:
        assert with_token(program, token).status_code == 200
        for how, forgery in forged.items():
            assert (how, refused(with_token(program, forgery))) == (how, True)


def test_a_refresh_token_is_good_once_and_reuse_ends_all_that_came_of_it(
    gateway: Gateway, workspace: Workspace, visitor: httpx.Client
) -> None:
    first = granted(gateway, visitor)
    second = refresh(visitor, first["refresh_token"]).json()
    third = refresh(visitor, second["refresh_token"]).json()
    assert len({tokens["refresh_token"] for tokens in (first, second, third)}) == 3
    assert with_token(visitor, third["access_token"]).status_code == 200
    elsewhere = granted(gateway, visitor)
    for token in (first["refresh_token"], third["refresh_token"], "flr_a.b", "flr_", "x"):
        assert refresh(visitor, token).status_code == 401
    for tokens in (first, second, third):
        assert refused(with_token(visitor, tokens["access_token"]))
    assert with_token(visitor, elsewhere["access_token"]).status_code == 200
    told = workspace.connection.execute(
        "select count(*) from crm.events where workspace_id = %s and kind = 'user.refresh_reused'", [workspace.id]
    )
    assert told.fetchall() == [(1,)]


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_what_was_revoked_is_of_no_use(gateway: Gateway, visitor: httpx.Client, which: str) -> None:
    tokens = granted(gateway, visitor)
    other = granted(gateway, visitor)
    [_, mine] = with_token(visitor, tokens["access_token"], path="/api/sessions").json()["items"]
    assert mine["kind"] == "grant"
    for token in (tokens[which], "nobody's", tokens[which]):
        assert visitor.post("/api/auth/revoke", json={"token": token}).status_code == 204
    assert refused(with_token(visitor, tokens["access_token"]))
    assert refresh(visitor, tokens["refresh_token"]).status_code == 401
    assert with_token(visitor, other["access_token"]).status_code == 200


def test_a_grant_follows_its_users_role_and_ends_with_the_password(
    gateway: Gateway, workspace: Workspace, visitor: httpx.Client
) -> None:
    tokens = granted(gateway, visitor)
    assert with_token(visitor, tokens["access_token"], path="/api/users").status_code == 200
    workspace.connection.execute("update crm.users set role = 'manager' where workspace_id = %s", [workspace.id])
    assert with_token(visitor, tokens["access_token"], path="/api/users").status_code == 403
    [(user,)] = workspace.connection.execute("select id from crm.users where workspace_id = %s", [workspace.id])
    workspace.call("api.reset_password(%s, 'x')", user)
    assert refused(with_token(visitor, tokens["access_token"]))
    assert refresh(visitor, tokens["refresh_token"]).status_code == 401
