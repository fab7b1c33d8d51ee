"""Callers and people by a table: however it is written, and whatever is sent for one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.gateway.conftest import fields_at_fault, sign_in
from tests.support import Workspace


def look(manager: httpx.Client, table: str | bytes, **query: str) -> httpx.Response:
    """What a table is, and what would become of it."""
    content = table.encode() if isinstance(table, str) else table
    headers = {"content-type": "application/octet-stream"}
    return manager.post("/api/callers/table", content=content, params=query, headers=headers)


# What people paste, and the fields that its columns are.
TABLES = [
    ("Name\tE-mail\tStates\nAsha\ta@x.com\tMH\n", "name,email,states"),
    (
        "Agent Name;Email ID;Region;Languages known;Leads per day\nAsha;a@x.com;Goa;Hindi;20",
        "name,email,states,languages,daily_limit",
    ),
    (
        "First Name,Last Name,Work Email,Designation\nAsha,Rao,a@x.com,Senior caller\n",
        "first_name,last_name,email,role",
    ),
    ("Employee Name\tPhone\tTeam\nAsha\t98100 00001\tWest", "name,,team"),
    ("Asha\ta@x.com\tMaharashtra\t20\nBina\tb@x.com\tGoa\t30", "name,email,states,daily_limit"),
    ("a@x.com\nb@x.com", "email"),
    ("Asha\nBina", "name"),
    ("\ufeffName,E-mail\r\nAsha,a@x.com\r\n", "name,email"),
    ("नाम\tE-mail\tराज्य\nआशा\ta@x.com\tमहाराष्ट्र", "name,email,states"),
    ('"Name","States"\n"Rao, Asha","Goa\nKerala"\n', "name,states"),
]
# A cell, and what is read of it.
CELLS = [
    ("email", " Asha Rao <Asha@X.com> ", "Asha@X.com"),
    ("email", "mailto:asha@x.com", "asha@x.com"),
    ("daily_limit", "20/day", 20),
    ("daily_limit", "20.0", 20),
    ("daily_limit", "No limit", 0),
    ("languages", "Hindi; English and Marathi", ["Hindi", "English", "Marathi"]),
    ("role", "Manager", "manager"),
    ("role", "TELE-CALLER", "caller"),
    ("team", " West ", "West"),
    ("name", "Asha   Rao", "Asha Rao"),
]
# A row, and the fields at which it is at fault.
FAULTS = [
    ("Asha\tasha@", ["email"]),
    ("Asha\tmany@x.com", ["daily_limit"]),
    ("=HYPERLINK(1)\tb@x.com", ["name"]),
    ("@SUM(1)\tc@x.com", ["name"]),
    ("\td@x.com", ["name"]),
]


def test_a_table_is_understood_however_it_is_written(manager: httpx.Client) -> None:
    for table, fields in TABLES:
        answer = look(manager, table)
        assert answer.status_code == 200, (table, answer.text)
        assert ",".join(column["field"] for column in answer.json()["columns"]) == fields, table


def test_cells_are_read_as_people_write_them(manager: httpx.Client) -> None:
    for field, text, read in CELLS:
        heading = {"daily_limit": "Limit"}.get(field, field.title())
        others = "Name\t" if field != "name" else ""
        row = look(manager, f"{others}{heading}\n{'X' + chr(9) if others else ''}{text}").json()["rows"][0]
        assert row[field] == read, (field, text, row)


def test_what_is_wrong_is_told_at_its_field(manager: httpx.Client) -> None:
    limits = {"many@x.com": "a lot"}
    lines = [f"{row}\t{limits.get(row.split(chr(9))[1], '')}" for row, _ in FAULTS]
    table = "\n".join(["Name\tE-mail\tLimit", *lines])
    verdicts = look(manager, table).json()["verdicts"]
    assert [list(verdict["faults"]) for verdict in verdicts] == [fields for _, fields in FAULTS]
    assert {verdict["outcome"] for verdict in verdicts} == {"left_out"}


@pytest.mark.parametrize(
    ("table", "status"),
    [
        (b"", 422),
        (b"\n\n\t\t\n", 422),
        (b"Name\tE-mail\n", 422),
        (b"1\t2\n3\t4", 422),
        ("\n".join(f"Caller {number}" for number in range(1001)).encode(), 422),
        (b"PK\x03\x04 no zip", 422),
        (b"%PDF-1.7", 422),
        (b"Name\n" + b"x" * (10 * 1024**2), 413),
    ],
)
def test_what_is_no_table_is_refused(manager: httpx.Client, table: bytes, status: int) -> None:
    answer = look(manager, table)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert fields_at_fault(answer) == ["file"]


def test_rows_are_made_and_updated_and_people_invited(manager: httpx.Client, workspace: Workspace) -> None:
    email = f"asha{workspace.id}@example.com"
    table = f"Name\tE-mail\tStates\nAsha\t{email}\tMH, Goa\nASHA\t{email.upper()}\tGoa\nBina\t\tNarnia\nCarl\t\tKerala"
    looked = look(manager, table).json()
    assert [verdict["outcome"] for verdict in looked["verdicts"]] == ["made", "left_out", "left_out", "made"]
    body: dict[str, Any] = {"rows": looked["rows"], "by": "link"}
    saved = manager.put("/api/callers/table", json=body, headers={"idempotency-key": "one"})
    assert saved.status_code == 200, saved.text
    answer = saved.json()
    assert (answer["made"], answer["updated"], answer["left_out"]) == (2, 0, 2)
    [invited] = answer["invited"]
    assert (invited["email"], invited["caller"]["name"], "/welcome#" in invited["url"]) == (email, "Asha", True)
    assert manager.put("/api/callers/table", json=body, headers={"idempotency-key": "one"}).json() == answer
    again = manager.put("/api/callers/table", json=body).json()
    assert (again["made"], again["updated"], again["invited"]) == (0, 2, [])
    changed = look(manager, f"{email}\tTeam\n{email}\tx", fields="email,team").json()
    assert changed["columns"][1]["field"] == "team"
    assert manager.put("/api/callers/table", json={"rows": [{"row": 1, "states": 1}]}).status_code == 422


def test_a_manager_pastes_callers_and_invites_them_where_an_admin_lets_them(
    manager: httpx.Client, workspace: Workspace
) -> None:
    email = f"gita{workspace.id}@example.com"
    gita = manager.post("/api/users", json={"email": email, "name": "Gita", "role": "manager"}).json()
    rows = [{"row": 1, "name": "Hari", "email": f"hari{workspace.id}@example.com"}]
    with httpx.Client(base_url=manager.base_url, timeout=30) as client:
        sign_in(client, email, gita["password"])
        refused = client.put("/api/callers/table", json={"rows": rows})
        assert (refused.status_code, "Ask Admin" in refused.json()["detail"]) == (403, True)
        assert client.put("/api/callers/table", json={"rows": rows, "sign_in": False}).json()["made"] == 1
        manager.patch("/api/workspace", json={"managers_may": ["people"]})
        assert len(client.put("/api/callers/table", json={"rows": rows, "by": "link"}).json()["invited"]) == 1
        above = [{"row": 1, "name": "Ila", "email": f"ila{workspace.id}@example.com", "role": "admin"}]
        assert client.put("/api/callers/table", json={"rows": above}).json()["left_out"] == 1
