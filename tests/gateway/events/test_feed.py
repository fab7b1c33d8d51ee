"""GET /api/events: every viewer sees everything once, whatever happens in between."""

import asyncio
import re
from collections.abc import AsyncIterator, MutableMapping
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateway.database.calls import Database
from gateway.events import feed
from gateway.events.feed import MOST_WAITING_MESSAGES, Viewer
from gateway.events.live import MOST_STREAMS, Watched
from gateway.events.log_pages import Page
from gateway.sealing.sealing import Sealing
from tests.gateway.conftest import Post, Watch, fields_at_fault, sign_in, watched
from tests.support import Gateway, Workspace


async def test_a_lead_appears_to_who_watches(workspace: Workspace, post: Post, watch: Watch) -> None:
    workspace.caller("Kavita")
    async with watch() as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["cache-control"] == "no-store"
        lead_id = (await asyncio.to_thread(post, name="Asha")).json()["lead_id"]
        [event] = await stream.take(1)
    assert event.kind == event.data["kind"] == "lead.assigned"
    assert event.number == event.data["seq"]
    assert event.data["lead"]["id"] == lead_id
    assert event.data["lead"]["assigned_caller"]["name"] == "Kavita"


async def test_two_viewers_see_the_same(workspace: Workspace, watch: Watch) -> None:
    async with watch() as one, watch() as other:
        workspace.ingest(*({"name": f"Lead {number}"} for number in range(700)))
        assert await one.take(700) == await other.take(700)


async def test_a_viewer_who_comes_back_gets_exactly_what_it_missed(workspace: Workspace, watch: Watch) -> None:
    async with watch() as stream:
        workspace.ingest({"name": "Seen"}, {"name": "Not seen any more"})
        [seen] = await stream.take(1)
    workspace.ingest(*({"name": f"Missed {number}"} for number in range(1200)))
    async with watch(last_event_id=seen.number) as stream:
        missed = await stream.take(1 + 1200)
        workspace.ingest({"name": "Now"})
        missed += await stream.take(1)
    assert [event.number for event in missed] == list(range(seen.number + 1, seen.number + 1 + 1202))
    assert missed[0].data["lead"]["name"] == "Not seen any more"
    assert missed[-1].data["lead"]["name"] == "Now"


async def test_no_event_is_missed_or_doubled_while_catching_up(workspace: Workspace, watch: Watch) -> None:
    def ingest(round_number: int) -> None:
        workspace.ingest(*({"name": f"Lead {round_number}/{number}"} for number in range(50)))

    for number in range(20):
        ingest(number)
    async with watch(), watch(after=0) as stream:
        for number in range(20, 40):
            await asyncio.to_thread(ingest, number)
        events = await stream.take(2000)
    assert [event.number for event in events] == list(range(1, 2001))


def newest(workspace: Workspace) -> int:
    """The number of its newest event."""
    row = workspace.connection.execute("select event_seq from crm.workspaces where id = %s", [workspace.id]).fetchone()
    assert row is not None
    return int(row[0])


async def test_viewers_behind_by_the_same_events_share_each_reading(database_url: str, workspace: Workspace) -> None:
    workspace.ingest(*({"name": f"Lead {number}"} for number in range(1200)))
    last = newest(workspace)
    read: list[Any] = []

    class Counted(Database):
        async def rows(self, function: str, *arguments: object, within: float | None = None) -> Any:
            if function == "read_events":
                read.append(arguments[1])
            return await super().rows(function, *arguments, within=within)

    async def heard(after: int) -> list[bytes]:
        numbers: list[bytes] = []
        async for message in running.stream(workspace.id, after, still_signed_in):
            numbers += re.findall(rb"^id: (\d+)", message, re.MULTILINE)
            if numbers and numbers[-1] == b"%d" % last:
                break
        return numbers

    async def still_signed_in() -> bool:
        return True

    database = Counted(database_url, role="keeper")
    running = feed.Feed(database, Sealing())
    running.start()
    async with asyncio.timeout(30):
        for after, numbers in zip(range(20), await asyncio.gather(*map(heard, range(20))), strict=True):
            assert numbers == [b"%d" % number for number in range(after + 1, last + 1)]
    await running.stop()
    await database.stop()
    assert sorted(start for start in read if start < last) == [0, 500, 1000]


async def test_a_viewer_too_far_behind_is_told_to_load_the_page_again_and_hears_what_happens_then(
    workspace: Workspace, watch: Watch
) -> None:
    for batch in range(11):
        workspace.ingest(*({"name": f"Lead {batch}/{number}"} for number in range(500)))
    last = newest(workspace)
    async with watch(after=1) as stream:
        [told] = await stream.take(1)
        workspace.ingest({"name": "Now"})
        [event] = await stream.take(1)
    assert (told.kind, told.number, told.data) == ("feed.too_old", last, {"kind": "feed.too_old"})
    assert (event.number, event.data["lead"]["name"]) == (last + 1, "Now")


async def test_one_person_may_watch_only_so_often_and_again_once_a_page_is_closed(
    workspace: Workspace, manager: httpx.Client, watch: Watch
) -> None:
    async with AsyncExitStack() as pages:
        streams = [await pages.enter_async_context(watch()) for _ in range(MOST_STREAMS)]
        refused = await asyncio.to_thread(manager.get, "/api/events")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "15")
        assert len(streams) == MOST_STREAMS  # who lets go of a stream closes it
    async with asyncio.timeout(30):
        while True:
            try:
                async with watch():
                    return
            except AssertionError:
                continue


async def test_a_number_from_before_a_restored_backup_starts_at_now(workspace: Workspace, watch: Watch) -> None:
    async with watch(last_event_id=10**12) as stream:
        workspace.ingest({"name": "Now"})
        [event] = await stream.take(1)
    assert event.data["lead"]["name"] == "Now"


async def test_events_of_other_workspaces_stay_there(workspace: Workspace, watch: Watch) -> None:
    other = Workspace.create(workspace.connection, name=f"Other than {workspace.id}")
    async with watch() as stream:
        other.ingest({"name": "Theirs"})
        workspace.ingest({"name": "Ours"})
        [event] = await stream.take(1)
    assert event.data["lead"]["name"] == "Ours"


async def test_a_change_of_a_caller_is_an_event_too(workspace: Workspace, watch: Watch) -> None:
    async with watch() as stream:
        workspace.caller("Kavita")
        [event] = await stream.take(1)
    assert (event.kind, event.data["caller"]["name"]) == ("caller.created", "Kavita")


async def test_viewers_do_not_hold_up_the_end(own_gateway: Gateway) -> None:
    with httpx.Client(base_url=own_gateway.url) as viewer:
        sign_in(viewer, *own_gateway.admin)
        async with watched(viewer) as stream:
            stopping = asyncio.create_task(asyncio.to_thread(own_gateway.stop))
            await stream.ended()
            assert await stopping == 0
    assert "Cancel" not in own_gateway.log.read_text()


async def test_a_viewer_who_signed_out_is_let_go_at_the_next_keep_alive(
    database_url: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "SECONDS_BETWEEN_KEEP_ALIVES", 0.01)
    answers = iter([True, True, False])

    async def still_signed_in() -> bool:
        return next(answers)

    database = Database(database_url, role="keeper")
    running = feed.Feed(database, Sealing())
    running.start()
    try:
        async with asyncio.timeout(30):
            messages = [message async for message in running.stream(workspace.id, None, still_signed_in)]
    finally:
        await running.stop()
        await database.stop()
    assert messages == [feed.RECONNECT_SOON, feed.KEEP_ALIVE, feed.KEEP_ALIVE]


def test_what_is_no_event_number_is_refused(manager: httpx.Client) -> None:
    for headers in ({"last-event-id": "x"}, {"last-event-id": "-1"}, {"last-event-id": "9" * 30}):
        response = manager.get("/api/events", headers=headers)
        assert response.status_code == 422
        assert fields_at_fault(response) == ["Last-Event-ID"]


def test_a_viewer_that_falls_behind_is_let_go() -> None:
    async def fall_behind() -> list[bytes | None]:
        viewer = Viewer()
        viewer.join(0)
        for number in range(1, MOST_WAITING_MESSAGES + 2):
            viewer.offer(Page([number], [b"x"], [[]]), b"x")
        return [viewer.messages.get_nowait() for _ in range(viewer.messages.qsize())]

    assert asyncio.run(fall_behind()) == [None]


@pytest.mark.parametrize(("position", "expected"), [(0, b"123"), (1, b"23"), (2, b"3"), (3, None)])
def test_a_viewer_is_given_only_what_it_has_not(position: int, expected: bytes | None) -> None:
    async def offered() -> bytes | None:
        viewer = Viewer()
        viewer.join(position)
        viewer.offer(Page([1, 2, 3], [b"1", b"2", b"3"], [[]] * 3), b"123")
        return None if viewer.messages.empty() else viewer.messages.get_nowait()

    assert asyncio.run(offered()) == expected


@pytest.mark.parametrize(("position", "expected"), [(0, [1, 3]), (1, [3]), (3, [])])
def test_a_caller_hears_that_own_leads_changed_and_nothing_of_others(position: int, expected: list[int]) -> None:
    own, other = uuid4(), uuid4()

    async def offered() -> bytes:
        viewer = Viewer(own)
        viewer.join(position)
        viewer.offer(Page([1, 2, 3], [b"secret"] * 3, [[own], [other], [other, own]]), b"secret")
        return b"" if viewer.messages.empty() else viewer.messages.get_nowait() or b""

    heard = asyncio.run(offered())
    assert b"secret" not in heard
    assert re.findall(rb"id: (\d+)", heard) == [str(number).encode() for number in expected]


async def test_a_stream_is_open_only_once_nothing_is_missed_any_more() -> None:
    sent: list[str] = []

    async def words() -> AsyncIterator[bytes]:
        assert sent == [], "where it begins is not known yet"
        yield b"retry: 2000"
        assert sent == ["http.response.start", "http.response.body"]

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    await Watched(words()).stream_response(send)
    assert sent == ["http.response.start", *["http.response.body"] * 2]
