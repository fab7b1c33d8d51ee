"""A lead's panel: what is known of it, why it went where it did, and giving it to somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb

from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]


def test_a_lead_tells_who_it_is_and_why_it_went_to_its_caller(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    workspace.caller("Asha", "Goa", daily_limit=1)
    workspace.caller("Bilal", "Goa", status="paused")
    workspace.caller("Chitra", "Kerala")
    post_lead(name="First", phone="+919845000001", state="Goa")
    post_lead(
        name="Meera Joshi",
        phone="+919845000002",
        state="goa",
        message="After six, please",
        metadata={"campaign": "Diwali"},
    )
    page.goto("/leads")
    page.get_by_role("link", name="Meera Joshi").click()

    panel = page.get_by_role("dialog", name="Meera Joshi")
    expect(panel).to_be_visible()
    expect(panel.get_by_role("link", name="+91 98450 00002")).to_have_attribute("href", "tel:+919845000002")
    for text in ("After six, please", "Diwali", "Callers for Goa", "At cap 1 of 1", "Everybody"):
        expect(panel.get_by_text(text, exact=True).first).to_be_visible()
    expect(panel.locator('[data-outcome="chosen"]')).to_have_text(re.compile("Chitra.*Chosen", re.DOTALL))
    expect(panel.locator('[data-outcome="skipped"]').filter(has_text="Bilal").first).to_contain_text("Paused")
    expect(panel.get_by_role("listitem").filter(has_text="Assigned to Chitra")).to_contain_text("by routing")


def test_a_lead_of_a_place_in_two_states_says_so(page: Page, workspace: Workspace, post_lead: Post) -> None:
    workspace.caller("Chitra", "Kerala")
    post_lead(name="Meera Joshi", phone="+919845000002", city="Aurangabad")
    page.goto("/leads")
    page.get_by_role("link", name="Meera Joshi").click()
    panel = page.get_by_role("dialog", name="Meera Joshi")
    expect(panel.get_by_text("Bihar or Maharashtra")).to_be_visible()
    expect(panel.get_by_text("not known, as “Aurangabad” is in both")).to_be_visible()
    expect(panel.get_by_text("No state: city Aurangabad is in Bihar and Maharashtra").first).to_be_visible()


def test_all_numbers_of_a_lead_can_be_called_and_what_is_none_is_told(page: Page, post_lead: Post) -> None:
    post_lead(name="Meera Joshi", phone="98450 00001 / 022-2345 6789 ext 12")
    post_lead(name="Ravi Kumar", phone="986680002.6")
    page.goto("/leads")
    page.get_by_role("link", name="Meera Joshi").click()
    panel = page.get_by_role("dialog", name="Meera Joshi")
    expect(panel.get_by_role("link", name="+91 98450 00001")).to_have_attribute("href", "tel:+919845000001")
    expect(panel.get_by_role("link", name="+91 22 2345 6789")).to_have_attribute("href", "tel:+912223456789")
    expect(panel.get_by_text("98450 00001 / 022-2345 6789 ext 12", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Ravi Kumar").click()
    panel = page.get_by_role("dialog", name="Ravi Kumar")
    expect(panel.get_by_text("986680002.6", exact=True)).to_be_visible()
    expect(panel.get_by_text("as given: not understood")).to_be_visible()


def test_a_lead_is_given_to_another_caller_and_the_history_tells(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha", daily_limit=20)
    workspace.ingest({"name": "Meera Joshi", "phone": "+919845000001"})
    workspace.caller("Bilal")
    chitra = workspace.caller("Chitra")
    page.goto("/leads")
    page.get_by_role("link", name="Meera Joshi").click()
    panel = page.get_by_role("dialog", name="Meera Joshi")
    panel.get_by_role("button", name="Reassign").click()
    form = panel.get_by_role("form", name="Where this lead goes")

    form.get_by_role("button", name="Reassign").click()
    expect(form.get_by_label("Caller", exact=True)).to_have_accessible_description("Choose a caller.")

    # Paused after the form was filled in: the server's word appears at the field, and the note is not lost.
    form.get_by_label("Note").fill("Speaks Konkani")
    form.get_by_label("Caller", exact=True).select_option(value=chitra)
    workspace.call("api.set_caller_status(%s, 'paused')", chitra)
    form.get_by_role("button", name="Reassign").click()
    expect(form.get_by_label("Caller", exact=True)).to_have_accessible_description(re.compile("Chitra is paused"))
    expect(form.get_by_label("Note")).to_have_value("Speaks Konkani")

    form.get_by_label("Caller", exact=True).select_option(label="Bilal · 0, no limit")
    form.get_by_role("button", name="Reassign").click()
    expect(panel.get_by_role("region", name="Caller")).to_contain_text("Bilal")
    expect(panel.get_by_role("region", name="Caller")).to_contain_text("Speaks Konkani")
    expect(panel.get_by_role("listitem").filter(has_text="Assigned to Bilal")).to_contain_text("by Admin")
    expect(panel.get_by_role("button", name="Reassign")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("row").filter(has_text="Meera Joshi")).to_contain_text("Bilal")


def test_a_lead_goes_back_through_routing(page: Page, workspace: Workspace) -> None:
    asha = workspace.caller("Asha")
    workspace.ingest({"name": "Meera Joshi", "phone": "+919845000001"})
    workspace.call("api.set_caller_status(%s, 'paused')", asha)
    page.goto("/leads")
    page.get_by_role("link", name="Meera Joshi").click()
    panel = page.get_by_role("dialog", name="Meera Joshi")
    panel.get_by_role("button", name="Reassign").click()
    panel.get_by_role("radio", name="Back through routing").check()
    panel.get_by_role("button", name="Route again").click()
    expect(panel.get_by_text("Waiting in the queue")).to_be_visible()
    expect(panel.get_by_text("Put in the queue")).to_be_visible()


def test_a_lead_has_an_address_and_closes_by_keyboard_with_the_focus_where_it_was(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    workspace.caller("Asha")
    post_lead(name="Ravi Kumar", phone="+919845000002", state="Goa")
    lead = post_lead(name="Meera Joshi", phone="+919845000001", state="Goa")["lead_id"]
    page.goto("/leads?state=Goa")
    link = page.get_by_role("link", name="Meera Joshi")
    panel = page.get_by_role("dialog")
    link.focus()
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    expect(page).to_have_url(re.compile(f"/leads/{lead}"))
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")

    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(link).to_be_focused()
    expect(page).to_have_url(re.compile(r"/leads\?state=Goa$"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Ravi Kumar")).to_be_focused()

    page.goto(f"/leads/{lead}")
    expect(page.get_by_role("dialog", name="Meera Joshi")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(panel).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/leads$"))


@pytest.mark.parametrize("lead", ["01a1fbac-3994-7cb8-9cb0-bb97a8a6cd53", "mistyped"])
def test_an_address_without_a_lead_says_so(page: Page, lead: str) -> None:
    page.goto(f"/leads/{lead}")
    expect(page.get_by_role("heading", name="There is no such lead")).to_be_visible()


def test_a_lead_to_be_claimed_counts_down_and_is_claimed(page: Page, workspace: Workspace, post_lead: Post) -> None:
    everybody = workspace.call("api.list_rules()")[1]
    workspace.call("api.update_rule(%s, %s)", everybody["id"], Jsonb({**everybody, "claim_minutes": 10}))
    workspace.caller("Asha")
    lead = post_lead(name="Meera Joshi", phone="+919845000001")["lead_id"]
    page.goto("/leads")
    expect(page.get_by_role("row").filter(has_text="Meera Joshi")).to_contain_text("To claim")
    page.get_by_role("link", name="Meera Joshi").click()
    panel = page.get_by_role("dialog", name="Meera Joshi")
    expect(panel.get_by_text(re.compile(r"To be claimed by \d\d:\d\d, 9:\d\d left"))).to_be_visible()
    panel.get_by_role("button", name="Claim", exact=True).click()
    expect(panel.get_by_text("Claimed now", exact=True)).to_be_visible()
    expect(panel.get_by_role("button", name="Claim", exact=True)).to_be_hidden()
    expect(panel.get_by_role("listitem").filter(has_text="Claimed")).to_contain_text("by Admin")
    assert workspace.call("api.get_lead(%s)", lead)["claimed_at"] is not None


def test_a_lead_is_closed_found_among_the_closed_and_reopened(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    workspace.caller("Asha")
    post_lead(name="Meera Joshi", phone="+919845000001")
    page.goto("/leads?status=closed")
    expect(page.get_by_role("link", name="Meera Joshi")).to_be_hidden()
    page.goto("/leads")
    page.get_by_role("link", name="Meera Joshi").click()
    panel = page.get_by_role("dialog", name="Meera Joshi")
    panel.get_by_role("button", name="Close lead").click()
    expect(panel.get_by_role("button", name="Reopen")).to_be_focused()
    expect(panel.get_by_role("button", name="Reassign")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("row").filter(has_text="Meera Joshi")).to_contain_text("Closed")
    page.get_by_label("Status").select_option(label="Closed")
    page.get_by_role("link", name="Meera Joshi").click()
    panel.get_by_role("button", name="Reopen").click()
    expect(page.get_by_text("Reopened, with Asha.")).to_be_visible()
    expect(panel.get_by_role("button", name="Close lead")).to_be_visible()
