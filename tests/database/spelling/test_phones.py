"""PostgreSQL and the gateway read a phone alike, to the letter, and as phonenumbers does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import phonenumbers
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException, PhoneNumberFormat, PhoneNumberType

from gateway.sealing.phones import plain_character, read_phones

REGIONS = sorted({region for regions in COUNTRY_CODE_TO_REGION_CODE.values() for region in regions} - {"001"})

# Mobiles, landlines and service numbers as people of each country write them: valid, and nobody's that we know of
# (examples of libphonenumber and of its documentation, numbers kept free for films).
NATIONAL = {
    "IN": ("081234 56789", "8123456789", "074104 10123", "011 2345 6789", "022-2345 6789", "1800 123 4567"),
    "US": ("(202) 555-0123", "202.555.0147", "1 202 555 0199", "415-555-0132", "(800) 234-5678"),
    "GB": ("07400 123456", "020 7946 0018", "0161 496 0123", "0121 234 5678", "0800 123 4567", "07911 123456"),
    "DE": ("01512 3456789", "030 123456", "030/123456", "(0171) 2345678", "089 1234-5678", "0800 1234567"),
    "BR": ("(11) 96123-4567", "11 2345-6789", "021 2345-6789", "0 11 96123-4567", "0800 123 456"),
    "ID": ("0812-345-678", "0812 3456 7890", "(021) 3456789", "+62 812 345 678", "08 001 234567"),
    "AE": ("050 123 4567", "04 234 5678", "02 234 5678", "800 12345", "(055) 123 4567"),
    "AU": ("0412 345 678", "(02) 1234 5678", "02 5550 1234", "0491 570 156", "1800 123 456"),
    "FR": ("06 12 34 56 78", "01 23 45 67 89", "01.23.45.67.89", "07-56-12-34-56", "0801 23 45 67"),
    "IT": ("312 345 6789", "02 1234 5678", "06 698 12345", "055 1234567", "803 123"),
    "SG": ("8123 4567", "6123 4567", "9123-4567", "1800 123 4567"),
    "MX": ("200 123 4567", "(55) 1234 5678", "222 123 4567", "800 123 4567"),
}
# In these, a national number is read in that country alone; the others name it.
WRITTEN = (
    "{national}", "Mob: {national}", "p:{national}", "tel:{e164}", "whatsapp:{e164}", "{e164}", "{international}",
    "'{national}", '="{national}"', "\u202a{international}\u202c", "00{digits}", "{e164}.0", "{national} (office)",
    "wa.me/{e164}",
)  # fmt: skip

Answers = list[tuple[list[str], bool]]


@pytest.fixture(scope="module")
def reader(migrated: Any, server: Any) -> Iterator[psycopg.Connection[Any]]:
    """Reads the reference data of the template; nothing is changed."""
    from tests.conftest import clone

    with (
        clone(migrated, migrated.template_dbname) as name,
        psycopg.connect(server.url(name), autocommit=True) as opened,
    ):
        yield opened


def both(reader: psycopg.Connection[Any], texts: list[tuple[str, str]]) -> Answers:
    """What core.read_phones() makes of texts in regions, which is what the gateway makes of them."""
    query = """
        select r.numbers, r.is_whole from jsonb_array_elements(%s) with ordinality as g (given, nr)
        cross join lateral core.read_phones(g.given ->> 0, g.given ->> 1) r order by g.nr"""
    answers: Answers = reader.execute(query, [json.dumps(texts)]).fetchall()
    here = [tuple(read_phones(*text)) for text in texts]
    assert [pair for pair in zip(texts, answers, here, strict=True) if pair[1] != pair[2]] == []
    return answers


def said_by_the_library(digits: str, region: str) -> str | None:
    """What the library alone makes of it, where it calls that valid."""
    try:
        number = phonenumbers.parse(digits, region)
    except NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


def test_300_phones_of_12_countries_are_what_phonenumbers_says(reader: psycopg.Connection[Any]) -> None:
    texts, expected = [], []
    for region, numbers in NATIONAL.items():
        for national, written in product(numbers, WRITTEN):
            number = phonenumbers.parse(national, region)
            assert phonenumbers.is_valid_number(number), (region, national)
            e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
            digits = e164.removeprefix("+")
            texts.append(
                (written.format(national=national, e164=e164, international=international, digits=digits), region)
            )
            expected.append(([e164], True))
    assert len(texts) > 300
    assert both(reader, texts) == expected


def test_numbers_of_every_region_and_kind_are_read_as_the_library_reads_them(reader: psycopg.Connection[Any]) -> None:
    """Its own examples, and digits beside them: with and without code, prefixes, a digit more or less."""
    texts: list[tuple[str, str]] = []
    for place, region in enumerate(REGIONS):
        other = REGIONS[(place * 7 + 3) % len(REGIONS)]
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.SHARED_COST):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            code, digits = example.country_code, phonenumbers.national_significant_number(example)
            national = re.sub("[^0-9]", "", phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL))
            for nr, written in enumerate((
                digits, national, f"+{code}{digits}", f"+{code}0{digits}", f"{code}{digits}", f"00{code}{digits}",
                f"011{code}{digits}", f"0{digits}", digits[:-1], f"{digits}1", f"+{digits}", f"+0{digits}",
            )):  # fmt: skip
                texts += [(written, region), (written, other)][: 1 + (nr % 3 == place % 3)]
    answers = both(reader, texts)
    by_itself = [([number], True) if (number := said_by_the_library(*text)) else None for text in texts]
    differing = {
        text: (answer, said)
        for text, answer, said in zip(texts, answers, by_itself, strict=True)
        # Not longer or shorter than phones are; 00 and +0 are read everywhere; one that names its country may be new.
        if said is not None and answer != said and 8 <= len(said[0][0]) <= 16 and len(text[0]) >= 5
    }
    assert differing == {}


# What users of other programs have reported, with the thread.
REPORTED = (
    ("\u202a+91 98100\u00a000001\u202c", "IN", "+919810000001"),  # glific/glific#4815
    ("\u202d07911123456\u202c", "GB", "+447911123456"),  # verbb/hyper#86
    ("tel:+447911123456", "US", "+447911123456"),  # verbb/hyper#86
    ("\u200e79022222222", "RU", "+79022222222"),  # contao/core#8434
    ("+46 8 123 456 78\u202c", "SE", "+46812345678"),  # zetkin/app.zetkin.org#2059
    ("+49 123 / 42 42 42", "DE", "+49123424242"),  # janimo/textsecure-qml#42
    ("+4407911 123 456", "GB", "+447911123456"),  # AfterShip/phone#268
    ("+44 (0) 20 7946 0018", "PL", "+442079460018"),  # google/libphonenumber#1816
    ("0031612345678", "GB", "+31612345678"),  # giggsey/libphonenumber-for-php#209
    ("89216165544", "RU", "+79216165544"),  # fcevado/phone#110
    ("387061899941", "BA", "+38761899941"),  # floere/phony#284
    ("+390116511111", "IT", "+390116511111"),  # brick/phonenumber#12
    ("06 1 234 5678", "HU", "+3612345678"),  # TrevorPilley/phone-number-parser#262
    ("TEL;CELL:075-622-8531", "JP", "+81756228531"),  # nextcloud/contacts#2208
    ("9812345678.0", "IN", "+919812345678"),  # nyaruka/rapidpro#241
    ("5.35E+09", "TR", None),  # SpartnerNL/Laravel-Excel#1789
    ("4.47900E+11", "GB", None),  # alphagov/notifications-admin#4124
    ("4.41E+11", "GB", None),  # Automattic/camptix#40
    ("whatsapp:+5215512345678", "MX", "+525512345678"),  # chatwoot/chatwoot#14048
    ("5215512345678@c.us", "MX", "+525512345678"),  # chatwoot/chatwoot#14926
    ("919810000001:3@s.whatsapp.net", "IN", "+919810000001"),  # devlikeapro/waha#1443
    ("5511998877666@s.whatsapp.net@s.whatsapp.net", "BR", "+5511998877666"),  # sepinf-inc/IPED#1917
    ("++49 (171) 12345678", "US", "+4917112345678"),  # tgalal/wazapp#282
    ("+1 (234) 567 890", "US", None),  # tgalal/wazapp#127
    ("015254599371", "DE", "+4915254599371"),  # BioHazard786/Alternate#31
    ("0092 344 1000200", "PK", "+923441000200"),  # yeriomin/DumbphoneAssistant#5
    ("+1 111-222-3333", "US", "+11112223333"),  # YetiForceCompany/YetiForceCRM#6585
    ("1-415-555-1234", "US", "+14155551234"),  # cluster-software/agent-crm#88
    ("(586) 485-7783;55", "US", "+15864857783"),  # marmelroy/PhoneNumberKit#113
    ("+19052223333;ext=555", "CA", "+19052223333"),  # daddyz/phonelib#58
    ("+16502530000x136", "GB", "+16502530000"),  # daddyz/phonelib#367
    ("tel:+44-114-272-6444,1234", "GB", "+441142726444"),  # TrevorPilley/phone-number-parser#492
    ("0234/123456-106", "DE", "+49234123456106"),  # TrevorPilley/phone-number-parser#689
    ("4084568908#", "US", "+14084568908"),  # google/libphonenumber#988
    ("(408) 456-8908, press 12", "US", "+14084568908"),  # VeryApt/django-phone-field#2
    ("*31#+919810000001", "IN", "+919810000001"),  # SimpleMobileTools/Simple-Contacts#446
    (
        "\u06f0\u06f9\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9",
        "IR",
        "+989123456789",
    ),  # jackocnr/intl-tel-input#2105
    (
        "+\u0664\u0664\u0667\u0669\u0661\u0661\u0661\u0662\u0663\u0664\u0665\u0666",
        "GB",
        "+447911123456",
    ),  # catamphetamine/libphonenumber-js#141
    ("+7()", "RU", None),  # alltheplaces/alltheplaces#10694
    ("(0) 0-0", "US", None),  # alltheplaces/alltheplaces#10694
)


def test_what_others_have_reported_is_read(reader: psycopg.Connection[Any]) -> None:
    answers = both(reader, [(text, region) for text, region, _ in REPORTED])
    assert [next(iter(numbers), None) for numbers, _ in answers] == [number for _, _, number in REPORTED]


# Phones beside numbers of something else, as people of other programs have reported or shown them. What stands there
# beside the phones is kept as phone_given.
BESIDE_OTHERS: tuple[tuple[str, str, list[str]], ...] = (
    ("9801000110 (2 bhk)", "IN", ["+919801000110"]),
    ("98010 00110 (2 bhk)", "IN", ["+919801000110"]),
    ("1) 9801000110 2) 9701000110", "IN", ["+919801000110", "+919701000110"]),
    ("1) 98010 00110 2) 97010 00110", "IN", ["+919801000110", "+919701000110"]),
    ("(1) 98010-00110 (2) 97010-00110", "IN", ["+919801000110", "+919701000110"]),
    ("1. 98010 00110 2. 97010 00110", "IN", ["+919801000110", "+919701000110"]),
    ("1-9801000110 2-9701000110", "IN", ["+919801000110", "+919701000110"]),
    ("9801000110 flat 402", "IN", ["+919801000110"]),
    ("9801000110 402", "IN", ["+919801000110"]),
    ("9801000110 - 402", "IN", ["+919801000110"]),
    ("call after 6 pm 98010 00110", "IN", ["+919801000110"]),
    ("98010 00110 (10am-6pm)", "IN", ["+919801000110"]),
    ("9801000110 10:30", "IN", ["+919801000110"]),
    ("411001 9801000110", "IN", ["+919801000110"]),
    ("25-11-2026 9801000110", "IN", ["+919801000110"]),
    ("98010 00110, 3 BHK, 45 lakhs", "IN", ["+919801000110"]),
    ("+91 98010 00110 24x7", "IN", []),  # it could be a part of a longer number
    ("12 98010 0011 1", "IN", []),
    ("98010001101 2", "IN", []),
    ("(415) 555-2671 (2nd)", "US", ["+14155552671"]),
    ("4155552671 (ext. 5)", "US", ["+14155552671"]),
    ("07911 123456 (after 5)", "GB", ["+447911123456"]),
    ("2) 07911 123456", "GB", ["+447911123456"]),
    ("(11) 96123-4567 (2 qts)", "BR", ["+5511961234567"]),
)

# What is said of the country elsewhere, as gateway.core.phone_countries puts it behind the phone.
OF_COUNTRY: tuple[tuple[str, str, list[str], bool], ...] = (
    ("7911123456 [+44]", "IN", ["+447911123456"], True),
    ("07911 123456 [+44]", "IN", ["+447911123456"], True),
    ("9801000110 [+91]", "GB", ["+919801000110"], True),
    ("919801000110 [+91]", "GB", ["+919801000110"], True),
    ("0091 98010 00110 [+91]", "GB", ["+919801000110"], True),
    ("+919801000110 [+44]", "IN", ["+919801000110"], False),  # its own prefix wins
    ("00 91 98010 00110 [+44]", "IN", ["+919801000110"], False),
    ("050 123 4567 [+971]", "IN", ["+971501234567"], True),
    ("9801000110 [+971]", "IN", ["+919801000110"], False),  # there are no such in the Emirates
    ("5551234567 [+1]", "IN", ["+15551234567"], True),  # as +1 5551234567 is read
    ("07911 123456 / 020 7946 0018 [+44]", "IN", ["+447911123456", "+442079460018"], True),
    ("98010 00110 (office) [+91]", "US", ["+919801000110"], True),
    ("12345 [+44]", "IN", [], False),
    ("call me [+44]", "IN", [], False),
    ("98010 00110 [+999]", "IN", ["+919801000110"], False),
    ("98010 00110 [XX]", "IN", ["+919801000110"], True),
    ("(415) 555-2671 [US]", "IN", ["+14155552671"], True),
    ("98010 00110 [US]", "IN", ["+919801000110"], True),  # who lives there may have brought it
    ("98250 00110 [GB]", "IN", ["+919825000110"], True),  # a premium number there, a mobile here
    ("20 7946 0018 [GB]", "IN", ["+442079460018"], True),
    ("+91 98010 00110 [US]", "US", ["+919801000110"], True),
    ("11 96123-4567 [BR]", "DE", ["+5511961234567"], True),
    ("0812-345-678 [ID]", "AE", ["+62812345678"], True),
)


def test_a_phone_beside_other_numbers_is_read_and_nothing_is_made_up(reader: psycopg.Connection[Any]) -> None:
    answers = both(reader, [(text, region) for text, region, _ in BESIDE_OTHERS])
    assert [(case[0], numbers) for case, (numbers, _) in zip(BESIDE_OTHERS, answers, strict=True)] == [
        (text, numbers) for text, _, numbers in BESIDE_OTHERS
    ]


def test_a_phone_is_of_the_country_that_is_said_beside_it(reader: psycopg.Connection[Any]) -> None:
    answers = both(reader, [(text, region) for text, region, *_ in OF_COUNTRY])
    assert [(case[0], *answer) for case, answer in zip(OF_COUNTRY, answers, strict=True)] == [
        (text, numbers, is_whole) for text, _, numbers, is_whole in OF_COUNTRY
    ]


def test_a_mobile_comes_before_a_landline(reader: psycopg.Connection[Any]) -> None:
    cases = {
        ("022 2345 6701 / 98010 00110", "IN"): ["+919801000110", "+912223456701"],
        ("022 2345 6701, 1800 123 4567, 98010 00110, 98010 00111", "IN"): [
            *("+919801000110", "+912223456701", "+9118001234567", "+919801000111"),
        ],
        ("98010 00110 / 022 2345 6701 / 98010 00111", "IN"): ["+919801000110", "+912223456701", "+919801000111"],
        ("022 2345 6701 / 022 2345 6702", "IN"): ["+912223456701", "+912223456702"],
        ("020 7946 0018 / 07911 123456", "GB"): ["+447911123456", "+442079460018"],
        ("415-555-0132 / 202-555-0123", "US"): ["+14155550132", "+12025550123"],  # they look alike
        ("030 123456 / 01512 3456789", "DE"): ["+4915123456789", "+4930123456"],
        ("04 234 5678 / 050 123 4567", "AE"): ["+971501234567", "+97142345678"],
        ("(11) 2345-6789 / (11) 96123-4567", "BR"): ["+5511961234567", "+551123456789"],
        ("(021) 3456789 / 0812-345-678", "ID"): ["+62812345678", "+62213456789"],
        ("+44 20 7946 0018 / 98010 00110", "IN"): ["+919801000110", "+442079460018"],
    }
    answers = both(reader, [*cases])
    assert [numbers for numbers, _ in answers] == [*cases.values()]


PARTS = (
    *("9801000110", "98010 00110", "+91 98010-00110", "022-2345 6789", "+44 (0)20 7946 0018", "01712345678", "9.8E+9"),
    *(
        "12",
        "1) ",
        " [+44]",
        " [GB]",
        "ext 5",
        "x9",
        "/",
        ",",
        ";",
        " ",
        "-",
        "(",
        ")",
        "+",
        "\u200e",
        "\u2013",
        "\n",
        "office",
        "e",
        "E+9",
        ".0",
    ),
    *(
        ".",
        "٩٨",
        "Mob:",
        "#",
        "=",
        "'",
        '"',
        "?",
        "é",
        "\u0130",
        "\t",
        "\x7f",
        "0",
        "1",
        "@",
        ";phone-context=+91",
        "00",
    ),
)
WRITTEN_BY_ANYBODY = st.one_of(st.lists(st.sampled_from(PARTS), max_size=8).map("".join), st.text(max_size=30))


@settings(max_examples=15, deadline=None, database=None)
@given(texts=st.lists(st.tuples(WRITTEN_BY_ANYBODY, st.sampled_from(REGIONS + ["IN"] * 60)), min_size=40, max_size=60))
def test_the_gateway_reads_whatever_is_written_as_the_database_does(
    reader: psycopg.Connection[Any], texts: list[tuple[str, str]]
) -> None:
    both(reader, [(text.replace("\0", ""), region) for text, region in texts])


def test_every_character_means_the_same_to_both(reader: psycopg.Connection[Any]) -> None:
    """Every one that means anything, the ones beside it, and some of the others."""
    codes = [code for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    telling = {near for code in codes if plain_character(chr(code)) != "?" for near in (code - 1, code, code + 1)}
    asked = sorted((telling & {*codes}) | {*codes[::311]})
    query = "select c, core.plain_character(chr(c)) from unnest(%s::int[]) c"
    differing = [pair for pair in reader.execute(query, [asked]) if pair[1] != plain_character(chr(pair[0]))]
    assert differing == []


def test_the_ranges_hold_the_numbers_that_the_library_calls_valid(reader: psycopg.Connection[Any]) -> None:
    """At the first and last number of every range, and the ones before and after it."""
    query = """
        select r.calling_code, n.number, core.is_valid_number(r.calling_code, n.number),
          core.is_mobile('+' || r.calling_code || n.number)
        from crm.phone_ranges r
        cross join lateral (
          select lpad(g::text, r.digits, '0') as number from unnest(array[r.first - 1, r.first, r.last, r.last + 1]) g
          where g between 0 and power(10, r.digits) - 1) n
        where abs(hashtext(r::text)) %% %s = 0"""
    for code, digits, is_valid, is_mobile in reader.execute(query, [4]):
        zeros = len(digits) - len(digits.lstrip("0"))
        number = phonenumbers.PhoneNumber(int(code), int(digits), italian_leading_zero=zeros > 0 or None)
        number.number_of_leading_zeros = min(zeros, len(digits) - 1) or None
        assert phonenumbers.is_valid_number(number) == is_valid, (code, digits)
        kind = phonenumbers.number_type(number)
        assert (kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)) == is_mobile, (code, digits)
