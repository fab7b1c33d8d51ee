"""/api/sources, and what follows from it at the webhook: keys that are rotated, limits, messages sent again."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import argon2
import httpx
import pytest

from gateway.intake.sources import signing_secret
from tests.gateway.conftest import fields_at_fault, sign_in
from tests.gateway.intake.test_webhook import PATH, signed
from tests.support import ADMIN, SECRET_KEY, Gateway, Workspace

SECONDS_TO_RECOVER = 20
LEAD = b'{"name": "Asha"}'

Send = Callable[..., httpx.Response]


@pytest.fixture
def send(gateway: Gateway) -> Iterator[Send]:
    """`send(key, name=...)` posts a lead by the token of a key, `send(key, by="secret")` signed with its secret."""
    with httpx.Client(base_url=gateway.url, timeout=30) as client:

        def post(key: dict[str, Any], *, by: str = "token", **lead: Any) -> httpx.Response:
            body = json.dumps({"name": f"lead {time.monotonic_ns()}", **lead}).encode()
            if by == "secret":
                message = f"msg_{time.monotonic_ns()}"
                return client.post(PATH, content=body, headers=signed(key["secret"], body, message_id=message))
            return client.post(PATH, content=body, headers={"authorization": f"Bearer {key['token']}"})

        yield post


def created(manager: httpx.Client, **source: Any) -> dict[str, Any]:
    """A new source of this test: {source, token, secret}."""
    answer = manager.post("/api/sources", json={"name": "Ads", **source})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/sources/{answer.json()['source']['id']}"
    key: dict[str, Any] = answer.json()
    return key


def path_of(key: dict[str, Any]) -> str:
    """Where the key's source is found."""
    return f"/api/sources/{key['source']['id']}"


def test_the_first_signing_secret_is_what_it_was_before_there_were_others() -> None:
    first = "whsec_ENXY8hOIV1jahcVLWzcWWcI/rY9QM0b+LrSSS/U/tzM="
    assert signing_secret(SECRET_KEY.encode(), 7) == signing_secret(SECRET_KEY.encode(), 7, 1) == first
    assert len({signing_secret(SECRET_KEY.encode(), *key) for key in ((7, 1), (7, 2), (72, 1), (7, 12))}) == 4


def test_a_source_is_made_changed_and_looked_at(manager: httpx.Client, send: Send) -> None:
    key = created(manager, needs_competence=True, leads_per_minute=60)
    assert send(key).status_code == 400  # nobody is competent
    changed = manager.patch(path_of(key), json={"name": " Radio ", "needs_competence": False}).json()
    assert changed == {**key["source"], "name": "Radio", "needs_competence": False, "etag": changed["etag"]}
    assert send(key).status_code == send(key, by="secret").status_code == 201
    seen = manager.get(path_of(key)).json()
    assert (seen["leads_today"], seen["leads_per_minute"], seen["generation"]) == (2, 60, 1)
    assert seen["last_lead_at"] is not None
    webhook, radio = manager.get("/api/sources").json()["items"]
    assert (webhook["name"], webhook["leads_today"], radio) == ("Webhook", 0, seen)


def test_what_cannot_be_is_refused_at_its_field(manager: httpx.Client) -> None:
    key = created(manager)
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"name": "Webhook"}, 409, "name"),
        ({"name": " "}, 422, "name"),
        ({"name": "a\0"}, 422, "name"),
        ({"name": None}, 422, "name"),
        ({"leads_per_minute": 0}, 422, "leads_per_minute"),
        ({"leads_per_minute": 10**30}, 422, "leads_per_minute"),
        ({"burst": "many"}, 422, "burst"),
        ({"needs_competence": None}, 422, "needs_competence"),
        ({"token": "mine"}, 422, "token"),
    ]
    for body, status, field in wrong:
        for answer in (
            manager.patch(path_of(key), json=body),
            manager.post("/api/sources", json={"name": "Other", **body}),
        ):
            assert (body, answer.status_code, fields_at_fault(answer)) == (body, status, [field])
    for hours in (-1, 721, 0.5, None):
        answer = manager.post(f"{path_of(key)}/rotate", json={"overlap_hours": hours})
        assert (answer.status_code, fields_at_fault(answer)) == (422, ["overlap_hours"])
    for nobody in (0, 2**31 - 1, 2**31, 2**63):
        path = f"/api/sources/{nobody}"
        answers = (manager.get(path), manager.patch(path, json={}), manager.delete(path))
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert manager.post(f"{path}/rotate", json={}).status_code == 404


def test_after_a_rotation_both_keys_work_until_the_old_one_expires(
    manager: httpx.Client, workspace: Workspace, send: Send
) -> None:
    old = created(manager)
    assert send(old).status_code == send(old, by="secret").status_code == 201
    new = manager.post(f"{path_of(old)}/rotate", json={}).json()
    assert new["token"] != old["token"]
    assert new["secret"] != old["secret"]
    assert new["source"]["generation"] == 2
    for key in (old, new):
        assert send(key).status_code == send(key, by="secret").status_code == 201

    expire = (
        "update crm.source_keys set expires_at = now() where source_id = %s and generation = 1 and expires_at > now()"
    )
    assert workspace.connection.execute(expire, [old["source"]["id"]]).rowcount == 1
    before = manager.get(path_of(old)).json()["leads_today"]
    # The gateway remembers the old key still. The database does not take its word for it.
    for by in ("token", "secret"):
        assert send(old, by=by).status_code == 401
        assert send(new, by=by).status_code == 201
    assert manager.get(path_of(old)).json()["leads_today"] == before + 2


def test_a_rotation_without_overlap_ends_every_older_key_at_once(manager: httpx.Client, send: Send) -> None:
    first = created(manager)
    second = manager.post(f"{path_of(first)}/rotate", json={"overlap_hours": 24}).json()
    assert send(first).status_code == send(second).status_code == 201
    third = manager.post(f"{path_of(first)}/rotate", json={"overlap_hours": 0}).json()
    assert third["source"]["old_keys_until"] is None
    for by in ("token", "secret"):
        statuses = [send(key, by=by).status_code for key in (first, second, third)]
        assert statuses == [401, 401, 201]


def test_a_revoked_source_hands_nothing_in_from_that_moment(manager: httpx.Client, send: Send) -> None:
    key = created(manager)
    assert send(key).status_code == send(key, by="secret").status_code == 201
    revoked = manager.delete(path_of(key))
    assert revoked.status_code == 200
    assert revoked.json()["revoked_at"] is not None
    assert send(key).status_code == send(key, by="secret").status_code == 401
    assert manager.delete(path_of(key)).json() == revoked.json()
    for answer in (
        manager.patch(path_of(key), json={"name": "Again"}),
        manager.post(f"{path_of(key)}/rotate", json={}),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (409, "Ads is revoked. Make a new source instead.")
    again = created(manager)
    assert [source["id"] for source in manager.get("/api/sources").json()["items"]][1:] == [
        again["source"]["id"],
        key["source"]["id"],
    ]


def test_above_its_limit_a_source_is_told_when_to_come_back_and_then_let_through(
    manager: httpx.Client, send: Send
) -> None:
    limited, free = created(manager, leads_per_minute=30, burst=2), created(manager, name="Free")
    assert send(limited).status_code == send(limited, by="secret").status_code == 201
    refused = send(limited)
    assert refused.status_code == send(limited, by="secret").status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 2
    assert refused.headers["ratelimit-policy"] == '"leads";q=30;w=60'
    assert refused.headers["content-type"] == "application/problem+json"
    assert send(free).status_code == 201
    deadline = time.monotonic() + SECONDS_TO_RECOVER
    while (answer := send(limited)).status_code == 429:
        assert time.monotonic() < deadline
    assert answer.status_code == 201
    assert manager.get(path_of(limited)).json()["leads_today"] == 3


def test_a_message_sent_again_stores_nothing_and_its_id_is_part_of_what_is_signed(
    gateway: Gateway, workspace: Workspace, visitor: httpx.Client
) -> None:
    workspace.caller("Kavita")
    message = signed(gateway.secret, LEAD, message_id="msg_1")
    first = visitor.post(PATH, content=LEAD, headers=message)
    replayed = visitor.post(PATH, content=LEAD, headers=message)
    assert (first.status_code, replayed.status_code) == (201, 200)
    assert replayed.json() == {**first.json(), "duplicate": True}
    for altered in (
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(int(message["webhook-timestamp"]) + 1)},
    ):
        assert visitor.post(PATH, content=LEAD, headers={**message, **altered}).status_code == 401
    late = signed(gateway.secret, LEAD, message_id="msg_1", age=timedelta(minutes=6))
    assert visitor.post(PATH, content=LEAD, headers=late).status_code == 401
    assert workspace.call("api.count_leads('{}')") == 1


def test_every_change_is_an_event_that_tells_no_secret(manager: httpx.Client, workspace: Workspace) -> None:
    keys = [created(manager, leads_per_minute=5)]
    path = path_of(keys[0])
    manager.patch(path, json={"name": "Radio", "burst": 3})
    keys.append(manager.post(f"{path}/rotate", json={"overlap_hours": 0}).json())
    manager.delete(path)
    recorded = "select kind, actor, data from crm.events where data ->> 'source_id' = %s order by seq"
    events = workspace.connection.execute(recorded, [str(keys[0]["source"]["id"])]).fetchall()
    assert [kind for kind, *_ in events] == [f"source.{what}" for what in ("created", "updated", "rotated", "revoked")]
    assert {actor[:5] for _, actor, _ in events} == {"user:"}
    assert {**events[-1][2], "old_keys_until": None} == {
        "source_id": keys[0]["source"]["id"],
        "name": "Radio",
        "kind": "plain",
        "sender_key_set_at": None,
        "needs_competence": False,
        "leads_per_minute": 5,
        "burst": 3,
        "timezone": None,
        "date_order": None,
        "generation": 2,
        "old_keys_until": None,
        "revoked": True,
        "mapping": None,
        "test_when": None,
        "form": None,
    }
    known = json.dumps(events) + manager.get("/api/sources").text + manager.get(path).text
    hashes = "select encode(token_hash, 'hex') from crm.source_keys where source_id = %s"
    secrets = [digest for (digest,) in workspace.connection.execute(hashes, [keys[0]["source"]["id"]])]
    secrets += [key[part] for key in keys for part in ("token", "secret")]
    assert len(secrets) == 6
    assert [secret for secret in secrets if secret in known or secret.removeprefix("whsec_") in known] == []


WHEN = {"match": "any", "terms": [{"field": "mobile", "operator": "is", "values": ["98100 00001"]}]}
READ = {"match": "any", "terms": [{"field": "phone", "operator": "is", "values": ["+919810000001"]}]}


def test_a_source_says_which_of_its_leads_are_tests(
    gateway: Gateway, manager: httpx.Client, workspace: Workspace
) -> None:
    workspace.caller("Kavita")
    key = created(manager, test_when=WHEN)
    path = path_of(key)
    assert key["source"]["test_when"] == READ
    bearer = {"authorization": f"Bearer {key['token']}"}
    sent = [{"name": "We", "phone": "Mob: 098100-00001"}, {"name": "They", "phone": "98100 00002"}]
    for lead, outcome in zip(sent, ("closed", "assigned"), strict=True):
        answer = httpx.post(f"{gateway.url}{PATH}", json=lead, headers=bearer)
        assert (answer.status_code, answer.json()["assignment_status"]) == (201, outcome)
        tried = manager.post(f"{path}/try", json={"payload": lead}).json()
        assert (tried["errors"], tried["is_test"]) == ([], outcome == "closed")
    etag = manager.get(path).json()["etag"]
    assert manager.patch(path, json={"test_when": None}, headers={"if-match": etag}).json()["test_when"] is None
    assert manager.patch(path, json={"test_when": WHEN}, headers={"if-match": etag}).status_code == 412
    assert manager.patch(path, json={"test_when": WHEN}).json()["test_when"] == READ
    [*_, changed] = workspace.connection.execute(
        "select data from crm.events where kind = 'source.updated' and data ->> 'source_id' = %s order by seq",
        [str(key["source"]["id"])],
    )
    assert changed[0]["test_when"] == READ
    for wrong, field in (
        ({"match": "any", "terms": []}, "test_when.terms"),
        ({"match": "one", "terms": WHEN["terms"]}, "test_when.match"),
        ({"match": "all", "terms": [{"field": "nmae", "operator": "is", "values": ["x"]}]}, "test_when.terms[0].field"),
        (
            {"match": "all", "terms": [{"field": "name\0", "operator": "is", "values": ["x"]}]},
            "test_when.terms[0].field",
        ),
        ("tests", "test_when"),
    ):
        for answer in (
            manager.patch(path, json={"test_when": wrong}),
            manager.post("/api/sources", json={"name": "Another", "test_when": wrong}),
        ):
            assert (answer.status_code, fields_at_fault(answer)) == (422, [field]), answer.text


def test_with_a_kind_comes_its_timezone_whenever_it_is_chosen(manager: httpx.Client) -> None:
    path = path_of(created(manager, kind="gravity_forms"))
    steps: list[tuple[dict[str, Any], str | None]] = [
        ({}, "UTC"),
        ({"kind": "indiamart"}, "Asia/Kolkata"),
        ({"kind": "typeform"}, None),
        ({"kind": "gravity_forms"}, "UTC"),
        ({"kind": "indiamart", "timezone": "Europe/Berlin"}, "Europe/Berlin"),
        ({"kind": "gravity_forms"}, "Europe/Berlin"),
        ({"kind": "gravity_forms", "timezone": None}, None),
        ({"kind": "gravity_forms"}, "UTC"),
    ]
    for change, timezone in steps:
        assert (change, manager.patch(path, json=change).json()["timezone"]) == (change, timezone)
    zones = {kind["kind"]: kind["timezone"] for kind in manager.get("/api/source-kinds").json()["items"]}
    assert (zones["indiamart"], zones["typeform"]) == ("Asia/Kolkata", "")


def test_a_manager_looks_at_sources_and_only_an_admin_changes_them(
    manager: httpx.Client, gateway: Gateway, workspace: Workspace
) -> None:
    key = created(manager)
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(ADMIN[1])
    for role, may_look in (("manager", 200), ("caller", 403)):
        email = f"{role}-{workspace.id}-sources@fairlead.example"
        workspace.call("api.create_user(%s, %s, 'Somebody', %s, %s)", workspace.id, email, role, cheap)
        with httpx.Client(base_url=gateway.url, timeout=30) as person:
            sign_in(person, email, ADMIN[1])
            assert person.get("/api/sources").status_code == may_look
            assert person.get(path_of(key)).status_code == may_look
            for method, path, body in (
                ("POST", "/api/sources", {"name": "Mine"}),
                ("PATCH", path_of(key), {"name": "Mine"}),
                ("POST", f"{path_of(key)}/rotate", {}),
                ("DELETE", path_of(key), None),
            ):
                assert (role, path, person.request(method, path, json=body).status_code) == (role, path, 403)
    assert manager.get(path_of(key)).json() == key["source"]
