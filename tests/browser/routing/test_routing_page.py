"""The plan: seen, changed, put in order, tried; its pools and settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from psycopg.types.json import Jsonb

from tests.browser.routing.steps import (
    add_last,
    add_rule,
    card,
    choose,
    expect_plan,
    expect_saved_plan,
    leads_of_late,
    line,
)
from tests.browser.waiting import first_of, still
from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]


class Keyboard:
    """Somebody without a mouse: counts the keys pressed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0
        page.evaluate("""() => {
          window.clicks = 0;
          addEventListener("pointerdown", () => { window.clicks += 1; }, true);
        }""")

    def press(self, *keys: str) -> None:
        """Press these keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """Type this text."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    @property
    def clicks(self) -> int:
        """How often a mouse or a finger was used all the same."""
        clicks: int = self.page.evaluate("window.clicks")
        return clicks


def test_a_rule_is_made_by_keyboard_alone(page: Page, workspace: Workspace, post_lead: Post) -> None:
    workspace.caller("Asha", team="Team A")
    workspace.caller("Bilal", team="Team B")
    leads_of_late(workspace)
    page.goto("/routing")
    expect_plan(page, "state", "global")
    keyboard = Keyboard(page)
    page.get_by_role("button", name="Add rule").focus()
    keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Add a rule")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    keyboard.type("Google in Hindi or Marathi")
    keyboard.press("Tab", "ArrowRight")
    expect(line(dialog, 1).get_by_role("combobox", name="Field")).to_be_visible()
    keyboard.press("Tab")
    expect(line(dialog, 1).get_by_role("combobox", name="Field")).to_be_focused()
    keyboard.type("lang")
    keyboard.press("Enter", "Tab", "Tab")
    expect(line(dialog, 1).get_by_role("option", name="Hindi 4 leads")).to_be_visible()
    keyboard.press("ArrowDown", "Enter")
    keyboard.type("mar")
    keyboard.press("Enter", "Tab", "Tab")
    expect(dialog.get_by_role("button", name="Add a condition")).to_be_focused()
    keyboard.press("Enter")
    expect(line(dialog, 2).get_by_role("combobox", name="Field")).to_be_focused()
    keyboard.type("source")
    keyboard.press("Enter", "Tab", "Tab")
    keyboard.type("goo")
    keyboard.press("Enter")
    reading = dialog.locator(".condition-reading")
    expect(reading).to_contain_text("Leads whose language is Hindi or Marathi and source is Google Ads.")
    expect(reading).to_contain_text("Would have taken 4 of the last 6 leads.")
    keyboard.press("Tab", "Tab", "Tab", "Tab")
    expect(dialog.get_by_role("radio", name="Everybody", exact=True)).to_be_focused()
    keyboard.press("ArrowRight", "ArrowRight")
    expect(dialog.get_by_role("combobox", name="Teams")).to_be_visible()
    keyboard.press("Tab")
    keyboard.type("team a")
    expect(dialog.get_by_role("option", name="Team A 1 caller")).to_be_visible()
    keyboard.press("Enter", "Tab", "ArrowDown", "Tab", "Tab", "ArrowRight")
    expect(dialog.get_by_role("radio", name="Weighted In proportion")).to_be_checked()
    expect(dialog.get_by_label("Minutes to claim")).to_be_visible()
    keyboard.press("Tab")
    expect(dialog.get_by_label("Minutes to claim")).to_be_focused()
    expect(dialog.get_by_label("Minutes to claim")).to_have_value("15")
    keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Google in Hindi or Marathi is added before global.")).to_be_visible()
    print(f"{keyboard.keys} keys, {keyboard.clicks} clicks")
    assert keyboard.clicks == 0

    expect_plan(page, "state", "Google in Hindi or Marathi", "global")
    rule = card(page, "Google in Hindi or Marathi")
    for text in (
        "Leads whose language is Hindi or Marathi and source is Google Ads",
        "4 of the last 6 leads",
        "Callers of Team A",
        "Weighted",
        "Claimed within 15 min",
    ):
        expect(rule).to_contain_text(text)
    lead = {"phone": "+919845000001", "language": "marathi", "lead_source": "google ads"}
    assert post_lead(name="Meera", **lead)["assigned_caller"]["name"] == "Asha"


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
    first_of(page, held).continue_()
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


def test_a_mistake_in_a_rule_stands_at_its_field_and_goes_when_the_field_is_changed(page: Page) -> None:
    dialog = add_rule(page)
    dialog.get_by_role("button", name="Add rule").click()
    name = dialog.get_by_label("Name", exact=True)
    field = line(dialog, 1).get_by_role("combobox", name="Field")
    values = line(dialog, 1).get_by_role("combobox", name="Values")
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description(re.compile("Enter a name"))
    expect(field).to_have_accessible_description("Choose a field.")
    expect(values).to_have_accessible_description("Enter a value, or several.")
    name.fill("Global")
    expect(name).to_have_accessible_description("")
    choose(line(dialog, 1), "city", "Pune")
    expect(field).to_have_accessible_description("")
    expect(values).to_have_accessible_description("")
    dialog.get_by_role("radio", name="Teams").check()
    dialog.get_by_role("button", name="Add rule").click()
    expect(dialog.get_by_role("combobox", name="Teams")).to_have_accessible_description(re.compile("Choose a team"))
    dialog.get_by_role("radio", name="Everybody", exact=True).check()
    dialog.get_by_role("button", name="Add rule").click()
    expect(name).to_have_accessible_description("It is taken.")
    name.fill("Global for Pune")
    expect(name).to_have_accessible_description("")


def test_a_rule_that_is_never_reached_says_so_and_is_moved(page: Page, workspace: Workspace) -> None:
    goa = {"match": "all", "terms": [{"field": "state", "operator": "is", "values": ["Goa"]}]}
    add_last(workspace, "Goa", goa)
    page.goto("/routing")
    expect_plan(page, "state", "global", "Goa")
    expect(card(page, "Goa")).to_contain_text("Never reached: global before it takes every lead.")
    expect(card(page, "state")).not_to_contain_text("Never reached")
    page.get_by_role("button", name="Move before global").click()
    expect_plan(page, "state", "Goa", "global")
    expect(page.get_by_text("Never reached")).to_be_hidden()
    expect(page.get_by_text("Goa is now rule 2 of 3.")).to_be_visible()


def test_rules_are_moved_by_keyboard_with_the_focus_and_said_aloud(page: Page, workspace: Workspace) -> None:
    add_last(workspace, "third")
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
    add_last(workspace, "third")
    page.goto("/routing")
    expect_plan(page, "state", "global", "third")
    expect(card(page, "third")).to_contain_text("No leads yet")
    still(page)
    grip = card(page, "third").locator(".rule-grip")
    grip.drag_to(card(page, "state"), target_position={"x": 200, "y": 10})
    expect_plan(page, "third", "state", "global")
    expect(page.get_by_text("third is now rule 1 of 3.")).to_be_visible()
    expect_saved_plan(workspace, "third", "state", "global")


def test_what_somebody_else_does_to_the_plan_shows_at_once(page: Page, workspace: Workspace) -> None:
    page.goto("/routing")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    made = workspace.call("api.create_rule(%s)", Jsonb({"name": "third"}))
    expect_plan(page, "state", "third", "global")
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
