"""By which names the fields of what a sender posts are known as those of a lead, without a mapping."""

from __future__ import annotations

from functools import lru_cache

from gateway.core.field_names import DETAILS, PARTS_OF_NAME, alike, field_called

# The fields of a lead but for `metadata`, as `lead.Lead` has them.
OWN = (
    *("name", "phone", "email", "external_id", "source_row_id", "timestamp"),
    *("lead_source", "city", "state", "language", "message"),
    *(*PARTS_OF_NAME, *DETAILS),
)
OWN_NAMES = {alike(name): name for name in OWN}
WAYS_TO_KNOW_A_LEAD = ("name", "phone", "email", "external_id", "source_row_id")
# What people call these is understood. Of ids, times and sources it is not: there are too many.
PERSONAL = frozenset(("name", *PARTS_OF_NAME, "phone", "email", "city", "state", "message"))
UNDERSTOOD = PERSONAL | {*DETAILS}
LONGEST_NAME = 100


@lru_cache(maxsize=2000)
def field_known_as(name: str) -> str | None:
    """The field of a lead that is meant by a name, if it is known well enough to be taken without a mapping."""
    if len(name) > LONGEST_NAME:
        return None
    own = OWN_NAMES.get(alike(name))
    if own is not None:
        return own
    field = field_called(name)
    return field if field in UNDERSTOOD else None
