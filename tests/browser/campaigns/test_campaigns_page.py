"""The campaigns: made with callers, paused and gone on, their results, and their leads by a filter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]


def figure(page: Page, name: str) -> Locator:
    """The number of one figure of a campaign."""
    return page.locator(".figure").filter(has_text=name).locator(".figure-number")


def test_a_campaign_is_made_worked_for_paused_and_archived(page: Page, workspace: Workspace, post_lead: Post) -> None:
    asha, vikram = workspace.caller("Asha", team="North"), workspace.caller("Vikram", team="South")
    page.goto("/campaigns")
    expect(page.get_by_role("heading", name="A campaign is a set of leads with callers of its own")).to_be_visible()
    page.get_by_role("button", name="New campaign").first.click()
    form = page.get_by_role("dialog", name="New campaign")
    expect(form.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(form.get_by_label("Name", exact=True)).to_have_accessible_description(re.compile("Enter a name"))
    page.keyboard.type("Diwali sale")
    expect(form.get_by_role("radio", name="Random Everybody")).to_be_checked()
    form.get_by_label("Team").select_option("North")
    form.get_by_role("button", name="Select these 1").click()
    form.get_by_label("Team").select_option("")
    expect(form.get_by_role("checkbox", name=re.compile("Asha"))).to_be_checked()
    expect(form.get_by_role("checkbox", name=re.compile("Vikram"))).not_to_be_checked()
    form.get_by_role("button", name="Make campaign").click()
    expect(page.get_by_role("row").filter(has_text="Diwali sale")).to_contain_text("1 caller")

    # What comes with its name is Asha's alone.
    given = [
        post_lead(name=f"Lead {n}", phone=f"+9198450000{n:02d}", metadata={"campaign": "diwali SALE"}) for n in (1, 2)
    ]
    assert {lead["assigned_caller"]["id"] for lead in given} == {asha}
    page.get_by_role("link", name="Diwali sale").click()
    expect(page.get_by_role("heading", level=1, name="Diwali sale Running")).to_be_visible()
    expect(figure(page, "With callers")).to_have_text("2")
    expect(page.get_by_role("row").filter(has_text="Asha")).to_contain_text("2")
    expect(page.get_by_role("img", name=re.compile("2 leads in the last 30 days"))).to_be_visible()

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused: its leads wait in the queue, whoever is free")).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    waiting = post_lead(name="Lead 3", phone="+919845000003", metadata={"campaign": "Diwali sale"})
    assert waiting["assignment_status"] == "queued"
    expect(figure(page, "Waiting")).to_have_text("1")

    page.get_by_role("button", name="Add or remove").click()
    chosen = page.get_by_role("dialog", name="Who works for this campaign")
    expect(chosen.get_by_role("checkbox", name=re.compile("Asha"))).to_be_checked()
    chosen.get_by_role("checkbox", name=re.compile("Asha")).uncheck()
    chosen.get_by_role("checkbox", name=re.compile("Vikram")).check()
    chosen.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 caller works for Diwali sale.")).to_be_visible()
    page.get_by_role("button", name="Strategy").click()
    page.get_by_role("radio", name="Round robin").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(re.compile("Round robin · made .* by Admin"))).to_be_visible()

    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("row").filter(has_text="Vikram")).to_contain_text("1")
    expect(figure(page, "Waiting")).to_have_text("0")
    assert workspace.call("api.get_lead(%s)", waiting["lead_id"])["assigned_caller"]["id"] == vikram

    post_lead(name="Of no campaign", phone="+919845000004")
    page.get_by_role("link", name="Its leads").click()
    expect(page.get_by_role("combobox", name="Campaign")).to_have_value(re.compile(r"\d+"))
    expect(page.get_by_text("3 leads", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Of no campaign")).to_have_count(0)
    page.get_by_role("combobox", name="Campaign").select_option("")
    expect(page.get_by_role("link", name="Of no campaign")).to_be_visible()

    page.goto("/campaigns")
    page.get_by_role("link", name="Diwali sale").click()
    page.get_by_role("button", name="Archive").click()
    page.get_by_role("dialog", name="Archive Diwali sale?").get_by_role("button", name="Archive").click()
    expect(page.get_by_role("heading", level=1, name="Diwali sale Archived")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    page.goto("/campaigns/999999")
    expect(page.get_by_role("heading", name="There is no such campaign")).to_be_visible()
