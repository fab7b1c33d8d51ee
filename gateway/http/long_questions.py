"""Questions that take long: simulations, fairness, exports.

Each keeps a core or a connection of the database busy, which leads and people need, too. So the number that run at once
is limited for each person, for each workspace, and for all. A question ends, in the database as well, when its client
goes away. Each gateway counts for itself.

An endpoint only has to say `long=True`: see `gateway.http.endpoints`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.core.problems import Problem
from gateway.database.calls import Principal
from gateway.http.limits import AtOnce, Held

MOST_OF_PERSON = 2
MOST_OF_WORKSPACE = 3
MOST_OF_ALL = 6
RETRY_AFTER = 5
# For the answer to be made and sent: a file may be large, and a connection slow.
MOST_SECONDS = 600


class LongQuestions:
    """Those under way in this gateway."""

    def __init__(self) -> None:
        asked = "Wait for one of them, or close its page; then ask again."
        self._of_person = AtOnce(
            MOST_OF_PERSON,
            f"You are waiting for {MOST_OF_PERSON} long answers already. {asked}",
            retry_after=RETRY_AFTER,
        )
        self._of_workspace = AtOnce(
            MOST_OF_WORKSPACE,
            f"Your workspace is waiting for {MOST_OF_WORKSPACE} long answers already. Ask again in a moment.",
            retry_after=RETRY_AFTER,
        )
        self._of_all = AtOnce(
            MOST_OF_ALL, "Too many long questions are being answered. Ask again in a moment.", retry_after=RETRY_AFTER
        )

    async def answer(self, request: Request, ask: Callable[[], Awaitable[Response]]) -> Response:
        """What `ask` answers, if it may be asked now. The question counts until the answer has been sent.

        Raises Problem 429, 422 when it takes too long, ClientDisconnect when the client is gone, or what `ask` raises.
        """
        principal: Principal = request.state.session.principal
        deadline = asyncio.get_running_loop().time() + MOST_SECONDS
        with ExitStack() as places:
            places.enter_context(self._of_person.one(principal.actor))
            places.enter_context(self._of_workspace.one(principal.workspace_id))
            places.enter_context(self._of_all.one())
            try:
                async with asyncio.timeout_at(deadline):
                    answer = await _unless_gone(request, ask)
            except TimeoutError:
                raise Problem(422, f"This takes longer than {MOST_SECONDS // 60} minutes. Ask for less.") from None
            return Held(answer, places.pop_all(), deadline=deadline)


async def _unless_gone(request: Request, ask: Callable[[], Awaitable[Response]]) -> Response:
    """What `ask` answers. If the client goes away before that, `ask` is cancelled, and ClientDisconnect is raised."""
    asking = asyncio.ensure_future(ask())
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((asking, gone), return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            raise ClientDisconnect
        return asking.result()
    finally:
        asking.cancel()
        gone.cancel()
        # A cancelled question keeps its place until the database has stopped it.
        await asyncio.wait((asking, gone))


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
