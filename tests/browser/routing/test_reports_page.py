"""The reports: whether leads were shared out fairly, and what other settings would have done."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.waiting import first_of
from tests.support import Workspace

pytestmark = pytest.mark.browser


@pytest.fixture
def dealt(workspace: Workspace) -> dict[str, str]:
    """Two callers who got five leads each; their ids by name."""
    callers = {name: workspace.caller(name) for name in ("Asha", "Bilal")}
    workspace.ingest(*({"name": f"Lead {number}"} for number in range(10)))
    return callers


def row(table: Locator, name: str) -> Locator:
    """The row of one caller."""
    return table.get_by_role("row").filter(has=table.page.get_by_role("rowheader", name=name))


def fairness(page: Page) -> Locator:
    """The table of what was given and due."""
    return page.get_by_role("table", name="Leads given and due, by caller")


def compared(page: Page) -> Locator:
    """The table of what happened and what would have."""
    return page.get_by_role("table", name="Leads by caller: what happened, and what would have")


@pytest.mark.usefixtures("dealt")
def test_the_menu_leads_to_what_each_caller_was_given_beside_the_share_due(page: Page) -> None:
    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Reports").click()
    expect(page.get_by_role("link", name="Reports")).to_have_attribute("aria-current", "page")
    expect(row(fairness(page), "Asha")).to_have_text(re.compile(r"Asha.*5.*5.*As due", re.DOTALL))
    expect(page.get_by_text("10 leads assigned. Nobody is more than one lead off the share due.")).to_be_visible()
    # The mark of what was due stands where the bar of what was given ends.
    bar = row(fairness(page), "Asha").locator(".bar-fill").bounding_box()
    mark = row(fairness(page), "Asha").locator(".bar-mark").bounding_box()
    assert bar
    assert mark
    assert abs(bar["x"] + bar["width"] - mark["x"]) < 5


def test_the_difference_is_told_in_words_and_the_largest_comes_first(page: Page) -> None:
    def answer(route: Route) -> None:
        numbers = [
            ("Asha", 10, 8.5, 4, -4.5),
            ("Bilal", 10, 8.5, 14.0, 5.5),
            ("Chitra", 10, 2, 3, 1.04),
            ("Dev", 0, 0, 0, 0),
        ]
        keys = ("id", "eligible", "expected", "given", "difference", "name")
        items = [dict(zip(keys, (*one, one[0]), strict=True)) for one in numbers]
        route.fulfill(json={"from": "2026-01-01T00:00:00Z", "until": "2026-01-08T00:00:00Z", "items": items})

    page.route("**/api/fairness*", answer)
    page.goto("/reports")
    expect(fairness(page).get_by_role("rowheader")).to_have_text(["Bilal", "Asha", "Chitra", "Dev"])
    expect(fairness(page).locator("tbody .change")).to_have_text(["5.5 more", "4.5 fewer", "As due (+1)", "Never free"])
    expect(page.get_by_text("21 leads assigned. Furthest off is Bilal: 5.5 more than the 8.5 due.")).to_be_visible()


def test_of_many_callers_a_few_are_shown_at_first(page: Page, workspace: Workspace) -> None:
    for number in range(50):
        workspace.caller(f"Caller {number:02}")
    workspace.ingest(*({"name": f"Lead {number}"} for number in range(60)))
    page.goto("/reports")
    expect(fairness(page).get_by_role("rowheader")).to_have_count(12)
    page.get_by_role("button", name="Show all 50 callers").click()
    expect(fairness(page).get_by_role("rowheader")).to_have_count(50)
    expect(page.get_by_role("button", name="Show all 50 callers")).to_be_hidden()


@pytest.mark.usefixtures("dealt")
def test_a_period_is_a_preset_or_lies_between_dates(page: Page) -> None:
    page.goto("/reports")
    expect(fairness(page)).to_be_visible()
    choice = page.get_by_role("combobox", name="Period")
    for preset in ("Today", "Last 30 days"):
        with page.expect_response(re.compile("/api/fairness")) as answer:
            choice.select_option(preset)
        assert answer.value.ok
        expect(row(fairness(page), "Asha")).to_be_visible()
    choice.select_option("Between dates…")
    page.get_by_label("From", exact=True).fill("2024-01-31")
    page.get_by_label("to", exact=True).fill("2024-01-30")
    expect(page.get_by_label("to", exact=True)).to_have_accessible_description("The last day comes before the first.")
    expect(page.get_by_role("button", name="Try it")).to_be_disabled()
    expect(fairness(page)).to_be_hidden()
    # What was asked for before may still come, so it is this one that is waited for.
    with page.expect_request(re.compile(r"/api/fairness\?from=2024-01-31&until=2024-02-01$")):
        page.get_by_label("to", exact=True).fill("2024-01-31")
    expect(page.get_by_role("heading", name="No lead was assigned in this period")).to_be_visible()
    expect(page.get_by_text("31 Jan 2024")).to_be_visible()


@pytest.mark.usefixtures("dealt")
def test_the_leads_are_dealt_again_by_keyboard_and_nothing_is_stored(page: Page, workspace: Workspace) -> None:
    page.goto("/reports")
    expect(page.get_by_text("nothing is stored, and nobody gets a lead")).to_be_visible()
    switch = page.get_by_role("switch", name="Leads for Asha")
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).not_to_be_checked()
    page.keyboard.press("Tab")
    page.get_by_label("Daily limit of Bilal").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("7")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Most would change for Asha: 0 leads, not 5. 3 leads would have waited")).to_be_visible()
    table = compared(page)
    expect(table.get_by_role("rowheader")).to_have_text(["Asha", "Bilal", "In the queue at first"])
    expect(table.locator("tbody .change")).to_have_text(["5 fewer", "2 more", "3 more"])
    assert [(one["daily_limit"], one["status"]) for one in workspace.call("api.list_callers()")] == [(0, "active")] * 2

    # What was tried no longer shows as an answer to what is now in the form.
    page.get_by_role("button", name="As it is now").click()
    expect(page.get_by_text("The period or the settings have changed since.")).to_be_visible()
    page.get_by_role("button", name="Try it").click()
    expect(
        page.get_by_text("Nothing would change: every caller would have got as many of the 10 leads.")
    ).to_be_visible()


def test_another_strategy_deals_by_weight(page: Page, dealt: dict[str, str]) -> None:
    page.goto("/reports")
    page.get_by_label("Strategy").select_option("Every rule by weight")
    page.get_by_label("Weight of Asha").fill("4")
    with page.expect_request(re.compile("/api/simulate")) as request:
        page.get_by_role("button", name="Try it").click()
    body = request.value.post_data_json
    assert body
    assert (body["strategy"], body["callers"]) == ("weighted", {dealt["Asha"]: {"weight": 4}})
    expect(row(compared(page), "Asha")).to_contain_text("3 more")
    expect(row(compared(page), "Bilal")).to_contain_text("3 fewer")


@pytest.mark.usefixtures("dealt")
def test_while_it_deals_the_page_shows_that_it_works_and_afterwards_what_went_wrong(page: Page) -> None:
    waiting: list[Route] = []
    page.goto("/reports")
    page.route("**/api/simulate", lambda route: waiting.append(route))
    button = page.get_by_role("button", name="Try it")
    button.click()
    expect(page.get_by_text("Trying it…")).to_be_visible()
    expect(button).to_be_disabled()
    expect(page.get_by_text("1 s", exact=True)).to_be_visible()
    first_of(page, waiting).fulfill(status=422, json={"status": 422, "detail": "from: Choose a shorter period."})
    expect(page.get_by_role("alert").get_by_text("Choose a shorter period.")).to_be_visible()
    expect(button).to_be_enabled()
    expect(page.get_by_text("Trying it…")).to_be_hidden()


def test_long_names_and_results_fit_on_a_small_phone(phone: Page, workspace: Workspace) -> None:
    workspace.caller("Venkatanarasimharajuvaripeta Subramaniam Chandrashekhar-Balakrishnan")
    workspace.caller("Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren", daily_limit=2)
    workspace.ingest(*({"name": f"Lead {number}"} for number in range(10)))
    phone.goto("/reports")
    phone.get_by_role("button", name="Try it").click()
    expect(compared(phone)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
