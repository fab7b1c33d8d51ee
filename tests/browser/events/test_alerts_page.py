"""Alerts: told on every page as they come, acknowledged there; and sent to where an admin says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from standardwebhooks import Webhook

from tests.receiver import Answer, Receiver
from tests.support import Gateway, Workspace

pytestmark = pytest.mark.browser


def test_an_alert_appears_by_itself_and_goes_when_somebody_knows_of_it(
    page: Page, workspace: Workspace, post_lead: Callable[..., dict[str, Any]]
) -> None:
    workspace.connection.execute("delete from crm.alert_settings where workspace_id = %s", [workspace.id])
    page.goto("/callers")
    expect(page.get_by_text("Live", exact=True).first).to_be_visible()
    bell = page.get_by_role("link", name="Alerts")
    expect(bell).to_have_accessible_name("Alerts")
    post_lead(name="Meera Joshi")
    banner = page.get_by_role("region", name="New alerts")
    expect(banner).to_contain_text("Leads wait in the queueNo callers")
    expect(bell).to_have_accessible_name("Alerts 1 open")
    expect(banner.get_by_role("link", name="See the queue")).to_have_attribute("href", "/queue")
    banner.get_by_role("button", name="Acknowledge").press("Enter")
    expect(banner.get_by_role("link")).to_have_count(0)
    expect(bell).to_have_accessible_name("Alerts 1 open")
    bell.click()
    expect(page.get_by_role("heading", name="Leads wait in the queue")).to_be_visible()
    expect(page.get_by_text("Admin knows")).to_be_visible()
    expect(page.get_by_text("There has been none yet.")).to_be_visible()


def test_a_destination_is_added_tested_and_its_deliveries_are_seen(page: Page) -> None:
    with Receiver() as receiver:
        receiver.answer = lambda _: Answer(503)
        page.goto("/alerts")
        page.get_by_role("button", name="Add destination").click()
        form = page.get_by_role("dialog", name="Add a destination")
        form.get_by_label("URL").fill("http://user:password@example.com")
        form.get_by_label("Name").fill("CRM")
        form.get_by_role("combobox", name="Events").press_sequentially("lead.assigned,")
        form.get_by_role("button", name="Add destination").click()
        expect(form.get_by_text("without a user name or password")).to_be_visible()
        expect(form.get_by_label("URL")).to_be_focused()
        form.get_by_label("URL").fill(receiver.url)
        form.get_by_role("button", name="Add destination").click()
        shown = page.get_by_role("dialog", name="Signing secret of CRM")
        secret = shown.get_by_label("Signing secret", exact=True).input_value()
        shown.get_by_role("button", name="Copy signing secret").click()
        shown.get_by_role("button", name="Done").click()
        expect(shown).to_be_hidden()
        assert secret not in page.content()

        card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="CRM"))
        expect(card).to_contain_text("lead.assigned")
        card.get_by_role("button", name="Test CRM").click()
        Webhook(secret).verify(receiver.wait(1)[0].body, receiver.messages[0].headers)
        expect(card).to_contain_text("Fails")
        deliveries = page.get_by_role("table", name="Deliveries, newest first")
        expect(deliveries).to_contain_text("503 Service Unavailable")
        receiver.answer = lambda _: Answer()
        deliveries.get_by_role("button", name="Retry destination.tested to CRM").click()
        expect(deliveries).to_contain_text("Delivered")
        expect(card).to_contain_text("Works")

        card.get_by_role("switch", name="Send to CRM").click()
        expect(card).to_contain_text("Off")
        card.get_by_role("button", name="Remove CRM").click()
        page.get_by_role("dialog", name="Remove CRM?").get_by_role("button", name="Remove").click()
        expect(page.get_by_text("Nothing is sent anywhere")).to_be_visible()


def test_a_chat_shows_a_sample_of_what_is_said_as_one_types(page: Page) -> None:
    page.goto("/alerts")
    page.get_by_role("button", name="Add destination").click()
    form = page.get_by_role("dialog", name="Add a destination")
    said = form.get_by_label("What is said")
    expect(said).to_be_hidden()
    form.get_by_role("radio", name="Slack").check()
    sample = form.get_by_role("status").filter(has_text="A sample")
    expect(sample).to_contain_text("Lead assigned: Asha Rao\nCaller: Kavita")
    said.fill("{lead.nam} for {caller.name}")
    expect(sample).to_contain_text("{lead.nam} for Kavita")
    form.get_by_label("Name").fill("Team")
    form.get_by_label("Webhook URL").fill("https://hooks.example.com/services/x")
    form.get_by_role("button", name="Add destination").click()
    expect(form.get_by_text("There is no {lead.nam}.")).to_be_visible()
    said.fill("{lead.name} for {caller.name}")
    form.get_by_role("button", name="Add destination").click()
    expect(page.get_by_text("Team gets what happens from now on.")).to_be_visible()
    page.get_by_role("button", name="Edit Team").click()
    expect(page.get_by_role("dialog").get_by_label("What is said")).to_have_value("{lead.name} for {caller.name}")


def test_when_to_alert_is_set(page: Page, gateway: Gateway) -> None:
    page.goto("/alerts")
    form = page.get_by_role("form", name="When to alert")
    form.get_by_label("nobody is free").check()
    form.get_by_label("no leads arrive").check()
    form.get_by_role("radio", name="A number of minutes").check()
    form.get_by_label("Minutes without a lead").fill("soon")
    form.get_by_role("radio", name="Set hours").check()
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("Enter whole minutes.")).to_be_visible()
    expect(form.get_by_label("Minutes without a lead")).to_be_focused()
    form.get_by_label("Minutes without a lead").fill("45")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The alerts are saved.")).to_be_visible()
    page.reload()
    expect(form.get_by_label("Minutes without a lead")).to_have_value("45")
    expect(form.get_by_label("nobody claims a lead")).not_to_be_checked()
    with httpx.Client(base_url=gateway.url) as client:
        client.post("/api/session", json={"email": gateway.admin[0], "password": gateway.admin[1]})
        weekdays = [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}]
        settings = {"alerts": ["all_at_cap", "nothing_arrived"], "quiet_minutes": 45, "hours": weekdays}
        saved = client.get("/api/alerts/settings").json()
        assert saved == {**settings, "etag": saved["etag"]}


def test_a_manager_sees_alerts_and_whom_to_ask_where_they_are_sent(
    open_browser: Callable[..., BrowserContext], workspace: Workspace
) -> None:
    workspace.connection.execute("update crm.users set role = 'manager' where workspace_id = %s", [workspace.id])
    page = open_browser().new_page()
    page.goto("/alerts")
    expect(page.get_by_role("heading", name="All is well")).to_be_visible()
    refused = page.get_by_role("button", name="Add destination")
    expect(refused).to_have_attribute("aria-disabled", "true")
    expect(refused).to_have_accessible_description("Ask your admin.")
    workspace.connection.execute(
        "update crm.workspaces set managers_may = '{destinations}' where id = %s", [workspace.id]
    )
    page.reload()
    page.get_by_role("button", name="Add destination").click()
    expect(page.get_by_role("dialog", name="Add a destination")).to_be_visible()
