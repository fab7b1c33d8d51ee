"""Phones and e-mails at rest: sealed where the environment has keys, opened for whoever may see them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg.types.json import Jsonb

from gateway.database.administration import administration
from gateway.sealing.keys import Sealer, is_hash
from gateway.sealing.phones import identifies, normalize_email, read_phones
from gateway.sealing.resealing import seal_stored
from tests.conftest import Connect
from tests.gateway.conftest import sign_in, watched
from tests.operations.conftest import Fairlead
from tests.receiver import Receiver
from tests.support import ADMIN, Gateway, Workspace

OLD, NEW, WRONG = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3))

# One number and one address, as senders write them, and what is left of them in any spelling.
PHONE, EMAIL = "+917410410123", "meera@example.com"
TRACES = ("7410410123", "74104 10123", "10124", "meera@")

Serve = Callable[..., Any]


@pytest.fixture
def serve(database_url: str, workspace: Workspace, tmp_path: Path) -> Serve:
    """`with serve(OLD) as (gateway, client, post):` runs a gateway with these keys, and signs its admin in."""

    @contextmanager
    def running(*keys: str) -> Iterator[tuple[Gateway, httpx.Client, Callable[..., httpx.Response]]]:
        environment = {"FAIRLEAD_ENCRYPTION_KEYS": ",".join(keys)}
        with (
            Gateway(database_url, tmp_path, workspace, **environment) as gateway,
            httpx.Client(base_url=gateway.url, timeout=30) as manager,
        ):
            sign_in(manager, *ADMIN)
            token = {"authorization": f"Bearer {gateway.token}"}

            def post(**lead: Any) -> httpx.Response:
                return httpx.post(f"{gateway.url}/api/leads/webhook", json=lead, headers=token)

            yield gateway, manager, post

    return running


def traces(workspace: Workspace) -> list[tuple[str, str]]:
    """Each place of the database, all tables and columns as text, where something of the phone or address stands."""
    tables = "select oid::regclass::text from pg_class where relnamespace = 'crm'::regnamespace and relkind = 'r'"
    found = []
    for (table,) in workspace.connection.execute(tables).fetchall():
        for (row,) in workspace.connection.execute(f"select t::text from {table} t".encode()).fetchall():
            found += [(table, row) for trace in TRACES if trace in row]
    return found


def stored(workspace: Workspace) -> list[tuple[Any, ...]]:
    """Name, phone, e-mail of each lead, and whether anything is sealed."""
    query = "select name, phone, email, sealed is not null from crm.leads where workspace_id = %s order by id"
    return workspace.connection.execute(query, [workspace.id]).fetchall()


def found(manager: httpx.Client, search: str) -> list[tuple[str, str | None, str | None]]:
    """Name, phone and e-mail of the leads that a search finds, oldest first; counted alike."""
    items = manager.get("/api/leads", params={"search": search}).json()["items"]
    assert manager.get("/api/leads/count", params={"search": search}).json()["count"] == len(items)
    return [(item["name"], item["phone"], item["email"]) for item in reversed(items)]


def verified(workspace: Workspace) -> None:
    """Nothing in the record is amiss."""
    assert workspace.connection.execute("select * from routing.verify()").fetchall() == []


async def test_nothing_of_a_phone_or_e_mail_is_stored_and_whoever_may_see_them_does(
    serve: Serve, workspace: Workspace
) -> None:
    workspace.caller("Kavita")
    workspace.caller("Ravi")
    with serve(OLD) as (_, manager, post), Receiver() as receiver:
        webhook = {"name": "Hook", "kind": "webhook", "address": receiver.url, "events": ["lead.assigned"]}
        assert manager.post("/api/destinations", json=webhook).status_code == 201
        async with watched(manager) as stream:
            lead = {"name": "Meera", "phone": "074104-10123", "email": " Meera@Example.com", "metadata": {"n": 1.10}}
            first = post(**lead)
            assert first.status_code == 201
            [event] = await stream.take_until("lead.assigned")
        assert (event.data["lead"]["phone"], event.data["lead"]["email"]) == (PHONE, EMAIL)
        assert "sealed" not in event.data["lead"]
        [delivered] = receiver.wait(1)
        assert delivered.json["data"]["lead"]["phone"] == PHONE

        again = post(**{**lead, "phone": "+91 74104 10123", "email": EMAIL})
        assert (again.status_code, again.json()["lead_id"]) == (200, first.json()["lead_id"])
        timed = {"phone": "74104 10123", "timestamp": "2026-01-05T10:00:00Z"}
        assert [post(**timed).status_code, post(**timed, name="Other").status_code] == [201, 200]
        second = post(name="Mira", email=EMAIL.upper())
        assert second.json()["assigned_caller"] == first.json()["assigned_caller"]
        assert second.json()["duplicate_of"] == first.json()["lead_id"]
        assert post(phone="call 74104 10123 5").status_code == 201
        two = post(phone="74104 10125 / 74104 10124 ext 7")
        assert two.status_code == 201
        assert post(phone="74104 10124").json()["duplicate_of"] == two.json()["lead_id"]

        assert traces(workspace) == []
        (name, phone, email, is_sealed), *_, (_, unclear, _, _), (_, first_of_two, _, _), _ = stored(workspace)
        assert (name, is_hash(phone), is_hash(email), is_sealed) == ("Meera", True, True, True)
        assert (unclear, is_hash(first_of_two)) == (None, True)

        listed = manager.get("/api/leads").json()["items"]
        assert [(item["phone"], item["email"]) for item in reversed(listed)] == [
            (PHONE, EMAIL), (PHONE, None), (None, EMAIL), (None, None), ("+917410410125", None), ("+917410410124", None)
        ]  # fmt: skip
        assert listed[1]["other_phones"] == ["+917410410124"]
        unread = manager.get(f"/api/leads/{listed[2]['id']}").json()
        assert unread["metadata"]["phone_given"] == "call 74104 10123 5"
        shown = manager.get(f"/api/leads/{second.json()['lead_id']}").json()
        assert shown["contact"]["known_by"] == [{"kind": "phone", "value": PHONE}, {"kind": "email", "value": EMAIL}]
        assert "sealed" not in json.dumps([listed, shown])
        about = {(entry["about"] or {}).get("name") for entry in manager.get("/api/audit").json()["items"]}
        assert {"Meera", PHONE, "call 74104 10123 5"} <= about
        assert PHONE in manager.get("/api/audit.csv").text
        closed = manager.post(f"/api/leads/{first.json()['lead_id']}/close", headers={"idempotency-key": "k"})
        assert closed.json()["phone"] == PHONE
        replayed = manager.post(f"/api/leads/{first.json()['lead_id']}/close", headers={"idempotency-key": "k"})
        assert (replayed.headers["idempotency-replayed"], replayed.json()) == ("true", closed.json())
        preview = manager.post("/api/leads/preview", json={"phone": "0 74104 10123"}).json()
        assert preview["caller"] == first.json()["assigned_caller"]

        for spelling in ("7410410123", "0091 74104 10123", PHONE):
            assert [name for name, _, _ in found(manager, spelling)] == ["Meera", None], spelling
        assert [name for name, _, _ in found(manager, "MEERA@example.com ")] == ["Meera", "Mira"]
        assert [phone for _, phone, _ in found(manager, "74104 10124")] == ["+917410410125", "+917410410124"]
        assert [found(manager, part) for part in ("10123", "741041012", "@example.com")] == [[], [], []]
        assert [name for name, _, _ in found(manager, "mir")] == ["Mira"]

        assert traces(workspace) == []
        verified(workspace)


@pytest.mark.long
def test_what_was_there_is_sealed_and_keys_are_rotated(serve: Serve, fairlead: Fairlead, workspace: Workspace) -> None:
    workspace.caller("Kavita")
    workspace.caller("Ravi")
    same = {"phone": PHONE, "email": EMAIL}
    leads = [{"name": "Meera", **same}, {"name": "Mira", "email": EMAIL}, {"name": "M", "phone": PHONE}]
    workspace.ingest(*leads, {"name": "Bina"}, {"phone": "123"}, {"name": "Post", "timestamp": "2026-01-05", **same})
    workspace.ingest({"name": "Edited", "phone": "+911000000009"})
    workspace.connection.execute("update crm.leads set phone = '+911000000008' where name = 'Edited'")
    events = "select count(*) from crm.events"
    before = workspace.connection.execute(events).fetchall()
    verified(workspace)

    assert "6 leads" in fairlead("keys", "status").stdout
    assert "set FAIRLEAD_ENCRYPTION_KEYS" in fairlead("keys", "seal").stderr
    assert fairlead("keys", "seal", FAIRLEAD_ENCRYPTION_KEYS=OLD).stdout == "6 leads sealed\n"
    assert fairlead("keys", "seal", FAIRLEAD_ENCRYPTION_KEYS=OLD).stdout == "0 leads sealed\n"
    assert [table for table, _ in traces(workspace)] == []
    assert [row[1] is None or is_hash(row[1]) for row in stored(workspace)] == [True] * 7
    assert workspace.connection.execute(events).fetchall() == before
    verified(workspace)
    both = f"{NEW},{OLD}"
    with serve(NEW, OLD) as (_, manager, post):
        assert post(**leads[0]).json()["duplicate"], "what was known by its content still is"
        assert post(name="New", phone=PHONE).json()["duplicate_of"]
        assert [name for name, _, _ in found(manager, EMAIL)] == ["Meera", "Mira", "Post"]
        assert found(manager, "Edited") == [("Edited", "+911000000008", None)]

        # Another key of the environment, then another data key, while the gateway runs.
        assert "1 data key" in fairlead("keys", "rotate", FAIRLEAD_ENCRYPTION_KEYS=both).stdout
        hashes = [row[1:3] for row in stored(workspace)]
        assert (
            "7 leads sealed anew, with data key 2"
            in fairlead("keys", "rotate", "--data", FAIRLEAD_ENCRYPTION_KEYS=NEW).stdout
        )
        assert [row[1:3] for row in stored(workspace)] == hashes
        assert [phone for _, phone, _ in found(manager, "Mee")] == [PHONE]
        assert post(name="Newest", phone=PHONE).json()["duplicate_of"]
    status = fairlead("keys", "status", FAIRLEAD_ENCRYPTION_KEYS=NEW).stdout
    assert [line.split()[-1] for line in status.splitlines()[1:3]] == ["0", "8"], status
    assert "0 leads with a phone or e-mail in the clear" in status
    with serve(NEW) as (_, manager, _):
        assert [name for name, _, _ in found(manager, PHONE)] == ["Meera", "M", "Post", "New", "Newest"]
    verified(workspace)

    for keys in (WRONG, OLD, ""):
        refused = fairlead("serve", FAIRLEAD_ENCRYPTION_KEYS=keys)
        assert refused.returncode == 1
        assert "FAIRLEAD_ENCRYPTION_KEYS" in refused.stderr, refused.stderr


def test_what_plain_sql_inserts_of_a_known_number_is_sealed_apart(
    serve: Serve, fairlead: Fairlead, workspace: Workspace
) -> None:
    workspace.caller("Kavita")
    insert = """
        insert into crm.leads (workspace_id, name, phone, email, timestamp_from_sheet)
        values (%s, %s, %s, %s, '2026-01-05')"""
    with serve(OLD) as (_, manager, post):
        post(name="Gateway", phone=PHONE, email=EMAIL, timestamp="2026-01-04T18:30:00Z")
        for name in ("First", "Second"):
            workspace.connection.execute(insert, [workspace.id, name, PHONE, EMAIL])
            assert fairlead("keys", "seal", FAIRLEAD_ENCRYPTION_KEYS=OLD).stdout == "1 leads sealed\n"
        assert traces(workspace) == []
        assert found(manager, PHONE) == [(name, PHONE, EMAIL) for name in ("Gateway", "First", "Second")]
        assert [name for name, _, _ in found(manager, EMAIL)] == ["Gateway", "First", "Second"]
    verified(workspace)


def test_leads_that_say_the_same_are_sealed_alike_whichever_batch_they_are_in(
    database_url: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.caller("Kavita")
    monkeypatch.setattr("gateway.sealing.resealing.LEADS_IN_BATCH", 1)
    sealer = Sealer({1: bytes(32)}, bytes(32))
    done: list[int] = []
    leads = (
        {"name": "A", "phone": PHONE},
        {"name": "B", "email": EMAIL},
        {"name": "C", "phone": PHONE, "email": EMAIL},
    )
    with administration(database_url) as admin:
        for number in range(2):  # the second time their first hashes are taken
            workspace.ingest(*[{**lead, "message": f"{number}"} for lead in leads])
            seal_stored(admin, sealer, done.append)
            last = stored(workspace)[-3:]
            assert last[0][1] == last[2][1] == sealer.hash_of(workspace.id, "phone", PHONE, number)
            assert last[1][2] == last[2][2] == sealer.hash_of(workspace.id, "email", EMAIL, number)
            verified(workspace)
    assert (sum(done), traces(workspace)) == (6, [])


def test_without_keys_nothing_is_sealed(serve: Serve, workspace: Workspace, connect: Connect) -> None:
    with serve() as (_, manager, post):
        post(name="Meera", phone="74104 10123", email=EMAIL)
        assert found(manager, "10123") == [("Meera", PHONE, EMAIL)]
    assert stored(workspace) == [("Meera", PHONE, EMAIL, False)]
    assert connect().execute("select * from crm.sealing_keys").fetchall() == []


def test_the_gateway_spells_as_the_database_does(workspace: Workspace) -> None:
    numbers = ("9812345678", "981234567", "5550109999", "7911123456", "69812345", "123", "112345678901234", "")
    prefixes = ("", "0", "00", "+", "+91", "91", "0091", "001", "+0", "8", "+44 ", "44", " ", "\t", "\xa0", "٩", "(0)")
    endings = ("", ".0", " ", "\n", " x", ".0.0", "-", "/1", "\u2003")
    phones = ["".join(parts) for parts in product(prefixes, numbers, endings)]
    phones += [f"{phone[:4]} {phone[4:7]}-{phone[7:]}" for phone in phones]
    emails = ["A@B.C", " a@b ", "\ta@b", "ÄÖ@X.DE", "a b@c", "a@b@c", "@", "a@", "", " ", "a\xa0@b", "İ@I", "a@b\n"]
    query = """
        select l.phone, l.other_phones, l.metadata ->> 'phone_given', l.email,
          array(select k.kind::text from routing.keys_of(l) k)
        from jsonb_array_elements(%s) with ordinality as g (given, nr)
        cross join lateral jsonb_build_object('workspace_id', %s::int, 'metadata', '{}'::jsonb) more
        cross join lateral core.normalize_lead(jsonb_populate_record(null::crm.leads, g.given || more)) l
        order by g.nr"""

    def here(lead: dict[str, str], country: str) -> tuple[Any, ...]:
        email = normalize_email(lead.get("email", ""))
        given = lead.get("phone", "").strip(" ")
        phones, is_whole = read_phones(given, country)
        known = ["phone" for phone in phones if identifies("phone", phone)]
        known += ["email"] if email and identifies("email", email) else []
        return (*phones[:1], None)[0], phones[1:] or None, None if is_whole or not given else given, email, known

    for country in ("IN", "US", "GB", "IT", "SG"):
        made = Workspace.create(workspace.connection, name=f"In {country}", country=country)
        leads = [{"phone": phone} for phone in phones] + [{"email": email} for email in emails]
        answers = workspace.connection.execute(query, [Jsonb(leads), made.id]).fetchall()
        assert [here(lead, country) for lead in leads] == answers


def test_a_sealed_phone_is_edited_and_its_e_mail_stays_readable(serve: Serve, workspace: Workspace) -> None:
    with serve(OLD) as (_, manager, post):
        path = f"/api/leads/{post(name='Meera', phone='98123 45678 ext 5', email=EMAIL).json()['lead_id']}"
        assert manager.patch(path, json={"company": "Acme"}).json()["email"] == EMAIL
        assert manager.patch(path, json={"phone": "call me"}).status_code == 422
        edited = manager.patch(path, json={"phone": "074104-10123"})
        assert edited.status_code == 200, edited.text
        lead = edited.json()
        assert (lead["phone"], lead["email"], lead["metadata"]) == (PHONE, EMAIL, {})
        lead = manager.patch(path, json={"email": "mira@example.com"}).json()
        assert (lead["phone"], lead["email"], lead["company"]) == (PHONE, "mira@example.com", "Acme")
        assert post(name="M", phone=PHONE).json()["duplicate_of"] in (None, lead["id"])
        assert found(manager, PHONE)[0] == ("Meera", PHONE, "mira@example.com")
        made = manager.post("/api/leads", json={"name": "Typed", "phone": "98123 00001"})
        assert (made.status_code, made.json()["phone"]) == (201, "+919812300001")
        assert traces(workspace) == []
        verified(workspace)
