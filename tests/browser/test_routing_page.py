"""The plan: seen, changed, put in order, tried; its pools and settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from psycopg.types.json import Jsonb

from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]


def card(page: Page, name: str) -> Locator:
    """The card of one rule."""
    return page.locator("[data-rule]").filter(has=page.get_by_role("heading", name=name, exact=True))


def expect_plan(page: Page, *names: str) -> None:
    """The rules stand in this order."""
    expect(page.locator("[data-rule] h2")).to_have_text(list(names))


def expect_saved_plan(workspace: Workspace, *names: str) -> None:
    """And the database has them so."""
    assert [rule["name"] for rule in workspace.call("api.list_rules()")] == list(names)


def test_a_rule_is_added_in_words_a_manager_understands(page: Page, workspace: Workspace, post_lead: Post) -> None:
    workspace.caller("Asha", "Maharashtra", languages=["Hindi"])
    workspace.caller("Bilal", "Maharashtra")
    page.goto("/routing")
    expect_plan(page, "state", "global")
    page.get_by_role("button", name="Add rule").click()
    dialog = page.get_by_role("dialog", name="Add a rule")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Hindi for Pune")
    dialog.get_by_role("radio", name="Only some").check()
    dialog.get_by_label("Condition").fill('$.city == "Pune"')
    expect(dialog.get_by_text("For leads whose city is Pune.")).to_be_visible()
    dialog.get_by_role("checkbox", name="State").check()
    dialog.get_by_role("checkbox", name="Language").check()
    dialog.get_by_role("radio", name="Weighted In proportion").check()
    dialog.get_by_role("radio", name="Within a time").check()
    dialog.get_by_label("Minutes to claim").fill("20")
    dialog.get_by_role("button", name="Add rule").click()
    expect(dialog).to_be_hidden()

    expect_plan(page, "state", "global", "Hindi for Pune")
    rule = card(page, "Hindi for Pune")
    for text in ("city is Pune", "State", "Language", "Weighted", "Try the next rule", "Claimed within 20 min"):
        expect(rule).to_contain_text(text)
    for _ in range(2):
        page.get_by_role("button", name="Move Hindi for Pune up").click()
    expect_plan(page, "Hindi for Pune", "state", "global")
    assert (
        post_lead(name="Meera", phone="+919845000001", city="Pune", language="Hindi")["assigned_caller"]["name"]
        == "Asha"
    )


def test_a_rule_that_is_moved_again_while_its_place_is_being_stored_gets_there(
    page: Page, workspace: Workspace
) -> None:
    page.goto("/routing")
    expect_plan(page, "state", "global")
    held: list[Route] = []
    page.route("**/api/rules/order", lambda route: held.append(route), times=1)
    page.get_by_role("button", name="Move global up").click()
    expect_plan(page, "global", "state")
    page.get_by_role("button", name="Move global down").click()
    expect_plan(page, "state", "global")
    held[0].continue_()
    expect(page.get_by_text("global is now rule 2 of 2.")).to_be_visible()
    assert [rule["name"] for rule in workspace.call("api.list_rules()")] == ["state", "global"]


def test_a_rule_is_edited_and_what_was_not_saved_is_not_lost_by_mistake(page: Page, workspace: Workspace) -> None:
    page.goto("/routing")
    page.get_by_role("button", name="Edit state").click()
    dialog = page.get_by_role("dialog", name="Edit rule")
    expect(dialog.get_by_role("checkbox", name="State")).to_be_checked()
    dialog.get_by_role("radio", name="Wait in the queue").check()
    page.keyboard.press("Escape")
    expect(dialog.get_by_text("Leave without saving?")).to_be_visible()
    dialog.get_by_role("button", name="Keep editing").click()
    dialog.get_by_role("button", name="Save").click()
    expect(card(page, "state")).to_contain_text("Wait in the queue")
    assert workspace.call("api.list_rules()")[0]["on_exhausted"] == "queue"


def test_a_mistake_in_a_rule_stands_at_its_field(page: Page) -> None:
    page.goto("/routing")
    page.get_by_role("button", name="Add rule").click()
    dialog = page.get_by_role("dialog", name="Add a rule")
    dialog.get_by_role("radio", name="Only some").check()
    dialog.get_by_role("button", name="Add rule").click()
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    expect(dialog.get_by_label("Name", exact=True)).to_have_accessible_description(re.compile("Enter a name"))
    expect(dialog.get_by_text("Say which leads")).to_be_visible()

    dialog.get_by_label("Name", exact=True).fill("Global")
    dialog.get_by_label("Condition").fill("$.city")
    dialog.get_by_role("button", name="Add rule").click()
    condition = dialog.get_by_label("Condition")
    expect(condition).to_be_focused()
    expect(condition).to_have_accessible_description(re.compile(r"says neither yes nor no.*\$\.city == \"Pune\""))
    dialog.get_by_role("button", name="City", exact=True).click()
    expect(condition).to_have_value('$.city == "Pune"')
    dialog.get_by_role("button", name="Add rule").click()
    expect(dialog.get_by_label("Name", exact=True)).to_have_accessible_description("It is taken.")


def test_a_condition_that_words_cannot_tell_is_shown_as_it_is_written(page: Page, workspace: Workspace) -> None:
    condition = '$.city like_regex "^Pu" || exists($.email)'
    workspace.call("api.create_rule(%s)", Jsonb({"name": "Odd", "condition": condition}))
    page.goto("/routing")
    expect(card(page, "Odd").locator("code")).to_have_text('$.city like_regex "^Pu" || exists ($.email)')
    page.get_by_role("button", name="Edit Odd").click()
    dialog = page.get_by_role("dialog", name="Edit rule")
    expect(dialog.get_by_label("Condition")).to_have_value('$.city like_regex "^Pu" || exists ($.email)')
    dialog.get_by_label("Name", exact=True).fill("Even")
    dialog.get_by_role("button", name="Save").click()
    expect(card(page, "Even").locator("code")).to_have_text('$.city like_regex "^Pu" || exists ($.email)')


def test_rules_are_moved_by_keyboard_with_the_focus_and_said_aloud(page: Page, workspace: Workspace) -> None:
    workspace.call("api.create_rule(%s)", Jsonb({"name": "third"}))
    page.goto("/routing")
    up = page.get_by_role("button", name="Move third up")
    up.focus()
    page.keyboard.press("Enter")
    expect_plan(page, "state", "third", "global")
    expect(page.get_by_role("status").filter(has_text="third is now rule 2 of 3.")).to_be_visible()
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    expect_plan(page, "third", "state", "global")
    # At the top there is no further up; the focus stays with the rule.
    expect(up).to_be_disabled()
    expect(page.get_by_role("button", name="Move third down")).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="third is now rule 1 of 3.")).to_be_visible()
    expect_saved_plan(workspace, "third", "state", "global")


def test_rules_are_moved_by_dragging(page: Page, workspace: Workspace) -> None:
    workspace.call("api.create_rule(%s)", Jsonb({"name": "third"}))
    page.goto("/routing")
    grip = card(page, "third").locator(".rule-grip")
    grip.drag_to(card(page, "state"), target_position={"x": 200, "y": 10})
    expect_plan(page, "third", "state", "global")
    expect(page.get_by_text("third is now rule 1 of 3.")).to_be_visible()
    expect_saved_plan(workspace, "third", "state", "global")


def test_what_somebody_else_does_to_the_plan_shows_at_once(page: Page, workspace: Workspace) -> None:
    page.goto("/routing")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    made = workspace.call("api.create_rule(%s)", Jsonb({"name": "third"}))
    expect_plan(page, "state", "global", "third")
    workspace.call("api.archive_rule(%s)", made["id"])
    expect_plan(page, "state", "global")


def test_a_rule_is_switched_off_and_on(page: Page, workspace: Workspace, post_lead: Post) -> None:
    workspace.caller("Asha")
    page.goto("/routing")
    switch = page.get_by_role("switch", name="Use global")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    assert post_lead(name="Meera", phone="+919845000001")["assignment_status"] == "queued"
    switch.click()
    expect(switch).to_be_checked()
    assert post_lead(name="Ravi", phone="+919845000002")["assignment_status"] == "assigned"


def test_archiving_a_rule_asks_first_and_a_plan_may_be_empty(page: Page) -> None:
    page.goto("/routing")
    page.get_by_role("button", name="Archive state").click()
    page.get_by_role("button", name="Keep").click()
    expect_plan(page, "state", "global")
    for name in ("state", "global"):
        page.get_by_role("button", name=f"Archive {name}").click()
        dialog = page.get_by_role("dialog", name=f"Archive {name}?")
        dialog.get_by_role("button", name="Archive").click()
        expect(dialog).to_be_hidden()
    expect(page.get_by_role("heading", name="There is no rule")).to_be_visible()
    expect(page.get_by_role("heading", name="No pool has anybody in it")).to_be_visible()


def test_a_lead_is_tried_on_the_plan_and_nothing_is_stored(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha", "Goa", status="paused")
    workspace.caller("Bilal", "Kerala")
    page.goto("/routing")
    form = page.get_by_role("region", name="Who would get it?")
    answer = page.get_by_role("region", name="Preview")
    form.get_by_label("State").fill("goa")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("Bilal")
    for text in ("Callers for Goa", "All callers"):
        expect(answer.get_by_text(text, exact=True)).to_be_visible()
    expect(answer.locator('[data-outcome="chosen"]')).to_contain_text("Bilal")
    expect(answer.locator('[data-outcome="skipped"]').first).to_contain_text("Paused")

    # The answer follows the plan.
    page.get_by_role("switch", name="Use global").click()
    expect(answer).to_contain_text("It would wait in the queue")
    assert workspace.call("api.count_leads('{}')") == 0


def test_pools_tell_who_is_free_and_why_the_others_are_not(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha", "Goa", daily_limit=5)
    bilal = workspace.caller("Bilal", "Goa", max_load=1)
    workspace.caller("Chitra", "Goa", time_off=[{"from": "2020-01-01", "to": None}])
    page.goto("/routing")
    pool = page.locator(".pool").filter(has_text="Callers for Goa")
    expect(pool).to_contain_text("2 of 3 free")
    expect(pool).to_contain_text("1 away")
    line = pool.get_by_role("button", name=re.compile("Callers for Goa"))
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
    expect(lines.filter(has_text="Callers for Tripura")).to_contain_text("1 of 1 free")
    search.fill("nobody's")
    expect(page.get_by_text("No pool matches.")).to_be_visible()
