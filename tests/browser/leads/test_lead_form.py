"""What a lead says, shown in groups, edited and typed in; by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]


def field(form: Locator, label: str) -> Locator:
    """A field of the form."""
    return form.get_by_label(label, exact=True)


def test_a_lead_is_edited_by_keyboard_and_what_somebody_else_saved_meanwhile_is_not_lost(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    workspace.caller("Asha")
    lead = post_lead(name="Meera Joshi", phone="9845000001", company="Acme", budget="10-15 lakh", city="Pune")
    page.goto("/leads")
    page.get_by_role("link", name="Meera Joshi").press("Enter")
    panel = page.get_by_role("dialog", name="Meera Joshi")
    wanted = panel.get_by_role("group", name="What they want")
    expect(wanted).to_contain_text("1,000,000 to 1,500,000")
    expect(panel.get_by_role("group", name="Who", exact=True)).to_contain_text("Acme")
    expect(wanted).not_to_contain_text("Timeline")

    panel.get_by_role("button", name="Edit").press("Enter")
    form = page.get_by_role("dialog", name="Edit lead")
    expect(field(form, "Name")).to_be_focused()
    expect(field(form, "Budget")).to_have_value("1000000 - 1500000")
    field(form, "Budget").fill("lots")
    field(form, "Budget").press("Enter")
    expect(form.get_by_text("It is no amount that can be read.")).to_be_visible()
    expect(field(form, "Budget")).to_be_focused()
    field(form, "Budget").fill("up to 2 cr")
    field(form, "Timeline").fill("2 weeks")

    workspace.call("api.update_lead(%s, %s)", lead["lead_id"], '{"company": "Acme Foods"}')
    field(form, "Timeline").press("Enter")
    expect(form.get_by_text("Somebody else has saved this lead")).to_be_visible()
    expect(form.get_by_role("button", name="Load theirs")).to_be_focused()
    form.get_by_role("button", name="Save mine instead").press("Enter")
    expect(form).to_be_hidden()
    expect(wanted).to_contain_text("Up to 20,000,000")
    expect(wanted).to_contain_text("Within 1 month")
    expect(panel.get_by_role("group", name="Who", exact=True)).to_contain_text("Acme Foods")
    expect(panel.get_by_role("listitem").filter(has_text="Edited")).to_have_count(2)


def test_a_lead_is_added_and_goes_where_the_form_said(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha", "Goa")
    workspace.caller("Ravi", "Kerala")
    page.goto("/leads")
    page.get_by_role("button", name="Add lead").press("Enter")
    form = page.get_by_role("dialog", name="Add a lead")
    field(form, "Name").fill("Ria Sen")
    field(form, "City").fill("Kochi")
    expect(form.get_by_role("status")).to_contain_text("Ravi would get it: No state: city Kochi is in Kerala")
    field(form, "Phone").fill("call me")
    field(form, "Phone").press("Enter")
    expect(form.get_by_text("It is no phone number")).to_be_visible()
    field(form, "Phone").fill("98450 00001")
    field(form, "Phone").press("Enter")
    expect(form).to_be_hidden()
    expect(page.get_by_text("Ria Sen is added, with Ravi.")).to_be_visible()
    expect(page.get_by_role("link", name="Ria Sen")).to_be_visible()
