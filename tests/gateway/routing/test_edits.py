"""If-Match keeps one's change from going over another's; Idempotency-Key keeps it from being made twice."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec

from tests.gateway.conftest import Post, fields_at_fault
from tests.support import Workspace

KAVITA = {"name": "Kavita"}
PAUSED = KAVITA | {"status": "paused"}


MAIL = {"name": "CRM", "kind": "webhook", "address": "https://example.com/a"}
# Of each kind of record: where they are, one to begin with (none: there is one), how it is edited, at which path below
# it, and two edits. "{lead}" stands for the id of a lead.
Edit = tuple[str, Any, str, str, Any, Any]
EDITS: list[Edit] = [
    ("/api/callers", PAUSED, "PUT", "", PAUSED | {"name": "K"}, PAUSED | {"name": "R"}),
    ("/api/rules", None, "PUT", "", {"name": "Everybody"}, {"name": "All"}),
    ("/api/campaigns", {"name": "Diwali"}, "PATCH", "", {"is_paused": True}, {"is_paused": False}),
    ("/api/sources", None, "PATCH", "", {"needs_competence": True}, {"needs_competence": False}),
    ("/api/users", None, "PATCH", "", {"name": "Uma"}, {"name": "Uma J"}),
    ("/api/destinations", MAIL, "PATCH", "", {"name": "ERP"}, {"is_on": False}),
    ("/api/leads", None, "PATCH", "/hold", {"held": True}, {"held": False}),
    ("/api/leads", None, "PUT", "/status", {"status": "qualified"}, {"status": "lost", "reason": "too dear"}),
    ("/api/dispositions", None, "PUT", "", {"name": "No reply"}, {"name": "Nobody there"}),
    ("/api/tasks", {"title": "Ring", "due_on": "2030-01-31"}, "PATCH", "", {"title": "A"}, {"title": "B"}),
    ("/api/workspace", "itself", "PATCH", "", {"drains_queue": False}, {"drains_queue": True}),
    ("/api/alerts/settings", "itself", "PUT", "", {"alerts": ["all_at_cap"]}, {"alerts": []}),
]


def edits(post: Post) -> list[Edit]:
    """EDITS, with a lead that there is."""
    lead_id = post(name="Asha").json()["lead_id"]
    return msgspec.json.decode(msgspec.json.encode(EDITS).replace(b"{lead}", lead_id.encode()), type=list[Edit])


def first_of(manager: httpx.Client, path: str, beginning: Any) -> tuple[str, str]:
    """A record to edit: its path, and its etag as it is listed, or as it says itself where there is but one."""
    if beginning == "itself":
        return path, manager.get(path).json()["etag"]
    if beginning:
        assert manager.post(path, json=beginning).status_code == 201
    listed = manager.get(path).json()["items"][0]
    of_lead = {"etag": manager.get(f"{path}/{listed['id']}").json()["etag"]} if path == "/api/leads" else listed
    return f"{path}/{listed['id']}", of_lead["etag"]


def test_of_two_edits_of_one_version_the_second_is_refused(manager: httpx.Client, post: Post) -> None:
    for place, beginning, method, action, change, other in edits(post):
        path, etag = first_of(manager, place, beginning)
        seen = {"if-match": f'"{etag}"'}
        read = manager.get(path)
        if read.status_code != 405:
            assert (read.headers["etag"], read.json()["etag"]) == (seen["if-match"], etag)
        first = manager.request(method, path + action, json=change, headers=seen)
        assert (path, first.status_code) == (path, 200)
        assert first.headers["etag"] == f'"{first_of(manager, place, beginning == "itself" and beginning)[1]}"'
        assert first.headers["etag"] != seen["if-match"]
        second = manager.request(method, path + action, json=other, headers=seen)
        assert (path, second.status_code, fields_at_fault(second)) == (path, 412, ["If-Match"])
        for current in (first.headers["etag"], f"W/{first.headers['etag']}", '"x", ' + first.headers["etag"], "*"):
            again = manager.request(method, path + action, json=change, headers={"if-match": current})
            assert (path, current, again.status_code) == (path, current, 200)
        assert manager.request(method, path + action, json=other).status_code == 200, "without If-Match as ever"


def test_what_was_edited_meanwhile_is_not_archived(manager: httpx.Client, post: Post) -> None:
    for place, beginning, method, action, change, _ in edits(post):
        if place in ("/api/leads", "/api/users") or beginning == "itself":
            continue
        path, etag = first_of(manager, place, beginning)
        current = manager.request(method, path + action, json=change).headers["etag"]
        refused = manager.delete(path, headers={"if-match": f'"{etag}"'})
        assert (path, refused.status_code, fields_at_fault(refused)) == (path, 412, ["If-Match"])
        assert manager.delete(path, headers={"if-match": current}).status_code in (200, 204)


def test_an_edit_of_what_is_not_there_is_not_found_whatever_it_expects(manager: httpx.Client) -> None:
    nobody = "01900000-0000-7000-8000-000000000000"
    for path in (f"/api/callers/{nobody}", f"/api/rules/{nobody}"):
        assert manager.put(path, json=KAVITA, headers={"if-match": '"x"'}).status_code == 404


def test_of_many_edits_of_one_version_at_once_one_succeeds(manager: httpx.Client) -> None:
    created = manager.post("/api/callers", json=KAVITA)
    seen = {"if-match": created.headers["etag"]}

    def edit(number: int) -> int:
        return manager.put(created.headers["location"], json={"name": f"Kavita {number}"}, headers=seen).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(edit, range(16))) == [200] + [412] * 15


def test_what_has_not_changed_is_not_sent_again(manager: httpx.Client) -> None:
    rule = manager.get("/api/rules").json()["items"][0]
    path = f"/api/rules/{rule['id']}"
    known = {"if-none-match": manager.get(path).headers["etag"]}
    same = manager.get(path, headers=known)
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", known["if-none-match"])
    manager.put(path, json={**rule, "name": "Everybody"})
    assert manager.get(path, headers=known).json()["name"] == "Everybody"


def test_a_repeated_request_is_carried_out_once_and_answered_alike(manager: httpx.Client) -> None:
    key = {"idempotency-key": "add Kavita"}
    first = manager.post("/api/callers", json=KAVITA, headers=key)
    again = manager.post("/api/callers", json=KAVITA, headers=key)
    assert (first.status_code, "idempotency-replayed" in first.headers) == (201, False)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json() == first.json()
    assert [again.headers[name] for name in ("location", "etag")] == [first.headers[n] for n in ("location", "etag")]
    assert len(manager.get("/api/callers").json()["items"]) == 1

    path, gone = first.headers["location"], {"idempotency-key": "remove Kavita", "if-match": first.headers["etag"]}
    assert [manager.delete(path, headers=gone).status_code for _ in range(2)] == [200, 200], (
        "though it has changed since"
    )
    samples = {"idempotency-key": "samples"}
    assert [manager.delete("/api/callers/samples", headers=samples).json() for _ in range(2)] == [{"archived": 0}] * 2


def test_a_key_is_of_one_request(manager: httpx.Client) -> None:
    key = {"idempotency-key": "k"}
    assert manager.post("/api/callers", json=KAVITA, headers=key).status_code == 201
    for response in (
        manager.post("/api/callers", json={"name": "Ravi"}, headers=key),
        manager.post("/api/rules", json=KAVITA, headers=key),
        manager.post("/api/callers?x=1", json=KAVITA, headers=key),
        manager.post("/api/callers", json=KAVITA, headers={"idempotency-key": "x" * 301}),
        manager.post("/api/callers", json=KAVITA, headers={"idempotency-key": ""}),
    ):
        assert (response.status_code, fields_at_fault(response)) == (422, ["Idempotency-Key"])


def test_who_has_another_role_now_is_not_answered_as_before(manager: httpx.Client, workspace: Workspace) -> None:
    key = {"idempotency-key": "demoted"}
    assert manager.post("/api/sources", json={"name": "Ads"}, headers=key).status_code == 201
    workspace.connection.execute("update crm.users set role = 'caller' where workspace_id = %s", [workspace.id])
    again = manager.post("/api/sources", json={"name": "Ads"}, headers=key)
    assert again.status_code in (403, 422)
    assert "Ads" not in again.text


def test_a_request_that_failed_may_be_tried_again_with_its_key(manager: httpx.Client, workspace: Workspace) -> None:
    key = {"idempotency-key": "hold"}
    [lead] = workspace.ingest({"name": "Asha"})
    path = f"/api/leads/{lead['lead_id']}"
    manager.post(f"{path}/close")
    assert manager.patch(f"{path}/hold", json={"held": True}, headers=key).status_code == 409
    manager.post(f"{path}/reopen")
    assert manager.patch(f"{path}/hold", json={"held": True}, headers=key).json()["is_held"] is True


def test_the_same_request_many_times_at_once_is_carried_out_once(manager: httpx.Client) -> None:
    def add(_: int) -> httpx.Response:
        return manager.post("/api/callers", json=KAVITA, headers={"idempotency-key": "at once"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(add, range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(manager.get("/api/callers").json()["items"]) == 1
