"""Requests made up by schemathesis from the API's own description, and what is wrong with the answers."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import Status, events, from_schema

# A description cannot say it all: a 422 may name these fields, or give these reasons, although all is as described.
# It knows no ids of what there is. To JSON Schema 9.0 is a whole number, a text of NULs as good as any other, and the
# year 1 a year.
JUDGED = (
    "Idempotency-Key",
    "address",
    "body",
    "budget",
    "callers",
    "campaign",
    "condition",
    "daily_limit",
    "due_at",
    "due_on",
    "email",
    "endpoint",
    "events",
    "expires_at",
    "file",
    "heading_row",
    "hours",
    "ids",
    "keys",
    "mapping",
    "name",
    "password",
    "phone",
    "present",
    "refresh_token",
    "sheet",
    "sources",
    "states",
    "task",
    "teams",
    "template",
    "time_off",
    "timeline_months",
    "timestamp",
    "title",
    "timezone",
)
REASONS = (
    "not float",
    "NUL",
    "date or time such as",
    "There is no ",
    "The period ends before it begins",
    "The period is longer than",
    "The period to compare with ends before it begins",
    "The period to compare with is longer than",
    "That is still to come",
    "Nothing comes of a note",
)


@dataclass
class Report:
    """What came of it: how many requests, the statuses of their answers, and each failed check in words."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def fuzz(
    url: str, description: dict[str, Any], cookies: httpx.Cookies, *, examples: int, phases: set[str], seed: int
) -> Report:
    """Send requests of every kind as whoever has these cookies, and check the answers by all schemathesis knows."""
    config = SchemathesisConfig.from_dict(
        {
            "base-url": url,
            "seed": seed,
            "headers": {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
            "continue-on-failure": True,
            "generation": {
                "mode": "all",
                "max-examples": examples,
                "no-shrink": True,
                "database": "none",
                "with-security-parameters": False,
            },
            "phases": {
                phase: {"enabled": phase in phases} for phase in ("examples", "coverage", "fuzzing", "stateful")
            },
        }
    )
    report = Report()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_dict(description, config=config)
        for event in from_schema(schema).execute():
            if isinstance(event, events.NonFatalError | events.FatalError):
                report.failures.append(repr(event))
            elif isinstance(event, events.ScenarioFinished):
                _read(event.recorder, report)
    return report


def _read(recorder: Any, report: Report) -> None:
    for name, interaction in recorder.interactions.items():
        report.cases += 1
        if interaction.response is None:
            report.failures.append(f"{recorder.label}: no answer")
            continue
        report.statuses[interaction.response.status_code] += 1
        for check in recorder.checks.get(name, []):
            if check.status == Status.FAILURE and not _is_fine(check.name, interaction):
                found = check.failure_info.failure
                body = (interaction.request.body or b"")[:300]
                answer = interaction.response.content[:300]
                report.failures.append(
                    f"{recorder.label}: {check.name}: {found.message} {interaction.request.uri} {body!r} -> {answer!r}"
                )


def _is_fine(check: str, interaction: Any) -> bool:
    """Whether a failed check is about what a description cannot say."""
    status: int = interaction.response.status_code
    content: bytes = interaction.response.content
    if check == "positive_data_acceptance":
        if status != 422:
            return status == 412
        reasons = REASONS if not interaction.request.uri.endswith("/preview") else (*REASONS, "characters long")
        return all(
            error["field"].startswith(JUDGED) or any(reason in error["message"] for reason in reasons)
            for error in msgspec.json.decode(content).get("errors", [])
        )
    # A lead is read from whatever it comes in: a field that does not fit is kept in its metadata.
    if check == "negative_data_rejection" and interaction.request.uri.endswith("/leads/preview"):
        return status == 200
    # Of leads in bulk one that is refused is named in the answer, and the others are stored.
    if check == "negative_data_rejection" and interaction.request.uri.endswith("/leads/bulk"):
        return status == 200 and bool(msgspec.json.decode(content)["errors"])
    # An empty parameter counts as not given.
    query = str(interaction.request.uri).partition("?")[2]
    return bool(check == "negative_data_rejection") and any(part.endswith("=") for part in query.split("&"))
