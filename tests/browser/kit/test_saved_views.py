"""Saved views of a list: filters, order and columns under a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support import Workspace

pytestmark = pytest.mark.browser


def test_a_saved_view_brings_filters_and_columns_back_also_by_a_link(
    page: Page, workspace: Workspace, post_lead: Callable[..., dict[str, Any]]
) -> None:
    workspace.caller("Kavita Joshi")
    post_lead(name="Asha", phone="9812345678", state="Goa")
    post_lead(name="Bina", phone="9812345679", state="Kerala")
    page.goto("/leads?state=Goa")
    expect(page.get_by_role("link", name="Asha")).to_be_visible()
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_role("group", name="How the list is shown").get_by_label("Source", exact=True).uncheck()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="Save this view").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Goa, short")
    page.get_by_label("Share it with all who see this list").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Goa, short")).to_be_visible()
    link = page.get_by_role("link", name="Goa, short", include_hidden=True).get_attribute("href")

    page.evaluate("localStorage.clear()")
    page.goto(link or "")
    expect(page.get_by_role("link", name="Asha")).to_be_visible()
    expect(page.get_by_role("link", name="Bina")).not_to_be_visible()
    expect(page.get_by_role("columnheader", name="Source")).not_to_be_visible()
    assert page.url.endswith("?state=Goa")

    page.get_by_role("button", name="Goa, short", exact=True).click()
    page.get_by_role("button", name="Rename Goa, short").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Goa")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Goa", exact=True).click()
    page.get_by_role("button", name="Take out Goa").click()
    page.get_by_role("button", name="Take out", exact=True).click()
    expect(page.get_by_role("button", name="Saved views")).to_be_visible()
