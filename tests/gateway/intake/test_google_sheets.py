"""The script for Google Sheets against the real gateway: whatever happens to it, each row is one lead and says so.

It runs under Node, on a stand-in for the services of Apps Script; see tests/ways_in/apps_script.mjs.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway import ROOT
from tests.support import Gateway, Workspace

SCRIPT = ROOT / "ui" / "static" / "ways-in" / "google-sheets.js"
STAND_IN = ROOT / "tests" / "ways_in" / "apps_script.mjs"
OWN = ["Fairlead id", "Fairlead lead", "Fairlead caller", "Fairlead sent", "Fairlead error", "Fairlead state"]
ENDED = -9
SECONDS = 120


class Spreadsheet:
    """A spreadsheet with the script in it. `rows` is its tab, headings first; a date is {"date": milliseconds}."""

    def __init__(self, folder: Path, gateway: Gateway, source_id: int, *rows: list[Any]) -> None:
        self.path = folder / "spreadsheet.json"
        self.script = folder / "script.js"
        text = SCRIPT.read_text()
        for blank, filled in (
            ('const ADDRESS = "https://fairlead.example";', f"const ADDRESS = {json.dumps(gateway.url)};"),
            ("const SOURCE = 0;", f"const SOURCE = {source_id};"),
            ('const SECRET = "whsec_";', f"const SECRET = {json.dumps(gateway.secret)};"),
        ):
            assert text.count(blank) == 1
            text = text.replace(blank, filled)
        self.script.write_text(text)
        sheet = {"id": 7, "name": "Leads", "columns": len(rows[0]), "rows": list(rows)}
        self.path.write_text(json.dumps({"timezone": "Asia/Kolkata", "sheets": [sheet], "triggers": []}))

    def begin(self, function: str, event: dict[str, Any] | None = None, **settings: str) -> subprocess.Popen[str]:
        """A run of the function that has begun."""
        command = ["node", str(STAND_IN), str(self.path), str(self.script), function]
        command += [json.dumps(event)] if event else []
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env={**os.environ, **settings}, stdout=pipe, stderr=pipe, text=True)

    def run(self, function: str, event: dict[str, Any] | None = None, **settings: str) -> int:
        """The function, to its end: 0, or ENDED, or 1 for an exception."""
        return ended(self.begin(function, event, **settings))

    @contextmanager
    def changed(self) -> Iterator[list[list[Any]]]:
        """The rows of the first tab, to be changed by somebody."""
        spreadsheet = json.loads(self.path.read_text())
        yield spreadsheet["sheets"][0]["rows"]
        self.path.write_text(json.dumps(spreadsheet))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows by their headings; an empty cell is "" or absent."""
        with self.changed() as (headings, *rows):
            return [dict(zip(headings, row, strict=False)) for row in rows]

    @property
    def triggers(self) -> set[tuple[str, str]]:
        """What is run, and when."""
        return {(trigger["handler"], trigger["on"]) for trigger in json.loads(self.path.read_text())["triggers"]}


def ended(run: subprocess.Popen[str]) -> int:
    """How a run ended; what it says of an exception is shown should the test fail."""
    out, err = run.communicate(timeout=SECONDS)
    print(out, err)
    return run.returncode


def leads_of(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """What is stored, by the id of its row."""
    found = workspace.connection.execute(
        """select l.source_row_id, jsonb_build_object('lead', l.id, 'name', l.name, 'phone', l.phone, 'city', l.city,
             'email', l.email, 'at', l.timestamp_from_sheet, 'metadata', l.metadata, 'caller', c.name,
             'budget', l.budget)
           from crm.leads l
           left join crm.lead_assignments a
             on a.workspace_id = l.workspace_id and a.lead_id = l.id and a.status = 'assigned'
           left join crm.callers c on c.workspace_id = l.workspace_id and c.id = a.caller_id
           where l.workspace_id = %s order by l.id""",
        [workspace.id],
    ).fetchall()
    assert len(dict(found)) == len(found)
    return dict(found)


def assert_each_row_tells_of_its_own_lead(sheet: Spreadsheet, workspace: Workspace, *, named: str = "Name") -> None:
    """Every row with a name has been sent once, and says what the database does."""
    leads = leads_of(workspace)
    rows = [row for row in sheet.rows if row.get(named)]
    assert len(rows) == len(leads)
    for row in rows:
        lead = leads[row["Fairlead id"]]
        told = (row[named], row["Fairlead lead"], row["Fairlead caller"], row["Fairlead error"])
        assert told == (lead["name"], lead["lead"], lead["caller"], "")
        assert row["Fairlead state"].split()[:2] == ["sent", row["Fairlead id"][:8]]
        assert abs(row["Fairlead sent"]["date"] / 1000 - datetime.now(UTC).timestamp()) < 600
    assert workspace.connection.execute("select * from routing.verify()").fetchall() == []


@pytest.mark.long
def test_a_thousand_rows_are_a_thousand_leads_whatever_happens_meanwhile(
    own_gateway: Gateway, workspace: Workspace, tmp_path: Path
) -> None:
    for number in range(7):
        workspace.caller(f"Caller {number}", "Goa" if number % 2 else "Kerala")
    people = [[None, "Goa", f"Ravi {number}", 919800000000 + number] for number in range(900)]
    people[100:100] = people[500:500] = [[]]
    sheet = Spreadsheet(tmp_path, own_gateway, workspace.source_id, ["Done?", "State", "Name", "Mobile No."], *people)

    # Google ends three runs: two when rows are sent and nothing of it written, one when half of it is.
    assert sheet.run("setup", HAPPENS="fetch:3:end") == ENDED
    assert len(leads_of(workspace)) == 400
    assert sum(bool(row.get("Fairlead sent")) for row in sheet.rows) == 200
    assert sheet.triggers == {
        ("onRowsEdited", "edit"),
        ("onSheetChanged", "change"),
        ("sendLeads", "form"),
        ("sendLeads", "every 5 minutes"),
    }
    overlapping = [sheet.begin("sendLeads", HAPPENS="fetch:2:end") for _ in range(2)]
    assert ENDED in [ended(run) for run in overlapping]
    assert sheet.run("sendLeads", HAPPENS="write:5:end") == ENDED

    own_gateway.stop()
    try:
        with sheet.changed() as rows:
            rows += [["", "Kerala", f"Asha {number}", f"+91 97000 {number:05}"] for number in range(100)]
        assert sheet.run("sendLeads") == 0
        assert {row["Fairlead error"][:44] for row in unsent(sheet)[:200]} == {
            "Not sent yet. Fairlead could not be reached:"
        }
        own_gateway.start()
        assert [ended(run) for run in [sheet.begin("sendLeads") for _ in range(3)]] == [0, 0, 0]
    finally:
        own_gateway.stop()
    assert len(leads_of(workspace)) == 1000
    assert_each_row_tells_of_its_own_lead(sheet, workspace)


def unsent(sheet: Spreadsheet) -> list[dict[str, Any]]:
    """The rows with a name that have no lead."""
    return [row for row in sheet.rows if row.get("Name") and not row.get("Fairlead lead")]


@pytest.fixture
def sheet(gateway: Gateway, workspace: Workspace, tmp_path: Path) -> Spreadsheet:
    """Twelve people, of whom the caller Kavita is to hear."""
    workspace.caller("Kavita")
    people = [[f"Ravi {number}", f"+91 98000 {number:05}", "Pune"] for number in range(12)]
    return Spreadsheet(tmp_path, gateway, workspace.source_id, ["Name", "Phone", "City"], *people)


@pytest.mark.parametrize("moment", ["read:4", "writing:3", "write:3", "read:5", "fetch:2", "write:4"])
def test_rows_sorted_at_any_moment_keep_what_is_theirs(sheet: Spreadsheet, workspace: Workspace, moment: str) -> None:
    sheet.run("setup", HAPPENS=f"{moment}:reverse")
    sheet.run("sendLeads")
    assert len(leads_of(workspace)) == 12
    assert_each_row_tells_of_its_own_lead(sheet, workspace)


def test_rows_that_were_sent_before_keep_their_ids_when_the_sheet_is_sorted_as_others_get_theirs(
    sheet: Spreadsheet, workspace: Workspace
) -> None:
    sheet.run("setup")
    with sheet.changed() as rows:
        rows.append(["Asha", "+91 97000 00000", "Goa"])
    sheet.run("sendLeads", HAPPENS="writing:1:reverse")
    sheet.run("sendLeads")
    assert len(leads_of(workspace)) == 13
    assert_each_row_tells_of_its_own_lead(sheet, workspace)


def test_a_row_that_was_refused_says_why_and_is_sent_again_once_it_was_changed(
    sheet: Spreadsheet, workspace: Workspace
) -> None:
    # With its id every row is a lead, whatever stands in it: only the database can refuse one.
    workspace.connection.execute(
        "alter table crm.leads drop constraint if exists leads_city_known, "
        "add constraint leads_city_known check (city <> 'Nowhere')"
    )
    with sheet.changed() as rows:
        rows[0].append("Timestamp")
        rows[3][2:] = ["Nowhere", {"date": 1706724000000}]
    sheet.run("setup")
    sheet.run("sendLeads")
    (refused,) = unsent(sheet)
    assert refused["Name"] == "Ravi 2"
    assert refused["Fairlead error"].startswith("city: It is none of the known values.")
    assert len(leads_of(workspace)) == 11
    with sheet.changed() as rows:
        rows[3][2] = "Pune"
    sheet.run("sendLeads")
    assert leads_of(workspace)[refused["Fairlead id"]]["at"].startswith("2024-01-31T18:00:00")
    assert_each_row_tells_of_its_own_lead(sheet, workspace)


def test_a_copied_row_becomes_a_lead_of_its_own_when_it_was_changed(sheet: Spreadsheet, workspace: Workspace) -> None:
    sheet.run("setup")
    with sheet.changed() as rows:
        rows.insert(1, list(rows[5]))
    pasted = {"range": [2, 1, 1, 9]}
    assert sheet.run("onRowsEdited", pasted) == 0
    assert len(leads_of(workspace)) == 12
    with sheet.changed() as rows:
        rows[1][:2] = ["Asha", "+91 97000 00000"]
    assert sheet.run("onRowsEdited", {"range": [2, 1]}, CLOCK_AHEAD="50") == 0
    sheet.run("sendLeads", CLOCK_AHEAD="100")
    assert len(leads_of(workspace)) == 12
    sheet.run("sendLeads", CLOCK_AHEAD="120")
    assert len(leads_of(workspace)) == 13
    assert_each_row_tells_of_its_own_lead(sheet, workspace)


def test_a_row_is_sent_as_it_is_when_it_has_been_typed(sheet: Spreadsheet, workspace: Workspace) -> None:
    sheet.run("setupForNewRows")
    assert leads_of(workspace) == {}
    with sheet.changed() as rows:
        rows.append(["", "", ""])
    for column, text in enumerate(["Asha", "+91 97000 00000", "Goa"]):
        with sheet.changed() as rows:
            rows[13][column] = text
        assert sheet.run("onRowsEdited", {"range": [14, column + 1]}) == 0
        sheet.run("sendLeads")
    assert leads_of(workspace) == {}
    sheet.run("sendLeads", CLOCK_AHEAD="61")
    assert [(lead["name"], lead["city"]) for lead in leads_of(workspace).values()] == [("Asha", "Goa")]


def test_what_the_sheet_says_arrives_as_it_is_meant(gateway: Gateway, workspace: Workspace, tmp_path: Path) -> None:
    workspace.caller("=1+1")
    evening = {"date": 1706724000000}
    midnight = {"date": 1706725800000}
    cells = {
        "Budget": 50000.5,
        "WhatsApp no.": "",
        "E-mail ID": "A@EXAMPLE.COM",
        "Last name": "राव",
        "Error": "none",
        "Called": False,
        "Mobile": 919800000001,
        "FIRST NAME": "आशा",
        "Visit": midnight,
        "phone": "#N/A",
        "When?": evening,
        "Date": "3/4/25",
        "Campaign": "Diwali",
        "Nothing": " ",
    }
    only_a_box = ["", "", "", "", "", True]
    sheet = Spreadsheet(tmp_path, gateway, workspace.source_id, [*cells], [*cells.values()], only_a_box)
    assert sheet.run("setup") == 0
    (lead,) = leads_of(workspace).values()
    assert {name: lead[name] for name in ("name", "phone", "email", "at")} == {
        "name": "आशा राव",
        "phone": "+919800000001",
        "email": "a@example.com",
        "at": None,
    }
    assert lead["budget"] == "[50000.5,50000.5]"
    assert lead["metadata"] == {
        "Error": "none",
        "Called": False,
        "Visit": "2024-02-01",
        "When?": "2024-01-31T23:30:00+05:30",
        "Date": "3/4/25",
        "campaign": "Diwali",
    }
    assert [row.get("Fairlead caller") for row in sheet.rows] == ["=1+1", None]


def test_a_run_ends_by_itself_before_google_ends_it_and_the_next_goes_on(
    gateway: Gateway, workspace: Workspace, tmp_path: Path
) -> None:
    people = [[f"Ravi {number}"] for number in range(1100)]
    sheet = Spreadsheet(tmp_path, gateway, workspace.source_id, ["Name"], *people)
    assert sheet.run("setup", CALL_SECONDS="70") == 0
    assert len(leads_of(workspace)) == 800
    assert sheet.run("sendLeads") == 0
    rows = sheet.rows
    assert (len(leads_of(workspace)), {row["Fairlead caller"] for row in rows}) == (1100, {"In the queue"})


def test_setup_says_what_is_wrong_with_the_key_or_the_address(sheet: Spreadsheet, workspace: Workspace) -> None:
    script = sheet.script.read_text()
    for right, wrong, told in (
        (f"SOURCE = {workspace.source_id};", "SOURCE = 0;", "Fairlead cannot be used yet. The signature was refused: "),
        ("http://127.0.0.1", "http://127.0.0.2", "Fairlead cannot be used yet. Fairlead could not be reached: "),
    ):
        sheet.script.write_text(script.replace(right, wrong))
        run = sheet.begin("setup")
        _, err = run.communicate(timeout=SECONDS)
        assert (run.returncode, told in err) == (1, True), err
    assert (sheet.triggers, "Fairlead id" in sheet.rows[0]) == (set(), False)
