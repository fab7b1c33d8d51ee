"""What a posted body may look like: each way in which senders are known to write one is understood or truly refused."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
import pytest

from gateway.core.mending import as_utf8, mended_json
from gateway.http.bodies import LARGEST_BODY, unpacked
from gateway.intake.batch_webhook import WEBHOOK_BATCH
from gateway.intake.form_fields import fields_of, read_encoded
from gateway.intake.posted import MOST_LEADS
from tests.gateway.conftest import Post, fields_at_fault
from tests.support import Gateway, Workspace

PATH = "/api/leads/webhook"
ASHA = {"name": "Asha", "phone": "+919801000180"}
JSON = json.dumps(ASHA).encode()
FORM = "application/x-www-form-urlencoded"
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAsha\r\n'
    b'--b\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+919801000180\r\n'
)
FILE = b'--b\r\nContent-Disposition: form-data; name="cv"; filename="cv.pdf"\r\n\r\n%PDF\r\n'


def packed(body: bytes, kind: int) -> bytes:
    """Deflated, with zlib's header, or bare."""
    packing = zlib.compressobj(wbits=kind)
    return packing.compress(body) + packing.flush()


def with_city(city: str, encoding: str = "utf-8") -> bytes:
    """Asha's lead with a city, in an encoding."""
    return json.dumps({**ASHA, "city": city}, ensure_ascii=False).encode(encoding)


def with_more(member: bytes) -> bytes:
    """Asha's lead with this at its end."""
    return JSON[:-1] + b", " + member + b"}"


def escaped(*values: bytes, **fields: bytes) -> bytes:
    """A form of these fields, and of these names without a value."""
    return urlencode([*((value, b"") for value in values), *fields.items()]).encode()


def multipart(name: str, value: bytes) -> bytes:
    """A form of one field."""
    return b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n--b--\r\n' % (name.encode(), value)


# Body, Content-Type, Content-Encoding, what is more in the lead than Asha and her phone; `many`: it is one of a list.
BODIES: list[tuple[bytes, str | None, str | None, dict[str, Any]]] = [
    (JSON, None, None, {}),
    (JSON, "", None, {}),
    (JSON, "Application/JSON; charset=UTF-8", None, {}),
    (JSON, "application/vnd.api+json", None, {}),
    (JSON, "text/plain;charset=UTF-8", None, {}),  # navigator.sendBeacon with a text
    (JSON, "text/json", None, {}),
    (JSON, "application/octet-stream", None, {}),
    (JSON, FORM, None, {}),  # curl -d without a header
    (b"\r\n  " + JSON + b"\n", "application/json", None, {}),
    (b"\xef\xbb\xbf" + JSON, "application/json", None, {}),  # bug_reports 22; .NET's Encoding.UTF8
    (json.dumps(JSON.decode()).encode(), "application/json", None, {}),  # JSON.stringify twice
    (JSON.decode().encode("utf-16"), "application/json; charset=utf-16", None, {}),
    (JSON.decode().encode("utf-16-le"), "application/json", None, {}),
    (JSON.decode().encode("utf-32"), None, None, {}),
    (gzip.compress(JSON), "application/json", "gzip", {}),
    (gzip.compress(JSON), None, "x-gzip", {}),
    (gzip.compress(b"name=Asha&phone=%2B919801000180"), FORM, "gzip", {}),
    (packed(JSON, zlib.MAX_WBITS), "application/json", "deflate", {}),
    (packed(JSON, -zlib.MAX_WBITS), "application/json", "Deflate", {}),
    (gzip.compress(gzip.compress(JSON)), "application/json", "gzip, gzip", {}),
    (JSON, "application/json", "identity", {}),
    (with_city("Jos\u00e9", "latin-1"), "application/json; charset=iso-8859-1", None, {"city": "José"}),
    (with_city("Jos\u00e9 \u20ac", "cp1252"), "application/json", None, {"city": "José €"}),
    (with_city("Москва", "cp1251"), "application/json; charset=windows-1251", None, {"city": "Москва"}),
    (with_city("東京", "shift_jis"), 'text/plain; charset="Shift_JIS"', None, {"city": "東京"}),
    (with_city("東京", "iso-2022-jp"), "application/json; charset=ISO-2022-JP", None, {"city": "東京"}),
    (with_city("पुणे"), "application/json; charset=iso-8859-1", None, {"city": "पुणे"}),
    (with_city("पुणे")[:-2] + b'\xe0"}', "application/json", None, {"city": "पुणे\ufffd"}),
    (with_more(b'"message":"line 1\nline 2\ttab"'), None, None, {"message": "line 1\nline 2\ttab"}),
    (with_more(rb'"message":"cut \ud83d"'), None, None, {"message": "cut \ufffd"}),
    (with_more(rb'"message":"\ud83d\ude00 \\ud83d"'), None, None, {"message": "\U0001f600 \\ud83d"}),
    (with_more(rb'"message":"it\'s"'), None, None, {"message": "it's"}),  # PHP's addslashes
    (with_more(rb'"message":"C:\dir"'), None, None, {"message": r"C:\dir"}),
    (with_more(b'"metadata":{"score":NaN,"note":"a\nb",}'), None, None, {"metadata": {"score": None, "note": "a\nb"}}),
    (with_more(rb'"metadata":{"a\u0000":"\udc00"}'), None, None, {"metadata": {"a\ufffd": "\ufffd"}}),
    (b"name=Asha&phone=%2B919801000180", FORM, None, {}),
    (b"name=Asha&phone=%2B919801000180", "text/plain", None, {}),
    (b"name=Asha&phone=%2B919801000180", None, None, {}),
    (b"name=Asha&phone=%2B919801000180&city=Jos%E9", f"{FORM}; charset=iso-8859-1", None, {"city": "José"}),
    (b"name=Asha&phone=%2B919801000180&city=Jos%E9", FORM, None, {"city": "José"}),
    (b"name=Asha&phone=%2B919801000180&city=Jos%C3%A9", FORM, None, {"city": "José"}),
    ("name=Asha&phone=%2B919801000180&city=पुणे".encode(), FORM, None, {"city": "पुणे"}),
    (b"Name=Asha&Phone+Number=%2B919801000180&State=Goa", FORM, None, {"state": "Goa"}),
    (
        b"name=Asha&phone=%2B919801000180&course[]=B.Sc.&course[]=B.Com.&a[b][c]=1",
        FORM,
        None,
        {"metadata": {"course": ["B.Sc.", "B.Com."], "a": {"b": {"c": "1"}}}},
    ),
    (b'name=Asha&phone=%2B919801000180&raw={"q":[1]}', FORM, None, {"metadata": {"raw": {"q": [1]}}}),
    # What is around a lead, or not as its type says. Public reports are named where they show the case.
    (b"name=Asha&phone=%2B919801000180", "application/json", None, {}),  # n8n-io/n8n#15996, the other way round
    (b"name=Asha&phone=%2B919801000180", "application/json; charset=utf-8", None, {}),
    (b"name=Asha\r\nphone=+919801000180\r\n", "text/plain", None, {}),  # <form enctype="text/plain">
    (b"name=Asha\nphone=+919801000180\nmessage=a\nb", "text/plain", None, {"message": "a\nb"}),
    (escaped(payload=JSON), FORM, None, {}),  # adnanh/webhook#7: Bitbucket's payload=…; rvagg/github-webhook-handler#26
    (b"payload=" + JSON.replace(b"+", b"%2B"), FORM, None, {}),  # gogs/gogs#4468
    (escaped(data=JSON), FORM, None, {}),
    (escaped(payload=json.dumps(JSON.decode()).encode()), FORM, None, {}),
    (escaped(payload=b"[%b]" % JSON, formID=b"1"), FORM, None, {"metadata": {"formID": "1"}, "many": True}),
    (escaped(rawRequest=JSON, formID=b"23", type=b"WEB"), FORM, None, {"metadata": {"formID": "23", "type": "WEB"}}),
    (escaped(json=JSON), "application/json", None, {}),
    (multipart("rawRequest", JSON), "multipart/form-data; boundary=b", None, {}),  # simstudioai/sim#2616: Jotform's
    (escaped(JSON), FORM, None, {}),  # axios/axios#196, Brewskey/spark-server#86: JSON as the name of a form's field
    (escaped(JSON).rstrip(b"="), FORM, None, {}),
    (JSON + b"=", FORM, None, {}),  # axios/axios#3390
    (json.dumps(json.dumps(JSON.decode())).encode(), "application/json", None, {}),  # BBMRI-ERIC/negotiator#1034, twice
    (b'"name=Asha&phone=%2B919801000180"', "application/json", None, {}),
    (json.dumps({"message": JSON.decode()}).encode(), "application/json", None, {}),  # adnanh/webhook#285
    (json.dumps({"body": JSON.decode(), "path": "/x"}).encode(), None, None, {"metadata": {"path": "/x"}}),
    (json.dumps({"data": {"lead": ASHA}, "id": 7}).encode(), None, None, {"metadata": {"id": 7}}),
    (
        json.dumps({"city": "Goa", "data": {**ASHA, "city": "Pune"}}).encode(),
        None,
        None,
        {"city": "Pune", "metadata": {"around": {"city": "Goa"}}},
    ),
    (JSON + b"\n" + JSON + b"\n", "application/x-ndjson", None, {"many": True}),
    (JSON, "text/plain", None, {}),  # adnanh/webhook#330: Amazon's notices
    (
        # elementor/elementor#3389
        "Prénom=&Nom=Asha&Téléphone=%2B919801000180&form_id=9de22fa&form_name=New+Form".encode(),
        FORM,
        None,
        {"metadata": {"Prénom": "", "form_id": "9de22fa", "form_name": "New Form"}},
    ),
    (
        escaped(**{"form_fields[name]": b"Asha", "form_fields[phone]": b"+919801000180"}),
        FORM,
        None,
        {},
    ),  # elementor#8204
    (PARTS + b"--b--\r\n", "multipart/form-data; boundary=b", None, {}),
    (PARTS + FILE + b"--b--\r\n", 'Multipart/Form-Data; boundary="b"', None, {"metadata": {"files": {"cv": "cv.pdf"}}}),
]

# Body, Content-Type, Content-Encoding, status, what the reason must say.
REFUSED: list[tuple[bytes, str | None, str | None, int, str]] = [
    (b"", "application/json", None, 400, "The body is empty"),
    (b'{"name": "Asha"', "application/json", None, 400, "not valid JSON"),
    (b'{"name": "say "hi""}', "application/json", None, 400, "not valid JSON"),
    (b"city=Pune", "application/json", None, 422, "has no name, phone, e-mail or id"),
    (b"{'name': 'Asha'}", "application/json", None, 400, "a name is not in quotation marks, at character 2"),
    (b'{"phone":\n+919801000180}', "application/json", None, 400, "at character 1 of line 2, where it says"),
    (b'{"phone": 0980}', "application/json", None, 400, 'Write phones as "+91'),
    (b'{"name": "say "hi""}', "application/json", None, 400, "there is no comma between two values, at character 16"),
    (b'{"name": "A"} {"name": "B"}', "application/json", None, 400, "something follows after its end"),
    (b"[object Object]", "application/json", None, 400, "JSON.stringify"),  # JakeChampion/fetch#925
    (b"undefined", "application/json", None, 400, "it begins with \u201cundefined\u201d"),
    (escaped(payload=b'{"name": "Asha"'), FORM, None, 422, "payload: It is not valid JSON: it ends before"),
    (escaped(payload=b"{'name': 'Asha'}"), FORM, None, 422, "payload: It is not valid JSON: a name is not in quot"),
    (json.dumps({"data": '{"phone": }'}).encode(), None, None, 422, "data: It is not valid JSON: a value is not in"),
    (json.dumps({"data": '{"course": "B.Sc."}'}).encode(), None, None, 422, "has no name, phone, e-mail or id"),
    (b'{"course": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", None, 400, "nested too deeply. Send at"),
    (b"hello", "text/plain", None, 400, "not valid JSON"),
    (b"<lead/>", "text/xml", None, 415, "XML"),
    (b"<lead/>", None, None, 415, "XML"),
    (b"<lead/>", "application/json", None, 400, "XML"),
    (b"%PDF-1.4", "application/pdf", None, 415, "application/pdf"),
    (JSON, "application/json", "br", 415, "Content-Encoding"),
    (JSON, "application/json", "gzip", 400, "Content-Encoding"),
    (gzip.compress(JSON)[:-9], "application/json", "gzip", 400, "cut off"),
    (gzip.compress(JSON), "application/json", "gzip, gzip, gzip", 415, "Content-Encoding"),
    (gzip.compress(b" " * (LARGEST_BODY + 1)), "application/json", "gzip", 413, "larger than"),
    (gzip.compress(gzip.compress(b"\0" * 20_000_000)), "application/json", "gzip, gzip", 413, "larger than"),
    (b"&a" * 300, FORM, None, 400, "200 fields"),
    (b"--b--", "multipart/form-data", None, 400, "form cannot be read"),
    (FILE * 30 + b"--b--\r\n", "multipart/form-data; boundary=b", None, 400, "form cannot be read"),
    (b"[]", "application/json", None, 422, "1 to 500"),
    (b"7", "application/json", None, 422, "a lead, or a list"),
    (json.dumps([ASHA] * (MOST_LEADS + 1)).encode(), "application/json", None, 422, "1 to 500"),
]


def sent(sender: httpx.Client, body: bytes, content_type: str | None, encoding: str | None) -> httpx.Response:
    """What is answered to a body with these headers, or without them."""
    given = {"content-type": content_type, "content-encoding": encoding}
    headers = {name: value for name, value in given.items() if value is not None}
    return sender.post(PATH, content=body, headers=headers)


def test_a_lead_is_understood_however_its_body_is_written(workspace: Workspace, sender: httpx.Client) -> None:
    for number, (body, content_type, encoding, more) in enumerate(BODIES):
        response = sent(sender, body, content_type, encoding)
        assert response.status_code in (200, 201), (body[:60], content_type, encoding, response.text)
        answer = response.json()[-1] if more.get("many") else response.json()
        assert answer.get("status", 200) in (200, 201), (body[:60], answer)
        [(lead,)] = workspace.connection.execute(
            "select to_jsonb(l) from crm.leads l where id = %s", [answer["lead_id"]]
        ).fetchall()
        lead["state"] = lead["state"] if "state" in more else None
        read = {name: lead[name] for name in ("name", "phone", "message", "city", "state") if lead[name]}
        read |= {"metadata": lead["metadata"]} if lead["metadata"] else {}
        wanted = {name: value for name, value in more.items() if name != "many"}
        assert read == {**ASHA, **wanted}, (number, body[:80], content_type)


def test_what_cannot_be_a_lead_is_refused_for_a_reason_that_is_true(sender: httpx.Client) -> None:
    for body, content_type, encoding, status, reason in REFUSED:
        response = sent(sender, body, content_type, encoding)
        assert (body[:30], response.status_code) == (body[:30], status), response.text
        assert reason in response.json()["detail"], (body[:30], response.text)


def test_many_leads_in_one_body_are_all_stored_and_answered_one_by_one(
    workspace: Workspace, sender: httpx.Client
) -> None:
    leads = [{"name": "First", "source_row_id": "1"}, {"city": "Pune"}, {"name": "Third", "source_row_id": "3"}]
    for content_type in ("application/json", "text/plain", None):
        response = sent(sender, json.dumps(leads).encode(), content_type, None)
        assert response.status_code == 200
        msgspec.json.decode(response.content, type=WEBHOOK_BATCH.answers)
        first = 201 if content_type == "application/json" else 200
        assert [outcome["status"] for outcome in response.json()] == [first, 422, first]
    assert workspace.call("api.count_leads('{}')") == 2
    # One in a list is answered as a list, too.
    assert [outcome["status"] for outcome in sent(sender, b'[{"name": "Alone"}]', None, None).json()] == [201]


def test_many_leads_in_one_body_each_count_against_the_sources_limit(
    workspace: Workspace, sender: httpx.Client
) -> None:
    update = "update crm.sources set leads_per_minute = 3 where id = %s"
    workspace.connection.execute(update, [workspace.source_id])
    response = sender.post(PATH, json=[{"name": f"Lead {number}"} for number in range(5)])
    assert [outcome["status"] for outcome in response.json()] == [201] * 3 + [429] * 2
    assert response.headers["retry-after"]


def test_leads_in_a_list_of_an_object_are_all_taken(workspace: Workspace, sender: httpx.Client) -> None:
    leads = [{"name": "First", "phone": "98123 45678"}, {"Full Name": "Second", "Mobile": "98123 45679"}]
    response = sender.post(PATH, json={"event": "new", "leads": leads})
    assert [outcome["status"] for outcome in response.json()] == [201, 201]
    stored = "select name, phone, metadata from crm.leads where workspace_id = %s order by id"
    assert workspace.connection.execute(stored, [workspace.id]).fetchall() == [
        ("First", "+919812345678", {"event": "new"}),
        ("Second", "+919812345679", {"event": "new"}),
    ]
    # What tells of one lead is one.
    assert sender.post(PATH, json={"name": "Third", "others": leads}).status_code == 201


def test_a_slash_at_the_end_of_the_address_makes_no_other(sender: httpx.Client, visitor: httpx.Client) -> None:
    assert sender.post(f"{PATH}/", json=ASHA).status_code == 201
    assert sender.post(f"{PATH}/batch/", json=[ASHA]).json()[0]["status"] == 200
    assert visitor.post(f"{PATH}/", json=ASHA).status_code == 401
    assert sender.get(f"{PATH}/").status_code == 405


def test_cookies_and_other_headers_mean_nothing(sender: httpx.Client) -> None:
    headers = {"cookie": "fairlead_session=x; a=b", "origin": "https://elsewhere.example", "accept": "text/html"}
    assert sender.post(PATH, json=ASHA, headers=headers).status_code == 201


FACEBOOK = {
    "object": "page",
    "entry": [
        {
            "id": "1",
            "changes": [
                {"field": "leadgen", "value": {"leadgen_id": "501", "name": "Asha"}},
                {"field": "leadgen", "value": {"leadgen_id": "502", "name": "Ravi"}},
            ],
        },
        {"id": "2", "changes": [{"field": "leadgen", "value": {"leadgen_id": "503", "name": "Zoë"}}]},
    ],
}


@pytest.mark.parametrize("lists", ["$.entry[0].changes[0].value", "$.entry[*].changes[*].value"])
def test_no_lead_of_a_nested_list_is_lost_and_none_has_anothers_data(
    workspace: Workspace, gateway: Gateway, manager: httpx.Client, lists: str
) -> None:
    key = manager.post("/api/sources", json={"name": f"Facebook {lists}"}).json()
    mapping = {"source_row_id": f"{lists}.leadgen_id", "name": f"{lists}.name"}
    assert manager.patch(f"/api/sources/{key['source']['id']}", json={"mapping": mapping}).status_code == 200
    bearer = {"authorization": f"Bearer {key['token']}"}
    with httpx.Client(base_url=gateway.url, headers=bearer, timeout=30) as sender:
        response = sender.post(PATH, json=FACEBOOK)
        assert [outcome["status"] for outcome in response.json()] == [201, 201, 201]
        alone = {**FACEBOOK, "entry": [{"id": "3", "changes": [{"value": {"leadgen_id": "504", "name": "Uma"}}]}]}
        assert sender.post(PATH, json=alone).status_code == 201
        # In an array, and by the address for many, too.
        assert [outcome["status"] for outcome in sender.post(PATH, json=[FACEBOOK, alone]).json()] == [200] * 4
        assert [outcome["status"] for outcome in sender.post(f"{PATH}/batch", json=[FACEBOOK]).json()] == [200] * 3
    stored = workspace.connection.execute(
        "select source_row_id, name, metadata from crm.leads where source_id = %s order by source_row_id",
        [key["source"]["id"]],
    ).fetchall()
    change = {"field": "leadgen"}
    assert stored == [
        ("501", "Asha", {"object": "page", "entry": [{"id": "1", "changes": [change]}]}),
        ("502", "Ravi", {"object": "page", "entry": [{"id": "1", "changes": [change]}]}),
        ("503", "Zoë", {"object": "page", "entry": [{"id": "2", "changes": [change]}]}),
        ("504", "Uma", {"object": "page", "entry": [{"id": "3"}]}),
    ]


def test_brackets_in_the_names_of_a_form_lead_into_objects_and_lists() -> None:
    cases: list[tuple[bytes, dict[str, Any]]] = [
        (b"data[Phone]=98&data[Name]=A", {"data": {"Phone": "98", "Name": "A"}}),  # CakePHP
        (
            b"fields[name][value]=A&fields[name][id]=name",
            {"fields": {"name": {"value": "A", "id": "name"}}},
        ),  # Elementor
        (b"a[]=1&a[]=2", {"a": ["1", "2"]}),
        (b"a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        (b"a[0]=x&a[1]=y", {"a": ["x", "y"]}),
        (b"a[1]=y", {"a": {"1": "y"}}),
        (b"r[][n]=A&r[][p]=1&r[][n]=B&r[][p]=2", {"r": [{"n": "A", "p": "1"}, {"n": "B", "p": "2"}]}),
        (b"a=1&a[b]=2", {"a": "1", "a[b][]": "2"}),
        (b"a[b]=2&a=1", {"a": {"b": "2"}, "a[]": "1"}),
        (b"a[b=1&]=2&[c]=3", {"a[b": "1", "]": "2", "[c]": "3"}),
        (b"a" + b"[b]" * 9 + b"=1", {"a" + "[b]" * 9: "1"}),
        (b"a={}&b={x&c=[1]", {"a": {}, "b": "{x", "c": "[1]"}),
    ]
    for body, fields in cases:
        read = {name: msgspec.json.decode(raw) for name, raw in fields_of(read_encoded(body)).items()}
        assert (body, read) == (body, fields)


def test_a_mend_changes_nothing_that_was_right() -> None:
    right = json.dumps({"a": "NaN, Infinity,]", "b": ["\ud83d\ude00", '\\"\\u0000', "é\n"], "c": -1.5e10}).encode()
    assert mended_json(right) == right
    for text in (right, "नमस्ते ☎".encode(), b"", b"x"):
        for charset in ("", "utf-8", "iso-8859-1", "windows-1251", "nonsense", "x" * 1000):
            assert as_utf8(text, charset) == text
    assert unpacked(right, None) == unpacked(right, b"") == unpacked(right, b"Identity") == right


def test_a_nul_and_half_a_character_never_reach_the_database(post: Post, workspace: Workspace) -> None:
    lead = post(name="a\0b", **{"x\0": {"y": ["\0"]}}, metadata={"\0": "\0"}).json()
    stored = "select name, metadata from crm.leads where id = %s"
    assert workspace.connection.execute(stored, [lead["lead_id"]]).fetchone() == (
        "a\ufffdb",
        {"x\ufffd": {"y": ["\ufffd"]}, "\ufffd": "\ufffd"},
    )


def test_what_is_no_list_is_refused_where_many_leads_are_sent(sender: httpx.Client) -> None:
    response = sender.post(f"{PATH}/batch", json=ASHA)
    assert (response.status_code, fields_at_fault(response)) == (422, ["body"])
    response = sender.post(
        f"{PATH}/batch", content=gzip.compress(b"[" + JSON + b"]"), headers={"content-encoding": "gzip"}
    )
    assert [outcome["status"] for outcome in response.json()] == [201]
