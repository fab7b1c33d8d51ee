"""Activities over the API: what follows from them, and two who log at once."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import argon2
import httpx
import icalendar
import msgspec
import pytest
from psycopg.types.json import Jsonb

from gateway.activities.calendar import Tasks, calendar_of
from tests.gateway.conftest import Post, fields_at_fault, sign_in
from tests.support import ADMIN, NO_TLS, Gateway, Workspace

_keys = count(1)


def dispositions(manager: httpx.Client) -> dict[str, int]:
    """The dispositions of the workspace, by name."""
    return {item["name"]: item["id"] for item in manager.get("/api/dispositions").json()["items"]}


def log(client: httpx.Client, lead_id: str, etag: str | None = None, key: str | None = None, **said: Any) -> Any:
    """What is answered to an activity."""
    headers = {"if-match": f'"{etag}"'} if etag else {}
    headers |= {"idempotency-key": key} if key else {}
    return client.post(f"/api/leads/{lead_id}/activities", json=said, headers=headers)


def test_of_two_who_say_what_came_of_a_lead_at_once_one_wins_and_the_other_is_told(
    manager: httpx.Client, workspace: Workspace, post: Post
) -> None:
    known = dispositions(manager)
    leads = [post(name=f"Lead {number}").json()["lead_id"] for number in range(5)]
    for lead_id in leads:
        etag = manager.get(f"/api/leads/{lead_id}").json()["etag"]
        said = [known["No answer"], known["Wrong number"]]
        with ThreadPoolExecutor(2) as two:
            answers = [
                going.result()
                for going in [two.submit(log, manager, lead_id, etag, disposition_id=one) for one in said]
            ]
        assert sorted(answer.status_code for answer in answers) == [201, 412]
        [late] = [answer for answer in answers if answer.status_code == 412]
        assert fields_at_fault(late) == ["If-Match"]
        [won] = [answer.json() for answer in answers if answer.status_code == 201]
        entries = manager.get(f"/api/leads/{lead_id}/timeline").json()["items"]
        logged = [entry for entry in entries if entry["kind"] == "activity.logged"]
        assert [entry["activity"]["disposition"] for entry in logged] == [won["activity"]["disposition"]]
        assert manager.get(f"/api/leads/{lead_id}").json()["etag"] == won["etag"]
    assert workspace.connection.execute("select violation, detail from routing.verify()").fetchall() == []


def test_an_activity_that_is_sent_again_is_one(manager: httpx.Client, post: Post) -> None:
    lead_id = post(name="Asha").json()["lead_id"]
    call: dict[str, Any] = {"disposition_id": dispositions(manager)["No answer"]}
    key = f"phone {next(_keys)}"
    with ThreadPoolExecutor(4) as four:
        answers = list(four.map(lambda _: log(manager, lead_id, None, key, **call), range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["activity"]["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 3
    once = [log(manager, lead_id, external_id="cti 7", seconds=30).json()["activity"]["id"] for _ in range(2)]
    assert once[0] == once[1]
    activities = manager.get(f"/api/leads/{lead_id}/activities").json()
    assert (len(activities["items"]), activities["next"]) == (2, None)


def test_what_cannot_be_logged_is_refused_by_field(manager: httpx.Client, post: Post) -> None:
    lead_id = post(name="Asha").json()["lead_id"]
    known = dispositions(manager)
    for said, fields in (
        ({"disposition_id": known["Not interested"]}, ["body"]),
        ({"disposition_id": known["Call back"]}, ["task"]),
        ({"disposition_id": known["Call back"], "task": {"due_at": "soon"}}, ["due_at"]),
        ({"disposition_id": 2**31 - 1}, ["disposition_id"]),
        ({"kind": "smoke signal"}, ["kind"]),
        ({"at": "2099-01-01"}, ["at"]),
        ({"seconds": -1}, ["seconds"]),
    ):
        answer = log(manager, lead_id, **said)
        assert (said, answer.status_code, fields_at_fault(answer)) == (said, 422, fields)
    assert manager.get(f"/api/leads/{lead_id}/activities").json()["items"] == []


def test_a_lead_is_closed_with_a_reason_or_without_a_body(manager: httpx.Client, post: Post) -> None:
    for body, status, reason in (
        (None, "new", None),
        ({"status": "lost", "reason": "Bought elsewhere"}, "lost", "Bought elsewhere"),
        ({"reason": "Moved away"}, "new", "Moved away"),
    ):
        path = f"/api/leads/{post(name=str(next(_keys))).json()['lead_id']}"
        answer = manager.post(f"{path}/close") if body is None else manager.post(f"{path}/close", json=body)
        closed = answer.json()
        assert (closed["assignment_status"], closed["status"], closed["close_reason"]) == ("closed", status, reason)
        reopened = manager.put(f"{path}/status", json={"status": "contacted"}).json()
        assert (reopened["status"], reopened["closed_at"]) == ("contacted", None)
    found = manager.get("/api/leads", params={"lead_status": "contacted"}).json()["items"]
    assert len(found) == 3
    assert manager.get("/api/leads/count", params={"lead_status": "new"}).json()["count"] == 0
    assert "contacted" in manager.get("/api/leads.csv", params={"lead_status": "contacted"}).text


@pytest.fixture
def caller(gateway: Gateway, workspace: Workspace) -> Iterator[httpx.Client]:
    """Somebody who signs in as a caller, and has no lead."""
    email = f"{secrets.token_hex(4)}@fairlead.example"
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(ADMIN[1])
    workspace.connection.execute("select api.create_user(%s, %s, 'Ravi', 'caller', %s)", [workspace.id, email, cheap])
    with httpx.Client(base_url=gateway.url, timeout=30, verify=NO_TLS) as client:
        sign_in(client, email, ADMIN[1])
        yield client


def test_who_does_not_see_a_lead_logs_nothing(manager: httpx.Client, caller: httpx.Client, post: Post) -> None:
    lead_id = post(name="Asha").json()["lead_id"]
    for path in ("activities", "timeline"):
        assert caller.get(f"/api/leads/{lead_id}/{path}").status_code == 404
    assert log(caller, lead_id).status_code == 404
    assert caller.put(f"/api/leads/{lead_id}/status", json={"status": "lost"}).status_code == 404
    assert caller.post("/api/dispositions", json={"name": "Mine"}).status_code == 403
    made = manager.post("/api/tasks", json={"due_on": "2030-01-31", "lead_id": lead_id}).json()
    assert caller.get(f"/api/tasks/{made['id']}").status_code == 404
    assert caller.get("/api/tasks").json()["items"] == []


def events_of(calendar: bytes) -> list[Any]:
    """The events that a program for calendars finds in it."""
    return icalendar.Calendar.from_ical(calendar).walk("VEVENT")


def test_a_calendar_shows_ones_own_open_tasks_and_no_phone_until_the_address_is_taken_back(
    manager: httpx.Client, visitor: httpx.Client, workspace: Workspace, post: Post
) -> None:
    lead_id = post(name="Asha Rao, \u0930\u093e\u0939\u0941\u0932; " + "long " * 20, phone="98123 45678").json()[
        "lead_id"
    ]
    manager.post("/api/tasks", json={"title": "Report, the whole of it", "due_on": "2030-01-31"})
    manager.post("/api/tasks", json={"due_at": "2030-02-01T15:00", "lead_id": lead_id})
    assert manager.get("/api/calendar").json() == {"made_at": None}
    address = manager.post("/api/calendar").json()["address"]
    with httpx.Client(verify=NO_TLS) as phone:
        answer = phone.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
        assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
        assert b"98123" not in answer.content
        # Parsed by a library: events with the texts and times that were given.
        events = events_of(answer.content)
        assert [(str(event["summary"]), event["dtstart"].dt) for event in events] == [
            ("Report, the whole of it", date(2030, 1, 31)),
        ], "the lead is with nobody, so its task is nobody's"
        again = manager.post("/api/calendar").json()["address"]
        assert phone.get(address).status_code == 404, "one address at a time"
        assert phone.get(again).status_code == 200
        assert manager.delete("/api/calendar").status_code == 204
        assert phone.get(again).status_code == 404


def test_a_callers_calendar_has_the_tasks_of_the_leads_that_the_caller_has(workspace: Workspace) -> None:
    asha = workspace.caller("Asha")
    user = workspace.call(
        "api.create_user(%s, %s, 'Asha', 'caller', 'x')", workspace.id, f"{secrets.token_hex(4)}@x.example"
    )
    workspace.connection.execute("update crm.users set caller_id = %s where id = %s", [asha, user])
    [answer] = workspace.ingest({"name": "Meera; Joshi", "phone": "+919845000001"})
    workspace.call("api.log_activity(%s, %s)", answer["lead_id"], Jsonb({"task": {"due_at": "2030-02-01T15:00"}}))
    digest = secrets.token_bytes(32)
    with workspace.connection.transaction():
        acting = "select set_config('fairlead.workspace_id', %s, true), set_config('fairlead.actor', %s, true)"
        workspace.connection.execute(acting, [str(workspace.id), f"user:{user}"])
        workspace.connection.execute("select api.make_calendar(%s)", [digest])
    with workspace.connection.transaction():
        workspace.connection.execute("set local role fairlead_keeper")
        [(found,)] = workspace.connection.execute("select api.find_calendar(%s)", [digest]).fetchall()
    tasks = msgspec.convert(found, Tasks)
    body = calendar_of(tasks, "https://example.com/")
    [event] = events_of(body)
    assert str(event["summary"]) == "Call Meera; Joshi"
    assert event["dtstart"].dt == datetime(2030, 2, 1, 9, 30, tzinfo=UTC)
    assert str(event["url"]) == f"https://example.com/leads/{answer['lead_id']}"
    workspace.call("api.reassign_lead(%s, %s)", answer["lead_id"], workspace.caller("Bina"))
    assert workspace.call("api.find_calendar(%s)", digest)["tasks"] == []
    workspace.connection.execute("update crm.users set disabled_at = now() where id = %s", [user])
    assert workspace.call("api.find_calendar(%s)", digest) is None
