"""What every list does alike: keys, order, columns, selection, and loading without a jump."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import Workspace

pytestmark = pytest.mark.browser

PAGES = [
    "/",
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
    found = workspace.call("api.list_campaigns()")
    return {"campaign": found[0]["id"]}


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
