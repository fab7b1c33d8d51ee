"""One order for all dates of a column: found from all of them, or asked where nothing tells whether 3/4 is 3 April.

Every value of three numbers says which orders it can be read in. An order that all of them fit is the column's. Where
several are left, or none is, a person chooses; what then does not fit is no date.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.date_words import Order, order_of
from gateway.core.dates import ORDERS, readings_of
from gateway.imports.dates import MOST_EXAMPLES, Dates, DatesSeen
from gateway.imports.shapes import DateMisfit, DateOrder, DateReading


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
