"""Dates as people, spreadsheets and senders write them: what each is read as, and what is none."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.date_objects import read_any_date
from gateway.core.date_words import order_of
from gateway.core.dates import ORDERS, Customs, customs_of, is_clock, read_date, readings_of, with_clock

INDIA = customs_of("IN", "Asia/Kolkata")
AMERICA = customs_of("US", "America/New_York")

# What is written, and what is stored: a date of 10 characters, local time, or a moment in UTC.
READ: list[tuple[object, str]] = [
    # ISO 8601 and RFC 3339.
    ("2026-11-05", "2026-11-05"),
    ("20261105", "2026-11-05"),
    ("2026-11-05T21:30:00", "2026-11-05T21:30:00"),
    ("2026-11-05 21:30", "2026-11-05T21:30:00"),
    ("2026-11-05T21:30:00Z", "2026-11-05T21:30:00+00:00"),
    ("2026-11-05T21:30:00.000+05:30", "2026-11-05T16:00:00+00:00"),
    ("20261105T213000Z", "2026-11-05T21:30:00+00:00"),
    ("2026-11-05 21:30:00 +0530", "2026-11-05T16:00:00+00:00"),
    ("2026-11-05 21:30:00.123456+00", "2026-11-05T21:30:00.123456+00:00"),
    ("2026-11-05T21:30:00 05:30", "2026-11-05T16:00:00+00:00"),  # the plus sign of an address, read as a space
    # java.time.ZonedDateTime.toString()
    ("2026-11-05T21:30:00.000Z[UTC]", "2026-11-05T21:30:00+00:00"),
    ("2026-11-05T21:30:00+05:30[Asia/Kolkata]", "2026-11-05T16:00:00+00:00"),
    ("2026-11-05T21:30:00[America/New_York]", "2026-11-06T02:30:00+00:00"),
    # The findings' own: bug_reports/19, payloads/82, 83, 85, files/59.
    ("2026/11/05", "2026-11-05"),
    ("05/11/2026 21:30:12", "2026-11-05T21:30:12"),
    ("2026-11-05 9:30 AM", "2026-11-05T09:30:00"),
    ("5 Nov 2026 9:30 PM", "2026-11-05T21:30:00"),
    ("05-Nov-2026 21:30", "2026-11-05T21:30:00"),
    ("05-11-26", "2026-11-05"),
    ("2026-11-05 09:30:00 UTC", "2026-11-05T09:30:00+00:00"),
    ("5th Nov 2026", "2026-11-05"),
    ("Nov 30, 2026 10:00 AM", "2026-11-30T10:00:00"),
    ("30/11/2026 10:00", "2026-11-30T10:00:00"),
    ("Mon, 30 Nov 2026 04:30:00 GMT", "2026-11-30T04:30:00+00:00"),
    ("/Date(1795933200000)/", "2026-11-29T06:20:00+00:00"),
    ("/Date(1795933200000+0530)/", "2026-11-29T06:20:00+00:00"),
    ("2026-11-30 04:00:00", "2026-11-30T04:00:00"),
    ("2026-11-02 10:00 IST", "2026-11-02T04:30:00+00:00"),
    ("Nov 2, 2026 10:00 PM EST", "2026-11-03T03:00:00+00:00"),
    # Names of months.
    ("05 नवम्बर 2026", "2026-11-05"),
    ("5 दिसम्बर 2026, 9:30 बजे", "2026-12-05T09:30:00"),
    ("5 सेप्टेंबर 2026", "2026-09-05"),
    ("5 নভেম্বর 2026", "2026-11-05"),
    ("5 નવેમ્બર 2026", "2026-11-05"),
    ("5 నవంబరు 2026", "2026-11-05"),
    ("5 ನವೆಂಬರ್ 2026", "2026-11-05"),
    ("5 നവംബര്‍ 2026", "2026-11-05"),
    ("5 ਨਵੰਬਰ 2026", "2026-11-05"),
    ("5 நவம்பர் 2026", "2026-11-05"),
    ("November 5, 2026", "2026-11-05"),
    ("5-Nov-26", "2026-11-05"),
    ("05NOV2026", "2026-11-05"),
    ("5 Sept. 2026", "2026-09-05"),
    ("5 Nov '26", "2026-11-05"),
    ("2026 Nov 5", "2026-11-05"),
    ("2026-Nov-05 21:30", "2026-11-05T21:30:00"),
    ("the 5th of November, 2026", "2026-11-05"),
    ("Thursday, November 5, 2026 at 9:30:00 PM", "2026-11-05T21:30:00"),
    ("Nov 5, 2026, 9:30 p.m.", "2026-11-05T21:30:00"),
    ("Nov 5, 2026, 9:30\u202fPM", "2026-11-05T21:30:00"),  # ICU's narrow space, nodejs/node#46123
    ("5 नवंबर 2026", "2026-11-05"),
    ("५ नवंबर २०२६", "2026-11-05"),
    ("5 नोव्हेंबर 2026, 9:30 PM", "2026-11-05T21:30:00"),
    ("নভেম্বর 5, 2026", "2026-11-05"),
    # date(1), java.util.Date.toString(), JavaScript's Date.toString(), Apache's log, EXIF, asctime().
    ("Thu Nov  5 21:30:00 IST 2026", "2026-11-05T16:00:00+00:00"),
    ("Thu Nov 05 2026 21:30:00 GMT+0530 (India Standard Time)", "2026-11-05T16:00:00+00:00"),
    ("05/Nov/2026:21:30:00 +0530", "2026-11-05T16:00:00+00:00"),
    ("2026:11:05 21:30:12", "2026-11-05T21:30:12"),
    ("Thu Nov  5 21:30:00 2026", "2026-11-05T21:30:00"),
    ("Thu Nov 05 2026 21:30:00 GMT-0500 (Eastern Standard Time)", "2026-11-06T02:30:00+00:00"),
    ("Thu Nov 05 2026", "2026-11-05"),  # toDateString()
    # Oracle's and DB2's, a weekday in brackets, an at sign.
    ("05-NOV-26 09.30.00.000000 PM", "2026-11-05T21:30:00"),
    ("2026-11-05-21.30.00.123456", "2026-11-05T21:30:00.123456"),
    ("2026-11-05 (Thu) 21:30", "2026-11-05T21:30:00"),
    ("05/11/2026 @ 9:30 pm", "2026-11-05T21:30:00"),
    # RFC 2822 and 850.
    ("05 Nov 26 21:30 UT", "2026-11-05T21:30:00+00:00"),
    ("Thu, 05 Nov 2026 21:30:00 +0530", "2026-11-05T16:00:00+00:00"),
    ("Thursday, 05-Nov-26 21:30:00 UTC", "2026-11-05T21:30:00+00:00"),
    # Times.
    ("05.11.2026 21:30 Uhr", "2026-11-05T21:30:00"),
    ("05.11.2026 21.30 Uhr", "2026-11-05T21:30:00"),
    ("05.11.2026, 21.30", "2026-11-05T21:30:00"),
    ("5/11/2026 at 9 PM", "2026-11-05T21:00:00"),
    ("9:30 pm 05/11/2026", "2026-11-05T21:30:00"),
    ("21h30 5/11/2026", "2026-11-05T21:30:00"),
    ("2130 hrs 5/11/2026", "2026-11-05T21:30:00"),
    ("5/11/2026 12:00 AM", "2026-11-05T00:00:00"),
    ("5/11/2026 12:30 PM", "2026-11-05T12:30:00"),
    ("5/11/2026 21:30 PM", "2026-11-05T21:30:00"),
    ("2026-11-05 24:00", "2026-11-06T00:00:00"),
    ("05/11/2026 21:30:12:345", "2026-11-05T21:30:12.345000"),
    # Zones.
    ("2026-11-05 21:30 Asia/Kolkata", "2026-11-05T16:00:00+00:00"),
    ("America/New_York 2026-11-05 21:30", "2026-11-06T02:30:00+00:00"),
    ("2026-11-05 21:30 GMT+5:30", "2026-11-05T16:00:00+00:00"),
    ("(GMT+05:30) 2026-11-05 21:30", "2026-11-05T16:00:00+00:00"),
    ("2026-11-05 21:30 (India Standard Time)", "2026-11-05T16:00:00+00:00"),
    ("05/11/2026 21:30 GST", "2026-11-05T17:30:00+00:00"),
    # Other scripts and separators.
    ("५/११/२०२६", "2026-11-05"),
    ("２０２６年１１月５日 21:30", "2026-11-05T21:30:00"),
    ("5. 11. 2026", "2026-11-05"),
    ("05 11 2026", "2026-11-05"),
    ("'05/11/2026", "2026-11-05"),
    # Spreadsheets' days, seconds and smaller since 1970, digits alone.
    (45601.5, "2024-11-05T12:00:00"),
    ("45601.5", "2024-11-05T12:00:00"),
    ("1793914200", "2026-11-05T21:30:00+00:00"),
    ("1.793914200123E+12", "2026-11-05T21:30:00.123000+00:00"),
    (45601, "2024-11-05"),
    (1793914200, "2026-11-05T21:30:00+00:00"),
    (1793914200.5, "2026-11-05T21:30:00.500000+00:00"),
    ("1793914200123", "2026-11-05T21:30:00.123000+00:00"),
    (1793914200000000, "2026-11-05T21:30:00+00:00"),
    (1793914200000000000, "2026-11-05T21:30:00+00:00"),
    (20261105213012, "2026-11-05T21:30:12"),
    ("20261105213012", "2026-11-05T21:30:12"),
    (20261105, "2026-11-05"),
]

# What others' users have reported: where, in which country, what was written, and what it is.
REPORTED: list[tuple[str, str, object, str | None]] = [
    ("scrapinghub/dateparser#636", "IN", "2018-02-17 16:15:36.519 IST", "2018-02-17T10:45:36.519000+00:00"),
    ("scrapinghub/dateparser#580", "IN", "February 03, 2018 07:18 IST", "2018-02-03T01:48:00+00:00"),
    ("dateutil/dateutil#273", "IN", "Sun May  8 03:10:20 IST 2016", "2016-05-07T21:40:20+00:00"),
    ("dateutil/dateutil#1224", "DE", "12.07.2022", "2022-07-12"),
    ("dateutil/dateutil#241", "IN", "2015-02-06", "2015-02-06"),
    ("dateutil/dateutil#457", "GB", "2017/04/01", "2017-04-01"),
    ("dateutil/dateutil#457", "GB", "01/04/2017", "2017-04-01"),
    ("akutishevsky/nutrition-mcp#64", "US", "2026-01-15 9:15 AM", "2026-01-15T09:15:00"),
    ("statamic/importer#19", "GB", "2020-12-10 8:36:00", "2020-12-10T08:36:00"),
    ("oroinc/crm#43", "US", "2014-07-05T08:43:31-07:00", "2014-07-05T15:43:31+00:00"),
    ("nanego/redmine_datetime_custom_field#16", "DE", "02.06.2021 12:00", "2021-06-02T12:00:00"),
    ("dotCMS/core#33047", "US", "32/45/2025", None),
    ("tableflowhq/csv-import#243", "GB", "45581", "2024-10-16"),
    ("SpartnerNL/Laravel-Excel#1888", "US", "43405.0", "2018-11-01"),
    ("TablePress/TablePress#81", "IN", 43102, "2018-01-02"),
    ("tidyverse/lubridate#893", "ES", "02 ene. 2015 12:48", "2015-01-02T12:48:00"),
    ("tidyverse/lubridate#893", "FR", "02 janv 2015 12:48", "2015-01-02T12:48:00"),
    ("tidyverse/lubridate#858", "IT", "2015-Mar-07", "2015-03-07"),
    ("andrewplummer/Sugar#537", "FR", "01 févr. 2016", "2016-02-01"),
    ("date-fns/date-fns#4104", "FR", "15 fev 2025", "2025-02-15"),
    ("date-fns/date-fns#4104", "FR", "15 aout 2025", "2025-08-15"),
    ("dateutil/dateutil#1193", "FR", "5 juill. 2022", "2022-07-05"),
    ("dateutil/dateutil#1193", "FR", "5 juil. 2022", "2022-07-05"),
    ("datejs/Datejs#97", "FR", "sam. 01 avril 2017", "2017-04-01"),
    ("datejs/Datejs#97", "FR", "mar. 01 août 2017", "2017-08-01"),
    ("abritinthebay/datejs#37", "DE", "1 Dez 2008", "2008-12-01"),
    ("abritinthebay/datejs#37", "DE", "1. Okt 2008", "2008-10-01"),
    ("date-fns/date-fns#3110", "NL", "1 mrt 2022", "2022-03-01"),
    ("date-fns/date-fns#3110", "NL", "1 mei 2022", "2022-05-01"),
    ("moment/moment#5692", "IN", "13 फरवरी 2018", "2018-02-13"),
    ("moment/moment#5739", "IN", "16 नवंबर 2020", "2020-11-16"),
    ("moment/moment#5739", "IN", "16 नवम्बर 2020", "2020-11-16"),
    ("moment/moment#5739", "IN", "16 सितम्बर 2020", "2020-09-16"),
    ("date-fns/date-fns#1434", "IN", "१३ सित, २०२६", "2026-09-13"),
    ("date-fns/date-fns#1434", "IN", "22 अक्तू, 2026", "2026-10-22"),
    ("klaviyo/php-klaviyo#17", "US", "@1597190400", "2020-08-12T00:00:00+00:00"),
    ("tidyverse/lubridate#1067", "HU", "17 Sep 2022 12:41:17", "2022-09-17T12:41:17"),
    ("moment/moment#675", "DE", "9. Dezember 2012", "2012-12-09"),
    ("moment/moment#675", "FR", "21 décembre 2012", "2012-12-21"),
    ("SpartnerNL/Laravel-Excel#1422", "US", "5/15/2017 1:00AM", "2017-05-15T01:00:00"),
]

# The same, of dates that programs send in parts; beside each where it was reported, or whose it is.
IN_PARTS: list[tuple[object, str | None]] = [
    ({"date": "2026-11-05", "time": "21:30"}, "2026-11-05T21:30:00"),  # Typeform's and Airtable's two fields
    ({"date": "05/11/2026", "time": "9:30 PM"}, "2026-11-05T21:30:00"),
    ({"date": "2026-11-05", "time": None}, "2026-11-05"),
    ({"__type": "Date", "iso": "2026-11-05T21:30:00.000Z"}, "2026-11-05T21:30:00+00:00"),  # Parse
    ({"$date": "2026-11-05T21:30:00Z"}, "2026-11-05T21:30:00+00:00"),  # mongodb/bson-rust#107
    ({"$date": 1793914200000}, "2026-11-05T21:30:00+00:00"),
    ({"$date": {"$numberLong": "1793914200000"}}, "2026-11-05T21:30:00+00:00"),  # mongodb-js/extended-json#77
    # moment/moment#3887, neos/flow-development-collection#1415: PHP's DateTime, with each kind of zone
    (
        {"date": "2026-11-05 21:30:00.000000", "timezone_type": 3, "timezone": "Asia/Kolkata"},
        "2026-11-05T16:00:00+00:00",
    ),
    ({"date": "2026-11-05 21:30:00.000000", "timezone_type": 2, "timezone": "EST"}, "2026-11-06T02:30:00+00:00"),
    ({"date": "2026-11-05 21:30:00.000000", "timezone_type": 1, "timezone": "+05:30"}, "2026-11-05T16:00:00+00:00"),
    ({"date": "2026-11-05 21:30:00", "timezone": "Mars/Olympus"}, "2026-11-05T21:30:00"),
    ({"dateTime": "2026-11-05T21:30:00", "timeZone": "Asia/Kolkata"}, "2026-11-05T16:00:00+00:00"),  # Google's calendar
    ({"dateTime": "2026-11-05T21:30:00+05:30", "timeZone": "Asia/Kolkata"}, "2026-11-05T16:00:00+00:00"),
    ({"seconds": 1793914200, "nanoseconds": 0}, "2026-11-05T21:30:00+00:00"),  # Firestore
    ({"_seconds": 1793914200, "_nanoseconds": 0}, "2026-11-05T21:30:00+00:00"),
    ({"value": "2026-11-05"}, "2026-11-05"),
    ({"year": "2026", "month": "11", "day": "05"}, "2026-11-05"),  # Jotform
    ({"month": "11", "day": "05", "year": "2026", "hour": "9", "min": "30", "ampm": "PM"}, "2026-11-05T21:30:00"),
    ({"day": 5, "month": "Nov", "year": 2026, "hour": 9}, "2026-11-05T09:00:00"),
    ([2026, 11, 5, 21, 30], "2026-11-05T21:30:00"),  # Jackson's LocalDateTime
    ([2026, 11, 5], "2026-11-05"),
    (["2026-11-05", "21:30"], "2026-11-05T21:30:00"),
    (["5 Nov 2026"], "2026-11-05"),
    ({"start": "2026-11-05", "end": "2026-11-06"}, None),
    ({"year": 2026, "month": 11}, None),
    ({"date": {"date": {"date": {"date": {"date": {"date": "2026-11-05"}}}}}}, None),
    ([2026, 13, 5], None),
    (["2026-11-05", "2026-11-06"], None),
    ({"iso": "soon"}, None),
]

NO_DATES: list[object] = [
    *("-", "--", "N/A", "#N/A", "null", "none", "nil", "TBD", "yesterday", "today", "next week", "soon", "", "12", "0"),
    *("0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "0202-11-05", "0001-01-01T00:00:00Z", "9999-12-31"),
    *("2999-01-01", "1970-01-01", "1900-01-00", "30/12/1899", "31/02/2026", "2026-02-30", "2026-13-05", "32 Nov 2026"),
    *("Nov 2026", "5 Nov", "2026", "11/2026", "5/11", "10:00", "9:30 PM", "5/11/2026 25:00", "5/11/2026 10:61"),
    *("5/11/2026 14:00 AM", "5 Nov 2026 Nov", "5 Nov 6 Dec 2026", "5 Foo 2026", "5/11/2026 10:00 Narnia", "1.2.3"),
    *("5/11/2026 10:00 XYZ", "v1.2.26b", "98123 45678", "+91 98123 45678", "Call after 5/11/2026", "12/12/12/12"),
    *("2026-11-05T21:30:00+99:00", "x" * 200, True, False, None, 0, -1, 1e300, float("nan"), float("inf"), 10**40),
    dict[str, str](),
    list[str](),
    "1.79391E+12",  # as Excel shows milliseconds since 1970: the last digits are lost
]


def test_what_people_and_senders_write_is_read() -> None:
    read = [(given, read_date(given, INDIA)) for given, _ in READ]
    assert read == READ


def test_what_others_have_reported_is_read() -> None:
    zones = {"IN": "Asia/Kolkata"}
    read = [
        (where, country, given, read_date(given, customs_of(country, zones.get(country, "UTC"))))
        for where, country, given, _ in REPORTED
    ]
    assert read == REPORTED


def test_a_date_in_parts_is_read_as_one() -> None:
    assert [(given, read_any_date(given, INDIA)) for given, _ in IN_PARTS] == IN_PARTS


def test_what_is_no_date_is_none_and_never_an_error() -> None:
    assert [given for given in NO_DATES if read_date(given, INDIA) is not None] == []


def test_months_are_named_in_the_languages_of_the_country() -> None:
    table = [
        ("DE", "5. November 2026, 21:30 Uhr", "2026-11-05T21:30:00"),
        ("DE", "Donnerstag, 5. März 2026", "2026-03-05"),
        ("BR", "5 de fevereiro de 2026 às 21:30", "2026-02-05T21:30:00"),
        ("ID", "5 Agustus 2026 pukul 21.30", "2026-08-05T21:30:00"),
        ("AE", "٥ نوفمبر ٢٠٢٦ ٩:٣٠ م", "2026-11-05T21:30:00"),
        ("AE", "\u200f٠٥/١١/٢٠٢٦", "2026-11-05"),
        ("FR", "jeudi 5 février 2026 à 21h30", "2026-02-05T21:30:00"),
        ("MX", "5 dic 2026, 9:30 p. m.", "2026-12-05T21:30:00"),
        ("IN", "5 டிசம்பர், 2026", "2026-12-05"),
        ("GB", "5 März 2026", None),
    ]
    assert [(country, text, read_date(text, customs_of(country, "UTC"))) for country, text, _ in table] == table


def test_the_order_of_a_country_decides_only_what_could_be_either() -> None:
    first = {"IN": "day_first", "US": "month_first", "GB": "day_first", "DE": "day_first", "BR": "day_first"}
    first |= {
        "ID": "day_first",
        "AE": "day_first",
        "PH": "month_first",
        "ZA": "day_first",
        "": "day_first",
        "XX": "day_first",
    }
    assert {country: order_of(country) for country in first} == first
    assert (read_date("3/4/2026", INDIA), read_date("3/4/2026", AMERICA)) == ("2026-04-03", "2026-03-04")
    assert (read_date("25/4/2026", AMERICA), read_date("4/25/2026", INDIA)) == ("2026-04-25", "2026-04-25")
    # Where the order was chosen, the other one is a mistake.
    chosen = customs_of("IN", "Asia/Kolkata", "month_first")
    assert (read_date("3/4/2026", chosen), read_date("25/4/2026", chosen)) == ("2026-03-04", None)
    assert read_date("26-11-05", customs_of("IN", "Asia/Kolkata", "year_first")) == "2026-11-05"


def test_a_name_of_several_zones_is_first_that_of_ones_own() -> None:
    table = [
        ("2026-07-05 10:00 IST", "Asia/Kolkata", "2026-07-05T04:30:00+00:00"),
        (
            "2026-07-05 10:00 IST",
            "Asia/Jerusalem",
            "2026-07-05T08:00:00+00:00",
        ),
        ("2026-01-05 10:00 IST", "Asia/Jerusalem", "2026-01-05T08:00:00+00:00"),
        ("2026-07-05 10:00 IST", "Europe/Dublin", "2026-07-05T09:00:00+00:00"),
        ("2026-07-05 10:00 CST", "Asia/Shanghai", "2026-07-05T02:00:00+00:00"),
        ("2026-07-05 10:00 PST", "Asia/Manila", "2026-07-05T02:00:00+00:00"),
        # Twice there: the name says which of them it is. Never there: standard time.
        ("2026-11-01 01:30 EDT", "America/New_York", "2026-11-01T05:30:00+00:00"),
        ("2026-11-01 01:30 EST", "America/New_York", "2026-11-01T06:30:00+00:00"),
        ("2026-11-01 01:30 America/New_York", "UTC", "2026-11-01T06:30:00+00:00"),
        ("2026-03-08 02:30 America/New_York", "UTC", "2026-03-08T07:30:00+00:00"),
    ]
    assert [(text, zone, read_date(text, customs_of("IN", zone))) for text, zone, _ in table] == table


def test_a_time_of_day_alone_is_known_as_one() -> None:
    clocks = ["21:30", "9:30 pm", "9 PM", "15:37:09", "21.30 Uhr", "21:30 +05:30", " 9:30\u202fPM "]
    others = ["5/11/2026", "2026-11-05 21:30", "soon", "", "12", "9:30 tomorrow"]
    assert ([text for text in clocks if not is_clock(text)], [text for text in others if is_clock(text)]) == ([], [])


def test_a_date_and_a_time_of_day_are_one_time() -> None:
    table = [
        ("2019-05-28", "15:37:09", "2019-05-28 15:37:09"),  # JustDial
        ("28/05/2019", "3:37 pm", "28/05/2019 3:37 pm"),
        ("2019-05-28T00:00:00", "1899-12-31T15:37:09", "2019-05-28 15:37:09"),  # cells of a date and of a time
        ("2019-05-28", "0.65", "2019-05-28 15:36:00"),  # a cell of a time that is formatted as a number
        ("28 May 2019", "9 PM", "28 May 2019 9 PM"),
        ("2022-10-24", "08.37", "2022-10-24 08:37"),  # almarklein/timetagger#276
        ("2019-05-28 10:00", "15:37", None),
        ("2019-05-28", "soon", None),
        ("2019-05-28", "29/05/2019", None),
        ("2019-05-28", "12", None),
    ]
    assert [(day, clock, with_clock(day, clock)) for day, clock, _ in table] == table
    assert all(read_date(joined, INDIA) for _, _, joined in table if joined)


def test_only_a_date_of_three_numbers_can_be_in_question() -> None:
    assert readings_of("3/4/2026 10:00") == {"day_first": date(2026, 4, 3), "month_first": date(2026, 3, 4)}
    assert readings_of("10:00 25.4.2026") == {"day_first": date(2026, 4, 25)}
    assert readings_of("05-11-26").keys() == {*ORDERS}
    for text in ("2026-11-05", "2026/11/05", "5 Nov 2026", "98-12-345678", "10.2.3.4", "12/12/12/12", "1793914200"):
        assert readings_of(text) == {}, text


FORMATS = (
    *("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d-%m-%y %H:%M", "%d/%m/%Y %I:%M %p", "%d.%m.%Y %H:%M:%S"),
    *("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m/%d/%Y %I:%M:%S %p"),
    *("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S", "%Y.%m.%d %H:%M"),
    *("%d %b %Y", "%B %d, %Y", "%d-%b-%y", "%a, %d %b %Y %H:%M:%S", "%b %d %Y %I:%M%p"),
)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0)),  # noqa: DTZ001
    st.sampled_from(FORMATS),
)
def test_what_a_program_writes_is_read_as_it_was_meant(at: datetime, form: str) -> None:
    order = "month_first" if form.startswith("%m") else "day_first"
    read = read_date(at.strftime(form), customs_of("IN", "Asia/Kolkata", order))
    assert read == (at.isoformat() if "%M" in form else at.date().isoformat())


@given(st.text(max_size=60) | st.floats() | st.integers() | st.from_regex(r"[0-9 /:.,TZ+apm-]{0,40}", fullmatch=True))
def test_no_text_is_an_error_and_what_is_read_is_a_time_that_the_database_takes(given_value: Any) -> None:
    read = read_date(given_value, INDIA)
    if read is not None:
        moment = datetime.fromisoformat(read)
        assert 1990 <= moment.year <= datetime.now(ZoneInfo("UTC")).year + 1 + 1
        assert moment.utcoffset() in (None, timedelta(0))


@pytest.mark.parametrize("order", ORDERS)
def test_whatever_the_customs_iso_is_iso(order: str) -> None:
    customs = Customs(order, "US", "America/New_York", is_certain=True)  # type: ignore[arg-type]
    assert read_date("2026-03-04", customs) == "2026-03-04"
    assert read_date("2026/03/04 10:00", customs) == "2026-03-04T10:00:00"
