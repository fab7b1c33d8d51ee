"""What we hand out as a file comes back as it was, whatever the leads say."""

import csv
import io
import os
import re
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from gateway.core.exported import HEADINGS, REFUSED, WHY_REFUSED
from gateway.core.formulas import guarded, unguarded
from gateway.http.downloads import csv_text
from gateway.leads.exports import Caller, ExportedLead, LeadSheets, Range
from tests.gateway.imports.reading import Read, read

# What fails is printed as it is; making it smaller would take minutes.
EXAMPLES = "FAIRLEAD_TEST_EXAMPLES"
OF_LEADS = settings(
    max_examples=int(os.environ.get(EXAMPLES, "60")),
    derandomize=EXAMPLES not in os.environ,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
)
KOLKATA = ZoneInfo("Asia/Kolkata")
# Half an hour beside the others; one hour of the year twice.
ZONES = st.sampled_from([KOLKATA, ZoneInfo("America/New_York"), ZoneInfo("Europe/London"), ZoneInfo("UTC")])
DETAILS = ("first_name", "last_name", "company", "job_title", "country", "medium", "term", "product", "authority")
READ = (
    "name",
    "email",
    "city",
    "state",
    "lead_source",
    "language",
    "message",
    "external_id",
    "source_row_id",
    *DETAILS,
)

# What PostgreSQL stores: no NUL, no half of a character. Normalised leads have no spaces around what they say.
CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
ODD = st.sampled_from(
    ["-Asha", "=Ravi", "'=Uma", "+1", "@x", '"', "'", "Total", "#N/A", "NULL", "-", "a;=b", "a\nb", "a\r\nb"]
)
TEXT = (ODD | st.text(CHARACTERS, min_size=1, max_size=40)).map(lambda text: text.strip(" ")).filter(bool)
NUMBER = st.integers(9810000000, 9819999999).map(lambda number: f"+91{number}")
VALUE = st.none() | TEXT
# What is no address is not stored as one.
ADDRESS = st.none() | st.from_regex(r"[-=+a-z0-9._é]{1,20}@[a-z0-9-]{1,20}\.[a-z]{2,4}", fullmatch=True)
# Years before the web, and years to come, are taken for mistakes, wherever a lead comes from.
MOMENT = st.datetimes(datetime(1991, 1, 1), datetime(2026, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
) | st.datetimes(datetime(2025, 11, 2, 4), datetime(2025, 11, 2, 8)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
# Keys that mean something to us, or to a sheet.
KEY = TEXT | st.sampled_from(
    [
        "phone_given",
        "timestamp_given",
        "campaign",
        "around",
        "Name",
        "Phone",
        "Metadata",
        "Reason",
        "",
        " ",
        "a.b",
        "$x",
    ]
)
OBJECT = st.dictionaries(
    KEY,
    st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT, st.lists, max_leaves=4),
    max_size=3,
)
AMOUNT = st.decimals(0, 10**15, places=2) | st.integers(0, 10**9).map(Decimal)
BUDGET = st.builds(lambda least, more: Range(least, least + more), AMOUNT, AMOUNT.map(lambda more: more / 1000)) | (
    AMOUNT.map(lambda end: Range(None, end)) | AMOUNT.map(lambda end: Range(end, None))
)
LEAD = st.builds(
    ExportedLead,
    created_at=MOMENT,
    **{field: VALUE for field in READ if field not in ("name", "email")},
    name=TEXT,
    email=ADDRESS,
    phone=st.none() | NUMBER,
    other_phones=st.lists(NUMBER, max_size=2),
    assignment_status=st.sampled_from(["assigned", "queued", "closed"]),
    assigned_caller=st.none() | st.builds(Caller, TEXT),
    assigned_at=st.none() | MOMENT,
    assignment_reason=VALUE,
    closed_at=st.none() | MOMENT,
    status=st.just("new"),
    close_reason=st.none(),
    timestamp=st.none() | MOMENT,
    id=st.uuids().map(str),
    metadata=OBJECT.map(lambda metadata: msgspec.json.encode(metadata).decode()),
    is_test=st.booleans(),
    budget=st.none() | BUDGET,
    timeline_months=st.none() | st.integers(0, 600),
)


def as_csv(leads: list[ExportedLead], zone: ZoneInfo = KOLKATA) -> bytes:
    """The file that /api/leads.csv gives."""
    rows = [
        [cell.isoformat() if isinstance(cell, datetime) else cell or "" for cell in lead.cells(zone)] for lead in leads
    ]
    return (csv_text([HEADINGS]) + csv_text(rows)).encode()


def as_xlsx(leads: list[ExportedLead], zone: ZoneInfo = KOLKATA) -> bytes:
    """The file that /api/leads.xlsx gives."""
    with tempfile.TemporaryFile() as file:
        sheets = LeadSheets(file)
        sheets.write([lead.cells(zone) for lead in leads])
        sheets.close()
        file.seek(0)
        return file.read()


def said(lead: ExportedLead) -> dict[str, Any]:
    """What the lead says of itself, as a row that was read says it."""
    fields = {field: value for field in READ if (value := getattr(lead, field))}
    if lead.budget:
        fields["budget"] = (lead.budget.least, lead.budget.most)
    if lead.timeline_months is not None:
        fields["timeline_months"] = lead.timeline_months
    metadata = msgspec.json.decode(lead.metadata)
    if lead.is_test:
        metadata.setdefault("is_test", True)
    if phones := [*dict.fromkeys(filter(None, [lead.phone, *lead.other_phones]))]:
        fields["phone"] = phones
    return {**fields, **({"metadata": metadata} if metadata else {}), "timestamp": lead.timestamp}


def came_back(found: Read, zone: ZoneInfo = KOLKATA) -> list[dict[str, Any]]:
    """The leads that were read, their times as moments."""
    leads = found.leads()
    for lead in leads:
        if "phone" in lead:
            lead["phone"] = [*dict.fromkeys(re.split(" / |, ", lead["phone"]))]
        if "budget" in lead:
            lead["budget"] = tuple(Decimal(end) if end else None for end in lead["budget"][1:-1].split(","))
        at = lead.get("timestamp")
        moment = datetime.fromisoformat(at) if at else None
        lead["timestamp"] = moment.replace(tzinfo=moment.tzinfo or zone) if moment else None
    return leads


@given(st.lists(LEAD, min_size=1, max_size=4), ZONES)
@OF_LEADS
def test_leads_of_any_text_come_back_from_csv_unchanged(leads: list[ExportedLead], zone: ZoneInfo) -> None:
    found = read(as_csv(leads, zone))
    assert came_back(found, zone) == [said(lead) for lead in leads], [row.reason for row in found.rows]


@given(st.lists(LEAD, min_size=1, max_size=4), ZONES)
@OF_LEADS
def test_leads_of_any_text_come_back_from_a_workbook_unchanged(leads: list[ExportedLead], zone: ZoneInfo) -> None:
    found = read(as_xlsx(leads, zone))
    assert came_back(found, zone) == [said(lead) for lead in leads], [row.reason for row in found.rows]


@given(st.text(CHARACTERS, max_size=60) | st.text("'=+-@;\t\r\n 1a.\u200b＝\xa0(", max_size=12))
@example("'=1")
def test_what_is_guarded_against_formulas_loses_its_guard_alone(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["C"])).map("·".__add__), min_size=3, max_size=3),
        min_size=1,
        max_size=3,
    )
)
@OF_LEADS
def test_refused_rows_come_back_with_their_cells_and_without_the_reason(rows: list[list[str]]) -> None:
    table = [["Name", "Score", "Grade", WHY_REFUSED], *([*row, f"{REFUSED}Phone: no"] for row in rows)]
    read_once = read("\ufeff".encode() + csv_text(table).encode())
    assert all("Reason" not in lead.get("metadata", {}) for lead in read_once.leads())
    again = list(csv.reader(io.StringIO(csv_text(table), newline="")))
    assert [[unguarded(cell) for cell in row] for row in again] == table


def test_a_week_of_our_times_comes_back_to_the_second() -> None:
    start = datetime(2026, 3, 1, 18, 29, 59, tzinfo=UTC)
    made = [
        ExportedLead(start, f"N{n}", None, [], None, None, None, None, None, None, "queued", None, None, None, None,
                     "new", None, start + timedelta(seconds=n * 9973), None, None, str(n), "{}")
        for n in range(60)
    ]  # fmt: skip
    for file in (as_csv(made), as_xlsx(made)):
        assert [lead["timestamp"] for lead in came_back(read(file))] == [lead.timestamp for lead in made]
