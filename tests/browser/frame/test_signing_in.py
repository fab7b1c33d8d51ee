"""Signing in and out."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import Gateway

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[3]


@pytest.fixture
def stranger(open_browser: Callable[..., BrowserContext]) -> Page:
    """A page of somebody who is not signed in."""
    return open_browser(signed_in=False).new_page()


def test_signing_in_by_keyboard_leads_to_the_page_that_was_asked_for(stranger: Page, gateway: Gateway) -> None:
    stranger.goto("/callers")
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()

    email, password = gateway.admin
    expect(stranger.get_by_label("Email")).to_be_focused()
    stranger.keyboard.type(email)
    stranger.keyboard.press("Tab")
    stranger.keyboard.type(password)
    stranger.keyboard.press("Enter")

    expect(stranger.get_by_role("heading", name="Callers", level=1)).to_be_visible()
    assert stranger.url == f"{gateway.url}/callers"


def test_a_wrong_password_is_said_and_the_address_stays(stranger: Page) -> None:
    stranger.goto("/login")
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_text("Enter your email address.")).to_be_visible()

    stranger.get_by_label("Email").fill("somebody@example.com")
    stranger.get_by_label("Password").fill("not the password")
    stranger.get_by_role("button", name="Sign in").click()

    expect(stranger.get_by_role("alert").filter(has_text="wrong")).to_be_visible()
    expect(stranger.get_by_label("Email")).to_have_value("somebody@example.com")
    expect(stranger.get_by_label("Password")).to_be_focused()


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "/\\example.com", "/.//example.com/x"])
def test_signing_in_never_leads_to_another_site(stranger: Page, gateway: Gateway, elsewhere: str) -> None:
    stranger.goto(f"/login?next={elsewhere}")
    email, password = gateway.admin
    stranger.get_by_label("Email").fill(email)
    stranger.get_by_label("Password").fill(password)
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    assert stranger.url == f"{gateway.url}/"


def test_an_address_is_safe_only_if_every_reading_of_it_is_a_page_of_this_site() -> None:
    site, evil = "https://crm.example", "evil.example/x"
    up_and_back = ["/./", "/a/../", "/a/b/../../", "/%2e/", "/%2E/", "/a/%2e%2e/", "/a/.%2e/", "/a/%2E./"]
    spellings = [
        *(f"{start}{slashes}{evil}" for start in up_and_back for slashes in ("/", "//", "\\", "/\\")),
        *(f"{slashes}{evil}" for slashes in ("//", "/\\", "\\/", "\\\\", "///", "/\t/", "/\n/", "/\r/", "\t//", " //")),
        *(f"{scheme}{evil}" for scheme in ("https://", "http:", "https:/", "//user@", "data:text/html,", "")),
        *(f"/\x00/{evil}/../..//{evil}", f"/..//{evil}", f"/.\t//{evil}"),
        *(f"/x/..\\..//{evil}", "javascript:alert(1)"),
        *(f"https://crm.example.{evil}", f"https://crm.example@{evil}", "https://crm.example:81/", "//", "/\\", ""),
    ]
    kept = [
        "/",
        "/leads/1?a=//b&next=https://x#c",
        "/%2f/x",
        "/a//b",
        "/callers?search=%2F%2Fx",
        "/%5Cx",
        "/a/../queue",
    ]
    program = (
        "import { safePath } from './ui/kit/safe-path.js';"
        "const asked = JSON.parse(process.argv[1]);"
        "console.log(JSON.stringify(asked.map((text) => safePath(text, process.argv[2]))));"
    )
    command = ["node", "--input-type=module", "-e", program, json.dumps(spellings + kept), site]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=ROOT)
    answers = dict(zip(spellings + kept, json.loads(done.stdout), strict=True))
    for text in spellings:
        path = answers[text]
        assert re.match(r"/(?![/\\])", path), (text, path)
        assert urlsplit(urljoin(site, path)).netloc == "crm.example", (text, path)
    assert [answers[text] for text in kept] == [*kept[:-1], "/queue"]


def test_after_signing_out_no_page_opens(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/queue")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_page_that_is_not_there_says_so_with_a_way_back(page: Page) -> None:
    answer = page.goto("/no/such/page")
    assert answer is not None
    assert answer.status == 404
    page.get_by_role("link", name="Go to Dashboard").click()
    expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
