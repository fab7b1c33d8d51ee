"""What stands in lists and objects of a body: phones, e-mails and places, from senders that have no kind or say none.

The bodies are as their senders document them, which is named beside them, with invented people.
"""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gateway.core.dates import ANYWHERE, customs_of, read_date
from gateway.imports.headings import known_heading
from gateway.intake.lead import Lead
from gateway.intake.mapping import Mapping
from gateway.intake.names import field_known_as
from gateway.intake.posted import leads_in, read_new, read_one, read_posted
from gateway.intake.recognising import NoLead

# What an answer has beside what was answered.
ABOUT_AN_ANSWER = frozenset(
    ("name", "label", "title", "key", "type", "id", "field", "field_type", "attribute", "questionid", "question")
)
ONE, TWO, THREE = "+91 98010 00180", "+91 98010 00181", "+91 98010 00182"
MAIL = "asha@mail.example"
BOTH = f"{ONE}, {TWO}"
APART = f"{ONE} / {TWO}"
ASHA = {"name": "Asha Rao", "phone": ONE}
CALLED = {"first_name": "Asha", "last_name": "Rao"}
PUNE = {"city": "Pune", "state": "Maharashtra"}

# A phone as it is sent, and what is read.
PHONES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"phones": [{"value": ONE, "label": "work", "primary": True}]}, ONE),
    ({"phones": [{"value": TWO, "label": "home"}, {"value": ONE, "label": "work", "primary": True}]}, BOTH),
    ({"phone": [{"value": ONE}]}, ONE),
    ({"phone": [{"value": TWO, "primary": False}, {"value": ONE, "primary": True}]}, BOTH),
    ({"phone": [ONE, TWO]}, BOTH),
    ({"phone": [ONE, "+919801000180", TWO]}, BOTH),
    ({"phones": [{"type": "mobile", "number": ONE}, {"type": "fax", "number": None}]}, ONE),
    ({"phone_numbers": [{"country_code": "+91", "number": "9801000180"}]}, "+91 9801000180"),
    ({"phone": {"countryCode": "91", "number": "9801000180"}}, "+91 9801000180"),
    ({"phone": {"dial_code": "+91", "number": "919801000180"}}, "+919801000180"),
    ({"phone": {"prefix": "+91", "number": "9801000180"}}, "+91 9801000180"),  # calcom/cal.com, phone inputs
    ({"phone": {"e164": "+919801000180", "national": "098010 00180", "country": "IN"}}, "+919801000180"),
    ({"phone": {"raw": "98010 00180", "formatted": ONE}}, ONE),
    ({"phone": {"home": TWO, "mobile": ONE}}, BOTH),
    ({"phone": {"primary": ONE, "secondary": TWO}}, BOTH),
    ({"phone": {"full": "(98010) 00180"}}, "(98010) 00180"),  # Jotform
    ({"phone": {"area": "022", "phone": "23456789"}}, "022 23456789"),
    ({"mobile": {"value": ONE}}, ONE),
    ({"Phone Number": [{"phoneNumber": ONE}]}, ONE),
    ({"phoneNumbers": [{"canonicalForm": "+919801000180", "value": ONE}]}, ONE),  # Google's People API
    ({"phones": {"phone": [{"phone_number": ONE}, {"phone_number": TWO}]}}, BOTH),
    ({"phone": ONE, "other_phones": [TWO, THREE]}, f"{APART}, {THREE}"),
    ({"phone": ONE, "other_phones": [{"value": TWO}]}, APART),
    ({"phone": ONE, "whatsapp": TWO, "alternate_number": THREE}, f"{APART} / {THREE}"),
    ({"phone": ONE, "mobile_2": TWO, "Phone 3": THREE}, f"{APART} / {THREE}"),
    ({"phone": ONE, "WhatsApp Number": "98010-00180"}, ONE),
)
MAILS: tuple[tuple[dict[str, Any], str | None], ...] = (
    ({"emails": [{"value": "old@mail.example"}, {"value": MAIL, "primary": True}]}, MAIL),
    ({"email": [{"label": "work", "value": MAIL, "primary": True}]}, MAIL),
    ({"emails": [{"email": MAIL, "is_primary": True}]}, MAIL),
    ({"email_addresses": [{"id": "idn_1", "email_address": MAIL}]}, MAIL),  # Clerk
    ({"email": {"address": MAIL, "verified": True}}, MAIL),
    ({"email": {"work": "w@mail.example", "personal": MAIL}}, MAIL),
    ({"emailAddress": [MAIL, "b@mail.example"]}, MAIL),
    ({"emails": [MAIL]}, MAIL),
    ({"email": [{"value": "N/A"}]}, None),  # it is kept as email_given
    ({"email": {"verified": False}}, None),
)

# Who is in a body, whole: name, phone and e-mail are read from wherever they are.
PEOPLE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Pipedrive, webhooks v1", {
        "v": 1, "event": "added.person", "meta": {"action": "added", "object": "person", "id": 5},
        "current": {"id": 5, "owner_id": 2, "name": "Asha Rao", "org_id": None, "owner_name": "Boss",
                    "phone": [{"label": "work", "value": ONE, "primary": True}],
                    "email": [{"label": "work", "value": MAIL, "primary": True}]}, "previous": None}),
    ("Pipedrive, webhooks v1, a change", {
        "event": "updated.person",
        "current": {"name": "Asha Rao", "phone": [{"value": ONE}], "email": [{"value": MAIL}]},
        "previous": {"name": "A. Rao", "phone": [{"value": TWO}], "email": [{"value": "old@mail.example"}]}}),
    ("Pipedrive, webhooks v2", {
        "data": {"id": 5, "name": "Asha Rao", "owner_id": 2,
                 "phones": [{"label": "work", "value": ONE, "primary": True}],
                 "emails": [{"label": "work", "value": MAIL, "primary": True}], "custom_fields": {}},
        "previous": None, "meta": {"action": "create", "entity": "person", "version": "2.0"}}),
    ("Mailchimp, audience webhooks", {
        "type": "subscribe", "fired_at": "2026-03-26 21:35:57",
        "data": {"id": "8a25", "list_id": "a6b5", "email": MAIL, "email_type": "html",
                 "merges": {"EMAIL": MAIL, "FNAME": "Asha", "LNAME": "Rao", "PHONE": ONE, "INTERESTS": "Group1"}}}),
    ("HubSpot, a contact", {
        "properties": {"firstname": {"value": "Asha"}, "lastname": {"value": "Rao"}, "phone": {"value": ONE},
                       "email": {"value": MAIL}}}),
    ("Zoho CRM, notification of records", {
        "data": [{"Full_Name": "Asha Rao", "Phone": ONE, "Email": MAIL,
                  "Owner": {"name": "Boss", "email": "b@x.example"}}]}),
    ("Freshsales, a contact", {
        "contact": {"id": 1, **CALLED, "mobile_number": ONE, "work_number": None,
                    "emails": [{"id": 1, "value": MAIL, "is_primary": True, "label": None}]}}),
    ("Freshsales, a lead", {
        "lead": {"display_name": "Asha Rao", "email": MAIL,
                 "phone_numbers": [{"id": 2, "value": ONE, "label": "mobile"}],
                 "owner": {"name": "Boss", "email": "b@x.example"}}}),
    ("ActiveCampaign", {
        "type": "subscribe", "contact": {"id": "1", "email": MAIL, **CALLED, "phone": ONE, "fields": {"1": "x"}}}),
    ("Intercom", {
        "type": "notification_event", "topic": "contact.lead.created",
        "data": {"type": "notification_event_data", "item": {"type": "contact", "id": "1", "role": "lead",
                 "name": "Asha Rao", "phone": ONE, "email": MAIL}}}),
    ("Clerk, user.created", {
        "type": "user.created", "object": "event", "data": {"id": "user_1", **CALLED,
            "email_addresses": [{"id": "i", "email_address": MAIL, "verification": {"status": "verified"}}],
            "phone_numbers": [{"id": "p", "phone_number": ONE}]}}),
    ("Tally", {
        "eventId": "e1", "eventType": "FORM_RESPONSE", "createdAt": "2026-11-30T04:30:00.000Z",
        "data": {"responseId": "r1", "fields": [
            {"key": "q1", "label": "Your name", "type": "INPUT_TEXT", "value": "Asha Rao"},
            {"key": "q2", "label": "How can we reach you?", "type": "INPUT_PHONE_NUMBER", "value": ONE},
            {"key": "q3", "label": "Mail", "type": "INPUT_EMAIL", "value": MAIL}]}}),
    ("Typeform", {
        "event_id": "E1", "event_type": "form_response", "form_response": {"form_id": "f1", "token": "t1", "answers": [
            {"type": "text", "text": "Asha Rao", "field": {"id": "a1", "type": "short_text", "ref": "full_name"}},
            {"type": "phone_number", "phone_number": ONE, "field": {"id": "a2", "type": "phone_number", "ref": "x"}},
            {"type": "email", "email": MAIL, "field": {"id": "a3", "type": "email", "ref": "y"}}]}}),
    ("Calendly, a call out", {
        "event": "invitee.created", "created_at": "2026-11-30T04:30:00.000000Z", "payload": {
            "uri": "https://api.calendly.com/i/1", "name": "Asha Rao", "email": MAIL, "text_reminder_number": None,
            "questions_and_answers": [], "scheduled_event": {
                "name": "Consultation", "location": {"type": "outbound_call", "location": ONE},
                "event_memberships": [{"user_email": "boss@x.example"}]}}}),
    ("Shopify, an order whose customer has no phone", {
        "id": 820982911946154508, "email": MAIL, "phone": None, "billing_address": {**CALLED, "phone": ONE},
        "shipping_address": {"first_name": "Ravi", "phone": TWO}, "customer": {"email": MAIL, **CALLED, "phone": None},
        "line_items": [{"name": "Pump", "vendor": "x"}]}),
    ("Stripe, checkout.session.completed", {
        "id": "evt_1", "object": "event", "type": "checkout.session.completed",
        "data": {"object": {"id": "cs_1", "customer_details": {"name": "Asha Rao", "email": MAIL, "phone": ONE}}}}),
    ("WooCommerce, an order with a long number", {
        "id": 100727, "number": "100727", "billing": {**CALLED, "email": MAIL, "phone": ONE}, "shipping": CALLED}),
    ("answers in elements of their own", {
        "form": "f", "responses": [{"full_name": "Asha Rao"}, {"phone": ONE}, {"email": MAIL}]}),
)  # fmt: skip

# Of somebody else, or of nobody: it stays where it is.
OTHERS: tuple[dict[str, Any], ...] = (
    {"name": "Asha Rao", "email": MAIL, "agent": {"name": "Boss", "phone": TWO}},
    {"name": "Asha Rao", "email": MAIL, "emergency_contact": {"phone": TWO}},
    {"name": "Asha Rao", "email": MAIL, "contact": {"name": "Ravi Shah", "phone": TWO}},
    {"name": "Asha Rao", "email": MAIL, "customer": {"email": "ravi@mail.example", "phone": TWO}},
    {"name": "Asha Rao", "email": MAIL, "branch": {"phone": TWO}},
    {"name": "Asha Rao", "email": MAIL, "orders": [{"number": "123456"}, {"number": "123457"}]},
    {"name": "Asha Rao", "email": MAIL, "contact": {"preferred": "phone"}},
)

# Where a body says the lead is, and what else is beside it.
PLACES: tuple[tuple[dict[str, Any], dict[str, str], dict[str, Any]], ...] = (
    ({"address": {"street": "1 MG Road", **PUNE, "postal_code": "411001", "country": "IN"}}, PUNE,
     {"address": {"street": "1 MG Road"}, "postal_code": "411001", "country": "IN"}),
    ({"location": {**PUNE, "zip": "411001"}}, PUNE, {"zip": "411001"}),
    ({"default_address": {"city": "Pune", "province": "Maharashtra", "zip": "411001", "country": "India"}}, PUNE,
     {"zip": "411001", "country": "India"}),  # Shopify
    ({"shipping_address": {"city": "Surat"}, "billing_address": {"city": "Pune", "province": "Maharashtra"}}, PUNE,
     {"shipping_address": {"city": "Surat"}}),
    ({"customer_details": {"address": {"city": "Pune", "state": "MH", "country": "IN", "line1": None}}},
     {"city": "Pune", "state": "MH"}, {"customer_details": {"address": {"line1": None}}, "country": "IN"}),  # Stripe
    ({"billing": {"city": "Pune", "state": "MH", "postcode": "411001"}}, {"city": "Pune", "state": "MH"},
     {"postcode": "411001"}),  # WooCommerce
    ({"addresses": [{"type": "home", "city": "Pune", "region": "Maharashtra"}]}, PUNE,
     {"addresses": [{"type": "home"}]}),
    ({"custom_fields": {"City": "Pune", "Budget": "5"}}, {"city": "Pune"}, {"custom_fields": {"Budget": "5"}}),
    ({"city": "Pune", "address": {"city": "pune", "state": "Maharashtra"}}, PUNE,
     {"address": {"city": "pune"}}),
    ({"city": "Pune", "address": {"city": "Surat", "state": "Gujarat"}}, {"city": "Pune"},
     {"address": {"city": "Surat", "state": "Gujarat"}}),
    ({"country": "IN", "address": {**PUNE, "country": "India"}}, PUNE, {"country": "India"}),
    ({"address": {"city": {"id": 7, "name": "Pune"}}}, {"city": "Pune"}, {"city_given": {"id": 7, "name": "Pune"}}),
    ({"company": {"name": "Acme", "address": PUNE}}, {}, {"company_given": {"name": "Acme", "address": PUNE}}),
    ({"property": PUNE}, {}, {"property": PUNE}),
    ({"event": {"location": PUNE}}, {"city": "Pune", "state": "Maharashtra"}, {}),
    ({"branch": {"location": PUNE}}, {}, {"branch": {"location": PUNE}}),
    ({"address": {"city": "N/A", "state": "-"}}, {}, {"address": {"city": "N/A", "state": "-"}}),
    ({"address": "1 MG Road, Pune"}, {}, {"address": "1 MG Road, Pune"}),
)  # fmt: skip

# What stands for nothing is left out; what may be somebody's name is not.
NOTHING: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"name": "N/A", "city": "n/a", "state": "Not Provided", "email": "null"}, {}),
    ({"name": "none", "city": "None", "state": "-", "email": "--"}, {}),
    ({"name": " N/A ", "city": "NA", "state": "nil", "email": "undefined"}, {}),
    ({"Full Name": "N/A", "City": "-"}, {}),
    ({"first_name": "Asha", "last_name": "N/A"}, {"name": "Asha", "first_name": "Asha"}),
    ({"name": "Na", "city": "Pune"}, {"name": "Na", "city": "Pune"}),
    ({"name": "Null"}, {"name": "Null"}),
    ({"name": "Asha", "message": "none"}, {"name": "Asha", "message": "none"}),
)


async def read(body: Any) -> Lead:
    """The one lead in a body that a sender of no kind posts."""
    posted = await read_posted(json.dumps(body).encode(), "application/json")
    many = leads_in(posted, None)
    [lead] = [posted] if many is None and isinstance(posted, dict) else many or ()
    found = read_new(lead, None, ANYWHERE)
    assert isinstance(found, Lead), body
    return found


def metadata_of(lead: Lead) -> dict[str, Any]:
    """What else it says."""
    found: dict[str, Any] = msgspec.json.decode(lead.metadata) if bytes(lead.metadata) else {}
    return found


def values_in(value: Any) -> Iterator[str]:
    """Every text and number in a value, but for what an answer says of itself."""
    if isinstance(value, dict):
        is_answer = {*map(str.lower, value)} & {"value", "values", "answer", "string_value", "answerdetails"}
        for name, one in value.items():
            if not (is_answer and name.lower() in ABOUT_AN_ANSWER):
                yield from values_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from values_in(one)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and not str(value).startswith("{"):
        yield str(value)


async def test_what_sixty_senders_post_is_understood_without_a_kind_and_nothing_is_lost() -> None:
    bodies = tomllib.loads(Path(__file__).with_name("public_bodies.toml").read_text())["body"]
    assert len(bodies) >= 50
    for body in bodies:
        lead = await read(json.loads(body["posts"]))
        said = {name: text for name, text in lead.said().items() if name in ("name", "phone", "email", "city", "state")}
        assert said == body["lead"], body["page"]
        kept = json.dumps([lead.said() | {"metadata": metadata_of(lead)}], ensure_ascii=False, default=str)
        lost = [value for value in values_in(json.loads(body["posts"])) if value not in kept]
        # A time is written as we do.
        assert [value for value in lost if lead.timestamp is None or not read_date(value)] == [], body["page"]


async def test_a_post_that_shows_of_which_kind_it_is_is_read_as_that_kinds() -> None:
    gravity = {"1.3": "Dev Shah", "2": "98551 51515", "date_created": "2026-11-30 04:00:00"}
    mapping = Mapping({"name": "1.3", "phone": "2", "timestamp": "date_created"})
    posted = await read_posted(json.dumps(gravity).encode())
    assert isinstance(posted, dict)
    for customs in (ANYWHERE, customs_of("IN", "Asia/Kolkata")):
        lead = read_new(dict(posted), mapping, customs)
        assert isinstance(lead, Lead)
        # bug_reports, payload 83: its times are UTC's.
        assert (lead.name, lead.timestamp) == ("Dev Shah", "2026-11-30T04:00:00+00:00")
    test = {"user_column_data": [{"column_id": "FULL_NAME", "string_value": "Test"},
                                 {"column_id": "PHONE_NUMBER", "string_value": ONE}],
            "form_id": 1, "lead_id": "T", "google_key": "a secret", "is_test": True}  # fmt: skip
    lead = await read(test)
    assert (lead.phone, lead.source_row_id, metadata_of(lead)["is_test"]) == (ONE, "T", True)
    assert "a secret" not in json.dumps(metadata_of(lead))
    dummy = {"id": "1", "form_id": "2", "field_data": [
        {"name": "full_name", "values": ["<test lead: dummy data for full_name>"]},
        {"name": "email", "values": ["test@fb.example"]}]}  # fmt: skip
    assert metadata_of(await read(dummy))["is_test"] is True
    cancelled = {"event": "invitee.canceled", "payload": {"uri": "u", "name": "Asha Rao", "email": MAIL}}
    posted = await read_posted(json.dumps(cancelled).encode())
    assert isinstance(posted, dict)
    assert isinstance(read_new(posted, None, ANYWHERE), NoLead)
    # Two leads in one post are two.
    changes = [{"field": "leadgen", "value": {"leadgen_id": str(n), "field_data": [
        {"name": "full_name", "values": [f"Asha {n}"]}, {"name": "phone_number", "values": [ONE]}]}}
        for n in (1, 2)]  # fmt: skip
    posted = await read_posted(json.dumps({"object": "page", "entry": [{"id": "1", "changes": changes}]}).encode())
    many = leads_in(posted, None) or ()
    assert [read_new(one, None, ANYWHERE).name for one in many] == ["Asha 1", "Asha 2"]  # type: ignore[union-attr]


async def test_an_odd_time_is_kept_as_it_was_given_and_costs_nothing() -> None:
    for name, time in (("timestamp", "ASAP"), ("timestamp", "25:61"), ("Time", "evening"), ("time", "25:61")):
        lead = await read({**ASHA, name: time})
        assert (lead.name, lead.timestamp) == ("Asha Rao", None)
        assert metadata_of(lead) == {f"{name}_given" if name == "timestamp" else name: time}
    posted = await read_posted(json.dumps({**ASHA, "day": "2026-11-05", "at": "after six"}).encode())
    assert isinstance(posted, dict)
    lead = read_one(posted, Mapping({"timestamp": ["day", "at"]}), ANYWHERE)
    assert (lead.timestamp, metadata_of(lead)) == ("2026-11-05", {"at": "after six"})


async def test_a_phone_is_read_in_every_list_and_object_with_the_primary_one_first() -> None:
    for body, phone in PHONES:
        lead = await read({"name": "Asha Rao", **body})
        assert (lead.name, lead.phone) == ("Asha Rao", phone), body
        assert "phone_given" not in metadata_of(lead), body


def test_what_a_further_phone_or_email_is_called_is_the_same_in_files_and_bodies() -> None:
    for name in (
        "other_phones",
        "Other Phones",
        "whatsapp",
        "WhatsApp Number",
        "alternate_number",
        "mobile_2",
        "phones",
    ):
        assert known_heading(name) == field_known_as(name) == "phone", name
    for name in ("emails", "Email 2", "Email Addresses"):
        assert known_heading(name) == field_known_as(name) == "email", name
    assert known_heading("Name 2") == field_known_as("Name 2") is None


async def test_an_email_is_read_in_every_list_and_object_with_the_primary_one_first() -> None:
    for body, email in MAILS:
        assert (await read({**ASHA, **body})).email == email, body
    assert metadata_of(await read({**ASHA, "email": [{"value": "N/A"}]})) == {"email_given": "N/A"}


async def test_whom_a_body_is_about_is_found_wherever_it_says_so() -> None:
    for sender, body in PEOPLE:
        lead = await read(body)
        assert (lead.name, lead.phone, lead.email) == ("Asha Rao", ONE, MAIL), sender


async def test_what_is_of_another_person_is_not_taken_for_the_leads() -> None:
    for body in OTHERS:
        lead = await read(body)
        assert (lead.name, lead.phone, lead.email) == ("Asha Rao", None, MAIL), body
        assert metadata_of(lead) == {name: value for name, value in body.items() if name not in ("name", "email")}


async def test_a_place_is_read_in_the_address_of_the_lead_and_nothing_else_of_it_is_lost() -> None:
    for body, place, more in PLACES:
        lead = await read({**ASHA, **body})
        read_place = {name: text for name, text in (("city", lead.city), ("state", lead.state)) if text}
        assert (read_place, metadata_of(lead)) == (place, more), body


async def test_what_stands_for_nothing_is_as_if_it_were_left_out() -> None:
    for body, wanted in NOTHING:
        lead = await read({"phone": ONE, **body})
        said = {**lead.said(), "metadata": metadata_of(lead)}
        assert said == {"phone": ONE, "metadata": {}, **wanted}, body


async def test_a_side_field_that_cannot_be_understood_is_kept_and_costs_nothing() -> None:
    for name, value in (("phone", True), ("email", {"verified": True}), ("city", [[]]), ("state", {"a": {"b": 1}})):
        lead = await read({"name": "Asha Rao", "source_row_id": "1", name: value})
        assert (lead.name, getattr(lead, name)) == ("Asha Rao", None)
        assert metadata_of(lead) == ({f"{name}_given": value} if value != [[]] else {}), name
