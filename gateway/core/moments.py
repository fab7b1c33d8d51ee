"""Dates and times as people and senders write them, in the form in which the database reads them."""

from __future__ import annotations

from datetime import UTC, datetime

EXPECTED = "It must be a date or time such as 2024-01-31 or 2024-01-31T18:30:00+05:30."


def as_stored(moment: datetime) -> str:
    """ISO 8601; in UTC if it has an offset, since PostgreSQL takes fewer offsets than there can be.

    Raises OverflowError where another timezone may bring it out of the years 1 to 9999.
    """
    if not 1 < moment.year < 9999:
        raise OverflowError
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).isoformat()


def read_moment(value: str) -> str:
    """A date or a time as the database reads it. A date stays one: where its day begins, the workspace's timezone says.

    Raises ValueError that says what is expected.
    """
    try:
        # A plus sign that was not escaped arrives as a space.
        text = value.replace(" ", "+") if "T" in value else value
        moment = as_stored(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise ValueError(EXPECTED) from None
    date = len("2024-01-31")
    return moment[:date] if len(text) == date else moment
