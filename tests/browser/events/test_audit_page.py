"""The page Audit: who changed what, found and read."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb

from tests.support import Workspace

pytestmark = pytest.mark.browser


def test_a_change_is_found_and_read_before_and_after(page: Page, workspace: Workspace) -> None:
    asha = workspace.caller("Asha", daily_limit=5)
    lead = workspace.ingest({"name": "Meera Joshi", "phone": "+919845000001"})[0]["lead_id"]
    workspace.call("api.update_workspace(%s)", Jsonb({"drains_queue": False}))
    workspace.connection.execute("update crm.callers set daily_limit = 7 where id = %s", [asha])
    workspace.connection.execute("update crm.leads set name = 'Meera J' where id = %s", [lead])

    page.goto("/audit")
    rows = page.get_by_role("table", name="Events, newest first").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Meera J")
    expect(rows.nth(1).get_by_role("listitem")).to_have_text("Name from Meera Joshi → to Meera J")
    # Leads being assigned are most of what happens, and show when they are asked for.
    expect(rows.filter(has_text="Assigned")).to_have_count(0)
    page.get_by_label("What").select_option(label="All changes and every lead assigned")
    expect(rows.filter(has_text="Assigned")).to_have_count(1)

    page.get_by_label("What").select_option(label="Callers")
    expect(rows.nth(1).get_by_role("listitem")).to_have_text("Daily limit from 5 → to 7")
    expect(page).to_have_url(re.compile(r"/audit\?what=caller$"))
    page.get_by_label("Who").select_option(label="Fairlead, in time")
    expect(page.get_by_role("heading", name="No event matches")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()

    page.goto(f"/audit?lead={lead}")
    expect(page.get_by_text("Only about Meera J")).to_be_visible()
    expect(rows).to_have_count(3)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert len(download.value.path().read_text().splitlines()) == 4
    page.get_by_role("link", name="Meera J").first.click()
    expect(page.get_by_role("dialog", name="Meera J")).to_be_visible()


def test_more_is_shown_when_asked_for(phone: Page, workspace: Workspace) -> None:
    asha = workspace.caller("Asha")
    for limit in range(1, 61):
        workspace.connection.execute("update crm.callers set daily_limit = %s where id = %s", [limit, asha])
    phone.goto(f"/audit?caller={asha}")
    times = phone.locator(".audit tbody tr")
    expect(times).to_have_count(50)
    phone.get_by_role("button", name="Show more").click()
    expect(times).to_have_count(61)
    expect(phone.get_by_text("That is all of them.")).to_be_visible()
