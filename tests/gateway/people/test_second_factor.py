"""The second factor: set up, asked for, good once, lost, required."""

import re
from typing import Any

import httpx
import pytest

from gateway.people.devices import Devices
from gateway.people.factors import Factors, hash_of, new_recovery_codes
from tests.gateway.conftest import fields_at_fault, sign_in
from tests.support import ADMIN, NO_TLS, SECRET_KEY, Gateway, Workspace, code_of

PRESENT = {"present": ADMIN[1]}


@pytest.fixture
def factor(manager: httpx.Client) -> tuple[str, list[str]]:
    """The admin's second factor: its secret, and the recovery codes."""
    return turn_on(manager)


def turn_on(client: httpx.Client) -> tuple[str, list[str]]:
    """Set a second factor up; its secret and the recovery codes."""
    begun = client.post("/api/account/factor", json=PRESENT)
    assert begun.status_code == 200, begun.text
    secret = begun.json()["secret"]
    confirmed = client.put("/api/account/factor", json={"code": code_of(secret)})
    assert confirmed.status_code == 200, confirmed.text
    return secret, confirmed.json()["recovery_codes"]


def try_in(gateway: Gateway, **more: Any) -> httpx.Response:
    """Sign the admin in from elsewhere."""
    email, password = gateway.admin
    body = {"email": email, "password": password, **more}
    return httpx.post(f"{gateway.url}/api/session", json=body, verify=NO_TLS, timeout=30)


def events(workspace: Workspace) -> list[str]:
    """The kinds of the events about people, without the password's."""
    found = workspace.connection.execute(
        "select kind from crm.events where workspace_id = %s and (kind like '%%factor%%' or kind like '%%recovery%%')"
        " order by seq",
        [workspace.id],
    )
    return [kind for (kind,) in found]


def test_who_has_a_second_factor_signs_in_with_its_code_and_each_code_is_good_once(
    gateway: Gateway, workspace: Workspace, factor: tuple[str, list[str]]
) -> None:
    secret, _ = factor
    asked = try_in(gateway)
    assert (asked.status_code, fields_at_fault(asked)) == (401, ["code"])
    assert "set-cookie" not in asked.headers
    next_code = code_of(secret, later=1)
    assert try_in(gateway, code=code_of(secret)).status_code == 401, "the code that turned it on was used"
    assert try_in(gateway, code=f"{next_code[:3]} {next_code[3:]}").status_code == 200
    again = try_in(gateway, code=next_code)
    assert (again.status_code, fields_at_fault(again)) == (401, ["code"])
    email, password = gateway.admin
    program = {"email": email, "password": password}
    refused = httpx.post(f"{gateway.url}/api/auth/token", json=program, verify=NO_TLS)
    assert (refused.status_code, fields_at_fault(refused)) == (401, ["code"])
    workspace.connection.execute("update crm.user_factors set last_step = 0")
    granted = httpx.post(f"{gateway.url}/api/auth/token", json={**program, "code": code_of(secret)}, verify=NO_TLS)
    assert granted.json().keys() >= {"access_token", "refresh_token"}


def test_wrong_codes_are_counted_like_wrong_passwords(gateway: Gateway, factor: tuple[str, list[str]]) -> None:
    answers = [try_in(gateway, code=f"{number:06}").status_code for number in range(6)]
    assert answers[:5].count(401) >= 4
    assert answers[5] == 429


def test_a_recovery_code_opens_once_in_the_place_of_a_lost_factor(
    gateway: Gateway, workspace: Workspace, manager: httpx.Client, factor: tuple[str, list[str]]
) -> None:
    _, codes = factor
    assert len({*codes}) == 10
    assert all(re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", code) for code in codes)
    assert try_in(gateway, code=codes[0].upper().replace("-", " ")).status_code == 200
    assert try_in(gateway, code=codes[0]).status_code == 401
    assert manager.get("/api/account/factor").json()["recovery_codes"] == 9
    renewed = manager.post("/api/account/factor/recovery-codes", json=PRESENT).json()["recovery_codes"]
    assert try_in(gateway, code=codes[1]).status_code == 401
    assert try_in(gateway, code=renewed[1]).status_code == 200
    assert events(workspace) == [
        "user.factor_added",
        "user.recovery_code_used",
        "user.recovery_codes_made",
        "user.recovery_code_used",
    ]


def test_nothing_about_it_is_stored_or_told_in_the_clear(
    workspace: Workspace, manager: httpx.Client, factor: tuple[str, list[str]]
) -> None:
    secret, codes = factor
    stored = workspace.connection.execute(
        """select (select string_agg(f::text, ' ') from crm.user_factors f),
             (select string_agg(encode(f.secret, 'escape'), ' ') from crm.user_factors f),
             (select string_agg(e.data::text, ' ') from crm.events e)"""
    ).fetchall()
    for text in (str(stored), manager.get("/api/audit").text, manager.get("/api/account/factor").text):
        assert secret not in text
        assert not any(code in text or code.replace("-", "") in text for code in codes)


def test_turning_it_on_and_off_takes_the_password_and_the_first_code(
    gateway: Gateway, workspace: Workspace, manager: httpx.Client
) -> None:
    wrong = manager.post("/api/account/factor", json={"present": "wrong"})
    assert (wrong.status_code, fields_at_fault(wrong)) == (422, ["present"])
    assert manager.put("/api/account/factor", json={"code": "123456"}).status_code == 409
    secret = manager.post("/api/account/factor", json=PRESENT).json()["secret"]
    for code in ("000000" if code_of(secret) != "000000" else "111111", "", "abcd-efgh-ijkl-mnop"):
        wrong = manager.put("/api/account/factor", json={"code": code})
        assert (wrong.status_code, fields_at_fault(wrong)) == (422, ["code"])
    assert try_in(gateway).status_code == 200, "until its first code was right it is no factor"
    secret, _ = turn_on(manager)
    assert manager.post("/api/account/factor", json=PRESENT).status_code == 409
    assert manager.post("/api/account/factor/remove", json={"present": "wrong"}).status_code == 422
    token = manager.post("/api/tokens", json={"name": "Sheet"}).json()["token"]
    by_token = {"headers": {"authorization": f"Bearer {token}"}}
    for path in ("/api/account/factor/remove", "/api/account/factor/recovery-codes", "/api/account/factor"):
        assert manager.post(path, json=PRESENT, **by_token).status_code == 403  # type: ignore[arg-type]
    assert manager.post("/api/account/factor/remove", json=PRESENT).status_code == 204
    assert try_in(gateway).status_code == 200
    assert events(workspace) == ["user.factor_added", "user.factor_removed"]


def test_where_it_is_required_nothing_else_can_be_done_before_it_is_set_up(
    gateway: Gateway, workspace: Workspace, manager: httpx.Client
) -> None:
    token = manager.post("/api/tokens", json={"name": "Sheet"}).json()["token"]
    assert manager.patch("/api/workspace", json={"requires_factor": True}).json()["requires_factor"] is True
    for path in ("/api/leads", "/api/users", "/api/events", "/api/leads.csv", "/api/no-such-thing"):
        assert (path, manager.get(path).status_code) == (path, 403)
        assert manager.get(path, headers={"authorization": f"Bearer {token}"}).status_code == 403
    for page in ("/", "/account", "/people", "/leads/1"):
        sent_on = manager.get(page)
        assert (sent_on.status_code, sent_on.headers["location"]) == (
            303,
            f"/second-factor?next={page}",
        )
    assert "second factor" in manager.get("/second-factor").text
    turn_on(manager)
    assert manager.get("/api/leads").status_code == 200
    assert manager.get("/").status_code == 200
    assert manager.get("/api/leads", headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert manager.post("/api/account/factor/remove", json=PRESENT).status_code == 409
    [me] = manager.get("/api/users").json()["items"]
    assert me["has_factor"] is True
    assert manager.delete(f"/api/users/{me['id']}/factor").json()["has_factor"] is False
    assert manager.delete(f"/api/users/{me['id']}/factor").status_code == 403, "who took it off needs one now"
    workspace.call("api.update_workspace(%s)", '{"requires_factor": false}')
    assert manager.delete(f"/api/users/{me['id']}/factor").status_code == 404


def test_a_factor_of_another_secret_key_is_of_no_use_but_recovery_codes_are(workspace: Workspace) -> None:
    user = workspace.connection.execute("select id from crm.users where workspace_id = %s", [workspace.id]).fetchall()
    [(user_id,)] = user
    ours, others = Factors(SECRET_KEY.encode()), Factors(b"another key of thirty-two bytes.")
    secret = ours.new_secret(user_id, "asha@example.com")
    assert ours.taken(user_id, secret.sealed, 0, code_of(secret.text)) is not None
    assert others.taken(user_id, secret.sealed, 0, code_of(secret.text)) is None
    [code, *_] = new_recovery_codes()
    taken = others.taken(user_id, secret.sealed, 0, f" {code.upper()} ")
    assert taken is not None
    assert taken.recovery == hash_of(code)


def test_a_device_is_known_to_the_accounts_it_has_signed_in_to_and_to_no_other() -> None:
    devices = Devices(SECRET_KEY.encode())
    cookie = devices.remembered(None, "Asha@example.com ")
    known = devices.known(cookie, "asha@example.com")
    assert known is not None
    assert devices.known(cookie, "bina@example.com") is None
    both = devices.remembered(cookie, "bina@example.com")
    assert devices.known(both, "asha@example.com") == devices.known(both, "bina@example.com") == known
    assert Devices(b"another key of thirty-two bytes.").known(both, "asha@example.com") is None
    for forged in (None, "", "x", cookie[:-1], cookie.replace(cookie[0], "0" if cookie[0] != "0" else "1", 1)):
        assert devices.known(forged, "asha@example.com") is None
    for number in range(9):
        both = devices.remembered(both, f"{number}@example.com")
    assert both.count(".") == 5


def test_strangers_cannot_lock_the_owner_out(gateway: Gateway, workspace: Workspace) -> None:
    email, password = gateway.admin

    def from_there(address: str, **cookies: str) -> httpx.Client:
        headers = {"x-forwarded-for": address}
        return httpx.Client(base_url=gateway.url, headers=headers, cookies=cookies, verify=NO_TLS, timeout=30)

    with from_there("2001:db8:1:2::7") as owner:
        sign_in(owner, email, password)
        device = owner.cookies["fairlead_device"]
    with from_there("203.0.113.66") as stranger:
        for _ in range(6):
            stranger.post("/api/session", json={"email": email, "password": "wrong"})
        workspace.connection.execute("update crm.sign_in_failures set failures = 30, last_at = now()")
        right = {"email": email, "password": password}
        assert stranger.post("/api/session", json=right).status_code == 429
    for visitor, status in (
        (from_there("203.0.113.67"), 429),
        (from_there("203.0.113.67", fairlead_device=device), 200),
        (from_there("203.0.113.68", fairlead_device=f"{device[:-1]}{'1' if device[-1] != '1' else '2'}"), 429),
        (from_there("2001:db8:1:2:ffff::1"), 200),  # of the same /64
        (from_there("2001:db8:1:3::7"), 429),
    ):
        with visitor:
            assert visitor.post("/api/session", json=right).status_code == status
