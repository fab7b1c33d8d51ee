"""Which pages there are for whom. It only spares people what is not theirs: what they may do, the database decides."""

from __future__ import annotations

from typing import NamedTuple

EVERYBODY = frozenset({"admin", "manager", "caller", "analyst"})
MANAGERS = frozenset({"admin", "manager"})
# As many as fit at the foot of the smallest phone; one of them says "More" where there are others.
MOST_TABS = 5


class Place(NamedTuple):
    """A page in the navigation: its path, what it is called, its template, its icon, its group, the roles it is for."""

    path: str
    name: str
    template: str
    icon: str
    group: str
    roles: frozenset[str]


PLACES = (
    Place("/", "Dashboard", "dashboard/page.html", "weights", "Work", MANAGERS),
    Place("/leads", "Leads", "leads/page.html", "leads", "Work", MANAGERS),
    Place("/", "My leads", "leads/mine.html", "leads", "Work", frozenset({"caller"})),
    Place("/queue", "Queue", "leads/queue.html", "queue", "Work", MANAGERS),
    Place("/callers", "Callers", "callers/page.html", "callers", "Work", MANAGERS),
    Place("/routing", "Routing", "routing/page.html", "route", "Work", MANAGERS),
    Place("/campaigns", "Campaigns", "campaigns/page.html", "campaigns", "Work", MANAGERS),
    Place("/import", "Import", "imports/page.html", "import", "Work", MANAGERS),
    Place("/reports", "Reports", "routing/reports.html", "reports", "Work", MANAGERS | {"analyst"}),
    Place("/sources", "Sources", "sources/page.html", "sources", "Administration", MANAGERS),
    Place("/dispositions", "Dispositions", "activities/page.html", "check", "Administration", MANAGERS),
    Place("/alerts", "Alerts", "events/alerts.html", "bell", "Administration", MANAGERS),
    Place("/audit", "Audit", "events/audit.html", "audit", "Administration", MANAGERS),
    Place("/people", "People", "people/page.html", "people", "Administration", frozenset({"admin"})),
    Place("/settings", "Settings", "people/settings.html", "settings", "Administration", frozenset({"admin"})),
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


def template_for(path: str, role: str) -> str | None:
    """The template of a page in the navigation for a role; None if the page is not for it."""
    return next((place.template for place in PLACES if place.path == path and role in place.roles), None)
