"""/calendar/{token}.ics: a person's open tasks, for the calendar on their phone; /api/calendar makes the address.

The address is the secret: readers of calendars cannot sign in. So it shows the titles of tasks and links to their
leads, never a phone number, and works until its person makes another one. The format is RFC 5545.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import icalendar
import msgspec
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.core.tokens import new_token, token_hash
from gateway.database.calls import Databases
from gateway.http.bodies import json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import Shape, Time

LASTING = timedelta(minutes=15)
TEXT_CALENDAR = "text/calendar"

calendars = Endpoints("Activities")
calendar_files = Endpoints("Activities", public=True)


class Calendar(Shape):
    """Since when there is a calendar address; null: there is none."""

    made_at: Time | None


class CalendarAddress(Shape):
    """The address, which is not shown again."""

    address: str


class Task(Struct):
    """A task as a calendar shows it."""

    id: UUID
    title: str
    due_on: date | None
    due_at: datetime | None
    lead_id: UUID | None
    created_at: datetime


class Tasks(Struct):
    """The open tasks of a person."""

    name: str
    tasks: list[Task]


calendars.get("/calendar", "Read whether you have a calendar address.", calls="get_calendar", answers=Calendar)


@calendars.post("/calendar", answers=CalendarAddress, status=201, once=True, problems=[409])
async def make_calendar(request: Request) -> Response:
    """Make a calendar address, by which a calendar shows your open tasks.

    Whoever knows it sees their titles. One from before stops working.
    """
    token = new_token()
    await call(request, "make_calendar", token_hash(token))
    return json_response({"address": f"{request.base_url}calendar/{token}.ics"}, 201)


calendars.delete(
    "/calendar", "Have your calendar address stop working.", calls="remove_calendar", answers=None, status=204
)


@calendar_files.get("/calendar/{token}.ics", media_type=TEXT_CALENDAR, problems=[404])
async def read_calendar(request: Request) -> Response:
    """Read a person's open tasks as a calendar.

    Those due next, 500 at most. 404 for an address that was never made, or works no more.
    """
    found = await part(request, Databases).keeper.rows("find_calendar", token_hash(request.path_params["token"]))
    if not found or found[0][0] is None:
        raise HTTPException(404)
    tasks = msgspec.json.decode(found[0][0], type=Tasks)
    body = calendar_of(tasks, str(request.base_url))
    return Response(body, media_type=TEXT_CALENDAR, headers={"cache-control": "private, no-store"})


def calendar_of(tasks: Tasks, base: str) -> bytes:
    """The tasks as a calendar (RFC 5545): an event for each, of a quarter of an hour, or of its whole day.

    base: where the pages are, for links.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Fairlead//Tasks//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Fairlead: {tasks.name}")
    for task in tasks.tasks:
        event = icalendar.Event()
        event.add("uid", f"{task.id}@fairlead")
        event.add("dtstamp", task.created_at.astimezone(UTC))
        event.add("summary", task.title)
        if task.due_at is not None:
            event.add("dtstart", task.due_at.astimezone(UTC))
            event.add("dtend", task.due_at.astimezone(UTC) + LASTING)
        elif task.due_on is not None:
            event.add("dtstart", task.due_on)
            event.add("dtend", task.due_on + timedelta(days=1))
        if task.lead_id is not None:
            event.add("url", f"{base}leads/{task.lead_id}")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
