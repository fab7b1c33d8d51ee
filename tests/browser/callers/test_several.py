"""Callers with logins, one by one in one form, and many from a table that is pasted."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.mailbox import Mailbox
from tests.support import Workspace, until

pytestmark = pytest.mark.browser


def test_ten_callers_with_logins_are_pasted(
    open_browser: Callable[..., BrowserContext], mailbox: Mailbox, workspace: Workspace
) -> None:
    workspace.caller("Caller 3", "Goa")
    page = open_browser(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto("/callers")
    emails = [f"caller{number}.{workspace.id}@example.com" for number in range(10)]
    lines = [
        f"Caller {number}\t{email.upper()}\t{'MH, Kerala' if number else 'Bombay'}\tHindi, English\t20\tWest"
        for number, email in enumerate(emails)
    ]
    table = "\n".join(
        ["Caller Name\tE-mail ID\tState(s)\tLanguages\tLeads/day\tTeam", *lines, "Bad\tbad\tNarnia\t\tmany"]
    )
    page.evaluate("text => navigator.clipboard.writeText(text)", table)
    clicks = 0

    def click(name: str) -> None:
        nonlocal clicks
        page.get_by_role("button", name=name, exact=True).click()
        clicks += 1

    click("Add several")
    dialog = page.get_by_role("dialog", name="Add several callers")
    expect(dialog.get_by_label("Paste from a spreadsheet")).to_be_focused()
    page.keyboard.press("ControlOrMeta+v")
    expect(dialog.get_by_text("9 new · 1 updated · 1 left out · 10 invited to sign in")).to_be_visible()
    wrong = dialog.get_by_role("listitem").filter(has_text="Bad")
    expect(wrong).to_contain_text("This is no e-mail address.")
    expect(wrong).to_contain_text("Narnia is no state here.")
    expect(wrong).to_contain_text("Write a whole number")
    click("Add 9, update 1")
    expect(page.get_by_text("9 added, 1 updated, 1 left out.")).to_be_visible()
    expect(page.get_by_text("10 e-mails with a link are on the way.")).to_be_visible()
    assert clicks <= 6
    expect(page.get_by_role("row").filter(has_text="Caller 7")).to_contain_text("Maharashtra")
    until(lambda: all(mailbox.texts_to(email) for email in emails))
    assert workspace.connection.execute(
        "select count(*) from crm.callers c join crm.users u on u.caller_id = c.id where c.workspace_id = %s",
        [workspace.id],
    ).fetchone() == (10,)
    assert dialog.is_hidden()


def test_a_caller_and_their_login_are_made_in_one_form(page: Page, mailbox: Mailbox, workspace: Workspace) -> None:
    email = f"asha{workspace.id}@example.com"
    page.goto("/callers")
    page.get_by_role("button", name="Add caller").first.click()
    form = page.get_by_role("dialog", name="Add a caller")
    form.get_by_label("Name", exact=True).fill("Asha Rao")
    form.get_by_label("Can sign in").check()
    form.get_by_role("button", name="Add caller").click()
    expect(form.get_by_label("Email")).to_have_accessible_description(
        re.compile("Enter the address they sign in with.")
    )
    form.get_by_label("Email").fill("asha")
    form.get_by_role("button", name="Add caller").click()
    expect(form.get_by_label("Email")).to_have_accessible_description(re.compile('"asha" is no e-mail address.'))
    form.get_by_label("Email").fill(email)
    form.get_by_role("button", name="Add caller").click()
    expect(page.get_by_text("Asha Rao is added.")).to_be_visible()
    until(lambda: len(mailbox.texts_to(email)) == 1)
    assert workspace.connection.execute(
        "select count(*) from crm.callers where workspace_id = %s", [workspace.id]
    ).fetchone() == (1,), "nothing was made when it was refused"
