"""A workspace as it is after half a year: very many leads, dealt, worked on, delivered and imported.

A quarter of the leads goes through the dealing, 10,000 an insert, each at its own time of the first weeks; and three
times their copies, moved to the weeks that follow. Closing them one by one would take longer than all the rest, so
what `api.close_lead()` writes is written for many at once. Lists find there what they would find; `routing.verify()`
does not hold.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from rich.progress import Progress

from gateway.database.embedded import Server
from gateway.database.migrate import migrate
from tests.support import Workspace

AT_ONCE = 10_000
CALLERS = 24
# One caller keeps this many open; all others have only leads open that are among the newest so many.
MOST_OPEN = 30_000
MOST_YOUNG = 100_000
COPIES = 4
DAYS = 180
STATES = ("Maharashtra", "Karnataka", "Goa", "Kerala", "Gujarat", "Punjab", "Tamil Nadu", "Rajasthan")
SOURCES = ("Google Ads", "Facebook", "Website", "Referral", "WhatsApp", "Walk-in", "JustDial", "IndiaMART", "Expo Pune")
CAMPAIGNS = ("Spring", "Summer", "Diwali", "New Year", "Expo", "Referral Drive", "Retargeting", "Webinar")

WORDS = """
create table public.words as
select 'first' as kind, array[
  'Asha','Ravi','Meera','Nikhil','Sunita','Imran','Divya','Arjun','Kavya','Rohan','Leela','Amit','Pooja','Sanjay','Neha',
  'Vijay','Anita','Rahul','Priya','Suresh','Deepa','Manoj','Lakshmi','Ajay','Shreya','Kiran','Fatima','Joseph','Ananya',
  'Vikram','Gita','Harish','Farah','Ganesh','Radha','Mohan','Sneha','Tariq','Uma','Yusuf','Bhavna','Chetan','Esha',
  'Omkar','Rekha','Salim','Tanvi','Varun','Zoya','Nandini','आशा','रवि','Jean-Luc','Renée'] as words
union all
select 'last', array[
  'Kumar','Singh','Patil','Sharma','Bose','Joshi','Iyer','Nair','Kulkarni','Reddy','Das','Mehta','Fernandes','Rao','Gill',
  'Gupta','Verma','Shah','Khan','Desai','Menon','Pillai','Chopra','Kapoor','Bhat','Shetty','Naidu','Yadav','Mishra',
  'Pandey','Tiwari','Jain','Agarwal','Banerjee','Ghosh','Mukherjee','Sen','Roy','Thomas','D''Souza','Pereira','Ansari',
  'Qureshi','Sheikh','Chaudhary','Thakur','Rathore','Gaikwad','Jadhav','More','Pawar','Shinde','कुमार','शर्मा']
union all
select 'city', array[
  'Pune','Mumbai','Nagpur','Nashik','Bengaluru','Mysuru','Hubballi','Panaji','Margao','Kochi','Thiruvananthapuram',
  'Surat','Ahmedabad','Vadodara','Ludhiana','Amritsar','Chennai','Coimbatore','Madurai','Jaipur','Udaipur','Jodhpur']
"""

# Frequent names are more frequent than others, as everywhere; every 20,000th has a name of its own.
LEADS = """
insert into crm.leads (workspace_id, source_id, name, phone, email, timestamp_from_sheet, lead_source, city, state,
  message, source_row_id, metadata, is_test)
select %(workspace)s, %(source)s,
  case when n %% 20000 = 77 then 'Zebediah Wolkowicz ' || n
    when n %% 5 = 0 then w.first || ' ' || w.middle || ' ' || w.last
    when n %% 97 = 0 then upper(w.first || ' ' || w.last)
    else w.first || ' ' || w.last end,
  '+91' || (6000000000 + (n * 2654435761) %% 3999999999),
  case when n %% 5 < 4 then translate(lower(w.first || '.' || w.last), ' ''', '') || (n * 48271) %% 100000
    || (array['@gmail.com', '@yahoo.co.in', '@outlook.com', '@example.in'])[1 + n %% 4] end,
  %(at)s::timestamptz + n * interval '1 microsecond',
  (%(sources)s::text[])[1 + floor(power(h.d, 2) * 9)::int],
  case when n %% 13 > 0 then w.city end, case when n %% 3 = 0 then (%(states)s::text[])[1 + n %% 8] end,
  case when n %% 4 = 0 then 'Please call me in the evening' end, 'row-' || n,
  jsonb_build_object('utm_source', 'cpc', 'form', 'contact-' || n %% 40, 'company', w.last || ' Traders')
    || case when n %% 5 > 1
      then jsonb_build_object('campaign', (%(campaigns)s::text[])[1 + floor(h.c * 8)::int]) else '{}' end,
  n %% 1009 = 0
from generate_series(%(first)s::bigint, %(last)s::bigint) n
cross join lateral (select ((n * 7919 + n / 17) %% 10007) / 10007.0 as a,
  ((n * 104729 + n / 5) %% 10009) / 10009.0 as b, ((n * 1299709 + n / 3) %% 10037) / 10037.0 as c,
  ((n * 15485863 + n / 7) %% 10039) / 10039.0 as d) h
cross join lateral (
  select f.words[1 + floor(power(h.a, 1.5) * cardinality(f.words))::int] as first,
    f.words[1 + floor(h.d * cardinality(f.words))::int] as middle,
    l.words[1 + floor(power(h.b, 1.5) * cardinality(l.words))::int] as last,
    c.words[1 + floor(h.c * cardinality(c.words))::int] as city
  from public.words f, public.words l, public.words c where f.kind = 'first' and l.kind = 'last' and c.kind = 'city') w
"""

# As api.close_lead(), of the oldest open leads of each caller.
CLOSE = """
with closing as (
  select a.workspace_id, a.seq, a.lead_id, a.caller_id, row_number() over (order by a.lead_id) - 1 as nr,
    count(*) over () as number
  from crm.lead_assignments a
  where a.ended_at is null and a.workspace_id = %(workspace)s
    and a.lead_id < case when a.caller_id = %(caller)s
      then (select o.lead_id from crm.lead_assignments o where o.caller_id = %(caller)s and o.ended_at is null
        order by o.lead_id desc offset %(most_open)s limit 1)
      else (select l.id from crm.leads l where l.workspace_id = %(workspace)s
        order by l.id desc offset %(open)s limit 1) end
),
numbered as (
  update crm.workspaces w set event_seq = event_seq + (select count(*) from closing) where w.id = %(workspace)s
  returning event_seq - (select count(*) from closing) + 1 as first
),
ended as (
  update crm.lead_assignments a
  set status = 'closed', ended_at = core.current_time(), ended_seq = n.first + c.nr, claimed_at = core.current_time()
  from closing c, numbered n where a.workspace_id = c.workspace_id and a.seq = c.seq
),
closed as (
  update crm.leads l set closed_at = core.current_time() from closing c
  where l.workspace_id = c.workspace_id and l.id = c.lead_id
)
insert into crm.events (workspace_id, seq, at, kind, actor, lead_id, caller_id, data)
select c.workspace_id, n.first + c.nr, core.current_time(), 'lead.closed', %(actor)s, c.lead_id, c.caller_id, '{}'
from closing c, numbered n
"""

# How far a copy is moved: by so many milliseconds of ids, so much time and so many events.
SPAN = """select %(copy)s * (max(c.ms) - min(c.ms) + 1000) as ms,
    %(copy)s * (max(l.created_at) - min(l.created_at)) as span,
    %(copy)s * (select w.event_seq from crm.workspaces w where w.id = %(workspace)s) as events,
    (select w.event_seq from crm.workspaces w where w.id = %(workspace)s) as last, min(l.created_at) as first
  from crm.leads l cross join lateral (select ('x' || left(replace(l.id::text, '-', ''), 12))::bit(48)::bigint as ms) c
  where l.workspace_id = %(workspace)s and l.source_row_id not like '%%-copy'"""


def _moved(column: str) -> str:
    return (
        f"(lpad(to_hex(('x' || left(replace({column}::text, '-', ''), 12))::bit(48)::bigint + s.ms), 12, '0')"
        f" || substr(replace({column}::text, '-', ''), 13))::uuid"
    )


_PHONE = (
    "case when {0} is not null then '+91' ||"
    " (6000000000 + (substr({0}, 4)::bigint - 6000000000 + %(copy)s * 999999937::bigint) %% 3999999999) end"
)
_EMAIL = "replace({0}, '@', '.' || %(copy)s || '@')"
_IS_OPEN = "(t.ended_at is null and (%(is_last)s or t.caller_id = %(caller)s))"
BASE = {
    "crm.leads": "t.source_row_id not like '%%-copy'",
    "crm.lead_assignments": "t.seq <= s.last",
    "crm.events": "t.seq <= s.last",
}
COPIED = {
    "crm.leads": {
        "id": _moved("t.id"),
        "source_row_id": "t.source_row_id || '-' || %(copy)s || '-copy'",
        "phone": _PHONE.format("t.phone"),
        "email": _EMAIL.format("t.email"),
        "timestamp_from_sheet": "t.timestamp_from_sheet + s.span",
        "created_at": "t.created_at + s.span",
        "closed_at": "case when t.closed_at is not null then t.closed_at + s.span when not exists (select from"
        " crm.lead_assignments a where a.workspace_id = t.workspace_id and a.lead_id = t.id and a.ended_at is null and"
        " (%(is_last)s or a.caller_id = %(caller)s)) then t.created_at + s.span + interval '1 day' end",
    },
    "crm.lead_assignments": {
        "id": _moved("t.id"),
        "lead_id": _moved("t.lead_id"),
        "seq": "t.seq + s.events",
        "assigned_at": "t.assigned_at + s.span",
        "business_date": "(t.assigned_at + s.span)::date",
        "status": f"case when {_IS_OPEN} then t.status else 'closed' end",
        "ended_at": f"case when not {_IS_OPEN}"
        " then coalesce(t.ended_at, t.assigned_at + interval '1 day') + s.span end",
        "ended_seq": f"case when not {_IS_OPEN} then coalesce(t.ended_seq, t.seq) + s.events end",
    },
    "crm.events": {
        "seq": "t.seq + s.events",
        "at": "t.at + s.span",
        "lead_id": f"case when t.lead_id is not null then {_moved('t.lead_id')} end",
    },
}
CLOSE_FIRST = """
with closing as (
  select a.workspace_id, a.lead_id, a.seq from crm.lead_assignments a
  where a.workspace_id = %(workspace)s and a.ended_at is null
    and a.seq <= (select w.event_seq from crm.workspaces w where w.id = a.workspace_id)
),
ended as (
  update crm.lead_assignments a set status = 'closed', ended_at = a.assigned_at + interval '1 day', ended_seq = a.seq
  from closing c where a.workspace_id = c.workspace_id and a.seq = c.seq
)
update crm.leads l set closed_at = l.created_at + interval '1 day'
from closing c where l.workspace_id = c.workspace_id and l.id = c.lead_id
"""
LAST_EVENT = """update crm.workspaces w
set event_seq = (select max(e.seq) from crm.events e where e.workspace_id = w.id) where w.id = %(workspace)s"""

DELIVERIES = """
insert into crm.deliveries (workspace_id, destination_id, seq, lane, created_at, next_try_at, status, tries,
  finished_at, answer)
select e.workspace_id, d.id, e.seq, coalesce(e.lead_id, crm.new_id()), e.at, e.at,
  case when e.seq %% 500 = 0 then 'failed' when e.seq > w.event_seq - 2000 and d.id = %(last)s then 'waiting'
    else 'delivered' end, 1,
  case when e.seq %% 500 = 0 or e.seq <= w.event_seq - 2000 or d.id <> %(last)s then e.at end, '200'
from crm.events e join crm.workspaces w on w.id = e.workspace_id
join crm.destinations d on d.workspace_id = e.workspace_id
where e.workspace_id = %(workspace)s and e.seq > w.event_seq - 200000
"""

IMPORT = """
with made as (
  insert into crm.imports (workspace_id, file_name, kind, size, status, rows, checked_rows, ready, headings, created_at,
    created_by)
  values (%(workspace)s, 'leads.csv', 'csv', 12000000, 'checked', %(rows)s, %(rows)s, %(rows)s, '["Name", "Phone"]',
    now(), %(actor)s)
  returning id
)
insert into crm.import_rows (workspace_id, import_id, row_number, outcome, reason, notes, lead, cells)
select %(workspace)s, m.id, n,
  case when n %% 5000 = 0 then 'refused' when n %% 40 = 0 then 'duplicate' else 'ready' end,
  case when n %% 5000 = 0 then 'phone: too long' end, case when n %% 9000 = 0 then array['phone_given'] end,
  jsonb_build_object('name', 'Asha Kumar', 'phone', '+9198' || (10000000 + n)), '{}'
from made m, generate_series(1, %(rows)s) n
"""


def fill(progress: Progress, server: Server, database: str, leads: int) -> Workspace:
    """The workspace in a database of its own, made if it is not there yet; and a small one beside it."""
    url = server.ensure_database(database)
    migrate(url)
    connection = psycopg.connect(url, autocommit=True)
    known = connection.execute("select id from crm.workspaces where name = 'Large'").fetchone()
    if known:
        return Workspace(connection, known[0], 0, "")
    connection.execute(WORDS.encode())
    large = Workspace.create(connection, name="Large")
    task = progress.add_task(f"storing {leads:,} leads", total=leads)
    _fill(large, leads // COPIES, lambda: progress.advance(task, AT_ONCE))
    small = Workspace.create(connection, name="Small")
    _fill(small, max(leads // COPIES // 50, 1000), lambda: None)
    task = progress.add_task("copying them", total=COPIES - 1)
    _copy(large, lambda: progress.advance(task))
    for workspace in (large, small):
        _finish(workspace)
    connection.execute("vacuum analyze")
    connection.execute("checkpoint")
    return large


def _fill(workspace: Workspace, leads: int, done: Any) -> None:
    connection = workspace.connection
    callers = [workspace.caller(f"Caller {number}", *STATES, daily_limit=0) for number in range(CALLERS)]
    for name in CAMPAIGNS:
        workspace.call("api.create_campaign(%s)", Jsonb({"name": name, "callers": callers[::2]}))
    people = _people(workspace, callers)
    for name in ("CRM", "Sheet"):
        destination = {"name": name, "kind": "webhook", "address": f"https://{name}.example.com/", "events": ["*"]}
        workspace.call("api.create_destination(%s)", Jsonb(destination))
    connection.execute("update crm.destinations set is_on = false where workspace_id = %s", [workspace.id])
    size = min(AT_ONCE, leads)
    for first in range(0, leads, size):
        at = f"now() - interval '{DAYS} days' * {1 - first / leads / COPIES}"
        connection.execute(f"select set_config('fairlead.now', ({at})::text, false)".encode())
        said = {
            "workspace": workspace.id,
            "source": workspace.source_id,
            "first": first + 1,
            "last": first + size,
            "sources": list(SOURCES),
            "states": list(STATES),
            "campaigns": list(CAMPAIGNS),
            "at": connection.execute("select current_setting('fairlead.now')").fetchall()[0][0],
        }
        connection.execute(LEADS, said)
        closing = {"workspace": workspace.id, "caller": callers[0], "most_open": MOST_OPEN, "open": MOST_YOUNG}
        connection.execute(CLOSE, {**closing, "actor": f"user:{people[0]}"})
        done()
    connection.execute("reset fairlead.now")


def _copy(workspace: Workspace, done: Any) -> None:
    """Everything of the first weeks once more, later and later. Only the newest copy has leads of all callers open."""
    connection = workspace.connection
    said = {"workspace": workspace.id, "caller": _first_caller(workspace)}
    connection.execute("set session_replication_role = replica")  # copies are neither dealt nor checked
    for copy in range(1, COPIES):
        for table, changes in COPIED.items():
            columns = [
                name
                for (name,) in connection.execute(
                    "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
                    " and attgenerated = ''",
                    [table],
                )
            ]
            values = [changes.get(name, "t." + name) for name in columns]
            statement = (
                f"with s as materialized ({SPAN}) insert into {table} ({', '.join(columns)})"
                f" select {', '.join(values)} from {table} t, s where t.workspace_id = %(workspace)s and {BASE[table]}"
                " on conflict do nothing"
            )
            connection.execute(statement.encode(), {**said, "copy": copy, "is_last": copy == COPIES - 1})
        done()
    connection.execute(CLOSE_FIRST, said)
    connection.execute("reset session_replication_role")
    connection.execute(LAST_EVENT, said)


def _first_caller(workspace: Workspace) -> Any:
    return workspace.connection.execute(
        "select min(id::text)::uuid from crm.callers where workspace_id = %s", [workspace.id]
    ).fetchall()[0][0]


def _finish(workspace: Workspace) -> None:
    connection = workspace.connection
    leads, actor = connection.execute(
        "select (select count(*) from crm.leads l where l.workspace_id = u.workspace_id), 'user:' || u.id"
        " from crm.users u where u.workspace_id = %s and u.name = 'Meera'",
        [workspace.id],
    ).fetchall()[0]
    _wait(workspace, leads)
    connection.execute(
        DELIVERIES,
        {
            "workspace": workspace.id,
            "last": connection.execute("select max(id) from crm.destinations").fetchall()[0][0],
        },
    )
    connection.execute(IMPORT, {"workspace": workspace.id, "rows": min(leads, 100_000), "actor": actor})


def _people(workspace: Workspace, callers: list[str]) -> list[str]:
    """A manager, and who signs in as the caller with the most open leads."""
    made = []
    for name, role in (("Meera", "admin"), ("Kavita", "caller")):
        person = (workspace.id, f"{name}{workspace.id}@fairlead.example", name, role, "x")
        row = workspace.connection.execute("select api.create_user(%s, %s, %s, %s, %s)", person).fetchone()
        made.append(str(row[0]) if row else "")
    workspace.connection.execute("update crm.users set caller_id = %s where id = %s", [callers[0], made[1]])
    return made


def _wait(workspace: Workspace, leads: int) -> None:
    """The last of them find nobody, and wait."""
    workspace.connection.execute("update crm.workspaces set drains_queue = false where id = %s", [workspace.id])
    workspace.connection.execute("update crm.callers set status = 'paused' where workspace_id = %s", [workspace.id])
    workspace.connection.execute(
        "insert into crm.leads (workspace_id, name, phone, city, metadata)"
        " select %s, 'Waits Kumar ' || n, '+9198' || (20000000 + n * 3), 'Pune', '{}' from generate_series(1, %s) n",
        [workspace.id, min(leads // 50, 20_000)],
    )
    workspace.connection.execute("update crm.callers set status = 'active' where workspace_id = %s", [workspace.id])
