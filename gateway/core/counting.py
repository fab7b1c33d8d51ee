"""What the gateway counts while it works: the requests and leads here, the rest where the work is done.

Nothing here is registered: a process may hold several gateways, and `metrics` collects what one of them counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import Counter, Histogram, disable_created_metrics

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LEADS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)

# A second series beside each counter and histogram, which no alert and no panel asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]


def counter(name: str, text: str, *labels: str) -> Counter:
    """A counter that is not registered yet."""
    return Counter(name, text, labels, registry=None)


def histogram(name: str, text: str, *labels: str, buckets: Sequence[float] = SECONDS) -> Histogram:
    """A histogram, of seconds unless told, that is not registered yet."""
    return Histogram(name, text, labels, buckets=buckets, registry=None)


class Counts:
    """The requests answered, and the leads among them."""

    def __init__(self) -> None:
        self.requests = counter(
            "fairlead_http_requests", "Requests answered, by route and status.", "method", "route", "status"
        )
        self.seconds = histogram(
            "fairlead_http_seconds",
            "From a request to the beginning of its answer, by route; the webhook apart.",
            "route",
        )
        self.webhook_seconds = histogram(
            "fairlead_webhook_seconds", "From a post to the webhook to its answer, by when a lead is committed."
        )
        self.leads = counter(
            "fairlead_leads_received",
            "Leads that sources have handed in, by what became of them: assigned, queued, or duplicate (known before).",
            "workspace",
            "source",
            "outcome",
        )
        self.refused = counter(
            "fairlead_leads_refused",
            "Posts to the webhook that were answered with an error, and leads so answered among many, by status.",
            "status",
        )
