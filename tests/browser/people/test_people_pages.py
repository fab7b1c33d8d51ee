"""The own account, and the people an admin looks after."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support import Gateway, Workspace

pytestmark = pytest.mark.browser


def row(page: Page, name: str) -> Locator:
    """The row of one person."""
    return page.get_by_role("row").filter(has_text=name)


def test_a_token_is_made_by_keyboard_shown_once_copied_and_revoked(
    open_browser: Callable[..., BrowserContext], gateway: Gateway
) -> None:
    context = open_browser(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("link", name="Account").click()
    expect(page.get_by_text("You have no tokens.")).to_be_visible()
    page.get_by_role("button", name="New token").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_have_accessible_description("Say what the token is for.")
    page.keyboard.type("Weekly report")
    page.keyboard.press("Enter")
    shown = page.get_by_label("Token", exact=True)
    expect(shown).to_be_focused()
    token = shown.input_value()
    page.get_by_role("button", name="Copy token").click()
    expect(page.get_by_role("button", name="Copied token")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token
    page.get_by_role("button", name="Done").click()
    expect(shown).to_be_hidden()
    assert token not in page.content()

    headers = {"authorization": f"Bearer {token}"}
    assert httpx.get(f"{gateway.url}/api/leads", headers=headers).status_code == 200
    page.get_by_role("button", name="Revoke Weekly report").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("You have no tokens.")).to_be_visible()
    assert httpx.get(f"{gateway.url}/api/leads", headers=headers).status_code == 401


def test_sessions_are_ended_and_the_password_changed(
    open_browser: Callable[..., BrowserContext], gateway: Gateway
) -> None:
    other = open_browser().new_page()
    page = open_browser().new_page()
    page.goto("/account")
    ended = page.get_by_role("button", name="End Chrome on Linux")
    expect(ended).to_have_count(1)
    expect(page.get_by_role("listitem").filter(has=page.get_by_text("This one", exact=True))).to_have_count(2)
    ended.click()
    expect(page.get_by_text("Chrome on Linux is signed out.")).to_be_visible()
    expect(ended).to_have_count(0)
    other.goto("/")
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()

    page.get_by_label("Current password").fill("not the password")
    page.get_by_label("New password").fill("another password")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_label("Current password")).to_have_accessible_description("This is not your password.")
    expect(page.get_by_label("Current password")).to_be_focused()
    page.get_by_label("Current password").fill(gateway.admin[1])
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    expect(page.get_by_label("New password")).to_have_value("")
    signed_in = httpx.post(
        f"{gateway.url}/api/session", json={"email": gateway.admin[0], "password": "another password"}
    )
    assert signed_in.status_code == 200


def test_a_person_is_invited_and_disabled_and_the_page_follows(
    page: Page, open_browser: Callable[..., BrowserContext], gateway: Gateway, workspace: Workspace
) -> None:
    page.goto("/people")
    expect(row(page, gateway.admin[0])).to_contain_text("You")
    page.get_by_role("button", name="Invite person").click()
    form = page.get_by_role("dialog", name="Invite a person")
    form.get_by_label("Email").fill(gateway.admin[0])
    form.get_by_label("Name", exact=True).fill("Uma Rao")
    form.get_by_role("radio", name="Analyst").check()
    form.get_by_role("button", name="Invite").click()
    expect(form.get_by_label("Email")).to_have_accessible_description(
        "Admin has this address already. Edit them instead."
    )
    email = f"uma{workspace.id}@fairlead.example"
    form.get_by_label("Email").fill(email)
    form.get_by_role("button", name="Invite").click()
    expect(row(page, "Uma Rao")).to_contain_text("Invited")
    page.get_by_role("button", name="Invite Uma Rao again").click()
    copied = page.get_by_role("dialog", name="Invite Uma Rao again?")
    copied.get_by_role("radio", name="Copy a link").check()
    copied.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("heading", name="Link for Uma Rao")).to_be_visible()
    link = page.get_by_label("Link", exact=True).input_value()
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Done").click()

    theirs = open_browser(signed_in=False)
    welcome = theirs.new_page()
    welcome.goto(link)
    expect(welcome.get_by_label("New password")).to_be_focused()
    expect(welcome.get_by_label("Email")).to_have_value(email)
    welcome.keyboard.type("password12")
    welcome.keyboard.press("Enter")
    expect(welcome.get_by_label("New password")).to_have_accessible_description(re.compile("common|easy"))
    welcome.get_by_label("New password").fill("violet tractor kettle")
    welcome.keyboard.press("Enter")
    expect(welcome.get_by_role("heading", name="Reports", level=1)).to_be_visible()
    expect(row(page, "Uma Rao")).not_to_contain_text("Invited")
    second = theirs.new_page()
    second.goto(link)
    expect(second.get_by_role("heading", name="This link does not work")).to_be_focused()
    expect(second.get_by_text("used already")).to_be_visible()
    cookie = {one["name"]: one["value"] for one in theirs.cookies()}
    page.get_by_role("button", name="Send Uma Rao a link to set a password").click()
    sent = page.get_by_role("dialog", name="Send Uma Rao a link?")
    sent.get_by_role("radio", name="Copy a link").check()
    sent.get_by_role("button", name="Make the link").click()
    expect(page.get_by_label("Link", exact=True)).to_have_value(re.compile("/new-password#"))
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Revoke the link of Uma Rao").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row(page, "Uma Rao")).to_contain_text("Link revoked")

    page.get_by_role("switch", name="Uma Rao may sign in").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(row(page, "Uma Rao")).to_contain_text("Enabled")
    page.get_by_role("switch", name="Uma Rao may sign in").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(row(page, "Uma Rao")).to_contain_text("Disabled")
    assert httpx.get(f"{gateway.url}/api/leads", cookies=cookie).status_code == 401
    workspace.connection.execute("update crm.users set disabled_at = null, name = 'Uma R' where email = %s", [email])
    expect(row(page, "Uma R")).to_contain_text("Enabled")

    kavita = workspace.caller("Kavita")
    page.get_by_role("button", name="Edit Uma R").click()
    page.get_by_role("radio", name="Caller Their own leads").check()
    page.get_by_label("Which caller").select_option("Kavita")
    page.get_by_role("button", name="Save").click()
    expect(row(page, "Uma R")).to_contain_text("Caller")
    page.get_by_role("button", name="Edit Uma R").click()
    expect(page.get_by_label("Which caller")).to_have_value(kavita)
    page.get_by_role("button", name="Cancel").click()

    page.get_by_role("button", name="Edit Admin").click()
    page.get_by_role("radio", name="Manager").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Admin is the last admin.")).to_be_visible()
