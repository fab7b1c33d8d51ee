"""Many callers paused, limited and activated from their list, and what can be taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support import Workspace, until

pytestmark = pytest.mark.browser


def test_callers_are_paused_and_limited_together_and_it_is_taken_back(page: Page, workspace: Workspace) -> None:
    for name in ("Asha", "Bina", "Chitra"):
        workspace.caller(name, daily_limit=5)

    def callers() -> list[tuple[str, int]]:
        query = "select status::text, daily_limit from crm.callers where workspace_id = %s order by name"
        return workspace.connection.execute(query, [workspace.id]).fetchall()

    page.goto("/callers")
    page.get_by_role("button", name="Select all", exact=True).click()
    bar = page.get_by_role("region", name="Selected rows")
    bar.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("3 callers are paused and get no new leads.")).to_be_visible()
    assert callers() == [("paused", 5)] * 3
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: 3 callers are as before.")).to_be_visible()
    assert callers() == [("active", 5)] * 3
    page.get_by_role("checkbox", name="Select Bina").check()
    bar.get_by_role("button", name="Limits").click()
    dialog = page.get_by_role("dialog", name="Limits of 1 caller")
    dialog.get_by_role("button", name="Change limits").click()
    expect(dialog.get_by_text("Give one limit or both.")).to_be_visible()
    dialog.get_by_label("Leads a day").fill("9")
    dialog.get_by_role("button", name="Change limits").click()
    expect(page.get_by_text("1 caller is changed.")).to_be_visible()
    assert callers() == [("active", 5), ("active", 9), ("active", 5)]


def test_an_archived_caller_and_an_archived_rule_come_back(page: Page, workspace: Workspace) -> None:
    workspace.caller("Asha")
    workspace.call("api.create_rule(%s)", '{"name": "Goa first", "condition": null, "strategy": "round_robin"}')

    def there() -> list[str]:
        query = "select name from crm.rules where workspace_id = %s and archived_at is null order by step"
        return [name for (name,) in workspace.connection.execute(query, [workspace.id])]

    before = there()
    page.goto("/callers")
    page.get_by_role("button", name="Archive Asha").click()
    page.get_by_role("dialog", name="Archive Asha?").get_by_role("button", name="Archive", exact=True).click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Asha is here again.")).to_be_visible()
    expect(page.get_by_role("row").get_by_text("Asha", exact=True)).to_be_visible()

    page.goto("/routing")
    page.get_by_role("button", name="Archive Goa first").click()
    page.get_by_role("dialog", name="Archive Goa first?").get_by_role("button", name="Archive", exact=True).click()
    until(lambda: "Goa first" not in there())
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Goa first is back in the plan.")).to_be_visible()
    assert there() == before
