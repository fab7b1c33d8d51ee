"""Generated leads for measuring: no two alike, spread over states, with and without what has to be looked up."""

from __future__ import annotations

import json
import secrets
from itertools import count
from typing import Any

STATES = ("Maharashtra", "Karnataka", "Goa", "Kerala", "Gujarat", "Punjab", "Tamil Nadu", "Rajasthan")
CITIES = ("Pune", "Bengaluru", "Panaji", "Kochi", "Surat", "Ludhiana", "Chennai", "Jaipur")
FIRST = ("Asha", "Ravi", "Meera", "Nikhil", "Sunita", "Imran", "Divya", "Arjun", "Kavya", "Rohan", "Leela")
LAST = (
    "Patil",
    "Bose",
    "Joshi",
    "Iyer",
    "Nair",
    "Kulkarni",
    "Singh",
    "Reddy",
    "Das",
    "Mehta",
    "Fernandes",
    "Rao",
    "Gill",
)

# Every process begins somewhere else, so that no lead of one repeats a lead of another.
_numbers = count(secrets.randbelow(3_000_000_000))


def lead() -> dict[str, Any]:
    """One lead as a sheet's automation sends it: name, phone, timestamp, source, city and state."""
    n = next(_numbers)
    return {
        "name": f"{FIRST[n % 11]} {LAST[n % 13]}",
        "phone": f"+91{6_000_000_000 + n}",
        "timestamp": "2026-01-05T10:00:00+05:30",
        "lead_source": "Google Ads",
        "city": CITIES[n % 8],
        "state": STATES[n % 8],
        "metadata": {"campaign": "spring", "row": n},
    }


def body() -> bytes:
    """One lead as the body of a webhook post."""
    return json.dumps(lead()).encode()


def batch(source_id: int, size: int) -> str:
    """`size` leads as api.ingest_leads() takes them."""
    return json.dumps([{"source_id": source_id, **lead()} for _ in range(size)])
