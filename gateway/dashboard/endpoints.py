"""/api/dashboard: the figures of a period beside a time before, in one call."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.dashboard.shapes import Dashboard
from gateway.http.bodies import check_moments, encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import Moment

dashboard = Endpoints("Dashboard")


class ComparedPeriod(Struct, forbid_unknown_fields=True, rename={"since": "from", "before_since": "before_from"}):
    """A period, and what it is compared with; today, and the same weekdays before, if nothing is given."""

    since: Annotated[Moment, Meta(description="Its beginning: a date, or a time in ISO 8601.")] | None = None
    until: Annotated[Moment, Meta(description="Its end, which is not part of it.")] | None = None
    before_since: Annotated[Moment, Meta(description="The beginning of what it is compared with.")] | None = None
    before_until: Annotated[Moment, Meta(description="The end of that.")] | None = None


@dashboard.get("/dashboard", query=ComparedPeriod, answers=Dashboard)
async def get_dashboard(request: Request, period: ComparedPeriod) -> Response:
    """Read the figures of a period.

    Of the leads received in it: how many there are, where they are now and what became of them; in all, by source,
    campaign, state and caller, and by hour or day; beside the same of a time before. Without that, it is the same
    weekdays before, as far as the period has come by now. A period has 400 days at most. All figures are of one moment,
    and add up with each other.
    """
    return json_response(await call(request, "get_dashboard", encoded(asked_of(period))))


def asked_of(period: ComparedPeriod) -> dict[str, str]:
    """As p_asked of api.get_dashboard(). Raises Problem 422 for what is no date or time."""
    given = {
        "from": period.since,
        "until": period.until,
        "before_from": period.before_since,
        "before_until": period.before_until,
    }
    return check_moments(**given)
