"""Which leads of a source are tests: said on its page, with the lines by which rules say which leads they are for."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from psycopg.types.json import Jsonb

from tests.support import Gateway, Workspace

pytestmark = pytest.mark.browser

WHEN = {"match": "all", "terms": [{"field": "phone", "operator": "is_one_of", "values": ["+919810000001"]}]}


def test_an_admin_says_which_leads_of_a_source_are_tests(page: Page, gateway: Gateway, workspace: Workspace) -> None:
    page.goto(f"/sources/{workspace.source_id}")
    card = page.get_by_role("region", name="Test leads")
    expect(card.get_by_label("None", exact=True)).to_be_checked()
    card.get_by_label("Those that fit").check()
    card.get_by_role("button", name="Save test mark").click()
    expect(card.get_by_text("Choose a field.")).to_be_visible()

    card.get_by_role("combobox", name="Field").fill("Phone")
    page.get_by_role("option", name="Phone").first.click()
    card.get_by_role("combobox", name="Values").fill("98100 00001")
    page.keyboard.press("Enter")
    expect(card.get_by_text("There are no leads yet to try it on.")).to_be_visible()
    card.get_by_role("button", name="Save test mark").click()
    expect(card.get_by_text("Marked", exact=True)).to_be_visible()
    expect(card.get_by_text("Leads whose phone is +919810000001.")).to_be_visible()

    mapping = page.get_by_role("region", name="Field mapping")
    leads = [{"name": "Meera", "phone": "+91 98100 00001"}, {"name": "Ravi", "phone": "98100 00002"}]
    mapping.get_by_label("A lead as it is sent").fill(json.dumps(leads))
    result = mapping.get_by_role("status", name="The lead as it would be stored")
    expect(result).to_contain_text("The first of 2 leads in it. It is a test")
    # Of several, which of them make no lead is said of each.
    mapping.get_by_label("A lead as it is sent").fill(json.dumps([leads[1], {"x": 1}, 7]))
    expect(result).to_contain_text("The first of 3 leads in it.")
    expect(result).to_contain_text("[1] makes no lead. Phone: The lead has no name, phone, e-mail or id.")
    expect(result).to_contain_text("[2] makes no lead. A lead must be a JSON object.")

    card.get_by_label("None", exact=True).check()
    card.get_by_role("button", name="Save test mark").click()
    expect(card.get_by_text("As the sender says")).to_be_visible()
    assert page.request.get(f"/api/sources/{workspace.source_id}").json()["test_when"] is None


def test_a_manager_reads_which_leads_are_tests(
    open_browser: Callable[..., BrowserContext], workspace: Workspace
) -> None:
    workspace.connection.execute("update crm.users set role = 'manager' where workspace_id = %s", [workspace.id])
    workspace.connection.execute(
        "update crm.sources set test_when = %s where id = %s", [Jsonb(WHEN), workspace.source_id]
    )
    page = open_browser().new_page()
    page.goto(f"/sources/{workspace.source_id}")
    card = page.get_by_role("region", name="Test leads")
    expect(card.get_by_text("Also tests are leads whose phone is +919810000001.")).to_be_visible()
    expect(card.get_by_role("button")).to_have_count(0)


def test_what_the_server_refuses_of_a_mark_stands_at_its_line(page: Page, workspace: Workspace) -> None:
    page.goto(f"/sources/{workspace.source_id}")
    card = page.get_by_role("region", name="Test leads")
    card.get_by_label("Those that fit").check()
    card.get_by_role("combobox", name="Field").fill("State")
    page.get_by_role("option", name="State").first.click()
    card.get_by_role("combobox", name="Values").fill("Atlantis")
    page.keyboard.press("Enter")
    card.get_by_role("button", name="Save test mark").click()
    expect(card.get_by_role("combobox", name="Values")).to_have_accessible_description(
        '"Atlantis" is no state of India. Write the state\'s name or its ISO code, such as Maharashtra or MH.'
    )
    card.get_by_role("button", name="Discard changes").click()
    expect(card.get_by_label("None", exact=True)).to_be_checked()
