"""Files that are damaged, or meant to do harm: each is refused by what is wrong with it, and the gateway answers on."""

import io
import random
import subprocess
import sys
import zipfile
from http.client import HTTPConnection

import httpx
import pytest
import xlsxwriter
import xlwt

from tests.gateway.http.test_contract import user
from tests.gateway.imports.tables import as_csv, as_ods, as_xlsx
from tests.support import Gateway, Workspace

LEADS = [["Name", "Phone"], *([f"Lead {n}", f"98127 {n:05}"] for n in range(50))]
SHEET = "xl/worksheets/sheet1.xml"
CHANCE = random.Random(5)


def changed(file: bytes, part: str, content: bytes | None, **more: bytes) -> bytes:
    """The workbook with another content of a part, or without it, and with more parts (`__` for /)."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        if content is not None:
            new.writestr(part, content)
        for name, text in more.items():
            new.writestr(name.replace("__", "/"), text)
    return made.getvalue()


def bomb() -> bytes:
    return changed(as_xlsx(*LEADS), SHEET, b"<row/>" * (20 * 1024**2))


def lying_bomb() -> bytes:
    """A bomb whose directory says that its parts are small."""
    file = bytearray(bomb())
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        local = archive.getinfo(SHEET).header_offset
        listed = file.index(SHEET.encode(), archive.start_dir) - 46
    for at in (local + 22, listed + 24):
        file[at : at + 4] = (1000).to_bytes(4, "little")
    return bytes(file)


def encrypted() -> bytes:
    """A workbook with a password is a container with a part of this name."""
    book = xlwt.Workbook()
    book.add_sheet("x")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()[:-512] + "EncryptedPackage".encode("utf-16-le").ljust(512, b"\0")


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{entities}]><sst><si><t>&l11;</t></si></sst>'
    return changed(as_xlsx(*LEADS), "xl/sharedStrings.xml", text.encode())


def defined(encoding: str, after: int = 0) -> bytes:
    """Definitions in this encoding, so many characters from the beginning."""
    comment = f"<!--{'x' * after}-->" if after else ""
    entities = '<!DOCTYPE x [<!ENTITY l0 "ha"><!ENTITY l1 "&l0;&l0;">]>'
    text = f'<?xml version="1.0" encoding="{encoding}"?>{comment}{entities}<sst><si><t>&l1;</t></si></sst>'
    return changed(as_xlsx(*LEADS), "xl/sharedStrings.xml", text.encode(encoding))


def wide() -> bytes:
    return as_xlsx(["Name"], ["Asha"], fill=lambda _, sheet: sheet.write(1, 16_383, "far"))


def huge() -> bytes:
    return as_xlsx(["Name"], ["Asha"], fill=lambda _, sheet: sheet.write(1_048_575, 400, "far"))


def repeated() -> bytes:
    """A spreadsheet of a few bytes with a row that is there a million times, and a cell as often."""
    cell = b'<table:table-cell table:number-columns-repeated="16000"><text:p>x</text:p></table:table-cell>'
    row = b'<table:table-row table:number-rows-repeated="1048576">' + cell + b"</table:table-row>"
    with zipfile.ZipFile(io.BytesIO(as_ods(*LEADS))) as archive:
        content = archive.read("content.xml")
    at = content.index(b"<table:table-row")
    return changed(as_ods(*LEADS), "content.xml", content[:at] + row + content[at:])


def errors_alone() -> bytes:
    def fill(_: object, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        for row in range(1, 20):
            sheet.write_formula(row, 0, "=#REF!", None, "#REF!")

    return as_xlsx(["Name", "Phone"], fill=fill)


HOSTILE: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "x.xlsx", "empty"),
    "zip bomb": (bomb(), "x.xlsx", "zip bomb"),
    "zip bomb that lies": (lying_bomb(), "x.xlsx", "damaged|memory|nothing in"),
    "zip in a zip": (changed(b"PK\x05\x06" + bytes(18), "x", None, inner=bomb()), "x.xlsx", "zip archive"),
    "half a file": (as_xlsx(*LEADS)[:-2000], "x.xlsx", "damaged"),
    "broken directory": (as_xlsx(*LEADS).replace(b"PK\x01\x02", b"PK\x09\x09"), "x.xlsx", "damaged"),
    "broken part": (changed(as_xlsx(*LEADS), SHEET, b"<worksheet><sheetData><row><c"), "x.xlsx", "damaged|nothing in"),
    "no list of sheets": (changed(as_xlsx(*LEADS), "xl/workbook.xml", None), "x.xlsx", "damaged"),
    "password": (encrypted(), "x.xlsx", "password"),
    "macros": (changed(as_xlsx(*LEADS), "xl/vbaProject.bin", b""), "x.xlsm", "macros"),
    "billion laughs": (laughs(), "x.xlsx", "entities"),
    "definitions in UTF-16": (defined("utf-16"), "x.xlsx", "entities"),
    "definitions behind a long comment": (defined("utf-8", 200_000), "x.xlsx", "entities"),
    "definitions in no encoding it could be": (defined("utf-16-be"), "x.xlsx", "entities"),
    "16,384 columns": (wide(), "x.xlsx", "16,384 columns"),
    "a far cell": (huge(), "x.xlsx", "memory|time"),
    "repeated a million times": (repeated(), "x.ods", "memory|damaged|nothing in the file"),
    "no headings": (as_csv(*([f"98127 {n:05}", "2024-01-31"] for n in range(20))), "x.csv", "No headings"),
    "nothing but errors": (errors_alone(), "x.xlsx", "no leads"),
    "web page": (b"<html><body><table><tr><td>Name</td></tr></table></body></html>", "x.xls", "web page"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "x.xlsx", "PDF"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "x.csv", "picture"),
    "old workbook, broken": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + CHANCE.randbytes(4096), "x.xls", "damaged"),
    "NULs": (b"Name,Phone\nAsha,98127\0 00001\n", "x.csv", "NUL"),
    "random bytes": (CHANCE.randbytes(50_000), "x.csv", "neither a spreadsheet nor text|NUL"),
    "one endless line": (b"Name,Phone," * 300_000, "x.csv", "columns|longer"),
    "mixed encodings": ("Name\nJosé\n".encode() * 3 + "Zoë\n".encode("cp1252"), "x.csv", "mixes encodings"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_what_is_wrong_with_it(
    name: str, manager: httpx.Client, workspace: Workspace
) -> None:
    content, file_name, told = HOSTILE[name]
    response = manager.post("/api/imports", params={"file_name": file_name}, content=content, timeout=120)
    assert response.status_code == 422, response.text
    [error] = response.json()["errors"]
    print(f"{name}: {error['message']}")
    assert error["field"] == "file"
    assert any(word in error["message"] for word in told.split("|")), error
    kept = """select (select count(*) from crm.imports where workspace_id = %(w)s),
                (select count(*) from crm.import_pieces where workspace_id = %(w)s)"""
    assert workspace.connection.execute(kept, {"w": workspace.id}).fetchone() == (0, 0)
    assert manager.get("/readyz").status_code == 200


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(manager: httpx.Client, gateway: Gateway) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in manager.cookies.items())
    connection = HTTPConnection(gateway.url.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", "/api/imports?file_name=x.csv")
    connection.putheader("Cookie", cookies)
    connection.putheader("Content-Length", str(101 * 1024**2))
    connection.endheaders()
    response = connection.getresponse()
    assert (response.status, b"102,400 KiB" in response.read()) == (413, True)
    connection.close()


def test_whoever_may_not_import_is_told_so(workspace: Workspace, gateway: Gateway) -> None:
    with user(workspace, gateway, "analyst") as analyst:
        assert analyst.post("/api/imports?file_name=x.csv", content=b"Name\nAsha\n").status_code == 403


def test_the_process_that_opens_files_has_nothing_to_reach_a_database_or_a_network_with() -> None:
    code = "import sys, gateway.imports.child; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "msgspec" in loaded
    assert not loaded & {"asyncpg", "psycopg", "httpx", "starlette", "gateway.database", "gateway.core.settings"}
