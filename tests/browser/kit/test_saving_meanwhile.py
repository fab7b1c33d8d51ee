"""Of two managers who edit the same thing, the second is told, and nobody's change is lost unasked."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect

from tests.browser.waiting import first_of
from tests.support import Workspace

TOLD = "Somebody else has saved this"


def changed(page: Page, path: str, body: dict[str, Any]) -> APIResponse:
    """What a second manager saves meanwhile."""
    answer = page.request.put(path, data=body)
    assert answer.ok, answer.text()
    return answer


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["caller", "rule"])
def test_a_form_tells_that_somebody_else_saved_meanwhile(page: Page, workspace: Workspace, kind: str) -> None:
    address = {"caller": "/callers", "rule": "/routing"}[kind]
    if kind == "caller":
        path = f"/api/callers/{workspace.caller('Kavita')}"
    else:
        path = "/api/rules/" + page.request.get("/api/rules").json()["items"][0]["id"]
    name = page.request.get(path).json()["name"]
    page.goto(address)
    page.get_by_role("button", name=f"Edit {name}", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Edit {kind}")
    dialog.get_by_label("Name", exact=True).fill("Mine")
    changed(page, path, {"name": "Theirs"})
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert").filter(has_text=TOLD)).to_be_visible()
    expect(dialog.get_by_role("button", name="Load theirs")).to_be_focused()
    assert page.request.get(path).json()["name"] == "Theirs"

    dialog.get_by_role("button", name="Load theirs").click()
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Theirs")
    dialog.get_by_label("Name", exact=True).fill("Mine after all")
    changed(page, path, {"name": "Theirs again"})
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Save mine instead").click()
    expect(dialog).to_be_hidden()
    assert page.request.get(path).json()["name"] == "Mine after all"


@pytest.mark.browser
def test_a_caller_who_was_changed_meanwhile_is_not_paused(page: Page, workspace: Workspace) -> None:
    path = f"/api/callers/{workspace.caller('Kavita', 'Goa')}"
    workspace.ingest({"name": "Ravi", "phone": "+919845000001", "state": "Goa"})
    page.goto("/callers")
    page.get_by_role("row", name="Kavita").get_by_role("switch").click()
    dialog = page.get_by_role("dialog", name="Pause Kavita?")
    expect(dialog.get_by_text("1 open lead")).to_be_visible()
    changed(page, path, {"name": "Kavita", "team": "North"})
    dialog.get_by_role("button", name="Pause").click()
    expect(dialog.get_by_role("alert").filter(has_text="Somebody has changed this caller meanwhile")).to_be_visible()
    expect(dialog.get_by_role("button", name="Pause")).to_be_focused()
    expect(dialog.get_by_text(TOLD)).to_be_hidden()
    assert page.request.get(path).json()["status"] == "active"


@pytest.mark.browser
def test_the_settings_tell_that_somebody_else_saved_meanwhile(page: Page) -> None:
    page.goto("/settings")
    settings = page.get_by_role("form", name="Workspace")
    before = settings.get_by_label("Name", exact=True).input_value()
    settings.get_by_label("Timezone").fill("Asia/Dubai")
    assert page.request.patch("/api/workspace", data={"name": f"{before} of theirs"}).ok
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("alert")).to_contain_text(f"{TOLD} workspace")
    settings.get_by_role("button", name="Load theirs").click()
    expect(settings.get_by_label("Name", exact=True)).to_have_value(f"{before} of theirs")
    expect(settings.get_by_label("Timezone")).to_have_value("Asia/Kolkata")


@pytest.mark.browser
def test_a_switch_that_was_refused_works_the_next_time_though_a_draft_is_open(page: Page) -> None:
    page.goto("/settings")
    settings = page.get_by_role("form", name="Workspace")
    settings.get_by_label("Timezone").fill("Asia/Dubai")
    assert page.request.patch("/api/workspace", data={"name": "Theirs"}).ok
    switch = page.get_by_role("switch", name="Assign waiting leads by themselves")
    with page.expect_response(lambda answer: answer.request.method == "GET" and answer.url.endswith("/api/workspace")):
        switch.click()
    expect(switch).to_be_enabled()
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    expect(settings.get_by_label("Timezone")).to_have_value("Asia/Dubai")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("alert")).to_contain_text(f"{TOLD} workspace")


@pytest.mark.browser
def test_what_is_typed_while_a_form_is_saved_stays_and_is_saved_next(page: Page, workspace: Workspace) -> None:
    held: list[Route] = []
    page.route(
        "**/api/alerts/settings",
        lambda route: route.continue_() if route.request.method == "GET" else held.append(route),
    )
    page.goto("/alerts")
    settings = page.get_by_role("form", name="When to alert")
    settings.get_by_label("no leads arrive for an unusual time").check()
    settings.get_by_role("radio", name="A number of minutes").check()
    minutes = settings.get_by_label("Minutes without a lead")
    minutes.fill("45")
    with page.expect_request(lambda request: request.method == "PUT"):
        settings.get_by_role("button", name="Save").click()
    minutes.fill("50")
    first_of(page, held).continue_()
    held.clear()
    expect(page.get_by_text("The alerts are saved.")).to_be_visible()
    expect(minutes).to_have_value("50")
    page.unroute("**/api/alerts/settings")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_role("button", name="Discard changes")).to_be_hidden()
    assert page.request.get("/api/alerts/settings").json()["quiet_minutes"] == 50


@pytest.mark.browser
def test_a_draft_refused_over_theirs_is_not_saved_unasked_afterwards(page: Page, workspace: Workspace) -> None:
    path = f"/api/callers/{workspace.caller('Kavita')}"
    page.goto("/callers")
    page.get_by_role("button", name="Edit Kavita", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit caller")
    name = dialog.get_by_label("Name", exact=True)
    name.fill("Mine")
    changed(page, path, {"name": "Theirs"})
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert").filter(has_text=TOLD)).to_be_visible()
    name.fill("")
    dialog.get_by_role("button", name="Save mine instead").click()
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill("Mine after all")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert").filter(has_text=TOLD)).to_be_visible()
    assert page.request.get(path).json()["name"] == "Theirs"


@pytest.mark.browser
def test_the_documentation_is_searched_and_linked_to(open_browser: Callable[..., BrowserContext]) -> None:
    page = open_browser(signed_in=False, viewport={"width": 390, "height": 844}).new_page()
    page.goto("/docs#create_caller")
    expect(page.locator("#create_caller")).to_have_attribute("open", "")
    page.get_by_role("searchbox", name="Find an endpoint").fill("put rules/order")
    expect(page.get_by_role("status")).to_have_text("1 endpoint found")
    expect(page.locator("#order_rules")).to_be_visible()
    expect(page.locator("#create_caller")).to_be_hidden()
    page.get_by_role("searchbox", name="Find an endpoint").fill("dragon")
    expect(page.get_by_role("status")).to_have_text("No endpoint has all these words.")
    page.goto("/docs#shape-Caller")
    expect(page.locator("#shape-Caller")).to_contain_text("daily_limit")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
