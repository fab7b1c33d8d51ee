"""The page while the gateway goes away and comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.gateway.conftest import of_workspace
from tests.support import Gateway, Workspace

pytestmark = pytest.mark.browser


@pytest.fixture
def gateway(database_url: str, workspace: Workspace, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of this test alone, which may stop it."""
    with Gateway(database_url, tmp_path, workspace) as running:
        running.admin = of_workspace(running, workspace).admin
        yield running


def test_leads_missed_while_the_gateway_was_away_appear_by_themselves(
    page: Page, workspace: Workspace, gateway: Gateway, post_lead: Callable[..., dict[str, Any]]
) -> None:
    workspace.caller("Asha")
    page.goto("/leads")
    post_lead(name="Before", phone="+919845000001")
    expect(page.get_by_role("link", name="Before")).to_be_visible()

    gateway.stop()
    expect(page.get_by_text("Reconnecting", exact=True)).to_be_visible()
    workspace.ingest({"name": "Meanwhile", "phone": "+919845000002"})
    gateway.start()

    expect(page.get_by_role("link", name="Meanwhile")).to_be_visible(timeout=40_000)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.goto("/")
    expect(page.locator("[data-figure=received] a")).to_have_text("2")


def test_a_page_that_has_missed_too_much_fetches_it_afresh(
    page: Page, workspace: Workspace, gateway: Gateway, post_lead: Callable[..., dict[str, Any]]
) -> None:
    page.goto("/leads")
    post_lead(name="Before", phone="+919845000001")
    expect(page.get_by_role("link", name="Before")).to_be_visible()
    gateway.stop()
    for batch in range(11):
        workspace.ingest(*({"name": f"Missed {batch}/{number}"} for number in range(500)))
    workspace.ingest({"name": "Newest"})
    gateway.start()
    expect(page.get_by_role("link", name="Newest", exact=True)).to_be_visible(timeout=40_000)
    post_lead(name="Now", phone="+919845000002")
    expect(page.get_by_role("link", name="Now", exact=True)).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_what_was_typed_is_not_lost_when_saving_fails(page: Page, gateway: Gateway) -> None:
    page.goto("/callers")
    page.get_by_role("button", name="Add caller").last.click()
    dialog = page.get_by_role("dialog", name="Add a caller")
    dialog.get_by_label("Name", exact=True).fill("Asha Rao")

    gateway.stop()
    dialog.get_by_role("button", name="Add caller").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Fairlead cannot be reached")
    expect(page.get_by_text("Fairlead does not answer at the moment.")).to_be_visible()

    gateway.start()
    dialog.get_by_role("button", name="Add caller").click()
    expect(page.get_by_role("row").filter(has_text="Asha Rao")).to_be_visible()
    expect(page.get_by_text("Fairlead does not answer at the moment.")).to_be_hidden()
