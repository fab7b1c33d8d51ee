"""/api/dashboard: one call, whose tables add up, whoever may ask."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.gateway.conftest import Post
from tests.support import Workspace


def received(rows: list[dict[str, Any]], when: str = "now") -> int:
    """The leads of a table."""
    return sum(row[when]["received"] for row in rows)


def test_every_table_of_an_answer_adds_up_to_its_total(manager: httpx.Client, workspace: Workspace, post: Post) -> None:
    asha = workspace.caller("Asha", "Goa", daily_limit=2, campaigns=["Diwali"])
    leads: list[dict[str, Any]] = [
        {"name": "One", "phone": "+919845000001", "state": "Goa", "lead_source": "Ads"},
        {"name": "Two", "phone": "+919845000002", "metadata": {"campaign": "diwali"}, "lead_source": "ads"},
        {"name": "Three", "phone": "+919845000003"},
        {"name": "Test", "phone": "+919845000004", "is_test": True},
    ]
    ids = [post(**lead).json()["lead_id"] for lead in leads]
    manager.post(f"/api/leads/{ids[0]}/close")
    answer = manager.get("/api/dashboard")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    total = found["total"]["now"]
    assert (total["received"], total["assigned"], total["waiting"], total["closed"]) == (3, 1, 1, 1)
    assert received([found["total"]], "before") == 0
    for table in ("sources", "campaigns", "states", "callers"):
        assert received(found[table]) == 3, table
    assert [(row["key"], row["name"], row["now"]["received"]) for row in found["sources"]] == [
        ("ads", "Ads", 2),
        ("webhook", "Webhook", 1),
    ]
    assert {row["key"]: row["name"] for row in found["callers"]} == {asha: "Asha", "": None}
    assert found["by"] == "hour"
    assert sum(hour["received"] or 0 for hour in found["moments"]) == 3
    assert found["queue"]["waiting"] == 1
    assert [(one["name"], one["standing"], one["assigned_today"]) for one in found["standings"]] == [
        ("Asha", "at cap", 2)
    ]

    month = manager.get("/api/dashboard", params={"from": "2026-01-05", "until": "2026-01-12"}).json()
    assert month["by"] == "day"
    assert len(month["moments"]) == 7
    spans = [[datetime.fromisoformat(month[name][end]) for end in ("since", "until")] for name in ("period", "before")]
    assert [(one - other).days for one, other in zip(*spans, strict=True)] == [7, 7]


def test_what_is_no_period_is_refused_by_the_name_of_the_field(manager: httpx.Client) -> None:
    for query, field in (
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-01-05", "until": "2026-01-04"}, "until"),
        ({"from": "2020-01-05", "until": "2026-01-04"}, "from"),
        ({"before_from": "2026-01-05", "before_until": "2026-01-04"}, "before_until"),
        ({"from": "0743-07-05", "until": "7237-10-20"}, "from"),
        ({"before_from": "0743-07-05", "before_until": "7237-10-20"}, "before_from"),
        ({"to": "2026-01-05"}, "to"),
    ):
        answer = manager.get("/api/dashboard", params=query)
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field]), query


@pytest.mark.parametrize("table", ["sources", "callers", "states", "campaigns"])
def test_a_table_as_a_file_says_what_the_answer_says(manager: httpx.Client, workspace: Workspace, table: str) -> None:
    workspace.caller("Asha", "Goa")
    workspace.ingest(
        *({"name": f"Lead {n}", "state": "Goa" if n else None, "lead_source": "=Ads" if n else None} for n in range(4))
    )
    file = manager.get("/api/dashboard.csv", params={"table": table})
    assert file.headers["content-disposition"] == f'attachment; filename="{table}.csv"'
    *rows, total = csv.DictReader(io.StringIO(file.text, newline=""))
    found = manager.get("/api/dashboard").json()
    assert [int(row["received"]) for row in rows] == [row["now"]["received"] for row in found[table]]
    assert total["name"] == "All"
    assert int(total["received"]) == sum(int(row["received"]) for row in rows) == 4
    assert all(row["name"] in ("'=Ads", "Webhook") for row in rows) or table != "sources"
    moments = list(csv.DictReader(io.StringIO(manager.get("/api/dashboard.csv?table=moments").text, newline="")))
    assert sum(int(row["received"] or 0) for row in moments) == 4


def test_what_callers_made_of_their_leads_is_told_of_a_source_or_all(
    manager: httpx.Client, workspace: Workspace
) -> None:
    workspace.caller("Asha")
    workspace.caller("Bina")
    workspace.ingest(*({"name": f"Lead {n}", "lead_source": "Ads" if n < 4 else "Web"} for n in range(6)))
    answer = manager.get("/api/dashboard/callers")
    assert [(row["name"], row["leads"], row["says"]) for row in answer.json()["items"]] == [
        ("Asha", 3, "not to be told from the others"),
        ("Bina", 3, "not to be told from the others"),
    ]
    of_source = manager.get("/api/dashboard/callers", params={"source": "ads"}).json()["items"]
    assert [row["leads"] for row in of_source] == [2, 2]
