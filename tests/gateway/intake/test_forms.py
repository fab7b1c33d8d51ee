"""POST /forms/{form_key}: forms on others' pages, who may send them, and what the visitor is shown."""

import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.core.problems import Problem
from gateway.http.limits import Buckets, Limit
from gateway.intake.forms import FROM_ONE_ADDRESS, HONEYPOT, LARGEST_FORM
from gateway.intake.posted import read_form_body
from tests.gateway.conftest import fields_at_fault
from tests.support import Gateway, Workspace

SITE = "https://example.com"
BROWSER = {"accept": "text/html,application/xhtml+xml"}
LEAD = {"name": "Meera", "phone": "+911000000001"}


@pytest.fixture
def form(workspace: Workspace, manager: httpx.Client) -> str:
    """Where the form of the workspace's source is sent."""
    return switched_on(manager, workspace.source_id, sites=[SITE])


def switched_on(manager: httpx.Client, source_id: int, **form: Any) -> str:
    """Switch on the form of a source; where it is sent."""
    answer = manager.patch(f"/api/sources/{source_id}", json={"form": form})
    assert answer.status_code == 200, answer.text
    return f"/forms/{answer.json()['form']['key']}"


@pytest.fixture
def page(gateway: Gateway) -> Iterator[httpx.Client]:
    """A page of the listed site, in a browser with a network of its own."""
    headers = {"origin": SITE, "x-forwarded-for": f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"}
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=30) as client:
        yield client


def leads(workspace: Workspace) -> list[dict[str, Any]]:
    """What has been stored, in order."""
    found = workspace.connection.execute(
        "select to_jsonb(l) from crm.leads l where workspace_id = %s order by id", [workspace.id]
    )
    return [lead for (lead,) in found.fetchall()]


def test_a_form_is_taken_in_each_way_a_page_may_send_it(workspace: Workspace, page: httpx.Client, form: str) -> None:
    caller = workspace.caller("Kavita")
    ticked = {"course": ["B.Sc.", "M.Sc."], "email": "", HONEYPOT: ""}
    sent = [
        page.post(form, data={**LEAD, **ticked}),
        page.post(form, data={"name": "Zoë", "phone": "98123 45678"}, files={"cv": ("x.txt", b"left aside")}),
        page.post(form, json={"name": "By fetch", "metadata": {"campaign": "Diwali"}}),
    ]
    for response in sent:
        assert (response.status_code, response.json()) == (200, {"received": True})
        assert response.headers["access-control-allow-origin"] == SITE
        assert response.headers["vary"] == "Origin"
    first, second, third = leads(workspace)
    assert (first["phone"], first["email"], first["metadata"]) == ("+911000000001", None, {"course": "B.Sc., M.Sc."})
    assert (second["name"], second["phone"], second["metadata"]) == ("Zoë", "+919812345678", {"files": {"cv": "x.txt"}})
    assert (third["name"], third["metadata"], third["lead_source"]) == ("By fetch", {"campaign": "Diwali"}, "Webhook")
    dealt = workspace.connection.execute("select count(*) from crm.lead_assignments where caller_id = %s", [caller])
    assert dealt.fetchone() == (3,)


def test_a_postal_code_in_a_form_tells_the_state(workspace: Workspace, page: httpx.Client, form: str) -> None:
    page.post(form, data={**LEAD, "city": "Aurangabad", "pincode": "431001"})
    (lead,) = leads(workspace)
    assert (lead["state"], lead["state_from"]) == ("Maharashtra", "postal_code")
    assert lead["metadata"] == {"pincode": "431001"}


def test_a_button_pressed_twice_is_one_lead(workspace: Workspace, page: httpx.Client, form: str) -> None:
    for files in ({}, {"cv": ("", b"")}):  # as multipart each has a boundary of its own
        assert [page.post(form, data=LEAD, files=files).status_code for _ in range(2)] == [200, 200]
    assert len(leads(workspace)) == 1


def test_a_visitor_is_thanked_by_a_page_of_ours_or_sent_on(
    workspace: Workspace, manager: httpx.Client, page: httpx.Client, form: str
) -> None:
    thanks = page.post(form, data=LEAD, headers=BROWSER)
    assert (thanks.status_code, thanks.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Thank you" in thanks.text
    assert "<script" not in thanks.text
    refused = page.post(form, data={"city": "Pune"}, headers=BROWSER)
    assert refused.status_code == 422
    assert "The lead has no name, phone, e-mail or id" in refused.text
    # Nothing of what somebody wrote comes back as HTML.
    assert "<b>" not in page.post(form, data={"<b>": "<b>", "phone": "<b>" * 500}, headers=BROWSER).text
    there = f"{SITE}/thanks?from=form"
    other = manager.post("/api/sources", json={"name": "Other"}).json()["source"]["id"]
    sent_on = page.post(
        switched_on(manager, other, sites=[SITE], thanks_url=there), data={"name": "Asha"}, headers=BROWSER
    )
    assert (sent_on.status_code, sent_on.headers["location"]) == (303, there)
    assert [lead["name"] for lead in leads(workspace)] == ["Meera", "Asha"]


def test_a_form_is_refused_from_any_other_site(workspace: Workspace, page: httpx.Client, form: str) -> None:
    others = [
        {"origin": "https://evil.example"},
        {"origin": "https://example.com.evil.example"},
        {"origin": "http://example.com"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "https://evil.example", "referer": f"{SITE}/page"},
    ]
    for headers in others:
        for method in ("POST", "OPTIONS"):
            response = page.request(method, form, json=LEAD, headers=headers)
            assert (headers, response.status_code) == (headers, 403)
            assert not [name for name in response.headers if name.startswith("access-control")]
            assert response.headers["vary"] == "Origin"
    del page.headers["origin"]
    for referer, status in ((None, 403), ("https://evil.example/", 403), ("https://[", 403), (f"{SITE}/a?b", 200)):
        response = page.post(form, data=LEAD, headers={} if referer is None else {"referer": referer})
        assert (referer, response.status_code) == (referer, status)
    assert "may not send it" in page.post(form, data=LEAD, headers=BROWSER).text
    assert len(leads(workspace)) == 1


def test_a_browser_that_asks_first_is_told_what_it_may_send(page: httpx.Client, form: str) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    response = page.options(form, headers=asked)
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (204, SITE)
    assert response.headers["access-control-allow-methods"] == "POST"
    assert response.headers["access-control-allow-headers"] == "Content-Type"
    assert "access-control-allow-credentials" not in response.headers


def test_whoever_fills_in_what_people_do_not_see_is_thanked_and_forgotten(
    workspace: Workspace, page: httpx.Client, form: str
) -> None:
    for sent in ({"data": {**LEAD, HONEYPOT: "https://spam.example"}}, {"json": {**LEAD, HONEYPOT: "x"}}):
        answers = [page.post(form, headers=headers, **sent) for headers in ({}, BROWSER)]  # type: ignore[arg-type]
        people = [page.post(form, headers=headers, json={"name": "A person"}) for headers in ({}, BROWSER)]
        for answer, persons in zip(answers, people, strict=True):
            assert (answer.status_code, answer.content) == (persons.status_code, persons.content)
    assert {lead["name"] for lead in leads(workspace)} == {"A person"}


def test_the_sources_mapping_and_limit_hold_for_its_form(
    workspace: Workspace, manager: httpx.Client, page: httpx.Client, form: str
) -> None:
    path = f"/api/sources/{workspace.source_id}"
    change = {"mapping": {"name": "Your name", "phone": "Mobile No."}, "leads_per_minute": 2}
    assert manager.patch(path, json=change).status_code == 200
    sent = {"your-name": "Asha", "mobile no": "98123 45678"}
    assert [page.post(form, data={**sent, "x": number}).status_code for number in range(3)] == [200, 200, 429]
    last = page.post(form, data=sent, headers=BROWSER)
    assert last.status_code == 429
    assert 0 < int(last.headers["retry-after"]) <= 30
    assert "try again in a moment" in last.text
    assert {(lead["name"], lead["phone"]) for lead in leads(workspace)} == {("Asha", "+919812345678")}


def test_from_one_address_only_so_many_are_taken(page: httpx.Client, form: str) -> None:
    statuses = [page.post(form, data={"city": "nobody"}).status_code for _ in range(FROM_ONE_ADDRESS.burst + 1)]
    assert statuses == [422] * FROM_ONE_ADDRESS.burst + [429]
    assert page.post(form, data=LEAD, headers={"x-forwarded-for": "2001:db8::ffff:1"}).status_code == 200


def test_addresses_are_forgotten_before_they_fill_the_memory() -> None:
    buckets = Buckets(lambda: 0.0, whose="address", most=2)
    limit = Limit(per_minute=1, burst=1)
    for address in ("a", "b", "c", "a"):
        buckets.take(address, limit)
    with pytest.raises(Problem, match="This address may send"):
        buckets.take("c", limit)


def test_a_form_switched_off_or_remade_is_nobodys(
    workspace: Workspace, manager: httpx.Client, gateway: Gateway, visitor: httpx.Client
) -> None:
    path = f"/api/sources/{workspace.source_id}"
    keys = []
    sites = {"form": {"sites": ["https://Example.com/"]}}
    keys.append(manager.patch(path, json=sites).json()["form"]["key"])
    remade = manager.post(f"{path}/form/key")
    keys.append(remade.json()["form"]["key"])
    assert keys[0] != keys[1]
    headers = {"origin": SITE}
    sent = [visitor.post(f"/forms/{key}", data=LEAD, headers=headers) for key in keys]
    assert [response.status_code for response in sent] == [404, 200]
    assert manager.patch(path, json={"form": None}).json()["form"] is None
    assert manager.post(f"{path}/form/key").status_code == 409
    assert manager.patch(path, json=sites).json()["form"]["key"] == keys[1]
    for nobodys in ("x", "%00", "é", "0" * 32):
        for accept in ("*/*", "text/html"):
            response = visitor.post(f"/forms/{nobodys}", data=LEAD, headers={**headers, "accept": accept})
            assert response.status_code == 404


def test_what_cannot_be_a_form_is_refused_at_its_field(workspace: Workspace, manager: httpx.Client) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"sites": []}, "form.sites"),
        ({"sites": ["https://example.com/page"]}, "form.sites"),
        ({"sites": ["*"]}, "form.sites"),
        ({"sites": [SITE], "thanks_url": "javascript:alert(1)"}, "form.thanks_url"),
        ({"sites": [SITE], "thanks_url": "https://a b"}, "form.thanks_url"),
    ]
    for form, field in wrong:
        answer = manager.patch(f"/api/sources/{workspace.source_id}", json={"form": form})
        assert (form, answer.status_code, fields_at_fault(answer)) == (form, 422, [field])


def test_no_form_is_too_strange(page: httpx.Client, form: str) -> None:
    multipart = "multipart/form-data; boundary=x"
    bodies: list[tuple[bytes, str, int]] = [
        (b"", "application/x-www-form-urlencoded", 422),
        (b"name=%ff", "application/x-www-form-urlencoded", 200),
        (b"&a" * 300, "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * LARGEST_FORM, "application/x-www-form-urlencoded", 413),
        (b"", multipart, 422),
        (b"--x\r\n", multipart, 422),
        (b"--x--", "multipart/form-data", 400),
        (b"--x\r\nContent-Disposition: form-data; name=name\r\n\r\nA\r\n--x--", multipart, 200),
        (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\r\n--x--', multipart, 200),
        (b"--x\r\n\r\n" * 300 + b"--x--", multipart, 400),
        (b"[]", "application/json", 422),
        (b"{", "application/json", 400),
        (b"x", "text/plain", 400),
        (b"x", "", 400),
        (b"x", "image/png", 415),
        (b'{"name": "A"}', "text/plain;charset=UTF-8", 200),  # fetch and sendBeacon with JSON.stringify, and no type
    ]
    for body, content_type, status in bodies:
        response = page.post(form, content=body, headers={"content-type": content_type})
        assert (body[:40], content_type, response.status_code) == (body[:40], content_type, status)


async def test_a_multipart_form_is_read_as_browsers_write_it() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="a %22quoted%22 name"\r\n\r\nline 1\r\n--not b\r\n'
        b'--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\nContent-Type: text/plain\r\n\r\nx\r\n'
        b"--b--\r\n"
    )
    fields = await read_form_body(body, 'multipart/form-data; boundary="b"')
    assert {name: bytes(raw) for name, raw in fields.items()} == {
        'a "quoted" name': b'"line 1\\r\\n--not b"',
        "files": b'{"file":"x"}',
    }
