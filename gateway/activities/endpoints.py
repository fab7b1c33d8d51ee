"""/api/leads/{lead_id}/activities, /api/dispositions, /api/tasks: what people do with leads, and what is to be done."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request

from gateway.activities.shapes import (
    Activity,
    ActivityInput,
    Disposition,
    DispositionInput,
    Logged,
    PageOfActivities,
    PageOfTimeline,
    StatusInput,
    Task,
    TaskChange,
    TaskCounts,
    TaskFilter,
    TaskInput,
    TasksOf,
    TimelineEntry,
)
from gateway.core.problems import FieldError, invalid
from gateway.http.bodies import check_moments
from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import Page
from gateway.leads.shapes import LeadDetails

activities = Endpoints("Activities")


def _check_task(_: Request, task: TaskInput | TaskChange) -> None:
    if isinstance(task.due_at, str):
        task.due_at = check_moments(due_at=task.due_at)["due_at"]


def _check_activity(_: Request, activity: ActivityInput) -> None:
    moments = check_moments(at=activity.at, due_at=activity.task.due_at if activity.task else None)
    activity.at = moments.get("at")
    if activity.task:
        activity.task.due_at = moments.get("due_at")


def _check_page(_: Request, wanted: TaskFilter) -> None:
    """Refuse what looks like the end of a page, but has a day that no month has."""
    try:
        datetime.fromisoformat((wanted.after or "").partition("_")[0] or "2026-01-31")
    except ValueError:
        raise invalid(FieldError("after", "There is no such page.", "Send what `next` said.")) from None


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

activities.post(
    "/activities/{activity_id:uuid}/withdraw",
    "Take back an activity that was logged by mistake.",
    "What followed from it is taken back with it: status, task, closing. Whoever logged it may do so within an hour, a "
    "manager within a day; 409 after that.",
    calls="withdraw_activity",
    answers=Logged,
    problems=[409],
)
activities.get(
    "/leads/{lead_id:uuid}/timeline",
    "List all that happened with a lead, the newest first.",
    "Events of its log, with the activity or the task that each is about.",
    calls="list_timeline",
    query=PageOfTimeline,
    answers=Page[TimelineEntry, int],
)
lead.put(
    "/status",
    "Say how far a lead has come.",
    "`converted`, `lost` and `junk` close it, with the reason; any other opens it again. 409 when it is a test lead, "
    "or cannot be reopened by whoever asks.",
    calls="set_lead_status(status, reason)",
    body=StatusInput,
)

disposition = Record(activities, "disposition", "/dispositions/{disposition_id:int}", Disposition, DispositionInput)
disposition.list("List what can come of an activity.", "Those that are offered, in their order.")
disposition.get("Read a disposition.", "Archived ones too.", cacheable=True)

disposition.create(
    "Add a disposition.",
    "At its place in the order, or at the end. 409 when another one has the name, or there are 100 already.",
    problems=[409],
)
disposition.replace(
    "Replace a disposition.",
    "What was logged stays as it was. 409 when it is archived, or another one has the name.",
)
disposition.archive("Offer a disposition no more.", "Activities go on to name it.")

activities.get(
    "/tasks",
    "List tasks.",
    "Open ones in the order in which they are due, done ones the newest first. A task goes along with its lead, to "
    "whoever has that; while the lead is closed the tasks from before rest.",
    calls="list_tasks",
    query=TaskFilter,
    before=_check_page,
    answers=Page[Task, str],
)
activities.get(
    "/tasks/count",
    "Count the open tasks.",
    "Up to 1,000 of each.",
    calls="count_tasks",
    query=TasksOf,
    answers=TaskCounts,
)
task = Record(activities, "task", "/tasks/{task_id:uuid}", Task, TaskInput)
task.create(
    "Make a task.",
    "For a lead: whoever has it does it, and it goes along with the lead. Without a lead or a caller it is one's own.",
    before=_check_task,
)
task.get("Read a task.")
task.change("Change or move a task.", "409 when it is done, or called off.", body=TaskChange, before=_check_task)
task.archive("Call a task off.")
task.post("/done", "Say that a task is done.", "Twice is once.", calls="finish_task")
task.post("/reopen", "Say that a task is to be done after all.", calls="reopen_task")
