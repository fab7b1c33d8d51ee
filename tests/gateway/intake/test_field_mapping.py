"""Leads in a sender's own words: names of its own, places in nested JSON, and what becomes of the rest."""

import json
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from gateway.core.field_names import alike
from gateway.intake.jsonpath import Step, steps_of, written
from gateway.intake.kinds import kinds
from gateway.intake.mapping import Mapping, is_place
from gateway.intake.mapping_trial import tried
from gateway.intake.reading import read_form, read_lead
from tests.gateway.conftest import fields_at_fault
from tests.gateway.intake.test_webhook import PATH, signed
from tests.support import Gateway, Workspace

FACEBOOK = {
    "id": "4711",
    "created_time": "2024-01-31T18:30:00+0000",
    "field_data": [
        {"name": "full_name", "values": ["Meera Joshi"]},
        {"name": "phone_number", "values": ["+911000000001", "+911000000002"]},
        {"name": "which_course?", "values": ["B.Sc."]},
    ],
}
FACEBOOK_MAPPING = {
    "name": "$.field_data[?@.name=='full_name'].values[0]",
    "phone": "$.field_data[?@.name=='phone_number'].values[0]",
    "timestamp": "created_time",
    "source_row_id": "id",
}


def taken(mapping: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
    """The lead that a payload is read as, by a mapping."""
    lead: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode(read_lead(json.dumps(payload).encode(), Mapping(mapping)))
    )
    return lead


def test_a_senders_own_names_are_found_however_they_are_retyped() -> None:
    mapping = {"name": "Full Name", "phone": "Mobile No.", "city": "शहर"}
    for payload in (
        {"Full Name": "Asha", "Mobile No.": "98123", "शहर": "पुणे"},
        {"full_name": "Asha", " MOBILE no": "98123", "शहर ": "पुणे"},
        {"FULL-NAME": "Asha", "mobileNo": 98123.0, "शहर:": "पुणे"},
    ):
        assert taken(mapping, payload) == {"name": "Asha", "phone": "98123", "city": "पुणे"}
    exact = {"Mobile No.": "1", "mobile_no": "2", "name": "x"}
    assert taken({"phone": "mobile_no"}, exact)["phone"] == "2"


def test_the_first_place_with_a_value_counts_and_a_name_is_made_of_all() -> None:
    mapping = {"phone": ["Mobile", "Landline"], "name": ["First name", "Middle", "Last name"]}
    lead = taken(
        mapping, {"First name": " Asha ", "Middle": " ", "Last name": "Rao", "Mobile": "", "Landline": "020 1"}
    )
    # What is empty is no value; nothing that has one is lost.
    assert lead == {"name": "Asha Rao", "phone": "020 1", "metadata": {"Middle": " ", "Mobile": ""}}
    lead = taken(mapping, {"Mobile": "98123", "Landline": "020 1"})
    assert lead == {"phone": "98123", "metadata": {"Landline": "020 1"}}


def test_our_own_names_count_where_the_mapping_finds_nothing_and_never_against_it() -> None:
    mapping = {"phone": "Mobile", "email": "contact", "campaign": "utm_campaign"}
    assert taken(mapping, {"phone": "1", "name": "Asha"}) == {"phone": "1", "name": "Asha"}
    lead = taken(mapping, {"phone": "1", "Mobile": "2", "contact": "a@b.example", "utm_campaign": "diwali", "x": 1.50})
    metadata = {"phone": "1", "campaign": "diwali", "x": 1.5}
    assert lead == {"phone": "2", "email": "a@b.example", "metadata": metadata}
    # One value may be two fields, and a field of ours another.
    lead = taken({"name": "phone", "external_id": "phone"}, {"phone": "98123"})
    assert lead == {"name": "98123", "external_id": "98123"}


def test_a_date_has_the_time_of_day_that_stands_beside_it() -> None:
    mapping = {"name": "name", "timestamp": ["date", "Enquiry time", "created"]}
    lead = taken(mapping, {"name": "A", "date": "28/05/2019", "created": 0, "enquiry_time": "3:37 pm", "time": "x"})
    assert lead == {"name": "A", "timestamp": "2019-05-28T15:37:00", "metadata": {"created": 0, "time": "x"}}
    lead = taken(mapping, {"name": "A", "date": "28/05/2019 10:00", "created": "15:37"})
    assert lead == {"name": "A", "timestamp": "2019-05-28T10:00:00", "metadata": {"created": "15:37"}}
    assert taken(mapping, {"name": "A", "created": "2019-05-28"}) == {"name": "A", "timestamp": "2019-05-28"}


def test_nested_places_are_read_and_what_was_not_used_stays_in_the_metadata() -> None:
    mapping = {"phone": "$.contact.phones[-1]", "name": "$['contact']['full \\'name\\'']", "city": "$.address.city"}
    contact = {"full 'name'": "Asha", "phones": ["1", "2"], "age": 30}
    lead = taken(mapping, {"contact": contact, "address": {"city": "Pune"}, "price": 12345678901234567890})
    metadata = {"contact": {"phones": ["1"], "age": 30}, "price": 12345678901234567890}
    assert lead == {"phone": "2", "name": "Asha", "city": "Pune", "metadata": metadata}


def test_a_lead_as_facebook_sends_it_is_read_whatever_the_order_of_its_answers() -> None:
    for payload in (FACEBOOK, {**FACEBOOK, "field_data": [*reversed(FACEBOOK["field_data"])]}):
        lead = taken(FACEBOOK_MAPPING, payload)
        left = lead.pop("metadata")["field_data"]
        assert lead == {
            "name": "Meera Joshi",
            "phone": "+911000000001",
            "source_row_id": "4711",
            "timestamp": "2024-01-31T18:30:00+00:00",
        }
        # An element that has nothing left to say is gone; another number of the same question stays.
        assert sorted(one["name"] for one in left) == ["phone_number", "which_course?"]


def test_an_element_is_found_by_what_it_says_in_an_object_as_in_a_list() -> None:
    payload = {
        "name": "x",
        "answers": {"q1": {"label": "City", "value": "Pune"}, "q2": {"label": "Mobile", "value": "98"}},
    }
    lead = taken({"phone": "$.answers[?@.label=='Mobile'].value", "city": "$.answers[?@.label=='City'].value"}, payload)
    assert lead == {"name": "x", "phone": "98", "city": "Pune"}


def test_a_form_is_mapped_as_json_is() -> None:
    lead = read_form(b"Your+Name=Asha&Mobile+No.=98123&utm=x", Mapping({"name": "your name", "phone": "Mobile No."}))
    assert (lead.name, lead.phone, bytes(lead.metadata)) == ("Asha", "98123", b'{"utm":"x"}')


def test_what_cannot_be_a_field_is_kept_beside_it() -> None:
    for phone in ({"x": 1}, [True], "9" * 1001):
        lead = taken({"phone": "$.c.phone"}, {"name": "Asha", "c": {"phone": phone}})
        assert lead == {"name": "Asha", "metadata": {"phone_given": phone}}


NAMES = st.one_of(st.text(), st.sampled_from(["name", "values", "a'b", 'c"\\']))


@given(
    st.recursive(
        st.one_of(st.text(min_size=1), st.integers(0, 9)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.one_of(st.text(), st.sampled_from(["name", "values", "a'b", 'c"\\'])), inner, max_size=3
            ),
        ),
        max_leaves=8,
    ).filter(lambda value: isinstance(value, dict))
)
def test_every_place_that_is_shown_leads_to_the_value_it_is_shown_with(payload: dict[str, Any]) -> None:
    fields = {name: Raw(msgspec.json.encode(value)) for name, value in payload.items()}
    for place in tried(None, fields).places:
        assert is_place(place.place)
        found, _ = Mapping({"message": place.place}).applied(dict(fields))
        value = msgspec.json.decode(found["message"]) if "message" in found else None
        if value is not None and len(f"{value}") < 200:
            assert place.value == (value if isinstance(value, str) else f"{value}")


def test_a_sample_is_tried_as_the_webhook_would_read_it(manager: httpx.Client, workspace: Workspace) -> None:
    path = f"/api/sources/{workspace.source_id}"
    asha, ravi = {"name": "Asha", "phone": "98100 00001"}, {"name": "Ravi", "Mobile": "98100 00002"}
    cases: list[tuple[Any, str | None, int, str | None]] = [
        (asha, "Asha", 1, None),
        ([asha, ravi], "Asha", 2, None),
        (json.dumps([ravi, asha]), "Ravi", 2, None),
        (json.dumps({"leads": [asha, ravi]}), "Asha", 2, None),
        ("\ufeff" + json.dumps(ravi), "Ravi", 1, None),
        (json.dumps(json.dumps(asha)), "Asha", 1, None),
        ("name=Asha&phone=98100+00001&boxes[]=a&boxes[]=b", "Asha", 1, None),
        ("{'name': 1", None, 1, None),
        ("[]", None, 1, None),
        ("[1]", None, 1, None),
        ("<lead/>", None, 1, None),
        (kinds()["calendly"].sample, "Meera Joshi", 1, "calendly"),
        (kinds()["elementor"].sample, "Contact", 1, "elementor"),
        (kinds()["whatsapp"].sample, None, 1, "whatsapp"),
    ]
    for payload, name, leads, like in cases:
        tried = manager.post(f"{path}/try", json={"payload": payload}).json()
        assert (payload, tried["leads"], tried["looks_like"]) == (payload, leads, like)
        if like is None:
            assert (payload, (tried["lead"] or {}).get("name")) == (payload, name)
        assert bool(tried["errors"]) == (tried["lead"] is None), tried
    # Of several, what would become of each.
    several: list[tuple[Any, list[tuple[bool, str | None, str | None]]]] = [
        ([asha, {"x": 1}], [(True, "Asha", None), (False, None, "phone")]),
        ([{"x": 1}, asha, 7, None], [(False, None, "phone"), (True, "Asha", None), *[(False, None, "body")] * 2]),
        ([7], [(False, None, "body")]),
        ([{"phone": "98100 00001"}], [(True, "98100 00001", None)]),
        ({"leads": [asha, {"email": "n/a", "phone": "", "x": 1}]}, [(True, "Asha", None), (False, None, "phone")]),
        ([asha, {"event": "invitee.canceled", "payload": {"uri": "u"}}], [(True, "Asha", None), (False, None, "body")]),
        (asha, []),
    ]
    for payload, wanted in several:
        tried = manager.post(f"{path}/try", json={"payload": payload}).json()
        each = [(one["stored"], one["name"], (one["errors"] or [{"field": None}])[0]["field"]) for one in tried["each"]]
        assert (each, tried["leads"]) == (wanted, len(wanted) or 1), payload
    # A source of the kind has no need of the hint.
    manager.patch(path, json={"kind": "calendly"})
    tried = manager.post(f"{path}/try", json={"payload": kinds()["calendly"].sample}).json()
    assert (tried["lead"]["name"], tried["looks_like"]) == ("Meera Joshi", None)
    assert manager.post(f"{path}/try", json={"payload": kinds()["tally"].sample}).json()["looks_like"] == "tally"


@pytest.mark.parametrize(
    "path",
    ["$", "$.", "$x", "$.a.", "$..", "$.a[?@.b=1]", "$.a['b]", "$.a[01]", "$.a b", "$.a[?@.*==1]", "$.a[?f(@)]"],
)
def test_what_is_no_path_is_none(path: str) -> None:
    assert not is_place(path)


def test_a_path_is_written_as_it_is_read() -> None:
    for path in ("$.a.b[0][-1]", "$['a b'].c", "$.f[?@.name=='x \\'y\\' \"z\" \\\\'].values[0]", "$.f[?@['a b']=='']"):
        assert written(steps_of(path) or ()) == path
    assert steps_of('$["a"][?@.b == "c"]') == (Step("a"), Step("b", "c"))
    assert alike("Mobile No.") == alike("MOBILE_no") != alike("mobile")


def test_a_mapping_is_set_tried_and_holds_for_json_forms_and_many_leads(
    workspace: Workspace, gateway: Gateway, manager: httpx.Client
) -> None:
    key = manager.post("/api/sources", json={"name": "Facebook"}).json()
    path = f"/api/sources/{key['source']['id']}"
    trial = manager.post(f"{path}/try", json={"payload": FACEBOOK}).json()
    proposed = {place["field"]: place["place"] for place in trial["places"] if place["field"]}
    assert proposed == FACEBOOK_MAPPING
    # Who is to be called is found without a mapping, too; when and by which id is not.
    assert trial["lead"].keys() == {"name", "phone", "metadata"}
    nobody = manager.post(f"{path}/try", json={"payload": {"city": "Pune"}}).json()
    assert (nobody["lead"], [error["field"] for error in nobody["errors"]]) == (None, ["phone"])
    trial = manager.post(f"{path}/try", json={"payload": FACEBOOK, "mapping": proposed}).json()
    assert (trial["lead"]["name"], trial["lead"]["phone"], trial["errors"]) == ("Meera Joshi", "+911000000001", [])
    assert workspace.call("api.count_leads('{}')") == 0

    etag = manager.get(path).json()["etag"]
    saved = manager.patch(path, json={"mapping": proposed}, headers={"if-match": f'"{etag}"'})
    assert (saved.status_code, saved.json()["mapping"]) == (200, proposed)
    assert manager.patch(path, json={"mapping": {}}, headers={"if-match": f'"{etag}"'}).status_code == 412
    bearer = {"authorization": f"Bearer {key['token']}"}
    with httpx.Client(base_url=gateway.url, headers=bearer, timeout=30) as sender:
        one = sender.post(PATH, json=FACEBOOK)
        many = sender.post(f"{PATH}/batch", json=[FACEBOOK, {**FACEBOOK, "id": "4712", "created_time": ""}, {"x": 1}])
    body = json.dumps(FACEBOOK).encode()
    again = httpx.post(f"{gateway.url}{PATH}", content=body, headers=signed(key["secret"], body))
    assert [one.status_code, again.status_code] == [201, 200]
    assert [outcome["status"] for outcome in many.json()] == [200, 201, 422]
    lead = manager.get(f"/api/leads/{one.json()['lead_id']}").json()
    assert (lead["name"], lead["phone"], lead["source_row_id"]) == ("Meera Joshi", "+911000000001", "4711")
    assert manager.patch(path, json={"mapping": None}).json()["mapping"] == {}


def test_a_mapping_that_cannot_be_is_refused_with_the_field_named(workspace: Workspace, manager: httpx.Client) -> None:
    path = f"/api/sources/{workspace.source_id}"
    wrong: list[tuple[Any, str]] = [
        ({"phone": "$.a[?@.b=1]"}, "mapping.phone"),
        ({"phone": ["ok", "$.x["]}, "mapping.phone"),
        ({"phone": []}, "mapping.phone"),
        ({"phone": ""}, "mapping.phone"),
        ({"phone": ["x"] * 11}, "mapping.phone"),
        ({"phone": "a\0"}, "mapping.phone"),
        ({"phone": "x" * 301}, "mapping.phone"),
        ({"phone": 1}, "mapping.phone"),
        ({"fone": "x"}, "fone"),
        ([], "mapping"),
    ]
    for mapping, field in wrong:
        for answer in (
            manager.patch(path, json={"mapping": mapping}),
            manager.post(f"{path}/try", json={"mapping": mapping, "payload": {}}),
        ):
            assert (mapping, answer.status_code, fields_at_fault(answer)) == (mapping, 422, [field])
    assert manager.get(path).json()["mapping"] == {}
