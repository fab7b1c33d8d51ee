"""/api/leads/actions and /api/actions: one thing done to many leads, told beforehand, done at once, taken back."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.actions.shapes import Action, CallersAction, LeadsAction
from gateway.http.bodies import encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import Items
from gateway.leads.endpoints import as_filter

# 50,000 ids.
LARGEST = 4 * 1024 * 1024

actions = Endpoints("Actions")

action = Record(actions, "action", "/actions/{action_id:uuid}", Action)
action.list("List what was done to many.", "The last fifty actions, newest first.", answers=Items[Action])
action.get("Read an action.", "What was asked for, and what came of it.")
actions.post(
    "/actions/{action_id:uuid}/undo",
    "Take back what was done to many.",
    "All that is still as the action left it is put back. What somebody has claimed, closed, worked or moved since "
    "stays, and `left_out` says so. This is an action, too: taken back, it does the first again. 409 when it was taken "
    "back already, or while another action is under way.",
    name="undo_action",
    calls="undo_action",
    answers=Action,
    problems=[409],
)
actions.post(
    "/callers/actions",
    "Do one thing to many callers at once.",
    "Pause or activate them, or change their limits; their open leads stay with them. With `dry_run` nothing is done: "
    "the answer says what would be.",
    calls="act_on_callers",
    body=CallersAction,
    answers=Action,
    problems=[409],
)


@actions.post("/leads/actions", body=LeadsAction, answers=Action, problems=[409], largest=LARGEST)
async def act_on_leads(request: Request, wanted: LeadsAction) -> Response:
    """Do one thing to many leads at once.

    To those of some ids, or all that a filter finds, 50,000 at most, in one transaction. With `dry_run` nothing is
    done: the answer says what would be. 409 when a caller cannot take leads, or while another action is under way.
    """
    asked = {
        "action": wanted.action,
        "how": wanted.how,
        "ids": wanted.ids,
        "filter": None if wanted.filter is None else await as_filter(request, wanted.filter),
        "callers": wanted.callers,
        "reason": wanted.reason,
        "dry_run": wanted.dry_run,
    }
    return json_response(await call(request, "act_on_leads", encoded(asked)))
