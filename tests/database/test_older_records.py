"""Callers, rules, counters and assignments of older versions: what was is kept, and replays as it did."""

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from gateway import ROOT
from gateway.database.embedded import Server
from gateway.database.migrate import migrate
from tests.conftest import Connect
from tests.database.dumping import schema

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


DISK = ROOT / "migrations" / "0032.disk.sql"
SHARED = ROOT / "migrations" / "0034.shared_numbers.sql"
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
    # What later ones made of the same tables.
    index = SHARED.read_text().partition("drop index")[2].partition("-- Tests that have neither")[0]
    connection.execute(f"drop index {index}".encode())
    connection.execute((ROOT / "migrations" / "0038.day.sql").read_bytes())
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
