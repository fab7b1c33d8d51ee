"""Who may do what, tried out: each role acts on each table, view and function. What one may must be entered here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.conftest import Connect
from tests.support import Workspace

OURS = "(select oid from pg_namespace where nspname in ('crm', 'core', 'routing', 'api', 'report'))"
ROLES = ("admin", "manager", "caller", "analyst", "intake", "keeper", "gateway")

# Which role sees what of a table or view: every row of its workspace, its own ones, or none at all; others may not ask,
# and nobody of what is not entered here.
READABLE: dict[str, dict[str, str]] = {
    "crm.workspaces": {"all": "admin manager caller analyst"},
    "crm.callers": {"all": "admin manager analyst", "own": "caller"},
    "crm.caller_states": {"all": "admin manager analyst", "own": "caller"},
    "crm.caller_sources": {"all": "admin manager analyst", "own": "caller"},
    "crm.campaigns": {"all": "admin manager caller analyst"},
    "crm.campaign_assignees": {"all": "admin manager analyst", "own": "caller"},
    "crm.caller_daily_counters": {"all": "admin manager analyst", "own": "caller"},
    "crm.lead_assignments": {"all": "admin manager analyst", "own": "caller"},
    "crm.leads": {"all": "admin manager", "own": "caller"},
    "crm.queue": {"all": "admin manager analyst", "none": "caller"},
    "crm.events": {"all": "admin manager", "own": "caller analyst"},
    "crm.sources": {"all": "admin manager analyst", "none": "caller"},
    "crm.users": {"all": "admin manager", "own": "caller"},
    "crm.rules": {"all": "admin manager analyst"},
    "crm.rr_pointers": {"all": "admin manager analyst"},
    "crm.deals": {"all": "admin manager analyst"},
    "crm.ticks": {"all": "admin manager"},
    "crm.contact_keys": {"all": "admin manager"},
    "crm.contact_leads": {"all": "admin manager"},
    "crm.contact_merges": {"all": "admin manager"},
    "crm.event_seals": {"all": "admin manager"},
    "crm.countries": {"all": "admin manager caller analyst"},
    "crm.states": {"all": "admin manager caller analyst"},
    "crm.place_names": {"all": "admin manager caller analyst"},
    "crm.phone_plans": {"all": "admin manager caller analyst"},
    "crm.phone_ranges": {"all": "admin manager caller analyst"},
    "core.leads_in_sight": {"all": "admin manager", "own": "caller"},
    "core.own_leads": {"all": "admin manager", "own": "caller"},
    "routing.caller_cards": {"all": "admin manager analyst", "own": "caller"},
    "routing.caller_versions": {"all": "admin manager analyst"},
    "routing.contact_versions": {"all": "admin manager"},
    "routing.plan": {"all": "admin manager analyst"},
    "routing.rule_versions": {"all": "admin manager analyst"},
    "routing.pools": {"all": "admin manager analyst"},
    "report.audit_log": {"all": "admin manager"},
    "report.newest_seals": {"all": "admin manager"},
    "report.callers_today": {"all": "admin manager analyst"},
    "report.leads": {"all": "admin manager analyst"},
    "report.waiting_leads": {"all": "admin manager analyst"},
}

# Columns nobody may read, whoever may read the rest of the table.
SECRET = {("crm.users", "password_hash")}

READERS = "admin manager caller analyst"
CALLABLE: dict[str, str] = {
    "ingest_leads try_intake": "intake",
    "claim_deliveries finish_delivery read_sealing_keys read_country read_placeholders": "keeper",
    "claim_check read_import_piece stage_rows finish_check advance_imports": "keeper",
    "find_source list_sources find_form find_key begin_tick tick read_events last_event read_metrics": "keeper",
    "check_sign_in refuse_sign_in open_session find_session refresh_session close_session": "keeper",
    "get_workspace list_states list_callers get_caller": READERS,
    "begin_request finish_request": READERS,
    "expect_etag": "admin manager caller",
    "list_leads count_leads get_lead claim_lead close_lead reopen_lead": "admin manager caller",
    "begin_export export_leads": "admin manager caller",
    "get_overview list_rules list_pools get_fairness list_own_sources get_source get_rule": "admin manager analyst",
    "reach_rules": "admin manager analyst",
    "list_lead_sources reassign_lead hold_lead merge_contacts unmerge_contact preview_lead simulate": "admin manager",
    "list_audit list_actors": "admin manager",
    "create_import add_import_piece finish_upload list_imports get_import read_import_outline": "admin manager",
    "recognise_columns check_import start_import cancel_import import_leads": "admin manager",
    "list_import_rows list_refused_rows summarize_import": "admin manager",
    "list_alerts get_alert_settings acknowledge_alert": "admin manager",
    "update_alert_settings list_destinations create_destination update_destination archive_destination": "admin",
    "rotate_destination test_destination list_deliveries retry_delivery": "admin",
    "create_caller update_caller set_caller_status archive_caller archive_sample_callers": "admin manager",
    "hand_over_leads": "admin manager",
    "create_rule update_rule archive_rule order_rules": "admin manager",
    "try_rule list_rule_fields is_test": "admin manager",
    "list_campaigns get_campaign": "admin manager analyst",
    "create_campaign update_campaign set_campaign_callers archive_campaign": "admin manager",
    "create_source(jsonb,bytea) update_source rotate_source revoke_source remake_form_key update_workspace": "admin",
    "get_key_generation set_sender_secret": "admin",
    "list_users add_user update_user reset_password remove_factor": "admin",
    "get_factor begin_factor read_factor confirm_factor renew_recovery_codes remove_own_factor": READERS,
    "list_sessions end_session end_other_sessions change_password list_tokens create_token revoke_token": READERS,
    "create_workspace list_workspaces create_user find_user locate_user create_source(integer,text,bytea)": "",
    "add_sealing_key rewrap_sealing_key count_sealed list_clear_leads list_leads_saying choose_hashes": "",
    "store_sealed list_sealed_leads reseal_leads": "",
}
# What these may do beside reading, they do by functions of api that run as them.
ALSO_CALLABLE = {"core.claim_lead", "core.close_lead", "core.reopen_lead"}


class House:
    """Two workspaces with everything in them, and a way to act as somebody in the first."""

    def __init__(self, connect: Connect) -> None:
        self.connection = connect()
        self.other = self.furnish(Workspace.create(self.connection, name="Other"))
        self.one = self.furnish(Workspace.create(self.connection, name="One"))
        found = self.connection.execute("select id, caller_id from crm.users where caller_id is not null").fetchall()
        self.users = dict(found)

    def furnish(self, workspace: Workspace) -> Workspace:
        """Callers, one of them a user, who has a lead; a closed, a waiting and a merged lead; a rule of each kind."""
        user = self.connection.execute("select id from crm.users where workspace_id = %s", [workspace.id]).fetchone()
        assert user is not None
        kavita = workspace.caller("Kavita", "Goa", campaigns=["Diwali"], sources=[{"source": "Web", "weight": 2}])
        workspace.caller(
            "Ravi", "Kerala", daily_limit=1, campaigns=["diwali"], sources=[{"source": "Web", "weight": 0}]
        )
        self.connection.execute("update crm.users set caller_id = %s where id = %s", [kavita, user[0]])
        leads = [
            {"name": f"Lead {number}", "phone": f"+9110000{number:05}", "state": state}
            for number, state in enumerate(["Goa", "Kerala", "Goa", "Kerala"])
        ]
        answers = workspace.ingest(*leads)
        workspace.ingest({"name": "Again", "phone": "+911000000000"})
        ravi = self.connection.execute(
            "select id from crm.callers where workspace_id = %s and name = 'Ravi'", [workspace.id]
        ).fetchone()
        assert ravi is not None
        workspace.call("api.set_caller_status(%s, 'paused')", ravi[0])
        for number, is_held in enumerate((False, True)):  # the tick deals the first, and leaves the second in the queue
            workspace.call("api.set_caller_status(%s, 'paused')", kavita)
            waiting = workspace.ingest({"name": "Waiting", "phone": f"+91100000010{number}"})
            workspace.call("api.hold_lead(%s, %s)", waiting[0]["lead_id"], is_held)
            workspace.call("api.set_caller_status(%s, 'active')", kavita)
            self.connection.execute("select api.tick()")
        workspace.call("api.merge_contacts(%s, %s, 'keep')", answers[2]["lead_id"], answers[1]["lead_id"])
        return workspace

    def act_as(self, role: str, workspace: Workspace | None = None) -> None:
        """For the rest of the transaction: the role, in the workspace, as its one user."""
        actor = self.connection.execute(
            "select id from crm.users where workspace_id = %s", [(workspace or self.one).id]
        ).fetchone()
        assert actor is not None
        self.connection.execute(
            """select set_config('fairlead.workspace_id', %s, true), set_config('fairlead.actor', %s, true),
                      set_config('role', %s, true)""",
            [str((workspace or self.one).id), f"user:{actor[0]}", f"fairlead_{role}"],
        )

    def attempt(self, role: str, statement: sql.Composable | str) -> str | list[tuple[object, ...]]:
        """What a statement gives to somebody of this role, or `denied` or its error; whatever it did is undone."""
        with self.connection.transaction(force_rollback=True):
            self.act_as(role)
            try:
                with self.connection.transaction():
                    return self.connection.execute(statement).fetchall()  # type: ignore[arg-type]
            except psycopg.errors.InsufficientPrivilege:
                return "denied"
            except psycopg.errors.ReadOnlySqlTransaction:
                raise
            except psycopg.Error as error:
                return str(error)


@pytest.fixture
def house(connect: Connect) -> House:
    """Two furnished workspaces in a database of their own."""
    return House(connect)


def expected(entry: dict[str, str], role: str) -> str:
    """`all`, `own`, `none` or `denied`."""
    return next((kind for kind, roles in entry.items() if role in roles.split()), "denied")


def relations(house: House) -> list[tuple[str, list[str], bool, bool]]:
    """Name and columns of every table and view of ours, whether it is of workspaces, and whether rows are guarded."""
    return house.connection.execute(
        f"""select c.oid::regclass::text, array_agg(a.attname::text order by a.attnum),
             bool_or(a.attname = 'workspace_id') or c.relname = 'workspaces', c.relrowsecurity or c.relkind = 'v'
           from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           where c.relnamespace in {OURS}
             and c.relkind in ('r', 'v', 'm', 'f', 'p') group by c.oid"""
    ).fetchall()


def test_every_role_sees_of_every_table_what_it_should_and_nothing_of_another_workspace(house: House) -> None:
    found = relations(house)
    assert READABLE.keys() <= {name for name, *_ in found}, "what is gone is taken out of READABLE"
    pairs: Counter[str] = Counter()
    for name, columns, has_workspace, is_guarded in found:
        assert is_guarded or not has_workspace, f"{name} has a workspace and no row security"
        key = "id" if name == "crm.workspaces" else "workspace_id"
        readable = [column for column in columns if (name, column) not in SECRET]
        shown = sql.SQL(", ").join(map(sql.Identifier, readable))
        one, other = (
            house.connection.execute(f"select count(*) from {name} where {key} = %s", [of.id]).fetchone()
            if has_workspace
            else house.connection.execute(f"select count(*) from {name}").fetchone()
            for of in (house.one, house.other)
        )
        assert one is not None
        assert other is not None
        for role in ROLES:
            wanted = expected(READABLE.get(name, {}), role)
            rows = house.attempt(role, sql.SQL("select {} from " + name).format(shown))
            assert wanted == "denied" or isinstance(rows, list), (name, role, rows)
            match wanted:
                case "denied":
                    assert rows == "denied", (name, role, rows)
                case "all":
                    assert one[0] > 0 or not has_workspace, f"there is nothing in {name} to be seen"
                    assert len(rows) == one[0], (name, role)
                case "own":
                    assert 0 < len(rows) < one[0] + (name == "crm.users"), (name, role, len(rows), one[0])
                case "none":
                    assert rows == [], (name, role)
            if has_workspace and isinstance(rows, list):
                assert {row[readable.index(key)] for row in rows} <= {house.one.id}, (name, role)
            pairs[wanted] += 1
    print(f"tables and views: {sum(pairs.values())} pairs, {dict(pairs)}")


def test_no_role_reads_a_secret_or_writes_to_a_table(house: House) -> None:
    for (table, column), role in ((secret, role) for secret in SECRET for role in ROLES):
        assert house.attempt(role, f"select {column} from {table}") == "denied", (table, column, role)
    for table in (name for name, *_ in relations(house) if name.startswith("crm.")):
        for role in ROLES:
            for statement in (f"insert into {table} default values", f"delete from {table}", f"truncate {table}"):
                assert house.attempt(role, statement) == "denied", (statement, role)
            writes = "select has_any_column_privilege(%s, %s, 'insert, update')"
            assert house.connection.execute(writes, [f"fairlead_{role}", table]).fetchone() == (False,), (table, role)


def functions(house: House) -> Iterator[tuple[str, str, str, bool]]:
    """Schema, name with types, a call with nulls, and whether it only reads, of every function of ours."""
    yield from house.connection.execute(
        f"""select p.pronamespace::regnamespace::text,
             p.proname || replace(substring(p.oid::regprocedure::text from '[(].*'), ' ', ''),
             format('select %s(%s)', p.oid::regproc,
               (select string_agg('null::' || replace(format_type(t, null), 'anyelement', 'crm.rules'), ', ' order by n)
                from unnest(p.proargtypes::oid[]) with ordinality as a (t, n))),
             p.provolatile <> 'v' or p.proname in ('current_time', 'moved_time')
           from pg_proc p
           where p.pronamespace in {OURS}
             and p.prorettype <> 'trigger'::regtype and p.prokind = 'f'
             and not exists (
               select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')"""
    ).fetchall()


def test_every_role_may_call_what_it_should_and_nothing_else(house: House) -> None:
    allowed = {name: roles.split() for names, roles in CALLABLE.items() for name in names.split()}
    found = set()
    pairs: Counter[str] = Counter()
    for schema, signature, call, only_reads in functions(house):
        name = signature if signature in allowed else signature.partition("(")[0]
        if schema == "api":
            found.add(name)
            assert name in allowed, f"api.{name} is entered in CALLABLE"
        for role in ROLES:
            if schema == "api":
                may = role in allowed[name]
            elif f"{schema}.{name}" in ALSO_CALLABLE:
                may = role in ("admin", "manager", "caller")
            else:
                may = only_reads and schema != "crm" and role in READERS.split()
            answer = house.attempt(role, call)
            denied = answer == "denied"
            assert may or denied, (call, role, answer)
            if may and schema == "api":
                assert not denied, (call, role)
            pairs["allowed" if may else "denied"] += 1
    assert found == allowed.keys(), "what is gone is taken out of CALLABLE"
    print(f"functions: {sum(pairs.values())} pairs, {dict(pairs)}")


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
        for role in READERS.split():
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
