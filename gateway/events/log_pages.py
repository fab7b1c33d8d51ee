"""Pages of the event log, read and encoded once for all who watch; and kept a while for those who catch up."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

import asyncpg
import msgspec

from gateway.core.loop import Trouble, until_done
from gateway.database.calls import Database
from gateway.sealing.sealing import Sealing

EVENTS_IN_PAGE = 500
LONGEST_PAUSE = 5.0
# So many pages are read at once for viewers who catch up, and one of a workspace: posts need the database, too.
CATCHING_UP_AT_ONCE = 2
# Pages are kept for other viewers who catch up: when a gateway ends, all its viewers come back at once.
SECONDS_KEPT = 10.0
MOST_BYTES_KEPT = 32 * 1024 * 1024

OWN_LEADS_CHANGED = b'id: %d\ndata: {"kind": "own_leads.changed"}\n\n'


@dataclass(frozen=True)
class Page:
    """Some consecutive events, encoded for SSE: their numbers, each one's bytes, and the callers whose leads changed.

    `ended_at` is when the last one happened, `of_users` whether some are about the people who sign in.
    """

    numbers: list[int]
    messages: list[bytes]
    callers: list[Collection[UUID]]
    ended_at: datetime | None = None
    of_users: bool = False

    @cached_property
    def whole(self) -> bytes:
        """All events of the page, for a viewer that has none of them yet."""
        return b"".join(self.messages)

    def after(self, position: int) -> bytes:
        """The events with numbers above `position`."""
        if position < self.numbers[0]:
            return self.whole
        return b"".join(
            message for number, message in zip(self.numbers, self.messages, strict=True) if number > position
        )

    def about(self, caller: UUID, position: int) -> bytes:
        """Of the events above `position`, those about leads of a caller, which says only that there were some."""
        return b"".join(
            OWN_LEADS_CHANGED % number
            for number, callers in zip(self.numbers, self.callers, strict=True)
            if number > position and caller in callers
        )


class _Event(msgspec.Struct):
    kind: str
    at: datetime


_read = msgspec.json.Decoder(_Event).decode


async def read_page(database: Database, workspace_id: int, after: int, sealing: Sealing) -> Page:
    """The next events of a workspace, opened. While the database is away it waits, for as long as it takes."""

    async def read() -> tuple[list[asyncpg.Record], list[str]]:
        rows = await database.rows("read_events", workspace_id, after, EVENTS_IN_PAGE)
        return rows, [await sealing.opened(row["payload"], workspace_id) for row in rows]

    rows, payloads = await until_done(read, trouble_with(workspace_id), longest=LONGEST_PAUSE)
    events = [_read(payload) for payload in payloads]
    # Without an event name: a page then hears every kind by `onmessage`, those it was not written for included.
    messages = [f"id: {row['seq']}\ndata: {payload}\n\n".encode() for row, payload in zip(rows, payloads, strict=True)]
    callers = [row["callers"] for row in rows]
    of_users = any(event.kind.startswith("user.") for event in events)
    return Page([row["seq"] for row in rows], messages, callers, events[-1].at if events else None, of_users)


def trouble_with(workspace_id: int) -> Trouble:
    """What is logged while events cannot be read."""
    return Trouble("reading events", workspace=workspace_id)


class Pages:
    """Pages for viewers who catch up. Viewers who lack the same events share one reading and one encoding of them.

    A page begins after a multiple of EVENTS_IN_PAGE, so that it is the same for all.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._sealing = sealing
        self._places = asyncio.Semaphore(CATCHING_UP_AT_ONCE)
        self._of_workspace: dict[int, asyncio.Lock] = {}
        self._reading: dict[tuple[int, int], asyncio.Task[Page]] = {}
        self._kept: dict[tuple[int, int], tuple[float, Page]] = {}

    async def around(self, workspace_id: int, position: int) -> Page:
        """The page with the event after `position`, which must exist. Waits while the database is away."""
        key = (workspace_id, position - position % EVENTS_IN_PAGE)
        kept = self._kept.get(key)
        if kept is not None and kept[1].numbers[-1] > position:
            return kept[1]
        task = self._reading.get(key)
        if task is None:
            # The task belongs to no viewer: others may still wait for it when the one that began it is gone.
            task = asyncio.create_task(self._read(key), context=contextvars.Context())
            self._reading[key] = task
            task.add_done_callback(lambda _: self._reading.pop(key))
        return await asyncio.shield(task)

    async def _read(self, key: tuple[int, int]) -> Page:
        workspace_id, start = key
        async with self._of_workspace.setdefault(workspace_id, asyncio.Lock()), self._places:
            page = await read_page(self._database, workspace_id, start, self._sealing)
        self._kept.pop(key, None)
        self._kept[key] = (time.monotonic(), page)
        size = sum(len(kept.whole) for _, kept in self._kept.values())
        while size > MOST_BYTES_KEPT:
            size -= len(self._kept.pop(next(iter(self._kept)))[1].whole)
        return page

    def forget(self) -> None:
        """Keep nothing longer than SECONDS_KEPT."""
        before = time.monotonic() - SECONDS_KEPT
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > before}
        self._of_workspace = {number: lock for number, lock in self._of_workspace.items() if lock.locked()}

    def close(self) -> None:
        """Read no further."""
        for task in self._reading.values():
            task.cancel()
