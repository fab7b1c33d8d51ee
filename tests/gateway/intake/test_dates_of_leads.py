"""The times of leads as senders write them: read in the zone and order of their source, and never a lead's end."""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec
import pytest

from gateway.core.dates import customs_of
from gateway.intake.reading import read_form, read_lead
from tests.support import Workspace

PATH = "/api/leads/webhook"
INDIA = customs_of("IN", "Asia/Kolkata")


def stored(lead: dict[str, Any]) -> dict[str, Any]:
    """What goes to the database for a posted lead."""
    made: dict[str, Any] = msgspec.json.decode(
        read_lead(json.dumps(lead).encode(), None, INDIA).stored_as(7, None, "r", None)
    )
    return made


def test_a_time_is_read_however_it_comes_and_a_date_stays_one() -> None:
    for given, read in (
        ("31/01/2024", "2024-01-31"),
        ("2024-01-31", "2024-01-31"),
        (["31 Jan 2024, 6:30 pm"], "2024-01-31T18:30:00"),
        ({"a": 1}, None),
        ("  ", None),
    ):
        assert stored({"name": "Asha", "timestamp": given}).get("timestamp") == read
    assert read_form(b"name=Asha&timestamp=31%2F01%2F2024", None, INDIA).timestamp == "2024-01-31"


NO_DATES = ("-", "N/A", "yesterday", "2024-13-01", "0000-00-00", "0202-11-05", "9999-12-31", "1970-01-01T00:00:00Z")


@pytest.mark.parametrize("given", [*NO_DATES, "0001-01-01T00:00:00+05:30", 0, 1e30, True, {"a": 1}, [1, 2]])
def test_what_is_no_date_costs_neither_the_lead_nor_a_word_of_it(given: object) -> None:
    lead = stored({"name": "Asha", "timestamp": given, "metadata": {"a": 1}})
    assert lead.get("timestamp") is None
    assert lead["metadata"] == {"timestamp_given": given, "a": 1}
    theirs = stored({"name": "Asha", "timestamp": given, "metadata": {"timestamp_given": "theirs"}})
    assert theirs["metadata"] == {"timestamp_given": "theirs"}


# What a sender posts as the time, and what it is in the workspace, Asia/Kolkata: bug_reports/19, payloads/82 and 85.
POSTED = [
    ("2026/11/05", "2026-11-05 00:00:00"),
    ("05/11/2026 21:30:12", "2026-11-05 21:30:12"),
    ("N/A", None),
    ("Nov 30, 2026 10:00 AM", "2026-11-30 10:00:00"),
    ("30/11/2026 10:00", "2026-11-30 10:00:00"),
    ("2026-11-30 10:00 AM", "2026-11-30 10:00:00"),
    ("Mon, 30 Nov 2026 04:30:00 GMT", "2026-11-30 10:00:00"),
    ("2026-11-30 10:00:00 UTC", "2026-11-30 15:30:00"),
    ("/Date(1795933200000)/", "2026-11-29 11:50:00"),
    ("2026-11-02 10:00 IST", "2026-11-02 10:00:00"),
    ("2026-11-30 09:30:00", "2026-11-30 09:30:00"),
]


def times(workspace: Workspace) -> list[Any]:
    """The times of the leads, in the order in which they came, as they are in the workspace."""
    found = workspace.connection.execute(
        "select timestamp_from_sheet at time zone 'Asia/Kolkata' from crm.leads where workspace_id = %s order by id",
        [workspace.id],
    )
    return [at and f"{at}" for (at,) in found.fetchall()]


def test_every_lead_is_stored_whatever_its_time_looks_like(sender: httpx.Client, workspace: Workspace) -> None:
    leads = [{"name": "Sana", "phone": f"98555 {n:05}", "timestamp": text} for n, (text, _) in enumerate(POSTED)]
    assert [sender.post(PATH, json=lead).status_code for lead in leads[:4]] == [201] * 4
    answers = sender.post(f"{PATH}/batch", json=leads[4:]).json()
    assert [one["status"] for one in answers] == [201] * len(leads[4:])
    assert times(workspace) == [at for _, at in POSTED]
    (given,) = workspace.connection.execute(
        "select metadata from crm.leads where workspace_id = %s and timestamp_from_sheet is null", [workspace.id]
    ).fetchall()
    assert given[0] == {"timestamp_given": "N/A"}


@pytest.mark.parametrize(
    ("source", "posted", "at"),
    [
        # payloads/83: Gravity Forms means UTC.
        ({"timezone": "UTC"}, "2026-11-30 04:00:00", "2026-11-30 09:30:00"),
        ({"timezone": "UTC"}, "2026-11-30T04:00:00+05:30", "2026-11-30 04:00:00"),
        ({"timezone": "UTC"}, "2026-11-30", "2026-11-30 00:00:00"),
        ({"timezone": "America/New_York"}, "3/4/2026 10:00", "2026-04-03 19:30:00"),
        ({"timezone": "Asia/Jerusalem"}, "5/1/2026 10:00 IST", "2026-01-05 13:30:00"),
        ({"date_order": "month_first"}, "3/4/2026 10:00", "2026-03-04 10:00:00"),
        ({"date_order": "month_first"}, "25/4/2026 10:00", None),
        ({"date_order": "year_first"}, "26-04-03", "2026-04-03 00:00:00"),
        ({}, "3/4/2026 10:00", "2026-04-03 10:00:00"),
    ],
)
def test_a_source_says_how_its_times_are_read(
    source: dict[str, str], posted: str, at: str | None, sender: httpx.Client, workspace: Workspace
) -> None:
    for column, value in source.items():
        workspace.connection.execute(
            f"update crm.sources set {column} = %s where id = %s", [value, workspace.source_id]
        )
    assert sender.post(PATH, json={"name": "Dev Shah", "timestamp": posted}).status_code == 201
    assert times(workspace) == [at]
