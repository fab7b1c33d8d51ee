"""A country or its calling code in a field or column of its own says of which country the phone is.

What number that makes, tests/database/spelling/test_phones.py says; and tests/gateway/intake/test_phones_of_leads.py
that it is the same by webhook, form and file.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.core.dates import customs_of
from gateway.core.phone_countries import country_called, country_in
from gateway.intake.reading import read_lead
from gateway.sealing.phones import read_phones

CUSTOMS = customs_of("IN", "Asia/Kolkata")
BRITISH, INDIAN, AMERICAN = "+447911123456", "+919801000110", "+14155550132"

# What senders and forms post: the names are those of their documentation or of the thread.
POSTED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"phone": "7911123456", "country_code": "+44"}, BRITISH),
    ({"phone": "07911 123456", "country_code": "44"}, BRITISH),
    ({"phone": "7911123456", "country_code": 44}, BRITISH),
    ({"phone": "7911123456", "country_code": "0044"}, BRITISH),
    ({"phone": "7911123456", "country_code": "GB"}, BRITISH),
    ({"phone": "7911123456", "country_code": "United Kingdom (+44)"}, BRITISH),
    ({"phone": "+44 7911 123456", "country_code": "+44"}, BRITISH),
    ({"phone": "447911123456", "country_code": "+44"}, BRITISH),
    ({"phone": "9801000110", "country_code": "+91"}, INDIAN),
    ({"phone": "919801000110", "country_code": "91"}, INDIAN),
    ({"phone": "+919801000110", "country_code": "+44"}, INDIAN),  # its own prefix wins
    ({"phone": "9801000110", "country_code": ""}, INDIAN),
    ({"phone": "9801000110", "country_code": "N/A"}, INDIAN),
    ({"phone": "9801000110", "country": "NA"}, INDIAN),
    ({"Mobile": "7911123456", "Country Code": "UK"}, BRITISH),
    ({"mobile_number": "7911123456", "phone_country": "gb"}, BRITISH),
    ({"phone": "7911123456", "phone_country": "GBR"}, BRITISH),
    ({"phone": "7911123456", "dial_code": "+44"}, BRITISH),
    ({"phone": "7911123456", "dialCode": "44", "countryCode": "gb"}, BRITISH),  # react-phone-input-2
    ({"phone": "7911123456", "isd_code": "+44"}, BRITISH),
    ({"phone": "7911123456", "phoneCode": "44"}, BRITISH),
    ({"phone": "7911123456", "calling_code": "44"}, BRITISH),
    ({"phone": "7911123456", "Country": "United Kingdom"}, BRITISH),
    ({"phone": "7911123456", "country": "England"}, BRITISH),
    ({"phone_number": "4155550132", "country": "US"}, AMERICAN),  # a prefilled question of Facebook's lead ads
    ({"phone": "4155550132", "country": "United States"}, AMERICAN),
    ({"phone": "4155550132", "Country/Region": "USA"}, AMERICAN),  # HubSpot's and Zoho's headings
    ({"phone": "4155550132", "hs_country_region_code": "US"}, AMERICAN),
    ({"billing_phone": "7911123456", "billing_country": "GB"}, BRITISH),  # WooCommerce
    ({"sender_mobile": "7911123456", "SENDER_COUNTRY_ISO": "GB"}, BRITISH),  # IndiaMART
    ({"phone": "9801000110", "country": "United States"}, INDIAN),  # who lives there has a mobile of here
    ({"phone": "9825000110", "country": "United Kingdom"}, "+919825000110"),
    ({"phone": "9801000110", "country": "India"}, INDIAN),
    ({"phone": "7911123456", "country_code": "+44", "country": "India"}, BRITISH),  # the phone's own code goes first
    ({"phone": "50 123 4567", "country": "UAE"}, "+971501234567"),
    ({"phone": "11 96123-4567", "country": "Brasil"}, "+5511961234567"),
    ({"phone": "8123 4567", "country_code": "+65"}, "+6581234567"),
    ({"phone": "12345", "country_code": "+44"}, ""),
)


@pytest.mark.parametrize(("posted", "number"), POSTED, ids=lambda one: str(one)[:60])
def test_a_country_in_a_field_of_its_own_is_the_phones(posted: dict[str, Any], number: str) -> None:
    lead = read_lead(msgspec.json.encode(posted), None, CUSTOMS)
    assert lead.phone is not None
    assert next(iter(read_phones(lead.phone, "IN").numbers), "") == number
    # What the sender said is not lost by that.
    beside = {value for name, value in posted.items() if country_called(name)}
    kept = msgspec.json.decode(bytes(lead.metadata) or b"{}")
    assert {*kept.values(), lead.country} - {None} == beside


def test_what_contradicts_is_not_all_of_the_phone() -> None:
    lead = read_lead(b'{"phone": "+919801000110", "country_code": "+44"}', None, CUSTOMS)
    assert (lead.phone, read_phones(lead.phone or "", "IN").is_whole) == ("+919801000110 [+44]", False)


def test_countries_are_known_by_code_and_name() -> None:
    said = {
        **dict.fromkeys(("+91", "91", "0091", "91.0", "(+91)", "India (+91)", "IN +91", "+91 - India"), "+91"),
        **dict.fromkeys(("IN", "in", "IND", "India", "INDIA", "भारत", " Bharat "), "IN"),
        **dict.fromkeys(("GB", "UK", "U.K.", "United Kingdom", "Great Britain"), "GB"),
        **dict.fromkeys(("+1", "1", "+1-876", "USA (+1)"), "+1"),
        **{"NO": "NO", "Norway": "NO", "Vietnam": "VN", "South Korea": "KR", "Türkiye": "TR", "Turkey": "TR"},
        **dict.fromkeys(("", "N/A", "na", "No", "Yes", "-", "12345", "+", "somewhere", "Pune", "x" * 99), ""),
    }
    assert {text: country_in(text) for text in said} == said
