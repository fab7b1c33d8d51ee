"""Files of leads: whatever people made of them, what they meant is stored, and told before and after."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import httpx
import msgspec
import pytest

from gateway.http.shapes import Page
from gateway.imports.shapes import Import, ImportRow, ImportSummary, SheetView
from tests.gateway.conftest import fields_at_fault
from tests.gateway.imports.steps import check, finished, imported, look, rows, start, upload
from tests.gateway.imports.tables import as_csv, as_ods, as_written, as_xls, as_xlsx
from tests.support import Workspace

HEADINGS = ["Full Name", "Mobile No.", "E-mail ID", "Town", "Created At", "Course"]
PEOPLE: list[list[Any]] = [
    ["José Ñandú", 919812300001.0, "JOSE@example.com", "Bombay", datetime(2024, 1, 31, 18, 30), "B.Tech"],  # noqa: DTZ001
    ["Meera Joshi", "098123 00002", "meera@example.com", "Pune", date(2024, 2, 1), ""],
]
STORED = [
    (
        "José Ñandú",
        "+919812300001",
        "jose@example.com",
        "Maharashtra",
        "2024-01-31 13:00:00",
        {"Course": "B.Tech"},
    ),
    ("Meera Joshi", "+919812300002", "meera@example.com", "Maharashtra", "2024-01-31 18:30:00", {}),
]


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("xlsx", as_xlsx),
        ("xls", as_xls),
        ("ods", as_ods),
        ("csv", as_written),
        ("csv", lambda *table: as_written(*table, encoding="utf-8-sig", delimiter="\t")),
        ("csv", lambda *table: as_written(*table, encoding="utf-16", delimiter=";")),
        ("csv", lambda *table: as_written(*table, encoding="cp1252", delimiter="|")),
    ],
)
def test_a_file_of_any_kind_becomes_the_same_leads(
    kind: str, make: Callable[..., bytes], manager: httpx.Client, workspace: Workspace
) -> None:
    file = make(HEADINGS, *PEOPLE)
    made = upload(manager, file, "leads.bin")
    assert (made["kind"], made["size"], made["status"]) == (kind, len(file), "uploaded")
    done = imported(manager, made)
    assert (done["imported"], done["queued"], done["refused"]) == (2, 2, 0), rows(manager, made)
    stored = workspace.connection.execute(
        """select name, phone, email, state, timestamp_from_sheet at time zone 'UTC', metadata
           from crm.leads where workspace_id = %s order by id""",
        [workspace.id],
    ).fetchall()
    assert [(*row[:4], f"{row[4]}", row[5]) for row in stored] == STORED


def test_a_file_has_a_name_of_one_line_that_reads_as_it_is_written(manager: httpx.Client) -> None:
    assert upload(manager, b"Name\nAsha\n", "a\r\nSet-Cookie: x\u202evsc.\x1b[1m.csv")["file_name"] == (
        "a Set-Cookie: x vsc. [1m.csv"
    )
    assert upload(manager, b"Name\nAsha\n", "\r\n")["file_name"] == "file"


def test_what_people_do_to_sheets_is_understood(manager: httpx.Client, workspace: Workspace) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 1, "Leads of the fair in Pune, 2024")
        sheet.merge_range(2, 1, 2, 2, "Who")
        sheet.merge_range(2, 3, 3, 3, "Remarks")
        sheet.write_row(3, 1, ["First Name", "Last Name"])
        sheet.write_row(3, 4, ["Phone", "Remarks", "City"])
        sheet.write_row(4, 1, ["Meera", "Joshi", "call", "0091 98123 00011", "late"])
        sheet.write_formula(4, 6, '="Pu"&"ne"', None, "Pune")
        sheet.write_row(7, 1, ["Nikhil", "", True, 9812300012, 0.5])
        sheet.write_formula(7, 6, "=1/0", None, "#DIV/0!")
        book.add_worksheet("Old").hide()
        hidden = book.add_worksheet("Hidden")
        hidden.write_row(0, 0, ["Name", "Phone"])
        hidden.write_row(1, 0, ["Nobody", "98123 00019"])
        hidden.hide()

    made = upload(manager, as_xlsx(fill=fill))
    assert [(sheet["name"], sheet["is_hidden"], sheet["rows"]) for sheet in made["sheets"]] == [
        ("Leads", False, 2),
        ("Hidden", True, 1),
    ]
    seen = look(manager, made)
    assert seen["heading_row"] == 4
    assert [(column["column"], column["heading"], column["field"]) for column in seen["columns"]] == [
        (2, "First Name", "first_name"),
        (3, "Last Name", "last_name"),
        (4, "Remarks", "message"),
        (5, "Phone", "phone"),
        (6, "Remarks 2", None),
        (7, "City", "city"),
    ]
    assert seen["preview"][0] == ["Meera", "Joshi", "call", "0091 98123 00011", "late", "Pune"]
    done = imported(manager, made)
    assert (done["imported"], done["counts"]["empty"]) == (2, 2)
    listed = rows(manager, made)
    assert [(row["row"], row["lead"]["name"], row["lead"]["phone"]) for row in listed] == [
        (5, "Meera Joshi", "+919812300011"),
        (8, "Nikhil", "+919812300012"),
    ]
    assert (listed[1]["lead"]["city"], listed[1]["lead"]["message"], listed[1]["lead"]["metadata"]) == (
        None,
        "TRUE",
        {"Remarks 2": "0.5"},
    )


def test_columns_are_proposed_by_values_too_and_remembered(manager: httpx.Client) -> None:
    table = [
        ["Who is it", "Reach", "Write", "Where", "Land", "Since", "Grade"],
        ["Meera", "98123 00021", "m@example.com", "Pune", "Maharashtra", "2024-01-31", "A"],
        ["Nikhil", "98123 00022", "n@example.com", "Kochi", "Kerala", "2024-02-01", "B"],
    ]
    made = upload(manager, as_csv(*table))
    proposed = {column["heading"]: (column["field"], column["from"]) for column in look(manager, made)["columns"]}
    assert proposed == {
        "Who is it": (None, None),
        "Reach": ("phone", "values"),
        "Write": ("email", "values"),
        "Where": ("city", "values"),
        "Land": ("state", "values"),
        "Since": ("timestamp", "values"),
        "Grade": (None, None),
    }
    finished(manager, check(manager, made, mapping={"name": 1, "phone": 2, "language": 7}), "checking")
    again = look(manager, upload(manager, as_csv(*table)))
    proposed = {column["heading"]: (column["field"], column["from"]) for column in again["columns"]}
    assert proposed["Who is it"] == ("name", "memory")
    assert proposed["Grade"] == ("language", "memory")
    assert proposed["Where"] == (None, "memory")


def test_duplicates_and_refused_rows_are_told_before_and_after_and_the_refused_mended(
    manager: httpx.Client, workspace: Workspace
) -> None:
    workspace.ingest({"name": "Known", "phone": "+919812300031"})
    table = [
        ["Name", "Phone", "Email", "Date", "Score"],
        ["Asha", "98123 00031", "", "", "1"],
        ["Bilal", "98123 00032", "b@example.com", "", "2"],
        ["Bilal too", "", "B@example.com", "", "3"],
        ["Chitra", "98123 00033", "", "soon", "4"],
        ["", "9.81E+09", "", "", "=5"],
        ["", "", "", "", "6"],
        ["Deepak", "98123 00034", "", "", "7"],
    ]
    made = upload(manager, as_csv(*table))
    checked = finished(manager, check(manager, made), "checking")
    found = {"ready": 3, "duplicates_in_file": 1, "duplicates_stored": 1, "refused": 2, "left_out": 0, "empty": 0}
    assert checked["counts"] == found
    assert [(row["row"], row["reason"]) for row in rows(manager, made, outcome="duplicate")] == [
        (2, "A stored lead has the same phone"),
        (4, "Row 3 has the same e-mail address"),
    ]
    reasons = {row["row"]: row["reason"] for row in rows(manager, made, outcome="refused")}
    assert "lacks the last digits" in reasons[6]
    assert "The row has no name, phone, e-mail or id" in reasons[7]
    phones = [row["lead"]["phone"] for row in rows(manager, made, outcome="ready")]
    assert phones == ["+919812300032", "+919812300033", "+919812300034"]
    done = finished(manager, start(manager, made), "running")
    assert (done["imported"], done["skipped"], done["refused"], done["done_rows"]) == (3, 2, 2, 7)
    summary = manager.get(f"/api/imports/{made['id']}/summary").json()
    assert (summary["success"], [error["row"] for error in summary["errors"]]) == (False, [6, 7])

    refused = manager.get(f"/api/imports/{made['id']}/refused.csv")
    assert refused.headers["content-type"] == "text/csv; charset=utf-8"
    left = list(csv.reader(io.StringIO(refused.content.decode("utf-8-sig"))))
    assert left[0] == [*table[0], "Reason"]
    assert left[1][:5] == ["", "9.81E+09", "", "", "'=5"]
    left[1][1] = "98123 00035"
    again = upload(manager, as_csv(*left[:2]), "refused.csv")
    assert imported(manager, again)["imported"] == 1


def test_two_phone_columns_make_no_lead_without_a_phone_and_teach_nothing_wrong(manager: httpx.Client) -> None:
    """Bugs 06, 07 and files/52, 57: the first column with a value, and the only one of the next file."""
    table = [["First Name", "Last Name", "Phone", "Mobile"], ["Ravi", "Rao", "98010 00040", ""]]
    table += [["Asha", "Rao", "", "98010 00041"], ["Dev", "Rao", "98010 00042", "98010 00043"]]
    made = upload(manager, as_csv(*table))
    finished(manager, check(manager, made), "checking")
    ready = rows(manager, made)
    assert [row["lead"]["phone"] for row in ready] == ["+919801000040", "+919801000041", "+919801000042"]
    assert [row["notes"] for row in ready] == [[], [], []]
    for heading in ("Phone", "Mobile"):
        seen = look(manager, upload(manager, as_csv(["Name", heading], ["Asha", "98010 00051"])))
        assert [(column["field"], column["from"]) for column in seen["columns"]] == [
            ("name", "heading"),
            ("phone", "heading"),
        ]
    # Somebody turns it down: then it is proposed no more, but where nobody could be called without.
    made = upload(manager, as_csv(*table))
    finished(manager, check(manager, made, mapping={"first_name": 1, "last_name": 2, "phone": 3}), "checking")
    fields = [column["field"] for column in look(manager, upload(manager, as_csv(*table)))["columns"]]
    assert fields == ["first_name", "last_name", "phone", None]
    fields = [
        column["field"]
        for column in look(manager, upload(manager, as_csv(["Name", "Mobile"], ["Asha", "98010 00051"])))["columns"]
    ]
    assert fields == ["name", "phone"]


def test_the_check_tells_what_nobody_can_call_and_what_is_no_lead(manager: httpx.Client) -> None:
    """Bug 21, and files/55, 62: told by kind, before anything is stored; what is left out can be accepted."""

    def fill(_: Any, sheet: Any) -> None:
        sheet.set_row(7, options={"hidden": True})
        sheet.merge_range("C2:C3", "Pune")

    table: list[list[Any]] = [
        ["Name", "Mobile", "City"],
        ["Asha", "NA", ""],
        ["Ravi", "#N/A", ""],
        ["Dev", "-", "Pune"],
    ]
    table += [["Uma", "98100", "Pune"], ["Total", 4, ""], ["Om", "98010 00060", "Pune"], ["Gone", "98010 00061", "Goa"]]
    made = upload(manager, as_xlsx(*table, fill=fill))
    assert (made["sheets"][0]["hidden_rows"], made["sheets"][0]["merged_cells"]) == (1, 1)
    checked = finished(manager, check(manager, made), "checking")
    assert {name: count for name, count in checked["counts"].items() if count} == {"ready": 5, "left_out": 2}
    assert {notice["kind"]: notice["examples"] for notice in checked["notices"]} == {
        "nothing_to_call": [2, 3, 4, 5],
        "phone_not_understood": [5],
        "merged": [3],
        "total": [6],
        "hidden": [8],
    }
    assert [row["row"] for row in rows(manager, made, note="nothing_to_call")] == [2, 3, 4, 5]
    left_out = {row["row"]: row["reason"] for row in rows(manager, made, outcome="left_out")}
    assert left_out == {6: "The row is a total, not a lead: Total", 8: "The row is hidden in the file"}
    checked = finished(manager, check(manager, made, accept=["hidden"]), "checking")
    assert (checked["counts"]["ready"], checked["counts"]["left_out"], checked["accept"]) == (6, 1, ["hidden"])
    done = finished(manager, start(manager, made), "running")
    assert (done["imported"], done["done_rows"], done["rows"]) == (6, 7, 7)
    summary = manager.get(f"/api/imports/{made['id']}/summary").json()
    assert (summary["success"], summary["left_out_count"]) == (True, 1)
    assert {notice["kind"]: notice["rows"] for notice in summary["notices"]}["nothing_to_call"] == 4


def test_what_we_export_is_imported_as_it_was(manager: httpx.Client, workspace: Workspace) -> None:
    """Bug 20: leads and refused rows go out guarded against formulas, and come back as they were sent."""
    workspace.ingest(
        {"name": "-Asha", "phone": "+919801000070", "metadata": {"Grade": "=A", "n": 1.5}},
        {"name": "'=Ravi", "phone": "+919801000071", "city": "Pune", "message": "a\r\nb", "source_row_id": "=7"},
    )
    fields = "name, phone, city, state, message, source_row_id, metadata"
    stored = f"select {fields} from crm.leads where workspace_id = %s order by name"
    before = workspace.connection.execute(stored, [workspace.id]).fetchall()
    for kind in ("csv", "xlsx"):
        file = manager.get(f"/api/leads.{kind}").content
        again = upload(manager, file)
        finished(manager, check(manager, again), "checking")
        read = [tuple(row["lead"][field] for field in fields.split(", ")) for row in rows(manager, again)]
        assert sorted(read) == before
    refused = imported(manager, upload(manager, as_csv(["City", "Phone", "Score"], ["=Uma", "9.81E+09", "-x"])))
    file = manager.get(f"/api/imports/{refused['id']}/refused.csv").content
    assert b"'=Uma" in file
    again = upload(manager, file.replace(b"9.81E+09", b"98010 00072"))
    finished(manager, check(manager, again), "checking")
    [row] = rows(manager, again)
    assert (row["lead"]["city"], row["lead"]["metadata"]) == ("=Uma", {"Score": "-x"})


def test_a_column_of_postal_codes_tells_states(manager: httpx.Client, workspace: Workspace) -> None:
    table = [["Name", "City", "Pin Code"], ["Asha", "Aurangabad", "431001"], ["Bina", "Aurangabad", ""]]
    made = imported(manager, upload(manager, as_csv(*table)))
    leads = [row["lead"] for row in rows(manager, made)]
    assert [(lead["name"], lead["state"]) for lead in leads] == [("Asha", "Maharashtra"), ("Bina", None)]


def test_the_same_file_twice_stores_nothing_twice(manager: httpx.Client, workspace: Workspace) -> None:
    table = [["Name", "Phone"], *([f"Lead {n}", f"98124 {n:05}"] for n in range(30)), ["No phone", ""]]
    assert imported(manager, upload(manager, as_csv(*table)))["imported"] == 31
    twice = imported(manager, upload(manager, as_csv(*table)))
    assert (twice["imported"], twice["skipped"]) == (0, 31)
    kept = imported(manager, upload(manager, as_csv(*table)), duplicates="keep")
    assert (kept["imported"], kept["skipped"]) == (0, 31), "what says the same is the same submission"
    table[1][0] = "Lead 0 again"
    kept = imported(manager, upload(manager, as_csv(*table)), duplicates="keep")
    assert (kept["imported"], kept["skipped"]) == (1, 30)
    count = workspace.connection.execute("select count(*) from crm.leads where workspace_id = %s", [workspace.id])
    assert count.fetchone() == (32,)


def test_leads_are_spread_evenly_among_the_chosen_and_limits_hold(manager: httpx.Client, workspace: Workspace) -> None:
    free = [workspace.caller(f"Free {number}") for number in range(3)]
    capped = workspace.caller("Capped", daily_limit=2)
    paused = workspace.caller("Paused", status="paused")
    workspace.caller("Not chosen")
    table = [["Name", "Phone"], *([f"Lead {n}", f"98125 {n:05}"] for n in range(50))]
    made = upload(manager, as_csv(*table))
    done = imported(manager, made, campaign="Spring fair", callers=[*free, capped, paused])
    assert (done["imported"], done["assigned"], done["campaign"]["name"]) == (50, 50, "Spring fair")
    summary = msgspec.json.decode(manager.get(f"/api/imports/{made['id']}/summary").content, type=ImportSummary)
    given = {share.name: share.leads for share in summary.callers}
    assert given.pop("Capped") == 2
    assert sorted(given.values()) == [16, 16, 16]
    assert [(one.name, one.why) for one in summary.excluded] == [("Paused", "paused")]
    assert summary.assignees_added == 5
    counted = workspace.connection.execute(
        """select c.name, count(*) from crm.lead_assignments a join crm.callers c on c.id = a.caller_id
           where a.workspace_id = %s and a.ended_at is null group by 1""",
        [workspace.id],
    )
    assert dict(counted.fetchall()) == {share.name: share.leads for share in summary.callers}
    by_lead = {str(one.lead_id): str(one.assignee_id) for one in summary.lead_assignments}
    assert by_lead == {row["lead_id"]: row["caller_id"] for row in rows(manager, made)}
    distribution = summary.distribution_summary
    assert (distribution.total_leads, distribution.total_callers, distribution.leads_per_caller) == (50, 5, 10)
    events = workspace.connection.execute(
        """select kind, actor ^@ 'user:', count(*) from crm.events
           where workspace_id = %s and kind like 'import.%%' group by 1, 2 order by 1""",
        [workspace.id],
    ).fetchall()
    assert events == [("import.finished", True, 1), ("import.started", True, 1)]
    [told] = manager.get("/api/audit?kind=import.finished").json()["items"]
    assert (told["about"]["type"], told["about"]["name"]) == ("import", "leads.csv")


def test_an_import_goes_its_steps_and_no_others(manager: httpx.Client) -> None:
    made = upload(manager, as_csv(["Name", "Phone"], ["Asha", "98126 00001"]))
    path = f"/api/imports/{made['id']}"
    assert manager.post(f"{path}/start", json={}).status_code == 409
    for mapping in ({"nonsense": 1}, {"city": 1}, {"name": 9}):
        response = manager.post(f"{path}/check", json={"sheet": 0, "heading_row": 1, "mapping": mapping})
        assert fields_at_fault(response) == ["mapping"]
    wrong_sheet = manager.post(f"{path}/check", json={"sheet": 7, "heading_row": 1, "mapping": {"name": 1}})
    assert fields_at_fault(wrong_sheet) == ["sheet"]
    wrong_row = manager.post(f"{path}/check", json={"sheet": 0, "heading_row": 2, "mapping": {"name": 1}})
    assert fields_at_fault(wrong_row) == ["heading_row"]
    finished(manager, check(manager, made), "checking")
    nobody = manager.post(f"{path}/start", json={"campaign": "X", "callers": ["01900000-0000-7000-8000-000000000000"]})
    assert fields_at_fault(nobody) == ["callers"]
    assert fields_at_fault(manager.post(f"{path}/start", json={"campaign": 4711})) == ["campaign"]
    assert manager.get(path).json()["status"] == "checked", "nothing of it remains"
    cancelled = manager.post(f"{path}/cancel").json()
    assert cancelled["status"] == manager.post(f"{path}/cancel").json()["status"] == "cancelled"
    assert manager.get(f"{path}/sheets/0").status_code == 409
    assert manager.post(f"{path}/start", json={}).status_code == 409
    assert manager.get("/api/imports").json()["items"][0]["id"] == made["id"]
    msgspec.json.decode(manager.get(path).content, type=Import)
    msgspec.json.decode(manager.get(f"{path}/rows").content, type=Page[ImportRow, int])


def test_a_sheet_is_shown_as_described(manager: httpx.Client) -> None:
    made = upload(manager, as_xlsx(HEADINGS, *PEOPLE))
    response = manager.get(f"/api/imports/{made['id']}/sheets/0?heading_row=1")
    seen = msgspec.json.decode(response.content, type=SheetView)
    assert seen.columns[1].samples == ["919812300001", "098123 00002"]
    assert manager.get(f"/api/imports/{made['id']}/sheets/1").status_code == 404
    assert fields_at_fault(manager.get(f"/api/imports/{made['id']}/sheets/0?heading_row=90")) == ["heading_row"]
