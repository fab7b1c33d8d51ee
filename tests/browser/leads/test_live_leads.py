"""The list of leads: live, filtered, long."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.waiting import still
from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]


def row(page: Page, name: str) -> Locator:
    """The row of one lead."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def test_a_posted_lead_appears_without_reload(page: Page, workspace: Workspace, post_lead: Post) -> None:
    workspace.caller("Asha", "Maharashtra", daily_limit=20)
    page.goto("/leads")
    expect(page.get_by_role("heading", name="Post your first lead")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.evaluate("window.sameDocument = true")

    post_lead(name="Meera Joshi", phone="+919845000001", city="Pune", lead_source="Website")

    lead = row(page, "Meera Joshi")
    expect(lead).to_contain_text("Asha")
    expect(lead).to_contain_text("No state: city Pune is in Maharashtra")
    expect(lead).to_contain_text("+91 98450 00001")
    expect(lead).to_contain_text("Assigned")
    expect(page.get_by_text("1 lead", exact=True)).to_be_visible()
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"


def test_a_lead_that_nobody_can_take_shows_in_the_badge(page: Page, post_lead: Post) -> None:
    page.goto("/callers")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    post_lead(name="Meera Joshi", phone="+919845000001")
    expect(page.get_by_role("link", name="Queue 1 waiting")).to_be_visible()


def test_while_reading_further_down_new_leads_wait_behind_a_button(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    workspace.caller("Asha")
    workspace.ingest(*({"name": f"Lead {number}", "phone": f"+9198450{number:05}"} for number in range(60)))
    page.goto("/leads")
    expect(row(page, "Lead 59")).to_be_visible()
    row(page, "Lead 40").scroll_into_view_if_needed()
    page.mouse.wheel(0, 600)
    expect(row(page, "Lead 30")).to_be_in_viewport()
    before = still(page)

    post_lead(name="Meera Joshi", phone="+919845100001")
    post_lead(name="Ravi Kumar", phone="+919845100002")

    waiting = page.get_by_role("button", name="2 new leads")
    expect(waiting).to_be_visible()
    assert still(page) == before
    waiting.click()
    expect(row(page, "Ravi Kumar")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Ravi Kumar")).to_be_focused()
    expect(waiting).to_be_hidden()


def test_fetching_anew_does_not_move_what_one_reads(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha")
    workspace.ingest(*({"name": f"Lead {number}", "phone": f"+9198450{number:05}"} for number in range(60)))
    page.goto("/leads")
    row(page, "Lead 40").scroll_into_view_if_needed()
    page.mouse.wheel(0, 600)
    expect(row(page, "Lead 30")).to_be_in_viewport()
    before = still(page)
    with page.expect_response("**/api/leads?*"):
        page.evaluate("window.dispatchEvent(new CustomEvent('fairlead:retry'))")
    assert still(page) == before
    expect(row(page, "Lead 30")).to_be_in_viewport()


def test_filters_and_search_narrow_the_list_and_live_in_the_address(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    asha = workspace.caller("Asha", "Maharashtra")
    workspace.caller("Bilal", "Goa")
    workspace.ingest(
        {"name": "Meera Joshi", "phone": "+919845000001", "state": "Maharashtra", "lead_source": "Website"},
        {"name": "Ravi Kumar", "phone": "+919845000002", "state": "Goa", "lead_source": "Referral"},
        {"name": "Ravi Shetty", "phone": "+919845000003", "state": "Maharashtra", "lead_source": "Referral"},
    )
    names = page.locator(".stream-row .row-link")
    page.goto("/leads")
    expect(names).to_have_text(["Ravi Shetty", "Ravi Kumar", "Meera Joshi"])

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("ravi")
    expect(names).to_have_text(["Ravi Shetty", "Ravi Kumar"])
    page.get_by_label("Caller", exact=True).select_option("Asha")
    expect(names).to_have_text(["Ravi Shetty"])
    expect(page).to_have_url(re.compile(rf"\?search=ravi&caller={asha}$"))
    page.reload()
    expect(names).to_have_text(["Ravi Shetty"])
    expect(page.get_by_label("Caller", exact=True)).to_have_value(asha)

    post_lead(name="Ravi Das", phone="+919845000004", state="Goa")
    post_lead(name="Ravi Rao", phone="+919845000005", state="MH")
    page.get_by_role("button", name="1 new lead").click()
    expect(names).to_have_text(["Ravi Rao", "Ravi Shetty"])

    page.get_by_role("searchbox").fill("nobody")
    expect(page.get_by_role("heading", name="No lead matches")).to_be_visible()
    page.get_by_role("button", name="Clear filters").last.click()
    expect(names).to_have_count(5)
    page.get_by_role("searchbox").fill("00003")
    expect(names).to_have_text(["Ravi Shetty"])
    page.get_by_role("searchbox").press("Escape")
    for label, choice, left in (("State", "Goa", 2), ("Source", "Referral", 1), ("Period", "Yesterday", 0)):
        page.get_by_role("combobox", name=label, exact=True).select_option(choice)
        expect(names).to_have_count(left)


def test_of_thousands_of_leads_only_those_in_sight_are_in_the_document(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha")
    workspace.ingest(*({"name": f"Lead {number}", "phone": f"+9198{number:08}"} for number in range(3000)))
    page.goto("/leads")
    expect(page.get_by_text("More than 1,000 leads", exact=True)).to_be_visible()
    rows = page.locator(".stream-row")
    table = page.get_by_role("table")
    for _ in range(5):
        loaded = int(table.get_attribute("aria-rowcount") or 0)
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        expect(table).not_to_have_attribute("aria-rowcount", str(loaded))
        assert rows.count() < 80
    last = page.locator(".stream-row .row-link").last
    expect(last).not_to_have_text("Lead 2999")


def test_trouble_is_a_banner_with_a_way_to_try_again(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha")
    workspace.ingest({"name": "Meera Joshi", "phone": "+919845000001"})
    page.route("**/api/leads?*", lambda route: route.fulfill(status=503, json={"detail": "The database is away."}))
    page.goto("/leads")
    expect(page.get_by_role("heading", name="The leads could not be loaded")).to_be_visible()
    page.unroute("**/api/leads?*")
    page.get_by_role("button", name="Try again").click()
    expect(row(page, "Meera Joshi")).to_be_visible()


def test_the_list_is_saved_as_a_file_with_what_its_filters_find(page: Page, post_lead: Post) -> None:
    post_lead(name="Meera Joshi", state="Goa")
    post_lead(name="Ravi Kumar", state="Kerala")
    page.goto("/leads?state=Goa")
    expect(page.get_by_role("link", name="Meera Joshi")).to_be_visible()
    for button, ending in (("CSV", ".csv"), ("Excel", ".xlsx")):
        with page.expect_download() as saved:
            page.get_by_role("group", name="Save as a file").get_by_role("button", name=button).click()
        assert saved.value.suggested_filename.startswith("leads-")
        assert saved.value.suggested_filename.endswith(ending)
    rows = CalamineWorkbook.from_path(saved.value.path()).get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows] == ["Name", "Meera Joshi"]
