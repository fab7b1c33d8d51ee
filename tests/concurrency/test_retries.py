"""Senders that time out send again, together, in another order and other batches: each lead is stored once."""

import random
from collections.abc import Callable
from typing import Any

import psycopg
import psycopg.rows
import pytest
from psycopg.types.json import Jsonb

from tests.support import Workspace

pytestmark = pytest.mark.concurrent
Together = Callable[..., list[Any]]
SENDERS = 8
LEADS = 120
# Every fifth lead is of the same phone.
OF_ONE_PHONE = LEADS // 5


def lead(number: int) -> dict[str, Any]:
    """A lead known by one of the four things that tell a retry from a new lead."""
    person = {"name": f"Lead {number}", "state": "Maharashtra"}
    keys: list[dict[str, Any]] = [
        {"phone": f"98{number:08}", "timestamp": "2026-01-05T10:00:00"},
        {"source_row_id": f"row {number}"},
        {"idempotency_key": f"key {number}"},
        {"message": "known by its content alone"},
        {"phone": "9812345678", "message": "one phone for many"},
    ]
    return person | keys[number % len(keys)]


def batches(leads: list[dict[str, Any]], chance: random.Random) -> list[list[dict[str, Any]]]:
    """The leads in a random order, in batches of random sizes."""
    shuffled = chance.sample(leads, len(leads))
    sizes: list[int] = []
    while sum(sizes) < len(leads):
        sizes.append(chance.choice([1, 2, 7, 30]))
    starts = [sum(sizes[:nr]) for nr in range(len(sizes))]
    return [shuffled[start : start + size] for start, size in zip(starts, sizes, strict=True)]


def ingest(connection: psycopg.Connection[Any], batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers to a batch, in its order."""
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        cursor.execute("select * from api.ingest_leads(%s) order by ordinal", [Jsonb(batch)])
        return cursor.fetchall()


def test_a_lead_sent_by_many_at_once_is_stored_once_and_answered_alike(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    leads = [{"source_id": workspace.source_id, **lead(number)} for number in range(LEADS)]

    def send(connection: psycopg.Connection[Any], number: int) -> dict[str, dict[str, Any]]:
        answers: dict[str, dict[str, Any]] = {}
        for batch in batches(leads, random.Random(number)):
            for sent, answer in zip(batch, ingest(connection, batch), strict=True):
                answers[sent["name"]] = answer
        return answers

    answered = together(SENDERS, send)
    assert workspace.call("api.count_leads('{}')") == LEADS
    for number in range(LEADS):
        answers = [answers[f"Lead {number}"] for answers in answered]
        assert [answer["duplicate"] for answer in answers].count(False) == 1
        assert len({(answer["lead_id"], answer["caller_id"], answer["assignment_reason"]) for answer in answers}) == 1
    # Of the leads of one phone one is dealt, and its caller gets the others besides.
    counters = workspace.connection.execute("select count, duplicates from crm.caller_daily_counters").fetchall()
    each = (LEADS - OF_ONE_PHONE) // 8
    assert sorted(count for count, _ in counters) == [each] * 7 + [each + 1]
    assert sorted(duplicates for _, duplicates in counters) == [0] * 7 + [OF_ONE_PHONE - 1]


def test_leads_without_a_key_sent_in_any_order_never_wait_in_a_circle(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    leads = [{"source_id": workspace.source_id, "name": f"Lead {number}"} for number in range(LEADS)]

    def send(connection: psycopg.Connection[Any], number: int) -> list[bool]:
        answers = ingest(connection, random.Random(number).sample(leads, len(leads)))
        return [answer["duplicate"] for answer in answers]

    answered = together(SENDERS, send)
    assert sum(duplicates.count(False) for duplicates in answered) == LEADS


def test_leads_of_several_workspaces_in_one_batch_never_wait_in_a_circle(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    others = [Workspace.create(workspace.connection, name=f"Other {number}") for number in range(3)]
    for other in others:
        other.caller("Caller", "Maharashtra")
    leads = [
        {"source_id": own.source_id, **lead(number)} for own in (workspace, *others) for number in range(LEADS // 4)
    ]

    def send(connection: psycopg.Connection[Any], number: int) -> int:
        return sum(
            not answer["duplicate"]
            for batch in batches(leads, random.Random(number))
            for answer in ingest(connection, batch)
        )

    assert sum(together(SENDERS, send)) == len(leads)


def test_one_key_for_the_leads_of_many_loses_none_of_them(
    together: Together, workspace: Workspace, eight_callers: list[str]
) -> None:
    leads = [
        {"source_id": workspace.source_id, "phone": f"98{number:08}", "idempotency_key": "form-7"}
        for number in range(LEADS)
    ]

    def send(connection: psycopg.Connection[Any], number: int) -> list[tuple[str, Any]]:
        return [
            (sent["phone"], answer["lead_id"])
            for batch in batches(leads, random.Random(number))
            for sent, answer in zip(batch, ingest(connection, batch), strict=True)
        ]

    answered = together(SENDERS, send)
    assert workspace.call("api.count_leads('{}')") == LEADS
    stored = workspace.connection.execute("select '98' || right(phone, 8), id from crm.leads").fetchall()
    assert all(sorted(answers) == sorted(stored) for answers in answered)
    assert workspace.connection.execute("select * from routing.verify()").fetchall() == []
