"""The sources: added with a key that is shown once, limited, given new keys, revoked."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support import Gateway, Workspace

pytestmark = pytest.mark.browser


def row(page: Page, name: str) -> Locator:
    """The row of one source."""
    return page.get_by_role("row").filter(has_text=name)


def post(gateway: Gateway, token: str, name: str) -> int:
    """The status with which a lead by this token is answered."""
    headers = {"authorization": f"Bearer {token}"}
    return httpx.post(f"{gateway.url}/api/leads/webhook", json={"name": name}, headers=headers).status_code


def test_a_source_is_added_and_its_key_is_shown_once(page: Page, gateway: Gateway) -> None:
    page.goto("/sources")
    page.get_by_role("button", name="Add source").click()
    form = page.get_by_role("dialog", name="Add a source")
    expect(form.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Webhook")
    form.get_by_label("Leads a minute").fill("0")
    page.keyboard.press("Enter")
    expect(form.get_by_label("Leads a minute")).to_have_accessible_description(re.compile("whole number from 1"))
    expect(form.get_by_label("Leads a minute")).to_be_focused()
    form.get_by_label("Leads a minute").fill("60")
    page.keyboard.press("Enter")
    expect(form.get_by_label("Name")).to_have_accessible_description(re.compile("It is taken"))
    form.get_by_label("Name").fill("Google Ads")
    zone = form.get_by_label("Timezone of its times")
    zone.fill("Mars/Base")
    form.get_by_label("Dates such as 3/4/2026").select_option("begin with the month")
    form.get_by_role("button", name="Add source").click()
    expect(zone).to_have_accessible_description(re.compile("is no timezone"))
    zone.fill("UTC")
    page.keyboard.press("Enter")

    key = page.get_by_role("dialog", name="The key of Google Ads")
    token = key.get_by_label("Token", exact=True).input_value()
    expect(key.get_by_label("Signing secret", exact=True)).to_have_value(re.compile("^whsec_"))
    expect(key.get_by_label("Command to try it", exact=True)).to_have_value(re.compile(f"Bearer {token}"))
    page.keyboard.press("Escape")
    expect(key.get_by_text("Nothing was copied. Close all the same?")).to_be_visible()
    key.get_by_role("button", name="Go back").click()
    key.get_by_role("button", name="Copy token").click()
    key.get_by_role("button", name="Done").click()
    expect(key).to_be_hidden()
    assert token not in page.content()

    expect(row(page, "Google Ads")).to_contain_text("60 a minute")
    expect(row(page, "Google Ads")).to_contain_text("None yet")
    assert post(gateway, token, "Meera") == 201
    expect(row(page, "Google Ads")).to_contain_text("now")
    page.get_by_role("link", name="Google Ads").click()
    expect(page.get_by_text("UTC, month first in dates")).to_be_visible()


def test_a_source_gets_a_new_key_and_is_revoked(page: Page, gateway: Gateway, workspace: Workspace) -> None:
    page.goto("/sources")
    page.get_by_role("link", name="Webhook").click()
    expect(page.get_by_role("heading", level=1, name="Webhook")).to_be_visible()
    switch = page.get_by_role("switch", name="Only if a caller takes it")
    switch.click()
    expect(switch).to_be_checked()
    assert post(gateway, gateway.token, "Refused") == 400
    switch.click()
    expect(switch).not_to_be_checked()

    page.get_by_role("button", name="Edit").click()
    page.get_by_role("dialog", name="Edit source").get_by_label("Name").fill("Sheet")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Sheet")).to_be_visible()

    page.get_by_role("button", name="New key").click()
    expect(page.get_by_label("The old key")).to_have_value("24")
    page.get_by_role("button", name="Make new key").click()
    key = page.get_by_role("dialog", name="The key of Sheet")
    token = key.get_by_label("Token", exact=True).input_value()
    key.get_by_role("button", name="Copy command to try it").click()
    key.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Number 2, made now")).to_be_visible()
    expect(page.get_by_text("Works until")).to_be_visible()
    assert [post(gateway, each, name) for each, name in ((gateway.token, "a"), (token, "b"))] == [201, 201]

    page.get_by_role("button", name="Revoke").click()
    dialog = page.get_by_role("dialog", name="Revoke Sheet?")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    dialog.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Sheet is revoked.")).to_be_visible()
    expect(page.get_by_role("button", name="New key")).to_be_hidden()
    assert [post(gateway, each, "c") for each in (gateway.token, token)] == [401, 401]
    assert workspace.call("api.count_leads('{}')") == 2


def test_a_manager_sees_the_sources_and_no_way_to_change_them(
    open_browser: Callable[..., BrowserContext], workspace: Workspace
) -> None:
    workspace.connection.execute("update crm.users set role = 'manager' where workspace_id = %s", [workspace.id])
    page = open_browser().new_page()
    page.goto("/sources")
    page.get_by_role("link", name="Webhook").click()
    expect(page.get_by_text("Number 1, made")).to_be_visible()
    expect(page.get_by_role("switch", name="Only if a caller takes it")).to_be_disabled()
    expect(page.get_by_text("an admin makes a new key")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("button").filter(visible=True)).to_have_text(["Copy"])
