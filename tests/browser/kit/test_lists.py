"""What every list does alike: keys, order, columns, selection, and loading without a jump."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect

from tests.browser.waiting import first_of
from tests.support import Workspace

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/leads",
    "/queue",
    "/callers",
    "/routing",
    "/campaigns",
    "/campaigns/{campaign}",
    "/import",
    "/reports",
    "/sources",
    "/alerts",
    "/audit",
    "/people",
    "/settings",
    "/account",
    "/patterns",
]
# More than this and people press what has moved under their hand; https://web.dev/cls calls 0.1 good.
MOST_SHIFT = 0.05

SHIFTS = """
  window.shifts = [];
  const nameOf = ({ node }) => node && `${node.nodeName}.${node.className || node.parentElement?.className}`;
  new PerformanceObserver((entries) => {
    for (const { value, hadRecentInput, sources } of entries.getEntries())
      if (!hadRecentInput) window.shifts.push({ value, of: sources.map(nameOf) });
  }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def busy(workspace: Workspace) -> dict[str, object]:
    """Enough of everything for lists that are longer than a phone."""
    for number in range(9):
        workspace.caller(f"Caller {number}", ("Goa", "Kerala", "Delhi")[number % 3], daily_limit=number)
    workspace.ingest(*({"name": f"Lead {number}", "phone": f"+9198450{number:05}"} for number in range(40)))
    for name in ("Diwali", "Holi"):
        workspace.call("api.create_campaign(%s)", f'{{"name": "{name}", "callers": [], "strategy": "random"}}')
    workspace.call("api.create_rule(%s)", '{"name": "Goa first", "condition": null, "strategy": "round_robin"}')

    return {"campaign": workspace.call("api.list_campaigns()")[0]["id"]}


def test_nothing_jumps_while_a_page_loads(open_browser: Callable[..., BrowserContext], busy: dict[str, object]) -> None:
    page = open_browser(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(SHIFTS)
    jumped = {}
    for path in PAGES:
        page.goto(path.format(**busy))
        expect(page.get_by_text("Live", exact=True).first).to_be_visible()
        page.wait_for_load_state("networkidle")
        shifts = page.evaluate("window.shifts")
        total = sum(shift["value"] for shift in shifts)
        print(f"{path}: {total:.4f}")
        if total >= MOST_SHIFT:
            jumped[path] = shifts
    assert jumped == {}


@pytest.mark.parametrize("path", ["/leads", "/queue"])
@pytest.mark.parametrize("again", [False, True])
def test_what_happens_while_a_list_is_loaded_is_in_it(page: Page, workspace: Workspace, path: str, again: bool) -> None:
    held: list[tuple[Route, APIResponse]] = []

    def hold_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    workspace.ingest({"name": "Before"})
    if again:
        page.goto(path)
        expect(page.get_by_role("link", name="Before", exact=True)).to_be_visible()
    page.route(re.compile(r"/api/leads\?.*$"), hold_first)
    if again:
        page.evaluate("dispatchEvent(new Event('fairlead:retry'))")
    else:
        page.goto(path)
    route, older = first_of(page, held)
    workspace.ingest({"name": "Meanwhile"})
    expect(page.get_by_role("link", name="Queue 2 waiting")).to_be_visible()
    route.fulfill(response=older)
    expect(page.get_by_role("link", name="Meanwhile", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Before", exact=True)).to_be_visible()


# The list, what a row has that Enter opens, and what shows that it did.
LISTS = {
    "/leads": (".stream-row", "dialog[open]"),
    "/callers": ("tbody tr", "dialog[open]"),
    "/campaigns": ("tbody tr", "dl.figures"),
    "/sources": ("tbody tr", ".source-parts"),
    "/people": ("tbody tr", "dialog[open]"),
    "/routing": (".rule", "dialog[open]"),
}


@pytest.mark.parametrize("path", LISTS)
def test_the_keys_move_select_and_open(page: Page, workspace: Workspace, busy: dict[str, object], path: str) -> None:
    rows, opened = LISTS[path]
    if path == "/people":
        anna = (workspace.id, "anna@example.com", "Anna", "analyst", "no hash")
        workspace.call("api.create_user(%s, %s, %s, %s, %s)", *anna)
    if path == "/sources":
        workspace.call("api.create_source(%s, %s)", '{"name": "Form"}', "x" * 40)
    if path == "/routing":
        workspace.call("api.create_rule(%s)", '{"name": "Last", "condition": null, "strategy": "random"}')
    page.goto(path)
    first, second = page.locator(rows).nth(0), page.locator(rows).nth(1)
    expect(second).to_be_visible()

    def has_focus(row: object) -> None:
        expect(row.locator(":focus")).to_have_count(1)  # type: ignore[attr-defined]

    page.keyboard.press("j")
    has_focus(first)
    page.keyboard.press("j")
    has_focus(second)
    page.keyboard.press("ArrowUp")
    has_focus(first)
    page.keyboard.press("k")
    has_focus(first)
    if path != "/routing":
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(page.get_by_text(re.compile("^2 .* selected$"))).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("region", name="Selected rows")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator(opened).first).to_be_visible()


def test_the_keys_are_shown_and_a_field_is_typed_in_undisturbed(page: Page, busy: dict[str, object]) -> None:
    page.goto("/callers")
    expect(page.get_by_role("row")).to_have_count(10)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Select the row")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("jk?x/ er 7")
    expect(page.get_by_role("searchbox")).to_have_value("jk?x/ er 7")
    page.get_by_role("searchbox").fill("caller 7")
    expect(page.get_by_role("row")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_role("row")).to_have_count(10)
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Keys").click()
    expect(keys).to_be_visible()
    keys.get_by_role("checkbox", name="Use the keys").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_role("row")).to_have_count(10)
    page.keyboard.press("?")
    page.keyboard.press("j")
    expect(keys).to_be_hidden()
    expect(page.get_by_role("row").locator(":focus")).to_have_count(0)


def test_the_order_and_the_columns_one_chooses_are_kept(page: Page, busy: dict[str, object]) -> None:
    names = page.locator(".name-text")
    page.goto("/callers")
    expect(names).to_have_text([f"Caller {number}" for number in range(9)])
    page.get_by_role("button", name="Name", exact=True).click()
    page.get_by_role("button", name="Name", exact=True).click()
    expect(names).to_have_text([f"Caller {number}" for number in reversed(range(9))])
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("button", name="View", exact=True).click()
    menu = page.get_by_role("group", name="How the list is shown")
    menu.get_by_role("checkbox", name="Languages").uncheck()
    expect(page.get_by_role("columnheader", name="Languages")).to_be_hidden()
    page.reload()
    expect(names).to_have_text([f"Caller {number}" for number in reversed(range(9))])
    expect(page.get_by_role("columnheader", name="Languages")).to_be_hidden()
    page.get_by_role("button", name="View", exact=True).click()
    menu.get_by_label("Sort by").select_option("As it comes")
    expect(menu.get_by_role("checkbox", name="Downwards")).not_to_be_checked()
    menu.get_by_role("checkbox", name="Languages").check()
    expect(names.first).to_have_text("Caller 0")
    expect(page.get_by_role("columnheader", name="Languages")).to_be_visible()

    # A window on a long list has its columns in a grid.
    page.goto("/leads")
    place = page.locator(".stream-row .col-place").first
    lead = page.locator(".stream-row .col-lead").first
    expect(place).to_be_visible()
    before = lead.bounding_box()
    page.get_by_role("button", name="View", exact=True).click()
    menu.get_by_role("checkbox", name="Place").uncheck()
    expect(place).to_be_hidden()
    after = lead.bounding_box()
    assert before
    assert after
    assert after["width"] > before["width"]


def test_selected_rows_are_copied_as_a_spreadsheet_takes_them(
    open_browser: Callable[..., BrowserContext], busy: dict[str, object]
) -> None:
    context = open_browser(viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/leads")
    page.get_by_role("checkbox", name="Select Lead 39").check()
    page.mouse.wheel(0, 2000)
    page.get_by_role("checkbox", name="Select Lead 3", exact=True).check()
    page.get_by_role("region", name="Selected rows").get_by_role("button", name="Copy").click()
    expect(page.get_by_text("2 leads copied.")).to_be_visible()
    lines = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert [line.split("\t")[1] for line in lines] == ["Lead 39 +91 98450 00039", "Lead 3 +91 98450 00003"]


def test_what_a_search_hides_is_selected_no_more(page: Page, busy: dict[str, object]) -> None:
    page.goto("/callers")
    page.get_by_role("checkbox", name="Select Caller 3").check()
    page.get_by_role("checkbox", name="Select Caller 7").check()
    page.get_by_role("searchbox").fill("caller 7")
    expect(page.get_by_text("1 caller selected")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_role("checkbox", name="Select Caller 7")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Select Caller 3")).not_to_be_checked()
    expect(page.get_by_text("1 caller selected")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "asked", "name"), [("/callers", "callers", "Caller 3"), ("/leads", "leads", "Lead 39")]
)
def test_a_row_that_another_one_replaces_is_selected_no_more(
    page: Page, busy: dict[str, object], path: str, asked: str, name: str
) -> None:
    page.goto(path)
    page.get_by_role("checkbox", name=f"Select {name}", exact=True).check()
    expect(page.get_by_role("region", name="Selected rows")).to_be_visible()

    def replace(route: Route) -> None:
        response = route.fetch()
        answer = response.json()
        for item in answer["items"]:
            if item["name"] == name:
                item |= {"name": "Another", "id": "ffffffff-ffff-7fff-8fff-ffffffffffff"}
        route.fulfill(response=response, json=answer)

    page.route(re.compile(rf"/api/{asked}(\?.*)?$"), replace)
    page.evaluate("dispatchEvent(new Event('fairlead:retry'))")
    expect(page.get_by_role("checkbox", name="Select Another")).not_to_be_checked()
    expect(page.get_by_role("region", name="Selected rows")).to_be_hidden()
