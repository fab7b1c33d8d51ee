"""What every form promises: no draft is lost, mistakes stand at their fields, others' changes are not overwritten."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support import Workspace

pytestmark = pytest.mark.browser

ASKED = "Leave without saving?"
WRONG = "This cannot be."


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form: where it is, how it is opened, and which of its fields is written in."""

    path: str
    name: str
    field: str
    label: str
    opens: str | None = None
    writes: str = "Other"
    save: str = "Save"
    is_new: bool = False
    role: str = "dialog"


FORMS = {
    "caller": Form(path="/callers", opens="Edit Kavita", name="Edit caller", field="role", label="Role"),
    "rule": Form(path="/routing", opens="Edit {rule}", name="Edit rule", field="name", label="Name"),
    "source": Form(path="/sources/{source}", opens="Edit", name="Edit source", field="name", label="Name"),
    "destination": Form(
        path="/alerts",
        opens="Edit CRM",
        name="Edit destination",
        field="address",
        label="URL",
    ),
    "person": Form(path="/people", opens="Edit Admin", name="Edit person", field="name", label="Name"),
    "new campaign": Form(
        path="/campaigns",
        opens="New campaign",
        name="New campaign",
        field="name",
        label="Name",
        save="Make campaign",
        is_new=True,
    ),
    "token": Form(
        path="/account",
        opens="New token",
        name="New token",
        field="name",
        label="Name",
        save="Make token",
        is_new=True,
    ),
    "password": Form(
        path="/account",
        name="Password",
        field="present",
        label="Current password",
        save="Change password",
        is_new=True,
        role="region",
    ),
    "workspace": Form(path="/settings", name="Workspace", field="timezone", label="Timezone", role="form"),
    "alert settings": Form(
        path="/alerts",
        name="When to alert",
        field="quiet_minutes",
        label="Minutes without a lead",
        writes="45",
        role="form",
    ),
    "web form": Form(
        path="/sources/{source}",
        name="Web form",
        field="form.sites[0]",
        label="Sites",
        writes="https://a.example",
        save="Turn on",
        role="form",
    ),
    "reassigning": Form(
        path="/leads/{lead}",
        opens="Reassign",
        name="Where this lead goes",
        field="reason",
        label="Note",
        save="Reassign",
        is_new=True,
        role="form",
    ),
}


@pytest.fixture
def places(page: Page, workspace: Workspace) -> dict[str, str]:
    """One record of each kind; and what addresses name."""
    workspace.caller("Kavita")
    workspace.caller("Asha")
    (lead,) = workspace.ingest({"name": "Meera Joshi", "phone": "+919845000001"})
    source = page.request.post("/api/sources", data={"name": "Website"}).json()["source"]["id"]
    destination = {"name": "CRM", "kind": "webhook", "address": "https://crm.example.com/in", "events": ["alert.*"]}
    assert page.request.post("/api/destinations", data=destination).ok
    rule = page.request.get("/api/rules").json()["items"][0]["name"]
    return {"source": str(source), "lead": lead["lead_id"], "rule": rule}


def opened(page: Page, form: Form, places: dict[str, str]) -> Locator:
    """The form, ready to be written in."""
    page.goto(form.path.format(**places))
    if form.opens:
        page.get_by_role("button", name=form.opens.format(**places), exact=True).first.click()
    there = page.get_by_role(form.role, name=form.name, exact=True)  # type: ignore[arg-type]
    expect(there).to_be_visible()
    if form.path == "/alerts" and form.role == "form":
        there.get_by_label("no leads arrive for an unusual time").check()
        there.get_by_role("radio", name="A number of minutes").check()
    if form.opens == "Reassign":
        there.get_by_label("Caller", exact=True).select_option(index=1)
    if form.name == "Password":
        there.get_by_label("New password").fill("a new password")
    return there


class Refusals:
    """The server's next answer to a change, where there is one to be given."""

    def __init__(self, page: Page) -> None:
        self.next: tuple[int, str | None] | None = None
        page.route("**/api/**", self.refuse)

    def refuse(self, route: Route) -> None:
        """Answer a change so; let everything else pass, what is only tried too."""
        if self.next is None or route.request.method == "GET" or route.request.url.endswith(("/trial", "/preview")):
            return route.fallback()
        (status, field), self.next = self.next, None
        errors = [{"field": field, "message": WRONG}] if field else []
        document = {"title": "Refused", "status": status, "detail": WRONG, "errors": errors}
        return route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(document))


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_loses_no_draft_and_says_at_the_field_what_is_wrong(
    page: Page, places: dict[str, str], kind: str
) -> None:
    form = FORMS[kind]
    server = Refusals(page)
    there = opened(page, form, places)
    field = there.get_by_label(form.label, exact=True).or_(
        there.get_by_label(re.compile(rf"^{form.label} \(optional\)"))
    )
    field.fill(form.writes)
    assert page.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))") is False, (
        "leaving was not asked"
    )

    field.press("Escape")
    if form.role == "dialog" or form.opens:
        question = page.get_by_role("alert").filter(has_text=ASKED)
        expect(question).to_be_visible()
        expect(question.get_by_role("button", name="Keep editing")).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        expect(question).to_be_visible()
        question.get_by_role("button", name="Keep editing").click()
        expect(field).to_be_focused()
    expect(there).to_be_visible()
    expect(field).to_have_value(form.writes)

    save = there.get_by_role("button", name=form.save, exact=True)
    server.next = (422, form.field)
    save.click()
    expect(field).to_have_accessible_description(re.compile(re.escape(WRONG)))
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    field.press_sequentially("5")
    expect(field).to_have_attribute("aria-invalid", "false")

    if not form.is_new:
        server.next = (412, None)
        save.click()
        expect(there.get_by_role("alert").filter(has_text="Somebody else has saved this")).to_be_visible()
        expect(there.get_by_role("button", name="Load theirs")).to_be_focused()
        there.get_by_role("button", name="Load theirs").click()
        expect(field).not_to_have_value(f"{form.writes}5")
    elif form.opens:
        page.keyboard.press("Escape")
        page.get_by_role("alert").filter(has_text=ASKED).get_by_role("button", name="Discard").click()
        expect(there).to_be_hidden()
    else:
        field.fill("")
