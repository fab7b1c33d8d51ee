"""Leads that came in one request: each is taken as if it had come alone, and all are answered by one list.

In the list each has its `status`: 201 or 200 with what one lead is answered, 200 with `stored` false for what is not
about a new lead, else the problem. A request of which nothing was taken is a problem as a whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import asyncpg
import msgspec

from gateway.core.counting import Counts
from gateway.core.problems import FieldError, Problem
from gateway.http.errors import problem_of, response_of
from gateway.intake.lead import Lead
from gateway.intake.recognising import NoLead
from gateway.intake.sources import Source, Sources
from gateway.intake.taking import Taking

# What is not about the one lead, the most pressing first: the request may be sent again whole, or not at all.
OF_ALL = (503, 429, 401)
MOST_ERRORS = 100

Outcome = tuple[int, bytes] | Problem

_encode = msgspec.json.Encoder().encode


async def take_each(
    taking: Taking,
    sources: Sources,
    source: Source,
    reads: Sequence[Callable[[], Lead | NoLead]],
    *,
    path: str,
    counted: int = 0,
    key: str | None = None,
) -> list[Outcome]:
    """What became of each: status and JSON, or the problem. A read raises what tells why there is no lead.

    So many as `counted` have been counted against the source's limit already; `key` is the Idempotency-Key of one lead.
    """
    begun: list[asyncio.Future[asyncpg.Record] | Outcome] = []
    for read in reads:
        try:
            lead = read()
            if isinstance(lead, NoLead):
                begun.append((200, not_stored(lead)))
                continue
            if counted:
                counted -= 1
            else:
                sources.count(source)
            begun.append(await taking.begin(source, lead, key))
        except Exception as error:
            begun.append(problem_of(error, path=path))
    waiting = [one for one in begun if isinstance(one, asyncio.Future)]
    if waiting:
        await asyncio.gather(*waiting, return_exceptions=True)
    return [_outcome(taking, source, one, path) if isinstance(one, asyncio.Future) else one for one in begun]


def not_stored(post: NoLead) -> bytes:
    """What is answered to a post that is not about a new lead."""
    return _encode({"stored": False, "reason": post.reason})


def listed(outcomes: Sequence[Outcome], counts: Counts) -> tuple[bytes, dict[str, str]]:
    """The list that answers them, and headers to go with it. Raises Problem where nothing was taken."""
    problems = problems_in(outcomes)
    if len(problems) == len(outcomes):
        raise _of_all(problems)
    for problem in problems:
        counts.refused.labels(problem.status).inc()
    return b"[%b]" % b",".join(map(_item, outcomes)), _come_back(problems)


def problems_in(outcomes: Sequence[Outcome]) -> list[Problem]:
    """Those of them that are problems."""
    return [one for one in outcomes if isinstance(one, Problem)]


def pressing(problems: Sequence[Problem]) -> Problem | None:
    """The problem for which the whole request is to be sent again, or never; None where each lead has its own."""
    return next((one for status in OF_ALL for one in problems if one.status == status), None)


def _outcome(taking: Taking, source: Source, done: asyncio.Future[asyncpg.Record], path: str) -> Outcome:
    try:
        return taking.finish(source, done.result())
    except Exception as error:
        return problem_of(error, path=path)


def _item(outcome: Outcome) -> bytes:
    if isinstance(outcome, Problem):
        return bytes(response_of(outcome).body)
    status, answer = outcome
    return b'{"status":%d,%b' % (status, answer[1:])


def _of_all(problems: Sequence[Problem]) -> Problem:
    """What was wrong with all of them, as one problem that names the fault of each."""
    one = pressing(problems) or problems[0]
    statuses = {problem.status for problem in problems}
    if len(statuses) == 1 and one.status in OF_ALL:
        return problems[-1]
    errors = [
        FieldError(f"[{number}]" + (f".{error.field}" if error.field else ""), error.message, error.hint)
        for number, problem in enumerate(problems)
        for error in problem.errors or [FieldError("", problem.detail)]
    ]
    whole = "The lead was not taken." if len(problems) == 1 else f"None of the {len(problems)} leads was taken."
    first = f"{errors[0].field}: {errors[0].message}" if one is problems[0] else one.detail
    return Problem(
        one.status if one.status in OF_ALL or len(statuses) == 1 else 422,
        f"{whole} {first}",
        errors=errors[:MOST_ERRORS],
        headers=_come_back(problems),
        instance=one.instance,
    )


def _come_back(problems: Sequence[Problem]) -> dict[str, str]:
    """How long to wait before the refused leads are sent again: the longest wait of any."""
    seconds = [int(problem.headers["retry-after"]) for problem in problems if "retry-after" in problem.headers]
    return {"retry-after": f"{max(seconds)}"} if seconds else {}
