"""Posts leads to a webhook as a patient automation would: several at once, steadily, trying again when told to."""

import asyncio
import json
import random
import ssl
from collections import Counter
from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

SECONDS_TO_ANSWER = 30
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 30.0
REASONS_KEPT = 5
# Of these answers every further lead would get the same.
HOPELESS = {401, 403, 404, 405, 415}
WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}

Headers = Callable[[bytes], Mapping[str, str]]
# A label ("row 2"), and a lead's fields or why they are none.
Sendable = tuple[str, Mapping[str, Any] | str]


class Hopeless(RuntimeError):
    """No lead can be delivered; the message says why."""


@dataclass
class Summary:
    """What became of the leads. `reasons` are the first few of those not stored, each with its row."""

    created: int = 0
    duplicates: int = 0
    refused: int = 0
    failed: int = 0
    retries: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)

    @property
    def stored(self) -> int:
        """How many leads are stored now."""
        return self.created + self.duplicates

    @property
    def done(self) -> int:
        """Of how many leads it is known what became of them."""
        return self.stored + self.refused + self.failed

    @property
    def complete(self) -> bool:
        """Whether every lead is stored now."""
        return not self.refused and not self.failed

    def tell(self, reason: str) -> None:
        """Keep why a lead is not stored, of the first few."""
        if len(self.reasons) < REASONS_KEPT:
            self.reasons.append(reason)


async def send(
    leads: AsyncIterable[Sendable],
    url: str,
    headers: Headers,
    *,
    concurrency: int = 16,
    rate: float | None = None,
    retries: int = 8,
    seconds: float | None = None,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Post each lead to `url` and count the answers.

    At most `concurrency` at once and `rate` a second; no more are begun after `seconds`. `headers` makes the headers
    of a request from its body. `progress` is called after each answer. Raises Hopeless.
    """
    summary = Summary()
    waiting: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue(maxsize=2 * concurrency)
    tls = ssl.create_default_context()

    async def read() -> None:
        loop = asyncio.get_running_loop()
        begun = due = loop.time()
        async for label, lead in leads:
            if isinstance(lead, str):
                summary.refused += 1
                summary.tell(f"{label}: {lead}")
                progress(summary)
                continue
            if rate:
                due += 1 / rate
                await asyncio.sleep(max(0.0, due - loop.time()))
            if seconds is not None and loop.time() - begun >= seconds:
                break
            await waiting.put((label, json.dumps(lead, ensure_ascii=False).encode()))
        for _ in range(concurrency):
            await waiting.put(None)

    async def post() -> None:
        # A client each: a pool looks through all its connections for every request, which costs more than the request.
        async with httpx.AsyncClient(timeout=SECONDS_TO_ANSWER, verify=tls, trust_env=False) as client:
            while (item := await waiting.get()) is not None:
                await _deliver(client, url, *item, headers, retries, summary)
                progress(summary)

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(read())
            for _ in range(concurrency):
                tasks.create_task(post())
    except* Hopeless as several:
        raise several.exceptions[0] from None
    return summary


async def _deliver(
    client: httpx.AsyncClient, url: str, label: str, body: bytes, headers: Headers, retries: int, summary: Summary
) -> None:
    pause = FIRST_PAUSE
    for left in reversed(range(retries + 1)):
        wait: float | None = None
        try:
            answer = await client.post(url, content=body, headers={"content-type": "application/json", **headers(body)})
        except httpx.TransportError as error:
            reason = f"{url} does not answer ({type(error).__name__}: {error})"
        else:
            if answer.is_success:
                outcome = answer.json()
                if outcome.get("stored") is False:
                    summary.refused += 1
                    reason = outcome["reason"]
                    break
                summary.duplicates += outcome["duplicate"]
                summary.created += not outcome["duplicate"]
                summary.statuses[outcome["assignment_status"]] += 1
                return
            reason = told(answer)
            if answer.status_code in HOPELESS:
                raise Hopeless(f"the gateway refused: {reason}")
            if answer.status_code not in WORTH_RETRYING:
                summary.refused += 1
                break
            wait = _seconds(answer.headers.get("retry-after"))
        if not left:
            summary.failed += 1
            break
        summary.retries += 1
        await asyncio.sleep(wait if wait is not None else random.uniform(pause / 2, pause))
        pause = min(2 * pause, LONGEST_PAUSE)
    summary.tell(f"{label}: {reason}")


def told(answer: httpx.Response) -> str:
    """What a problem document says, in one line."""
    try:
        problem = answer.json()
        errors = [f"{error['field']}: {error['message']}" for error in problem.get("errors", ())]
        return "; ".join(errors) or str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"HTTP {answer.status_code}"


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds; as a date it is not worth the trouble."""
    if retry_after is None or not retry_after.strip().isdecimal():
        return None
    # A little later for each, or all who were turned away would come back at the same moment.
    return min(float(retry_after), LONGEST_PAUSE) * random.uniform(1, 1.25)
