"""Coming in by e-mail: an invitation accepted, a forgotten password set anew."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.mailbox import Mailbox
from tests.support import Workspace, until

pytestmark = pytest.mark.browser


def link_in(mailbox: Mailbox, email: str, number: int) -> str:
    """The link in the e-mail of this number."""
    until(lambda: len(mailbox.texts_to(email)) >= number)
    [link] = re.findall(r"http://\S+#\S+", mailbox.texts_to(email)[number - 1])
    return str(link)


def test_an_invitation_is_accepted_and_a_forgotten_password_set_anew_by_e_mail(
    page: Page, open_browser: Callable[..., BrowserContext], mailbox: Mailbox, workspace: Workspace
) -> None:
    email = f"asha{workspace.id}@example.com"
    # An e-mail follows another after a minute.
    later = "update crm.sign_in_links set created_at = created_at - interval '2 minutes' where workspace_id = %s"
    page.goto("/people")
    page.get_by_role("button", name="Invite person").click()
    form = page.get_by_role("dialog", name="Invite a person")
    form.get_by_label("Name", exact=True).fill("Asha Rao")
    form.get_by_label("Email").fill(email)
    form.get_by_role("button", name="Invite").click()
    expect(page.get_by_text(f"An e-mail with a link is on its way to {email}.")).to_be_visible()
    asha = open_browser(signed_in=False).new_page()
    asha.goto(link_in(mailbox, email, 1))
    expect(asha.get_by_role("heading", name="Welcome, Asha Rao")).to_be_visible()
    asha.get_by_label("New password").fill("violet tractor kettle")
    asha.get_by_role("button", name="Sign in").click()
    expect(asha.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()

    workspace.connection.execute(later, [workspace.id])
    forgetful = open_browser(signed_in=False).new_page()
    forgetful.goto("/login")
    forgetful.get_by_role("link", name="Forgot your password?").click()
    expect(forgetful.get_by_label("Email")).to_be_focused()
    forgetful.keyboard.type(email.upper())
    forgetful.keyboard.press("Enter")
    expect(forgetful.get_by_role("heading", name="Look at your e-mails")).to_be_focused()
    forgetful.goto(link_in(mailbox, email, 2))
    expect(forgetful.get_by_role("heading", name="Set a new password")).to_be_visible()
    forgetful.get_by_label("New password").fill("seven orange ladders")
    forgetful.keyboard.press("Enter")
    expect(forgetful.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    asha.goto("/queue")
    expect(asha.get_by_role("heading", name="Sign in")).to_be_visible()
