"""The people behind leads: duplicates, what else a contact has sent, and merging two contacts into one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import Workspace

pytestmark = pytest.mark.browser

Post = Callable[..., dict[str, Any]]

PHONE = "+919845000001"
OTHER_PHONE = "+919845000002"
LONG_NAME = "Venkatanarasimharajuvaripeta Wolfeschlegelsteinhausenbergerdorff"


def open_lead(page: Page, name: str) -> Locator:
    """The contact's part of the panel of the newest lead of that name."""
    page.goto("/leads")
    page.get_by_role("link", name=name, exact=True).first.click()
    return contact_of(page, name)


def contact_of(page: Page, name: str) -> Locator:
    """The contact's part of the panel, which shows a lead of that name."""
    return page.get_by_role("dialog", name=name, exact=True).get_by_role("region", name=re.compile("^Contact"))


def test_a_duplicate_is_marked_as_it_arrives_and_in_its_panel(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    workspace.caller("Asha", daily_limit=20)
    post_lead(name="Meera Joshi", phone=PHONE)
    page.goto("/leads")
    first = page.get_by_role("row").filter(has=page.get_by_role("link", name="Meera Joshi", exact=True))
    second = page.get_by_role("row").filter(has=page.get_by_role("link", name="Meera J", exact=True))
    expect(first).to_be_visible()
    post_lead(name="Meera J", phone=PHONE)
    badge = second.get_by_title("The contact has another open lead")
    expect(badge).to_be_visible()
    expect(badge).to_have_text("Duplicate: the contact has another open lead")
    expect(first.get_by_title("The contact has another open lead")).to_be_hidden()
    second.get_by_role("link").click()
    panel = page.get_by_role("dialog", name="Meera J", exact=True)
    expect(panel.locator("header").get_by_text("Duplicate")).to_be_visible()


def test_a_contact_tells_what_it_is_known_by_and_each_of_its_other_leads_opens(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    workspace.caller("Asha")
    post_lead(name="Meera Joshi", phone=PHONE, external_id="C-17")
    post_lead(name="Meera J", phone=PHONE, email="meera@example.com", lead_source="Radio")
    post_lead(name="Somebody Else", phone=OTHER_PHONE)
    contact = open_lead(page, "Meera Joshi")
    for text in ("2 leads", "C-17", "+91 98450 00001", "meera@example.com"):
        expect(contact.get_by_text(text, exact=True)).to_be_visible()
    others = contact.get_by_role("listitem")
    expect(others).to_have_count(1)
    for text in ("Meera J", "Duplicate", "Assigned", "Radio", "Asha"):
        expect(others).to_contain_text(text)

    others.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Meera J", exact=True)).to_be_focused()
    expect(contact_of(page, "Meera J").get_by_role("listitem")).to_contain_text("Meera Joshi")
    page.go_back()
    expect(contact_of(page, "Meera Joshi")).to_be_visible()
    contact_of(page, "Meera Joshi").get_by_role("link", name="Meera J").click()
    expect(contact_of(page, "Meera J")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/leads$"))

    contact = open_lead(page, "Somebody Else")
    expect(contact.get_by_text("No other leads.")).to_be_visible()


def test_a_lead_reached_from_one_that_was_opened_by_its_address_closes_onto_the_list(
    page: Page, post_lead: Post
) -> None:
    first = post_lead(name="Meera Joshi", phone=PHONE)["lead_id"]
    post_lead(name="Meera J", phone=PHONE)
    page.goto(f"/leads/{first}")
    contact_of(page, "Meera Joshi").get_by_role("link", name="Meera J").click()
    expect(contact_of(page, "Meera J")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/leads$"))
    expect(page.get_by_role("link", name="Meera Joshi")).to_be_visible()


def test_of_many_leads_the_newest_are_shown_until_all_are_asked_for(page: Page, workspace: Workspace) -> None:
    workspace.ingest(*({"name": f"Sunil {number}", "phone": PHONE} for number in range(60)))
    contact = open_lead(page, "Sunil 59")
    expect(contact.get_by_text("60 leads", exact=True)).to_be_visible()
    expect(contact.get_by_role("listitem")).to_have_count(5)
    contact.get_by_role("button", name="Show 54 more").click()
    expect(contact.get_by_role("listitem")).to_have_count(59)
    expect(contact.get_by_role("link", name="Sunil 53", exact=True)).to_be_focused()


def test_a_lead_that_its_contact_has_too_many_to_show_is_unmerged_all_the_same(
    page: Page, workspace: Workspace
) -> None:
    old = workspace.ingest({"name": "Meera Joshi", "phone": OTHER_PHONE})[0]["lead_id"]
    many = workspace.ingest(*({"name": f"Sunil {number}", "phone": PHONE} for number in range(101)))
    workspace.call("api.merge_contacts(%s, %s, 'keep')", old, many[0]["lead_id"])
    page.goto(f"/leads/{old}")
    contact = contact_of(page, "Meera Joshi")
    expect(contact.get_by_text("The newest 100 leads", exact=True)).to_be_visible()
    expect(contact.get_by_text("This lead was merged into this contact")).to_be_visible()
    contact.get_by_role("button", name="Unmerge").click()
    expect(contact.get_by_text("No other leads.")).to_be_visible()


def test_an_open_panel_keeps_up_with_its_contact(page: Page, post_lead: Post) -> None:
    post_lead(name="Meera Joshi", phone=PHONE)
    contact = open_lead(page, "Meera Joshi")
    expect(contact.get_by_text("No other leads.")).to_be_visible()
    post_lead(name="Meera J", phone=PHONE)
    expect(contact.get_by_role("link", name="Meera J")).to_be_visible()


def test_two_contacts_are_merged_and_unmerged_by_keyboard_alone(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    workspace.caller("Asha")
    first = post_lead(name="Meera Joshi", phone=PHONE)["lead_id"]
    second = post_lead(name="Meera Kulkarni", phone=OTHER_PHONE)["lead_id"]
    contact = open_lead(page, "Meera Kulkarni")
    button = contact.get_by_role("button", name="Merge with another contact")
    button.focus()
    page.keyboard.press("Enter")
    expect(contact.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("meera")
    choices = contact.get_by_role("radio")
    expect(choices).to_have_count(1)
    expect(contact.get_by_role("status")).to_have_text("1 lead matches")
    expect(choices).to_have_accessible_name(re.compile(r"Meera Joshi \+91 98450 00001 · "))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    merge = contact.get_by_role("button", name="Merge", exact=True)
    expect(merge).to_have_accessible_description(
        "Merge with the contact of Meera Joshi? From now on their leads are one contact's. "
        "If different callers have open leads of the two, you choose who gets them. "
        "You can undo the merge; leads that moved stay."
    )
    page.keyboard.press("Tab")
    expect(merge).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Merged with the contact of Meera Joshi.")).to_be_visible()
    expect(button).to_be_focused()
    expect(contact.get_by_role("link", name="Meera Joshi")).to_be_visible()
    expect(contact.get_by_text("This lead was merged into this contact")).to_be_visible()
    history = page.get_by_role("dialog").get_by_role("listitem").filter(has_text="Merged into another contact")
    expect(history).to_contain_text("by Admin")
    expect(history.get_by_role("link", name="The other contact")).to_have_attribute("href", f"/leads/{first}")
    assert workspace.call("api.get_lead(%s)", second)["contact"]["id"] == first

    contact.get_by_role("button", name="Unmerge").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Unmerged: from now on they are two contacts again.")).to_be_visible()
    expect(contact.get_by_text("No other leads.")).to_be_visible()
    expect(button).to_be_focused()
    assert workspace.call("api.get_lead(%s)", second)["contact"]["id"] == second


def test_leads_that_came_by_a_merge_are_unmerged_from_the_other_side(page: Page, workspace: Workspace) -> None:
    ids = [
        workspace.ingest({"name": name, "phone": phone})[0]["lead_id"]
        for name, phone in (("Meera Joshi", PHONE), ("Second", OTHER_PHONE), ("Third", OTHER_PHONE), ("Fourth", PHONE))
    ]
    workspace.call("api.merge_contacts(%s, %s, 'keep')", ids[2], ids[0])
    contact = open_lead(page, "Meera Joshi")
    expect(contact.get_by_role("link")).to_have_text(["Fourth", "Third", "Second"])
    expect(contact.get_by_role("button", name="Unmerge")).to_have_accessible_name(
        "Unmerge: 2 leads were merged into this contact"
    )
    contact.get_by_role("button", name="Unmerge").click()
    expect(contact.get_by_role("link")).to_have_text(["Fourth"])
    expect(contact.get_by_role("button", name="Merge with another contact")).to_be_focused()


def test_what_hinders_a_merge_is_said_and_nothing_chosen_is_lost(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    first = post_lead(name="Meera Joshi", phone=PHONE)["lead_id"]
    second = post_lead(name="Meera Kulkarni", phone=OTHER_PHONE)["lead_id"]
    contact = open_lead(page, "Meera Kulkarni")
    button = contact.get_by_role("button", name="Merge with another contact")
    button.click()
    search = contact.get_by_role("searchbox")
    merge = contact.get_by_role("button", name="Merge", exact=True)
    merge.click()
    expect(search).to_have_accessible_description(re.compile("Search for a lead of the other contact, and choose it."))
    expect(search).to_be_focused()
    search.fill("nobody")
    expect(contact.get_by_role("status")).to_have_text("No other lead matches.")
    search.fill("00001")
    contact.get_by_role("radio", name=re.compile("Meera Joshi")).check()

    # Merged by somebody else meanwhile.
    workspace.call("api.merge_contacts(%s, %s, 'keep')", second, first)
    merge.click()
    alert = contact.get_by_role("alert").filter(visible=True)
    expect(alert).to_have_text("Both leads are of one contact already. Choose a lead of another contact.")
    expect(contact.get_by_role("radio")).to_be_checked()
    expect(search).to_be_focused()
    page.keyboard.press("Escape")
    expect(contact.get_by_text("Leave without saving?")).to_be_visible()
    contact.get_by_role("button", name="Discard").click()
    expect(merge).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    expect(search).to_have_value("")
    expect(alert).to_have_count(0)

    page.route("**/api/leads?search=*", lambda route: route.fulfill(status=503, json={"detail": "It is away."}))
    search.fill("Meera")
    expect(alert).to_have_text("It is away.")


def test_another_contact_is_found_however_many_leads_of_that_name_this_one_has(
    page: Page, workspace: Workspace
) -> None:
    own = ({"name": "Sunil", "phone": PHONE, "source_row_id": str(number)} for number in range(40))
    workspace.ingest({"name": "Sunil", "phone": OTHER_PHONE}, *own)
    contact = open_lead(page, "Sunil")
    contact.get_by_role("button", name="Merge with another contact").click()
    contact.get_by_role("searchbox").fill("sunil")
    expect(contact.get_by_role("radio")).to_have_count(1)
    expect(contact.get_by_role("radio")).to_have_accessible_name(re.compile(r"\+91 98450 00002"))


def test_a_lead_tells_who_had_an_open_lead_and_that_its_keys_name_two_contacts(
    page: Page, workspace: Workspace, post_lead: Post
) -> None:
    asha = workspace.caller("Asha")
    post_lead(name="Meera Joshi", phone=PHONE)
    workspace.caller("Bilal")
    email = post_lead(name="Ravi", email="meera@example.com")["lead_id"]
    workspace.call("api.set_caller_status(%s, 'paused')", asha)
    post_lead(name="Who?", phone=PHONE, email="meera@example.com")
    open_lead(page, "Who?")
    panel = page.get_by_role("dialog")
    same, everybody = panel.locator(".step").first, panel.locator(".step").last
    expect(same).to_contain_text("Who has an open lead of this contact")
    expect(same.get_by_role("listitem")).to_have_text(re.compile("Asha.*Paused", re.DOTALL))
    expect(everybody.locator(".step-number")).to_have_text("1")
    expect(everybody.locator('[data-outcome="chosen"]')).to_contain_text("Bilal")
    conflict = panel.get_by_role("listitem").filter(has_text="Its email belonged to another contact")
    expect(conflict).to_contain_text("It counts for the contact with its phone. Merge them if they are one person.")
    conflict.get_by_role("link", name="The contact with its email").click()
    expect(page).to_have_url(re.compile(f"/leads/{email}"))
    expect(contact_of(page, "Ravi")).to_be_visible()

    workspace.call("api.set_caller_status(%s, 'active')", asha)
    post_lead(name="Twice", phone=PHONE)
    open_lead(page, "Twice")
    expect(panel.locator(".step")).to_have_count(1)
    expect(panel.locator('[data-outcome="chosen"]')).to_have_text(re.compile("Asha.*Chosen", re.DOTALL))
    expect(panel.locator('[data-outcome="later"]')).to_have_text(re.compile("Bilal.*Has a later one", re.DOTALL))


def test_a_callers_duplicates_stand_beside_the_count(page: Page, workspace: Workspace, post_lead: Post) -> None:
    workspace.caller("Asha", daily_limit=20)
    workspace.caller("Bilal")
    post_lead(name="Meera Joshi", phone=PHONE)
    post_lead(name="Meera J", phone=PHONE)
    page.goto("/callers")
    asha = page.get_by_role("row").filter(has_text="Asha")
    expect(asha).to_contain_text("1 of 20 today, 1 duplicate")
    expect(page.get_by_role("row").filter(has_text="Bilal")).not_to_contain_text("duplicate")
    post_lead(name="M. Joshi", phone=PHONE)
    expect(asha).to_contain_text("1 of 20 today, 2 duplicates")


def test_contacts_fit_a_small_phone_whatever_their_names(phone: Page, workspace: Workspace) -> None:
    workspace.caller(LONG_NAME)
    long = "a" * 60 + "@" + "subdomain." * 6 + "example.com"
    lead = {"name": LONG_NAME, "lead_source": LONG_NAME}
    ids = [
        workspace.ingest({**lead, "phone": number, "email": email, "source_row_id": str(row)})[0]["lead_id"]
        for row, (number, email) in enumerate(((PHONE, long), (OTHER_PHONE, None), (OTHER_PHONE, None)))
    ]

    def overflow() -> int:
        width: int = phone.evaluate(
            "Math.max(...[document.documentElement, ...document.querySelectorAll('.lead-body')]"
            ".map((element) => element.scrollWidth - element.clientWidth))"
        )
        return width

    phone.goto("/leads")
    expect(phone.get_by_text("Duplicate", exact=False).filter(visible=True).first).to_be_visible()
    assert overflow() == 0
    short = phone.locator(".stream-row .row-link").first.bounding_box()
    assert short is not None
    assert short["width"] > 100, "the badge takes no room from the name"
    contact = open_lead(phone, LONG_NAME)
    contact.get_by_role("button", name="Merge with another contact").click()
    contact.get_by_role("searchbox").fill("Venka")
    contact.get_by_role("radio").first.check()
    assert overflow() == 0
    workspace.call("api.merge_contacts(%s, %s, 'keep')", ids[2], ids[0])
    expect(contact.get_by_role("button", name="Unmerge")).to_be_visible()
    assert overflow() == 0
