"""Many senders at once: everybody's share is fair, and no cap is overshot."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.support import NO_TLS, Gateway, Workspace

pytestmark = pytest.mark.concurrent

SENDERS = 64
LEADS = 400


async def post_all(gateway: Gateway, leads: list[dict[str, Any]]) -> list[httpx.Response]:
    """Post the leads by SENDERS clients, each with its own connection, as fast as they are answered."""
    waiting = iter(leads)

    async def send() -> list[httpx.Response]:
        headers = {"authorization": f"Bearer {gateway.token}"}
        async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=60, verify=NO_TLS) as client:
            return [await client.post("/api/leads/webhook", json=lead) for lead in waiting]

    responses = await asyncio.gather(*(send() for _ in range(SENDERS)))
    return [response for sent in responses for response in sent]


def leads_of_one_state() -> list[dict[str, Any]]:
    """As many as there are to be dealt."""
    return [{"name": f"Lead {number}", "phone": f"98{number:08}", "state": "Maharashtra"} for number in range(LEADS)]


async def test_leads_sent_by_many_at_once_are_spread_evenly(gateway: Gateway, workspace: Workspace) -> None:
    for number in range(8):
        workspace.caller(f"Caller {number}", "Maharashtra")
    responses = await post_all(gateway, leads_of_one_state())
    assert {response.status_code for response in responses} == {201}
    shares = Counter(response.json()["assigned_caller"]["name"] for response in responses)
    assert len(shares) == 8
    assert max(shares.values()) - min(shares.values()) <= 1


async def test_no_cap_is_overshot_however_many_send_at_once(gateway: Gateway, workspace: Workspace) -> None:
    for number in range(8):
        workspace.caller(f"Caller {number}", "Maharashtra", daily_limit=20)
    responses = await post_all(gateway, leads_of_one_state())
    assert {response.status_code for response in responses} == {201}
    statuses = Counter(response.json()["assignment_status"] for response in responses)
    assert statuses == {"assigned": 160, "queued": 240}
    shares = Counter(answer["name"] for r in responses if (answer := r.json()["assigned_caller"]))
    assert set(shares.values()) == {20}


async def test_one_bad_lead_among_many_fails_alone(gateway: Gateway, workspace: Workspace) -> None:
    workspace.caller("Kavita", "Maharashtra")
    leads = leads_of_one_state()
    workspace.connection.execute("alter table crm.leads add constraint leads_name_known check (name <> 'Bad')")
    headers = {"authorization": f"Bearer {gateway.token}", "content-type": "application/json"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=60, verify=NO_TLS) as client:
        bad = [client.post("/api/leads/webhook", content='{"name": "Bad"}') for _ in range(10)]
        good, refused = await asyncio.gather(post_all(gateway, leads), asyncio.gather(*bad))
    assert {response.status_code for response in good} == {201}
    assert {response.status_code for response in refused} == {422}
    assert workspace.call("api.count_leads('{}')") == LEADS


async def test_the_same_leads_sent_by_many_are_stored_once(gateway: Gateway, workspace: Workspace) -> None:
    workspace.caller("Kavita", "Maharashtra")
    responses = await post_all(gateway, [lead for lead in leads_of_one_state()[:50] for _ in range(8)])
    assert Counter(response.status_code for response in responses) == {201: 50, 200: 350}
    assert len({response.json()["lead_id"] for response in responses}) == 50
    assert workspace.call("api.count_leads('{}')") == 50
