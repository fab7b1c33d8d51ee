"""/api/fairness and /api/simulate: the past beside what was due, and beside what would have been."""

from typing import Any

import httpx
import pytest

from tests.gateway.conftest import fields_at_fault
from tests.support import Workspace


@pytest.fixture
def dealt(workspace: Workspace) -> dict[str, str]:
    """Two callers who got five leads each; their ids by name."""
    callers = {name: workspace.caller(name) for name in ("Asha", "Bilal")}
    workspace.ingest(*({"name": f"Lead {number}"} for number in range(10)))
    return callers


def by_name(response: httpx.Response, *fields: str) -> dict[str | None, list[Any]]:
    """These fields of every item, by the caller's name; None is the queue."""
    assert response.status_code == 200, response.text
    return {item["name"]: [float(item[field]) for field in fields] for item in response.json()["items"]}


def test_fairness_puts_what_was_given_beside_what_was_due(dealt: dict[str, str], manager: httpx.Client) -> None:
    fields = ("eligible", "expected", "given", "difference")
    answer = manager.get("/api/fairness")
    assert by_name(answer, *fields) == {"Asha": [10, 5, 5, 0], "Bilal": [10, 5, 5, 0]}
    assert answer.json()["from"] < answer.json()["until"]
    long_ago = manager.get("/api/fairness", params={"from": "2000-01-01", "until": "2000-01-01T18:30:00+05:30"})
    assert by_name(long_ago, "given") == {"Asha": [0], "Bilal": [0]}
    # Midnight is that of the workspace, in India.
    assert long_ago.json()["from"].startswith("1999-12-31T18:30:00")
    assert by_name(manager.get("/api/fairness?from=&until="), "given") == {"Asha": [5], "Bilal": [5]}


def test_a_period_that_makes_no_sense_is_named(manager: httpx.Client) -> None:
    for field, value in [("from", "yesterday"), ("until", "2024-02-30"), ("colour", "red")]:
        assert fields_at_fault(manager.get("/api/fairness", params={field: value})) == [field]
        assert fields_at_fault(manager.post("/api/simulate", json={field: value})) == [field]
    assert fields_at_fault(manager.get("/api/fairness?from=now&until=soon")) == ["from", "until"]
    # A week date is one to Python, not to PostgreSQL.
    assert manager.get("/api/fairness?from=2024-W05-3").json()["from"].startswith("2024-01-30T18:30")


def test_a_simulation_without_changes_gives_everybody_the_same(dealt: dict[str, str], manager: httpx.Client) -> None:
    happened = {"Asha": [5, 5], "Bilal": [5, 5], None: [0, 0]}
    assert by_name(manager.post("/api/simulate", json={}), "happened", "simulated") == happened
    assert by_name(manager.post("/api/simulate", json={"until": "2000-01-01"}), "happened") == {
        "Asha": [0],
        "Bilal": [0],
        None: [0],
    }


def test_a_simulation_deals_by_other_settings_and_leaves_nothing_behind(
    dealt: dict[str, str], manager: httpx.Client
) -> None:
    def simulated(**changes: Any) -> dict[str | None, list[Any]]:
        return by_name(manager.post("/api/simulate", json=changes), "simulated")

    before = [manager.get(path).json() for path in ("/api/callers", "/api/leads", "/api/overview")]
    asha, bilal = dealt["Asha"], dealt["Bilal"]
    capped = {asha: {"daily_limit": 2}, bilal: {"max_load": 3}}
    assert simulated(callers=capped) == {"Asha": [2], "Bilal": [3], None: [5]}
    assert simulated(callers={asha: {"status": "paused"}}) == {"Asha": [0], "Bilal": [10], None: [0]}
    assert simulated(callers={bilal: {"archived": True}}) == {"Asha": [10], "Bilal": [0], None: [0]}
    weighted = [{"name": "by weight", "strategy": "weighted"}]
    weights = {asha: {"weight": 4}}
    assert simulated(rules=weighted, callers=weights) == {"Asha": [8], "Bilal": [2], None: [0]}
    assert simulated(strategy="weighted", callers=weights) == {"Asha": [8], "Bilal": [2], None: [0]}
    assert simulated(rules=[]) == {"Asha": [0], "Bilal": [0], None: [10]}
    pune = {"match": "all", "terms": [{"field": "City", "operator": "is", "values": ["Pune"]}]}
    nobody = [{"name": "Pune", "condition": pune, "attributes": ["state"], "on_exhausted": "queue"}]
    assert simulated(rules=nobody) == {"Asha": [0], "Bilal": [0], None: [10]}
    assert [manager.get(path).json() for path in ("/api/callers", "/api/leads", "/api/overview")] == before


def test_a_change_that_makes_no_sense_is_named(dealt: dict[str, str], manager: httpx.Client) -> None:
    asha, stranger = dealt["Asha"], "01900000-0000-7000-8000-000000000000"
    mistakes: list[tuple[dict[str, Any], str]] = [
        ({"callers": {asha: {"weight": 0}}}, f"callers.{asha}.weight"),
        ({"callers": {asha: {"name": "Esha"}}}, f"callers.{asha}.name"),
        ({"callers": {asha: 5}}, f"callers.{asha}"),
        ({"callers": {"Asha": {}}}, "callers.Asha"),
        ({"callers": {stranger: {"weight": 2}}}, f"callers.{stranger}"),
        ({"callers": []}, "callers"),
        ({"strategy": "luck"}, "strategy"),
        ({"rules": [{"name": "one"}, {"strategy": "weighted"}]}, "name"),
        ({"rules": [{"name": "one", "strategy": "luck"}]}, "rules[0].strategy"),
        ({"rules": [{"name": "one", "attributes": ["colour"]}]}, "rules[0].attributes[0]"),
        ({"rules": [{"name": "one", "condition": '$.city == "Pune"'}]}, "rules[0].condition"),
        ({"rules": [{"name": "one", "condition": {"match": "all"}}]}, "condition.terms"),
        ({"rules": [{"name": "one"}, {"name": "One"}]}, "name"),
        ({"rules": [{"name": " "}]}, "name"),
    ]
    for changes, field in mistakes:
        response = manager.post("/api/simulate", json=changes)
        assert (changes, response.status_code // 100, fields_at_fault(response)) == (changes, 4, [field])


def test_reports_are_for_people_who_are_signed_in(visitor: httpx.Client) -> None:
    assert visitor.get("/api/fairness").status_code == 401
    assert visitor.post("/api/simulate", json={}).status_code == 401
