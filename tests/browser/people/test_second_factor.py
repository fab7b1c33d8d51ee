"""The second factor on the pages: set up, asked for when signing in, required of everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import ADMIN, Gateway, Workspace, code_of

pytestmark = pytest.mark.browser


def set_up(page: Page) -> str:
    """Set a second factor up, by keyboard alone, on the page for it; the key."""
    expect(page.get_by_label("Your password")).to_be_focused()
    page.keyboard.type(ADMIN[1])
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    expect(page.get_by_alt_text("QR code of the key below")).to_be_visible()
    key = page.locator(".factor-key").inner_text()
    page.keyboard.type("123")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is not the code.")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(code_of(key))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.get_by_role("list", name="Recovery codes").get_by_role("listitem")).to_have_count(10)
    page.get_by_role("button", name="I have kept them").click()
    return key


def test_a_second_factor_is_set_up_asked_for_and_turned_off_by_keyboard(
    page: Page, open_browser: Callable[..., BrowserContext], gateway: Gateway
) -> None:
    page.goto("/account")
    page.get_by_role("link", name="Set up a second factor").click()
    key = set_up(page)
    expect(page.get_by_text("10 recovery codes left")).to_be_visible()

    elsewhere = open_browser(signed_in=False).new_page()
    elsewhere.goto("/login?next=/callers")
    expect(elsewhere.get_by_label("Email")).to_be_focused()
    elsewhere.keyboard.type(gateway.admin[0])
    elsewhere.keyboard.press("Tab")
    elsewhere.keyboard.type(gateway.admin[1])
    elsewhere.keyboard.press("Enter")
    code = elsewhere.get_by_label("Code of your second factor")
    expect(code).to_be_focused()
    expect(code).to_have_attribute("autocomplete", "one-time-code")
    expect(elsewhere.get_by_role("heading", name="Enter your code")).to_be_visible()
    elsewhere.keyboard.type("000000")
    elsewhere.keyboard.press("Enter")
    expect(elsewhere.get_by_text("This code is wrong, or was used before.")).to_be_visible()
    expect(code).to_be_focused()
    code.fill(code_of(key, later=1))
    elsewhere.keyboard.press("Enter")
    expect(elsewhere.get_by_role("heading", name="Callers", level=1)).to_be_visible()

    page.get_by_role("button", name="Turn off").click()
    page.get_by_label("Your password").fill(ADMIN[1])
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Set up a second factor")).to_be_visible()


def test_where_everybody_needs_one_nothing_opens_before_it_is_set_up(page: Page, workspace: Workspace) -> None:
    page.goto("/people")
    page.get_by_role("switch", name="Second factor for everybody").click()
    page.get_by_role("button", name="Require it").click()
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    page.goto("/callers")
    expect(page.get_by_text("Your workspace requires a second factor")).to_be_visible()
    set_up(page)
    expect(page.get_by_role("heading", name="Callers", level=1)).to_be_visible()
    page.goto("/people")
    expect(page.get_by_text("2FA: has a second factor")).to_be_visible()
    page.goto("/audit")
    expect(page.get_by_text("Second factor turned on")).to_be_visible()
