"""Many leads reassigned from the list: selected, told beforehand, done, taken back, done again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import Workspace, until

pytestmark = pytest.mark.browser


@pytest.fixture
def left(workspace: Workspace) -> str:
    """A caller with 50 open leads, three others of the same team, and four who are in none."""
    left = workspace.caller("Asha", "Goa", team="North")
    workspace.ingest(
        *({"name": f"Lead {number}", "state": "Goa", "phone": f"98450{number:05}"} for number in range(50))
    )
    for name in ("Bina", "Chitra", "Deepa"):
        workspace.caller(name, team="North")
    for name in ("Esha", "Farah", "Gita", "Hema"):
        workspace.caller(name)
    return left


def holders(workspace: Workspace) -> dict[str, int]:
    """How many open leads each caller has."""
    rows = workspace.connection.execute(
        "select caller_name, count(*) from core.lead_cards where workspace_id = %s group by 1", [workspace.id]
    )
    return dict(rows.fetchall())


class Clicks:
    """Counts what a person clicks."""

    def __init__(self) -> None:
        self.number = 0

    def on(self, target: Locator) -> None:
        """Click it."""
        target.click()
        self.number += 1


def test_fifty_leads_of_a_caller_who_left_go_to_three_others_and_back_and_again(
    page: Page, workspace: Workspace, left: str
) -> None:
    clicks = Clicks()
    page.goto(f"/?caller={left}")
    expect(page.get_by_role("status").get_by_text("50 leads", exact=True)).to_be_visible()
    clicks.on(page.get_by_role("button", name="Select all", exact=True))
    expect(page.get_by_text("50 leads selected")).to_be_visible()
    clicks.on(page.get_by_role("region", name="Selected rows").get_by_role("button", name="Reassign"))
    dialog = page.get_by_role("dialog", name="Reassign 50 leads")
    expect(dialog.get_by_role("checkbox", checked=True)).to_have_count(3)
    expect(dialog.get_by_text("50 leads go to 3 callers, 16 or 17 each.")).to_be_visible()
    clicks.on(dialog.get_by_role("button", name="Reassign", exact=True))
    expect(page.get_by_text("50 leads went to 3 callers.")).to_be_visible()
    given = {"Bina": 17, "Chitra": 17, "Deepa": 16}
    assert holders(workspace) == given
    clicks.on(page.get_by_role("button", name="Undo"))
    expect(page.get_by_text("Taken back: 50 leads are as before.")).to_be_visible()
    assert holders(workspace) == {"Asha": 50}
    clicks.on(page.get_by_role("button", name="Do it again"))
    expect(page.get_by_text("Done again with 50 leads.")).to_be_visible()
    assert holders(workspace) == given
    print(f"{clicks.number} clicks")
    assert clicks.number <= 6


def test_all_that_match_are_reassigned_by_keyboard_alone(page: Page, workspace: Workspace, left: str) -> None:
    more = range(50, 150)
    workspace.ingest(*({"name": f"Lead {number}", "state": "Goa", "phone": f"98450{number:05}"} for number in more))
    page.goto(f"/?caller={left}")
    expect(page.get_by_role("status").get_by_text("150 leads", exact=True)).to_be_visible()

    def press(button: Locator) -> None:
        button.focus()
        page.keyboard.press("Enter")

    press(page.get_by_role("button", name="Select all", exact=True))
    press(page.get_by_role("button", name="Select all 150 that match"))
    expect(page.get_by_text("All 150 leads selected")).to_be_visible()
    press(page.get_by_role("region", name="Selected rows").get_by_role("button", name="Reassign"))
    expect(page.get_by_role("dialog", name="Reassign 150 leads").get_by_text("50 each")).to_be_visible()
    page.keyboard.press("Tab")
    press(page.get_by_role("dialog").get_by_role("button", name="Reassign", exact=True))
    expect(page.get_by_text("150 leads went to 3 callers.")).to_be_visible()
    assert holders(workspace) == {"Bina": 50, "Chitra": 50, "Deepa": 50}


def test_leads_wait_for_nobody_on_a_phone_either(phone: Page, workspace: Workspace) -> None:
    workspace.ingest(*({"name": f"Lead {number}", "phone": f"98450{number:05}"} for number in range(5)))
    workspace.connection.execute("update crm.workspaces set drains_queue = false where id = %s", [workspace.id])
    workspace.caller("Asha")
    workspace.caller("Bina")
    phone.goto("/queue")
    phone.get_by_role("button", name="Select all", exact=True).click()
    phone.get_by_role("checkbox", name="Select Lead 3").uncheck()
    expect(phone.get_by_text("4 leads selected")).to_be_visible()
    phone.get_by_role("region", name="Selected rows").get_by_role("button", name="Assign").click()
    phone.get_by_role("checkbox", name="Bina").check()
    expect(phone.get_by_text("4 leads go to 1 caller, 4 each.")).to_be_visible()
    phone.get_by_role("dialog").get_by_role("button", name="Reassign", exact=True).click()
    expect(phone.get_by_text("4 leads went to Bina.")).to_be_visible()
    until(lambda: holders(workspace).get("Bina") == 4)


def test_what_cannot_be_done_is_said_and_nothing_is_lost(page: Page, workspace: Workspace, left: str) -> None:
    page.goto(f"/?caller={left}")
    page.get_by_role("button", name="Select all", exact=True).click()
    page.get_by_role("region", name="Selected rows").get_by_role("button", name="Reassign").click()
    expect(page.get_by_text("50 leads go to 3 callers, 16 or 17 each.")).to_be_visible()
    page.get_by_label("Note").fill("She left")
    workspace.connection.execute("update crm.callers set status = 'paused' where name = 'Bina'")
    page.get_by_role("dialog").get_by_role("button", name="Reassign", exact=True).click()
    expect(page.get_by_text("Bina is paused")).to_be_visible()
    assert holders(workspace) == {"Asha": 50}
    page.get_by_role("checkbox", name="Bina").uncheck()
    page.get_by_role("dialog").get_by_role("button", name="Reassign", exact=True).click()
    expect(page.get_by_text("50 leads went to 2 callers.")).to_be_visible()
    assert holders(workspace) == {"Chitra": 25, "Deepa": 25}


def test_waiting_leads_are_held_and_closed_and_it_is_taken_back(page: Page, workspace: Workspace) -> None:
    workspace.ingest(*({"name": f"Lead {number}", "phone": f"98450{number:05}"} for number in range(5)))
    page.goto("/queue")
    bar = page.get_by_role("region", name="Selected rows")
    for verb, does, done in (
        ("Hold", "5 leads are held back from routing.", "5 leads are on hold."),
        ("Release", "5 leads are assigned as soon as somebody is free.", "5 leads are released."),
        ("Close", "5 leads are closed.", "5 leads are closed."),
    ):
        page.get_by_role("button", name="Select all", exact=True).click()
        bar.get_by_role("button", name=verb).click()
        dialog = page.get_by_role("dialog", name=f"{verb} 5 leads")
        expect(dialog.get_by_text(does)).to_be_visible()
        dialog.locator("[type=submit]").click()
        expect(page.locator(".toasts").get_by_text(done)).to_be_visible()
    expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    page.locator(".note", has_text="closed").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("5 leads wait for a caller")).to_be_visible()
