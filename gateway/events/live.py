"""GET /api/events: the live feed, as server-sent events."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated, Any

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from gateway.core.parts import part
from gateway.core.problems import FieldError, Problem, invalid
from gateway.database.calls import Unavailable
from gateway.events.feed import Feed
from gateway.http.endpoints import Endpoints
from gateway.http.limits import AtOnce, Held
from gateway.http.shapes import Shape, Time
from gateway.leads.shapes import Lead
from gateway.people import sessions
from gateway.routing.shapes import Caller


class Event(Shape):
    """An event of the live feed, with the lead or the caller it is about as it is now.

    `subject` is what it is about (lead, caller, rule, destination ...), `subject_id` which one; null for an export.
    """

    seq: int
    at: Time
    kind: str
    actor: str
    lead: Lead | None
    caller: Caller | None
    data: dict[str, Any]
    subject: str | None
    subject_id: str | None


# Of one person. A hidden page lets go of its stream after a minute, and one that is refused tries again by itself.
MOST_STREAMS = 20
TOO_MANY_STREAMS = f"You are watching on {MOST_STREAMS} pages already. Close one of them."
live = Endpoints("Live feed")


class Streams(AtOnce):
    """The streams that each person watches."""

    def __init__(self) -> None:
        super().__init__(MOST_STREAMS, TOO_MANY_STREAMS, retry_after=15)


class Watched(StreamingResponse):
    """A stream whose head goes with its first words: who hears that it is open misses nothing from then on."""

    async def stream_response(self, send: Send) -> None:
        """Send the head when there is something to say, not before."""
        head = [{"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}]
        async for words in self.body_iterator:
            while head:
                await send(head.pop())
            await send({"type": "http.response.body", "body": words, "more_body": True})
        while head:
            await send(head.pop())
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class FeedPosition(Struct, forbid_unknown_fields=True):
    """Where a feed begins: after an event, else now."""

    after: Annotated[int, Meta(ge=0, le=10**18, description="The number of the last event seen.")] | None = None


@live.get("/events", query=FeedPosition, answers=Event, media_type="text/event-stream", problems=[429])
async def events(request: Request, position: FeedPosition) -> Response:
    """Watch what happens, live.

    The workspace's events as server-sent events, after `Last-Event-ID` or `after`, else from now on, for as long as the
    client listens. Each has the number of the event as its id, no name, and the JSON below as its data; `kind` says
    what happened. A client that is more than 5,000 events behind gets one of kind `feed.too_old` instead of them, with
    nothing but its kind: it should load again what it shows, and listen on. A caller gets events of kind
    `own_leads.changed` alone, with nothing but their kind. One person may have 20 such streams at once.
    """
    given = request.headers.get("last-event-id")
    if given is not None and not (given.isdecimal() and len(given) < 19):
        raise invalid(FieldError("Last-Event-ID", "It must be the number of an event."))
    after = position.after if given is None else int(given)
    session: sessions.Session = request.state.session

    async def still_welcome() -> bool:
        try:
            now = await sessions.current_session(request)
        except Unavailable:
            return True
        except Problem:
            return False
        # Whose role is another now comes back, and is shown what that role may see.
        return now is not None and (now.principal, now.hears_of, now.needs_factor) == (
            session.principal,
            session.hears_of,
            session.needs_factor,
        )

    with ExitStack() as place:
        place.enter_context(part(request, Streams).one(session.principal.actor))
        stream = part(request, Feed).stream(session.user.workspace_id, after, still_welcome, caller=session.hears_of)
        answer = Watched(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
        return Held(answer, place.pop_all())
