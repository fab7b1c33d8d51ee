"""How long the steps of a caller's day take with 30,000 open leads of that caller: `pytest -s -m long`."""

from __future__ import annotations

import statistics
import time

import pytest
from playwright.sync_api import expect

from tests.browser.activities.test_my_day import Day, day, kavita
from tests.support import Workspace

__all__ = ["day", "kavita"]

pytestmark = [pytest.mark.browser, pytest.mark.long]

LEADS = 30_000
AT_ONCE = 1_000
STEPS = 20


def test_steps_with_30_000_open_leads(day: Day, workspace: Workspace) -> None:
    for first in range(0, LEADS, AT_ONCE):
        workspace.connection.execute(
            """insert into crm.leads (workspace_id, name, phone, city)
            select %s, 'Lead ' || i, '+9198' || lpad(i::text, 8, '0'), 'Panaji'
            from generate_series(%s::int, %s::int) i""",
            [workspace.id, first, first + AT_ONCE - 1],
        )
    # A third has a call-back to come, a third was worked on before.
    workspace.connection.execute(
        """insert into crm.tasks (workspace_id, title, due_at, lead_id, created_at, created_by)
        select workspace_id, 'Call', now() + random() * interval '3 days', lead_id, now(), 'cli'
        from crm.lead_assignments where workspace_id = %s and seq %% 3 = 0""",
        [workspace.id],
    )
    workspace.connection.execute(
        """update crm.lead_assignments set worked_at = now() - interval '2 days'
        where workspace_id = %s and seq %% 3 = 1""",
        [workspace.id],
    )
    workspace.connection.execute("vacuum analyze")
    page = day.page
    page.goto("/")
    expect(page.get_by_role("tab", name="All 30,000")).to_be_visible(timeout=60_000)
    answers: list[float] = []
    steps: list[float] = []
    page.on("requestfinished", lambda request: answers.append(request.timing["responseEnd"]))
    for _ in range(STEPS):
        name = page.locator("#day-name").inner_text()
        day.call.tap()
        day.outcome("No answer").tap()
        begun = time.perf_counter()
        with page.expect_response("**/api/my/day*"):
            day.save.tap()
            expect(page.locator("#day-name")).not_to_have_text(name)
            steps.append(time.perf_counter() - begun)
        # A call takes longer than this.
        expect(day.state).to_contain_text("Saved.")
        page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)

    def say(what: str, times: list[float]) -> None:
        half, most = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"{what}: half in {half:.0f} ms, 95 % in {most:.0f} ms")

    say("from the tap to the next lead, with the browser", [1000 * step for step in steps])
    say("every request of the page", answers)
    server = []
    asked = "select api.list_my_day('{}')"
    with workspace.connection.transaction():
        user = "select id from crm.users where workspace_id = %s and role = 'caller'"
        [[user_id]] = workspace.connection.execute(user, [workspace.id]).fetchall()
        settings = "select set_config('fairlead.workspace_id', %s, true), set_config('fairlead.actor', %s, true)"
        workspace.connection.execute(settings, [str(workspace.id), f"user:{user_id}"])
        workspace.connection.execute("set local role fairlead_caller")
        for _ in range(STEPS):
            begun = time.perf_counter()
            workspace.connection.execute(asked.encode())
            server.append(1000 * (time.perf_counter() - begun))
    say("the day, in the database", server)
    for tab in ("Today", "Later", "All"):
        begun = time.perf_counter()
        page.get_by_role("tab", name=tab).tap()
        expect(page.locator(f"#day-{tab.lower()} .row-link").first).to_be_visible()
        print(f"{tab}: {1000 * (time.perf_counter() - begun):.0f} ms until its first page is there")
