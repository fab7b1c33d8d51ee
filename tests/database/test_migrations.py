"""The migrations: well named, safe to run, and the same database whichever way it was made."""

import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from gateway import ROOT
from gateway.database.embedded import Server, packaged_binaries
from gateway.database.migrate import MigrationError, migrate
from tests.conftest import Connect

MIGRATIONS = sorted((ROOT / "migrations").glob("*.sql"))
INSTALL = ROOT / "sql" / "install.sql"
# A clone of a database has everything but the rights on the database itself.
AS_OWNER = ("-f", ROOT / "sql" / "bootstrap.sql", "-c", "set role fairlead_owner")


def schema(server: Server, url: str) -> list[str]:
    """All definitions, owners, rights and comments in the database, as pg_dump writes them."""
    command: list[str | Path] = [server.binaries / "pg_dump", "--schema-only", url]
    dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # Each dump has a random word in \restrict.
    return [line for line in dump.splitlines() if not re.match(r"\\(un)?restrict ", line)]


def psql(url: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the packaged psql, as a DBA would run it by hand."""
    command = [packaged_binaries() / "psql", "--no-psqlrc", "--quiet", "-d", url, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_migrations_are_numbered_in_order_and_each_depends_on_the_one_before() -> None:
    names = [path.stem for path in MIGRATIONS]
    assert [name.partition(".")[0] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    for name, path, before in zip(names, MIGRATIONS, ["", *names[:-1]], strict=True):
        text = path.read_text()
        assert re.fullmatch(r"\d{4}\.[a-z][a-z_]+", name), name
        assert re.findall(r"^-- depends: (.*)$", text, re.MULTILINE) == ([before] if before else []), name
        assert text.startswith("-- "), f"{name} does not say what it is for"


def test_a_migration_touches_tables_only_and_leaves_code_alone() -> None:
    for path in MIGRATIONS:
        statements = re.sub(r"comment on .* is\s+'(?:[^']|'')*'(?:\s+'(?:[^']|'')*')*|--.*", "", path.read_text())
        assert not re.search(r"\b(core|routing|api|report)\.", statements), f"{path.name} uses what is rebuilt"


def test_migrating_twice_is_migrating_once(server: Server, database_url: str) -> None:
    once = schema(server, database_url)
    assert len(once) > 1000
    assert migrate(database_url) is False
    assert schema(server, database_url) == once
    assert migrate(database_url, rebuild=True) is True
    assert schema(server, database_url) == once


def test_plain_psql_builds_the_same_code(server: Server, database_url: str, connect: Connect) -> None:
    migrated = schema(server, database_url)
    for name in ("report", "api", "routing", "core"):
        connect().execute(f"drop schema {name} cascade")
    assert schema(server, database_url) != migrated
    done = psql(database_url, *AS_OWNER, "-f", INSTALL)
    assert done.returncode == 0, done.stderr
    assert schema(server, database_url) == migrated


def test_the_code_goes_in_whole_or_not_at_all(database_url: str, connect: Connect, tmp_path: Path) -> None:
    for path in (ROOT / "sql").rglob("*.sql"):
        copy = tmp_path / path.relative_to(ROOT / "sql")
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text())
    (tmp_path / "leads" / "today.sql").write_text("select nonsense;")
    functions = "select array_agg(oid order by oid) from pg_proc where pronamespace = 'routing'::regnamespace"
    before = connect().execute(functions).fetchone()
    done = psql(database_url, *AS_OWNER, "-f", tmp_path / "install.sql")
    assert done.returncode != 0
    assert "nonsense" in done.stderr
    assert connect().execute(functions).fetchone() == before


def test_every_sql_file_is_installed() -> None:
    included = {INSTALL.parent / name for name in re.findall(r"^\\ir (\S+)$", INSTALL.read_text(), re.MULTILINE)}
    written = {path for path in INSTALL.parent.rglob("*.sql") if path.name not in ("install.sql", "bootstrap.sql")}
    assert included == written


CONTACTS = (
    "select k.kind::text, k.value, k.contact_id, k.lead_id from crm.contact_keys k order by 1, 2",
    "select c.lead_id, c.contact_id from crm.contact_leads c order by 1",
)
LEADS = [
    ("a", "9812300001", None, None),
    ("b", None, "b@y.in", None),
    ("learns", "9812300001", "a@y.in", None),
    ("chain", None, "a@y.in", "7"),
    ("conflict", "9812300001", "b@y.in", "8"),
    ("junk", "123", "no address", None),
    ("alone", None, None, None),
    ("chained", None, None, "7"),
]


def test_leads_older_than_contacts_find_theirs_as_new_ones_do(connect: Connect) -> None:
    connection = connect()
    connection.execute("select api.create_workspace('Old', 'Asia/Kolkata', 'IN')")
    insert = "insert into crm.leads (workspace_id, name, phone, email, external_id) values (1, %s, %s, %s, %s)"
    connection.cursor().executemany(insert, LEADS)
    dealt = [connection.execute(query).fetchall() for query in CONTACTS]
    assert [len(rows) for rows in dealt] == [5, 4]
    connection.execute("truncate crm.contact_keys, crm.contact_leads")
    script = (ROOT / "migrations" / "0006.contacts.sql").read_text()
    connection.execute(script[script.index("do $$") :].encode())
    [noted] = re.findall(r"update crm.contact_keys.*?;", EVIDENCE.read_text(), re.DOTALL)
    connection.execute(noted.encode())
    assert [connection.execute(query).fetchall() for query in CONTACTS] == dealt
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []


RECORDS = ROOT / "migrations" / "0022.records.sql"
# The log as it was before that, without code.
BEFORE_RECORDS = """
    drop schema report cascade; drop schema api cascade; drop schema routing cascade; drop schema core cascade;
    drop index crm.events_subject_idx;
    create index events_caller_change_idx on crm.events (caller_id, seq) where kind like 'caller.%';
    create index events_thing_idx on crm.events (seq) where kind like 'rule.%';
    create index events_source_change_idx on crm.events (seq) where kind like 'source.%';
    create index events_campaign_change_idx on crm.events (seq) where kind like 'campaign.%';
    alter table crm.events drop column subject, drop column subject_id;
    alter table crm.workspaces drop column subjects_since_seq;
"""
WORKED_FOR = {
    "Asha": [" Diwali 2026", "Holi"],
    "Bina": ["diwali-2026", "DIWALI 2026", ""],
    "Chitra": ["Holi", "Diwali 2026"],
    "Deepa": [],
}
# The schema as it was, and the callers' last events as the code of then wrote them.
BEFORE_CAMPAIGNS = """
    drop table crm.campaign_assignees, crm.campaigns cascade;
    alter table crm.rules drop column campaign_id cascade, drop column is_paused;
    drop index crm.events_campaign_change_idx;
    create unique index rules_name_key on crm.rules (lower(name), workspace_id) where archived_at is null;
    alter table crm.leads drop column campaign_id;
    alter table crm.callers add column campaigns text[] not null default '{}';
"""


def test_callers_keep_the_campaigns_they_were_named_for(database_url: str, connect: Connect) -> None:
    connection = connect()
    connection.execute(
        "select set_config('fairlead.workspace_id', api.create_workspace('Old', 'UTC', 'IN')::text, false)"
    )
    for name in WORKED_FOR:
        connection.execute("select api.create_caller(%s)", [Jsonb({"name": name, "states": ["Goa"]})])
    connection.execute("set session_replication_role = replica")
    for name, campaigns in WORKED_FOR.items():
        connection.execute(
            "update crm.events set data = data || %s where kind like 'caller.%%' and data ->> 'name' = %s",
            [Jsonb({"campaigns": campaigns}), name],
        )
    connection.execute("set session_replication_role = origin")
    connection.execute(
        """insert into crm.leads (workspace_id, name, metadata) values
             (1, 'old', '{"campaign": "DIWALI-2026"}'), (1, 'other', '{"campaign": "Onam"}'), (1, 'none', '{}')"""
    )
    connection.execute(BEFORE_RECORDS)
    connection.execute(BEFORE_CAMPAIGNS)
    for name, campaigns in WORKED_FOR.items():
        connection.execute("update crm.callers set campaigns = %s where name = %s", [campaigns, name])

    connection.execute("set role fairlead_owner")
    connection.execute((ROOT / "migrations" / "0015.campaigns.sql").read_bytes())
    connection.execute(RECORDS.read_bytes())
    connection.execute("reset role")
    migrate(database_url, rebuild=True)

    cards = connection.execute("select name, campaigns from routing.caller_cards order by name").fetchall()
    diwali, both = ["Diwali 2026"], ["Diwali 2026", "Holi"]
    assert cards == [("Asha", both), ("Bina", diwali), ("Chitra", both), ("Deepa", [])]
    leads = "select l.name, g.name from crm.leads l left join crm.campaigns g on g.id = l.campaign_id order by l.id"
    assert connection.execute(leads).fetchall() == [("old", "Diwali 2026"), ("other", None), ("none", None)]
    assert connection.execute("select * from crm.rules where campaign_id is not null").fetchall() == []
    news = "select e.kind, e.data ->> 'name' from crm.events e where e.actor = 'migration' order by e.seq"
    assert connection.execute(news).fetchall() == [
        ("campaign.created", "Diwali 2026"),
        ("campaign.created", "Holi"),
        *[("caller.updated", name) for name in ("Asha", "Bina", "Chitra")],
        *[("campaign.updated", name) for name in ("Diwali 2026", "Holi")],
    ]
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []


# What managers had written, as PostgreSQL keeps it, and what became of it: match, then terms, groups in brackets.
WRITTEN = {
    '$.city == "Pune"': "all: city is Pune",
    '$.lead_source == "Google Ads" && $.state != "Goa"': "all: source is Google Ads, state is_not Goa",
    '$.city == "Pune" || $.state == "Goa" || $.team == "x"': "any: city is Pune, state is Goa, team is x",
    '($.city == "A" || $.city == "B") && $.language == "Hindi"': (
        "all: (any: city is A, city is B), language is Hindi"
    ),
    '!($.city == "Pune")': "all: city is_not Pune",
    "exists($.email) && !exists($.metadata.x)": "all: email is_not_empty, metadata.x is_empty",
    '$.metadata."pin code" starts with "411"': "all: metadata.pin code begins_with 411",
    '$.message like_regex "a.b" flag "q" && $.source like_regex "^google" flag "i"': (
        "all: message contains a.b, source begins_with google"
    ),
    "$.metadata.budget > 1000": "all: metadata.budget more_than 1000",
    "$.metadata.budget >= 1000.5": "any: metadata.budget more_than 1000.5, metadata.budget is 1000.5",
    "!($.metadata.budget >= 1000)": "any: metadata.budget less_than 1000, metadata.budget is_empty",
    '$.metadata.a != "x\\"y"': 'all: metadata.a is_not x"y, metadata.a is_not_empty',
    '$.metadata.day < "2026-02-01" && $.phone == null': "all: metadata.day less_than 2026-02-01, phone is_empty",
    "$.metadata.hot == true": "all: metadata.hot is true",
    '$.langauge == "Hindi"': None,
    '$.metadata.a.b == "x"': None,
    "exists($.metadata.a[*] ? (@ < 0))": None,
    '$.city like_regex "^P.*e$"': None,
    "$.metadata.a == $.metadata.b": None,
    '!($.city == "Pune" && $.state == "Goa")': None,
    '($.city == "A" && ($.city == "B" || ($.city == "C" && $.city == "D"))) || $.city == "E"': None,
    '$.state > "G"': None,
    " || ".join(f'$.city == "{number}"' for number in range(21)): None,
}
BEFORE_CONDITIONS = """
    alter table crm.rules drop column condition, drop column compiled, drop column old_condition, drop column teams,
      drop column callers;
    alter table crm.rules add column condition jsonpath;
"""


def in_short(part: dict[str, Any] | None) -> str | None:
    """A condition as the table above has it."""
    if part is None:
        return None
    if "terms" in part:
        terms = (f"({in_short(term)})" if "terms" in term else in_short(term) for term in part["terms"])
        return f"{part['match']}: {', '.join(str(term) for term in terms)}"
    return " ".join(
        [
            part["field"],
            part["operator"],
            *(str(value).lower() if value is True else str(value) for value in part["values"]),
        ]
    )


def test_conditions_that_people_wrote_become_data_or_switch_their_rule_off(database_url: str, connect: Connect) -> None:
    connection = connect()
    connection.execute(
        "select set_config('fairlead.workspace_id', api.create_workspace('Old', 'UTC', 'IN')::text, false)"
    )
    connection.execute('select api.create_caller(\'{"name": "Asha"}\'), api.create_caller(\'{"name": "Bina"}\')')
    pune = {"match": "all", "terms": [{"field": "city", "operator": "is", "values": ["Pune"]}]}
    for name, strategy in (("dealt by", "random"), ("archived", "round_robin")):
        rule = {"name": name, "condition": pune, "strategy": strategy}
        connection.execute("select api.create_rule(%s)", [Jsonb(rule)])
    connection.execute("select api.archive_rule(id) from crm.rules where name = 'archived'")
    insert = "insert into crm.leads (workspace_id, name, city) values (1, 'Lead ' || %(city)s, %(city)s)"
    for city in ("Pune", "Agra", "Goa"):
        connection.execute(insert, {"city": city})

    connection.execute("set session_replication_role = replica")
    connection.execute(
        """update crm.events set data = data - '{teams,callers,old_condition}'::text[]
             || case when data -> 'condition' <> 'null' then jsonb_build_object('condition', %s::text) else '{}' end
           where kind like 'rule.%%'""",
        ['($."city" == "Pune")'],
    )
    connection.execute(BEFORE_RECORDS)
    connection.execute(BEFORE_CONDITIONS)
    connection.execute("""update crm.rules set condition = '$.city == "Pune"' where name in ('dealt by', 'archived')""")
    for step, written in enumerate(WRITTEN, 10):
        connection.execute(
            """with made as (
                 insert into crm.rules (workspace_id, step, name, condition) values (1, %s, %s, %s) returning *),
               seen as (update crm.workspaces set event_seq = event_seq + 1 returning event_seq)
               insert into crm.events (workspace_id, seq, at, kind, actor, data)
               select 1, event_seq, now(), 'rule.created', 'x', jsonb_build_object(
                 'id', id, 'version', 1, 'step', step, 'name', name, 'condition', condition::text, 'strategy', strategy,
                 'attributes', attributes, 'on_exhausted', on_exhausted, 'is_on', is_on, 'claim_minutes', null,
                 'most_expiries', 3, 'archived', false, 'campaign_id', null, 'is_paused', false)
               from made, seen""",
            [step, f"rule {step}", written],
        )
    connection.execute("set session_replication_role = origin")
    before = connection.execute("select event_seq from crm.workspaces").fetchone()

    connection.execute("set role fairlead_owner")
    connection.execute((ROOT / "migrations" / "0018.conditions.sql").read_bytes())
    connection.execute(RECORDS.read_bytes())
    connection.execute("reset role")
    migrate(database_url, rebuild=True)

    rules = connection.execute(
        "select condition, old_condition, is_on, compiled from crm.rules where step >= 10 order by step"
    ).fetchall()
    for (written, short), (condition, old, is_on, compiled) in zip(WRITTEN.items(), rules, strict=True):
        assert (in_short(condition), is_on, compiled is not None) == (short, short is not None, short is not None), (
            written
        )
        assert (old is None) == is_on, written
    news = """select e.kind, e.data ->> 'name', (e.data ->> 'is_on')::boolean, e.data ->> 'old_condition'
              from crm.events e where e.actor = 'migration' and e.seq > %s order by e.seq"""
    told = connection.execute(news, before).fetchall()
    assert {kind for kind, *_ in told} == {"rule.updated"}
    assert [name for _, name, is_on, _ in told if not is_on] == [
        f"rule {step}" for step, short in enumerate(WRITTEN.values(), 10) if short is None
    ]
    assert len(told) == len(WRITTEN) + 2
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []
    # From now on by the new form, and the old leads still by the old one.
    connection.execute(insert, {"city": "PUNE "})
    rules_of = """select d.rule from crm.leads l join crm.lead_assignments a on a.lead_id = l.id
                  join crm.deals d on d.id = a.deal_id order by l.id"""
    assert connection.execute(rules_of).fetchall() == [
        ("dealt by",),
        ("global",),
        ("global",),
        ("dealt by",),
    ]
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []


# The schema as it was, counters that count every assignment, and a log that knows nothing of disabled callers.
BEFORE_CAPS = """
    drop table crm.hand_overs;
    alter table crm.lead_assignments drop column uncounted_seq;
    alter table crm.deals drop column business_date;
    alter table crm.callers drop column is_disabled;
    alter table crm.workspaces drop column business_day, drop column business_day_from, drop column business_day_until,
      drop column caps_since_seq, drop column leads_of_gone, drop column leads_of_away;
    update crm.caller_daily_counters d set count = a.counted
    from (select caller_id, business_date, count(*) as counted from crm.lead_assignments group by 1, 2) a
    where a.caller_id = d.caller_id and a.business_date = d.date;
    alter table crm.caller_daily_counters drop constraint caller_daily_counters_some, add constraint
      caller_daily_counters_some check (count >= 0 and duplicates >= 0 and count + duplicates > 0);
    update crm.callers set daily_limit = 3 where name = 'Asha';
    update crm.events set data = data || '{"daily_limit": 3}' where kind like 'caller.%' and data ->> 'name' = 'Asha';
    update crm.events set data = data - 'disabled' where kind like 'caller.%';
"""


def test_what_was_dealt_before_a_lead_counted_once_counts_and_replays_as_it_did(
    database_url: str, connect: Connect
) -> None:
    connection = connect()

    def ask(query: str, *parameters: Any) -> Any:
        return connection.execute(query.encode(), parameters).fetchall()

    def counts() -> list[tuple[str, int]]:
        query = "select c.name, d.count from crm.caller_daily_counters d join crm.callers c on c.id = d.caller_id"
        return ask(f"{query} order by 1")  # type: ignore[no-any-return]

    def lead(name: str) -> Any:
        return ask("select id from crm.leads where name = %s", name)[0][0]

    ask("select set_config('fairlead.now', '2026-01-05 12:00+05:30', false)")
    ask("select set_config('fairlead.workspace_id', api.create_workspace('Old', 'Asia/Kolkata', 'IN')::text, false)")
    # With a limit of 2, leads that count once go as they went with one of 3 when each assignment counted.
    for name, limit in (("Asha", 2), ("Bina", 0), ("Chitra", 1)):
        status = "paused" if name == "Chitra" else "active"
        ask("select api.create_caller(%s)", Jsonb({"name": name, "daily_limit": limit, "status": status}))
    insert = "insert into crm.leads (workspace_id, name) values (1, %s) returning id"
    ask(insert, "a"), ask(insert, "b")
    ask("select api.close_lead(%s)", lead("a")), ask("select api.reopen_lead(%s)", lead("a"))
    ask(insert, "c"), ask(insert, "d"), ask(insert, "e")
    asha, bina, chitra = (row for (row,) in ask("select id from crm.callers order by id"))
    ask("select api.reassign_lead(%s, %s)", lead("d"), asha)
    connection.execute("set session_replication_role = replica")
    connection.execute(
        """insert into crm.users (workspace_id, email, name, role, password_hash, caller_id, disabled_at)
           values (1, 'chitra@example.com', 'Chitra', 'caller', '', %s, now())""",
        [chitra],
    )
    connection.execute(BEFORE_RECORDS)
    connection.execute(BEFORE_CAPS)
    connection.execute("set session_replication_role = origin")
    assert counts() == [("Asha", 4), ("Bina", 3)]

    connection.execute("set role fairlead_owner")
    connection.execute((ROOT / "migrations" / "0019.caps.sql").read_bytes())
    connection.execute(RECORDS.read_bytes())
    connection.execute("reset role")
    migrate(database_url, rebuild=True)

    assert ask("select violation, detail from routing.verify()") == []
    assert counts() == [("Asha", 4), ("Bina", 3)]
    assert ask("select detail from routing.explain(%s) where caller = 'Asha'", lead("e")) == [("at cap 3 of 3",)]
    assert ask("select standing from routing.caller_cards where id = %s", chitra) == [("disabled",)]
    news = "select kind, caller_id, data -> 'disabled' from crm.events where actor = 'migration'"
    assert ask(news) == [("caller.updated", chitra, True)]

    ask("select api.close_lead(%s)", lead("a")), ask("select api.reopen_lead(%s)", lead("a"))
    assert counts() == [("Asha", 4), ("Bina", 3)], "from now on it counts once"
    ask("select api.reassign_lead(%s, %s)", lead("a"), bina)
    assert counts() == [("Asha", 2), ("Bina", 4)], "and no more for who had it"
    assert ask("select violation, detail from routing.verify()") == []


DEPENDENTS = {
    "default value for column key of table mine": "alter table mine add key text default core.place_key('x')",
    "constraint mine_check on table mine": (
        "alter table mine add constraint mine_check check (core.place_key(name) <> '')"
    ),
    "index mine_idx": "create index mine_idx on mine (core.place_key(name))",
    "column stored of table mine": (
        "alter table mine add stored text generated always as (core.place_key(name)) stored"
    ),
    "rule _RETURN on view my_view": "create view my_view as select id from core.lead_cards",
    "function my_function": "create function my_function() returns text language sql return core.place_key('x')",
    "policy mine_policy on table mine": "create policy mine_policy on mine using (core.place_key(name) = name)",
    "column violation of table mine": "alter table mine add violation routing.violation",
    "constraint my_check": "create domain d as text constraint my_check check (core.place_key(value) = value)",
}


@pytest.fixture
def owner(connect: Connect) -> psycopg.Connection[Any]:
    """A connection of the database's owner, with a table outside the schemas of code."""
    connect().execute("grant create, usage on schema public to fairlead_owner")
    connection = connect(role="fairlead_owner")
    connection.execute("create table mine (name text)")
    return connection


def test_code_that_others_hang_on_is_not_rebuilt(owner: psycopg.Connection[Any]) -> None:
    refuse = (ROOT / "sql" / "refuse_dependents.sql").read_text().encode()
    owner.execute(refuse)
    for named, statement in DEPENDENTS.items():
        with owner.transaction(force_rollback=True):
            owner.execute(statement.encode())
            with pytest.raises(psycopg.errors.RaiseException, match=re.escape(named)):
                owner.execute(refuse)


def test_a_refused_rebuild_drops_nothing(owner: psycopg.Connection[Any], server: Server, database_url: str) -> None:
    owner.execute("create index mine_idx on mine (core.place_key(name))")
    before = schema(server, database_url)
    with pytest.raises(MigrationError, match=r"mine_idx(.|\n)*Drop or change these first"):
        migrate(database_url, rebuild=True)
    assert schema(server, database_url) == before


def test_triggers_do_not_stand_in_the_way_of_a_rebuild(owner: psycopg.Connection[Any], database_url: str) -> None:
    owner.execute("create trigger stamp before insert on mine for each row execute function routing.prepare_caller()")
    assert migrate(database_url, rebuild=True) is True
    triggers = "select array_agg(tgname::text order by tgname) from pg_trigger where tgrelid = 'crm.leads'::regclass"
    assert owner.execute(f"{triggers} and not tgisinternal").fetchone() == (
        ["deal_new_leads", "keep_lead_ids", "keep_leads", "prepare_lead", "record_lead_update", "refuse_unfit_lead"],
    )


EVIDENCE = ROOT / "migrations" / "0024.strongest_evidence.sql"
# The schema as it was, without code.
BEFORE_EVIDENCE = """
    drop schema report cascade; drop schema api cascade; drop schema routing cascade; drop schema core cascade;
    alter table crm.leads drop column is_test;
    alter table crm.sources drop column test_when, drop column test_compiled;
    alter table crm.contact_keys drop column phone;
    alter table crm.workspaces drop column placeholders, drop column placeholder_pattern,
      drop column placeholder_signs, drop column emails_since_seq, drop column holds_unreachable;
    drop index crm.leads_phone_timestamp_key;
    create unique index leads_phone_timestamp_key on crm.leads (phone, timestamp_from_sheet, workspace_id);
"""
# Name, phone, e-mail, external id, row id, and the first lead of the contact by the old rules and by the new ones.
SHARED = [
    ("asha", "9801000101", "fam@mail.example", None, None, "asha", "asha"),
    ("ravi", "9801000102", "fam@mail.example", None, None, "asha", "ravi"),
    ("asha again", "9801000101", "fam@mail.example", None, None, "asha", "asha"),
    ("by id", "9801000103", "fam@mail.example", "7", None, "asha", "by id"),
    ("id again", "9801000104", None, "7", None, "asha", "by id"),
    ("no phone", None, "fam@mail.example", None, None, "asha", "asha"),
    ("nobody", "9999999999", "na@na.com", None, None, "nobody", "nobody"),
    ("nobody else", "9999999999", "other@mail.example", None, None, "nobody", "nobody else"),
    ("nor he", None, "na@na.com", None, None, "nobody", "nor he"),
    ("row", "9801000109", None, None, "1", "row", "row"),
]
CONTACT_NAMES = """select l.name, f.name from crm.leads l join crm.leads f on f.id = routing.contact_of(1, l.id)
    where l.name like %s || '%%' order by l.id"""


def test_what_shared_addresses_and_placeholders_linked_stays_and_is_told(database_url: str, connect: Connect) -> None:
    connection = connect()
    connection.execute("select api.create_workspace('Old', 'Asia/Kolkata', 'IN')")
    connection.execute("update crm.workspaces set placeholders = '{}'")
    insert = """insert into crm.leads
                  (workspace_id, timestamp_from_sheet, name, phone, email, external_id, source_row_id)
                values (1, '2026-01-05T10:00:01Z'::timestamptz + %s * interval '1 minute', %s, %s, %s, %s, %s)"""
    for nr, (name, phone, email, external_id, row_id, *_) in enumerate(SHARED):
        connection.execute("update crm.contact_keys set phone = null")
        connection.execute(insert, [nr, name, phone, email, external_id, row_id and f"old {row_id}"])
    connection.execute("insert into crm.leads (workspace_id, name, idempotency_key) values (1, 'keyed', 'k')")
    connection.execute("update crm.leads set idempotency_key = 'k' where name = 'keyed'")
    connection.execute("update crm.leads set idempotency_key = null where phone is not null")
    old = connection.execute(CONTACT_NAMES, [""]).fetchall()
    assert old == [(name, first) for name, *_, first, _ in SHARED] + [("keyed", "keyed")]

    connection.execute(BEFORE_EVIDENCE)
    told: list[str] = []
    connection.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
    connection.execute("set role fairlead_owner")
    connection.execute(EVIDENCE.read_bytes())
    connection.execute("reset role")
    assert [line for line in told if line.startswith("Old: ")] == [
        "Old: 2 leads were linked to 1 contacts by an e-mail address that people with other phones gave, and stay so",
        "Old: contacts were known by 2 placeholders, which linked up to 2 leads, and stay so",
    ]
    migrate(database_url, rebuild=True)

    assert connection.execute(CONTACT_NAMES, [""]).fetchall() == old
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []
    # What comes again is known again; what is new goes by the new rules, beside what was linked before.
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("insert into crm.leads (workspace_id, name, idempotency_key) values (1, 'keyed', 'k')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(insert, [0, *SHARED[0][:5]])
    for nr, (name, phone, email, external_id, row_id, *_) in enumerate(SHARED):
        shift = str.maketrans("1", "5")
        new = [text and text.translate(shift).replace("@mail", "@new") for text in (phone, email)]
        connection.execute(insert, [nr, f"new {name}", *new, external_id and "8", row_id and f"new {row_id}"])
    assert connection.execute(CONTACT_NAMES, ["new "]).fetchall() == [
        (f"new {name}", f"new {first}") for name, *_, first in SHARED
    ]
    connection.execute(insert, [0, "mum", "9801000108", "fam@mail.example", None, None])
    assert connection.execute(CONTACT_NAMES, ["mum"]).fetchall() == [("mum", "mum")]
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []


PEOPLE = ROOT / "migrations" / "0029.people.sql"
# The schema as it was, without code.
BEFORE_PEOPLE = """
    drop schema report cascade; drop schema api cascade; drop schema routing cascade; drop schema core cascade;
    update crm.contact_keys set phone = null where kind = 'phone';
    alter table crm.workspaces drop column phones_since_seq;
"""
# Name, phone as older code stored it, e-mail, minute; then phone, further phones, what is kept of it, and the first
# lead of the contact that it counts for, as they are when it was read again.
STORED = [
    ("typed", "+919801000201", None, 1, "+919801000201", None, None, "typed"),
    ("prefixed", "p:+919801000201", None, 2, "+919801000201", None, None, "typed"),
    ("marked", "\u202a98010\u200b 00202\u202c", "e@mail.example", 3, "+919801000202", None, None, "marked"),
    (
        "two",
        "\u096f\u096e\u0966\u0967\u0966 00202 / 98010-00203",
        None,
        4,
        "+919801000202",
        ["+919801000203"],
        None,
        "marked",
    ),
    ("by mail", "Mob: 9801000201", "e@mail.example", 5, "+919801000201", None, None, "marked"),
    ("trunk", "+9109801000204", None, 6, "+919801000204", None, None, "trunk"),
    ("none", "call me", None, 7, None, None, "call me", "none"),
    ("nobody", "p:9999999999", None, 8, None, None, "p:9999999999", "nobody"),
    ("half", "98010 00205 or 123", None, 9, "+919801000205", None, "98010 00205 or 123", "half"),
    ("abroad", "+12025550123", None, 10, "+12025550123", None, None, "abroad"),
    ("odd abroad", "+12025", None, 11, None, None, "+12025", "odd abroad"),
    ("too short", "+91980100", None, 12, "+91980100", None, None, "too short"),
    ("again", "tel:9801000202", None, 3, "+919801000202", None, None, "marked"),
    ("id", "wa.me/919801000206", None, 13, "+919801000206", None, None, "id"),
]
READ = """select l.name, l.phone, l.other_phones, l.metadata ->> 'phone_given', f.name
    from crm.leads l join crm.leads f on f.id = routing.root_of(1, routing.contact_of(1, l.id))
    where l.name = any (%s) order by l.id"""


def test_phones_stored_as_text_are_read_again_and_history_stays(database_url: str, connect: Connect) -> None:
    connection = connect()
    connection.execute("select api.create_workspace('Old', 'Asia/Kolkata', 'IN')")
    connection.execute("alter table crm.leads disable trigger prepare_lead")
    insert = """insert into crm.leads (workspace_id, name, phone, email, timestamp_from_sheet, created_at)
                values (1, %s, %s, %s, '2026-01-05T10:00:01Z'::timestamptz + %s * interval '1 minute', now())"""
    for name, phone, email, minute, *_ in STORED:
        connection.execute(insert, [name, phone, email, minute])
    connection.execute("alter table crm.leads enable trigger prepare_lead")
    linked = connection.execute(CONTACT_NAMES, [""]).fetchall()
    assert [pair for pair in linked if pair[0] != pair[1]] == [("by mail", "marked")]
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []

    connection.execute(BEFORE_PEOPLE)
    connection.execute("set role fairlead_owner")
    connection.execute(PEOPLE.read_bytes())
    connection.execute("reset role")
    told: list[str] = []
    migrate(database_url, rebuild=True, say=told.append)
    assert told == [
        "Old: the phones of 8 leads, stored as text, are numbers now; those of 3 are none, and are in the metadata as "
        "phone_given",
        "Old: 3 contacts turned out to be another by their phone and count as one with it, which managers can undo; "
        "1 leads stay apart from a contact with their phone",
    ]
    names = [name for name, *_ in STORED]
    read = connection.execute(READ, [names]).fetchall()
    assert read == [(name, *expected) for name, _, _, _, *expected in STORED]
    assert connection.execute(CONTACT_NAMES, [""]).fetchall() == linked, "whose lead each was found to be stays"
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []

    # A retry is known, new leads are known by what was read, and what was decided by the old text replays.
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(insert, ["prefixed", "+91 98010 00201", None, 2])
    new = [
        ("new typed", "98010 00201"),
        ("new trunk", "98010 00204"),
        ("new second", "98010 00203"),
        ("new id", "98010 00206"),
    ]
    for name, phone in new:
        connection.execute(insert, [name, phone, None, 99])
    connection.execute(insert, ["new mail", "98010 00207", "e@mail.example", 99])
    of = dict(row[::4] for row in connection.execute(READ, [[*(name for name, _ in new), "new mail"]]))
    assert of == {
        "new typed": "typed",
        "new trunk": "trunk",
        "new second": "marked",
        "new id": "id",
        "new mail": "new mail",
    }
    connection.execute("select set_config('fairlead.workspace_id', '1', false)")
    connection.execute("select api.unmerge_contact(id) from crm.leads where name = 'prefixed'")
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []
    told.clear()
    migrate(database_url, rebuild=True, say=told.append)
    assert told == [], "once is enough"


DISK = ROOT / "migrations" / "0036.disk.sql"
# The schema as it was, without code.
BEFORE_DISK = """
    drop schema report cascade; drop schema api cascade; drop schema routing cascade; drop schema core cascade;
    alter table crm.lead_assignments drop constraint lead_assignments_pkey,
      add column id uuid not null default crm.new_id(), add primary key (workspace_id, id);
    drop index crm.leads_phone_idx, crm.contact_keys_key;
    drop function crm.key_hash;
    alter table crm.contact_keys add primary key (workspace_id, kind, value);
"""
ASSIGNMENTS = "select to_jsonb(a) - 'id' from crm.lead_assignments a order by a.workspace_id, a.seq"


def test_assignments_and_what_is_unique_outlive_their_smaller_tables(
    server: Server, database_url: str, connect: Connect
) -> None:
    connection = connect()
    made = schema(server, database_url)
    connection.execute("select api.create_workspace('Old', 'Asia/Kolkata', 'IN')")
    for name in ("Asha", "Bina"):
        connection.execute("insert into crm.callers (workspace_id, name) values (1, %s)", [name])
    insert = """insert into crm.leads (workspace_id, name, phone, email, source_row_id, timestamp_from_sheet)
                values (1, %s, %s, %s, %s, '2026-01-05T10:00:01Z')"""
    leads = [("a", "9812300001", "a@y.in", "1"), ("b", "9812300002", None, None), ("c", None, "c@y.in", None)]
    connection.cursor().executemany(insert, leads)
    connection.execute("set fairlead.workspace_id = 1")
    connection.execute("select api.close_lead(id) from crm.leads where name = 'b'")
    dealt = connection.execute(ASSIGNMENTS).fetchall()
    assert len(dealt) == 3

    connection.execute(BEFORE_DISK)
    connection.execute("set role fairlead_owner")
    connection.execute(DISK.read_bytes())
    connection.execute("reset role")
    migrate(database_url, rebuild=True)

    assert connection.execute(ASSIGNMENTS).fetchall() == dealt
    assert schema(server, database_url) == made
    for lead in leads:
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(insert, lead)
    connection.execute(insert, ("a again", "9812300001", None, "2"))
    of_a = "select count(*) from crm.contact_leads k join crm.leads l on l.id = k.contact_id where l.name = 'a'"
    assert connection.execute(of_a).fetchone() == (1,)
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []
