"""`python -m tests.bench.lists`: what each list costs with a million leads, as a manager and as a caller.

Every filter of the API is asked for alone, in pairs, and with what is searched for; on the first page, on one in the
middle and on the last. Times are those of the call in the database, as the gateway makes it. What counts is how long
the server's process was on the CPU, so that other work on the machine does not; the time on the clock stands beside
it. Whatever is slower than the bound comes with its plans.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from gateway.database.embedded import Server
from gateway.events.alerts import AlertQuery
from gateway.events.audit import AuditPage
from gateway.events.destinations import DeliveryQuery
from gateway.imports.endpoints import ImportPage, RowFilter
from gateway.leads.endpoints import LeadFilter, LeadPage
from tests.bench import stored
from tests.support import Workspace

BOUND_MS = 50
EXECUTIONS = 20
# A combination far above the bound is asked fewer times.
MOST_SECONDS = 2

SEARCHES = {
    "common word": "kumar",
    "two words": "kumar asha",
    "three words": "sen zoya omkar",
    "rare word": "wolkowicz",
    "part of a word": "olkowi",
    "nothing": "xylophonist",
    "city": "udaipur",
    "name and city": "gita udaipur",
    "last digits": "43210",
    "part of a phone": "+91 98 123",
    "whole phone": "6000123456",
    "part of an e-mail": "asha.patil1",
    "e-mail": "asha.patil12@gmail.com",
    "one letter": "z",
    "percent": "%",
    "other script": "आशा",
}
PAIRED = ("common word", "two words", "rare word", "last digits", "nothing")


class List(NamedTuple):
    """A function of schema `api`, the type of its filter, and values of each filter by a word for them."""

    function: str
    filters: type[msgspec.Struct] | None
    values: dict[str, dict[str, Any]]
    callers_too: bool = False
    first: str = ""


class Timed(NamedTuple):
    """One combination, in milliseconds."""

    role: str
    name: str
    half: float
    most: float
    on_clock: float
    items: int
    call: str
    settings: dict[str, str]


def main() -> None:
    """Fill the database unless it is, measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.lists", description="Lists with very many leads.")
    parser.add_argument("folder", type=Path, help="where the server is, or will be")
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--database", default="lists")
    parser.add_argument("--only", default="", help="only combinations with this text")
    parser.add_argument("--role", default="", help="admin or caller")
    parser.add_argument("--executions", type=int, default=EXECUTIONS)
    parser.add_argument("--shown", type=int, default=40, help="how many of the slowest to show")
    given = parser.parse_args()
    console = Console(width=160)
    with Server(given.folder / "postgres") as server, Progress(console=console, transient=True) as progress:
        workspace = stored.fill(progress, server, given.database, given.leads)
        with psycopg.connect(server.url(given.database), autocommit=True) as connection:
            asked = [one for one in _asked(workspace) if given.only in one[1] and given.role in one[0]]
            task = progress.add_task("measuring", total=len(asked))
            timed = []
            for one in asked:
                timed.append(_timed(connection, given.executions, *one))
                progress.advance(task)
            _print(console, timed, given.shown)
            for slow in sorted((one for one in timed if one.most > BOUND_MS), key=lambda one: -one.most)[:5]:
                console.print(f"\n{slow.role} {slow.name}\n", *_plans(server.url(given.database), slow), sep="\n")


def _lists(workspace: Workspace) -> list[List]:
    def one(query: str) -> Any:
        return workspace.connection.execute(query.encode(), {"workspace": workspace.id}).fetchall()[0][0]

    lead = "select id from crm.leads where workspace_id = %(workspace)s order by id"
    caller = "select caller_id from crm.users where workspace_id = %(workspace)s and role = 'caller'"
    other = "select id from crm.callers where workspace_id = %(workspace)s order by id desc limit 1"
    at = "select created_at::text from crm.leads where workspace_id = %(workspace)s order by id"
    event = "select event_seq from crm.workspaces where id = %(workspace)s"
    destination = "select min(id) from crm.destinations where workspace_id = %(workspace)s"
    actor = "select 'user:' || id from crm.users where workspace_id = %(workspace)s and name = 'Meera'"
    count = one("select count(*) from crm.leads where workspace_id = %(workspace)s")
    middle, last = one(f"{lead} offset {count // 2} limit 1"), one(f"{lead} offset 40 limit 1")
    filters: dict[str, dict[str, Any]] = {
        "state": {"common": "Kerala", "none": "Sikkim"},
        "caller_id": {"busiest": one(caller), "other": one(other)},
        "status": {name: name for name in ("assigned", "queued", "closed", "test")},
        "source": {"common": "Google Ads", "rarer": "Expo Pune", "none": "Nowhere"},
        "lead_status": {"new": "new", "converted": "converted"},
        "called": {"not": "no", "in time": "in_time"},
        "lacks": {"state": "state", "caller": "caller"},
        "campaign_id": {"one": one("select max(id) from crm.campaigns where workspace_id = %(workspace)s")},
        "since": {"month": one(f"{at} offset {count * 5 // 6} limit 1"), "ever": one(f"{at} limit 1")},
        "until": {"month": one(f"{at} offset {count // 6} limit 1"), "week": one(f"{at} offset {count // 30} limit 1")},
        "search": SEARCHES,
    }
    return [
        List("list_leads", LeadPage, filters | {"after": {"middle": middle, "last": last}}, True),
        List("count_leads", LeadFilter, filters, True),
        List(
            "list_audit",
            AuditPage,
            {
                "kind": {kind: kind for kind in ("lead.closed", "lead.queued", "caller", "campaign.created")},
                "actor": {"manager": one(actor), "routing": "intake"},
                "lead_id": {"one": middle},
                "caller_id": {"one": one(other)},
                "since": filters["since"],
                "until": filters["until"],
                "dealt": {"no": False},
                "after": {"middle": one(event) // 2, "last": 20},
            },
        ),
        List(
            "list_deliveries",
            DeliveryQuery,
            {
                "destination_id": {"one": one(destination)},
                "status": {name: name for name in ("waiting", "delivered", "failed")},
                "after": {"middle": f"{one(event) - 100_000}-1", "last": f"{one(event) - 199_990}-1"},
            },
        ),
        List(
            "list_import_rows",
            RowFilter,
            {
                "outcome": {name: name for name in ("ready", "duplicate", "refused", "imported")},
                "note": {"rare": "phone_given", "none": "city_given"},
                "after": {"middle": 50_000, "last": 99_990},
            },
            first=str(one("select id from crm.imports where workspace_id = %(workspace)s limit 1")),
        ),
        List("list_imports", ImportPage, {"after": {"first": last}}),
        List("list_alerts", AlertQuery, {"open": {"yes": True, "no": False}, "after": {"middle": one(event) // 2}}),
        *(
            List(name, None, {}, name == "list_callers")
            for name in (
                "list_callers", "list_campaigns", "list_rules", "reach_rules", "list_pools", "list_own_sources",
                "list_lead_sources", "list_destinations", "list_users", "list_actors", "get_overview",
            )
        ),
    ]  # fmt: skip


def _asked(workspace: Workspace) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Role, name, call and settings of each combination."""
    people = dict(
        workspace.connection.execute(
            "select role, 'user:' || id from crm.users where workspace_id = %s and name in ('Meera', 'Kavita')",
            [workspace.id],
        ).fetchall()
    )
    for one in _lists(workspace):
        for role in ("admin", "caller") if one.callers_too else ("admin",):
            settings = {
                "role": f"fairlead_{role}",
                "fairlead.workspace_id": str(workspace.id),
                "fairlead.actor": people[role],
            }
            for name, chosen in _combinations(one):
                said = psycopg.sql.Literal(json.dumps(chosen, default=str)).as_string()
                arguments = ", ".join([f"'{one.first}'"] * bool(one.first) + [f"{said}::jsonb"] * bool(one.filters))
                yield role, f"{one.function} {name}".strip(), f"api.{one.function}({arguments})", settings


def _combinations(one: List) -> Iterator[tuple[str, dict[str, Any]]]:
    """No filter, each alone, and each with each other; then all of it on later pages."""
    if one.filters:
        known = {field.name for field in msgspec.structs.fields(one.filters)} - {"limit"}
        assert known == set(one.values), f"{one.function}: say values of {known ^ set(one.values)}"
    choices = [(field, word) for field, words in one.values.items() if field != "after" for word in words]
    pairs = [
        (first, second)
        for first, second in combinations(choices, 2)
        if first[0] != second[0] and (second[0] != "search" or second[1] in PAIRED)
    ]
    for chosen in [(), *((choice,) for choice in choices), *pairs]:
        for page in ("", *one.values.get("after", {})):
            if page and len(chosen) == 2 and chosen[1][0] != "search":
                continue  # pairs of filters without a search: the first page is the dearest
            words = dict((*chosen, *([("after", page)] if page else [])))
            name = ", ".join(f"{field.removesuffix('_id')} {word}" for field, word in words.items())
            yield name, {field: one.values[field][word] for field, word in words.items()}


def _timed(
    connection: psycopg.Connection[Any], executions: int, role: str, name: str, call: str, settings: dict[str, str]
) -> Timed:
    taken: list[float] = []
    clock: list[float] = []
    items = 0
    while len(taken) < executions and (sum(clock) < MOST_SECONDS * 1000 or len(taken) < 3):
        with connection.transaction():
            for key, value in settings.items():
                connection.execute("select set_config(%s, %s, true)", [key, value])
            begin, began = time.perf_counter(), _on_cpu(connection)
            answer = connection.execute(f"select {call}".encode()).fetchall()[0][0]
            clock.append((time.perf_counter() - begin) * 1000)
            taken.append((_on_cpu(connection) - began) / 1e6)
        items = (
            len(answer.get("items", answer))
            if isinstance(answer, dict)
            else answer
            if isinstance(answer, int)
            else len(answer)
        )
    return Timed(role, name, statistics.median(taken), _p95(taken), _p95(clock), items, call, settings)


def _on_cpu(connection: psycopg.Connection[Any]) -> int:
    """Nanoseconds that the connection's process on the server has been on the CPU."""
    return int(Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text().split()[0])


def _plans(url: str, slow: Timed) -> list[str]:
    """The plans of the statements in the call, in the words of the server."""
    plans: list[str] = []
    with psycopg.connect(url) as connection:
        connection.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
        connection.execute("load 'auto_explain'")
        for key, value in {
            "auto_explain.log_min_duration": "20ms",
            "auto_explain.log_nested_statements": "on",
            "auto_explain.log_analyze": "on",
            "client_min_messages": "log",
            **slow.settings,
        }.items():
            connection.execute("select set_config(%s, %s, true)", [key, value])
        connection.execute(f"select {slow.call}".encode())
    return plans


def _print(console: Console, timed: list[Timed], shown: int) -> None:
    for heading, ones in (
        ("the slowest", sorted(timed, key=lambda one: -one.most)[:shown]),
        ("the slowest of each list and role", _slowest_of_each(timed)),
    ):
        table = Table(
            "as",
            "asked for",
            "p50 ms",
            "p95 ms",
            "p95 on the clock",
            "found",
            title=f"{len(timed)} combinations, {heading}",
        )
        for one in ones:
            style = "red" if one.most > BOUND_MS else ""
            table.add_row(
                one.role,
                one.name,
                f"{one.half:.1f}",
                f"{one.most:.1f}",
                f"{one.on_clock:.0f}",
                str(one.items),
                style=style,
            )
        console.print(table)
    above = sum(one.most > BOUND_MS for one in timed)
    console.print(f"{above} of {len(timed)} above {BOUND_MS} ms; p95 of all {_p95([one.most for one in timed]):.1f} ms")


def _slowest_of_each(timed: list[Timed]) -> list[Timed]:
    slowest: dict[tuple[str, str], Timed] = {}
    for one in sorted(timed, key=lambda one: one.most):
        slowest[one.role, one.name.split(" ")[0]] = one
    return list(slowest.values())


def _p95(values: list[float]) -> float:
    return sorted(values)[max(int(len(values) * 0.95) - 1, 0)]


if __name__ == "__main__":
    main()
