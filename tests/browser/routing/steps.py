"""The steps by which tests work the page Routing."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect
from psycopg.types.json import Jsonb

from tests.support import Workspace


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
