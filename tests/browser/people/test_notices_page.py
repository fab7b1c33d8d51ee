"""The account page: what a person is told, and where.

Headless browsers have no push service, so `subscribe()` is the one thing that is a stub here; what the gateway does
with a subscription, tests/gateway/events/test_notices.py shows with real encryption.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

pytestmark = pytest.mark.browser

STUB = """
const keys = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};
const endpoint = "https://push.example.com/abc";
const made = { endpoint, unsubscribe: async () => true, toJSON: () => ({ endpoint, keys }) };
PushManager.prototype.subscribe = async function subscribe({ applicationServerKey, userVisibleOnly }) {
  if (applicationServerKey.length !== 65 || !userVisibleOnly) throw new Error("no key");
  localStorage.subscribed = "yes";
  return made;
};
PushManager.prototype.getSubscription = async () => (localStorage.subscribed ? made : null);
"""


def test_a_person_chooses_what_to_be_told_and_in_this_browser(open_browser: Callable[..., BrowserContext]) -> None:
    context = open_browser()
    context.grant_permissions(["notifications"])
    context.add_init_script(STUB)
    page = context.new_page()
    page.goto("/account")
    told = page.get_by_role("region", name="Being told")
    leads, here = told.get_by_label("New leads"), told.get_by_label("This browser")
    expect(leads).to_be_checked()
    expect(here).not_to_be_checked()
    leads.uncheck()
    expect(page.get_by_text("Your choice is saved.")).to_be_visible()
    expect(here).to_be_enabled()
    here.press("Space")
    expect(page.get_by_text("You are told in this browser.")).to_be_visible()
    page.reload()
    expect(here).to_be_checked()
    expect(leads).not_to_be_checked()
    assert page.evaluate("navigator.serviceWorker.ready.then(({ scope }) => new URL(scope).pathname)") == "/"
    here.uncheck()
    expect(page.get_by_text("You are not told in this browser any more.")).to_be_visible()
    page.reload()
    expect(told.get_by_label("Call-backs")).to_be_checked()
    expect(here).not_to_be_checked()


def test_a_browser_that_may_not_show_messages_says_so(open_browser: Callable[..., BrowserContext]) -> None:
    context = open_browser()
    context.add_init_script('Notification.requestPermission = async () => "denied";')
    page = context.new_page()
    page.goto("/account")
    here = page.get_by_role("region", name="Being told").get_by_label("This browser")
    here.click()
    expect(page.get_by_text("Allow them in its settings for this site.")).to_be_visible()
    expect(here).not_to_be_checked()
