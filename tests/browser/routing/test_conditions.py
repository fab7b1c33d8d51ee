"""Conditions of rules: built, suggested, read back and edited on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb

from tests.browser.routing.steps import (
    add_rule,
    card,
    choose,
    leads_of_late,
    line,
)
from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]


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
