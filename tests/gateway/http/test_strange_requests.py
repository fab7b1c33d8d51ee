"""Requests that no well-meaning client sends: each is refused with 4xx, none is an error of ours."""

import httpx

from gateway.intake.webhook import WEBHOOK
from tests.gateway.conftest import fields_at_fault
from tests.gateway.http.test_contract import ENDPOINTS, NOT_FUZZED, nobodys
from tests.support import Workspace

TERM = b'{"field": "city", "operator": "is", "values": [%s]}'
# What is no JSON, no UTF-8, too large, too deep, or cannot be stored.
BODIES: list[bytes] = [
    b"",
    b"{",
    b"nonsense",
    b"null",
    b"[]",
    b'"x"',
    b"{}",
    b"1e400",
    b"\xff\xfe",
    b'{"name": "\xff"}',
    b'{"name": 1e400}',
    b'{"name": NaN}',
    b'{"name": Infinity}',
    b'{"name": "\\ud800"}',
    b'{"name": "\\udc00\\ud800"}',
    b'{"name": "a\\u0000b"}',
    b'{"name": "x", "name": 1, "\\u0000": 1}',
    b'{"name": "x", "daily_limit": 2147483648}',
    b'{"name": "x", "daily_limit": 1' + b"0" * 400 + b"}",
    b'{"name": "x", "weight": 99999999999999999999}',
    b'{"name": "x", "weight": -1e400}',
    b'{"name": "x", "hours": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    b'{"name": "x", "condition": "$.a like_regex \\"(\\""}',
    b'{"name": "x", "condition": {"match": "a\\u0000b"}}',
    b'{"name": "x", "condition": {"match": "all", "terms": [{"field": "metadata.\\ud800"}]}}',
    b'{"name": "x", "condition": {"match": "all", "terms": [' + TERM % b"1e300" + b"]}}",
    b'{"name": "x", "condition": {"match": "all", "terms": [' + TERM % b",".join([b"1"] * 9999) + b"]}}",
    b'{"name": "x", "condition": ' + b'{"match": "all", "terms": [' * 500 + b"]}" * 500 + b"}",
    b'{"name": "x", "condition": ' + b'{"terms": [' * 20_000 + b"]}" * 20_000 + b"}",
    b'{"ids": ["x"], "into": 0, "held": "\\ud83d"}',
    b'{"metadata": {"a": 1e400, "b": 1' + b"0" * 400 + b"}}",
    b'{"name": "x", "metadata": {"a": 1e200000}}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"name": "' + b"x" * 1_000_000 + b'"}',
    b"x" * (1024 * 1024 + 1),
]
CONTENT_TYPES = [
    b"text/plain",
    b"application/xml",
    b"multipart/form-data",
    b"application/json; charset=utf-16",
    b"/",
    b"\xe9",
]
VALUES = [
    "%ff",
    "%00",
    "%c3%28",
    "%ed%a0%80",
    "9" * 5000,
    "-1",
    "1.5",
    "1e9",
    "2147483648",
    "99999999999",
    "..%2f..",
    "%25",
    "é",
    "'",
    "x" * 8000,
    "٣",
    "null",
]
HEADERS = ["if-match", "if-none-match", "idempotency-key", "cookie", "authorization", "host", "origin", "accept"]
HEADER_VALUES = [b"\xff\xfe", b"x" * 20_000, b",".join([b'"x"'] * 500), b'"', b"W/", b"*", b"%00"]


def test_no_body_is_too_strange(manager: httpx.Client, workspace: Workspace, sender: httpx.Client) -> None:
    things = {
        "lead_id": workspace.ingest({"name": "Asha"})[0]["lead_id"],
        "caller_id": workspace.caller("Asha"),
        "source_id": manager.get("/api/sources").json()["items"][0]["id"],
        "rule_id": manager.get("/api/rules").json()["items"][0]["id"],
    }
    writes = [
        (manager, method, nobodys(path, **things), endpoint.largest)
        for (method, path), endpoint in ENDPOINTS.items()
        if endpoint.body is not None
    ]
    assert len(writes) > 12
    for client, method, path, largest in [*writes, (sender, "POST", WEBHOOK.path, WEBHOOK.largest)]:
        for body in BODIES:
            response = client.request(method, path, content=body, headers={"content-type": "application/json"})
            shown = (method, path, body[:60], response.text[:200])
            assert response.status_code < 500, shown
            assert response.status_code < 300 or response.headers["content-type"] == "application/problem+json", shown
            assert (len(body) > largest) == (response.status_code == 413), shown
        for content_type in CONTENT_TYPES:
            response = client.request(method, path, content=b"{", headers=[(b"content-type", content_type)])
            assert response.status_code in (400, 415, 422), (path, content_type, response.text[:200])


def test_no_address_is_too_strange(manager: httpx.Client) -> None:
    for path in {path for _, path in ENDPOINTS if path not in NOT_FUZZED}:
        for value in VALUES:
            address = nobodys(path) + f"?limit={value}&x={value}&{value}"
            if "{" in path:
                address = path[: path.index("{")] + value + path[path.index("}") + 1 :]
            response = manager.get(address)
            assert response.status_code < 500, (path, value[:20], response.text[:200])
    assert manager.get("/api/leads?search=%ff").status_code == 400
    assert manager.get("/api/leads?" + "&".join(f"p{number}=1" for number in range(2000))).status_code == 400
    assert fields_at_fault(manager.get("/api/leads?limit=1&limit=2")) == ["limit"]
    assert manager.get("/api/sources/2147483648").status_code == 404


def test_a_search_for_null_is_a_search(manager: httpx.Client, workspace: Workspace) -> None:
    workspace.ingest({"name": "Asha"}, {"name": "Nullah"})
    assert [lead["name"] for lead in manager.get("/api/leads?search=null").json()["items"]] == ["Nullah"]


def test_no_header_is_too_strange(manager: httpx.Client) -> None:
    caller = manager.post("/api/callers", json={"name": "Kavita"}).headers["location"]
    for name in HEADERS:
        for value in HEADER_VALUES:
            response = manager.put(caller, json={"name": "Kavita"}, headers=[(name.encode(), value)])
            assert response.status_code < 500, (name, value[:20], response.text[:200])
