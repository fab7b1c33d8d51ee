"""What the browser tests share: a headless Chromium, and a signed-in page that must end without a single complaint."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.gateway.conftest import database_url, gateway, workspace
from tests.support import ADMIN, Gateway, Workspace

# One gateway serves all tests here; each has a workspace of its own in it.
__all__ = ["database_url", "gateway", "workspace"]

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 20_000

Join = Callable[..., Page]
# An answer that is an error is reported on the console too; tests that provoke one look for what the page says of it.
EXPECTED = "Failed to load resource"

expect.set_options(timeout=PATIENCE_MS)


# Ends with this folder, because Playwright keeps an event loop running, which async tests elsewhere would trip over.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A headless Chromium, the one this machine has. The shell, which has no window to draw, costs half as much."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program, "Chromium is missing: apt-get install chromium-headless-shell"
    with sync_playwright() as playwright:
        # No sandbox, as root may not have one; no GPU, as servers have none.
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium: Browser, gateway: Gateway) -> Iterator[Callable[..., BrowserContext]]:
    """`open_browser(**options)` gives a browser profile of its own, signed in unless `signed_in=False`.

    Whatever its pages complain about on the console, be it the content security policy, fails the test.
    """
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and EXPECTED not in message.text:
            complaints.append(message.text)

    def open_profile(*, signed_in: bool = True, **options: Any) -> BrowserContext:
        context = chromium.new_context(base_url=gateway.url, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", hear)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        if signed_in:
            email, password = gateway.admin
            answer = context.request.post("/api/session", data={"email": email, "password": password})
            assert answer.ok, answer.text()
        return context

    yield open_profile
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_browser: Callable[..., BrowserContext]) -> Page:
    """A page of 1440 by 900, signed in, of somebody who wants no motion; on the phone everything moves."""
    return open_browser(viewport={"width": 1440, "height": 900}, reduced_motion="reduce").new_page()


@pytest.fixture
def phone(open_browser: Callable[..., BrowserContext]) -> Page:
    """The smallest phone that counts: 360 wide, signed in."""
    context = open_browser(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    return context.new_page()


@pytest.fixture
def post_lead(gateway: Gateway) -> Callable[..., dict[str, Any]]:
    """`post_lead(name=..., state=...)` sends a lead through the webhook and gives the answer."""

    def post(**lead: Any) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {gateway.token}"}
        answer = httpx.post(f"{gateway.url}/api/leads/webhook", json=lead, headers=headers, timeout=30)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return post


@pytest.fixture
def join(open_browser: Callable[..., BrowserContext], gateway: Gateway, workspace: Workspace) -> Join:
    """`join("caller", caller_id)` signs a new person of that role in and gives a blank page of theirs."""

    def sign_in(role: str, caller_id: str | None = None, **options: Any) -> Page:
        email = f"{role}-{caller_id or workspace.id}@fairlead.example"
        workspace.connection.execute(
            """insert into crm.users (workspace_id, email, name, role, caller_id, password_hash)
            select workspace_id, %s, initcap(%s), %s, %s, password_hash from crm.users
            where workspace_id = %s and role = 'admin' limit 1""",
            [email, role, role, caller_id, workspace.id],
        )
        context = open_browser(signed_in=False, **options)
        answer = context.request.post("/api/session", data={"email": email, "password": ADMIN[1]})
        assert answer.ok, answer.text()
        return context.new_page()

    return sign_in
