"""A source's own words for a lead's fields, and its form: set on its page, and sent from a page of another origin."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support import Gateway, Workspace

pytestmark = pytest.mark.browser

FETCH = """async (action) => {
  const post = (body, headers) => fetch(action, { method: "POST", body, headers });
  const form = await post(new URLSearchParams({ name: "By fetch" }));
  const json = await post(JSON.stringify({ name: "As JSON" }), { "content-type": "application/json" });
  return [form.status, (await form.json()).received, json.status];
}"""
SAMPLE = {"First name": "Meera", "Last name": "Joshi", "Mobile No.": "98100 00001", "address": {"town": "Pune"}, "x": 7}


@contextmanager
def site(html: str) -> Iterator[str]:
    """A site of somebody else: every address of it shows this page. Gives its origin."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f'<!doctype html><html lang="en"><link rel="icon" href="data:,">{html}'.encode())

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_what_a_sender_calls_the_fields_is_set_with_a_sample(
    page: Page, gateway: Gateway, workspace: Workspace
) -> None:
    page.goto(f"/sources/{workspace.source_id}")
    card = page.get_by_role("region", name="Field mapping")
    expect(card.get_by_text("No field is mapped")).to_be_visible()
    sample = card.get_by_label("A lead as it is sent")
    sample.fill("{nonsense")
    expect(sample).to_have_accessible_description(re.compile("not valid JSON"))
    sample.fill(json.dumps(SAMPLE))
    result = card.get_by_role("status", name="The lead as it would be stored")
    # Proposed by name, and shown as it would be stored.
    expect(result).to_contain_text(re.compile("Name\\s*Meera Joshi"))
    expect(result).to_contain_text(re.compile("Phone\\s*98100 00001"))
    expect(card.get_by_label("First name is")).to_have_value("name")
    expect(card.get_by_label("$.address.town is")).to_have_value("city")
    expect(card.get_by_label("x is", exact=True)).to_have_value("")
    card.get_by_label("$.address.town is").select_option("State")
    expect(result).to_contain_text(re.compile("State\\s*Pune"))
    card.get_by_label("$.address.town is").select_option("City")
    expect(result).to_contain_text(re.compile("City\\s*Pune"))
    card.get_by_role("button", name="Save mapping").click()
    expect(page.get_by_text("The mapping is saved")).to_be_visible()
    page.reload()
    expect(card.get_by_label("Mobile No. is")).to_have_value("phone")
    expect(card.get_by_role("button", name="Save mapping")).to_be_disabled()
    headers = {"authorization": f"Bearer {gateway.token}"}
    answer = httpx.post(f"{gateway.url}/api/leads/webhook", json=SAMPLE, headers=headers)
    assert answer.status_code == 201, answer.text
    [(lead,)] = workspace.connection.execute(
        "select to_jsonb(l) from crm.leads l where workspace_id = %s", [workspace.id]
    ).fetchall()
    assert (lead["name"], lead["phone"], lead["city"], lead["metadata"]) == (
        "Meera Joshi",
        "+919810000001",
        "Pune",
        {"x": 7},
    )


def test_a_form_is_turned_on_pasted_elsewhere_and_sent_from_the_listed_site_alone(
    page: Page, open_browser: Callable[..., BrowserContext], chromium: Browser, workspace: Workspace
) -> None:
    page.goto(f"/sources/{workspace.source_id}")
    card = page.get_by_role("region", name="Web form")
    sites = card.get_by_label("Sites")
    sites.fill("https://*.example.com")
    card.get_by_role("button", name="Turn on").click()
    expect(sites).to_have_accessible_description(re.compile("is not the address of a site"))
    expect(sites).to_be_focused()
    with site("") as empty:
        # As somebody copies it from the address line.
        sites.fill(f"{empty}/contact?x=1")
        card.get_by_role("button", name="Turn on").click()
        snippet = card.get_by_label("Paste this into your page")
        expect(snippet).to_contain_text("<form action=")
        expect(sites).to_have_value(empty)
    html = snippet.inner_text()
    with site(html) as listed, site(html) as other:
        sites.fill(f"{empty}\n{listed}")
        with page.expect_response(lambda answer: answer.request.method != "GET" and answer.ok):
            card.get_by_role("button", name="Save").click()
        expect(card.get_by_role("button", name="Save")).to_be_disabled()
        stranger = open_browser(signed_in=False).new_page()
        stranger.goto(listed)
        stranger.get_by_label("Name").fill("By form")
        stranger.get_by_label("Phone").fill("98123 45678")
        stranger.get_by_role("button", name="Send").click()
        expect(stranger.get_by_role("heading", name="Thank you")).to_be_visible()
        stranger.goto(listed)
        action = stranger.locator("form").get_attribute("action")
        assert stranger.evaluate(FETCH, action) == [200, True, 200]
        # By itself: that it complains of what it may not do is what is wanted.
        elsewhere = chromium.new_page()
        elsewhere.goto(other)
        with pytest.raises(Exception, match="Failed to fetch"):
            elsewhere.evaluate(FETCH, action)
        elsewhere.get_by_label("Name").fill("From elsewhere")
        elsewhere.get_by_label("Phone").fill("98123 45679")
        elsewhere.get_by_role("button", name="Send").click()
        expect(elsewhere.get_by_role("heading", name="This form cannot be sent")).to_be_visible()
        elsewhere.close()
    names = workspace.connection.execute("select name from crm.leads where workspace_id = %s", [workspace.id])
    assert {name for (name,) in names.fetchall()} == {"By form", "By fetch", "As JSON"}
    card.get_by_role("button", name="Turn off").click()
    expect(card.get_by_text("Off", exact=True)).to_be_visible()
