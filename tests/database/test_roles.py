"""Who may do what, tried out: each role acts on each table, view and function. What one may must be entered here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from psycopg import sql

from tests.database.house import House

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
    "crm.activities": {"all": "admin manager", "own": "caller"},
    "crm.tasks": {"all": "admin manager", "own": "caller"},
    "crm.dispositions": {"all": "admin manager caller analyst"},
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
    "report.queue": {"all": "admin manager analyst"},
    "report.caller_standings": {"all": "admin manager analyst"},
}

# Columns nobody may read, whoever may read the rest of the table.
SECRET = {("crm.users", "password_hash")}

READERS = "admin manager caller analyst"
CALLABLE: dict[str, str] = {
    "ingest_leads try_intake": "intake",
    "get_calendar make_calendar remove_calendar": READERS,
    "find_calendar": "keeper",
    "claim_notices finish_push": "keeper",
    "get_notice_choices set_notice_choices list_push_subscriptions": READERS,
    "create_push_subscription archive_push_subscription": READERS,
    "claim_deliveries finish_delivery read_sealing_keys read_country read_placeholders": "keeper",
    "claim_check read_import_piece stage_rows finish_check advance_imports": "keeper",
    "find_source list_sources find_form find_key begin_tick tick read_events last_event read_metrics": "keeper",
    "find_link use_link ask_reset claim_resets begin_reset claim_letters finish_letter": "keeper",
    "check_sign_in refuse_sign_in open_session find_session refresh_session close_session": "keeper",
    "get_workspace get_rights list_states list_callers get_caller list_dispositions get_disposition": READERS,
    "begin_request finish_request": READERS,
    "expect_etag": "admin manager caller",
    "list_leads count_leads newest_searched get_lead claim_lead close_lead reopen_lead": "admin manager caller",
    "update_lead": "admin manager caller",
    "create_lead": "admin manager",
    "begin_export export_leads search_all": "admin manager caller",
    "list_saved_views create_saved_view update_saved_view archive_saved_view": "admin manager caller",
    "list_my_day list_my_leads": "admin manager caller",
    "set_lead_status log_activity list_activities list_timeline withdraw_activity": "admin manager caller",
    "list_tasks count_tasks get_task create_task update_task": "admin manager caller",
    "finish_task reopen_task archive_task": "admin manager caller",
    "create_disposition update_disposition archive_disposition": "admin manager",
    "get_overview list_rules list_pools get_fairness list_own_sources get_source get_rule": "admin manager analyst",
    "reach_rules get_dashboard get_caller_performance": "admin manager analyst",
    "list_lead_sources reassign_lead hold_lead merge_contacts unmerge_contact preview_lead simulate": "admin manager",
    "list_audit list_actors": "admin manager",
    "act_on_leads act_on_callers undo_action get_action list_actions": "admin manager",
    "create_import add_import_piece finish_upload list_imports get_import read_import_outline": "admin manager",
    "recognise_columns check_import start_import cancel_import import_leads": "admin manager",
    "list_import_rows list_refused_rows summarize_import": "admin manager",
    "list_alerts get_alert_settings acknowledge_alert": "admin manager",
    "update_alert_settings update_workspace": "admin",
    "list_destinations create_destination update_destination archive_destination": "admin manager",
    "rotate_destination test_destination list_deliveries retry_delivery": "admin manager",
    "create_caller update_caller set_caller_status archive_caller archive_sample_callers": "admin manager",
    "restore_caller": "admin manager",
    "hand_over_leads": "admin manager",
    "create_rule update_rule archive_rule restore_rule order_rules": "admin manager",
    "try_rule list_rule_fields is_test": "admin manager",
    "list_campaigns get_campaign": "admin manager analyst",
    "create_campaign update_campaign set_campaign_callers archive_campaign": "admin manager",
    "create_source(jsonb,bytea) update_source rotate_source revoke_source remake_form_key": "admin manager",
    "get_key_generation set_sender_secret": "admin manager",
    "list_users invite_user send_link revoke_link": "admin manager",
    "check_staff save_staff create_caller_with_login": "admin manager",
    "add_user update_user reset_password remove_factor": "admin",
    "get_factor begin_factor read_factor confirm_factor renew_recovery_codes remove_own_factor": READERS,
    "list_sessions end_session end_other_sessions change_password list_tokens create_token revoke_token": READERS,
    "create_workspace list_workspaces create_user find_user locate_user create_source(integer,text,bytea)": "",
    "add_sealing_key rewrap_sealing_key count_sealed list_clear_leads list_leads_saying choose_hashes": "",
    "store_sealed list_sealed_leads reseal_leads": "",
}
# What these may do beside reading, they do by functions of api that run as them.
ALSO_CALLABLE = {"core.claim_lead", "core.close_lead", "core.reopen_lead", "core.edit_lead", "core.set_status"}


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
