"""Whom a body is about where several phones or several people are in it, without a mapping."""

import json
from typing import Any

import msgspec
import pytest

from gateway.core.problems import Problem
from gateway.intake.reading import read_lead

ASHA = {"first_name": "Asha", "last_name": "Rao", "phone": "9801000001", "email": "asha@mail.example"}
RAVI = {"first_name": "Ravi", "last_name": "Rao", "phone": "9801000002"}

PHONES: tuple[tuple[dict[str, Any], str, dict[str, Any]], ...] = (
    ({"Mobile": "9801000001", "Alternate Mobile": "9801000002"}, "9801000001 / 9801000002", {}),
    ({"Alternate Mobile": "9801000002", "Mobile": "9801000001"}, "9801000001 / 9801000002", {}),
    ({"Phone (home)": "022 2345 6789", "Phone": "9801000001"}, "9801000001 / 022 2345 6789", {}),
    ({"Parent Phone": "9801000002", "Student Phone": "9801000001"}, "9801000001 / 9801000002", {}),
    ({"Father's Mobile": 9801000002, "phone": "9801000001"}, "9801000001 / 9801000002", {}),
    ({"phone": "9801000001", "Student Phone": "9801000002"}, "9801000001 / 9801000002", {}),
    ({"phone": "9801000001", "Mother Mobile No.": "9801000002", "Guardian Phone": "n/a"},
     "9801000001 / 9801000002", {"Guardian Phone": "n/a"}),
    ({"Parent Phone": "9801000002"}, "9801000002", {}),
    # WhatsApp's says more than a number, and is kept, too; a number alone says too little.
    ({"phone": "9801000001", "WhatsApp": "9801000002"}, "9801000001 / 9801000002", {"WhatsApp": "9801000002"}),
    ({"phone": "9801000001", "whatsapp": "+91 98010 00001"}, "9801000001", {"whatsapp": "+91 98010 00001"}),
    ({"phone": "9801000001", "other_phones": ["9801000002", "98010 00003"]}, "9801000001 / 9801000002, 98010 00003",
     {}),
    ({"phone": "9801000001", "alternate_number": "9801000002", "mobile_2": "9801000003"},
     "9801000001 / 9801000002 / 9801000003", {}),
    ({"phone": "9801000001", "number": "12345678"}, "9801000001", {"number": "12345678"}),
)  # fmt: skip

PEOPLE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"id": 727, "billing": ASHA, "shipping": RAVI}, "Asha Rao"),
    ({"shipping": RAVI, "billing": ASHA}, "Asha Rao"),
    ({"billing": ASHA, "shipping": {**ASHA, "email": ""}}, "Asha Rao"),
    ({"order": {"billing_address": ASHA, "shipping_address": RAVI}}, "Asha Rao"),
    ({"billing_address": RAVI, "customer": ASHA, "shipping_address": RAVI}, "Asha Rao"),
    ({"buyer": ASHA, "seller": RAVI}, "Asha Rao"),
    ({"parent": RAVI, "student": ASHA}, "Asha Rao"),
    ({"first": ASHA, "second": {**ASHA, "phone": "+91 98010-00001"}}, "Asha Rao"),
    ({"contact": ASHA, "lead": {**ASHA, "city": "Pune"}}, "Asha Rao"),
)


def test_further_phones_of_a_body_are_the_leads_further_phones() -> None:
    read = [read_lead(json.dumps(body).encode(), None) for body, _, _ in PHONES]
    told = [(lead.phone, msgspec.json.decode(lead.metadata) if bytes(lead.metadata) else {}) for lead in read]
    assert told == [(phone, metadata) for _, phone, metadata in PHONES]


def test_of_several_people_in_a_body_who_asks_or_pays_is_the_lead() -> None:
    for body, name in PEOPLE:
        lead = read_lead(json.dumps(body).encode(), None)
        assert (lead.name, lead.phone, lead.email) == (name, "9801000001", "asha@mail.example"), body
        # Who else is in it is kept.
        others = json.dumps(msgspec.json.decode(lead.metadata), ensure_ascii=False)
        assert ("9801000002" in others) == ("9801000002" in json.dumps(body)), body


def test_where_nothing_tells_which_of_several_people_is_the_lead_that_is_said() -> None:
    for body in ({"contact": ASHA, "lead": RAVI}, {"one": ASHA, "two": RAVI}):
        with pytest.raises(Problem) as refused:
            read_lead(json.dumps(body).encode(), None)
        [error] = refused.value.errors
        assert error.message == (
            f"Several people are in it, and nothing tells which one the lead is: {', '.join(body)}."
        )
        # One that can be known by something else is taken, with both in its metadata.
        assert read_lead(json.dumps({"name": "Office", **body}).encode(), None).name == "Office"
