"""An e-mail where the phone should be and the other way round, both in one, and what is neither: nothing is lost."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.core.field_names import field_called
from gateway.intake.kinds import kinds
from gateway.intake.lead import Lead
from gateway.intake.mapping import mapping_of
from gateway.intake.reading import read_lead
from gateway.intake.understanding import read_posts

PHONE, OTHER, MAIL = "98100 00001", "98100 00002", "asha@example.com"

# What is posted; the phone, the e-mail and the metadata that it makes. People of many CRMs ask for "phone or e-mail" in
# one field (mautic/mautic#2660, frappe/crm#400 and HubSpot's and Zoho's exports have such columns).
POSTED: tuple[tuple[dict[str, Any], str | None, str | None, dict[str, Any]], ...] = (
    ({"phone": MAIL}, None, MAIL, {}),
    ({"phone": MAIL, "email": PHONE}, PHONE, MAIL, {}),
    ({"phone": "mailto:" + MAIL}, None, MAIL, {}),
    ({"phone": f"{PHONE} / {MAIL}"}, PHONE, MAIL, {}),
    ({"phone": f"{MAIL}, {PHONE}"}, PHONE, MAIL, {}),
    ({"phone": f"{MAIL};{PHONE}/{OTHER}"}, f"{PHONE}/{OTHER}", MAIL, {}),
    ({"phone": f"{PHONE} {MAIL}"}, PHONE, MAIL, {}),
    ({"phone": f"{PHONE} ({MAIL})"}, f"{PHONE} ( )", MAIL, {}),
    ({"phone": MAIL, "email": MAIL.upper()}, None, MAIL.upper(), {}),
    (
        {"phone": f"{PHONE}, {MAIL}", "email": "b@example.com"},
        PHONE,
        "b@example.com",
        {"phone_given": f"{PHONE}, {MAIL}"},
    ),
    ({"phone": "write to " + MAIL}, None, MAIL, {"phone_given": "write to " + MAIL}),
    ({"phone": "asha9810000001@example.com"}, None, "asha9810000001@example.com", {}),
    ({"Mobile": MAIL}, None, MAIL, {}),
    ({"phone_or_email": MAIL}, None, MAIL, {}),
    ({"Phone / Email": f"{PHONE} / {MAIL}"}, PHONE, MAIL, {}),
    # Numbers of WhatsApp are none.
    ({"phone": "919810000001@c.us"}, "919810000001@c.us", None, {}),
    ({"phone": "919810000001@s.whatsapp.net"}, "919810000001@s.whatsapp.net", None, {}),
    ({"phone": "9810000001@paytm"}, "9810000001@paytm", None, {}),
    # A phone for the e-mail, and what is neither.
    ({"email": PHONE}, PHONE, None, {}),
    ({"phone": PHONE, "email": OTHER}, f"{PHONE} / {OTHER}", None, {}),
    ({"phone": PHONE, "email": PHONE}, PHONE, None, {}),
    ({"phone": PHONE, "email": "+91 98100-00002"}, f"{PHONE} / +91 98100-00002", None, {}),
    ({"phone": PHONE, "email": "has none"}, PHONE, None, {"email_given": "has none"}),
    ({"phone": PHONE, "email": "asha at example.com"}, PHONE, None, {"email_given": "asha at example.com"}),
    ({"phone": PHONE, "email": "asha @example.com"}, PHONE, None, {"email_given": "asha @example.com"}),
    ({"phone": PHONE, "email": "example.com"}, PHONE, None, {"email_given": "example.com"}),
    ({"phone": PHONE, "email": "402"}, PHONE, None, {"email_given": "402"}),
    ({"phone": PHONE, "email": " "}, PHONE, " ", {}),
    ({"phone": PHONE, "email": MAIL}, PHONE, MAIL, {}),
)


@pytest.mark.parametrize(("posted", "phone", "email", "metadata"), POSTED, ids=lambda one: str(one)[:50])
def test_each_goes_where_it_belongs(
    posted: dict[str, Any], phone: str | None, email: str | None, metadata: dict[str, Any]
) -> None:
    lead = read_lead(msgspec.json.encode({"name": "Asha", **posted}))
    kept = msgspec.json.decode(lead.metadata) if bytes(lead.metadata) else {}
    assert (lead.phone, lead.email, kept) == (phone, email, metadata)


def test_a_heading_of_both_is_the_phones() -> None:
    headings = ("Phone / Email", "Email/Phone", "Contact (phone or email)", "Mobile or Email", "phone_email")
    assert {field_called(heading) for heading in headings} == {"phone"}


# As Meta's tool for testing lead ads fills a form in, by any tool and in its files.
@pytest.mark.parametrize(
    ("posted", "is_test"),
    [
        ({"name": "<test lead: dummy data for full_name>"}, True),
        ({"full_name": "<test lead: dummy data for full_name>", "phone_number": PHONE}, True),
        ({"name": "Asha", "phone": "<test lead: dummy data for phone_number>"}, True),
        ({"email": "test@fb.com", "phone": "p:<test lead: dummy data for phone_number>"}, True),
        ({"name": "Asha <test lead>", "phone": PHONE}, False),
        ({"name": "<Asha>", "phone": PHONE, "metadata": {"is_test": False}}, False),
    ],
)
def test_a_test_lead_of_facebook_is_a_test_by_any_way(posted: dict[str, Any], is_test: bool) -> None:
    lead = read_lead(msgspec.json.encode(posted))
    assert (b'"is_test":true' in bytes(lead.metadata)) is is_test


def test_each_of_two_people_in_one_value_of_whatsapp_is_a_lead_with_the_own_name() -> None:
    """As Eshajha19/agri#2865 tells of messages that come together."""
    people = {"919810000001": "Asha", "919810000002": "Ravi", "919810000003": "Uma"}
    value = {
        "contacts": [{"wa_id": number, "profile": {"name": name}} for number, name in reversed(people.items())],
        "messages": [{"id": f"w{number}", "from": number, "text": {"body": "Hello"}} for number in people],
    }
    kind = kinds()["whatsapp"]
    post = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}
    mapping = mapping_of(kind.with_mapping(None))
    assert mapping is not None
    read = read_posts(kind, mapping, [post])
    leads = [(one.phone, one.name, one.source_row_id) for one in read if isinstance(one, Lead)]
    assert leads == [(number, name, f"w{number}") for number, name in people.items()]
    # A number that WhatsApp writes otherwise than its own id is still that of the only person.
    value["contacts"], value["messages"] = value["contacts"][:1], [{"id": "w", "from": "5215512345678"}]
    [lead] = read_posts(kind, mapping, [post])
    assert isinstance(lead, Lead)
    assert (lead.phone, lead.name) == ("5215512345678", "Uma")
