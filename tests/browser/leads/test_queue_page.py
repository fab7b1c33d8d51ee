"""The queue: who waits, why, and giving them to somebody."""

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


def test_the_queue_shows_who_waits_longest_first_with_the_reason(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    workspace.caller("Asha", "Goa", status="paused")
    post_lead(name="Meera Joshi", phone="+919845000001", state="Goa")
    post_lead(name="Ravi Kumar", phone="+919845000002")
    page.goto("/queue")
    names = page.locator(".stream-row .row-link")
    expect(names).to_have_text(["Meera Joshi", "Ravi Kumar"])
    expect(page.get_by_role("row").filter(has_text="Meera Joshi")).to_contain_text("paused")
    expect(page.get_by_text("2 leads wait for a caller, oldest first")).to_be_visible()

    post_lead(name="Zoya Khan", phone="+919845000003")
    expect(names).to_have_text(["Meera Joshi", "Ravi Kumar", "Zoya Khan"])
    expect(page.get_by_role("link", name="Queue 3 waiting")).to_be_visible()


def test_a_waiting_lead_is_assigned_and_leaves_the_queue(page: Page, workspace: Workspace, post_lead: Post) -> None:
    workspace.call("api.update_workspace(%s)", Jsonb({"drains_queue": False}))
    post_lead(name="Meera Joshi", phone="+919845000001")
    workspace.caller("Asha")
    page.goto("/queue")
    page.get_by_role("link", name="Assign Meera Joshi").click()
    form = page.get_by_role("form", name="Where this lead goes")
    form.get_by_label("Caller", exact=True).select_option(label="Asha · 0, no limit")
    form.get_by_role("button", name="Assign").click()
    expect(form).to_be_hidden()
    expect(page.get_by_role("region", name="Caller")).to_contain_text("Asha")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Nobody is waiting")).to_be_visible()
    expect(page).to_have_url(re.compile("/queue$"))


def test_a_lead_on_hold_is_marked_and_waits_for_a_manager(page: Page, workspace: Workspace, post_lead: Post) -> None:
    post_lead(name="Meera Joshi", phone="+919845000001")
    page.goto("/queue")
    page.get_by_role("link", name="Meera Joshi", exact=True).click()
    panel = page.get_by_role("dialog", name="Meera Joshi")
    panel.get_by_role("button", name="Hold").click()
    expect(panel.get_by_text("On hold in the queue")).to_be_visible()
    page.keyboard.press("Escape")
    row = page.get_by_role("row").filter(has_text="Meera Joshi")
    expect(row.get_by_text("On hold")).to_be_visible()
    expect(page.get_by_text("1 lead waits for a caller, oldest first; 1 on hold")).to_be_visible()

    workspace.caller("Asha")
    post_lead(name="Ravi Kumar", phone="+919845000002")
    expect(row).to_be_visible()
    page.get_by_role("link", name="Meera Joshi", exact=True).click()
    panel.get_by_role("button", name="Release").click()
    expect(panel.get_by_role("region", name="Caller")).to_contain_text("Asha")
