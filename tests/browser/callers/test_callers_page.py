"""The callers: adding, editing, pausing, archiving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]


def row(page: Page, name: str) -> Locator:
    """The row of one caller."""
    return page.get_by_role("row").filter(has_text=name)


def test_a_caller_is_added_by_keyboard_alone(page: Page, post_lead: Post) -> None:
    page.goto("/callers")
    page.get_by_role("button", name="Add caller").last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Asha Rao")
    page.keyboard.press("Tab")
    page.keyboard.type("Senior caller")
    page.keyboard.press("Tab")
    page.keyboard.type("mah")
    expect(page.get_by_role("option", name="Maharashtra")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("go")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Hindi, Konkani,")
    page.keyboard.press("Tab")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("5")
    page.keyboard.press("Enter")

    caller = row(page, "Asha Rao")
    for text in ("Senior caller", "Maharashtra", "Goa", "Hindi, Konkani", "0 of 5", "Active"):
        expect(caller).to_contain_text(text)
    expect(page.get_by_text("Asha Rao is added.")).to_be_visible()

    post_lead(name="Meera Joshi", phone="+919845000001", state="Goa")
    expect(caller).to_contain_text("1 of 5")


def test_a_caller_is_edited_and_what_was_not_saved_is_not_lost_by_mistake(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha", "Goa", daily_limit=20, languages=["Hindi"])
    page.goto("/callers")
    page.get_by_role("button", name="Edit Asha").click()
    dialog = page.get_by_role("dialog", name="Edit caller")
    dialog.get_by_label("Daily limit").fill("0")
    expect(dialog.get_by_text("No limit: leads keep coming all day.")).to_be_visible()
    dialog.get_by_role("button", name="Remove Goa").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog.get_by_text("Leave without saving?")).to_be_visible()
    dialog.get_by_role("button", name="Keep editing").click()
    dialog.get_by_role("button", name="Save").click()

    expect(dialog).to_be_hidden()
    expect(row(page, "Asha")).to_contain_text("0, no limit")
    expect(row(page, "Asha")).not_to_contain_text("Goa")
    expect(row(page, "Asha")).to_contain_text("Hindi")


def test_an_error_stands_at_its_field(page: Page) -> None:
    page.goto("/callers")
    page.get_by_role("button", name="Add caller").last.click()
    dialog = page.get_by_role("dialog", name="Add a caller")
    dialog.get_by_label("Daily limit").fill("many")
    dialog.get_by_role("button", name="Add caller").click()
    expect(dialog.get_by_label("Name", exact=True)).to_have_accessible_description("Enter the caller's name.")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    expect(dialog.get_by_text("Enter a whole number")).to_be_visible()

    # What only the server can know arrives at the same place, and nothing typed is lost.
    dialog.get_by_label("Name", exact=True).fill("Asha")
    dialog.get_by_label("Daily limit").fill("2000000")
    dialog.get_by_role("button", name="Add caller").click()
    expect(dialog.get_by_text("It must be at most 1000000.")).to_be_visible()
    expect(dialog.get_by_label("Daily limit")).to_be_focused()
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Asha")


def test_a_caller_is_paused_and_resumed_with_one_switch(page: Page, workspace: Workspace, post_lead: Post) -> None:
    workspace.caller("Asha")
    page.goto("/callers")
    switch = page.get_by_role("switch", name="Leads for Asha")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    assert post_lead(name="Meera Joshi", phone="+919845000001")["assignment_status"] == "queued"
    switch.click()
    expect(switch).to_be_checked()
    assert post_lead(name="Ravi Kumar", phone="+919845000002")["assigned_caller"]["name"] == "Asha"


def test_archiving_asks_first(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha")
    workspace.caller("Bilal")
    page.goto("/callers")
    page.get_by_role("button", name="Archive Asha").click()
    page.get_by_role("button", name="Cancel").click()
    expect(row(page, "Asha")).to_be_visible()
    page.get_by_role("button", name="Archive Asha").click()
    page.get_by_role("dialog", name="Archive Asha?").get_by_role("button", name="Archive").click()
    expect(row(page, "Asha")).to_be_hidden()
    expect(row(page, "Bilal")).to_be_visible()


def test_sample_callers_go_with_one_click(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha", is_sample=True)
    workspace.caller("Bilal", is_sample=True)
    workspace.caller("Chitra")
    page.goto("/callers")
    page.get_by_role("button", name="Remove sample callers").click()
    expect(row(page, "Asha")).to_be_hidden()
    expect(row(page, "Chitra")).to_be_visible()
    expect(page.get_by_role("button", name="Remove sample callers")).to_be_hidden()


def test_what_somebody_else_changes_shows_at_once(page: Page, workspace: Workspace) -> None:
    page.goto("/callers")
    expect(page.get_by_role("heading", name="Add your first caller")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    asha = workspace.caller("Asha")
    expect(row(page, "Asha")).to_be_visible()
    workspace.call("api.archive_caller(%s)", asha)
    expect(page.get_by_role("heading", name="Add your first caller")).to_be_visible()


def test_what_few_callers_need_is_folded_away_and_kept(page: Page, workspace: Workspace) -> None:
    asha = workspace.caller("Asha", "Goa")
    page.goto("/callers")
    page.get_by_role("button", name="Edit Asha").click()
    dialog = page.get_by_role("dialog", name="Edit caller")
    expect(dialog.get_by_label("Team")).to_be_hidden()
    dialog.get_by_role("button", name="More").click()
    dialog.get_by_label("Team").fill("North")
    dialog.get_by_label("Open leads at most").fill("2")
    dialog.get_by_role("combobox", name="Campaigns").press_sequentially("Diwali,")
    dialog.get_by_label("Weight", exact=True).fill("3")
    dialog.get_by_role("button", name="Add source").click()
    expect(dialog.get_by_label("Source", exact=True)).to_be_focused()
    page.keyboard.type("Website")
    page.keyboard.press("Tab")
    page.keyboard.type("5")
    dialog.get_by_role("radio", name="Set hours").check()
    dialog.get_by_role("button", name="Mon–Sat 10–19").click()
    dialog.get_by_role("checkbox", name="Saturday").uncheck()
    dialog.get_by_role("button", name="Add hours", exact=True).click()
    dialog.get_by_label("From", exact=True).last.fill("22:00")
    dialog.get_by_label("To", exact=True).last.fill("00:00")
    dialog.get_by_role("button", name="Add days off").click()
    dialog.get_by_label("First day").fill("2026-01-05")
    dialog.get_by_label("Last day").fill("2026-01-06")
    dialog.get_by_role("button", name="Add hours off").click()
    dialog.get_by_label("From").last.fill("2026-02-01T09:00")
    dialog.get_by_label("Until").fill("2026-02-01T12:30")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()

    saved = workspace.call("api.get_caller(%s)", asha)
    assert (saved["team"], saved["max_load"], saved["weight"], saved["campaigns"]) == ("North", 2, 3, ["Diwali"])
    assert saved["sources"] == [{"source": "Website", "weight": 5}]
    assert saved["hours"] == [
        {"days": [1, 2, 3, 4, 5], "from": "10:00", "to": "19:00"},
        {"days": [6, 7], "from": "22:00", "to": "24:00"},
    ]
    assert saved["time_off"] == [
        {"from": "2026-01-04T18:30:00+00:00", "to": "2026-01-06T18:30:00+00:00"},
        {"from": "2026-02-01T03:30:00+00:00", "to": "2026-02-01T07:00:00+00:00"},
    ]

    # What is folded away is told in a line, and comes back as it was written.
    page.get_by_role("button", name="Edit Asha").click()
    fold = dialog.get_by_role("button", name="More")
    expect(fold).to_contain_text("team North, 1 campaign, weight 3, 2 open at most, 1 source, working hours, time off")
    fold.click()
    expect(dialog.get_by_label("Last day")).to_have_value("2026-01-06")
    expect(dialog.get_by_label("Until")).to_have_value("2026-02-01T12:30")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    unchanged = workspace.call("api.get_caller(%s)", asha)
    assert {**unchanged, "updated_at": ""} == {**saved, "updated_at": ""}


def test_a_mistake_under_more_opens_it(page: Page) -> None:
    page.goto("/callers")
    page.get_by_role("button", name="Add caller").last.click()
    dialog = page.get_by_role("dialog", name="Add a caller")
    dialog.get_by_label("Name", exact=True).fill("Asha")
    fold = dialog.get_by_role("button", name="More")
    fold.click()
    dialog.get_by_label("Weight", exact=True).fill("none")
    for _ in range(2):
        dialog.get_by_role("button", name="Add source").click()
        dialog.get_by_label("Source", exact=True).last.fill("Radio")
    fold.click()
    dialog.get_by_role("button", name="Add caller").click()
    expect(dialog.get_by_label("Weight", exact=True)).to_be_focused()
    dialog.get_by_label("Weight", exact=True).fill("1")
    dialog.get_by_role("button", name="Add caller").click()
    expect(dialog.get_by_text('The source "Radio" is there twice.')).to_be_visible()
    dialog.get_by_role("button", name="Remove the source Radio").last.click()
    dialog.get_by_role("button", name="Add caller").click()
    expect(dialog).to_be_hidden()


def test_the_list_tells_who_is_not_free_and_what_is_open(page: Page, workspace: Workspace, post_lead: Post) -> None:
    workspace.caller("Asha", max_load=1)
    workspace.caller("Bilal", time_off=[{"from": "2020-01-01", "to": None}])
    page.goto("/callers")
    expect(row(page, "Bilal")).to_contain_text("Away")
    expect(row(page, "Asha")).to_contain_text("0 of 1 open")
    post_lead(name="Meera Joshi", phone="+919845000001")
    expect(row(page, "Asha")).to_contain_text("1 of 1 open")
    expect(row(page, "Asha")).to_contain_text("At max load")
