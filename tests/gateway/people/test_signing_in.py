"""Being kept out after failures, and sessions: listed, ended, and the password changed."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gateway.people.passwords import weakness_of
from gateway.people.signing_in import agent_of
from tests.gateway.conftest import fields_at_fault, sign_in
from tests.support import ADMIN, Gateway, Workspace

WRONG = "not the password"


def visitor_from(gateway: Gateway, address: str, **headers: str) -> httpx.Client:
    """Somebody at this network address, as a proxy says."""
    return httpx.Client(base_url=gateway.url, timeout=60, headers={"x-forwarded-for": address, **headers})


def later(workspace: Workspace, seconds: float) -> None:
    """Let time pass for everybody who must wait."""
    workspace.connection.execute(
        "update crm.sign_in_failures set last_at = last_at - make_interval(secs => %s)", [seconds]
    )


def failed_events(workspace: Workspace) -> int:
    found = workspace.connection.execute(
        "select count(*) from crm.events where workspace_id = %s and kind = 'user.sign_in_failed'", [workspace.id]
    ).fetchall()
    return int(found[0][0])


def test_two_hundred_bad_sign_ins_are_refused_and_so_is_the_right_password_meanwhile(
    gateway: Gateway, workspace: Workspace
) -> None:
    email, password = gateway.admin
    before = workspace.call("api.last_event(%s)", workspace.id)
    statuses: Counter[int] = Counter()
    with visitor_from(gateway, "203.0.113.1") as guesser:
        for number in range(200):
            guess = {"email": email, "password": f"guess {number}"}
            statuses[guesser.post("/api/session", json=guess).status_code] += 1
    assert statuses[401] + statuses[429] == 200
    assert 5 <= statuses[401] < 12
    # However long the guesses took, somebody is kept out at the end of them.
    workspace.connection.execute("update crm.sign_in_failures set failures = 30, last_at = now()")
    with visitor_from(gateway, "203.0.113.2") as owner:
        for path in ("/api/session", "/api/auth/token"):
            refused = owner.post(path, json={"email": email, "password": password})
            assert refused.status_code == 429
            assert 800 < int(refused.headers["retry-after"]) <= 900
            assert "15 minutes" in refused.json()["detail"]
            assert "set-cookie" not in refused.headers
        later(workspace, 901)
        sign_in(owner, email, password)
        assert owner.get("/api/leads").status_code == 200
        assert owner.post("/api/session", json={"email": email, "password": WRONG}).status_code == 401
    assert workspace.call("api.last_event(%s)", workspace.id) == before + 1
    assert failed_events(workspace) == 1


def test_guesses_made_side_by_side_are_no_more_than_those_made_in_a_row(gateway: Gateway) -> None:
    email, password = gateway.admin
    guesses = [WRONG] * 20 + [password] + [WRONG] * 20
    with visitor_from(gateway, "203.0.113.3") as guesser, ThreadPoolExecutor(41) as pool:
        guesser.post("/api/session", json={"email": email, "password": WRONG})
        answers = list(
            pool.map(lambda guess: guesser.post("/api/session", json={"email": email, "password": guess}), guesses)
        )
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 401, 429}
    assert statuses[401] <= 8
    assert statuses[429] >= 30


def test_an_address_nobody_has_is_kept_out_like_one_that_somebody_has(gateway: Gateway) -> None:
    def refusals(email: str, address: str) -> list[tuple[int, str]]:
        with visitor_from(gateway, address) as guesser:
            answers = [guesser.post("/api/session", json={"email": email, "password": WRONG}) for _ in range(6)]
        return [(answer.status_code, answer.json()["detail"]) for answer in answers]

    known = refusals(gateway.admin[0], "203.0.113.4")
    assert refusals("nobody@fairlead.example", "203.0.113.5") == known
    assert known[4:] == [
        (401, "E-mail or password is wrong."),
        (429, "Too many failed attempts. Try again in 1 second."),
    ]


def test_who_tries_many_accounts_from_one_address_is_kept_out_of_all(gateway: Gateway, workspace: Workspace) -> None:
    email, password = gateway.admin
    with visitor_from(gateway, "203.0.113.6") as guesser:
        for number in range(19):
            workspace.call("api.refuse_sign_in(%s, %s)", f"guess{number}@fairlead.example", "203.0.113.6")
        guess = {"email": "guess@fairlead.example", "password": WRONG}
        assert guesser.post("/api/session", json=guess).status_code == 401
        workspace.connection.execute("update crm.sign_in_failures set last_at = now() + interval '10 s'")
        assert guesser.post("/api/session", json={"email": email, "password": password}).status_code == 429
    with visitor_from(gateway, "203.0.113.7") as owner:
        sign_in(owner, email, password)


def test_sessions_are_listed_and_ended(gateway: Gateway, manager: httpx.Client) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    others = [visitor_from(gateway, f"203.0.113.{number}", **{"user-agent": firefox}) for number in (8, 9)]
    for other in others:
        sign_in(other, *gateway.admin)
    listed = manager.get("/api/sessions").json()["items"]
    assert [(each["address"], each["is_current"]) for each in listed] == [
        ("127.0.0.1", True),
        ("203.0.113.9", False),
        ("203.0.113.8", False),
    ]
    assert {each["kind"] for each in listed} == {"browser"}
    assert listed[1]["user_agent"] == "Firefox on Linux"
    assert manager.delete(f"/api/sessions/{listed[2]['id']}").status_code == 204
    assert manager.delete(f"/api/sessions/{listed[2]['id']}").status_code == 404
    assert [other.get("/api/leads").status_code for other in others] == [401, 200]
    assert manager.delete("/api/sessions").json() == {"ended": 1}
    assert others[1].get("/api/leads").status_code == 401
    assert manager.get("/api/sessions").json()["items"][0]["is_current"]
    for other in others:
        other.close()


def test_nobody_ends_anothers_session(gateway: Gateway, workspace: Workspace, manager: httpx.Client) -> None:
    stranger = Workspace.create(workspace.connection, name=f"Other than {workspace.id}")
    found = workspace.connection.execute("select email from crm.users where workspace_id = %s", [stranger.id])
    with visitor_from(gateway, "203.0.113.10") as other:
        sign_in(other, found.fetchall()[0][0], ADMIN[1])
        [theirs] = other.get("/api/sessions").json()["items"]
        assert manager.delete(f"/api/sessions/{theirs['id']}").status_code == 404
        assert other.get("/api/leads").status_code == 200


def test_changing_the_password_needs_the_present_one_and_ends_the_other_sessions(
    gateway: Gateway, workspace: Workspace, manager: httpx.Client
) -> None:
    email, password = gateway.admin
    with visitor_from(gateway, "203.0.113.11") as other:
        sign_in(other, email, password)
        wrong = manager.put("/api/account/password", json={"present": WRONG, "new": "another password"})
        assert (wrong.status_code, fields_at_fault(wrong)) == (422, ["present"])
        short = manager.put("/api/account/password", json={"present": password, "new": "short"})
        assert (short.status_code, fields_at_fault(short)) == (422, ["new"])
        assert other.get("/api/leads").status_code == 200
        changed = manager.put("/api/account/password", json={"present": password, "new": "another password"})
        assert changed.status_code == 204
        assert manager.get("/api/leads").status_code == 200
        assert other.get("/api/leads").status_code == 401
        assert other.post("/api/session", json={"email": email, "password": password}).status_code == 401
        sign_in(other, email, "another password")
    workspace.call("api.refuse_sign_in(%s, '')", email)
    workspace.connection.execute("update crm.sign_in_failures set failures = 30")
    assert manager.put("/api/account/password", json={"present": WRONG, "new": "a third password"}).status_code == 429


@pytest.mark.parametrize(
    "weak",
    ["password", "12345678", "1234567890", " " * 12, "aaaaaaaaaaaaaaa", "qwertyuiop", "Password123!", "p@ssw0rd1234"],
)
def test_a_password_that_is_easily_guessed_is_refused_at_its_field(
    gateway: Gateway, manager: httpx.Client, weak: str
) -> None:
    refused = manager.put("/api/account/password", json={"present": gateway.admin[1], "new": weak})
    assert (refused.status_code, fields_at_fault(refused)) == (422, ["new"])


def test_a_password_is_not_made_of_what_is_known_of_its_person_and_needs_no_classes() -> None:
    about = ("meera.joshi@example.com", "Meera Joshi", "Konkan Solar")
    for weak in (about[0], "meera joshi", "konkansolar1", "MeeraJoshi2026"):
        assert weakness_of(weak, about), weak
    for strong in ("trombone lemur fax", "three wet umbrellas", "पासवर्ड सुरक्षा", "x" * 5 + "kq mv tz" * 200):
        assert weakness_of(strong, about) is None, strong


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36",
            "Chrome on Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
        ("é" * 500, ""),
    ],
)
def test_a_browser_is_told_in_few_words(header: str, words: str) -> None:
    assert agent_of(header) == words
