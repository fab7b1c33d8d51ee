"""The steps of an import over the API, for tests."""

from __future__ import annotations

import time
from typing import Any

import httpx

SECONDS_TO_FINISH = 60


def upload(client: httpx.Client, content: bytes, name: str = "leads.csv") -> dict[str, Any]:
    """Upload a file; the import."""
    response = client.post(
        "/api/imports",
        params={"file_name": name},
        content=content,
        headers={"content-type": "application/octet-stream"},
    )
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def look(client: httpx.Client, made: dict[str, Any]) -> dict[str, Any]:
    """The first sheet of a file."""
    response = client.get(f"/api/imports/{made['id']}/sheets/{made['sheets'][0]['number']}")
    assert response.status_code == 200, response.text
    seen: dict[str, Any] = response.json()
    return seen


def check(client: httpx.Client, made: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Have the first sheet checked, mapped as it is proposed unless said otherwise."""
    seen = look(client, made)
    asked = {
        "sheet": seen["number"],
        "heading_row": seen["heading_row"],
        "mapping": {column["field"]: column["column"] for column in seen["columns"] if column["field"]},
        **more,
    }
    response = client.post(f"/api/imports/{made['id']}/check", json=asked)
    assert response.status_code == 202, response.text
    return made


def start(client: httpx.Client, made: dict[str, Any], **asked: Any) -> dict[str, Any]:
    """Start a checked import."""
    response = client.post(f"/api/imports/{made['id']}/start", json=asked)
    assert response.status_code == 202, response.text
    return made


def finished(client: httpx.Client, made: dict[str, Any], status: str) -> dict[str, Any]:
    """The import once it has this status no more."""
    deadline = time.monotonic() + SECONDS_TO_FINISH
    while (now := client.get(f"/api/imports/{made['id']}").json())["status"] == status:
        assert time.monotonic() < deadline, now
        time.sleep(0.02)
    return dict(now)


def imported(client: httpx.Client, made: dict[str, Any], duplicates: str = "skip", **asked: Any) -> dict[str, Any]:
    """The import when it is checked, started, and done."""
    checked = finished(client, check(client, made, duplicates=duplicates), "checking")
    assert checked["status"] == "checked", checked["problem"]
    done = finished(client, start(client, made, **asked), "running")
    assert done["status"] == "done", done
    return done


def rows(client: httpx.Client, made: dict[str, Any], **wanted: Any) -> list[dict[str, Any]]:
    """The first rows of an import."""
    response = client.get(f"/api/imports/{made['id']}/rows", params=wanted)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items
