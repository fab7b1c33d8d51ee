"""Contacts, phones and e-mails of leads that older versions stored: linked as new ones are, or kept as they were."""

import re

import psycopg
import pytest

from gateway import ROOT
from gateway.database.migrate import migrate
from tests.conftest import Connect

EVIDENCE = ROOT / "migrations" / "0024.strongest_evidence.sql"
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
