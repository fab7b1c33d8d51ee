"""/api/callers: the callers of the workspace, and what their forms need to know."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.bodies import encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import Items
from gateway.people.leaving import HandedOver
from gateway.people.links import new_link
from gateway.people.users import goes_by_mail, with_url
from gateway.routing.shapes import (
    Archived,
    Caller,
    CallerDeparture,
    CallerEdit,
    CallerInput,
    CallerStatus,
    ChangedCaller,
    HandOverInput,
    MadeCaller,
)

callers = Endpoints("Callers")

caller = Record(callers, "caller", "/callers/{caller_id:uuid}", Caller, CallerInput, changed=ChangedCaller)
caller.list("List the callers.", "Those not archived, in the order of the rotation.")


@caller.create(answers=MadeCaller, problems=[409, 429])
async def create_caller(request: Request, new: CallerInput) -> Response:
    """Add a caller.

    It gets leads from the next one on, unless it is paused. With `email` the person who signs in as it is invited, in
    the same transaction.
    """
    given = {**msgspec.to_builtins(new)}
    email = given.pop("email")
    by_mail = goes_by_mail(request, given.pop("by"))
    if not email:
        return json_response(await call(request, "create_caller", encoded(given)), 201)
    link = new_link(request)
    made = encoded(link.for_database(by_mail=by_mail))
    answer = msgspec.json.decode(await call(request, "create_caller_with_login", encoded(given), email, made))
    answer["invited"] = msgspec.Raw(with_url(request, encoded(answer["invited"]), link.page).encode())
    return json_response(encoded(answer), 201)


caller.get("Read a caller.", "Archived ones too.")
caller.replace(
    "Replace a caller.",
    "All that can be edited is replaced: what is not given is as for a new caller. A caller may be sent back as it was "
    "read, with changes; what only the server decides is left aside. If it is paused or away from now on, its open "
    "leads go where `hand_over` says. 409 when it is archived.",
    body=CallerEdit,
)
caller.patch(
    "/status",
    "Pause a caller, or activate it.",
    "The open leads of one who is paused go where `hand_over` says. 409 when it is archived.",
    name="set_status",
    calls="set_caller_status(status, hand_over)",
    body=CallerStatus,
)
caller.archive(
    "Archive a caller.",
    "It gets no more leads; the open ones go where `hand_over` says. 409 when nobody there would get them.",
    calls="archive_caller(hand_over)",
    query=CallerDeparture,
    answers=ChangedCaller,
)
caller.post(
    "/restore",
    "Take back that a caller was archived.",
    "It gets leads again unless it is paused; those that it had stay where they went. 409 when it is not archived.",
    calls="restore_caller",
    answers=Caller,
)
callers.post(
    "/callers/{caller_id:uuid}/hand-over",
    "Hand over a caller's open leads.",
    "To another caller, over the cap if need be, or back to the rules. The oldest 500 at once, the rest within "
    "seconds. 409 when that caller cannot take leads.",
    calls="hand_over_leads(to, reason)",
    body=HandOverInput,
    answers=HandedOver,
    problems=[409],
)
callers.delete(
    "/callers/samples",
    "Archive the sample callers.",
    "Those that were made as examples on the first run.",
    name="archive_samples",
    calls="archive_sample_callers",
    answers=Archived,
)
callers.get("/states", "List the states of the workspace's country.", calls="list_states", answers=Items[str])
