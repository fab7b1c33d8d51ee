"""Signing in and out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import Gateway

pytestmark = pytest.mark.browser


@pytest.fixture
def stranger(open_browser: Callable[..., BrowserContext]) -> Page:
    """A page of somebody who is not signed in."""
    return open_browser(signed_in=False).new_page()


def test_signing_in_by_keyboard_leads_to_the_page_that_was_asked_for(stranger: Page, gateway: Gateway) -> None:
    stranger.goto("/callers")
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()

    email, password = gateway.admin
    expect(stranger.get_by_label("Email")).to_be_focused()
    stranger.keyboard.type(email)
    stranger.keyboard.press("Tab")
    stranger.keyboard.type(password)
    stranger.keyboard.press("Enter")

    expect(stranger.get_by_role("heading", name="Callers", level=1)).to_be_visible()
    assert stranger.url == f"{gateway.url}/callers"


def test_a_wrong_password_is_said_and_the_address_stays(stranger: Page) -> None:
    stranger.goto("/login")
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_text("Enter your email address.")).to_be_visible()

    stranger.get_by_label("Email").fill("somebody@example.com")
    stranger.get_by_label("Password").fill("not the password")
    stranger.get_by_role("button", name="Sign in").click()

    expect(stranger.get_by_role("alert").filter(has_text="wrong")).to_be_visible()
    expect(stranger.get_by_label("Email")).to_have_value("somebody@example.com")
    expect(stranger.get_by_label("Password")).to_be_focused()


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com/", "/\\example.com"])
def test_signing_in_never_leads_to_another_site(stranger: Page, gateway: Gateway, elsewhere: str) -> None:
    stranger.goto(f"/login?next={elsewhere}")
    email, password = gateway.admin
    stranger.get_by_label("Email").fill(email)
    stranger.get_by_label("Password").fill(password)
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("heading", name="Leads", level=1)).to_be_visible()
    assert stranger.url == f"{gateway.url}/"


def test_after_signing_out_no_page_opens(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/queue")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_page_that_is_not_there_says_so_with_a_way_back(page: Page) -> None:
    answer = page.goto("/no/such/page")
    assert answer is not None
    assert answer.status == 404
    page.get_by_role("link", name="Go to Leads").click()
    expect(page.get_by_role("heading", name="Leads", level=1)).to_be_visible()
