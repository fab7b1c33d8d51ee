"""The plan: seen, changed, put in order, tried; its pools and settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from psycopg.types.json import Jsonb

from tests.browser.waiting import first_of, still
from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]


def card(page: Page, name: str) -> Locator:
    """The card of one rule."""
    return page.locator("[data-rule]").filter(has=page.get_by_role("heading", name=name, exact=True))


def expect_plan(page: Page, *names: str) -> None:
    """The rules stand in this order."""
    expect(page.locator("[data-rule] h2")).to_have_text(list(names))


def add_last(workspace: Workspace, name: str, condition: dict[str, Any] | None = None) -> None:
    """Make a rule at the end of the plan."""
    made = workspace.call("api.create_rule(%s)", Jsonb({"name": name, "condition": condition}))
    others = [rule["id"] for rule in workspace.call("api.list_rules()") if rule["id"] != made["id"]]
    workspace.call("api.order_rules(%s::uuid[])", [*others, made["id"]])


def expect_saved_plan(workspace: Workspace, *names: str) -> None:
    """And the database has them so."""
    assert [rule["name"] for rule in workspace.call("api.list_rules()")] == list(names)


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


def add_rule(page: Page) -> Locator:
    """The open form of a new rule that is for some leads only."""
    page.goto("/routing")
    page.get_by_role("button", name="Add rule").first.click()
    dialog = page.get_by_role("dialog", name="Add a rule")
    dialog.get_by_role("radio", name="Only some").check()
    return dialog


def line(dialog: Locator, number: int) -> Locator:
    """One line of a condition, counted from 1."""
    return dialog.get_by_role("group", name=f"Condition {number}", exact=True)


def choose(line: Locator, field: str, *values: str) -> None:
    """Fill in a line by typing."""
    box = line.get_by_role("combobox", name="Field")
    box.fill(field)
    box.press("Enter")
    for value in values:
        line.get_by_role("combobox", name="Values").fill(value)
        line.get_by_role("combobox", name="Values").press("Enter")


def leads_of_late(workspace: Workspace) -> None:
    """Six leads: three languages, two sources."""
    kinds = [("Hindi", "Google Ads")] * 3 + [("Marathi", "Google Ads"), ("Hindi", "Website"), ("Tamil", "Website")]
    workspace.ingest(
        *(
            {"name": f"Lead {n}", "phone": f"+91984500010{n}", "language": language, "lead_source": source}
            for n, (language, source) in enumerate(kinds)
        )
    )


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


def test_what_the_server_refuses_of_a_condition_stands_at_its_line(page: Page) -> None:
    dialog = add_rule(page)
    choose(line(dialog, 1), "city", "Pune")
    dialog.get_by_role("button", name="Add a condition").click()
    choose(line(dialog, 2), "budget")
    line(dialog, 2).get_by_role("combobox", name="Comparison").select_option("is more than")
    value = line(dialog, 2).get_by_label("Value")
    value.fill("a lot")
    expect(value).to_have_accessible_description(re.compile("number"))
    expect(value).to_have_attribute("aria-invalid", "true")
    expect(line(dialog, 1).get_by_role("combobox", name="Values")).to_have_attribute("aria-invalid", "false")
    value.fill("50,000")
    expect(value).to_have_accessible_description("")
    expect(dialog.locator(".condition-reading")).to_contain_text("city is Pune and budget is more than 50")


def test_values_are_suggested_from_the_leads_of_late(page: Page, workspace: Workspace) -> None:
    leads_of_late(workspace)
    dialog = add_rule(page)
    # A sender's own word for a field finds it.
    choose(line(dialog, 1), "lead_source")
    expect(line(dialog, 1).get_by_role("combobox", name="Field")).to_have_value("Source")
    values = line(dialog, 1).get_by_role("combobox", name="Values")
    # And so does a slip of the finger; what no lead has is said to be so.
    dialog.get_by_role("button", name="Add a condition").click()
    choose(line(dialog, 2), "langauge")
    expect(line(dialog, 2).get_by_role("combobox", name="Field")).to_have_value("Language")
    choose(line(dialog, 2), "dragon")
    expect(line(dialog, 2).get_by_role("combobox", name="Field")).to_have_accessible_description(
        "No recent lead has it."
    )
    dialog.get_by_role("button", name="Remove condition 2").click()
    expect(dialog.get_by_role("button", name="Add a condition")).to_be_focused()
    values.focus()
    suggested = line(dialog, 1).get_by_role("listbox", name="Values").get_by_role("option")
    expect(suggested).to_have_text(["Google Ads4 leads", "Website2 leads"])
    # Escape closes the list first, and only then asks about the form.
    page.keyboard.press("Escape")
    expect(suggested).to_have_count(0)
    expect(dialog.get_by_text("Leave without saving?")).to_be_hidden()
    values.press_sequentially("Walk-in,")
    values.press("ArrowDown")
    values.press("Enter")
    expect(dialog.locator(".tag")).to_have_text(["Walk-in", "Google Ads"])
    dialog.get_by_role("button", name="Remove Google Ads").click()
    expect(dialog.locator(".condition-reading")).to_contain_text("Would have taken none of the last 6 leads.")
    values.press("Backspace")
    expect(dialog.locator(".tag")).to_have_count(0)


def test_a_group_is_built_read_back_and_edited(page: Page, workspace: Workspace) -> None:
    asha = workspace.caller("Asha")
    workspace.caller("Bilal")
    dialog = add_rule(page)
    dialog.get_by_label("Name", exact=True).fill("Pune or rich")
    choose(line(dialog, 1), "language", "Hindi")
    dialog.get_by_role("button", name="Add a group").click()
    group = dialog.get_by_role("group", name="Group")
    choose(line(group, 1), "city", "Pune", "Nashik")
    group.get_by_role("button", name="Add to the group").click()
    choose(line(group, 2), "metadata.budget")
    line(group, 2).get_by_role("combobox", name="Comparison").select_option("is between")
    line(group, 2).get_by_label("From").fill("10000")
    line(group, 2).get_by_label("To", exact=True).fill("50000")
    expect(dialog.locator(".condition-reading")).to_contain_text("Leads whose language is Hindi and")
    dialog.get_by_role("radio", name="Callers by name").check()
    dialog.get_by_role("checkbox", name=re.compile("Asha")).check()
    dialog.get_by_role("button", name="Add rule").click()
    expect(dialog).to_be_hidden()
    expect(card(page, "Pune or rich").get_by_role("definition").filter(has_text="Asha")).to_be_visible()

    rule = next(rule for rule in workspace.call("api.list_rules()") if rule["name"] == "Pune or rich")
    assert rule["callers"] == [asha]
    assert rule["condition"] == {
        "match": "all",
        "terms": [
            {"field": "language", "operator": "is_one_of", "values": ["Hindi"]},
            {
                "match": "any",
                "terms": [
                    {"field": "city", "operator": "is_one_of", "values": ["Pune", "Nashik"]},
                    {"field": "metadata.budget", "operator": "between", "values": [10000, 50000]},
                ],
            },
        ],
    }
    page.get_by_role("button", name="Edit Pune or rich").click()
    dialog = page.get_by_role("dialog", name="Edit rule")
    expect(dialog.locator(".tag")).to_have_text(["Hindi", "Pune", "Nashik"])
    expect(dialog.get_by_role("checkbox", name=re.compile("Asha"))).to_be_checked()
    expect(line(dialog.get_by_role("group", name="Group"), 2).get_by_label("From")).to_have_value("10000")
    group = dialog.get_by_role("group", name="Group")
    for _ in range(2):
        group.get_by_role("button", name="Remove condition 1").click()
    expect(group).to_have_count(0)
    dialog.get_by_role("button", name="Save").click()
    expect(card(page, "Pune or rich")).to_contain_text("Leads whose language is Hindi")
    expect(card(page, "Pune or rich")).not_to_contain_text("Pune or Nashik")


def test_a_condition_that_was_not_saved_is_not_lost_by_mistake(page: Page) -> None:
    dialog = add_rule(page)
    choose(line(dialog, 1), "city", "Pune")
    for _ in range(3):  # however often
        page.keyboard.press("Escape")
        expect(dialog.get_by_text("Leave without saving?")).to_be_visible()
    dialog.get_by_role("button", name="Keep editing").click()
    expect(dialog.locator(".tag")).to_have_text(["Pune"])


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


def test_a_rule_tells_how_many_leads_of_late_it_fits(page: Page, workspace: Workspace) -> None:
    leads_of_late(workspace)
    for name, language in (("Hindi", "Hindi"), ("Klingon", "Klingon")):
        condition = {"match": "all", "terms": [{"field": "language", "operator": "is", "values": [language]}]}
        workspace.call("api.create_rule(%s)", Jsonb({"name": name, "condition": condition}))
    page.goto("/routing")
    expect(card(page, "Hindi")).to_contain_text("4 of the last 6 leads")
    expect(card(page, "Klingon").locator(".rule-warn")).to_have_text("None of the last 6 leads")


def test_a_rule_whose_old_condition_was_lost_says_so_and_gets_a_new_one(page: Page, workspace: Workspace) -> None:
    old = '$.city like_regex "^Pu"'
    workspace.connection.execute(
        "update crm.rules set is_on = false, old_condition = %s where workspace_id = %s and name = 'state'",
        [old, workspace.id],
    )
    page.goto("/routing")
    expect(card(page, "state").locator("code")).to_have_text(old)
    card(page, "state").get_by_role("button", name="Say which leads it is for").click()
    dialog = page.get_by_role("dialog", name="Edit rule")
    expect(dialog).to_contain_text(old)
    choose(line(dialog, 1), "city", "Pune")
    dialog.get_by_role("button", name="Save").click()
    expect(card(page, "state")).to_contain_text("Leads whose city is Pune")
    page.get_by_role("switch", name="Use state").click()
    expect(page.get_by_role("switch", name="Use state")).to_be_checked()


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
