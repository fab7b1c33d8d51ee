"""/api/dashboard: the figures of a period beside a time before, in one call; each table as a file, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.dashboard.shapes import Dashboard, FigureRow, Figures, Performance
from gateway.http.bodies import check_moments, encoded, json_response
from gateway.http.call import call
from gateway.http.downloads import as_download, csv_text
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import NO_NUL, Moment

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


Table = Literal["sources", "campaigns", "states", "callers", "moments"]


class TableOfPeriod(ComparedPeriod, forbid_unknown_fields=True):
    """One table of the dashboard."""

    table: Annotated[Table, Meta(description="Which: `moments` are hours or days.")] = "sources"


@dashboard.get("/dashboard.csv", query=TableOfPeriod, media_type="text/csv")
async def export_figures(request: Request, wanted: TableOfPeriod) -> Response:
    """Export a table of the dashboard as CSV.

    RFC 4180, UTF-8. The last row has the sums. Waits are in seconds, and said of all leads together.
    """
    answer = await call(request, "get_dashboard", encoded(asked_of(wanted)))
    rows = _rows(msgspec.json.decode(answer, type=Dashboard), wanted.table)
    headers = as_download(f"{wanted.table}.csv")
    return Response(csv_text(rows), headers=headers, media_type="text/csv; charset=utf-8")


def _rows(found: Dashboard, table: Table) -> Iterator[list[str]]:
    if table == "moments":
        yield ["since", "until", "received", "before_since", "before_until", "received_before"]
        for moment in found.moments:
            yield [str("" if value is None else value) for value in msgspec.to_builtins(moment).values()]
        return
    names = Figures.__struct_fields__
    yield ["key", "name", *names, *(f"{name}_before" for name in names)]
    rows: list[FigureRow] = getattr(found, table)
    total = msgspec.structs.replace(found.total, key="all", name="All")
    for row in [*rows, total]:
        figures = [getattr(of, name) for of in (row.now, row.before) for name in names]
        yield [row.key, row.name or "", *("" if figure is None else str(figure) for figure in figures)]


class WorkedPeriod(Struct, forbid_unknown_fields=True, rename={"since": "from"}):
    """A period, today if nothing is given, and leads of one source or all."""

    since: Annotated[Moment, Meta(description="Its beginning: a date, or a time in ISO 8601.")] | None = None
    until: Annotated[Moment, Meta(description="Its end, which is not part of it.")] | None = None
    source: Annotated[str, Meta(max_length=200, pattern=NO_NUL, description="Their `lead_source`.")] | None = None


@dashboard.get("/dashboard/callers", query=WorkedPeriod, answers=Performance, long=True)
async def get_caller_performance(request: Request, wanted: WorkedPeriod) -> Response:
    """Compare what callers made of their leads.

    With what the others made of comparable ones, and how sure that is. Who gets which lead of a pool is as good as
    chance, so that hot leads flatter nobody. It reads every lead of the period.
    """
    asked = check_moments(**{"from": wanted.since, "until": wanted.until})
    if wanted.source:
        asked["source"] = wanted.source
    return json_response(await call(request, "get_caller_performance", encoded(asked)))
