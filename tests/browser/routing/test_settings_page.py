"""The settings of the workspace: one page, for admins."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support import Workspace, until

pytestmark = pytest.mark.browser


def test_the_workspaces_settings_are_changed(page: Page, workspace: Workspace) -> None:
    page.goto("/settings")
    form = page.get_by_role("form", name="Workspace")
    expect(form.get_by_label("Timezone")).to_have_value("Asia/Kolkata")
    form.get_by_label("Timezone").fill("Mars/Olympus")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_label("Timezone")).to_have_accessible_description(re.compile('"Mars/Olympus" is no timezone'))
    form.get_by_label("Timezone").fill("Asia/Dubai")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-timezone", "Asia/Dubai")

    nobodys = page.get_by_role("combobox", name="Numbers, addresses and words that are nobody's")
    nobodys.fill("Walk-in@*")
    nobodys.press("Enter")
    form.get_by_role("button", name="Save").click()
    until(lambda: "walk-in@*" in workspace.call("api.get_workspace()")["placeholders"])

    switch = page.get_by_role("switch", name="Assign waiting leads by themselves")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    assert workspace.call("api.get_workspace()")["drains_queue"] is False
    switch = page.get_by_role("switch", name="Hold leads that cannot be reached")
    expect(switch).not_to_be_checked()
    switch.click()
    expect(switch).to_be_checked()
    assert workspace.call("api.get_workspace()")["holds_unreachable"] is True
