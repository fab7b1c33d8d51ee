"""Two hundred thousand rows: imported while leads are posted, with little memory, and though the gateway is killed."""

import io
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
import psutil
import pytest
import xlsxwriter

from tests.gateway.conftest import sign_in
from tests.gateway.imports.steps import check, start, upload
from tests.support import ADMIN, Gateway, Workspace

pytestmark = [pytest.mark.concurrent, pytest.mark.long]

ROWS = 200_000
CALLERS = 20
MOST_MEGABYTES = 512
SECONDS_TO_FINISH = 1800
HEADINGS = ["Full Name", "Mobile No.", "E-mail ID", "Town", "Lead Source", "Created At", "Course", "Score", "Remarks"]
TOWNS = ("Pune", "Kochi", "Bombay", "Bengaluru", "")


def generated() -> bytes:
    """As many rows as a fair brings together, of nobody there is."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "dd/mm/yyyy hh:mm"})
    sheet = book.add_worksheet("Leads")
    sheet.write_row(0, 0, HEADINGS)
    begun = datetime(2024, 1, 1)  # noqa: DTZ001
    for row in range(1, ROWS + 1):
        who = [f"Lead {row}", f"+9110{row:08}", f"lead{row}@example.com", TOWNS[row % len(TOWNS)], "Fair"]
        sheet.write_row(row, 0, [*who, begun + timedelta(minutes=row), "B.Tech", row % 100, "Weekend batch"])
    book.close()
    return file.getvalue()


class Watched:
    """What the gateway and its child processes take, and how fast it answers the webhook, for as long as one looks."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.megabytes = 0.0
        self.child_megabytes = 0.0
        self.seconds: list[float] = []

    @contextmanager
    def looking(self) -> Iterator[None]:
        ended = threading.Event()
        watchers = [threading.Thread(target=work, args=[ended]) for work in (self._weigh, self._post)]
        for watcher in watchers:
            watcher.start()
        try:
            yield
        finally:
            ended.set()
            for watcher in watchers:
                watcher.join()

    def _weigh(self, ended: threading.Event) -> None:
        while not ended.wait(0.05):
            try:
                assert self.gateway.process is not None
                process = psutil.Process(self.gateway.process.pid)
                self.megabytes = max(self.megabytes, process.memory_info().rss / 1024**2)
                for child in process.children(recursive=True):
                    self.child_megabytes = max(self.child_megabytes, child.memory_info().rss / 1024**2)
            except (psutil.Error, AssertionError):
                continue

    def _post(self, ended: threading.Event) -> None:
        headers = {"authorization": f"Bearer {self.gateway.token}"}
        with httpx.Client(base_url=self.gateway.url, headers=headers, timeout=30) as sender:
            while not ended.wait(0.05):
                lead = {"name": "Meanwhile", "phone": f"+9120{len(self.seconds):08}"}
                began = time.perf_counter()
                try:
                    assert sender.post("/api/leads/webhook", json=lead).status_code == 201
                except httpx.TransportError:
                    continue  # it was killed
                self.seconds.append(time.perf_counter() - began)

    def p99(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


def until(client: httpx.Client, import_id: str, status: str, rows: int = 2 * ROWS) -> int:
    """Wait until the import has another status, or so many rows are done; how many are."""
    deadline = time.monotonic() + SECONDS_TO_FINISH
    while True:
        now = client.get(f"/api/imports/{import_id}").json()
        if now["status"] != status or now["done_rows"] >= rows:
            return int(now["done_rows"])
        assert time.monotonic() < deadline, now
        time.sleep(0.2)


def test_two_hundred_thousand_rows_while_leads_are_posted_and_the_gateway_is_killed(
    gateway: Gateway, workspace: Workspace
) -> None:
    callers = [workspace.caller(f"Caller {number}") for number in range(CALLERS)]
    file = generated()
    watched = Watched(gateway)
    with httpx.Client(base_url=gateway.url, timeout=300) as manager:
        sign_in(manager, *ADMIN)
        with watched.looking():
            began = time.monotonic()
            made = upload(manager, file, "fair.xlsx")
            uploaded = time.monotonic()
            check(manager, made)
            until(manager, made["id"], "checking")
            checked = time.monotonic()
            start(manager, made, campaign="Fair", callers=callers)
            half = until(manager, made["id"], "running", ROWS // 2)
            at_half = time.monotonic()
        p99 = watched.p99()
        assert ROWS // 2 <= half < ROWS
        assert gateway.stop(signal.SIGKILL) == -signal.SIGKILL
        gateway.start()
        killed = time.monotonic()
        with watched.looking():
            until(manager, made["id"], "running")
        done = time.monotonic()
        now = manager.get(f"/api/imports/{made['id']}").json()
        summary = manager.get(f"/api/imports/{made['id']}/summary").json()
    running = at_half - checked + done - killed
    print(
        f"\n{len(file) / 1024**2:.1f} MB: upload {uploaded - began:.1f} s, check {checked - uploaded:.1f} s "
        f"({ROWS / (checked - uploaded):,.0f} rows/s), run {running:.1f} s ({ROWS / running:,.0f} rows/s); "
        f"gateway {watched.megabytes:.0f} MB, child {watched.child_megabytes:.0f} MB; "
        f"webhook p99 {p99 * 1000:.0f} ms to the kill, {watched.p99() * 1000:.0f} ms in all ({len(watched.seconds)})"
    )
    assert (now["status"], now["imported"], now["skipped"], now["refused"]) == ("done", ROWS, 0, 0)
    stored = workspace.connection.execute(
        """select count(*), count(distinct l.phone), count(distinct r.lead_id)
           from crm.leads l join crm.import_rows r on r.lead_id = l.id"""
    ).fetchone()
    assert stored == (ROWS, ROWS, ROWS)
    shares = [share["leads"] for share in summary["callers"]]
    assert (sum(shares), len(shares), max(shares) - min(shares)) == (ROWS, CALLERS, 0)
    assert watched.megabytes <= MOST_MEGABYTES
