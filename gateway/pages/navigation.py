"""Which pages there are for whom. It only spares people what is not theirs: what they may do, the database decides."""

from __future__ import annotations

from typing import NamedTuple

EVERYBODY = frozenset({"admin", "manager", "caller", "analyst"})
MANAGERS = frozenset({"admin", "manager"})
# As many as fit at the foot of the smallest phone; one of them says "More" where there are others.
MOST_TABS = 5


class Place(NamedTuple):
    """A page in the navigation: its path, what it is called, its icon, the group it stands in, the roles it is for."""

    path: str
    name: str
    icon: str
    group: str
    roles: frozenset[str]


PLACES = (
    Place("/", "Leads", "leads", "Work", MANAGERS),
    Place("/", "My leads", "leads", "Work", frozenset({"caller"})),
    Place("/queue", "Queue", "queue", "Work", MANAGERS),
    Place("/callers", "Callers", "callers", "Work", MANAGERS),
    Place("/routing", "Routing", "route", "Work", MANAGERS),
    Place("/campaigns", "Campaigns", "campaigns", "Work", MANAGERS),
    Place("/import", "Import", "import", "Work", MANAGERS),
    Place("/reports", "Reports", "reports", "Work", MANAGERS | {"analyst"}),
    Place("/sources", "Sources", "sources", "Administration", MANAGERS),
    Place("/alerts", "Alerts", "bell", "Administration", MANAGERS),
    Place("/audit", "Audit", "audit", "Administration", MANAGERS),
    Place("/people", "People", "people", "Administration", frozenset({"admin"})),
    Place("/settings", "Settings", "settings", "Administration", frozenset({"admin"})),
)


class Navigation:
    """The navigation of a role. `first` is where it begins, `groups` all its places under the names of their groups.

    On a phone `tabs` are at hand, and `rest` is behind "More".
    """

    def __init__(self, role: str) -> None:
        places = [place for place in PLACES if role in place.roles]
        at_hand = len(places) if len(places) <= MOST_TABS else MOST_TABS - 1
        self.first = places[0]
        self.tabs, self.rest = places[:at_hand], places[at_hand:]
        self.groups: dict[str, list[Place]] = {}
        for place in places:
            self.groups.setdefault(place.group, []).append(place)


NAVIGATION = {role: Navigation(role) for role in EVERYBODY}


def is_for(path: str, role: str) -> bool:
    """Whether a page is for a role. A page that is in nobody's navigation is for everybody."""
    places = [place for place in PLACES if place.path == path]
    return not places or any(role in place.roles for place in places)
