"""One order for a whole column of dates: found from all of it, or asked, and never two."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.dates import customs_of, read_date
from gateway.imports.date_order import order_among, order_of_texts
from gateway.imports.dates import Dates
from tests.gateway.imports.steps import check, finished, imported, look, rows, start, upload
from tests.support import Workspace

# A column, the country of its workspace, and what is made of it: the order (None: none is in question), and whether it
# is certain or asked.
COLUMNS: list[tuple[str, str, str | None, bool]] = [
    # Something in it can be read in one way only, wherever it stands.
    ("03/04/2026 25/04/2026", "IN", "day_first", True),
    ("03/04/2026 04/25/2026", "IN", "month_first", True),
    ("25/04/2026 03/04/2026", "US", "day_first", True),
    ("04/25/2026 03/04/2026", "US", "month_first", True),
    ("01/02/2026 03/04/2026 05/06/2026 07/08/2026 09/10/2026 11/12/2026 13/01/2026", "US", "day_first", True),
    ("01/02/2026 03/04/2026 05/06/2026 07/08/2026 09/10/2026 11/12/2026 01/13/2026", "IN", "month_first", True),
    ("31.01.2026 01.02.2026", "US", "day_first", True),
    ("1-2-2026 31-1-2026", "US", "day_first", True),
    ("1/2/26 1/31/26", "IN", "month_first", True),
    ("5/11/26 31/10/26 9/12/99", "US", "day_first", True),
    ("26-11-05 30-02-15", "IN", "year_first", True),
    ("99/12/31 26/01/02", "IN", "year_first", True),
    ("25/04/2026,10:00 03/04/2026,9:30PM", "US", "day_first", True),
    ("10:00,03/04/2026 10:00,25/04/2026", "US", "day_first", True),
    ("03/04/2026T10:00 04/25/2026T10:00", "IN", "month_first", True),
    # As reported: pandas-dev/pandas#19402, wireservice/csvkit#280, wealthfolio/wealthfolio#1601, dannymcc/may#250,
    # dateutil/dateutil#1224, Lumina-Finance/lumina-finance#144, submersion-app/submersion#1828, and
    # TablePress/TablePress#81.
    ("11/03/2011 03/05/2011 20/10/2011 04/08/2011 05/10/2011 17/11/2011", "US", "day_first", True),
    ("02/01/2014 31/12/2012", "US", "day_first", True),
    ("03/08/2026 26/06/2026", "US", "day_first", True),
    ("12/31/2026 12/01/2026", "IN", "month_first", True),
    ("12.07.2022 13.07.2022", "US", "day_first", True),
    ("03/04/2024 13/04/2024", "US", "day_first", True),
    ("15/04/1991 03/04/1991", "US", "day_first", True),
    ("1/2/2018,0:00 1/10/2018,0:00 1/14/2018,0:00", "IN", "month_first", True),
    # What is no date of three numbers says nothing.
    ("- 03/04/2026 N/A 25/04/2026 soon", "US", "day_first", True),
    ("2026-04-03 03/04/2026 5,Nov,2026 25/04/2026", "US", "day_first", True),
    ("99/99/2026 03/04/2026 25/04/2026", "US", "day_first", True),
    ("98123-45678 192.168.10.12 25/04/2026", "US", "day_first", True),
    # Both ways are the same day.
    ("03/03/2026 04/04/2026", "US", "month_first", True),
    ("03/03/2026 04/04/2026", "IN", "day_first", True),
    # Nothing tells: the country proposes, and a person is asked.
    ("03/04/2026", "IN", "day_first", False),
    ("03/04/2026", "US", "month_first", False),
    ("03/04/2026 05/06/2026 12/12/2026", "GB", "day_first", False),
    ("03/04/2026 05/06/2026", "PH", "month_first", False),
    ("03.04.2026", "DE", "day_first", False),
    ("03/04/2026", "BR", "day_first", False),
    ("03/04/2026", "ID", "day_first", False),
    ("03/04/2026", "AE", "day_first", False),
    ("03/04/2026", "ZA", "day_first", False),
    ("03/04/2026", "XX", "day_first", False),
    ("05-11-06", "US", "month_first", False),
    ("05-11-06", "IN", "day_first", False),
    ("26-11-05 26-10-31", "IN", "day_first", False),
    ("26-11-05 26-11-06", "US", "day_first", False),
    ("03/04/2026,10:00 05/06/2026,21:30", "US", "month_first", False),
    ("- 03/04/2026 N/A", "US", "month_first", False),
    # Two orders in one column: most decide what is proposed, and it is asked.
    ("25/04/2026 26/04/2026 04/25/2026", "US", "day_first", False),
    ("04/25/2026 04/26/2026 25/04/2026", "IN", "month_first", False),
    ("03/04/2026 25/04/2026 04/25/2026 04/26/2026", "IN", "month_first", False),
    # No order is in question.
    ("2026-04-03 2026-04-25", "US", None, True),
    ("2026/04/03", "US", None, True),
    ("2026.04.03", "IN", None, True),
    ("20260403", "US", None, True),
    ("5,Nov,2026 Nov,5,2026", "US", None, True),
    ("5-Nov-26", "US", None, True),
    ("1793914200 1793914200000", "US", None, True),
    ("45601.5 45602", "US", None, True),
    ("2026-04-03T10:00:00Z", "US", None, True),
    ("- N/A soon", "US", None, True),
    ("", "US", None, True),
    ("98123-45678 022-2345-6789", "IN", None, True),
    ("192.168.1.10 10.0.0.1", "IN", None, True),
    ("10:20:30 21:30", "IN", None, True),
    ("3/4 25/4", "IN", None, True),
    ("1.2.3 2.0.14.7", "IN", None, True),
    ("1/2/3/4", "IN", None, True),
    ("32/13/2026", "IN", None, True),
    ("31/04/2026", "IN", None, True),
    ("2026-25-04", "IN", None, True),
    ("5/11/26x", "IN", "day_first", False),
]


def seen(texts: list[str]) -> Dates:
    """A column of texts, gone by."""
    dates = Dates()
    for row, text in enumerate(texts, 2):
        dates.look(row, ["Asha", text])
    return dates


def test_a_column_has_one_order_that_is_found_or_asked() -> None:
    assert len(COLUMNS) >= 60
    made = []
    for column, country, _, _ in COLUMNS:
        found = [order_among(one, country) for one in seen([text.replace(",", " ") for text in column.split()]).seen()]
        order = found[0] if found else None
        made.append((column, country, order and order.order, order is None or order.is_certain))
    assert made == COLUMNS


def test_what_is_asked_shows_what_it_is_about() -> None:
    order = order_among(seen(["03/04/2026", "05/06/2026 10:00"]).seen()[0], "IN")
    assert order.choices == ["day_first", "month_first"]
    assert [(one.text, one.day_first, one.month_first, one.year_first) for one in order.examples] == [
        ("03/04/2026", "2026-04-03", "2026-03-04", None),
        ("05/06/2026 10:00", "2026-06-05", "2026-05-06", None),
    ]
    order = order_among(seen(["25/04/2026", "03/04/2026", "04/25/2026"]).seen()[0], "IN")
    assert [(one.order, one.row, one.text) for one in order.misfits] == [
        ("day_first", 4, "04/25/2026"),
        ("month_first", 2, "25/04/2026"),
        ("year_first", 2, "25/04/2026"),
    ]


DAYS = [date(2020, 1, 1) + timedelta(days) for days in range((date(2030, 12, 31) - date(2020, 1, 1)).days + 1)]
# The order that each was written in.
FORMATS = {
    **dict.fromkeys(("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d-%m-%y", "%d.%m.%y %H:%M"), "day_first"),
    **dict.fromkeys(("%d/%m/%Y %H:%M", "%d/%m/%Y %I:%M %p", "%d-%m-%Y %H:%M:%S"), "day_first"),
    **dict.fromkeys(
        ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m.%d.%Y", "%m/%d/%Y %I:%M %p", "%m/%d/%y %H:%M"), "month_first"
    ),
    **dict.fromkeys(("%y-%m-%d", "%y/%m/%d", "%y.%m.%d %H:%M"), "year_first"),
    **dict.fromkeys(("%Y-%m-%d", "%Y/%m/%d %H:%M", "%d %b %Y", "%b %d, %Y"), None),
}


def written(days: list[date], form: str) -> list[str]:
    """Days as strftime writes them, at 21:30."""
    return [datetime(day.year, day.month, day.day, 21, 30).strftime(form) for day in days]  # noqa: DTZ001


@pytest.mark.parametrize("form", FORMATS)
def test_all_days_of_eleven_years_tell_their_order(form: str) -> None:
    texts = written(DAYS, form)
    found = [order_among(one, "US") for one in seen(texts).seen()]
    assert [(one.order, one.is_certain) for one in found] == ([(FORMATS[form], True)] if FORMATS[form] else [])
    customs = customs_of("US", "America/New_York", FORMATS[form])
    near = [(day, text) for day, text in zip(DAYS, texts, strict=True) if day.year < 2028]
    assert [text for day, text in near if (read_date(text, customs) or "")[:10] != day.isoformat()] == []


@settings(max_examples=300)
@given(
    st.sampled_from([*FORMATS]), st.lists(st.sampled_from(DAYS), min_size=1, max_size=8), st.sampled_from(["IN", "US"])
)
def test_an_order_is_right_or_asked(form: str, days: list[date], country: str) -> None:
    meant = FORMATS[form]
    for one in seen(written(days, form)).seen():
        order = order_among(one, country)
        assert meant in order.choices
        assert order.order == meant or not order.is_certain or all(order_is_idle(text) for text in written(days, form))


def order_is_idle(text: str) -> bool:
    """Whether a date is the same day in each order that it can be read in."""
    found = seen([text]).seen()
    return not found or not found[0].in_question


def test_leads_in_bulk_have_one_order_too() -> None:
    assert order_of_texts([None, 5, "03/04/2026", {}, "25/04/2026 "], "US") == "day_first"
    assert order_of_texts(["03/04/2026"], "US") == "month_first"
    assert order_of_texts(["2026-04-03", None], "US") is None


def test_a_file_tells_its_order_by_its_last_row(manager: httpx.Client, workspace: Workspace) -> None:
    # More rows than are looked at first, and only the last of them can be read in one way alone.
    few = [day for day in DAYS if day.day <= 12 and day.year < 2027]
    texts = [f"{day:%m/%d/%Y}" for day in random.Random(1).sample(few, 150)] + ["12/25/2026"]
    file = "Name,Phone,Date\n" + "".join(f"L{n},98123 {n:05},{text}\n" for n, text in enumerate(texts))
    made = upload(manager, file.encode())
    dates = look(manager, made)["columns"][2]["dates"]
    assert (dates["order"], dates["is_certain"], dates["values"]) == ("month_first", True, len(texts))
    done = imported(manager, made)
    assert (done["date_order"], done["imported"]) == ("month_first", len(texts))
    assert stored(workspace) == [f"{datetime.strptime(text, '%m/%d/%Y'):%Y-%m-%d} 00:00:00" for text in texts]  # noqa: DTZ007


ASKED = b"""Name,Phone,Date
A,9812300001,3/4/2026 10:00
B,9812300002,N/A
C,9812300003,5/6/2026
D,9812300004,2026-11-02 10:00 IST
E,9812300005,0202-11-05
"""


def test_what_nothing_tells_is_asked_and_what_is_no_date_is_marked_and_imported(
    manager: httpx.Client, workspace: Workspace
) -> None:
    made = upload(manager, ASKED)
    dates = look(manager, made)["columns"][2]["dates"]
    assert (dates["order"], dates["is_certain"], dates["choices"]) == ("day_first", False, ["day_first", "month_first"])
    checked = finished(manager, check(manager, made), "checking")
    assert (checked["date_order"], checked["counts"]["ready"]) == ("day_first", 5)
    checked = finished(manager, check(manager, made, date_order="month_first"), "checking")
    assert (checked["date_order"], checked["counts"]["ready"]) == ("month_first", 5)
    assert [row["lead"]["metadata"].get("timestamp_given") for row in rows(manager, made)] == [
        *(None, None, None, None, "0202-11-05"),  # N/A says nothing
    ]
    done = finished(manager, start(manager, made), "running")
    assert (done["imported"], done["refused"]) == (5, 0)
    assert stored(workspace) == [
        *("2026-03-04 10:00:00", None, "2026-05-06 00:00:00", "2026-11-02 10:00:00", None),
    ]
    assert rows(manager, made)[4]["lead"]["metadata"] == {"timestamp_given": "0202-11-05"}


# bug_reports/19-date-costs-the-lead/rows.csv and bug_reports/files/59-timezone-names.csv
REPORTED = [
    ("2026/11/05", "2026-11-05 00:00:00"),
    ("2026-11-05 9:30 AM", "2026-11-05 09:30:00"),
    ("5 Nov 2026 9:30 PM", "2026-11-05 21:30:00"),
    ("05-Nov-2026 21:30", "2026-11-05 21:30:00"),
    ("05-11-26", "2026-11-05 00:00:00"),
    ("2026-11-05 09:30:00 UTC", "2026-11-05 15:00:00"),
    ("5th Nov 2026", "2026-11-05 00:00:00"),
    ("N/A", None),
    ("-", None),
    ("2026-11-02 10:00 IST", "2026-11-02 10:00:00"),
    ("Nov 2, 2026 10:00 PM EST", "2026-11-03 08:30:00"),
]


def test_every_row_with_a_phone_is_a_lead_whatever_its_date_is(manager: httpx.Client, workspace: Workspace) -> None:
    lines = [f'P{n},98010001{n:02},"{text}"' for n, (text, _) in enumerate(REPORTED)]
    done = imported(manager, upload(manager, "\n".join(["Name,Mobile,Date", *lines]).encode()))
    assert (done["imported"], done["refused"]) == (len(REPORTED), 0)
    assert stored(workspace) == [at for _, at in REPORTED]


def test_a_date_and_a_time_in_two_columns_are_one(manager: httpx.Client, workspace: Workspace) -> None:
    made = upload(
        manager, b"Name,Phone,Time,Date,Best time\nA,9812300021,9:30 PM,25/4/2026,10:00\nB,9812300022,,26/4/2026,\n"
    )
    proposed = {column["heading"]: column["field"] for column in look(manager, made)["columns"]}
    assert (proposed["Time"], proposed["Date"], proposed["Best time"]) == ("time_of_day", "timestamp", None)
    imported(manager, made)
    assert stored(workspace) == ["2026-04-25 21:30:00", "2026-04-26 00:00:00"]
    made = upload(manager, b"Name,Phone,Date,Time\nC,9812300023,25/4/2026 10:00,9:30 PM\nD,9812300024,,21:30\n")
    assert {column["heading"]: column["field"] for column in look(manager, made)["columns"]}["Time"] == "time_of_day"
    imported(manager, made)
    given = [row["lead"]["metadata"] for row in rows(manager, made)]
    assert given == [{"time_of_day_given": "9:30 PM"}, {"timestamp_given": "21:30"}]


def test_an_import_reads_times_in_the_zone_of_its_source(manager: httpx.Client, workspace: Workspace) -> None:
    imported(manager, upload(manager, b"Name,Phone,Date\nA,9812300011,2026-11-30 04:00:00\n"))
    zone = "update crm.sources set timezone = 'UTC' where workspace_id = %s and name = 'File import'"
    assert workspace.connection.execute(zone, [workspace.id]).rowcount == 1
    made = upload(manager, b"Name,Phone,Date\nB,9812300012,2026-11-30 04:00:00\nC,9812300013,2026-11-30\n")
    finished(manager, check(manager, made), "checking")
    assert rows(manager, made)[0]["lead"]["timestamp"].startswith("2026-11-30T04:00:00+00")
    imported(manager, made)
    assert stored(workspace) == ["2026-11-30 04:00:00", "2026-11-30 09:30:00", "2026-11-30 00:00:00"]


def stored(workspace: Workspace) -> list[Any]:
    """The times of the leads, in their order, as they are in the workspace."""
    return [
        at and f"{at}"
        for (at,) in workspace.connection.execute(
            """select timestamp_from_sheet at time zone 'Asia/Kolkata' from crm.leads
               where workspace_id = %s order by phone""",
            [workspace.id],
        ).fetchall()
    ]
