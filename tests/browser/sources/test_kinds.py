"""Senders of a kind: chosen, connected by what their page says, and seen to arrive."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from gateway.intake.kinds import kinds
from tests.support import Gateway, Workspace

pytestmark = pytest.mark.browser


def test_a_sender_of_a_kind_is_connected_by_what_its_page_says(page: Page, gateway: Gateway) -> None:
    page.goto("/sources")
    page.get_by_role("button", name="Add source").click()
    form = page.get_by_role("dialog", name="Add a source")
    form.get_by_label("Name").fill("Admission form")
    kind = form.get_by_role("combobox", name="What sends the leads")
    kind.fill("typ")
    found = form.get_by_role("listbox", name="What sends the leads")
    expect(found.get_by_role("option")).to_have_text(["Typeform"])
    kind.press("Enter")
    expect(form.get_by_text("Any sender")).to_be_hidden()
    kind.press("Enter")
    key = page.get_by_role("dialog", name="The key of Admission form")
    address = key.get_by_label("Secret address", exact=True).input_value()
    key.get_by_role("button", name="Copy secret address").click()
    key.get_by_role("button", name="Set up the sender").click()

    card = page.get_by_role("region", name="Connect Typeform")
    expect(card.get_by_label("Secret address", exact=True)).to_have_text(address)
    expect(card.get_by_role("listitem").first).to_contain_text("add a webhook with this address")
    expect(card.get_by_role("status")).to_have_text("Waiting for the first lead")
    expect(page.get_by_role("tab", name="Google Sheets")).to_be_hidden()

    # A sample is read, and nothing has to be saved for it.
    card.get_by_role("button", name="Try a sample").click()
    mapping = page.get_by_role("region", name="Field mapping")
    lead = mapping.get_by_role("status", name="The lead as it would be stored")
    expect(lead).to_contain_text("Meera Joshi")
    expect(mapping.get_by_label("How can we reach you? is")).to_have_value("")
    expect(mapping.get_by_label("How can we reach you? is").locator("option:checked")).to_have_text("Phone, as known")
    expect(mapping.get_by_role("button", name="Save mapping")).to_have_attribute("aria-disabled", "true")

    # The sender's own secret.
    card.get_by_label("The secret of the webhook").fill("made up by the sender")
    card.get_by_role("button", name="Store").click()
    expect(card.get_by_text("It is not shown again")).to_be_visible()
    expect(card.get_by_label("The secret of the webhook")).to_have_value("")
    assert httpx.post(address, json={"event_type": "form_response"}).status_code == 401
    card.get_by_role("button", name="Remove").click()
    expect(card.get_by_text("While none is stored")).to_be_visible()

    # The first lead is seen to come in.
    answer = {"type": "email", "email": "asha@example.com", "field": {"id": "1"}}
    post = {"event_type": "form_response", "form_response": {"token": "t1", "answers": [answer]}}
    assert httpx.post(address, json=post).status_code == 201
    expect(card.get_by_role("status")).to_have_text(re.compile("First lead came in"))

    # With a new key, there is a new address.
    page.get_by_role("button", name="New key").click()
    page.get_by_role("button", name="Make new key").click()
    key = page.get_by_role("dialog", name="The key of Admission form")
    renewed = key.get_by_label("Secret address", exact=True).input_value()
    assert renewed != address
    key.get_by_role("button", name="Copy secret address").click()
    key.get_by_role("button", name="Done").click()
    expect(card.get_by_label("Secret address", exact=True)).to_have_text(renewed)


def test_the_kind_of_a_source_is_changed_and_any_sender_has_an_address_too(
    page: Page, workspace: Workspace, gateway: Gateway
) -> None:
    page.goto(f"/sources/{workspace.source_id}")
    card = page.get_by_role("region", name="Secret address")
    expect(card.get_by_label("Secret address", exact=True)).to_have_text(re.compile("/in/"))
    expect(page.get_by_role("tab", name="Google Sheets")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog", name="Edit source")
    kind = form.get_by_role("combobox", name="What sends the leads")
    kind.fill("indiam")
    kind.press("Enter")
    # With it comes what is usual for it.
    expect(form.get_by_label("Timezone of its times")).to_have_value("Asia/Kolkata")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Connect IndiaMART")).to_contain_text("Lead Manager")
    stored = workspace.call(f"api.get_source({workspace.source_id})")
    assert (stored["kind"], stored["timezone"]) == ("indiamart", "Asia/Kolkata")


def test_a_sample_shows_which_kind_its_sender_is_of_and_the_kind_is_set_by_one_click(
    page: Page, workspace: Workspace
) -> None:
    page.goto(f"/sources/{workspace.source_id}")
    mapping = page.get_by_role("region", name="Field mapping")
    mapping.get_by_label("A lead as it is sent").fill(kinds()["calendly"].sample)
    mapping.get_by_role("button", name="Set the kind to Calendly").click()
    expect(page.get_by_role("region", name="Connect Calendly")).to_be_visible()
    expect(mapping.get_by_role("button", name="Set the kind to Calendly")).to_be_hidden()
    expect(mapping.get_by_role("status", name="The lead as it would be stored")).to_contain_text("+91 98100 00001")
    # Nothing is left of what was proposed for any sender.
    expect(mapping.get_by_role("button", name="Save mapping")).to_have_attribute("aria-disabled", "true")
    assert workspace.call(f"api.get_source({workspace.source_id})")["kind"] == "calendly"


def test_a_manager_is_told_why_there_is_no_address(
    open_browser: Callable[..., BrowserContext], workspace: Workspace
) -> None:
    workspace.connection.execute("update crm.users set role = 'manager' where workspace_id = %s", [workspace.id])
    workspace.connection.execute("update crm.sources set kind = 'typeform' where id = %s", [workspace.source_id])
    page = open_browser().new_page()
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)
    page.goto(f"/sources/{workspace.source_id}")
    card = page.get_by_role("region", name="Connect Typeform")
    expect(card.get_by_text("only those who may change sources see it")).to_be_visible()
    expect(card.get_by_role("listitem")).to_have_count(3)
    expect(card.get_by_role("button")).to_have_count(0)
    assert refused == []
