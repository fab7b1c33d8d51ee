"""Who is who, as users of other programs have reported that it went wrong: retries, shared numbers, what is nobody's.

Each case is a sequence of leads of one source. Of each it says whose it is, by the number of the first lead of the
contact, or that it is one that was stored before.
"""

from typing import Any

import psycopg

from tests.conftest import Connect
from tests.support import Workspace

KNOWN = "known"
AT = {"timestamp": "2026-01-05T10:07:13+05:30"}
ASHA: dict[str, Any] = {"name": "Asha", "phone": "98020 00001", "email": "asha@mail.example"}
RAVI: dict[str, Any] = {"name": "Ravi", "phone": "98020 00002", "email": "ravi@mail.example"}

# The thread, the leads in their order, and what each is.
REPORTED: tuple[tuple[str, list[dict[str, Any]], list[int | str]], ...] = (
    # Retries, and what is none.
    (
        "picqer/moneybird-php-client#305",
        [{**ASHA, "idempotency_key": "e1"}, {**ASHA, "idempotency_key": "e1"}],
        [0, KNOWN],
    ),
    ("Mnexa-AI/e2a#516", [{**ASHA, "idempotency_key": "e1"}, {**RAVI, "idempotency_key": "e1"}], [0, 1]),
    ("zenml-io/zenml#5215", [{**ASHA, **AT}] * 5, [0, *[KNOWN] * 4]),
    ("elementor/hello-theme-child#46", [ASHA, ASHA], [0, KNOWN]),
    ("elementor/elementor#35572", [ASHA, {**ASHA, "message": "once more"}], [0, 0]),
    (
        "planningcenter/developers#944",
        [{**ASHA, "source_row_id": "uuid-1"}, {**ASHA, "source_row_id": "uuid-2"}],
        [0, 0],
    ),
    ("restforce/restforce#243", [{**ASHA, "external_id": "7"}, {**RAVI, "external_id": "7"}], [0, 0]),
    # One person in several spellings.
    ("NETivism/netiCRM#54", [{"phone": "98020-00003"}, {"phone": "9802000003", "city": "Pune"}], [0, 0]),
    ("mautic/mautic#993", [{"email": "Uma@Mail.example"}, {"email": " uma@mail.example", "city": "Pune"}], [0, 0]),
    (
        "frappe/crm#2565",
        [{"name": "Uma", "email": "u@mail.example"}, {"name": "U.", "email": "u@mail.example"}],
        [0, 0],
    ),
    ("SalesforceFoundation/NPSP#2457", [{"phone": "98020 00004 / 98020 00005"}, {"phone": "9802000005"}], [0, 0]),
    (
        "chatwoot/chatwoot#14048",
        [{"phone": "+525512345678"}, {"phone": "whatsapp:+5215512345678", "city": "X"}],
        [0, 0],
    ),
    # Several people who share something.
    (
        "YetiForceCompany/YetiForceCRM#13493",
        [{**ASHA, "email": "f@mail.example"}, {**RAVI, "email": "f@mail.example"}],
        [0, 1],
    ),
    (
        "arvarik/contrack#53",
        [{"phone": "98020 00006 / 022 2345 6701"}, {"phone": "98020 00007 / 022 2345 6701"}, {"phone": "98020 00007"}],
        [0, 1, 1],
    ),
    (
        "KingdomFirst/Excavator#113",
        [{"phone": "98020 00008, 98020 00008"}, {"phone": "98020 00009, 98020 00008"}],
        [0, 0],
    ),
    # What is nobody's.
    (
        "alltheplaces/alltheplaces#10694",
        [{"name": n, "phone": p} for n in "ab" for p in ("0000000000", "1111111111")],
        [0, 1, 2, 3],
    ),
    ("alltheplaces/alltheplaces#10694", [{"name": "a", "phone": "null"}, {"name": "b", "phone": "-"}], [0, 1]),
    ("PipedreamHQ/pipedream#8192", [{**lead, "source_row_id": "{{COLUMN-NAME}}"} for lead in (ASHA, RAVI)], [0, 1]),
    ("AutomaApp/automa#209", [{**lead, "external_id": "{{dataColumns@id }}"} for lead in (ASHA, RAVI)], [0, 1]),
    (
        "useplunk/plunk#375",
        [{**lead, "external_id": "{{data.id}}", **AT} for lead in (ASHA, RAVI, ASHA)],
        [0, 1, KNOWN],
    ),
    (
        "forcedotcom/SalesforceMobileSDK-Shared#472",
        [{**lead, "external_id": i} for lead in (ASHA, RAVI) for i in (None, "null")],
        [0, 0, 2, 2],
    ),
    (
        "theswamis/dataloadercliq#42",
        [{**lead, "source_row_id": i} for lead in (ASHA, RAVI) for i in ("0", "0")],
        [0, KNOWN, 2, KNOWN],
    ),
)


def test_who_is_who_in_what_others_have_reported(connect: Connect) -> None:
    connection = connect()
    answers = [(thread, _told(connection, f"{nr}", leads)) for nr, (thread, leads, _) in enumerate(REPORTED)]
    assert answers == [(thread, expected) for thread, _, expected in REPORTED]
    assert connection.execute("select violation, detail from routing.verify()").fetchall() == []


def _told(connection: psycopg.Connection[Any], name: str, leads: list[dict[str, Any]]) -> list[int | str]:
    """Hand in leads one after the other, in a workspace of their own: whose each is, or KNOWN."""
    workspace = Workspace.create(connection, name=name)
    places: dict[str, int] = {}
    told: list[int | str] = []
    for place, lead in enumerate(leads):
        [answer] = workspace.ingest(lead)
        lead_id = str(answer["lead_id"])
        query = "select routing.contact_of(%s, %s)::text"
        [contact] = connection.execute(query, [workspace.id, lead_id]).fetchone() or [None]
        told.append(KNOWN if lead_id in places else places.get(str(contact), place))
        places.setdefault(lead_id, place)
    return told
