"""POST /api/leads/webhook/batch: many leads in one request, each taken and answered as if it had come alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta, Raw, Struct

from gateway.core.counting import Counts
from gateway.core.problems import FieldError, Problem
from gateway.http.bodies import LARGEST_BODY, too_large
from gateway.http.endpoint import Endpoint
from gateway.http.errors import problem_of, response_of
from gateway.intake.lead import AssignedCaller, Fields, Lead, LeadInput, SignedBy
from gateway.intake.posted import MOST_LEADS, read_one
from gateway.intake.sources import Source, Sources
from gateway.intake.taking import Taking
from gateway.intake.understanding import read_one_of

PATH = "/api/leads/webhook/batch"
LARGEST_BATCH = 4 * LARGEST_BODY
# What is not about the one lead: where it befell all of them, the whole request may be sent again, or never.
OF_ALL = frozenset((401, 429, 503))

Leads = Annotated[list[LeadInput], Meta(min_length=1, max_length=MOST_LEADS)]  # type: ignore[valid-type]


class LeadOutcome(Struct, omit_defaults=True):
    """What became of one lead: with `status` 201 or 200 what the webhook answers, else a problem document."""

    status: int
    lead_id: UUID | None = None
    assigned_caller: AssignedCaller | None = None
    assignment_status: Literal["assigned", "queued", "closed"] | None = None
    assignment_reason: str | None = None
    duplicate: bool | None = None
    duplicate_of: UUID | None = None
    title: str | None = None
    detail: str | None = None
    errors: list[FieldError] = []
    type: str | None = None
    instance: str | None = None
    request_id: str | None = None


WEBHOOK_BATCH = Endpoint(
    method="POST",
    path=PATH,
    tag="Leads in",
    name="take_leads",
    summary="Hand in many leads",
    description=(
        f"1 to {MOST_LEADS} leads, {LARGEST_BATCH // 1024 // 1024} MiB at most, are answered in their order. One that "
        "is refused harms no other: in its place stands the problem, with its `status`. Each counts against the "
        "source's limit; those beyond it have status 429, and are sent again later, after `Retry-After` seconds. Only "
        "if none could be taken, and all for the same one of 401, 429 and 503, the answer as a whole is that problem. "
        "Every lead is known again by its `source_row_id`, or else by its phone and timestamp, or by its content: "
        "`Idempotency-Key` and `webhook-id` name one lead and mean nothing here. So a request may be sent again whole."
    ),
    body=Leads,
    query=SignedBy,
    answers=list[LeadOutcome],
    problems=frozenset({401, 429}),
    by="sources",
)


async def take_leads(
    taking: Taking, sources: Sources, counts: Counts, source: Source, leads: Sequence[Raw | Fields], counted: int = 0
) -> tuple[bytes, dict[str, str]]:
    """The JSON that answers leads that were posted at once, and headers to go with it. Raises Problem.

    So many as `counted` have been counted against the source's limit already.
    """
    begun: list[asyncio.Future[asyncpg.Record] | Problem] = []
    for number, lead in enumerate(leads):
        try:
            if number >= counted:
                sources.count(source)
            if isinstance(lead, Raw) and len(bytes(lead)) > LARGEST_BODY:
                raise too_large(LARGEST_BODY)
            begun.append(await taking.begin(source, _read(source, lead)))
        except Exception as error:
            begun.append(problem_of(error, path=PATH))
    waiting = [one for one in begun if isinstance(one, asyncio.Future)]
    if waiting:
        await asyncio.gather(*waiting, return_exceptions=True)
    outcomes = [one if isinstance(one, Problem) else _outcome(taking, source, one) for one in begun]
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    if len(problems) == len(outcomes) and {problem.status for problem in problems} in ({status} for status in OF_ALL):
        raise problems[-1]
    for problem in problems:
        counts.refused.labels(problem.status).inc()
    return b"[%b]" % b",".join(map(_item, outcomes)), _come_back(problems)


def _read(source: Source, lead: Raw | Fields) -> Lead:
    """Raises as `read_one` does, and Problem 422 for what a sender of the source's kind posts without a new lead."""
    if source.kind is None or source.mapping is None:
        return read_one(lead, source.mapping, source.customs)
    body = bytes(lead) if isinstance(lead, Raw) else msgspec.json.encode(lead)
    return read_one_of(source.kind, source.mapping, body, source.customs)


def _outcome(taking: Taking, source: Source, done: asyncio.Future[asyncpg.Record]) -> tuple[int, bytes] | Problem:
    try:
        return taking.finish(source, done.result())
    except Exception as error:
        return problem_of(error, path=PATH)


def _item(outcome: tuple[int, bytes] | Problem) -> bytes:
    if isinstance(outcome, Problem):
        return bytes(response_of(outcome).body)
    status, answer = outcome
    return b'{"status":%d,%b' % (status, answer[1:])


def _come_back(problems: Iterable[Problem]) -> dict[str, str]:
    """How long to wait before the refused leads are sent again: the longest wait of any."""
    seconds = [int(problem.headers["retry-after"]) for problem in problems if "retry-after" in problem.headers]
    return {"retry-after": f"{max(seconds)}"} if seconds else {}
