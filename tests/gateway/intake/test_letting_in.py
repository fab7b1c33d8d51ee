"""Who is let in at a source's secret address, and that the address and the sender's secret are told nowhere."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlencode

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.core.counting import Counts
from gateway.core.problems import Problem
from gateway.http.front_door import FrontDoor
from gateway.intake.addresses import WRONG, Addresses
from gateway.intake.webhook import ROUTES, Intake, route_of_sender
from tests.gateway.conftest import fields_at_fault
from tests.gateway.intake.test_webhook import PATH
from tests.support import SECRET_KEY, Gateway, Workspace

SECRET = "a-secret-that-the-sender-made"
LEAD = {"name": "Meera Joshi", "phone": "+91 98100 00001"}


def made(manager: httpx.Client, kind: str, secret: str | None = None, **more: Any) -> dict[str, Any]:
    """A new source of a kind with its key and address, and the secret of its sender if one is given."""
    made = manager.post("/api/sources", json={"name": f"{kind} {time.monotonic_ns()}", "kind": kind, **more})
    assert made.status_code == 201, made.text
    key: dict[str, Any] = made.json()
    if secret is not None:
        stored = manager.put(f"/api/sources/{key['source']['id']}/secret", json={"secret": secret})
        assert stored.status_code == 200, stored.text
        assert stored.json()["sender_key_set_at"] is not None
    return key


@pytest.fixture
def sender(gateway: Gateway) -> Iterator[httpx.Client]:
    """A sender that knows nothing but an address."""
    with httpx.Client(base_url=gateway.url, timeout=30) as client:
        yield client


def signed(scheme: str, secret: str, body: bytes, url: str = "") -> dict[str, str]:
    """The headers of a sender's signature of now."""
    now = str(int(time.time()))
    key = secret.encode()

    def digest(text: bytes) -> bytes:
        return hmac.digest(key, text, "sha256")

    def text(found: bytes) -> str:
        return base64.b64encode(found).decode()

    milliseconds = now + "000"
    hubspot = text(digest(b"POST" + url.encode() + body + milliseconds.encode()))
    standard = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else b""
    message = text(hmac.digest(standard, f"m1.{now}.".encode() + body, "sha256"))
    return {
        "meta": {"x-hub-signature-256": f"sha256={digest(body).hex()}"},
        "typeform": {"typeform-signature": f"sha256={text(digest(body))}"},
        "tally": {"tally-signature": text(digest(body))},
        "linkedin": {"x-li-signature": digest(b"hmacsha256=" + body).hex()},
        "cal_com": {"x-cal-signature-256": digest(body).hex()},
        "calendly": {"calendly-webhook-signature": f"t={now},v1={digest(now.encode() + b'.' + body).hex()}"},
        "tiktok": {"tiktok-signature": f"t={now},s={digest(now.encode() + b'.' + body).hex()}"},
        "hubspot": {"x-hubspot-signature-v3": hubspot, "x-hubspot-request-timestamp": milliseconds},
        "standard": {"webhook-id": "m1", "webhook-timestamp": now, "webhook-signature": f"v1,{message}"},
        "svix": {"svix-id": "m1", "svix-timestamp": now, "svix-signature": f"v1,{message}"},
    }[scheme]


def test_a_sender_that_knows_an_address_alone_is_let_in(manager: httpx.Client, sender: httpx.Client) -> None:
    key = made(manager, "plain")
    source = f"/api/sources/{key['source']['id']}"
    path = manager.get(f"{source}/address").json()["path"]
    assert path == key["path"]
    assert sender.post(path, json=LEAD).status_code == 201
    assert sender.post(path + "/", json=LEAD).status_code == 200
    assert sender.post(path, data={"name": "Ravi", "phone": "98100 00002"}).status_code == 201
    assert sender.get(path, params={"name": "Asha", "phone": "98100 00003"}).status_code == 201
    assert sender.post(path, params={"name": "Asha", "phone": "98100 00004"}).status_code == 201
    assert sender.post(path, json=[{"name": "One"}, {"name": "Two"}]).status_code == 201
    assert manager.get(source).json()["leads_today"] == 6
    assert sender.head(path).status_code == 200
    # Others who ask are told no more than that it is not theirs.
    for wrong in (path[:-1], path[:-1] + ("A" if path[-1] != "A" else "B"), "/in/", "/in/1", path + "/x", path.lower()):
        refused = sender.post(wrong, json=LEAD)
        assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json"), wrong
        assert sender.get(wrong).status_code == 401


def test_an_address_is_renewed_with_the_key(manager: httpx.Client, sender: httpx.Client) -> None:
    key = made(manager, "plain")
    source = f"/api/sources/{key['source']['id']}"
    rotated = manager.post(f"{source}/rotate", json={"overlap_hours": 1}).json()
    assert rotated["path"] != key["path"]
    assert [sender.post(one["path"], json=LEAD).status_code for one in (key, rotated)] == [201, 200]
    ended = manager.post(f"{source}/rotate", json={"overlap_hours": 0}).json()
    answers = [sender.post(one["path"], json=LEAD).status_code for one in (key, rotated, ended)]
    assert answers == [401, 401, 200]
    assert manager.delete(source).status_code == 200
    assert sender.post(ended["path"], json={"name": "x"}).status_code == 401
    assert manager.get(f"{source}/address").status_code == 409


SIGNED = [
    ("facebook", "meta", SECRET),
    ("whatsapp", "meta", SECRET),
    ("typeform", "typeform", SECRET),
    ("tally", "tally", SECRET),
    ("linkedin", "linkedin", SECRET),
    ("cal_com", "cal_com", SECRET),
    ("calendly", "calendly", SECRET),
    ("tiktok", "tiktok", SECRET),
    ("hubspot", "hubspot", SECRET),
    ("standard_webhooks", "standard", "whsec_" + base64.b64encode(b"k" * 24).decode()),
    ("standard_webhooks", "svix", "whsec_" + base64.b64encode(b"s" * 24).decode()),
]


def test_what_is_signed_with_the_senders_secret_is_taken_and_nothing_else(
    gateway: Gateway, manager: httpx.Client, sender: httpx.Client
) -> None:
    samples = {kind["kind"]: kind["sample"] for kind in manager.get("/api/source-kinds").json()["items"]}
    for kind, scheme, secret in SIGNED:
        path = made(manager, kind, secret)["path"]
        body = samples[kind].encode()
        right = signed(scheme, secret, body, gateway.url + path)
        headers = {"content-type": "application/json"}
        for wrong in (
            {},
            signed(scheme, secret[:-4] + "AAAA", body, gateway.url + path),
            signed(scheme, secret, body + b" ", gateway.url + path),
            {name: value[:-6] for name, value in right.items()},
        ):
            refused = sender.post(path, content=body, headers={**headers, **wrong})
            assert refused.status_code == 401, (kind, scheme, wrong, refused.text)
        taken = sender.post(path, content=body, headers={**headers, **right})
        assert taken.status_code in (200, 201), (kind, scheme, taken.text)


def test_a_signature_of_yesterday_is_refused(gateway: Gateway, manager: httpx.Client, sender: httpx.Client) -> None:
    body = json.dumps(LEAD).encode()
    then = str(int(time.time()) - 400)
    old = hmac.digest(SECRET.encode(), then.encode() + b"." + body, "sha256").hex()
    path = made(manager, "calendly", SECRET)["path"]
    answer = sender.post(path, content=body, headers={"calendly-webhook-signature": f"t={then},v1={old}"})
    assert answer.status_code == 401
    path = made(manager, "hubspot", SECRET)["path"]
    at = then + "000"
    url = gateway.url + path
    digest = base64.b64encode(hmac.digest(SECRET.encode(), f"POST{url}".encode() + body + at.encode(), "sha256"))
    headers = {"x-hubspot-signature-v3": digest.decode(), "x-hubspot-request-timestamp": at}
    assert sender.post(path, content=body, headers=headers).status_code == 401


def test_twilio_signs_its_address_and_its_fields(gateway: Gateway, manager: httpx.Client, sender: httpx.Client) -> None:
    path = made(manager, "twilio", SECRET)["path"]
    fields = {"From": "+919810000001", "Body": "Hello & more", "MessageSid": "SM1", "SmsStatus": "received"}

    def signature(url: str, fields: dict[str, str]) -> dict[str, str]:
        said = url + "".join(name + value for name, value in sorted(fields.items()))
        digest = hmac.digest(SECRET.encode(), said.encode(), "sha1")
        return {"x-twilio-signature": base64.b64encode(digest).decode()}

    # By the name that the sender knows, whatever a proxy makes of it.
    outside = gateway.url.replace("http://", "https://") + path
    for url in (gateway.url + path, outside):
        taken = sender.post(path, data=fields, headers=signature(url, fields))
        assert taken.status_code in (200, 201), taken.text
        assert (taken.text, taken.headers["content-type"]) == ("<Response/>", "text/xml; charset=utf-8")
    assert sender.post(path, data={**fields, "Body": "x"}, headers=signature(outside, fields)).status_code == 401
    # In a query, by GET.
    query = {**fields, "MessageSid": "SM2"}
    asked = f"{path}?{urlencode(query)}"
    assert sender.get(asked, headers=signature(gateway.url + asked, {})).status_code == 201
    assert sender.get(asked).status_code == 401
    # As JSON, whose hash stands in the address.
    body = json.dumps({**fields, "MessageSid": "SM3"}).encode()
    for text, status in ((body, 201), (body + b" ", 401)):
        asked = f"{path}?bodySHA256={hashlib.sha256(body).hexdigest()}"
        headers = {**signature(gateway.url + asked, {}), "content-type": "application/json"}
        assert sender.post(asked, content=text, headers=headers).status_code == status


def test_a_key_in_the_body_is_checked_and_kept_nowhere(
    gateway: Gateway, manager: httpx.Client, sender: httpx.Client, workspace: Workspace
) -> None:
    [google] = [k for k in manager.get("/api/source-kinds").json()["items"] if k["kind"] == "google_ads"]
    lead = {**json.loads(google["sample"]), "google_key": SECRET}
    open_door, guarded = made(manager, "google_ads"), made(manager, "google_ads", SECRET)
    taken = [sender.post(door["path"], json=lead) for door in (open_door, guarded)]
    assert [answer.status_code for answer in taken] == [201, 201]
    for wrong in ({**lead, "google_key": "x"}, {**lead, "google_key": None}, {**lead, "google_key": SECRET + " "}):
        assert sender.post(guarded["path"], json=wrong).status_code == 401
    without = {name: value for name, value in lead.items() if name != "google_key"}
    assert sender.post(guarded["path"], json=without).status_code == 401
    for answer in taken:
        metadata = manager.get(f"/api/leads/{answer.json()['lead_id']}").json()["metadata"]
        assert "google_key" not in metadata
        assert metadata["campaign_id"] == 20000000000
    # Nor is it of a source of no kind, which reads by a mapping of its own.
    plain = made(manager, "plain")
    mapping = {"mapping": {"source_row_id": "lead_id"}}
    assert manager.patch(f"/api/sources/{plain['source']['id']}", json=mapping).status_code == 200
    answer = sender.post(PATH, params={"token": plain["token"]}, json={**lead, "lead_id": "plain"})
    assert answer.status_code == 201
    assert "google_key" not in manager.get(f"/api/leads/{answer.json()['lead_id']}").json()["metadata"]
    # Taken away again, anything is let in that knows the address.
    source = f"/api/sources/{guarded['source']['id']}"
    cleared = manager.put(f"{source}/secret", json={"secret": None})
    assert cleared.json()["sender_key_set_at"] is None
    # Neither address nor secret stands anywhere: not in the log, the metrics, the database, the answers of the API.
    said = [gateway.log.read_text(), sender.get("/metrics").text, cleared.text, manager.get("/api/audit").text]
    tables = workspace.connection.execute(
        "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = 'crm'::regnamespace"
    ).fetchall()
    for (table,) in tables:
        rows = workspace.connection.execute(f"select t::text from {table} t").fetchall()
        said.append(str(rows))
    for text in said:
        assert SECRET not in text
        assert open_door["path"].rpartition("-")[2] not in text


def test_handshakes_are_answered_at_the_right_address_alone(manager: httpx.Client, sender: httpx.Client) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "abc"}
    for kind in ("facebook", "whatsapp"):
        path = made(manager, kind, SECRET)["path"]
        answer = sender.get(path, params=asked)
        assert (answer.status_code, answer.text) == (200, "1158201444")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert sender.get(path[:-2] + "xy", params=asked).status_code == 401
        assert sender.get(path, params={**asked, "hub.mode": "x"}).status_code == 405
        assert sender.get(path, params={**asked, "hub.challenge": "x" * 501}).status_code == 405
    path = made(manager, "linkedin")["path"]
    code = {"challengeCode": "890e4665-4dfe-4ab1-b689-ed553bceeed0"}
    assert sender.get(path, params=code).status_code == 409
    path = made(manager, "linkedin", SECRET)["path"]
    response = hmac.digest(SECRET.encode(), code["challengeCode"].encode(), "sha256").hex()
    assert sender.get(path, params=code).json() == {**code, "challengeResponse": response}
    path = made(manager, "typeform")["path"]
    assert sender.get(path, params=asked).status_code == 405
    assert sender.get(path, params=LEAD).status_code == 405
    assert sender.delete(path).status_code == 405


def test_our_own_signing_secret_is_taken_under_the_names_of_svix(gateway: Gateway, sender: httpx.Client) -> None:
    body = json.dumps({"name": f"Svix {time.monotonic_ns()}"}).encode()
    headers = {"content-type": "application/json", **signed("svix", gateway.secret, body)}
    assert sender.post(PATH, content=body, headers=headers).status_code == 201
    assert sender.post(PATH, content=body + b" ", headers=headers).status_code == 401


def test_a_token_may_stand_in_the_query_and_the_path_end_with_a_slash(gateway: Gateway, sender: httpx.Client) -> None:
    assert sender.post(PATH, params={"token": gateway.token}, data={"Name": "Kiran", "phone": "1"}).status_code == 201
    assert sender.post(PATH, params={"token": "fl_x"}, json=LEAD).status_code == 401
    assert sender.get(PATH, params={"token": gateway.token, **LEAD}).status_code == 405
    headers = {"authorization": f"Bearer {gateway.token}"}
    assert sender.post(PATH + "/", json={"name": "Slash"}, headers=headers).status_code == 201
    assert sender.post(PATH + "/batch/", json=[{"name": "Slash"}], headers=headers).status_code == 200
    assert gateway.token not in gateway.log.read_text()


def test_a_sources_limit_holds_at_its_address(manager: httpx.Client, sender: httpx.Client) -> None:
    path = made(manager, "plain", leads_per_minute=2)["path"]
    answers = [sender.post(path, json={"name": f"lead {number}"}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_a_manager_may_not_see_the_address(manager: httpx.Client, sender: httpx.Client, workspace: Workspace) -> None:
    source = f"/api/sources/{made(manager, 'plain')['source']['id']}"
    workspace.connection.execute("update crm.users set role = 'manager' where workspace_id = %s", [workspace.id])
    assert manager.get(source).status_code == 200
    assert manager.get(f"{source}/address").status_code == 403
    assert manager.put(f"{source}/secret", json={"secret": "x"}).status_code == 403
    assert manager.get("/api/source-kinds").status_code == 200


def test_a_kind_that_does_not_exist_is_refused(manager: httpx.Client) -> None:
    answer = manager.post("/api/sources", json={"name": "X", "kind": "fax"})
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["kind"])
    source = f"/api/sources/{made(manager, 'plain')['source']['id']}"
    answer = manager.patch(source, json={"kind": "fax"})
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["kind"])
    assert manager.patch(source, json={"kind": "tally"}).json()["kind"] == "tally"


async def test_who_guesses_addresses_is_slowed_down_and_others_are_not() -> None:
    class Asked(Exception):
        """The database was asked."""

    class Unreachable:
        async def rows(self, *_: object) -> None:
            raise Asked

    addresses = Addresses(cast("Any", Unreachable()), SECRET_KEY.encode())
    right = addresses.path_of(7, 1)
    statuses = []
    for _ in range(WRONG.burst + 1):
        with pytest.raises(Problem) as refused:
            await addresses.find(right[:-1] + "!", "203.0.113.7")
        statuses.append(refused.value.status)
    assert statuses == [401] * WRONG.burst + [429]
    with pytest.raises(Problem) as refused:
        await addresses.find("/in/x", "203.0.113.8")
    assert refused.value.status == 401
    # A right one from the same network is looked up, as ever.
    with pytest.raises(Asked):
        await addresses.find(right, "203.0.113.7")
    # Another key of the gateway makes other addresses; those of each source and generation differ.
    others = [addresses.path_of(7, 2), addresses.path_of(71, 1), Addresses(cast("Any", None), b"x" * 32).path_of(7, 1)]
    assert len({right, *others}) == 4


async def test_an_error_of_ours_is_logged_without_the_address() -> None:
    class Broken:
        async def answer(self, *_: object) -> None:
            raise RuntimeError("not the sender's fault")

    nothing = cast("Any", None)
    counts = Counts()
    intake = Intake(nothing, nothing, nothing, counts, cast("Any", Broken()))
    door = FrontDoor(intake, counts, webhook=PATH, webhooks=ROUTES, route_of_sender=route_of_sender)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"{}"}

    scope = {"type": "http", "path": "/in/1-1-secret", "method": "POST", "headers": [], "scheme": "http"}
    with capture_logs() as logged:
        await door({**scope, "query_string": b""}, receive, send)
    assert sent[0]["status"] == 500
    assert {entry.get("path", entry.get("route")) for entry in logged} == {"/in/{key}"}
    counted = [str(sample) for metric in counts.requests.collect() for sample in metric.samples]
    assert "secret" not in f"{sent} {logged} {counted}"
