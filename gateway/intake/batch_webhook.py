"""POST /api/leads/webhook/batch: many leads in one request, each taken and answered as if it had come alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from gateway.core.counting import Counts
from gateway.core.problems import FieldError
from gateway.http.bodies import LARGEST_BODY, too_large
from gateway.http.endpoint import Endpoint
from gateway.intake.lead import AssignedCaller, Fields, Lead, LeadInput, SignedBy
from gateway.intake.posted import MOST_LEADS, read_new
from gateway.intake.recognising import NoLead
from gateway.intake.several import listed, take_each
from gateway.intake.sources import Source, Sources
from gateway.intake.taking import Taking
from gateway.intake.understanding import read_one_of

PATH = "/api/leads/webhook/batch"
LARGEST_BATCH = 4 * LARGEST_BODY

Leads = Annotated[list[LeadInput], Meta(min_length=1, max_length=MOST_LEADS)]  # type: ignore[valid-type]


class LeadOutcome(Struct, omit_defaults=True):
    """What became of one lead: with `status` 201 or 200 what the webhook answers, else a problem document.

    `stored` false: it is not about a new lead, for this `reason`.
    """

    status: int
    lead_id: UUID | None = None
    assigned_caller: AssignedCaller | None = None
    assignment_status: Literal["assigned", "queued", "closed"] | None = None
    assignment_reason: str | None = None
    duplicate: bool | None = None
    duplicate_of: UUID | None = None
    stored: bool | None = None
    reason: str | None = None
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
        "source's limit; those beyond it have status 429, and are sent again later, after `Retry-After` seconds. If "
        "none could be taken, the answer as a whole is a problem whose `errors` name each lead by its place, such as "
        "`[0].phone`: of status 401, 429 or 503 where some were refused for that, else of their status if they have "
        "the same, else 422. "
        "Every lead is known again by its `source_row_id`; else by its phone and timestamp, of one `external_id`, "
        "unless the timestamp is only a date; else by its content: `Idempotency-Key` and `webhook-id` name one lead "
        "and mean nothing here. So a request may be sent again whole."
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
    reads = [partial(_read, source, lead) for lead in leads]
    return listed(await take_each(taking, sources, source, reads, path=PATH, counted=counted), counts)


def _read(source: Source, lead: Raw | Fields) -> Lead | NoLead:
    """Raises as `read_one` does, and Problem 413 for a lead that is too large."""
    if isinstance(lead, Raw) and len(bytes(lead)) > LARGEST_BODY:
        raise too_large(LARGEST_BODY)
    if source.kind is None or source.mapping is None:
        return read_new(lead, source.mapping, source.customs)
    body = bytes(lead) if isinstance(lead, Raw) else msgspec.json.encode(lead)
    return read_one_of(source.kind, source.mapping, body, source.customs)
