"""What each role is shown: its own pages, without a request that would be refused; and a caller's day."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from gateway.pages.navigation import PLACES
from tests.browser.conftest import Join
from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]

FOR_MANAGERS = (
    *("Dashboard", "Leads", "Queue", "Callers", "Routing", "Campaigns", "Import", "Reports"),
    *("Sources", "Dispositions", "Alerts", "Audit"),
)
PAGES = {
    "admin": (*FOR_MANAGERS, "People", "Settings"),
    "manager": FOR_MANAGERS,
    "caller": ("My leads",),
    "analyst": ("Reports",),
}
EVERY_PATH = [*dict.fromkeys(place.path for place in PLACES)]


def row(page: Page, name: str) -> Locator:
    """The row of one lead."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


@pytest.mark.parametrize("role", PAGES)
def test_each_role_finds_its_pages_and_asks_for_nothing_that_is_refused(
    join: Join, workspace: Workspace, role: str
) -> None:
    kavita = workspace.caller("Kavita")
    workspace.ingest({"name": "Meera Joshi", "phone": "+919845000001"})
    page = join(role, kavita if role == "caller" else None, viewport={"width": 1440, "height": 900})
    refused: list[str] = []

    def hear(response: Response) -> None:
        if response.status >= 400:
            refused.append(f"{response.status} {response.url}")

    page.on("response", hear)
    page.goto("/")
    navigation = page.get_by_role("navigation", name="Main").get_by_role("link")
    expect(navigation).to_have_count(len(PAGES[role]))
    paths = []
    for index, name in enumerate(PAGES[role]):
        navigation.nth(index).click()
        expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
        expect(page.get_by_text("Live", exact=True).first).to_be_visible()
        expect(page.locator(".skeleton:visible")).to_have_count(0)
        expect(navigation.nth(index)).to_have_attribute("aria-current", "page")
        paths.append(page.evaluate("location.pathname"))
    page.goto("/account")
    expect(page.get_by_text("You have no tokens.")).to_be_visible()
    if role in ("admin", "manager", "caller"):
        page.goto("/" if role == "caller" else "/leads")
        if role == "caller":
            expect(page.get_by_role("heading", name="Meera Joshi")).to_be_visible()
            page.get_by_role("tab", name="All").click()
        page.get_by_role("link", name="Meera Joshi", exact=True).click()
        expect(page.get_by_role("dialog", name="Meera Joshi").get_by_text("Received").first).to_be_visible()
    assert refused == []

    for path in EVERY_PATH:
        answer = page.request.get(path)
        if path in paths:
            assert answer.status == 200, path
        elif path == "/":
            assert answer.url.endswith(paths[0])
        else:
            assert answer.status == 403, path
            assert "This page is not for your role" in answer.text(), path
            assert f"Go to {PAGES[role][0]}" in answer.text(), path
    if others := [path for path in EVERY_PATH if path not in paths]:
        page.goto(others[-1])
        expect(page.get_by_role("heading", name="This page is not for your role")).to_be_visible()
        expect(page.get_by_role("link", name=f"Go to {PAGES[role][0]}")).to_be_visible()


def test_a_callers_day(join: Join, workspace: Workspace, post_lead: Post) -> None:
    kavita = workspace.caller("Kavita", "Goa")
    other = workspace.caller("Leela", "Kerala")
    workspace.connection.execute("update crm.rules set claim_minutes = 5 where workspace_id = %s", [workspace.id])
    page = join("caller", kavita)
    page.goto("/")
    expect(page.get_by_role("heading", name="You have no leads yet")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.evaluate("window.sameDocument = true")

    post_lead(name="Not Hers", phone="+919845000001", state="Kerala")
    lead = post_lead(name="Meera Joshi", phone="+919845000002", state="Goa")
    expect(page.get_by_role("heading", name="Meera Joshi")).to_be_visible()
    expect(page.get_by_text(re.compile("To claim: 4:.. left"))).to_be_visible()
    call = page.get_by_role("link", name="Call Meera Joshi, +91 98450 00002")
    expect(call).to_have_attribute("href", "tel:+919845000002")

    page.get_by_role("link", name="Details").click()
    panel = page.get_by_role("dialog", name="Meera Joshi")
    expect(panel.get_by_role("link", name="Call +91 98450 00002")).to_have_attribute("href", "tel:+919845000002")
    for name in ("Reassign", "Hold", "Merge with another contact"):
        expect(panel.get_by_role("button", name=name)).to_have_count(0)
    panel.get_by_role("button", name="Claim").click()
    expect(panel.get_by_text("Claimed now", exact=True)).to_be_visible()
    panel.get_by_role("button", name="Close lead").click()
    expect(panel.get_by_role("button", name="Reopen")).to_be_focused()
    expect(panel.get_by_text("Closed", exact=True).first).to_be_visible()
    panel.get_by_role("button", name="Reopen").click()
    expect(panel.get_by_role("button", name="Close lead")).to_be_visible()
    expect(panel.get_by_text("Assigned", exact=True).first).to_be_visible()

    # A manager gives it to somebody else, while it is open here.
    workspace.call("api.reassign_lead(%s, %s)", lead["lead_id"], other)
    expect(page.get_by_role("heading", name="This lead is not with you")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("heading", name="You have no leads yet")).to_be_visible()
    expect(page.get_by_text("Meera Joshi is not with you any more.")).to_be_visible()

    post_lead(name="Ravi Kumar", phone="+919845000003", state="Goa")
    post_lead(name="Ravi Shetty", phone="+919845000004", state="Goa")
    expect(page.get_by_role("heading", name="Ravi Kumar")).to_be_visible()  # what ends soonest
    page.get_by_role("tab", name="Today").click()
    expect(page.locator("#day-today .row-link")).to_have_text(["Ravi Kumar", "Ravi Shetty"])
    page.get_by_role("tab", name="All").click()
    expect(page.locator("#day-all .row-link")).to_have_text(["Ravi Shetty", "Ravi Kumar"])
    page.get_by_role("searchbox").fill("shetty")
    expect(page.locator("#day-all .row-link")).to_have_text(["Ravi Shetty"])
    page.get_by_label("Status", exact=True).select_option("Closed")
    expect(page.get_by_role("heading", name="No lead matches")).to_be_visible()
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"
    assert "Not Hers" not in page.content()


def test_who_is_no_caller_yet_is_told_so_and_gets_the_leads_once_an_admin_has_said_who_it_is(
    join: Join, workspace: Workspace
) -> None:
    kavita = workspace.caller("Kavita")
    workspace.ingest({"name": "Meera Joshi", "phone": "+919845000001"})
    page = join("caller")
    page.goto("/")
    expect(page.get_by_role("heading", name="You are not set up as a caller yet")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    found = workspace.connection.execute(
        "select id from crm.users where role = 'caller' and workspace_id = %s", [workspace.id]
    )
    workspace.call("api.update_user(%s, jsonb_build_object('caller_id', %s::text))", found.fetchall()[0][0], kavita)
    expect(page.get_by_role("heading", name="Meera Joshi")).to_be_visible()


def test_an_analyst_sees_whether_it_was_fair_and_nothing_to_try_out(join: Join, workspace: Workspace) -> None:
    workspace.caller("Kavita")
    workspace.ingest({"name": "Meera Joshi", "phone": "+919845000001"})
    page = join("analyst")
    page.goto("/")
    expect(page.get_by_role("table", name="Leads given and due, by caller")).to_contain_text("Kavita")
    expect(page.get_by_role("heading", name="What if?")).to_have_count(0)


def test_on_a_phone_what_does_not_fit_is_behind_more(phone: Page) -> None:
    phone.goto("/")
    navigation = phone.get_by_role("navigation", name="Main")
    expect(navigation.get_by_role("link")).to_have_count(4)
    navigation.get_by_role("button", name="More").tap()
    expect(navigation.get_by_role("link")).to_have_count(len(PAGES["admin"]))
    navigation.get_by_role("link", name="Audit").tap()
    expect(phone.get_by_role("heading", level=1, name="Audit")).to_be_visible()


def test_a_callers_leads_fit_the_smallest_phone(join: Join, workspace: Workspace) -> None:
    kavita = workspace.caller("Kavita")
    long = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren"
    workspace.connection.execute("update crm.rules set claim_minutes = 5 where workspace_id = %s", [workspace.id])
    workspace.ingest({"name": long, "phone": "+919845000002", "city": "Thiruvananthapuram", "lead_source": long})
    page = join("caller", kavita, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    page.goto("/")
    expect(page.get_by_role("heading", name=long)).to_be_visible()
    assert page.evaluate(overflow) == 0
    page.get_by_role("tab", name="All").tap()
    expect(row(page, long)).to_be_visible()
    assert page.evaluate(overflow) == 0
    call = row(page, long).get_by_role("link", name=f"Call {long}").bounding_box()
    assert call is not None
    assert (call["width"] > 180, call["height"] >= 44) == (True, True)
    row(page, long).get_by_role("link", name=long, exact=True).tap()
    expect(page.get_by_role("dialog", name=long).get_by_role("button", name="Claim")).to_be_visible()
    assert page.evaluate(overflow) == 0


def test_a_caller_finds_the_own_leads_alone(join: Join, workspace: Workspace) -> None:
    kavita = workspace.caller("Kavita Joshi", "Maharashtra")
    workspace.caller("Ravi Rao", "Goa")
    workspace.ingest(
        {"name": "Asha Rao", "phone": "9812345678", "state": "Maharashtra"},
        {"name": "Bina Rao", "phone": "9812345679", "state": "Goa"},
    )
    page = join("caller", kavita)
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("rao")
    expect(page.get_by_role("listbox", name="Found").get_by_role("option")).to_contain_text(["Asha Rao"])
