"""What every page owes everybody: names for all controls, landmarks, room on a small phone, colours one can read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from gateway.pages.navigation import PLACES
from tests.support import Workspace

pytestmark = pytest.mark.browser

PAGES = [*dict.fromkeys(place.path for place in PLACES), "/account", "/patterns", "/no-such-page"]

UNNAMED = """() => [...document.querySelectorAll("input, select, textarea, button, a[href]")]
  .filter((element) => {
    const label = element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent
      || (document.getElementById(element.getAttribute("aria-labelledby")) ?? {}).textContent;
    return !label?.trim();
  })
  .map((element) => element.outerHTML)"""

REPEATED_IDS = """() => {
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}"""

GROUNDS = ("canvas", "surface", "sunken", "hover", "raised")
# Text on its ground, and marks on theirs: what the stylesheets put on top of each other.
PAIRS = [
    *(
        (ink, ground, 4.5)
        for ink in ("ink", "ink-2", "ink-3")
        for ground in ("canvas", "surface", "sunken", "hover", "raised")
    ),
    *((ink, ground, 4.5) for ink in ("accent-ink", "bad-ink") for ground in ("canvas", "surface", "raised")),
    *((f"{kind}-ink", f"{kind}-soft", 4.5) for kind in ("accent", "good", "warn", "bad")),
    *((f"tone-{number}-ink", f"tone-{number}", 4.5) for number in range(1, 7)),
    ("ink-2", "mute-soft", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-hover", 4.5),
    ("on-bad", "bad", 4.5),
    *((mark, ground, 3.0) for mark in ("field-line", "accent", "good", "warn") for ground in ("canvas", "surface")),
]

COLOURS = """(names) => Object.fromEntries(names.map((name) => {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color.match(/[\\d.]+/g).map(Number);
  probe.remove();
  return [name, color];
}))"""


@pytest.fixture
def busy(workspace: Workspace) -> None:
    """Callers and leads of every kind, with names that try the layout."""
    workspace.caller("Asha", "Goa", "Kerala", "Maharashtra", "Karnataka", "Delhi", "Punjab", daily_limit=1)
    workspace.caller(
        "Venkatanarasimharajuvaripeta Subramaniam Chandrashekhar-Balakrishnan", status="paused", role="Caller"
    )
    long = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren"
    workspace.ingest(
        {"name": "Meera Joshi", "phone": "+919845000001", "state": "Goa", "lead_source": "Website"},
        {"name": long, "phone": "+919845000002", "city": "Thiruvananthapuram", "lead_source": long},
        {"phone": "+919845000003"},
    )


UI = Path(__file__).parent.parent.parent / "ui"
# Managers say assign, queue, rotation; these are words of the SQL.
OURS = re.compile(r"\b(deals?|dealt|dealing|circles?|by lot)\b", re.IGNORECASE)
QUOTED = re.compile(r"""//[^\n]*|/\*.*?\*/|("(?:[^"\\]|\\.)* (?:[^"\\]|\\.)*"|`[^`]* [^`]*`)""", re.DOTALL)


def test_no_page_speaks_of_deals_circles_and_lots() -> None:
    templates = {path: re.sub(r"{#.*?#}|</?circle", "", path.read_text()) for path in UI.glob("*/*.html")}
    scripts = {path: "\n".join(QUOTED.findall(path.read_text())) for path in UI.glob("*/*.js")}
    assert "leads wait" in "".join(scripts.values())
    found = {
        path.relative_to(UI): OURS.findall(text) for path, text in {**templates, **scripts}.items() if OURS.search(text)
    }
    assert found == {}


@pytest.mark.usefixtures("busy")
def test_every_control_has_a_name_and_every_page_its_landmarks(page: Page) -> None:
    for path in PAGES:
        page.goto(path)
        expect(page.get_by_text("Live", exact=True).first).to_be_visible()
        expect(page.get_by_role("main")).to_have_count(1)
        expect(page.get_by_role("navigation", name="Main")).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert page.evaluate(UNNAMED) == [], path
        assert page.evaluate(REPEATED_IDS) == [], path
        assert page.title() not in ("", "Fairlead"), path
    page.goto("/leads")
    page.locator(".stream-row .row-link").first.click()
    page.get_by_role("button", name="Merge with another contact").click()
    page.get_by_role("searchbox", name="A lead of the other contact").fill("Meera")
    expect(page.get_by_role("radio", name="Meera Joshi")).to_be_visible()
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(REPEATED_IDS) == []


@pytest.mark.usefixtures("busy")
def test_nothing_needs_sideways_scrolling_on_a_small_phone(phone: Page) -> None:
    def overflow() -> int:
        width: int = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width

    for path in [*PAGES, "/login"]:
        phone.goto(path)
        phone.wait_for_load_state("networkidle")
        assert overflow() == 0, path
    phone.goto("/leads")
    phone.locator(".stream-row .row-link").first.click()
    expect(phone.get_by_role("dialog")).to_be_visible()
    assert overflow() == 0
    phone.goto("/callers")
    phone.get_by_role("button", name="Edit Asha").click()
    expect(phone.get_by_role("dialog")).to_be_visible()
    assert overflow() == 0
    phone.goto("/routing")
    phone.get_by_role("button", name="Add rule").click()
    form = phone.get_by_role("dialog", name="Add a rule")
    form.get_by_role("radio", name="Only some").check()
    form.get_by_role("button", name="Add a group").click()
    form.get_by_role("radio", name="Callers by name").check()
    expect(form.get_by_role("checkbox", name=re.compile("Asha"))).to_be_visible()
    assert overflow() == 0
    assert form.locator(".dialog-body").evaluate("(body) => body.scrollWidth - body.clientWidth") == 0
    assert form.evaluate(UNNAMED) == []
    assert form.evaluate(REPEATED_IDS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_marks_stand_out_enough_in_both_themes(
    open_browser: Callable[..., BrowserContext], scheme: str
) -> None:
    page = open_browser(signed_in=False, color_scheme=scheme).new_page()
    page.goto("/login")
    names = sorted({name for ink, ground, _ in PAIRS for name in (ink, ground)})
    colours: dict[str, list[float]] = page.evaluate(COLOURS, names)
    too_faint = {
        f"{ink} on {ground}": round(contrast(colours[ink], colours[ground]), 2)
        for ink, ground, least in PAIRS
        if contrast(colours[ink], colours[ground]) < least
    }
    assert too_faint == {}


def test_the_chosen_theme_stays_and_the_system_is_followed_until_one_is_chosen(
    open_browser: Callable[..., BrowserContext],
) -> None:
    page = open_browser(color_scheme="light").new_page()
    page.goto("/")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.goto("/callers")
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Light theme").click()
    page.emulate_media(color_scheme="dark")
    expect(page.get_by_role("button", name="Light theme")).to_be_visible()
    assert page.evaluate(ground) == dark


def test_nothing_goes_on_moving_before_people_who_want_no_motion(page: Page) -> None:
    page.goto("/patterns")
    expect(page.locator(".skeleton i").first).to_be_visible()
    repeats = "[...document.querySelectorAll('*')].map((one) => getComputedStyle(one).animationIterationCount)"
    assert set(page.evaluate(repeats)) == {"1"}


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main$"))


def contrast(one: list[float], other: list[float]) -> float:
    """The contrast ratio of two colours (red, green, blue from 0 to 255), as WCAG 2 defines it."""

    def luminance(colour: list[float]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour[:3])]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
