"""The live feed: one listener hears the doorbell, reads new events once, and hands them to every viewer by SSE.

NOTIFY says only that a workspace has something new; the table of events is what is read. So nothing is lost when a
doorbell is: after every reconnect, reading simply goes on from the last number. Whatever goes wrong is logged and tried
again: the tasks here must not end before the gateway does.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import structlog
from prometheus_client import Histogram

from gateway.core.counting import histogram
from gateway.core.loop import SHORTEST_PAUSE, Loop, until_done
from gateway.database.calls import Database
from gateway.events.log_pages import EVENTS_IN_PAGE, LONGEST_PAUSE, Page, Pages, read_page, trouble_with
from gateway.sealing.sealing import Sealing

log = structlog.get_logger(__name__)

CHANNEL = "fairlead"
# However often the doorbell rings, a workspace is read at most this often. For many viewers it is read less often: they
# get the same in fewer and larger pieces, each of which costs the gateway some 25 us, however little is in it.
SECONDS_BETWEEN_READS = 0.05
MOST_PIECES_A_SECOND = 2500
MOST_SECONDS_BETWEEN_READS = 0.5
SECONDS_BETWEEN_KEEP_ALIVES = 15.0
SECONDS_TO_ECHO = 5.0
# A viewer this many messages behind is let go; its browser comes back and catches up by Last-Event-ID.
MOST_WAITING_MESSAGES = 256

# A viewer that is further behind loads its page again, which is quicker than sending all those events.
MOST_EVENTS_BEHIND = 5000

KEEP_ALIVE = b": keep-alive\n\n"
TOO_OLD = b'id: %d\ndata: {"kind": "feed.too_old"}\n\n'
RECONNECT_SOON = b"retry: 2000\n\n"


class Viewer:
    """One open stream: what is still to be sent to it, and the number of the last event it has.

    `caller` is whose leads alone it hears of; None: of everything.
    """

    def __init__(self, caller: UUID | None = None) -> None:
        self.caller = caller
        self.messages: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING_MESSAGES)
        self.position: int | None = None

    def join(self, position: int) -> None:
        """From here on every page is offered to it; `position` is the last event it has by then."""
        self.position = position

    def offer(self, page: Page, whole: bytes) -> None:
        """Send what it does not have of a page; `whole` is the page's bytes, shared by all viewers."""
        if self.position is None or self.position >= page.numbers[-1]:
            return
        if self.caller is not None:
            whole = page.about(self.caller, self.position)
        elif self.position >= page.numbers[0]:
            whole = page.after(self.position)
        if whole:
            self.send(whole)
        self.position = page.numbers[-1]

    def catch_up(self, page: Page, position: int) -> bytes:
        """The part of a page that this viewer is sent when it catches up."""
        return page.after(position) if self.caller is None else page.about(self.caller, position)

    def send(self, message: bytes) -> None:
        """Queue a message; a viewer who has not taken so many is let go."""
        try:
            self.messages.put_nowait(message)
        except asyncio.QueueFull:
            self.let_go()

    def let_go(self) -> None:
        """End the stream."""
        self.position = None
        while not self.messages.empty():
            self.messages.get_nowait()
        self.messages.put_nowait(None)


class Channel:
    """The events of one workspace, read while there are viewers; `seconds` counts how old they are by then."""

    def __init__(self, database: Database, workspace_id: int, seconds: Histogram, sealing: Sealing) -> None:
        self.viewers: set[Viewer] = set()
        self.last = -1
        self.opened = asyncio.Event()
        self._database = database
        self._workspace_id = workspace_id
        self._sealing = sealing
        self._rung = asyncio.Event()
        self._seconds = seconds
        # Of no request, though a viewer's is what began it.
        name = f"events of workspace {workspace_id}"
        self._task = asyncio.create_task(self._read_on(), name=name, context=contextvars.Context())

    def ring(self) -> None:
        """Something may be new."""
        self._rung.set()

    def keep_alive(self) -> None:
        """Send something to every viewer; `stream` then asks whether it may still watch."""
        for viewer in self.viewers:
            if viewer.position is not None:
                viewer.send(KEEP_ALIVE)

    def close(self) -> None:
        """Read no further."""
        self._task.cancel()

    async def newest(self) -> int:
        """The number of the newest event there is. While the database is away it waits."""

        async def ask() -> int:
            return int((await self._database.rows("last_event", self._workspace_id))[0][0] or 0)

        return await until_done(ask, trouble_with(self._workspace_id), longest=LONGEST_PAUSE)

    async def _read_on(self) -> None:
        self.last = await self.newest()
        self.opened.set()
        while True:
            await self._rung.wait()
            self._rung.clear()
            while True:
                page = await read_page(self._database, self._workspace_id, self.last, self._sealing)
                if page.numbers:
                    self.last = page.numbers[-1]
                    if page.ended_at is not None:
                        self._seconds.observe(max(0.0, (datetime.now(UTC) - page.ended_at).total_seconds()))
                    if page.of_users:
                        self.keep_alive()  # before anything else is shown: a viewer may have lost the right to it
                    for viewer in self.viewers:
                        viewer.offer(page, page.whole)
                if len(page.numbers) < EVENTS_IN_PAGE:
                    break
            pause = min(len(self.viewers) / MOST_PIECES_A_SECOND, MOST_SECONDS_BETWEEN_READS)
            await asyncio.sleep(max(pause, SECONDS_BETWEEN_READS))


class Feed:
    """Hears the doorbell, and gives each viewer the stream of its workspace.

    `listening` is whether it hears; `seconds` counts how old the newest events were when viewers were given them.
    """

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self.listening = False
        self.seconds = histogram(
            "fairlead_feed_seconds", "From an event to its being handed to those who watch the workspace."
        )
        self._database = database
        self._sealing = sealing
        self._channels: dict[int, Channel] = {}
        self._pages = Pages(database, sealing)
        self._loops = (
            Loop("listening", self._hear, pause=SHORTEST_PAUSE, longest=LONGEST_PAUSE),
            Loop("keeping streams alive", self._keep_alive, pause=SECONDS_BETWEEN_KEEP_ALIVES, longest=LONGEST_PAUSE),
        )
        self._closed = False

    def start(self) -> None:
        """Begin to listen. Succeeds while the server is down."""
        for loop in self._loops:
            loop.start()

    def close(self) -> None:
        """End every stream, so that no viewer holds up the gateway's end."""
        self._closed = True
        for channel in self._channels.values():
            for viewer in channel.viewers:
                viewer.let_go()

    async def stop(self) -> None:
        """Close, and stop listening."""
        self.close()
        for channel in self._channels.values():
            channel.close()
        self._pages.close()
        for loop in self._loops:
            await loop.stop()

    def watched(self) -> dict[int, tuple[int, int]]:
        """The workspaces with viewers: how many, and the last event they were offered (-1: none yet)."""
        return {number: (len(channel.viewers), channel.last) for number, channel in self._channels.items()}

    async def stream(
        self,
        workspace_id: int,
        after: int | None,
        still_welcome: Callable[[], Awaitable[bool]],
        *,
        caller: UUID | None = None,
    ) -> AsyncIterator[bytes]:
        """The events of a workspace numbered above `after`, or from now on, for ever; without a gap, none twice.

        A viewer more than MOST_EVENTS_BEHIND behind gets `feed.too_old` instead, and then what happens from now on.
        With `caller`, only that something happened to the leads of this one.

        `still_welcome` is asked at every keep-alive, and when a user was changed; the stream ends when it says no.
        """
        viewer = Viewer(caller)
        channel = self._channels.get(workspace_id) or Channel(self._database, workspace_id, self.seconds, self._sealing)
        self._channels[workspace_id] = channel
        channel.viewers.add(viewer)
        try:
            async for missed in self._missed(channel, workspace_id, viewer, after):
                yield missed
            while not self._closed:
                message = await viewer.messages.get()
                if message is None or (message is KEEP_ALIVE and not await still_welcome()):
                    break
                yield message
        finally:
            channel.viewers.discard(viewer)
            if not channel.viewers and self._channels.get(workspace_id) is channel:
                del self._channels[workspace_id]
                channel.close()

    async def _missed(
        self, channel: Channel, workspace_id: int, viewer: Viewer, after: int | None
    ) -> AsyncIterator[bytes]:
        """What a viewer lacks; at the end of it the viewer joins the channel, without a gap."""
        await channel.opened.wait()
        position = channel.last if after is None else after
        yield RECONNECT_SOON  # a client that hears this misses nothing from now on
        if position > channel.last:
            # Numbers from another gateway may be ahead of ours; from before a restored backup, they mean nothing.
            position = min(position, await channel.newest())
        while position < channel.last:
            if channel.last - position > MOST_EVENTS_BEHIND:
                position = channel.last
                yield TOO_OLD % position
                continue
            page = await self._pages.around(workspace_id, position)
            yield viewer.catch_up(page, position)
            position = page.numbers[-1]
        viewer.join(position)

    async def _keep_alive(self) -> None:
        self._pages.forget()
        for channel in self._channels.values():
            channel.keep_alive()

    async def _hear(self) -> None:
        """Listen until the connection is lost. Raises what asyncpg does."""
        connection = await self._database.connect()
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, self._ring)
            self.listening = True
            log.info("listening")
            # What rang while nobody listened is in the table.
            for channel in self._channels.values():
                channel.ring()
            while not lost.is_set():
                try:
                    async with asyncio.timeout(SECONDS_BETWEEN_KEEP_ALIVES):
                        await lost.wait()
                except TimeoutError:
                    # Only a query shows that the connection is dead.
                    await connection.execute("select 1", timeout=SECONDS_TO_ECHO)
            log.warning("the connection for listening was lost")
        finally:
            self.listening = False
            connection.terminate()

    def _ring(self, _connection: object, _process: int, _channel: str, payload: object) -> None:
        workspace_id, _, _ = str(payload).partition(" ")
        channel = self._channels.get(int(workspace_id)) if workspace_id.isdecimal() else None
        if channel is not None:
            channel.ring()
