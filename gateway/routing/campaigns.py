"""/api/campaigns: leads that belong together, who works for them, and how they are assigned to those."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import Count, ETag, Shape, Time, Words
from gateway.routing.shapes import Standing, Strategy

CallerIds = Annotated[list[UUID], Meta(max_length=10_000)]
Minutes = Annotated[int, Meta(ge=1, le=10_080)]

campaigns = Endpoints("Campaigns")


class CampaignInput(Struct, forbid_unknown_fields=True):
    """A campaign to be made: its name, which stays, how its leads are assigned, and to whom."""

    name: Words
    strategy: Strategy = "random"
    callers: CallerIds = []


class CampaignChange(Struct, forbid_unknown_fields=True):
    """What is to be different about a campaign; the rest stays. Paused, its leads wait in the queue."""

    strategy: Strategy | UnsetType = UNSET
    is_paused: bool | UnsetType = UNSET
    on_exhausted: Literal["next", "queue"] | UnsetType = UNSET
    claim_minutes: Minutes | UnsetType | None = UNSET


class CampaignCallers(Struct, forbid_unknown_fields=True):
    """Who works for a campaign."""

    callers: CallerIds


class CampaignFacts(Shape):
    """A campaign and its numbers. `strategy` null: it is older than rules of campaigns, and its leads go by the plan.

    Each lead is assigned, waiting or closed.
    """

    id: int
    name: str
    key: str
    strategy: Strategy | None
    on_exhausted: Literal["next", "queue"] | None
    claim_minutes: int | None
    is_paused: bool
    created_at: Time
    created_by: str
    archived_at: Time | None
    leads: Count
    assigned: Count
    waiting: Count
    closed: Count
    leads_today: Count
    etag: ETag


class CampaignCard(CampaignFacts):
    """A campaign in a list. `callers`: how many work for it; `caller_names`: the first three."""

    callers: Count
    caller_names: list[str]


class CampaignCaller(Shape):
    """Who works for a campaign, and the leads of it that are open there or were closed there."""

    caller_id: UUID
    name: str
    standing: Standing
    leads: Count
    leads_today: Count
    open: Count
    closed: Count
    added_at: Time


class CampaignDay(Shape):
    """How many leads came on a day."""

    date: date
    leads: Count


class Campaign(CampaignFacts):
    """A campaign with its callers, and its leads on each of the last 30 days."""

    callers: list[CampaignCaller]
    per_day: list[CampaignDay]


campaign = Record(campaigns, "campaign", "/campaigns/{campaign_id:int}", Campaign, CampaignInput, listed=CampaignCard)
campaign.list("List the campaigns that run, the newest first.")
campaign.create(
    "Make a campaign.",
    "Leads that name it in `metadata.campaign` go to its callers, before the plan. Without callers they go by the "
    "plan. 409 when one has the name already, in whatever spelling.",
    problems=[409],
    ignored=frozenset(),
)
campaign.get("Read a campaign.", "Archived ones too.")
campaign.change(
    "Pause a campaign, let it go on, or change how its leads are assigned.",
    "Leads of a paused one wait in the queue, even if callers are free, and are assigned when it goes on. 409 when it "
    "is archived.",
    body=CampaignChange,
)
campaign.put(
    "/callers",
    "Say who works for a campaign: these callers and nobody else.",
    "They keep the leads they have. 409 when the campaign is archived.",
    name="set_callers",
    calls="set_campaign_callers(callers)",
    body=CampaignCallers,
)
campaign.archive(
    "End a campaign.", "Nobody works for it any more, leads of it that wait go by the plan, and its name is free."
)
