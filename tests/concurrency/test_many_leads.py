"""Ten thousand leads reassigned and taken back while leads are posted, measured: `pytest -s -m long`, with figures."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import quantiles
from typing import Any

import httpx
import pytest

from tests.gateway.conftest import sign_in
from tests.support import NO_TLS, Gateway, Workspace

pytestmark = [pytest.mark.concurrent, pytest.mark.long, pytest.mark.alone]

LEADS = 10_000
SENDERS = 4
PAUSE_SECONDS = 0.02


@contextmanager
def posting(gateway: Gateway, workspace: Workspace) -> Iterator[list[float]]:
    """Senders post one lead after the other; how many seconds each took."""
    ended = threading.Event()
    seconds: list[float] = []

    def post(number: int) -> None:
        headers = {"authorization": f"Bearer {workspace.token}"}
        with httpx.Client(base_url=gateway.url, headers=headers, timeout=30, verify=NO_TLS) as sender:
            turn = 0
            while not ended.wait(PAUSE_SECONDS):
                turn += 1
                lead = {"name": f"New {number}", "phone": f"+9170{number}{len(seconds):07}", "state": "Goa"}
                begun = time.perf_counter()
                assert sender.post("/api/leads/webhook", json=lead).status_code in (200, 201)
                seconds.append(time.perf_counter() - begun)

    senders = [threading.Thread(target=post, args=[number]) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        yield seconds
    finally:
        ended.set()
        for sender in senders:
            sender.join()


def test_the_webhook_answers_while_ten_thousand_leads_change_hands(gateway: Gateway, workspace: Workspace) -> None:
    left = workspace.caller("Left", "Maharashtra")
    workspace.connection.execute(
        """insert into crm.leads (workspace_id, name, state, phone, source_row_id)
           select %s, 'Lead ' || n, 'Maharashtra', '+9198' || (10000000 + n), 'row ' || n
           from generate_series(1, %s) n""",
        [workspace.id, LEADS],
    )
    others = [workspace.caller(f"Caller {number}", "Goa") for number in range(3)]
    asked: dict[str, Any] = {"action": "reassign", "filter": {"caller": left}, "callers": others}
    with httpx.Client(base_url=gateway.url, timeout=60, verify=NO_TLS) as manager, posting(gateway, workspace) as posts:
        sign_in(manager, *gateway.admin)
        time.sleep(3)
        answer: dict[str, Any] = {}
        for what, path, body in (
            ("told beforehand", "/api/leads/actions", {**asked, "dry_run": True}),
            ("reassigned", "/api/leads/actions", asked),
            ("taken back", "/api/actions/{id}/undo", None),
            ("done again", "/api/actions/{id}/undo", None),
        ):
            before = len(posts)
            begun = time.perf_counter()
            said = manager.post(path.format(**answer), json=body)
            took = time.perf_counter() - begun
            assert said.status_code == 200, said.text
            answer = said.json()
            time.sleep(3)
            during = posts[before:]
            worst = quantiles(during, n=100)
            print(
                f"{what}: {answer['done']} leads in {took:.2f} s; {len(during)} posts meanwhile and 3 s after: "
                f"p50 {worst[49] * 1000:.0f} ms, p95 {worst[94] * 1000:.0f} ms, p99 {worst[98] * 1000:.0f} ms, "
                f"longest {max(during) * 1000:.0f} ms"
            )
            assert answer["done"] == LEADS
