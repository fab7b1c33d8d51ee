"""Phones as senders write them, by webhook: one number in any spelling is one contact."""

from typing import Any

import httpx
import psycopg.rows
import pytest

from tests.gateway.conftest import Post
from tests.gateway.imports.steps import imported, upload
from tests.gateway.imports.tables import as_csv
from tests.support import Workspace

SPELLINGS = (
    *("9801000080", "p:+919801000080", "whatsapp:+919801000080", "tel:+919801000080", "919801000080@c.us"),
    *("https://wa.me/919801000080", "Mob: 98010 00080", '="9801000080"', "'9801000080", "+91 (0)98010 00080"),
    *("+91 0 9801000080", "\u202a+91 98010 00080\u202c", "98010\u201100080", "98010\u200b00080", "\ufeff9801000080"),
    *(
        "९८०१००००८०",
        "９８０１００００８０",
        "98010 00080 / 98010 00081",
        "9801000080 ext 12",
        "9801000080;",
        9801000080.0,
    ),
    *("9801000080 / 9801000081 / 9801000082 / 9801000083", "tel:+91-98010-00080;phone-context=example.com"),
    *("9.801000080E+09", "980-100-0080", "(+91) 9801000080"),
)
NO_PHONES = ("n/a", "call me", "12345", "986680002.6", 986680002.6, "9.19E+11", "98010 0008", "98xxxxxx80")


@pytest.fixture
def stored(workspace: Workspace) -> Any:
    """Every lead: its phone, what was given, its contact."""

    def read() -> list[dict[str, Any]]:
        query = """
            select phone, metadata ->> 'phone_given' as given, routing.contact_of(workspace_id, id) as contact
            from crm.leads where workspace_id = %s order by id"""
        with workspace.connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            return cursor.execute(query, [workspace.id]).fetchall()

    return read


def test_one_number_in_two_dozen_spellings_is_one_contact_and_one_callers(
    workspace: Workspace, post: Post, stored: Any
) -> None:
    for name in ("Kavita", "Ravi", "Uma"):
        workspace.caller(name)
    answers = [post(name="Asha", phone=spelling, source_row_id=f"r{nr}") for nr, spelling in enumerate(SPELLINGS)]
    assert [answer.status_code for answer in answers] == [201] * len(SPELLINGS)
    assert {lead["phone"] for lead in stored()} == {"+919801000080"}
    assert len({lead["contact"] for lead in stored()}) == 1
    assert len({answer.json()["assigned_caller"]["id"] for answer in answers}) == 1
    # By the second number of that lead, too.
    assert post(name="Ravi", phone="98010 00083").json()["duplicate_of"]
    assert workspace.connection.execute("select * from routing.verify()").fetchall() == []


def test_what_is_no_phone_is_kept_and_is_nobody(
    workspace: Workspace, post: Post, manager: httpx.Client, stored: Any
) -> None:
    workspace.caller("Kavita")
    answers = [post(name="Asha", phone=text, source_row_id=f"n{nr}") for nr, text in enumerate(NO_PHONES)]
    assert [answer.status_code for answer in answers] == [201] * len(NO_PHONES)
    assert [(lead["phone"], lead["given"]) for lead in stored()] == [(None, str(text)) for text in NO_PHONES]
    assert len({lead["contact"] for lead in stored()}) == len(NO_PHONES)
    long = "please ask for Asha, " * 30 + "98010 00080"
    lead_id = post(name="Asha", phone=long).json()["lead_id"]
    assert manager.get(f"/api/leads/{lead_id}").json()["metadata"]["phone_given"] == long
    assert workspace.connection.execute("select * from routing.verify()").fetchall() == []


def test_further_phones_are_in_answers_and_files(workspace: Workspace, post: Post, manager: httpx.Client) -> None:
    workspace.caller("Kavita")
    lead_id = post(name="Asha", phone="98010 00080 / 022-2345 6789 (office)").json()["lead_id"]
    shown = manager.get(f"/api/leads/{lead_id}").json()
    assert (shown["phone"], shown["other_phones"]) == ("+919801000080", ["+912223456789"])
    assert [key["value"] for key in shown["contact"]["known_by"]] == ["+912223456789", "+919801000080"]
    for search in ("022 2345 6789", "+912223456789"):
        assert [lead["id"] for lead in manager.get("/api/leads", params={"search": search}).json()["items"]] == [
            lead_id
        ]
    heading, row = manager.get("/api/leads.csv").text.splitlines()[:2]
    assert heading.split(",")[2:4] == ["Phone", "Other Phones"]
    assert "+919801000080,+912223456789," in row.replace("'", "")


def test_a_phone_is_of_the_country_in_a_field_of_its_own_by_every_way(
    workspace: Workspace, sender: httpx.Client, post: Post, manager: httpx.Client, stored: Any
) -> None:
    workspace.caller("Kavita")
    said = {"phone": "7911 123456", "country_code": "+44"}
    assert post(name="Asha", source_row_id="json", **said).status_code == 201
    form = {"name": "Asha", "source_row_id": "form", **said}
    assert sender.post("/api/leads/webhook", data=form).status_code == 201
    bulk = manager.post("/api/leads/bulk", json={"leads": [{"name": "Asha", **said}], "duplicates": "keep"})
    assert bulk.json()["inserted_count"] == 1, bulk.text
    headings = ["Name", "Mobile", "ISD Code"]
    imported(manager, upload(manager, as_csv(headings, ["Asha", "7911123456", "44"])), duplicates="keep")
    assert [(lead["phone"], lead["given"]) for lead in stored()] == [("+447911123456", None)] * 4
    assert len({lead["contact"] for lead in stored()}) == 1
    # Its own prefix wins, and what contradicts it is kept.
    post(name="Ravi", source_row_id="own", phone="+91 98010 00085", country_code="+44")
    assert [(lead["phone"], lead["given"]) for lead in stored()][-1] == ("+919801000085", "+91 98010 00085 [+44]")
    # Two people of one office are two, whichever of their numbers stands first.
    for nr, mobile in enumerate(("98010 00086", "98010 00087")):
        post(name="Uma", source_row_id=f"office{nr}", phone=f"022-2345 6790 / {mobile}")
    assert [lead["phone"] for lead in stored()][-2:] == ["+919801000086", "+919801000087"]
    assert len({lead["contact"] for lead in stored()[-2:]}) == 2
    assert workspace.connection.execute("select * from routing.verify()").fetchall() == []
