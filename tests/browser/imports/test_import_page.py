"""Importing a spreadsheet on the page: from the file to the leads, with what is refused on the way."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.waiting import first_of
from tests.support import Workspace

pytestmark = pytest.mark.browser

X_EDUCATION = Path(__file__).parents[4] / "shared/data/x_education_leads.csv"
LONG_MS = 300_000


def write_xlsx(path: Path, rows: list[list[Any]], sheet: str = "Leads") -> Path:
    """A workbook whose first sheet is only about the second, which has the rows."""
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("About").write_column(0, 0, ["Exported", "for Fairlead"])
        found = workbook.add_worksheet(sheet)
        for number, row in enumerate(rows):
            found.write_row(number, 0, row)
    return path


def upload(page: Page, path: Path) -> None:
    """Choose the file on the page Import, and come to its columns."""
    page.goto("/import")
    page.get_by_label("Choose a file").set_input_files(path)
    expect(page.get_by_role("heading", name="Which column is what?")).to_be_visible()


def figure(page: Page, name: str) -> Locator:
    """The number of one figure."""
    return page.locator(".figure", has=page.get_by_text(name, exact=True)).locator(".figure-number")


def field(page: Page, column: str) -> Locator:
    """The choice of the field that a column goes to."""
    return page.get_by_role("combobox", name=f"Field of {column}", exact=True)


def share(page: Page, callers: int) -> dict[str, int]:
    """How many leads the summary says that each of so many callers got."""
    rows = page.get_by_role("table", name="Leads per caller").get_by_role("row")
    expect(rows).to_have_count(1 + callers)
    texts = [row.inner_text().split("\n") for row in rows.all()[1:]]
    texts = [[text.strip() for text in row if text.strip()] for row in texts]
    return {name: int(number.replace(",", "")) for _, name, number in texts}


def count_shares(workspace: Workspace) -> dict[str, int]:
    """How many leads SQL says that each caller has."""
    found = workspace.connection.execute(
        """select c.name, count(*) from crm.lead_assignments a
        join crm.callers c on c.workspace_id = a.workspace_id and c.id = a.caller_id
        where a.workspace_id = %s and a.ended_at is null group by c.name""",
        [workspace.id],
    )
    return dict(found.fetchall())


def test_a_workbook_becomes_leads_of_a_campaign(page: Page, workspace: Workspace, tmp_path: Path) -> None:
    for name in ("Asha", "Vikram", "Leela"):
        workspace.caller(name, team="North")
    workspace.caller("Zubin", status="paused")
    rows: list[list[Any]] = [["Full Name", "Mobile No.", "Town", "Remarks", "Shoe size"]]
    rows += [[f"Lead {n}", 9845000000 + n, "Bombay", "Call after six", 36 + n % 9] for n in range(1, 200)]
    upload(page, write_xlsx(tmp_path / "Diwali <leads>.xlsx", rows))

    expect(page.get_by_role("heading", level=1)).to_contain_text("Diwali <leads>.xlsx")
    expect(page.get_by_role("heading", name="Which column is what?")).to_be_focused()
    page.get_by_label("Sheet").select_option(label="Leads (199 rows)")
    expect(field(page, "Full Name")).to_have_value("name")
    expect(field(page, "Mobile No.")).to_have_value("phone")
    expect(page.get_by_role("row").filter(has_text="Mobile No.")).to_contain_text("From the heading")
    expect(field(page, "Shoe size").locator("option:checked")).to_have_text("Metadata")
    for column in ("Full Name", "Mobile No."):
        field(page, column).select_option("")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_text("a lead must be known by something")).to_be_visible()
    expect(field(page, "Full Name")).to_be_focused()
    field(page, "Town").select_option("city")
    field(page, "Full Name").select_option("name")
    field(page, "Remarks").select_option("name")  # it has one column
    expect(field(page, "Full Name")).to_have_value("")
    field(page, "Remarks").select_option("message")
    field(page, "Full Name").select_option("name")
    field(page, "Mobile No.").select_option("phone")
    expect(page.get_by_role("table", name="The first rows, as they will read")).to_contain_text("Bombay")
    page.get_by_role("button", name="Check the rows").click()

    expect(page.get_by_role("heading", name="199 leads ready to import, from 199 rows.")).to_be_visible()
    stored = page.get_by_role("row").filter(has_text="Lead 1").first
    expect(stored).to_contain_text("+91 98450 00001")
    expect(stored).to_contain_text("Maharashtra")
    page.reload()
    expect(figure(page, "Ready")).to_have_text("199")
    page.get_by_role("button", name="Choose the callers").click()
    expect(page).to_have_url(re.compile("step=callers"))

    page.get_by_role("button", name="Import 199 leads").click()
    expect(page.get_by_text("No callers selected. Select those")).to_be_visible()
    campaign = page.get_by_role("combobox", name="Campaign")
    expect(campaign).to_be_focused()
    page.keyboard.type("Diwali sale")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A new campaign, “Diwali sale”, is made.")).to_be_visible()
    page.get_by_label("Team").select_option("North")
    page.get_by_role("button", name="Select these 3").click()
    expect(page.get_by_text("66 or 67 leads each")).to_be_visible()
    page.get_by_label("Team").select_option("")
    page.get_by_role("checkbox", name=re.compile("Zubin")).check()
    page.get_by_role("button", name="Import 199 leads").click()

    expect(page.get_by_role("heading", name="199 leads imported")).to_be_visible()
    assert share(page, 3) == count_shares(workspace)
    assert sorted(count_shares(workspace).values()) == [66, 66, 67]
    expect(figure(page, "Imported")).to_have_text("199")
    expect(figure(page, "Callers added")).to_have_text("4")
    expect(page.get_by_role("list").filter(has_text="Zubin")).to_contain_text(re.compile("paused", re.I))
    expect(page.get_by_role("table", name="Each lead and its caller").get_by_role("row")).to_have_count(26)
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_role("table", name="Each lead and its caller").get_by_role("row")).to_have_count(51)
    page.reload()
    expect(page.get_by_role("heading", name="199 leads imported")).to_be_visible()
    page.get_by_role("link", name="Its leads").click()
    expect(page.get_by_text("199 leads", exact=True)).to_be_visible()
    page.goto("/import")
    expect(page.get_by_role("row").filter(has_text="Diwali <leads>.xlsx")).to_contain_text("199 imported")


def test_an_older_answer_does_not_turn_an_import_back(page: Page, workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("Name,Phone\nMeera,9845000001\n")
    upload(page, file)
    asked: list[Route] = []
    held: list[tuple[Route, Any]] = []
    own = re.compile(r"/api/imports/[^/]+$")

    def hold(route: Route) -> None:
        if asked or route.request.method != "GET":
            route.fallback()
        else:
            asked.append(route)
            held.append((route, route.fetch()))

    page.route(own, hold)
    page.evaluate("dispatchEvent(new Event('fairlead:retry'))")
    route, answer = first_of(page, held)
    page.get_by_role("button", name="Check the rows").click()
    columns = page.get_by_role("heading", name="Which column is what?")
    expect(columns).to_be_hidden()
    with page.expect_response(lambda answered: answered.request == route.request):
        route.fulfill(response=answer)
    page.evaluate("async () => { for (let n = 0; n < 12; n++) await new Promise(requestAnimationFrame); }")
    expect(columns).to_be_hidden()
    expect(page.get_by_role("heading", name="1 lead ready to import, from 1 row.")).to_be_visible()


def test_duplicates_and_refused_rows_are_told_before_and_after(
    page: Page, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.caller("Asha")
    workspace.ingest({"name": "Known", "phone": "+919845000001"})
    path = tmp_path / "leads.csv"
    lines = ["Naam;Mobile;City;Sent", "Known again;98450 00001;Pune;", "Meera;98450 00002;Pune;"]
    lines += [
        "Meera too;+91 98450 00002;Pune;",
        ";;;",
        ";;Goa;yesterday-ish",
        "Ravi;98450 00004;Goa;",
    ]
    path.write_text("\n".join(lines), encoding="utf-16")
    upload(page, path)
    field(page, "Sent").select_option("timestamp")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", name="2 leads ready to import, from 5 rows.")).to_be_visible()
    for name, number in (
        ("Ready", 2),
        ("Duplicates in the file", 1),
        ("Stored already", 1),
        ("Refused", 1),
        ("Empty", 1),
    ):
        expect(figure(page, name)).to_have_text(str(number))
    page.get_by_role("button", name="Stored already").click()
    expect(page.get_by_role("table", name="Duplicates")).to_contain_text("A stored lead has the same phone")
    page.get_by_role("button", name=re.compile("^Refused")).click()
    expect(page.get_by_role("table", name="Refused rows").get_by_role("row")).to_have_count(2)
    page.get_by_role("radio", name="Import them all the same").check()
    expect(page.get_by_role("heading", name="4 leads ready to import, from 5 rows.")).to_be_visible()
    page.get_by_role("radio", name="Skip them").check()
    expect(page.get_by_role("heading", name="2 leads ready to import, from 5 rows.")).to_be_visible()
    page.get_by_role("button", name="Choose the callers").click()
    page.get_by_role("radio", name="The plan decides").check()
    page.get_by_role("button", name="Import 2 leads").click()

    expect(page.get_by_role("heading", name="2 leads imported")).to_be_visible()
    expect(figure(page, "Skipped as duplicates")).to_have_text("2")
    expect(figure(page, "Refused")).to_have_text("1")
    with page.expect_download() as download:
        page.get_by_role("link", name="Refused rows", exact=True).click()
    with download.value.path().open(newline="", encoding="utf-8-sig") as file:
        refused = list(csv.reader(file))
    assert refused[0][:4] == ["Naam", "Mobile", "City", "Sent"]
    assert refused[0][-1] == "Reason"
    assert refused[1][2] == "Goa"
    assert workspace.call("api.count_leads('{}')") == 3


def test_what_is_no_spreadsheet_is_said_and_a_running_import_can_be_cancelled(
    page: Page, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.caller("Asha")
    page.goto("/import")
    expect(page.get_by_text("None yet.")).to_be_visible()
    picture, damaged, large = tmp_path / "cat.png", tmp_path / "damaged.xlsx", tmp_path / "large.csv"
    picture.write_bytes(b"\x89PNG")
    damaged.write_bytes(b"PK\x03\x04 and then nothing of a workbook")
    large.write_text("name,phone\n" + "".join(f"Lead {n},98{n:08d}\n" for n in range(4_000)))
    choose = page.get_by_label("Choose a file")
    choose.set_input_files(picture)
    expect(page.get_by_role("alert").filter(has_text="cat.png is not a spreadsheet")).to_be_visible()
    choose.set_input_files(damaged)
    problem = page.locator("#upload-error")
    expect(problem).not_to_contain_text("cat.png")
    expect(problem).to_be_visible()
    expect(choose).to_be_focused()

    upload(page, large)
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("button", name="Choose the callers").click()
    page.get_by_role("radio", name="The plan decides").check()
    # Nobody imports while somebody else has the lock; and what waits for the lock has its turn first.
    with workspace.connection.transaction():
        workspace.connection.execute("select pg_advisory_xact_lock(hashtext('fairlead import'), %s)", [workspace.id])
        page.get_by_role("button", name="Import 4,000 leads").click()
        expect(page.get_by_role("heading", name="Importing")).to_be_focused()
        expect(page.get_by_role("progressbar", name="Importing")).to_be_visible()
        page.get_by_role("button", name="Cancel the import").click()
        dialog = page.get_by_role("dialog", name="Cancel the import?")
        expect(dialog.get_by_role("button", name="Go on importing")).to_be_focused()
        dialog.get_by_role("button", name="Cancel the import").click()
    expect(page.get_by_role("heading", name=re.compile("^Cancelled after"))).to_be_visible()
    leads = workspace.call("api.count_leads('{}')")
    assert leads < 4_000
    expect(figure(page, "Imported")).to_have_text(f"{leads:,}")


def write_odd(path: Path) -> Path:
    """A workbook with all that people leave in one: totals, a filter, merged cells, numbers nobody can call."""
    with xlsxwriter.Workbook(path) as workbook:
        made = workbook.add_worksheet("Leads")
        rows = [["Name", "Mobile", "Alternate Number", "City", "Do Not Call", "Margin"]]
        rows += [["Asha", "98450 00001", "", "Pune", "", "1"], ["Ravi", "", "98450 00002", "", "", "2"]]
        rows += [
            ["Dev", "NA", "", "Goa", "", ""],
            ["Uma", "98100", "", "Goa", "", ""],
            ["Ila", "#N/A", "", "Goa", "", ""],
        ]
        rows += [
            ["Gone", "98450 00003", "", "Goa", "", ""],
            ["Om", "98450 00004", "", "Goa", "yes", ""],
            ["Total", "7"],
        ]
        for number, row in enumerate(rows):
            made.write_row(number, 0, row)
        made.merge_range("D2:D3", "Pune")
        made.set_row(6, options={"hidden": True})
        made.set_column("F:F", None, None, {"hidden": True})
    return path


def test_what_is_odd_about_rows_is_told_by_kind_and_can_be_chosen(
    page: Page, phone: Page, workspace: Workspace, tmp_path: Path
) -> None:
    upload(page, write_odd(tmp_path / "odd.xlsx"))
    expect(page.get_by_text("1 row and column F are hidden in the file.")).to_be_visible()
    expect(field(page, "Mobile")).to_have_value("phone")
    expect(field(page, "Alternate Number")).to_have_value("phone_2")
    expect(page.get_by_role("row").filter(has_text="Margin")).to_contain_text("Hidden")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", name="5 leads ready to import, from 8 rows.")).to_be_visible()
    expect(figure(page, "Left out")).to_have_text("3")
    told = page.get_by_role("region", name="Look at these first")
    for text in (
        "3 rows cannot be reached",
        "Rows 4, 5, 6",
        "1 row has a phone that is no number",
        "1 row is a total",
        "1 row is hidden in the file",
        "1 row says not to call",
        "1 row takes a value from a merged cell",
    ):
        expect(told).to_contain_text(text)
    phone.goto(page.url)
    expect(phone.get_by_role("region", name="Look at these first")).to_contain_text("3 rows cannot be reached")

    told.get_by_role("button", name="Show: 3 rows cannot be reached").click()
    shown = page.get_by_role("table", name="3 rows cannot be reached")
    expect(shown.get_by_role("row")).to_have_count(4)
    expect(shown.get_by_role("row").nth(2)).to_contain_text("Uma")
    told.get_by_role("button", name="Show: 1 row is a total").click()
    expect(page.get_by_role("table", name="1 row is a total")).to_contain_text("The row is a total, not a lead: Total")
    told.get_by_role("radiogroup", name="1 row is hidden in the file").get_by_label("Import").check()
    expect(page.get_by_role("heading", name="6 leads ready to import, from 8 rows.")).to_be_visible()
    expect(told.get_by_role("radiogroup", name="1 row is hidden in the file").get_by_label("Import")).to_be_checked()
    page.get_by_role("button", name="Choose the callers").click()
    page.get_by_role("radio", name="The plan decides").check()
    page.get_by_role("button", name="Import 6 leads").click()
    expect(page.get_by_role("heading", name="6 leads imported")).to_be_visible()
    expect(figure(page, "Left out")).to_have_text("2")
    report = page.get_by_role("region", name="What the check has found")
    report.get_by_role("button", name="Show: 3 rows cannot be reached").click()
    expect(page.get_by_role("table", name="3 rows cannot be reached").get_by_role("row")).to_have_count(4)
    stored = workspace.connection.execute(
        "select name, phone, city from crm.leads where workspace_id = %s and name in ('Ravi', 'Gone') order by name",
        [workspace.id],
    )
    assert stored.fetchall() == [("Gone", "+919845000003", "Goa"), ("Ravi", "+919845000002", "Pune")]


@pytest.mark.long
@pytest.mark.skipif(not X_EDUCATION.exists(), reason="the data is not on this machine")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_nine_thousand_leads_are_shared_out_evenly_among_twenty(
    page: Page, workspace: Workspace, tmp_path: Path, kind: str
) -> None:
    for number in range(20):
        workspace.caller(f"Caller {number:02d}")
    path = X_EDUCATION
    with path.open(newline="", encoding="utf-8") as file:
        rows: list[list[Any]] = list(csv.reader(file))
    if kind == "xlsx":
        path = write_xlsx(tmp_path / "x_education.xlsx", rows)
    upload(page, path)
    if kind == "xlsx":
        page.get_by_label("Sheet").select_option(label=f"Leads ({len(rows) - 1:,} rows)")
    expect(field(page, "Prospect ID")).to_have_value("external_id")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", name=re.compile("ready to import"))).to_be_visible(timeout=LONG_MS)
    ready = int((figure(page, "Ready").text_content() or "").replace(",", ""))
    not_to_be_called = sum(row[rows[0].index("Do Not Call")] == "Yes" for row in rows)
    assert ready == len(rows) - 1 - not_to_be_called
    expect(figure(page, "Left out")).to_have_text(str(not_to_be_called))
    page.get_by_role("button", name="Choose the callers").click()
    page.get_by_role("combobox", name="Campaign").fill("X Education")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Select all").click()
    expect(page.get_by_text(re.compile("462 leads each"))).to_be_visible()
    page.get_by_role("button", name=f"Import {ready:,} leads").click()
    expect(page.get_by_role("heading", name=f"{ready:,} leads imported")).to_be_visible(timeout=LONG_MS)

    shares = count_shares(workspace)
    assert share(page, 20) == shares
    assert len(shares) == 20
    assert max(shares.values()) - min(shares.values()) <= 1
    assert sum(shares.values()) == ready
    stored = "select count(*) from crm.leads where workspace_id = %s"
    assert workspace.connection.execute(stored, [workspace.id]).fetchone() == (ready,)
    expect(figure(page, "Imported")).to_have_text(f"{ready:,}")
    expect(figure(page, "Callers added")).to_have_text("20")


def test_what_comes_first_in_dates_is_asked_where_nothing_tells(
    page: Page, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.caller("Asha")
    path = tmp_path / "leads.csv"
    path.write_text(
        "Name,Mobile,Date,Seen\nA,9845000001,3/4/2026,25/4/2026\nB,9845000002,N/A,\nC,9845000003,5/6/2026,\n"
    )
    upload(page, path)
    expect(page.get_by_role("heading", name="What comes first in Date?")).to_be_visible()
    asked = page.get_by_role("group", name="What comes first in Date?")
    expect(asked.get_by_role("radio", name="Day first")).to_be_checked()
    expect(asked).to_contain_text("3/4/2026 is 3 Apr 2026")
    expect(asked).to_contain_text("3/4/2026 is 4 Mar 2026")
    field(page, "Seen").select_option("timestamp")
    expect(page.get_by_role("heading", name="The day comes first in Seen")).to_be_visible()
    expect(page.get_by_text("Row 2 has 25/4/2026, which can only be read this way.")).to_be_visible()
    field(page, "Date").select_option("timestamp")
    asked.get_by_role("radio", name="Month first").check()
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", name="3 leads ready to import, from 3 rows.")).to_be_visible()
    page.get_by_role("button", name="Back to the columns").click()
    expect(asked.get_by_role("radio", name="Month first")).to_be_checked()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("button", name="Choose the callers").click()
    page.get_by_role("radio", name=re.compile("The plan decides")).check()
    page.get_by_role("button", name="Import 3 leads").click()
    expect(page.get_by_role("heading", name="3 leads imported")).to_be_visible()
    stored = """select (timestamp_from_sheet at time zone 'Asia/Kolkata')::date from crm.leads
                where workspace_id = %s and name = 'A'"""
    assert workspace.connection.execute(stored, [workspace.id]).fetchall() == [(date(2026, 3, 4),)]
