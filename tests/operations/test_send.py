"""`fairlead send`: a file's rows, delivered once whatever happens."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
import xlsxwriter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.commands.client import Sendable
from gateway.commands.files import opened, sheet_called
from gateway.commands.sending import rows_of, wanted_of
from gateway.imports.file_problem import FileProblem
from gateway.imports.reader import outline_of
from tests.conftest import Connect
from tests.gateway.conftest import database_url, gateway, workspace
from tests.operations.conftest import Fairlead
from tests.support import Gateway, Workspace, free_port

# They keep apart by workspace, and share the gateway with all others that do.
__all__ = ["database_url", "gateway", "workspace"]


def write(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    file = folder / "leads.csv"
    file.write_text(text, encoding=encoding)
    return file


def send(fairlead: Fairlead, file: Path, gateway: Gateway, *more: str, path: str = "") -> tuple[str, int]:
    done = fairlead("send", str(file), "--url", f"{gateway.url}{path}", "--token", gateway.token, *more)
    return done.stdout + done.stderr, done.returncode


def test_every_row_is_sent_once_however_often_the_file_is(
    fairlead: Fairlead, gateway: Gateway, workspace: Workspace, connect: Connect, tmp_path: Path
) -> None:
    workspace.caller("Asha", "Maharashtra")
    rows = "\n".join(f"r{n},Lead {n},+91 10000 {n:05},Pune,Website,blue {n}" for n in range(300))
    file = write(tmp_path, f"Row,Name,Mobile No.,City,Lead Source,Colour\n{rows}\n")
    mapping = ("--map", "source_row_id=Row", "--map", "external_id=Row", "--map", "phone=Mobile No.")
    shown, code = send(fairlead, file, gateway, *mapping)
    assert "created 300, duplicate 0, refused 0" in shown
    assert "assigned 300" in shown
    assert code == 0
    shown, code = send(fairlead, file, gateway, *mapping, path="/api/leads/webhook")
    assert "created 0, duplicate 300, refused 0" in shown
    assert code == 0
    stored = """select name, phone, external_id, lead_source, metadata from crm.leads
                where workspace_id = %s and source_row_id = 'r7'"""
    lead = ("Lead 7", "+911000000007", "r7", "Website", {"Colour": "blue 7"})
    assert connect().execute(stored, [workspace.id]).fetchone() == lead


def test_refused_rows_are_told_by_number_and_field_and_the_others_arrive(
    fairlead: Fairlead, gateway: Gateway, workspace: Workspace, tmp_path: Path
) -> None:
    file = write(tmp_path, "name,phone,timestamp\nA,+91 10000 00001,2024-01-01\n,9.81E+09,yesterday\n")
    shown, code = send(fairlead, file, gateway)
    assert "created 1, duplicate 0, refused 1" in shown
    assert "row 3: Phone: " in shown
    assert code == 1


def test_dates_that_nobody_can_tell_apart_are_asked_for(
    fairlead: Fairlead, gateway: Gateway, workspace: Workspace, connect: Connect, tmp_path: Path
) -> None:
    file = write(tmp_path, "name,phone,date\nA,+91 10000 00001,3/4/2024\nB,+91 10000 00002,yesterday\n")
    shown, code = send(fairlead, file, gateway)
    assert "3/4/2024: say --date-order day_first or --date-order month_first" in " ".join(shown.split())
    assert code != 0
    assert "created 2" in send(fairlead, file, gateway, "--date-order", "month_first")[0]
    stored = """select (timestamp_from_sheet at time zone 'Asia/Kolkata')::date::text, metadata from crm.leads
                where workspace_id = %s order by phone"""
    assert connect().execute(stored, [workspace.id]).fetchall() == [
        ("2024-03-04", {}),
        (None, {"timestamp_given": "yesterday"}),
    ]


def test_a_wrong_token_ends_it_at_once(
    fairlead: Fairlead, gateway: Gateway, workspace: Workspace, tmp_path: Path
) -> None:
    file = write(tmp_path, "name\n" + "A\n" * 50)
    gateway.token = "fl_wrong"
    shown, code = send(fairlead, file, gateway)
    assert "token" in shown
    assert code == 1


def test_a_gateway_out_of_reach_is_told(fairlead: Fairlead, tmp_path: Path) -> None:
    file = write(tmp_path, "name\nA\n")
    url = f"http://127.0.0.1:{free_port()}/api/leads/webhook"
    done = fairlead("send", str(file), "--url", url, "--token", "fl_x", "--retries", "1")
    assert "not delivered 1" in done.stdout
    assert "does not answer" in done.stdout
    assert done.returncode == 1


@pytest.fixture
def busy_webhook() -> Iterator[str]:
    """The address of a webhook that turns each lead away the first time, and takes no cancelled bookings."""
    seen: set[bytes] = set()

    async def answer(request: Request) -> JSONResponse:
        body = await request.body()
        if body not in seen:
            seen.add(body)
            return JSONResponse({"title": "busy"}, 503, {"Retry-After": "0"})
        if b"cancelled" in body:
            return JSONResponse({"stored": False, "reason": "It is not about a new booking."})
        return JSONResponse({"lead_id": "1", "assignment_status": "queued", "duplicate": False}, 201)

    port = free_port()
    config = uvicorn.Config(Starlette(routes=[Route("/hook", answer, methods=["POST"])]), port=port, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{port}/hook"
    server.should_exit = True
    thread.join()


def test_rows_turned_away_are_sent_again(fairlead: Fairlead, busy_webhook: str, tmp_path: Path) -> None:
    file = write(tmp_path, "name\n" + "".join(f"Lead {n}\n" for n in range(40)))
    done = fairlead("send", str(file), "--url", busy_webhook, "--token", "fl_x", "--concurrency", "4")
    assert "created 40, duplicate 0, refused 0" in done.stdout, done.stderr
    assert done.returncode == 0


def test_a_row_that_is_answered_as_no_new_lead_is_told_so(
    fairlead: Fairlead, busy_webhook: str, tmp_path: Path
) -> None:
    file = write(tmp_path, "name,event\nAsha,made\nRavi,cancelled\n")
    done = fairlead("send", str(file), "--url", busy_webhook, "--token", "fl_x")
    assert "created 1, duplicate 0, refused 1" in done.stdout, done.stderr
    assert "row 3: It is not about a new booking." in done.stdout


def rows(file: Path, *mapping: str) -> list[Sendable]:
    """What is sent of a file."""

    async def read() -> list[Sendable]:
        with opened(file) as given:
            wanted = wanted_of(sheet_called(await outline_of(given), None), list(mapping))
            return [row async for row in rows_of(given, wanted)]

    return asyncio.run(read())


def test_columns_become_fields_by_their_headings_and_the_rest_metadata(tmp_path: Path) -> None:
    text = "Lead Source,City,Customer Mobile,Score,Empty\nAds, Pune ,98200 00001,7,\n,,,,\n"
    file = write(tmp_path, text, encoding="utf-8-sig")
    lead = {"lead_source": "Ads", "city": "Pune", "phone": "98200 00001"}
    assert rows(file) == [("row 2", {**lead, "metadata": {"Score": "7"}})]
    assert rows(file, "external_id=Score") == [("row 2", {**lead, "external_id": "7"})]
    del lead["phone"]
    assert rows(file, "external_id=Customer Mobile") == [
        ("row 2", {**lead, "external_id": "98200 00001", "metadata": {"Score": "7"}})
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [("phnoe=Mobile", "phnoe"), ("phone=Telephone", "Telephone"), ("phone", "FIELD=HEADING")],
)
def test_a_map_that_fits_nothing_says_what_there_is(given: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=told):
        rows(write(tmp_path, "Name,Mobile\nA,1\n"), given)


def test_a_file_in_another_encoding_with_another_delimiter_is_read(tmp_path: Path) -> None:
    file = write(tmp_path, "Full Name;Ort\nJosé;Zürich\n", encoding="cp1252")
    assert rows(file) == [("row 2", {"name": "José", "city": "Zürich"})]


def test_a_workbook_is_read_like_text(tmp_path: Path) -> None:
    file = tmp_path / "leads.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        workbook.add_worksheet("Notes")
        sheet = workbook.add_worksheet("Leads")
        sheet.write_row(0, 0, ["Fairlead, spring"])
        sheet.write_row(2, 0, ["Student Name", "Mobile"])
        sheet.write_row(3, 0, ["Asha", 9820000001])
    assert rows(file) == [("row 4", {"name": "Asha", "phone": "9820000001"})]


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="cannot read"):
        rows(tmp_path / "none.csv")
