"""Callers who leave: whoever archives, pauses, disables or sends one on time off is asked where the open leads go."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from psycopg.types.json import Jsonb

from tests.support import Workspace, until

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]

ROUTE = "Assign them again by the rules"
GIVE = "Give them to another caller"


def had(workspace: Workspace) -> dict[str, str | None]:
    """Who has each lead."""
    rows = workspace.connection.execute(
        "select name, caller_name from core.lead_cards where workspace_id = %s", [workspace.id]
    )
    return {str(name): caller for name, caller in rows}


def row(page: Page, name: str) -> Locator:
    """The row of one caller or person."""
    return page.get_by_role("row").filter(has_text=name)


def test_archiving_asks_where_the_open_leads_go(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha")
    workspace.ingest({"name": "a"}, {"name": "b"})
    workspace.caller("Bilal")
    workspace.caller("Chitra", status="paused")
    page.goto("/callers")
    page.get_by_role("button", name="Archive Asha").click()
    dialog = page.get_by_role("dialog", name="Archive Asha?")
    expect(dialog.get_by_role("group", name="2 open leads")).to_be_visible()
    expect(dialog.get_by_role("radio", name=ROUTE)).to_be_checked()
    expect(dialog.get_by_role("radio", name=ROUTE)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("radio", name=GIVE)).to_be_checked()
    page.keyboard.press("Enter")
    who = dialog.get_by_label("Who gets the open leads")
    expect(who).to_have_accessible_description("Choose who gets them.")
    expect(who).to_be_focused()
    expect(who.get_by_role("option")).to_have_text([re.compile("^Choose"), re.compile("^Bilal")])
    page.keyboard.type("Bilal")
    page.keyboard.press("Tab")
    dialog.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("Asha is archived. 2 open leads went to Bilal.")).to_be_visible()
    expect(row(page, "Asha")).to_be_hidden()
    assert had(workspace) == {"a": "Bilal", "b": "Bilal"}


def test_pausing_asks_only_where_leads_are_open_and_a_row_hands_them_over(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha")
    page.goto("/callers")
    page.get_by_role("switch", name="Leads for Asha").click()
    expect(page.get_by_text("Asha is paused and gets no new leads.")).to_be_visible()
    page.get_by_role("switch", name="Leads for Asha").click()
    expect(page.get_by_role("switch", name="Leads for Asha")).to_be_checked()
    workspace.ingest({"name": "a"}, {"name": "b"})
    workspace.caller("Bilal")
    expect(row(page, "Asha")).to_contain_text("2 open")
    page.get_by_role("switch", name="Leads for Asha").click()
    dialog = page.get_by_role("dialog", name="Pause Asha?")
    expect(dialog.get_by_role("radio", name="Leave them with Asha")).to_be_checked()
    dialog.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("switch", name="Leads for Asha")).not_to_be_checked()
    assert had(workspace) == {"a": "Asha", "b": "Asha"}
    page.get_by_role("button", name="Hand over open leads of Asha").click()
    dialog = page.get_by_role("dialog", name="Hand over Asha's open leads")
    expect(dialog.get_by_role("radio")).to_have_count(2)
    dialog.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("2 open leads were assigned again.")).to_be_visible()
    assert had(workspace) == {"a": "Bilal", "b": "Bilal"}
    expect(page.get_by_role("button", name="Hand over open leads of Asha")).to_be_hidden()


def test_who_goes_on_time_off_now_is_asked_about_once_that_is_saved(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha")
    workspace.ingest({"name": "a"})
    workspace.caller("Bilal")
    page.goto("/callers")
    page.get_by_role("button", name="Edit Asha").click()
    form = page.get_by_role("dialog", name="Edit caller")
    form.get_by_role("button", name="More").click()
    form.get_by_role("button", name="Add days off").click()
    form.get_by_label("First day").fill("2020-01-01")
    form.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Asha is away now")
    expect(dialog.get_by_role("radio", name="Leave it with Asha")).to_be_checked()
    dialog.get_by_role("radio", name="Assign it again by the rules").check()
    dialog.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Asha is away. 1 open lead was assigned again.")).to_be_visible()
    assert had(workspace) == {"a": "Bilal"}


def test_disabling_a_person_asks_about_the_leads_of_the_caller_they_are(page: Page, workspace: Workspace) -> None:
    asha = workspace.caller("Asha")
    workspace.ingest({"name": "a"}, {"name": "b"})
    person = {"email": f"asha{workspace.id}@fairlead.example", "name": "Asha Rao", "role": "caller"}
    workspace.call("api.add_user(%s, 'x')", Jsonb({**person, "caller_id": str(asha)}))
    workspace.call("api.update_workspace(%s)", Jsonb({"leads_of_gone": "keep"}))
    page.goto("/people")
    page.get_by_role("switch", name="Asha Rao may sign in").click()
    dialog = page.get_by_role("dialog", name="Disable Asha Rao?")
    expect(dialog.get_by_role("radio", name="Leave them with the caller Asha")).to_be_checked()
    dialog.get_by_role("radio", name=ROUTE).check()
    dialog.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Asha Rao is disabled. 2 open leads were assigned again.")).to_be_visible()
    assert had(workspace) == {"a": None, "b": None}
    expect(row(page, "Asha Rao")).to_contain_text("The caller Asha, disabled")
    page.goto("/callers")
    expect(row(page, "Asha")).to_contain_text("Disabled")
    expect(page.get_by_title("Asha Rao, who signs in as this caller, is disabled; see People")).to_be_visible()
    page.get_by_role("switch", name="Leads for Asha").click()
    expect(page.get_by_text("Asha is paused and gets no new leads.")).to_be_visible()
    page.get_by_role("switch", name="Leads for Asha").click()
    expect(page.get_by_text("Asha is resumed, but gets no leads: Asha Rao is disabled.")).to_be_visible()

    # And back: enabled, there is the caller again, and what waits is assigned.
    page.goto("/people")
    page.get_by_role("switch", name="Asha Rao may sign in").click()
    expect(page.get_by_text("Asha Rao can sign in again. The caller Asha gets leads again.")).to_be_visible()
    expect(row(page, "Asha Rao").get_by_text("The caller Asha", exact=True)).to_be_visible()
    until(lambda: had(workspace) == {"a": "Asha", "b": "Asha"})

    # Archived, the caller leaves behind a person who can still sign in.
    page.goto("/callers")
    page.get_by_role("button", name="Archive Asha").click()
    dialog = page.get_by_role("dialog", name="Archive Asha?")
    expect(dialog.get_by_text("Asha Rao signs in as this caller, and still can")).to_be_visible()
    dialog.get_by_role("button", name="Archive").click()
    expect(row(page, "Asha")).to_be_hidden()
    page.goto("/people")
    expect(row(page, "Asha Rao")).to_contain_text("The caller Asha, archived")


def test_a_merge_asks_which_caller_gets_the_open_leads(page: Page, workspace: Workspace, post_lead: Post) -> None:
    workspace.caller("Asha")
    workspace.caller("Bilal")
    post_lead(name="Meera Joshi", phone="+919845000001")
    post_lead(name="Meera J", phone="+919845000002")
    page.goto("/leads")
    page.get_by_role("link", name="Meera J", exact=True).click()
    page.get_by_role("button", name="Merge with another contact").click()
    page.get_by_label("A lead of the other contact").fill("Joshi")
    page.get_by_role("radio", name="Meera Joshi").check()
    page.get_by_role("button", name="Merge", exact=True).click()
    asked = page.get_by_role("group", name="Different callers have open leads of the two")
    expect(asked.get_by_role("radio", name="Bilal gets all of them has 1 open lead now")).to_be_visible()
    asked.get_by_role("radio", name="Asha gets all of them").check()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_text("Merged with the contact of Meera Joshi.")).to_be_visible()
    assert had(workspace) == {"Meera J": "Asha", "Meera Joshi": "Asha"}


def test_the_workspace_says_what_is_chosen_at_first(page: Page, workspace: Workspace) -> None:
    page.goto("/settings")
    choice = page.get_by_label("Paused or on time off")
    expect(choice).to_have_value("keep")
    choice.select_option("Assign again by the rules")
    expect(page.get_by_text("Open leads are assigned again by the rules.")).to_be_visible()
    page.reload()
    expect(choice).to_have_value("route")
    workspace.caller("Asha")
    workspace.ingest({"name": "a"})
    page.goto("/callers")
    page.get_by_role("switch", name="Leads for Asha").click()
    expect(page.get_by_role("radio", name="Assign it again by the rules")).to_be_checked()


def test_an_alert_leads_to_the_leads_of_somebody_who_is_not_there(page: Page, workspace: Workspace) -> None:
    asha = workspace.caller("Asha")
    workspace.ingest({"name": "left"})
    workspace.caller("Bilal")
    workspace.ingest({"name": "other"})
    workspace.call("api.update_alert_settings(%s)", Jsonb({"alerts": ["caller_gone"]}))
    workspace.call("api.archive_caller(%s, 'keep')", asha)
    page.goto("/alerts")
    expect(page.get_by_text("Asha is archived and has 1 open lead").first).to_be_visible()
    page.get_by_role("link", name="See the leads").click()
    expect(page.get_by_role("link", name="left", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="other", exact=True)).to_be_hidden()
    page.goto("/alerts")
    page.get_by_role("button", name="Hand over Asha's leads").click()
    page.get_by_role("dialog", name="Hand over Asha's open leads").get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("1 open lead was assigned again.")).to_be_visible()
    assert had(workspace)["left"] == "Bilal"
