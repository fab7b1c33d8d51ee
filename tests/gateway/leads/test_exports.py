"""/api/leads.csv and /api/leads.xlsx: any list of leads as a file."""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Callable
from itertools import product
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from gateway.http.downloads import csv_text
from gateway.leads.exports import LeadSheets
from tests.support import Workspace


@pytest.fixture
def known(workspace: Workspace) -> list[dict[str, Any]]:
    """1,101 leads of two states, more than come in one piece; the last one is a trap for spreadsheets."""
    workspace.caller("Asha", states=["Goa"])
    leads = [{"name": f"Lead {n}", "state": "Goa", "external_id": f"{n:04}"} for n in range(1, 1101)]
    trap = {
        "name": '=HYPERLINK("x")',
        "phone": "098450 00001",
        "state": "Kerala",
        "message": 'one\ntwo, "three"',
        "timestamp": "2024-01-31T18:45:00Z",
        "metadata": {"=sum": "+cmd|x", "note": "पुणे"},
    }
    workspace.ingest(*leads, trap)
    return [*leads, trap]


def rows_of_csv(text: str) -> list[dict[str, str]]:
    """A CSV by its headings."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def rows_of_excel(content: bytes) -> list[dict[str, Any]]:
    """The first sheet of a workbook by its headings."""
    headings, *rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, headings), row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("format_", "read"), [("csv", lambda r: rows_of_csv(r.text)), ("xlsx", lambda r: rows_of_excel(r.content))]
)
def test_a_file_has_every_lead_that_the_list_has_and_says_the_same_of_it(
    known: list[dict[str, Any]],
    manager: httpx.Client,
    format_: str,
    read: Callable[[httpx.Response], list[dict[str, Any]]],
) -> None:
    response = manager.get(f"/api/leads.{format_}")
    assert response.status_code == 200, response.text
    assert response.headers["content-disposition"] == f'attachment; filename="leads.{format_}"'
    rows = read(response)
    assert [row["Name"] for row in rows[1:]] == [lead["name"] for lead in reversed(known[:-1])]
    trap = rows[0]
    assert (trap["Phone"], trap["State"], trap["Status"], trap["Caller"]) == (
        "+919845000001",
        "Kerala",
        "assigned",
        "Asha",
    )
    assert trap["Name"].removeprefix("'") == '=HYPERLINK("x")'
    assert trap["Message"] == 'one\ntwo, "three"'
    assert trap["Metadata"] == '{"=sum": "+cmd|x", "note": "पुणे"}'
    assert str(trap["Timestamp"]).replace(" ", "T").startswith("2024-02-01T00:15:00"), "in the workspace's timezone"
    filtered = read(manager.get(f"/api/leads.{format_}", params={"state": "Goa", "search": "Lead 110"}))
    assert [row["Name"] for row in filtered] == ["Lead 1100", "Lead 110"]


def test_what_plain_sql_stored_breaks_no_file(
    workspace: Workspace, manager: httpx.Client, post: Callable[..., httpx.Response]
) -> None:
    assert post(name="Asha", metadata={"n": 10**400}).status_code == 201
    workspace.connection.execute(
        """insert into crm.leads (workspace_id, name, metadata)
           values (%s, 'Bina', '{"n": 1e400, "m": 1e-5000}'), (%s, 'Chitra', '{}')""",
        [workspace.id, workspace.id],
    )
    workspace.connection.execute(
        "update crm.leads set metadata = '{\"n\": 1e5000}' where workspace_id = %s and name = 'Chitra'", [workspace.id]
    )
    [chitra, bina, asha] = rows_of_csv(manager.get("/api/leads.csv").text)
    assert asha["Metadata"] == '{"n": "1%s"}' % ("0" * 400)
    assert f'"n": 1{"0" * 400}' in bina["Metadata"]
    assert chitra["Metadata"] == '{"n": 1%s}' % ("0" * 5000)
    assert len(rows_of_excel(manager.get("/api/leads.xlsx").content)) == 3
    changed = rows_of_csv(manager.get("/api/audit.csv", params={"kind": "lead.updated"}).text)
    assert [row["after"] for row in changed] == ['{"n": "1%s"}' % ("0" * 5000)]
    for lead in manager.get("/api/leads").json()["items"]:
        assert manager.get(f"/api/leads/{lead['id']}").status_code == 200


def test_nothing_in_a_file_is_a_formula(known: list[dict[str, Any]], manager: httpx.Client) -> None:
    for row in rows_of_csv(manager.get("/api/leads.csv").text):
        for cell in row.values():
            assert not cell.startswith(("=", "@")), cell
            assert not cell.startswith(("+", "-")) or cell[1:].isdecimal(), cell


def test_no_spelling_of_a_formula_is_left_at_the_beginning_of_a_cell_or_of_a_part_of_one() -> None:
    unseen = ["", " ", "\xa0", "\u200b", "\ufeff", "\u3000", "\x00", "\u202e"]
    after = [*unseen, "x;", "x; ", "x\t", "x\n", "\n", "\r", "\t", ";;"]
    for before, sign in product(after, "=+-@\uff1d\uff0b\uff0d\uff20\u2212"):
        text = csv_text([[f"{before}{sign}HYPERLINK(1)", "x"]])
        [[cell, _]] = csv.reader(io.StringIO(text, newline=""))
        seen = "".join(letter for letter in cell if unicodedata.category(letter) not in ("Cf", "Zs", "Cc"))
        assert f"'{sign}" in seen, (before, sign)
        assert cell.replace("'", "") == f"{before}{sign}HYPERLINK(1)", "and nothing else is changed"


@pytest.mark.parametrize(
    "cell", ["+91 98450 00001", "-17", "+1 (555) 010-9999", "a=b", "x; y", "one\ntwo", "me@example.com", "a;-5"]
)
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert list(csv.reader(io.StringIO(csv_text([[cell]]), newline=""))) == [[cell]]


def test_a_workbook_holds_texts_and_no_formulas() -> None:
    file = io.BytesIO()
    sheets = LeadSheets(file)
    sheets.write([['=HYPERLINK("x")', "{=1}", "@x", "https://example.com", "+1"]])
    sheets.close()
    with zipfile.ZipFile(file) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f" not in sheet.replace("<formatPr", "")
    assert "hyperlink " not in sheet


def test_the_log_keeps_who_took_which_leads_along(
    known: list[dict[str, Any]], workspace: Workspace, manager: httpx.Client
) -> None:
    manager.get("/api/leads.xlsx", params={"state": "Goa"})
    [entry] = manager.get("/api/audit", params={"kind": "leads"}).json()["items"]
    assert entry["actor"]["name"] == manager.get("/api/session").json()["name"]
    assert {change["field"]: change["after"] for change in entry["changes"]} == {
        "format": "xlsx",
        "filter": {"state": "Goa"},
    }


def test_a_wrong_filter_is_refused_before_a_file_begins(manager: httpx.Client) -> None:
    for format_ in ("csv", "xlsx"):
        response = manager.get(f"/api/leads.{format_}", params={"since": "yesterday"})
        assert response.status_code == 422
        assert response.json()["errors"][0]["field"] == "since"
