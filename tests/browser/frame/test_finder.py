"""The one search box: Ctrl+K, words, Enter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support import Workspace

pytestmark = pytest.mark.browser


def test_whatever_has_a_page_is_found_with_the_keyboard_alone(
    page: Page, workspace: Workspace, post_lead: Callable[..., dict[str, Any]]
) -> None:
    workspace.caller("Kavita Joshi", "Maharashtra")
    lead = post_lead(name="Asha Joshi", phone="9812345678", city="Pune")
    page.goto("/callers")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search everything")
    expect(box).to_be_focused()
    expect(page.get_by_role("option", name="Import a file")).to_be_visible()

    page.keyboard.type("joshi asha")
    option = page.get_by_role("group", name="Leads", exact=True).get_by_role("option")
    expect(option).to_contain_text("Asha Joshi")
    expect(option).to_contain_text("Assigned")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/leads/{lead['lead_id']}")

    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    for words, group, name in [
        ("joshi", "Callers", "Kavita Joshi"),
        ("45678", "Leads", "Asha Joshi"),
        ("rout", "Pages", "Routing"),
    ]:
        box.fill(words)
        expect(page.get_by_role("group", name=group, exact=True).get_by_role("option").first).to_contain_text(name)
    box.fill("nobody at all")
    expect(page.get_by_role("listbox", name="Found").get_by_role("option")).to_have_count(1)  # the list, searched
    page.keyboard.press("Escape")
    expect(box).not_to_be_visible()


def test_an_action_opens_its_form_from_any_page_and_from_its_own(page: Page, workspace: Workspace) -> None:
    for start in ("/queue", "/callers"):
        page.goto(start)
        page.get_by_role("button", name="Search everything").click()
        page.keyboard.type("add call")
        expect(page.get_by_role("listbox", name="Found").get_by_role("option").first).to_contain_text("Add a caller")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Add a caller")).to_be_visible()
        assert page.url.endswith("/callers")
