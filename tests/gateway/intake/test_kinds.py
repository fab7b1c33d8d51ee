"""Senders of every kind: let in by the address of their source alone, and understood without a mapping of its own."""

import json
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gateway.core.problems import Problem
from gateway.intake.answers import answers_in, parts_of
from gateway.intake.by_kind import read_post
from gateway.intake.kinds import PLAIN, kinds
from gateway.intake.lead import Lead
from gateway.intake.mapping import Mapping
from gateway.intake.recognising import NoLead, kind_of
from gateway.intake.understanding import field_asked, read_posts
from tests.support import Gateway, until

PAYLOADS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("payloads.toml").read_text())["payload"]
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def send(client: httpx.Client, path: str, payload: dict[str, Any]) -> httpx.Response:
    """Send a payload as its sender does."""
    if "query" in payload:
        return client.get(f"{path}?{payload['query']}")
    if "parts" in payload:
        return client.post(path, files={name: (None, text) for name, text in payload["parts"].items()})
    if "form" in payload:
        return client.post(path, content=payload["form"], headers=FORM)
    return client.post(
        path, content=payload["posts"], headers={"content-type": payload.get("type", "application/json")}
    )


def digits(text: str | None) -> str:
    """The digits of a phone."""
    return "".join(filter(str.isdigit, text or ""))


def test_what_sixty_payloads_of_twenty_senders_say_is_understood(gateway: Gateway, manager: httpx.Client) -> None:
    assert len(PAYLOADS) >= 60
    assert {payload["kind"] for payload in PAYLOADS} == set(kinds())
    paths: dict[str, str] = {}
    seen: set[str] = set()
    wrong: list[Any] = []
    for kind in kinds():
        made = manager.post("/api/sources", json={"name": kind, "kind": kind})
        paths[kind] = made.json()["path"]
    with httpx.Client(base_url=gateway.url, timeout=30) as sender:
        for payload in PAYLOADS:
            said = payload["kind"], payload["page"]
            answer = send(sender, paths[payload["kind"]], payload)
            new = [lead for lead in manager.get("/api/leads?limit=20").json()["items"] if lead["id"] not in seen]
            seen |= {lead["id"] for lead in new}
            stored = payload.get("stored", 1)
            if (answer.status_code, len(new)) != (201 if stored else 200, stored):
                wrong.append((said, answer.status_code, answer.text, len(new)))
                continue
            if "says" in payload and answer.text != payload["says"]:
                wrong.append((said, answer.text, payload["says"]))
            if stored:
                # The newest comes first.
                lead = manager.get(f"/api/leads/{new[-1]['id']}").json()
                wrong += [(said, *fault) for fault in faults(lead, payload)]
    assert wrong == []
    # Refused ones are logged, by the name of the route.
    assert httpx.post(gateway.url + paths["typeform"], content="{", headers=JSON).status_code == 400
    until(lambda: "/in/{key}" in gateway.log.read_text())
    log = gateway.log.read_text()
    assert [path for path in paths.values() if path.rpartition("/")[2] in log] == []


def faults(lead: dict[str, Any], payload: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What of a stored lead is not as the table says: field, found, wanted."""
    found = []
    for field, wanted in payload["lead"].items():
        value = lead[field]
        if field == "phone":
            is_right = value == f"+91{wanted[-10:]}"
        elif field == "timestamp":
            is_right = value is not None and datetime.fromisoformat(value) == datetime.fromisoformat(wanted)
        else:
            is_right = value == wanted
        if not is_right:
            found.append((field, value, wanted))
    for field, wanted in payload.get("keeps", {}).items():
        if lead["metadata"].get(field) != wanted:
            found.append((field, lead["metadata"].get(field), wanted))
    if "google_key" in lead["metadata"]:
        found.append(("google_key", "kept", "left out"))
    return found


async def test_every_kind_has_steps_an_address_and_a_sample_that_is_a_lead() -> None:
    for name, kind in kinds().items():
        assert len(kind.steps) >= 2, name
        assert [step.copy for step in kind.steps].count("address") == 1, name
        posts = await read_post(kind.sample.encode())
        [lead] = read_posts(kind, Mapping(kind.mapping), posts.each)
        assert isinstance(lead, Lead), name
        assert (lead.name, digits(lead.phone)[-10:]) == ("Meera Joshi", "9810000001"), name


def test_the_table_knows_only_fields_that_a_lead_has() -> None:
    fields = {*Lead.__struct_fields__, "campaign", "team"} - {"metadata"}
    for name, kind in kinds().items():
        typed = {field for answers in kind.answers for field in answers.typed.values()}
        assert set(kind.mapping) | typed <= fields, name
    assert next(iter(kinds())) == PLAIN


BARE = [
    ("facebook", {"object": "page", "entry": [{"changes": [{"field": "leadgen", "value": {"leadgen_id": "501"}}]}]}),
    ("linkedin", {"type": "LEAD_ACTION", "leadGenFormResponse": "urn:li:x:1", "leadAction": "CREATED"}),
    ("hubspot", [{"eventId": 1, "subscriptionType": "contact.creation", "objectId": 1246978}]),
    ("tiktok", {"lead_id": "9", "form_id": "1"}),
]


def test_a_notification_that_names_a_lead_and_does_not_bring_it_is_refused_with_what_to_do(
    gateway: Gateway, manager: httpx.Client
) -> None:
    for kind, post in BARE:
        path = manager.post("/api/sources", json={"name": f"bare {kind}", "kind": kind}).json()["path"]
        answer = httpx.post(gateway.url + path, json=post)
        assert answer.status_code == 422, (kind, answer.text)
        assert "does not bring it" in answer.json()["detail"], kind
    assert manager.get("/api/leads").json()["items"] == []


NOTHING_TO_DO = [
    {"object": "page", "entry": [{"id": "1", "time": 1, "changes": [{"field": "feed", "value": {"item": "like"}}]}]},
    {
        "object": "page",
        "entry": [{"id": "1", "changes": [{"field": "ratings", "value": {"open_graph_story_id": "9"}}]}],
    },
    {
        "object": "page",
        "entry": [{"id": "1", "time": 1, "messaging": [{"sender": {"id": "2"}, "message": {"mid": "m"}}]}],
    },
    {"object": "page", "entry": [{"id": "1", "time": 1, "standby": [{"sender": {"id": "2"}}]}]},
    {"object": "instagram", "entry": [{"id": "1", "changes": [{"field": "comments", "value": {"id": "5"}}]}]},
    {"object": "user", "entry": [{"id": "1", "changed_fields": ["photos"]}]},
]


def test_metas_notifications_of_other_things_are_answered_that_there_is_nothing_to_do(
    gateway: Gateway, manager: httpx.Client
) -> None:
    path = manager.post("/api/sources", json={"name": "Meta", "kind": "facebook"}).json()["path"]
    for post in NOTHING_TO_DO:
        answer = httpx.post(gateway.url + path, json=post)
        assert (post, answer.status_code) == (post, 200)
        assert answer.json() == {
            "stored": False,
            "reason": "It is no notification of leads: there is nothing to do.",
        }
    assert manager.get("/api/leads").json()["items"] == []


async def test_a_kind_is_known_by_the_structure_of_its_posts_and_never_taken_for_another() -> None:
    marked = {name for name, kind in kinds().items() if kind.marks}
    known = set()
    for name, body in [(name, kind.sample) for name, kind in kinds().items()] + [
        (payload["kind"], payload.get("query") or payload.get("form") or payload["posts"])
        for payload in PAYLOADS
        if "parts" not in payload
    ]:
        for post in (await read_post(body.encode())).each:
            found = kind_of(post)
            assert found in (None, name), body
            known |= {found} - {None}
    assert known == marked


def test_of_several_leads_those_that_can_be_taken_are_and_the_sender_is_told(
    gateway: Gateway, manager: httpx.Client
) -> None:
    path = manager.post("/api/sources", json={"name": "Ads", "kind": "facebook"}).json()["path"]
    whole = {"leadgen_id": "1", "field_data": [{"name": "full_name", "values": ["Asha"]}]}
    changes = [{"field": "leadgen", "value": value} for value in (whole, {"leadgen_id": "2"})]
    answer = httpx.post(gateway.url + path, json={"object": "page", "entry": [{"changes": changes}]})
    assert (answer.status_code, [one["status"] for one in answer.json()]) == (201, [201, 422])
    answer = httpx.post(gateway.url + path, json={"object": "page", "entry": [{"changes": changes[1:] * 2}]})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("None of the 2 leads was taken. [0].body: It brings nobody to call.")
    [lead] = manager.get("/api/leads").json()["items"]
    assert lead["name"] == "Asha"
    # Too many are refused, before any is stored.
    many = [{"field": "leadgen", "value": whole}] * 101
    assert httpx.post(gateway.url + path, json={"entry": [{"changes": many}]}).status_code == 422


def test_a_source_of_a_kind_reads_so_by_token_and_in_batches_too(gateway: Gateway, manager: httpx.Client) -> None:
    key = manager.post("/api/sources", json={"name": "Forms", "kind": "typeform"}).json()
    headers = {"authorization": f"Bearer {key['token']}"}
    sample = json.loads(kinds()["typeform"].sample)
    answer = httpx.post(f"{gateway.url}/api/leads/webhook", json=sample, headers=headers)
    assert (answer.status_code, answer.json()["duplicate"]) == (201, False)
    other = {**sample, "event_type": "form_response_partial"}
    ignored = httpx.post(f"{gateway.url}/api/leads/webhook", json=other, headers=headers)
    assert (ignored.status_code, ignored.json()["stored"]) == (200, False)
    batch = httpx.post(f"{gateway.url}/api/leads/webhook/batch", json=[sample, other], headers=headers)
    assert [(one["status"], one.get("stored")) for one in batch.json()] == [(200, None), (200, False)]


def test_a_sources_own_mapping_goes_before_that_of_its_kind(gateway: Gateway, manager: httpx.Client) -> None:
    key = manager.post("/api/sources", json={"name": "Forms", "kind": "gravity_forms"}).json()
    source = f"/api/sources/{key['source']['id']}"
    post = {"id": "1", "1.3": "Meera", "1.6": "Joshi", "7": "Pune", "8": "98100 00001"}
    tried = manager.post(f"{source}/try", json={"payload": post, "mapping": {"city": "7", "phone": "8"}}).json()
    assert tried["lead"] == {**{"name": "Meera Joshi", "phone": "98100 00001", "city": "Pune", "source_row_id": "1"}}
    assert {place["place"]: place["field"] for place in tried["places"]} == {
        **{"id": "source_row_id", "1.3": "name", "1.6": "name", "7": "city", "8": "phone"}
    }
    assert manager.patch(source, json={"mapping": {"city": "7", "phone": "8"}}).status_code == 200
    assert httpx.post(gateway.url + key["path"], json=post).status_code == 201
    [lead] = manager.get("/api/leads").json()["items"]
    assert (lead["name"], lead["state"]) == ("Meera Joshi", "Maharashtra")
    # The kind's sample is tried as it is sent.
    google = manager.post("/api/sources", json={"name": "Ads", "kind": "google_ads"}).json()["source"]["id"]
    payload = json.loads(kinds()["google_ads"].sample)
    tried = manager.post(f"/api/sources/{google}/try", json={"payload": payload}).json()
    assert (tried["lead"]["name"], tried["errors"]) == ("Meera Joshi", [])
    assert "google_key" not in [place["place"] for place in tried["places"]]


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("What's your name?", "name"),
        ("What is your full name?", "name"),
        ("May we have your phone number?", "phone"),
        ("Please enter your mobile no.", "phone"),
        ("tel-640", "phone"),
        ("Your WhatsApp number", "phone"),
        ("What's your e-mail address?", "email"),
        ("Which city do you live in?", "city"),
        ("Which state are you in?", "state"),
        ("Company name", "company"),
        ("What is the name of your company?", None),
        ("How many employees do you have?", None),
        ("Name of your school", None),
        ("text-112", None),
        ("1.3", None),
        ("", None),
    ],
)
def test_a_question_says_what_it_asks_for(question: str, field: str | None) -> None:
    assert field_asked(question) == field


def test_answers_have_names_of_their_own_and_none_is_lost() -> None:
    kind = kinds()["tally"]
    fields = [{"label": "Phone", "value": number} for number in range(300)]
    post = {"eventType": "FORM_RESPONSE", "Phone": "own", "data": {"responseId": "r", "fields": fields}}
    said = list(answers_in(kind, post))
    assert len({one.label for one in said} | {"Phone"}) == 301
    [lead] = read_posts(kind, Mapping(kind.mapping), [post])
    assert isinstance(lead, Lead)
    assert len(msgspec.json.decode(lead.metadata)) == 301
    # Of an answer of a kind that nobody knows, all is kept.
    kind = kinds()["typeform"]
    answer = {"type": "payment", "payment": {"amount": "5"}, "field": {"id": "p", "ref": "pay"}}
    post = {"event_type": "form_response", "form_response": {"token": "t", "answers": [answer]}}
    [lead] = read_posts(kind, Mapping(kind.mapping), [post])
    assert isinstance(lead, Lead)
    assert msgspec.json.decode(lead.metadata)["pay"] == answer


def test_strange_posts_are_leads_or_refused_and_break_nothing() -> None:
    strange: list[Any] = [
        {},
        {"entry": None},
        {"entry": []},
        {"entry": [None, 1, [[]], {"changes": "x"}, {"changes": [3, None, {"value": 1}]}]},
        {"RESPONSE": "text"},
        {"RESPONSE": [[], {}, None]},
        {"data": {"fields": [1, None, {"label": None, "value": {}}, {"label": ["a"], "value": ["b"], "options": 5}]}},
        {"form_response": {"answers": {"a": 1}, "definition": {"fields": 7}}, "event_type": "form_response"},
        {"rawRequest": "{not json", "submissionID": "1"},
        {"rawRequest": '["a"]', "submissionID": {"a": 1}},
        {"fields[a][b]": "1", "fields": "2", "fields[]": "3", "a[[": "4"},
        {"metadata": "text", "name": {"name": {"name": 1}}},
        {"user_column_data": [{"column_id": "FULL_NAME", "string_value": {"deep": [1]}}]},
    ]
    for kind in kinds().values():
        for post in strange:
            for read in read_posts(kind, Mapping(kind.mapping), [json.loads(json.dumps(post))]):
                assert isinstance(read, Lead | NoLead | Problem)


def test_a_post_is_taken_apart_at_its_lists_and_nothing_is_left_behind() -> None:
    post = {"a": 1, "list": [{"x": [{"y": 1}, {"y": 2}]}, {"x": [{"y": 3}]}]}
    assert list(parts_of(post, ["list", "x"])) == [
        {"a": 1, "list": [{"x": [{"y": 1}]}]},
        {"a": 1, "list": [{"x": [{"y": 2}]}]},
        {"a": 1, "list": [{"x": [{"y": 3}]}]},
    ]
    assert list(parts_of(post, ["none"])) == [post]
