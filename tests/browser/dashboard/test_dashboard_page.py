"""The manager's first page: figures that are live, add up, and lead to the leads behind them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]
# What an open dashboard may take to show a lead.
MOST_SECONDS = 3


def figure(page: Page, name: str) -> Locator:
    """One of the numbers at the top."""
    return page.locator(f"[data-figure={name}] a")


def table(page: Page, name: str) -> Locator:
    """The table by sources, callers, states or campaigns."""
    return page.locator(f"[data-table={name}] table")


@pytest.fixture
def worked(workspace: Workspace) -> list[str]:
    """Four leads of two callers, two of them closed, and one that waits; their ids."""
    for name, state in (("Asha", "Goa"), ("Bilal", "Kerala")):
        workspace.caller(name, state, daily_limit=2)
    leads = [("Goa", "Website"), ("Kerala", "Website"), ("Kerala", "Google Ads"), (None, None), (None, "Website")]
    answers = workspace.ingest(
        *(
            {"name": f"Lead {number}", "phone": f"+9198450{number:05}", "state": state, "lead_source": source}
            for number, (state, source) in enumerate(leads)
        )
    )
    ids = [str(answer["lead_id"]) for answer in answers]
    workspace.call("api.close_lead(%s)", ids[0])
    workspace.call("api.log_activity(%s, %s)", ids[1], '{"kind": "call", "seconds": 60}')
    workspace.call("core.set_status(%s, 'converted', 'Bought')", ids[2])
    return ids


def test_a_lead_that_psql_inserts_shows_within_seconds(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha", daily_limit=20)
    page.goto("/")
    expect(page.get_by_role("heading", name="What to do first")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.evaluate("window.sameDocument = true")
    for number in range(1, 3):
        began = time.monotonic()
        workspace.connection.execute(
            "insert into crm.leads (workspace_id, name) values (%s, %s)", [workspace.id, f"Lead {number}"]
        )
        expect(figure(page, "received")).to_have_text(str(number), timeout=MOST_SECONDS * 1000)
        print(f"{time.monotonic() - began:.2f} s")
    expect(figure(page, "assigned")).to_have_text("2")
    expect(page.get_by_role("heading", name="What to do first")).to_be_hidden()
    expect(page.locator("#caller-standings")).to_contain_text("2 of 20")
    expect(page.get_by_role("img", name=re.compile("2 leads, at most 2 in the hour of"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("2 leads in the last hour"))).to_be_visible()
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"


def test_a_page_that_nobody_looks_at_asks_for_nothing_and_a_burst_is_asked_for_once(
    page: Page, workspace: Workspace
) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/api/dashboard" in request.url else None)
    page.goto("/")
    expect(page.locator("dd.loading")).to_have_count(0)
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    before = len(asked)
    for number in range(30):
        workspace.ingest({"name": f"Lead {number}"})
    expect(page.get_by_role("link", name="Queue 30 waiting")).to_be_visible()
    assert len(asked) == before
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(figure(page, "received")).to_have_text("30")
    assert len(asked) == before + 1


@pytest.mark.usefixtures("worked")
def test_each_number_leads_to_the_leads_behind_it(page: Page) -> None:
    page.goto("/")
    expect(figure(page, "received")).to_have_text("5")
    links = page.locator("main a[href^='/leads?']").evaluate_all(
        "(all) => all.filter((a) => a.offsetParent).map((a) => [a.getAttribute('href'), a.textContent])"
    )
    assert len(links) > 12
    numbers = {href: text.split(" ")[0] for href, text in links}  # "2 (40 %)"
    for href, number in {href: number for href, number in numbers.items() if number not in ("0", "–")}.items():
        page.goto(href)
        counted = page.locator(".list-head .count")
        expect(counted).to_have_text(re.compile(rf"^{number} leads?$"))
        expect(page.locator(".stream-row .row-link")).to_have_count(int(number))
    page.goto("/?status=closed")
    expect(page).to_have_url(re.compile(r"/leads\?status=closed$"))
    expect(page.locator(".stream-row .row-link")).to_have_text(["Lead 2", "Lead 0"])


@pytest.mark.usefixtures("worked")
def test_the_tables_add_up_and_another_period_is_a_choice_away(page: Page, workspace: Workspace) -> None:
    workspace.connection.execute(
        "insert into crm.leads (workspace_id, name, created_at) values (%s, 'Old', now() - interval '20 days')",
        [workspace.id],
    )
    page.goto("/")
    for name in ("sources", "callers", "states", "campaigns"):
        expect(table(page, name).locator("tfoot td").first).to_have_text("5")
        shown = table(page, name).locator("tbody tr td:nth-child(2)").all_inner_texts()
        assert sum(map(int, shown)) == 5, name
    expect(table(page, "callers").get_by_role("row", name=re.compile("Nobody"))).to_be_visible()
    page.get_by_role("combobox", name="Period").select_option("Last 30 days")
    expect(figure(page, "received")).to_have_text("6")
    expect(page.get_by_role("heading", name="Leads by day")).to_be_visible()
    page.get_by_text("As a table").click()
    days = page.get_by_role("group", name="Leads by hour or day, as a table").locator("tbody tr")
    expect(days).to_have_count(30)
    assert sum(map(int, days.locator("td:nth-child(2) a").all_inner_texts())) == 6
    page.reload()
    expect(figure(page, "received")).to_have_text("6")
    page.get_by_role("combobox", name="Compared with").select_option("Other dates…")
    week = datetime.now(ZoneInfo("Asia/Kolkata")).date() - timedelta(days=12)
    with page.expect_response(re.compile(f"before_from={week}&before_until=")):
        page.get_by_label("Compared with what begins").fill(f"{week}")
        page.get_by_label("Compared with what begins").dispatch_event("change")
    expect(page.get_by_text(re.compile("2026, compared with"))).to_be_visible()


def test_the_dashboard_fits_the_smallest_phone(open_browser: Callable[..., BrowserContext], worked: list[str]) -> None:
    context = open_browser(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto("/")
    expect(figure(page, "received")).to_have_text("5")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert len(worked) == 5


@pytest.mark.usefixtures("worked")
def test_callers_are_compared_by_a_button(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Compare", exact=True).click()
    compared = page.get_by_role("group", name="Callers compared").locator("tbody tr")
    expect(compared).to_have_count(2)
    expect(compared.first).to_contain_text("Not to be told from the others: ")
    page.get_by_label("Of which source").select_option("Google Ads")
    expect(compared).to_have_count(1)


def test_the_wall_board_goes_on_by_itself_also_after_a_lost_connection(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha", daily_limit=20)
    workspace.ingest({"name": "One"})
    page.goto("/board")
    received = page.locator("[data-figure=received] dd").first
    expect(received).to_have_text("1")
    row = page.get_by_role("table", name="Callers today").get_by_role("row", name=re.compile("Asha"))
    expect(row).to_contain_text("1 / 20")
    assert page.locator("main").get_by_role("button").or_(page.locator("main a")).count() == 0
    page.evaluate("window.sameDocument = true")
    page.route("**/api/dashboard*", lambda route: route.abort())
    workspace.ingest({"name": "Two"})
    page.wait_for_event("requestfailed")
    expect(received).to_have_text("1")
    page.unroute("**/api/dashboard*")
    workspace.ingest({"name": "Three"})
    expect(received).to_have_text("3")
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"
