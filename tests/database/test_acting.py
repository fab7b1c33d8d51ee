"""What somebody meets who acts as a role: own leads, masked phones, one workspace, one clock."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.conftest import Connect
from tests.database.house import House


def test_a_caller_sees_and_works_own_leads_and_finds_no_others(house: House) -> None:
    everything = house.connection.execute(
        """select l.id, l.caller_id, l.name from core.lead_cards l where l.workspace_id = %s""", [house.one.id]
    ).fetchall()
    kavita = house.users[
        next(
            user
            for user in house.users
            if house.connection.execute(
                "select 1 from crm.users where id = %s and workspace_id = %s", [user, house.one.id]
            ).fetchone()
        )
    ]
    own = {lead for lead, caller, _ in everything if caller == kavita}
    others = {lead for lead, caller, _ in everything if caller != kavita}
    assert own
    assert others
    listed = house.attempt("caller", "select api.list_leads('{}'), api.count_leads('{}')")
    assert isinstance(listed, list)
    page, count = listed[0]
    assert {UUID(item["id"]) for item in page["items"]} == own  # type: ignore[index]
    assert count == len(own)
    for lead in others:
        for function in ("get_lead", "close_lead", "reopen_lead"):
            answer = house.attempt("caller", sql.SQL("select api.{}({})").format(sql.Identifier(function), lead))
            assert "There is no lead" in answer, (function, answer)
        answer = house.attempt("caller", sql.SQL("select api.claim_lead({}, null)").format(lead))
        assert "There is no lead" in answer
    for lead in own:
        closed = house.attempt(
            "caller",
            sql.SQL("select api.claim_lead({0}, null), api.close_lead({0}), api.reopen_lead({0})").format(lead),
        )
        assert isinstance(closed, list), closed
        assert closed[0][1]["closed_at"] is not None  # type: ignore[index]
        assert closed[0][2]["assigned_caller"]["id"] == str(kavita)  # type: ignore[index]
        contact = closed[0][0]["contact"]  # type: ignore[index]
        assert {UUID(of["id"]) for of in contact["leads"]} <= own
        assert closed[0][0]["explanation"] == []  # type: ignore[index]


def test_phones_are_masked_for_analysts_unless_they_may_see_them(house: House) -> None:
    rows = house.attempt(
        "analyst", "select distinct phone from report.leads union select phone from report.waiting_leads"
    )
    assert isinstance(rows, list)
    assert {str(phone)[:-3].strip("•") for (phone,) in rows} == {""}
    house.connection.execute("grant fairlead_phones to fairlead_analyst")
    try:
        rows = house.attempt("analyst", "select phone from report.leads")
        assert isinstance(rows, list)
        assert all(str(phone).startswith("+91") for (phone,) in rows)
    finally:
        house.connection.execute("revoke fairlead_phones from fairlead_analyst")


def test_a_login_of_its_own_sees_the_workspace_it_was_given_whatever_it_claims(house: House, connect: Connect) -> None:
    house.connection.execute("create role bi_reader login")
    try:
        house.connection.execute("grant fairlead_analyst to bi_reader")
        reader = connect(user="bi_reader")
        reader.execute("select set_config('fairlead.workspace_id', %s, false)", [str(house.other.id)])
        with pytest.raises(psycopg.DatabaseError, match="No workspace is chosen"):
            reader.execute("select * from report.leads")
        house.connection.execute("insert into crm.logins values ('bi_reader', %s)", [house.one.id])
        for relation in ("report.leads", "crm.callers", "routing.pools"):
            found = reader.execute(f"select distinct workspace_id from {relation}").fetchall()
            assert found == [(house.one.id,)], relation
        reader.execute("set role fairlead_analyst")
        assert reader.execute("select distinct workspace_id from crm.callers").fetchall() == [(house.one.id,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("set role fairlead_manager")
        reader.close()
    finally:
        house.connection.execute("delete from crm.logins; drop role bi_reader")


def test_nobody_but_the_owner_moves_the_clock_but_a_simulation_does(house: House, connect: Connect) -> None:
    moved = "select set_config('fairlead.now', '2001-02-03 04:05Z', true)"
    gateway = connect(user="fairlead_gateway")
    become = "select set_config('role', 'fairlead_admin', true), set_config('fairlead.workspace_id', %s, true)"
    name = "select set_config('fairlead.actor', 'intruder', true), api.create_caller('{\"name\": \"Dated\"}')"
    with gateway.transaction():
        gateway.execute(moved)
        gateway.execute(become, [str(house.one.id)])
        found = gateway.execute("select core.current_time() > now() - interval '1 day'").fetchone()
        assert found == (True,)
        gateway.execute(name)
    dated = house.connection.execute("select at from crm.events where actor = 'intruder'").fetchall()
    assert [at.year > 2001 for (at,) in dated] == [True]
    simulated = """select count(*) filter (where at < '2001-01-01') from crm.events"""
    with gateway.transaction():
        gateway.execute(become, [str(house.one.id)])
        asked = Jsonb({"from": "2000-01-01", "until": "2100-01-01", "changes": {}})
        assert gateway.execute("select api.simulate(%s)", [asked]).fetchone()
    assert house.connection.execute(simulated).fetchone() == (0,)
    owner = connect(user="postgres")
    with owner.transaction():
        owner.execute(moved)
        assert owner.execute("select extract(year from core.current_time())::int").fetchone() == (2001,)


def test_nobody_is_told_whose_a_lead_of_another_workspace_is(house: House) -> None:
    theirs = house.connection.execute(
        "select a.lead_id, a.caller_id from crm.lead_assignments a where a.workspace_id = %s and a.ended_at is null",
        [house.other.id],
    ).fetchall()
    assert theirs
    for lead, caller in theirs:
        ask = sql.SQL("select core.has_lead({}, {}, {})").format(house.other.id, lead, caller)
        for role in ("admin", "manager", "caller", "analyst"):
            assert house.attempt(role, ask) == [(False,)]


def test_the_gateway_becomes_whom_it_says_and_nobody_else(house: House, connect: Connect) -> None:
    gateway = connect(user="fairlead_gateway")
    assert gateway.execute("select routing_denied from (select 1 as routing_denied) t").fetchone() == (1,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        gateway.execute("select * from crm.leads")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        gateway.execute("set role fairlead_owner")
    with gateway.transaction():
        settings = "select set_config('role', 'fairlead_manager', true), set_config('fairlead.workspace_id', %s, true)"
        gateway.execute(settings, [str(house.one.id)])
        assert gateway.execute("select distinct workspace_id from crm.leads").fetchall() == [(house.one.id,)]
        found = gateway.execute("select api.list_leads(%s)", [Jsonb({})]).fetchone()
        assert found is not None
        assert len(found[0]["items"]) > 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        gateway.execute("select api.list_leads('{}')")
