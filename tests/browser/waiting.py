"""What tests wait for where no element says it."""

from __future__ import annotations

import time
from typing import TypeVar

from playwright.sync_api import Page

from tests.support import SECONDS_TO_WAIT

Thing = TypeVar("Thing")

STILL = """async () => {
  let last = null;
  for (let same = 0; same < 10; ) {
    await new Promise(requestAnimationFrame);
    const now = [scrollY, document.documentElement.scrollHeight].join();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return scrollY;
}"""


def still(page: Page) -> float:
    """How far the page is scrolled, once it moves no more: a wheel turns, and rows come, over some frames."""
    scrolled: float = page.evaluate(STILL)
    return scrolled


def first_of(page: Page, held: list[Thing]) -> Thing:
    """The first that a route holds back, once there is one: that it was asked for is known a little earlier."""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while not held:
        assert time.monotonic() < deadline, "it was not asked for"
        page.wait_for_timeout(20)
    return held[0]
