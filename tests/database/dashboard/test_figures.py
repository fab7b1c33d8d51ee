"""The figures of the dashboard, against leads counted one by one in Python."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.conftest import Connect
from tests.support import Workspace

# Clocks are set back in New York on 1 November 2026 and on in Lord Howe, by half an hour, on 4 October; Kolkata is half
# an hour off the hour, Kathmandu a quarter.
PLACES = [
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kolkata", date(2026, 11, 10)),
    ("Asia/Kathmandu", date(2026, 11, 10)),
]
DAYS = 9
SOURCES = ("Google Ads", "google ads", "Website", None)
STATES = ("Goa", "Kerala", None)
REACHED = ("contacted", "qualified", "converted", "lost", "junk")
COUNTED = ("received", "assigned", "waiting", "closed", "claimed", "called", "called_in_time", *REACHED)
KINDS = ("source", "campaign", "state", "caller")


class Floor:
    """A workspace in which leads come in and are worked on, at times of our choosing."""

    def __init__(self, connection: psycopg.Connection[Any], timezone: str, day: date, seed: int) -> None:
        self.connection = connection
        self.zone = ZoneInfo(timezone)
        self.workspace = Workspace.create(connection, timezone=timezone)
        self.random = random.Random(seed)
        self.first = day - timedelta(days=DAYS // 2)
        self.at(datetime.combine(self.first, time(), self.zone))
        self.callers = [self.workspace.caller("Asha", "Goa", campaigns=["Diwali"]), self.workspace.caller("Bina")]

    def at(self, moment: datetime) -> None:
        """Move the clock."""
        self.now = moment.astimezone(UTC)
        self.connection.execute("select set_config('fairlead.now', %s, false)", [self.now.isoformat()])

    def lead(self) -> None:
        """Something comes in, now and then a test, or one that somebody stored late."""
        lead = {
            "name": f"Lead {self.random.random()}",
            "lead_source": self.random.choice(SOURCES),
            "state": self.random.choice(STATES),
            "metadata": self.random.choice([{}, {"campaign": "diwali"}]),
            "is_test": self.random.random() < 0.1,
        }
        self.workspace.ingest({name: value for name, value in lead.items() if value})
        if self.random.random() < 0.1:
            earlier = self.now - timedelta(days=self.random.uniform(0, 3))
            self.connection.execute(
                "insert into crm.leads (workspace_id, name, created_at) values (%s, %s, %s)",
                [self.workspace.id, f"Late {earlier}", earlier],
            )

    def act(self) -> None:
        """Somebody does something with some lead."""
        found = self.connection.execute(
            "select l.id, l.assignment_status, l.claimed_at is null, l.caller_id, l.is_test from core.lead_cards l"
            " where l.workspace_id = %s order by l.id"
            " offset floor(%s * (select count(*) from crm.leads)) limit 1",
            [self.workspace.id, self.random.random()],
        ).fetchone()
        if not found or found[4]:
            return
        lead_id, status, is_unclaimed, caller_id, _ = found
        match self.random.randrange(9):
            case 0 if status == "closed":
                self.workspace.call("api.reopen_lead(%s)", lead_id)
            case 1 if status == "assigned" and is_unclaimed:
                self.workspace.call("core.claim_lead(%s, %s)", lead_id, caller_id)
            case 2:
                self.workspace.call("api.close_lead(%s)", lead_id)
            case 3 if status == "assigned":
                other = next(one for one in self.callers if one != str(caller_id))
                with suppress(psycopg.DatabaseError):  # who is paused takes none
                    self.workspace.call("api.reassign_lead(%s, %s)", lead_id, other)
            case 4:
                self.connection.execute(
                    "update crm.leads set state = %s, state_from = %s, lead_source = %s where id = %s",
                    (*self.random.choice([("Goa", "state", "Website"), (None, None, None)]), lead_id),
                )
            case 6 | 7:
                ago = self.random.choice([0, 30, 200, 4000, 50000, 100000])
                call = {
                    "kind": self.random.choice(["call", "call", "call", "note"]),
                    "body": "x",
                    "direction": self.random.choice(["in", "out"]),
                    "seconds": self.random.choice([0, 60]),
                    "at": (self.now - timedelta(seconds=ago)).isoformat(),
                }
                if call["kind"] == "note":
                    del call["direction"]
                self.workspace.call("api.log_activity(%s, %s)", lead_id, Jsonb(call))
            case 8 if status != "closed":
                self.workspace.call("core.set_status(%s, %s, 'x')", lead_id, self.random.choice(REACHED))
            case 5:
                status = self.random.choice(["paused", "active"])
                self.workspace.call("api.set_caller_status(%s, %s)", self.random.choice(self.callers), status)

    def run(self) -> None:
        """Days of it, of which some are kept as they go."""
        start = datetime.combine(self.first, time(), self.zone)
        until = datetime.combine(self.first + timedelta(days=DAYS), time(), self.zone)
        for share in sorted(self.random.random() for _ in range(140)):
            self.at(start.astimezone(UTC) + share * (until.astimezone(UTC) - start.astimezone(UTC)))
            self.lead() if self.random.random() < 0.5 else self.act()
            if self.random.random() < 0.1:
                self.connection.execute("select core.keep_figures(%s)", [self.workspace.id])

    def figures(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """What the database says."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(
                "select * from report.figures(%s, %s, %s)", [self.workspace.id, since, until]
            ).fetchall()

    def counted(self, since: datetime, until: datetime) -> dict[tuple[str, str], Counter[str]]:
        """The same, counted lead by lead."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            leads = cursor.execute(
                "select * from core.lead_cards where workspace_id = %s", [self.workspace.id]
            ).fetchall()
        by_hour = until - since <= timedelta(hours=75)
        calls: dict[object, datetime] = dict(
            self.connection.execute(
                "select lead_id, min(at) from crm.activities where kind = 'call' and direction = 'out' group by 1"
            ).fetchall()
        )
        waits: list[int] = []
        counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for lead in leads:
            if lead["is_test"] or not since <= lead["created_at"] < until:
                continue
            local = lead["created_at"].astimezone(self.zone)
            keys = {
                "all": "",
                "source": (lead["lead_source"] or "").lower(),
                "campaign": str(lead["campaign_id"] or ""),
                "state": lead["state"] or "",
                "caller": str(lead["caller_id"] or ""),
                **({"hour": f"{local:%Y-%m-%d %H:00}"} if by_hour else {"day": f"{local:%Y-%m-%d}"}),
            }
            is_now = {"assigned": "assigned", "queued": "waiting", "closed": "closed"}[lead["assignment_status"]]
            called = calls.get(lead["id"])
            says = ["received", is_now, str(lead["status"] or "new")]
            says += ["claimed"] * bool(lead["claimed_at"]) + ["called"] * bool(called)
            if called:
                wait = max(int((called - lead["created_at"]).total_seconds() // 1), 0)
                says += ["called_in_time"] * (wait <= 300)
                waits.append(wait)
            for key in keys.items():
                counted[key].update(says)
        if waits:
            for name, share in (("call_median", 0.5), ("call_90", 0.9)):
                wait = sorted(waits)[math.ceil(share * len(waits)) - 1]
                counted["all", ""][name] = wait - wait % (1 if wait < 3600 else 60 if wait < 86400 else 3600)
        return counted


@pytest.fixture(params=PLACES, ids=[place for place, _ in PLACES])
def floor(connect: Connect, request: pytest.FixtureRequest) -> Floor:
    """A workspace after some days of work, around the day on which clocks are set there."""
    timezone, day = request.param
    floor = Floor(connect(), timezone, day, seed=len(timezone))
    floor.run()
    return floor


def test_every_figure_is_what_counting_the_leads_gives_and_all_add_up(floor: Floor) -> None:
    midnights = [datetime.combine(floor.first + timedelta(days=n), time(), floor.zone) for n in range(DAYS + 1)]
    periods = [(midnights[0], midnights[-1])]
    periods += pairwise(midnights)
    periods += [(midnights[1] + timedelta(minutes=100), midnights[-2] + timedelta(minutes=77))]
    received = []
    for since, until in periods:
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        rows = {(row["kind"], row["key"]): row for row in floor.figures(since, until)}
        counted = floor.counted(since, until)
        assert {key: {name: row[name] for name in COUNTED} for key, row in rows.items()} == {
            key: {name: count[name] for name in COUNTED} for key, count in counted.items()
        }
        if total := rows.get(("all", "")):
            received.append(total["received"])
            assert total["received"] == total["assigned"] + total["waiting"] + total["closed"]
            for name in ("call_median", "call_90"):
                assert total[name] == counted["all", ""].get(name), name
            for kind in (*KINDS, "hour" if until - since <= timedelta(hours=75) else "day"):
                for name in COUNTED:
                    assert total[name] == sum(row[name] for key, row in rows.items() if key[0] == kind), (kind, name)
    assert received[0] == sum(received[1 : DAYS + 1]) > 60


@pytest.mark.parametrize("floor", PLACES[:1], ids=["New_York"], indirect=True)
def test_days_that_are_kept_say_what_the_leads_say_also_when_these_change_after(floor: Floor) -> None:
    whole = [datetime.combine(floor.first + timedelta(days=n), time(), floor.zone).astimezone(UTC) for n in (0, DAYS)]
    while floor.connection.execute("select core.keep_figures(%s)", [floor.workspace.id]).fetchone() == (True,):
        pass
    kept = "select count(*) from crm.workspaces w cross join lateral core.kept_days(w, '-infinity', 'infinity')"
    assert floor.connection.execute(kept).fetchone() == (DAYS - 1,)
    before = floor.figures(whole[0], whole[1])
    floor.connection.execute("update crm.leads set state = 'Punjab', state_from = 'state' where name not like 'Late%'")
    assert floor.connection.execute(kept).fetchone() < (DAYS - 1,)  # type: ignore[operator]
    after = floor.figures(whole[0], whole[1])
    assert before != after
    while floor.connection.execute("select core.keep_figures(%s)", [floor.workspace.id]).fetchone() == (True,):
        pass
    assert floor.connection.execute(kept).fetchone() == (DAYS - 1,)
    assert floor.figures(whole[0], whole[1]) == after
    # In another zone these are other days.
    floor.connection.execute("update crm.workspaces set timezone = 'Pacific/Auckland'")
    assert floor.connection.execute(kept).fetchone() == (0,)
    floor.zone = ZoneInfo("Pacific/Auckland")
    counted = floor.counted(whole[0], whole[1])
    assert {row["key"]: row["received"] for row in floor.figures(whole[0], whole[1]) if row["kind"] == "day"} == {
        key: count["received"] for (kind, key), count in counted.items() if kind == "day"
    }


@pytest.mark.parametrize("floor", PLACES[2:3], ids=["Kolkata"], indirect=True)
def test_what_callers_made_of_leads_is_compared_with_what_the_others_made_of_comparable_ones(floor: Floor) -> None:
    span = [datetime.combine(floor.first + timedelta(days=n), time(), floor.zone).astimezone(UTC) for n in (0, DAYS)]
    with floor.connection.cursor(row_factory=dict_row) as cursor:
        leads = cursor.execute(
            """select l.caller_id, coalesce(lower(l.lead_source), '') as source, l.status = 'converted' as is_won,
              coalesce((select d.pool from crm.lead_assignments a join crm.deals d on d.id = a.deal_id
                where a.lead_id = l.id and a.status in ('assigned', 'closed') order by a.seq desc limit 1), '') as pool
            from core.lead_cards l
            where not l.is_test and l.caller_id is not null and l.created_at between %s and %s""",
            span,
        ).fetchall()
        found = cursor.execute("select * from report.caller_performance(%s, %s, %s)", [floor.workspace.id, *span])
        rows = {row["caller_id"]: row for row in found.fetchall()}
    assert sum(row["leads"] for row in rows.values()) == len(leads) > 20
    assert sum(row["converted"] for row in rows.values()) == sum(bool(lead["is_won"]) for lead in leads)
    assert len(rows) == 2
    for caller_id, row in rows.items():
        expected = 0.0
        others = [lead for lead in leads if lead["caller_id"] != caller_id]
        for lead in (lead for lead in leads if lead["caller_id"] == caller_id):
            alike = [one for one in others if (one["source"], one["pool"]) == (lead["source"], lead["pool"])] or others
            expected += sum(bool(one["is_won"]) for one in alike) / len(alike)
        assert float(row["expected"]) == pytest.approx(expected, abs=0.01)
        assert float(row["ratio"]) == pytest.approx((5 + row["converted"]) / (5 + expected), abs=0.01)
        assert row["low"] < row["ratio"] < row["high"]
        words = "more than" if row["low"] > 1 else "fewer than" if row["high"] < 1 else "not to be told from"
        assert row["says"] == f"{words} the others"
        calls = floor.connection.execute(
            "select count(*) from core.lead_cards l where l.caller_id = %s and not l.is_test and l.created_at"
            " between %s and %s and exists (select from crm.activities a where a.lead_id = l.id and a.kind = 'call'"
            " and a.direction = 'out')",
            [caller_id, *span],
        ).fetchone()
        assert calls == (row["called"],)
