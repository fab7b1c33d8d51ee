"""A record is declared in a few lines, and its endpoints follow: functions, headers, fields left aside, refusals."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from msgspec import Struct
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.core.parts import Parts
from gateway.core.problems import FieldError, invalid
from gateway.database.calls import Databases, Principal, Terms
from gateway.http import errors, openapi
from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import ETag, Shape

SOMEBODY = Principal("manager", 1, "user:1")


class NoteInput(Struct, forbid_unknown_fields=True):
    """A note as a person writes it."""

    text: str
    is_pinned: bool = False


class Note(Shape, NoteInput, kw_only=True):
    """A note."""

    id: int
    etag: ETag


class Pin(Struct, forbid_unknown_fields=True):
    """Whether a note stays on top, and until when."""

    pinned: bool
    until: str | None = None


def no_secrets(_request: Request, note: NoteInput) -> None:
    """Refuse what a note must not say."""
    if "secret" in note.text:
        raise invalid(FieldError("text", "It must not be secret."))


notes = Endpoints("Notes")
note = Record(notes, "note", "/notes/{note_id:int}", Note, NoteInput)
note.list("List the notes.", "The newest first.")
note.create("Write a note.", before=no_secrets)
note.get("Read a note.")
note.replace("Replace a note.")
note.patch("/pin", "Pin a note.", calls="pin_note(pinned, until)", body=Pin)
note.archive("Remove a note.")
below = Record(notes, "remark", "/leads/{lead_id:uuid}/remarks/{remark_id:int}", Note, NoteInput)
below.create("Remark on a lead.")
below.replace("Replace a remark.")
below.delete("/pins/{pin_id:int}", "Take a pin off.", calls="take_pin_off")
notes.post("/notes/{note_id:int}/events/{seq:bigint}", "Send an event again.", calls="resend", answers=Note)


class Calls:
    """The database as it is called here: what was called, with what terms, and answers for it."""

    def __init__(self) -> None:
        self.made: list[tuple[Any, ...]] = []
        self.terms: list[Terms] = []

    async def call(self, principal: Principal, function: str, *arguments: object, terms: Terms) -> str:
        """Called by each endpoint."""
        assert principal == SOMEBODY
        self.made.append((function, *arguments))
        self.terms.append(terms)
        one = '{"id": 7, "text": "Call back", "is_pinned": false, "etag": "12"}'
        return f"[{one}]" if function.startswith("list") else one


class AsSomebody:
    """Signs everybody in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request is somebody's."""
        scope.setdefault("state", {})["session"] = msgspec.defstruct("Session", ["principal"])(SOMEBODY)
        await self._app(scope, receive, send)


@pytest.fixture
def calls() -> Calls:
    """What the endpoints call."""
    return Calls()


@asynccontextmanager
async def asking(calls: Calls) -> Any:
    """A client of an application that has these endpoints alone."""
    handlers = dict.fromkeys((*errors.EXPECTED,), errors.answer)
    app = Starlette(routes=notes.routes, middleware=[Middleware(AsSomebody)], exception_handlers=handlers)
    app.state.parts = Parts(Databases(calls, calls))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_each_endpoint_calls_its_function_with_the_path_and_the_body(calls: Calls) -> None:
    async with asking(calls) as client:
        assert (await client.get("/notes")).json() == {
            "items": [{"id": 7, "text": "Call back", "is_pinned": False, "etag": "12"}]
        }
        made = await client.post("/notes", json={"text": "Call back"})
        assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, "/notes/7", '"12"')
        assert (await client.get(made.headers["location"])).headers["etag"] == '"12"'
        assert (await client.put("/notes/7", json=made.json() | {"text": "Called"})).status_code == 200
        assert (await client.patch("/notes/7/pin", json={"pinned": True})).status_code == 200
        assert (await client.delete("/notes/7")).status_code == 204
    assert calls.made == [
        ("list_notes",),
        ("create_note", '{"text":"Call back","is_pinned":false}'),
        ("get_note", 7),
        ("update_note", 7, '{"text":"Called","is_pinned":false}'),
        ("pin_note", 7, True, None),
        ("archive_note", 7),
    ]


async def test_edits_expect_the_version_that_is_named_and_nothing_else_does(calls: Calls) -> None:
    seen = {"if-match": '"12"', "idempotency-key": "k"}
    async with asking(calls) as client:
        for method, path, body in (
            ("GET", "/notes/7", None),
            ("POST", "/notes", {"text": "x"}),
            ("PUT", "/notes/7", {"text": "x"}),
            ("PATCH", "/notes/7/pin", {"pinned": True}),
            ("DELETE", "/notes/7", None),
        ):
            assert (await client.request(method, path, json=body, headers=seen)).is_success
    expected: list[tuple[tuple[str, str] | None, tuple[str, ...]]] = [(None, ())] * 2 + [(("note", "7"), ("12",))] * 3
    assert [(terms.edited, terms.etags) for terms in calls.terms] == expected
    assert [terms.key for terms in calls.terms] == ["", *["k"] * 4]


async def test_what_is_looked_at_before_is_refused_before(calls: Calls) -> None:
    async with asking(calls) as client:
        refused = await client.post("/notes", json={"text": "a secret"})
        unknown = await client.post("/notes", json={"text": "x", "colour": "red"})
        far = await client.get(f"/notes/{2**31}")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "text")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "colour")
    assert far.status_code == 404
    assert calls.made == []


async def test_what_is_below_something_else_is_edited_by_its_own_version(calls: Calls) -> None:
    lead_id, seen = UUID(int=5), {"if-match": '"12"'}
    path = f"/leads/{lead_id}/remarks"
    async with asking(calls) as client:
        made = await client.post(path, json={"text": "x"}, headers=seen)
        assert made.headers["location"] == f"{path}/7"
        assert (await client.put(f"{path}/7", json={"text": "x"}, headers=seen)).status_code == 200
        assert (await client.delete(f"{path}/7/pins/3", headers=seen)).status_code == 200
    assert [arguments[:4] for _, *arguments in calls.made] == [
        [lead_id, '{"text":"x","is_pinned":false}'],
        [lead_id, 7, '{"text":"x","is_pinned":false}'],
        [lead_id, 7, 3],
    ]
    assert [terms.edited for terms in calls.terms] == [None, ("remark", "7"), ("remark", "7")]


async def test_numbers_of_events_are_larger_than_others(calls: Calls) -> None:
    async with asking(calls) as client:
        assert (await client.post(f"/notes/7/events/{2**31}")).status_code == 200
        assert (await client.post(f"/notes/{2**31}/events/7")).status_code == 404
    assert calls.made == [("resend", 7, 2**31)]


def test_the_description_has_all_that_follows() -> None:
    document = openapi.document(notes.routes)
    schemas, paths = document["components"]["schemas"], document["paths"]
    assert schemas["Note"]["required"] == ["text", "is_pinned", "id", "etag"]
    assert "additionalProperties" not in schemas["Note"]
    assert schemas["NoteInput"]["properties"]["etag"]["readOnly"] is True
    assert schemas["NoteInput"]["required"] == ["text"]
    put = paths["/notes/{note_id}"]["put"]
    assert (put["operationId"], put["summary"]) == ("update_note", "Replace a note")
    assert {"404", "409", "412", "422"} <= put["responses"].keys()
    assert paths["/notes"]["get"]["description"] == "The newest first."
