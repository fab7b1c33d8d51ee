"""The ways in of a source: what to paste, with the workspace's own values, and with the key while it is new."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support import Gateway, Workspace

pytestmark = pytest.mark.browser


def key_of(page: Page, name: str) -> tuple[Locator, str, str]:
    """The dialog with the new key of a source, its token and its signing secret."""
    dialog = page.get_by_role("dialog", name=f"The key of {name}")
    token = dialog.get_by_label("Token", exact=True).input_value()
    return dialog, token, dialog.get_by_label("Signing secret", exact=True).input_value()


def test_who_has_made_a_source_finds_the_script_ready(
    open_browser: Callable[..., BrowserContext], gateway: Gateway, workspace: Workspace
) -> None:
    context = open_browser(viewport={"width": 1440, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/sources")
    page.get_by_role("button", name="Add source").click()
    page.get_by_role("dialog", name="Add a source").get_by_label("Name").fill("Fair in Pune")
    page.keyboard.press("Enter")
    dialog, token, secret = key_of(page, "Fair in Pune")
    dialog.get_by_role("button", name="Set up the sender").click()

    ways = page.get_by_role("dialog", name="Send leads from Fair in Pune")
    expect(ways.get_by_role("tab", name="Google Sheets")).to_be_focused()
    expect(ways.get_by_text("is missing below")).to_be_hidden()
    expect(ways.get_by_text("cannot reach")).to_be_visible()
    ways.get_by_role("button", name="Copy script").click()
    expect(ways.get_by_role("button", name="Copy script")).to_have_text("Copied")
    found = "select id from crm.sources where workspace_id = %s and name = 'Fair in Pune'"
    row = workspace.connection.execute(found, [workspace.id]).fetchone()
    assert row is not None
    script = page.evaluate("navigator.clipboard.readText()")
    for line in (f'ADDRESS = "{gateway.url}"', f"SOURCE = {row[0]}", f'SECRET = "{secret}"'):
        assert script.count(f"const {line};\n") == 1

    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    expect(ways.get_by_role("tab", name="n8n")).to_be_focused()
    with page.expect_download() as downloading:
        ways.get_by_role("button", name="Download workflow").click()
    workflow = json.loads(downloading.value.path().read_text())
    nodes = {node["name"]: node["parameters"] for node in workflow["nodes"]}
    assert nodes["Send"]["url"] == f"{gateway.url}/api/leads/webhook/batch?source={row[0]}"
    assert f"const SECRET = '{secret}';" in nodes["Sign"]["jsCode"]

    ways.get_by_role("tab", name="curl").click()
    commands = [ways.get_by_label(label, exact=True).inner_text() for label in ("Command", "Signed command")]
    for command in (commands[0], commands[1].replace("Meera", "Asha")):
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        assert '"lead_id"' in done.stdout, done.stdout
    ways.get_by_role("button", name="Close").click()
    expect(ways).to_be_hidden()
    assert token not in page.content()
    assert secret not in page.content()


def test_the_tabs_go_by_the_keyboard_and_a_new_key_fills_them(page: Page) -> None:
    page.goto("/sources")
    page.get_by_role("link", name="Webhook").click()
    ways = page.get_by_role("region", name="Send leads")
    expect(ways.get_by_text("The signing secret is missing below")).to_be_visible()
    expect(ways.get_by_label("Script", exact=True)).to_contain_text('const SECRET = "whsec_";')
    ways.get_by_role("tab", name="Google Sheets").focus()
    ways_by_key = {"ArrowLeft": "Web form", "Home": "Google Sheets", "ArrowRight": "n8n", "End": "Web form"}
    for pressed, name in ways_by_key.items():
        page.keyboard.press(pressed)
        expect(ways.get_by_role("tab", name=name)).to_be_focused()
        expect(ways.get_by_role("tab", selected=True)).to_have_text(name)
        expect(ways.get_by_role("tabpanel")).to_have_accessible_name(name)
    page.keyboard.press("ArrowRight")
    ways.get_by_role("button", name="Make another").click()
    page.get_by_role("button", name="Make new key").click()
    dialog, token, secret = key_of(page, "Webhook")
    dialog.get_by_role("button", name="Set up the sender").click()
    expect(ways.get_by_role("tab", name="Google Sheets")).to_be_focused()
    expect(ways.get_by_label("Script", exact=True)).to_contain_text(f'const SECRET = "{secret}";')
    for name, label in (("Zapier", "Authorization"), ("Make", "Authorization"), ("curl", "Command")):
        ways.get_by_role("tab", name=name).click()
        expect(ways.get_by_label(label, exact=True).filter(visible=True)).to_contain_text(f"Bearer {token}")
    page.reload()
    expect(ways.get_by_label("Script", exact=True)).to_contain_text(re.compile('const SECRET = "whsec_";'))
