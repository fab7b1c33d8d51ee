"""What came of a call, said in the lead's panel; and the page of dispositions."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from psycopg.types.json import Jsonb

from tests.support import Workspace

pytestmark = pytest.mark.browser


def lead_panel(page: Page, name: str) -> Locator:
    """The panel of the lead of this name, opened from the list."""
    page.get_by_role("link", name=name, exact=True).click()
    return page.get_by_role("dialog", name=name)


def test_what_came_of_a_call_is_one_tap_a_note_or_a_time(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha")
    workspace.ingest({"name": "Meera Joshi", "phone": "+919845000001"})
    page.goto("/leads")
    panel = lead_panel(page, "Meera Joshi")
    history = panel.get_by_role("listitem")
    panel.get_by_role("button", name="No answer").click()
    expect(history.filter(has_text="Call: No answer")).to_contain_text("by Admin")
    expect(panel.get_by_role("region", name="To do")).to_contain_text("Call Meera Joshi")

    # A time is asked for, and the note is kept meanwhile.
    panel.get_by_label("Note about the call").fill("Ask for Ravi")
    panel.get_by_role("button", name="Call back").click()
    expect(panel.get_by_label("Call again")).to_have_accessible_description("Say when to call again.")
    panel.get_by_role("button", name="Tomorrow").click()
    panel.get_by_role("button", name="Save “Call back”").click()
    expect(history.filter(has_text="Call: Call back")).to_contain_text("Ask for Ravi")
    expect(panel.get_by_label("Note about the call")).to_have_value("")
    expect(panel.get_by_role("region", name="To do").get_by_role("listitem")).to_have_count(1)
    expect(panel.get_by_label("Progress")).to_have_value("contacted")

    # Somebody else is faster: what they did is told, and nothing that was typed is lost.
    rows = workspace.connection.execute("select id from crm.leads where workspace_id = %s", [workspace.id]).fetchall()

    def be_slow(route: Route) -> None:
        workspace.call("api.log_activity(%s, %s)", rows[0][0], Jsonb({"kind": "visit"}))
        route.continue_()

    panel.get_by_role("button", name="Not interested").click()
    expect(panel.get_by_label("Note about the call")).to_have_accessible_description(
        "With “Not interested” goes a note: say in a few words why."
    )
    panel.get_by_label("Note about the call").fill("Too dear")
    page.route("**/activities", be_slow, times=1)
    panel.get_by_role("button", name="Save “Not interested”").click()
    expect(panel.get_by_role("alert").filter(has_text="Somebody was faster: Visit")).to_be_visible()
    expect(history.filter(has_text="Visit")).to_be_visible()
    expect(panel.get_by_label("Note about the call")).to_have_value("Too dear")
    panel.get_by_role("button", name="Save “Not interested”").click()
    expect(panel.get_by_label("Progress")).to_have_value("lost")
    expect(panel.get_by_role("button", name="Reopen")).to_be_visible()

    # A wrong tap is taken back.
    panel.get_by_role("button", name="Take back Call: Not interested").click()
    expect(panel.get_by_label("Progress")).to_have_value("contacted")
    expect(panel.get_by_role("button", name="Close lead")).to_be_visible()

    panel.get_by_label("Progress").select_option("lost")
    panel.get_by_label("Why").fill("Budget cut")
    panel.get_by_role("button", name="Save and close the lead").click()
    expect(panel.get_by_role("region", name="How far it has come")).to_contain_text("Budget cut")
    assert workspace.connection.execute("select violation, detail from routing.verify()").fetchall() == []


def test_dispositions_are_added_edited_and_archived(page: Page, workspace: Workspace) -> None:
    page.goto("/dispositions")
    rows = page.get_by_role("table", name="Dispositions").get_by_role("row")
    expect(rows).to_have_count(9)
    page.get_by_role("button", name="Add disposition").first.click()
    form = page.get_by_role("dialog", name="Add a disposition")
    form.get_by_label("Name").fill("Left a message")
    form.get_by_label("Place").fill("2")
    form.get_by_label("Call again in").fill("24")
    form.get_by_role("button", name="Add disposition").click()
    expect(rows.nth(2)).to_contain_text("Left a message")
    expect(rows.nth(2)).to_contain_text("Call again in 24 working hours")
    page.get_by_role("button", name="Edit Left a message").click()
    page.get_by_label("Closes the lead").select_option("junk")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(rows.nth(2)).to_contain_text("Closes the lead as junk")
    page.get_by_role("button", name="Archive Left a message").click()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(rows).to_have_count(9)


def test_a_calendar_address_is_shown_once_and_taken_back(page: Page) -> None:
    page.goto("/account")
    page.get_by_role("button", name="Make an address").click()
    shown = page.get_by_role("dialog", name="Your calendar address")
    expect(shown.get_by_label("Address", exact=True)).to_have_value(re.compile("/calendar/fl_.*ics$"))
    shown.get_by_role("button", name="Done").click()
    shown.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Make an address")).to_be_visible()
