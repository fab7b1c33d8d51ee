"""/api/leads/{lead_id}/activities, /api/dispositions, /api/tasks: what people do with leads, and what is to be done."""

from __future__ import annotations

from starlette.requests import Request

from gateway.activities.shapes import (
    Activity,
    ActivityInput,
    Disposition,
    DispositionInput,
    Logged,
    PageOfActivities,
    Task,
    TaskFilter,
)
from gateway.http.bodies import check_moments
from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import Page
from gateway.leads.shapes import LeadDetails

activities = Endpoints("Activities")


def _check_activity(_: Request, activity: ActivityInput) -> None:
    check_moments(at=activity.at, due_at=activity.task.due_at if activity.task else None)


lead = Record(activities, "lead", "/leads/{lead_id:uuid}", LeadDetails)
activities.get(
    "/leads/{lead_id:uuid}/activities",
    "List what happened with a lead, the newest first.",
    "Withdrawn activities too.",
    calls="list_activities",
    query=PageOfActivities,
    answers=Page[Activity, str],
)
lead.post(
    "/activities",
    "Log what happened with a lead.",
    "What follows from it happens with it: a person who was reached makes a new lead contacted, and claims it; a "
    "disposition opens a task or closes the lead; tasks of that kind that were due are done. 412 for the slower of two "
    "who send the lead's etag as If-Match. 409 when the disposition is archived.",
    calls="log_activity",
    body=ActivityInput,
    before=_check_activity,
    answers=Logged,
    status=201,
)

disposition = Record(activities, "disposition", "/dispositions/{disposition_id:int}", Disposition, DispositionInput)
disposition.list("List what can come of an activity.", "Those that are offered, in their order.")
disposition.get("Read a disposition.", "Archived ones too.", cacheable=True)

activities.get(
    "/tasks",
    "List tasks.",
    "Open ones in the order in which they are due, done ones the newest first. A task goes along with its lead, to "
    "whoever has that; while the lead is closed the tasks from before rest.",
    calls="list_tasks",
    query=TaskFilter,
    answers=Page[Task, str],
)
