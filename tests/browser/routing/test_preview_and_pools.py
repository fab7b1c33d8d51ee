"""What the plan would do with a lead, and who is in its pools."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]


def test_a_lead_is_tried_on_the_plan_and_nothing_is_stored(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha", "Goa", status="paused")
    workspace.caller("Bilal", "Kerala")
    page.goto("/routing")
    form = page.get_by_role("region", name="Who would get it?")
    answer = page.get_by_role("region", name="Preview")
    form.get_by_label("State").fill("goa")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("Bilal")
    for text in ("Callers for Goa", "Everybody"):
        expect(answer.get_by_text(text, exact=True)).to_be_visible()
    expect(answer.locator('[data-outcome="chosen"]')).to_contain_text("Bilal")
    expect(answer.locator('[data-outcome="skipped"]').first).to_contain_text("Paused")

    # The answer follows the plan.
    page.get_by_role("switch", name="Use global").click()
    expect(answer).to_contain_text("It would wait in the queue")
    assert workspace.call("api.count_leads('{}')") == 0


def test_a_preview_that_fails_by_itself_leaves_the_focus_where_it_is(page: Page, workspace: Workspace) -> None:
    workspace.caller("Bilal", "Kerala")
    page.goto("/routing")
    form = page.get_by_role("region", name="Who would get it?")
    form.get_by_label("State").fill("kerala")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Preview")).to_contain_text("Bilal")
    refusal = {"title": "Refused", "status": 422, "detail": "Refused for once."}
    page.route("**/api/leads/preview", lambda route: route.fulfill(status=422, json=refusal))
    page.get_by_role("switch", name="Use global").click()
    form.get_by_label("City").focus()
    expect(form.get_by_role("alert").filter(has_text="Refused for once.")).to_be_visible()
    page.evaluate("async () => { for (let n = 0; n < 12; n++) await new Promise(requestAnimationFrame); }")
    expect(form.get_by_label("City")).to_be_focused()


def test_pools_tell_who_is_free_and_why_the_others_are_not(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha", "Goa", daily_limit=5)
    bilal = workspace.caller("Bilal", "Goa", max_load=1)
    workspace.caller("Chitra", "Goa", time_off=[{"from": "2020-01-01", "to": None}])
    page.goto("/routing")
    pool = page.locator(".pool").filter(has_text="Goa")
    expect(pool).to_contain_text("2 of 3 free")
    expect(pool).to_contain_text("1 away")
    line = pool.get_by_role("button", name=re.compile("Goa"))
    line.focus()
    page.keyboard.press("Enter")
    expect(line).to_have_attribute("aria-expanded", "true")
    expect(pool.get_by_role("listitem").filter(has_text="Asha")).to_contain_text("0 of 5 today")
    expect(pool.get_by_role("listitem").filter(has_text="Chitra")).to_contain_text("Away")
    workspace.call("api.set_caller_status(%s, 'paused')", bilal)
    expect(pool.get_by_role("listitem").filter(has_text="Bilal")).to_contain_text("Paused")
    expect(pool).to_contain_text("1 of 3 free")
    expect(pool).to_contain_text("1 paused, 1 away")


def test_many_pools_are_a_list_that_folds_and_is_searched(page: Page, workspace: Workspace) -> None:
    states = ["Assam", "Bihar", "Delhi", "Goa", "Gujarat", "Haryana", "Kerala", "Odisha", "Punjab", "Sikkim", "Tripura"]
    for state in states:
        workspace.caller(f"Caller of {state}", state)
    page.goto("/routing")
    lines = page.locator(".pool")
    expect(lines).to_have_count(8)
    page.get_by_role("button", name="Show all 12 pools").click()
    expect(lines).to_have_count(12)
    page.get_by_role("button", name="Show fewer").click()
    expect(lines).to_have_count(8)
    search = page.get_by_role("searchbox", name="Search pools by name, rule or caller")
    search.fill("tripura")
    expect(lines).to_have_count(2)  # its own, and the one with everybody
    expect(lines.filter(has_text="Tripura")).to_contain_text("1 of 1 free")
    search.fill("nobody's")
    expect(page.get_by_text("No pool matches.")).to_be_visible()
