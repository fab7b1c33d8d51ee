"""What the pages' answers say to the browser, before any script runs."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.support import Gateway

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/", "/queue", "/callers", "/patterns", "/leads/1?state=Goa"])
def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(gateway: Gateway, path: str) -> None:
    answer = httpx.get(f"{gateway.url}{path}")
    assert answer.status_code == 303
    assert httpx.URL(f"{gateway.url}{answer.headers['location']}").params["next"] == path


def test_pages_are_never_kept_but_what_they_are_made_of_is(gateway: Gateway) -> None:
    page = httpx.get(f"{gateway.url}/login")
    assert page.headers["cache-control"] == "no-store"
    parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert parts
    for part in parts:
        answer = httpx.get(f"{gateway.url}{part}")
        assert answer.status_code == 200, part
        assert "immutable" in answer.headers["cache-control"], part


def test_pages_run_nothing_that_is_not_a_file_of_ours(gateway: Gateway) -> None:
    page = httpx.get(f"{gateway.url}/login")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page.text)
