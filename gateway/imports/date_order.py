"""One order for all dates of a column: found from all of them, or asked where nothing tells whether 3/4 is 3 April.

Every value of three numbers says which orders it can be read in. An order that all of them fit is the column's. Where
several are left, or none is, a person chooses; what then does not fit is no date.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.date_words import Order, order_of
from gateway.core.dates import ORDERS, is_clock, readings_of
from gateway.imports.dates import MOST_EXAMPLES, Dates, DatesSeen
from gateway.imports.headings import known_heading
from gateway.imports.shapes import ColumnFound, DateMisfit, DateOrder, DateReading


def order_among(seen: DatesSeen, country: str) -> DateOrder:
    """The order of a column's dates, as all of them say, or as is usual in a country (ISO 3166, two letters)."""
    fitting = [order for order in ORDERS if seen.fits.get(order) == seen.values]
    choices = fitting or sorted(seen.fits, key=lambda order: (-seen.fits[order], order))
    usual = order_of(country)
    order = usual if usual in choices else choices[0]
    if not fitting:
        # Some speak for each: what most say.
        order = choices[0]
    texts = seen.in_question or [text for _, text in seen.others.values()][:MOST_EXAMPLES]
    return DateOrder(
        order=order,
        is_certain=len(fitting) == 1 or (bool(fitting) and not seen.in_question),
        values=seen.values,
        choices=choices,
        examples=[_reading(text) for text in texts],
        misfits=[DateMisfit(order, *seen.others[order]) for order in ORDERS if order in seen.others],
    )


def pair_clock(columns: list[ColumnFound]) -> None:
    """Propose the column of times of day that stands beside the one of dates, if both are headed as times are."""
    headed = [one for one in columns if one.samples and known_heading(one.heading) == "timestamp"]
    clocks = [one for one in headed if all(map(is_clock, one.samples))]
    days = [one for one in headed if one not in clocks]
    clock = next((one for one in clocks if one.field in (None, "timestamp") and one.found_by != "memory"), None)
    dated = next((one for one in columns if one.field == "timestamp"), None)
    if clock is None or dated is None:
        return
    if dated is clock:
        # "Time" came before "Date".
        day = next((one for one in days if one.field is None and one.found_by is None), None)
        if day is None:
            return
        day.field, day.found_by = "timestamp", "heading"
    clock.field, clock.found_by = "time_of_day", "heading"


def order_of_texts(texts: Iterable[object], country: str) -> Order | None:
    """The order of dates that come together; None where none is in question."""
    dates = Dates()
    for row, text in enumerate(texts, 1):
        if isinstance(text, str):
            dates.look(row, [text.strip()])
    return next((order_among(seen, country).order for seen in dates.seen()), None)


def _reading(text: str) -> DateReading:
    readings = {order: day.isoformat() for order, day in readings_of(text).items()}
    return DateReading(text, *(readings.get(order) for order in ORDERS))
