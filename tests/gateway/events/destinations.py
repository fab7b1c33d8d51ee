"""Destinations of deliveries, for tests."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx


class Destination(NamedTuple):
    """A destination of the test's workspace, and the secret that was shown when it was made."""

    id: int
    secret: str


def send_to(manager: httpx.Client, address: str, *events: str, kind: str = "webhook") -> Destination:
    """Add a destination for these kinds of events."""
    body = {"name": address, "kind": kind, "address": address, "events": events}
    response = manager.post("/api/destinations", json=body)
    assert response.status_code == 201, response.text
    return Destination(response.json()["destination"]["id"], response.json()["secret"])


def deliveries(manager: httpx.Client) -> list[tuple[str, str, int]]:
    """Every delivery, oldest event first: kind, status, tries."""
    items = manager.get("/api/deliveries").json()["items"]
    return [(item["event"], item["status"], item["tries"]) for item in reversed(items)]


def one(manager: httpx.Client) -> Any:
    """The only destination there is."""
    [found] = manager.get("/api/destinations").json()["items"]
    return found
