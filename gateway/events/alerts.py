"""/api/alerts: what a manager should look at, and when there is something to look at."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from gateway.http.endpoints import Endpoints
from gateway.http.shapes import ETag, Page, Shape
from gateway.routing.shapes import Hours

alerts = Endpoints("Alerts")

LARGEST_NUMBER = 2**63 - 1
AlertName = Literal["all_at_cap", "claims_ran_out", "nothing_arrived", "caller_gone"]


class Alert(Struct):
    """Something to look at. It is open until `cleared_at`; `gone_since` says that its cause is gone already."""

    id: int
    alert: AlertName
    title: str
    reason: str
    details: dict[str, Any]
    raised_at: datetime
    gone_since: datetime | None
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None


class AlertQuery(Struct, forbid_unknown_fields=True):
    """Which alerts: `open` ones or past ones, and those before `after`."""

    open: bool | None = None
    after: Annotated[int, Meta(ge=0, le=LARGEST_NUMBER)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class AlertSettingsInput(Struct, forbid_unknown_fields=True):
    """Which alerts are to be on.

    `quiet_minutes`: after how many without a lead something is wrong; null: judged by the weeks before.
    `hours`: when leads are expected; null: always.
    """

    alerts: Annotated[list[AlertName], Meta(max_length=4)]
    quiet_minutes: Annotated[int, Meta(ge=5, le=10_080)] | None = None
    hours: Annotated[list[Hours], Meta(max_length=100)] | None = None


class AlertSettings(Shape, AlertSettingsInput, kw_only=True):
    """Which alerts are on."""

    etag: ETag


alerts.get(
    "/alerts",
    "List alerts, open and past ones, the newest first.",
    "Of each kind at most one is open, however many leads it is about: `all_at_cap` while leads wait because nobody is "
    "free, `claims_ran_out` while leads are on hold because nobody claimed them, `nothing_arrived` from an unusual "
    "silence until the next lead, `caller_gone` while open leads are with a caller who is archived, disabled or away.",
    calls="list_alerts",
    query=AlertQuery,
    answers=Page[Alert, int],
)
alerts.post(
    "/alerts/{alert_id:bigint}/acknowledge",
    "Acknowledge an open alert.",
    "It stays open until its cause is gone; everybody sees that somebody knows of it.",
    calls="acknowledge_alert",
    answers=Alert,
)
alerts.get("/alerts/settings", "Get which alerts are on.", calls="get_alert_settings", answers=AlertSettings)
alerts.put(
    "/alerts/settings",
    "Set which alerts are on.",
    calls="update_alert_settings",
    body=AlertSettingsInput,
    ignored=frozenset({"etag"}),
    answers=AlertSettings,
    edits="alert_settings",
)
