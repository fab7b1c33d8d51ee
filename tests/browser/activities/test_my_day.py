"""A caller's day on a phone: the next lead, its number, what came of the call, and nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.conftest import Join
from tests.support import Workspace, until

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
MOST_TAPS = 4
MOST_BYTES = 60_000
# https://web.dev/cls calls 0.1 good; under a thumb that is about to call somebody, half of it.
MOST_SHIFT = 0.05
SHIFTS = """() => {
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""


class Day:
    """The page of one caller, with the taps that were made on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0
        page.add_init_script(f"({SHIFTS})()")
        # A phone's dialler takes a number; here nothing does.
        page.add_init_script(
            'addEventListener("click", (e) => { if (e.target.closest("a[href^=tel]")) e.preventDefault(); })'
        )

    def tap(self, what: Locator) -> None:
        what.tap()
        self.taps += 1

    @property
    def call(self) -> Locator:
        return self.page.locator(".day-lead").get_by_role("link", name="Call ")

    @property
    def note(self) -> Locator:
        return self.page.get_by_role("textbox", name="Note")

    @property
    def save(self) -> Locator:
        return self.page.get_by_role("button", name="Save and next")

    @property
    def state(self) -> Locator:
        return self.page.locator(".day-state [role=status]")

    def lead(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=True)

    def outcome(self, name: str) -> Locator:
        return self.page.locator(".day-outcomes .option").filter(has=self.page.get_by_text(name, exact=True))

    def back(self, name: str) -> Locator:
        return self.page.locator(".day-back .option").filter(has_text=name)


@pytest.fixture
def kavita(workspace: Workspace) -> str:
    """A caller who gets every lead."""
    return workspace.caller("Kavita")


@pytest.fixture
def day(join: Join, kavita: str) -> Day:
    """The caller's phone."""
    return Day(join("caller", kavita, **PHONE))


def leads(workspace: Workspace, *names: str) -> list[str]:
    """Leads that come one after the other, oldest first; their ids."""
    made = [
        workspace.ingest({"name": name, "phone": f"+9198450{number:05}", "city": "Panaji"})[0]["lead_id"]
        for number, name in enumerate(names)
    ]
    # Not fresh any more: who waits longest is called first.
    workspace.connection.execute(
        "update crm.lead_assignments set assigned_at = assigned_at - interval '1 hour' where workspace_id = %s",
        [workspace.id],
    )
    return made


def logged(workspace: Workspace) -> list[tuple[Any, ...]]:
    """Name of the lead, outcome and note of each activity, in the order in which they were logged."""
    return workspace.connection.execute(
        """select l.name, d.name, a.body from crm.activities a join crm.leads l on l.id = a.lead_id
        left join crm.dispositions d on d.workspace_id = a.workspace_id and d.id = a.disposition_id
        where a.workspace_id = %s order by a.seq""",
        [workspace.id],
    ).fetchall()


def test_twenty_leads_are_worked_with_four_taps_each_and_one_request_for_the_first(
    day: Day, workspace: Workspace
) -> None:
    names = [f"Lead {number:02}" for number in range(20)]
    leads(workspace, *names)
    page = day.page
    page.goto("/")
    expect(day.lead("Lead 00")).to_be_visible()

    bytes_sent = asked = 0
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")

    def ended(event: dict[str, Any]) -> None:
        nonlocal bytes_sent
        bytes_sent += int(event["encodedDataLength"])

    def begun(event: dict[str, Any]) -> None:
        nonlocal asked
        asked += "/api/" in event["request"]["url"] and "/api/events" not in event["request"]["url"]

    network.on("Network.loadingFinished", ended)
    network.on("Network.requestWillBeSent", begun)
    page.goto("/")
    expect(day.call).to_have_attribute("href", "tel:+919845000000")
    network.detach()
    assert bytes_sent < MOST_BYTES
    assert asked == 1

    most = 0
    for number, name in enumerate(names):
        day.taps = 0
        expect(day.lead(name)).to_be_visible()
        day.tap(day.call)
        if number % 2:
            day.tap(day.outcome("Interested"))
            day.note.fill(f"Wants flat {number}")
            day.taps += 1  # into the field
        else:
            day.tap(day.outcome("No answer"))
            day.tap(day.back("In 1 hour"))
        day.tap(day.save)
        most = max(most, day.taps)
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    expect(day.state).to_contain_text("Lead 19")
    assert most <= MOST_TAPS
    assert [(name, note) for name, _, note in logged(workspace)] == [
        (name, f"Wants flat {number}" if number % 2 else None) for number, name in enumerate(names)
    ]
    assert page.evaluate("window.shift") < MOST_SHIFT
    print(f"{most} taps a lead at most, {bytes_sent:,} bytes until the first can be called, {asked} request")


def test_a_lost_connection_in_the_midst_of_a_note_loses_nothing(day: Day, workspace: Workspace) -> None:
    leads(workspace, "Meera Joshi", "Ravi Kumar", "Asha Rao")
    page = day.page
    page.goto("/")
    expect(day.lead("Meera Joshi")).to_be_visible()
    day.outcome("Interested").tap()
    day.note.press_sequentially("Wants the ")
    page.context.set_offline(True)
    expect(day.state).to_have_text("No connection")
    number = day.call.bounding_box()
    day.note.press_sequentially("price list")
    day.save.tap()
    expect(day.lead("Ravi Kumar")).to_be_visible()
    expect(day.state).to_have_text("No connection: 1 waiting")
    assert day.call.bounding_box() == number, "the number moved"
    day.outcome("No answer").tap()
    day.save.tap()
    expect(day.lead("Asha Rao")).to_be_visible()
    expect(day.state).to_have_text("No connection: 2 waiting")
    day.note.press_sequentially("Half a no")
    assert logged(workspace) == []

    # The answer to the first is lost on its way: it is stored, and sent again.
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.headers["idempotency-key"])
        route.fetch()
        route.abort()

    page.route("**/activities", lose)
    page.context.set_offline(False)
    page.reload()
    expect(day.lead("Asha Rao")).to_be_visible()
    expect(day.note).to_have_value("Half a no")
    expect(day.state).to_contain_text("Ravi Kumar", timeout=40_000)
    assert len(lost) == 1
    assert logged(workspace) == [
        ("Meera Joshi", "Interested", "Wants the price list"),
        ("Ravi Kumar", "No answer", None),
    ]


def test_of_two_who_say_what_came_of_a_lead_the_slower_is_told_and_keeps_the_text(
    day: Day, workspace: Workspace, open_browser: Callable[..., BrowserContext]
) -> None:
    lead_id, _ = leads(workspace, "Meera Joshi", "Ravi Kumar")
    page = day.page
    page.goto("/")
    expect(day.lead("Meera Joshi")).to_be_visible()
    page.context.set_offline(True)
    day.outcome("Interested").tap()
    day.note.fill("Wants the price list")
    day.save.tap()
    expect(day.state).to_have_text("No connection: 1 waiting")

    manager = open_browser()
    answer = manager.request.post(f"/api/leads/{lead_id}/activities", data={"kind": "call", "body": "She rang me."})
    assert answer.ok, answer.text()
    page.context.set_offline(False)
    page.get_by_role("button", name="Not saved: Meera Joshi").tap()
    told = page.get_by_role("dialog", name="Not saved")
    expect(told.get_by_text("Wants the price list")).to_be_visible()
    expect(told.get_by_text("She rang me.")).to_be_visible()
    assert len(logged(workspace)) == 1
    told.get_by_role("button", name="Save mine as well").tap()
    expect(told).to_be_hidden()
    expect(day.state).to_contain_text("Meera Joshi")
    assert [body for *_, body in logged(workspace)] == ["She rang me.", "Wants the price list"]


def test_what_is_typed_about_a_lead_that_is_given_away_is_kept(day: Day, workspace: Workspace) -> None:
    lead_id, _ = leads(workspace, "Meera Joshi", "Ravi Kumar")
    leela = workspace.caller("Leela")
    page = day.page
    page.goto("/")
    expect(day.lead("Meera Joshi")).to_be_visible()
    day.note.fill("Wants the price list")
    workspace.call("api.reassign_lead(%s, %s)", lead_id, leela)
    expect(day.lead("Ravi Kumar")).to_be_visible()
    page.get_by_role("button", name="Not saved: Meera Joshi").tap()
    told = page.get_by_role("dialog", name="Not saved")
    expect(told.get_by_text("Wants the price list")).to_be_visible()
    told.get_by_role("button", name="Throw away").tap()
    page.get_by_role("button", name="Throw away").last.tap()
    expect(told).to_be_hidden()
    expect(page.get_by_role("button", name="Not saved: Meera Joshi")).to_be_hidden()


def test_signing_out_leaves_nothing_of_what_was_typed(day: Day, workspace: Workspace) -> None:
    leads(workspace, "Meera Joshi")
    page = day.page
    page.goto("/")
    day.note.fill("Wants the price list")
    page.get_by_role("button", name="Your account").tap()
    page.get_by_role("button", name="Sign out").tap()
    page.get_by_role("button", name="Sign out and lose it").tap()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('fairlead-kept'))") == []


def test_a_call_claims_the_lead_and_another_comes_into_hand_only_when_this_one_is_done(
    day: Day, workspace: Workspace
) -> None:
    workspace.connection.execute("update crm.rules set claim_minutes = 5 where workspace_id = %s", [workspace.id])
    workspace.ingest({"name": "Meera Joshi", "phone": "+919845000001"})
    page = day.page
    page.goto("/")
    expect(page.get_by_text("To claim: ")).to_be_visible()
    day.call.tap()
    expect(page.get_by_text("New, with you for ")).to_be_visible()
    workspace.ingest({"name": "Ravi Kumar", "phone": "+919845000002"})
    expect(page.get_by_role("button", name="Ravi Kumar. To claim: ")).to_be_visible()
    expect(day.lead("Meera Joshi")).to_be_visible()
    day.outcome("No answer").tap()
    day.save.tap()
    expect(day.lead("Ravi Kumar")).to_be_visible()
    expect(day.state).to_have_text("Meera Joshi: No answer. Saved.")
    page.get_by_role("button", name="Not now").tap()
    expect(day.state).to_contain_text("Ravi Kumar comes again behind the others.")


def test_on_a_desktop_keys_do_it(join: Join, kavita: str, workspace: Workspace) -> None:
    leads(workspace, "Meera Joshi", "Ravi Kumar")
    day = Day(join("caller", kavita, viewport={"width": 1440, "height": 900}))
    day.page.goto("/")
    expect(day.lead("Meera Joshi")).to_be_visible()
    day.page.keyboard.press("1")
    day.page.keyboard.press("n")
    day.page.keyboard.type("1 and n are letters here")
    day.page.keyboard.press("Control+Enter")
    expect(day.lead("Ravi Kumar")).to_be_focused()
    expect(day.state).to_contain_text("Saved.")
    [(name, outcome, note)] = logged(workspace)
    first = workspace.connection.execute(
        "select name from crm.dispositions where workspace_id = %s order by position, id limit 1", [workspace.id]
    ).fetchall()[0][0]
    assert (name, outcome, note) == ("Meera Joshi", first, "1 and n are letters here")


def test_a_lead_is_called_from_a_list_too_and_is_then_in_hand(day: Day, workspace: Workspace) -> None:
    workspace.connection.execute("update crm.rules set claim_minutes = 5 where workspace_id = %s", [workspace.id])
    leads(workspace, "Meera Joshi", "Ravi Kumar")
    page = day.page
    page.goto("/")
    expect(day.lead("Meera Joshi")).to_be_visible()
    page.get_by_role("tab", name="All").tap()
    page.locator("#day-all").get_by_role("link", name="Call Ravi Kumar").tap()
    expect(day.lead("Ravi Kumar")).to_be_visible()
    expect(day.state).to_have_text("Ravi Kumar is claimed.")
    day.outcome("Interested").tap()
    day.save.tap()
    expect(day.lead("Meera Joshi")).to_be_visible()
    expect(day.state).to_have_text("Ravi Kumar: Interested. Saved.")


def test_a_toast_never_covers_the_number(day: Day, workspace: Workspace) -> None:
    leads(workspace, "Meera Joshi")
    page = day.page
    page.goto("/")
    expect(day.lead("Meera Joshi")).to_be_visible()
    for height in (844, 640, 560):
        page.set_viewport_size({"width": 360, "height": height})
        page.evaluate("dispatchEvent(new CustomEvent('fairlead:note', { detail: 'Something was done. '.repeat(6) }))")
        toast, number = page.locator(".note").last.bounding_box(), day.call.bounding_box()
        assert toast is not None
        assert number is not None
        assert toast["y"] > number["y"] + number["height"], f"at {height}"


def test_more_leads_than_came_along_are_awaited(day: Day, workspace: Workspace) -> None:
    leads(workspace, *(f"Lead {number}" for number in range(10)))
    page = day.page
    page.goto("/")
    expect(day.lead("Lead 0")).to_be_visible()
    page.context.set_offline(True)
    for number in range(8):
        expect(day.lead(f"Lead {number}")).to_be_visible()
        day.outcome("No answer").tap()
        day.save.tap()
    expect(page.get_by_role("heading", name="More leads come with the connection")).to_be_visible()
    expect(day.state).to_have_text("No connection: 8 waiting")
    page.context.set_offline(False)
    expect(day.lead("Lead 8")).to_be_visible()
    until(lambda: len(logged(workspace)) == 8)
