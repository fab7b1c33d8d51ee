"""The API is what its description says: /openapi.json, /docs, and requests of every kind, as each role."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import argon2
import httpx
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.convertors import IntegerConvertor
from starlette.routing import Mount, Route

from gateway.app import create_app
from gateway.core.problems import ProblemDocument
from gateway.core.settings import Settings
from gateway.http import openapi
from gateway.http.docs import Description
from gateway.http.endpoint import Endpoint
from gateway.http.endpoints import Resource
from gateway.http.examples import example_of
from gateway.intake.batch_webhook import WEBHOOK_BATCH
from gateway.intake.by_kind import ADDRESSED
from gateway.intake.forms import FORM
from gateway.intake.webhook import WEBHOOK
from tests.gateway.conftest import Post, sign_in
from tests.gateway.http.fuzzing import fuzz
from tests.gateway.imports.steps import upload
from tests.support import ADMIN, NO_TLS, Gateway, Workspace

APP = create_app(
    Settings("postgresql://unused", Path("unused"), "127.0.0.1", 8000, b"x" * 32, "admin@example.com", None)
)
MOUNTED = list(openapi.mounted(APP.routes))
ENDPOINTS = {(endpoint.method, path): endpoint for path, _, endpoint in MOUNTED}
PARAMETERS = {
    path: {name: int if isinstance(convertor, IntegerConvertor) else str for name, convertor in convertors.items()}
    for path, convertors, _ in MOUNTED
}
DOCUMENT: dict[str, Any] = msgspec.json.decode(APP.state.parts[Description].json)
NOBODY = "01900000-0000-7000-8000-000000000000"

# Few by default, and the same ones each time, so that chance stops nobody; when asked for, so many, each of them anew.
# More than 500 of each endpoint find nothing that 500 do not.
EXAMPLES = min(int(os.environ.get("FAIRLEAD_TEST_EXAMPLES", "0")), 500)
# These end the session, never end themselves, or are not for people.
NOT_FUZZED = {
    "/calendar/{token}.ics",
    "/api/session",
    "/api/events",
    "/api/leads/webhook",
    "/api/leads/webhook/batch",
    "/forms/{form_key}",
}
# These may: whoever sends them the right ids is signed out, and hears 401 from then on; or 403, where the workspace now
# requires a second factor.
SIGNING_OUT = {
    "/api/sessions/{session_id}",
    "/api/users/{user_id}",
    "/api/users/{user_id}/password",
    "/api/account/password",
    "/api/workspace",
}


def nobodys(path: str, **things: object) -> str:
    """The path with ids that are nobody's, but for those given."""
    parameters = dict(PARAMETERS[path])
    return path.format(**{**{name: 0 if kind is int else NOBODY for name, kind in parameters.items()}, **things})


@contextmanager
def user(workspace: Workspace, gateway: Gateway, role: str) -> Iterator[httpx.Client]:
    """Somebody of this role, signed in."""
    email = f"{secrets.token_hex(4)}@fairlead.example"
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(ADMIN[1])
    workspace.connection.execute("select api.create_user(%s, %s, %s, %s, %s)", [workspace.id, email, role, role, cheap])
    with httpx.Client(base_url=gateway.url, timeout=30, verify=NO_TLS) as client:
        sign_in(client, email, ADMIN[1])
        yield client


def fields_of(value: Any) -> Any:
    """The names of the fields in a JSON value, as deep as they go."""
    if isinstance(value, dict):
        return {name: fields_of(inner) for name, inner in value.items()}
    return [fields_of(inner) for inner in value] if isinstance(value, list) else None


def answered_as_described(response: httpx.Response, endpoint: Endpoint) -> None:
    """The answer has exactly the fields of its type, or is a problem document of a status that is announced."""
    if response.status_code == endpoint.status:
        if endpoint.answers is not None and endpoint.media_type == "application/json":
            answer = msgspec.json.decode(response.content, type=endpoint.answers)
            # An answer has all its fields, those too that extend an input in which they may be left out.
            assert fields_of(msgspec.to_builtins(answer)) == fields_of(response.json())
    else:
        assert response.headers["content-type"] == "application/problem+json"
        problem = msgspec.json.decode(response.content, type=ProblemDocument)
        assert problem.status == response.status_code
        assert problem.status in openapi.statuses(endpoint, has_path_parameters="{" in endpoint.path)


def test_the_description_is_openapi_and_covers_every_endpoint(visitor: httpx.Client) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []
    names = [operation["operationId"] for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names)) == len(ENDPOINTS) + 4
    [api] = [route for route in APP.routes if isinstance(route, Mount) and route.path == "/api"]
    [signed_in] = [route for route in api.routes if isinstance(route, Mount)]
    assert {type(route) for route in (*api.routes, *signed_in.routes)} == {Resource, Mount}
    others = [route.path for route in APP.routes if isinstance(route, Route) and not isinstance(route, Resource)]
    assert others == ["/api", "/metrics", "/openapi.json", "/forms/{form_key}"]
    for endpoint in ENDPOINTS.values():
        assert endpoint.summary, f"{endpoint.path} says nothing about itself"
    served = visitor.get("/openapi.json")
    assert served.json() == DOCUMENT
    assert visitor.get("/openapi.json", headers={"if-none-match": served.headers["etag"]}).status_code == 304


def test_every_example_is_of_its_type() -> None:
    for endpoint in (*ENDPOINTS.values(), WEBHOOK, WEBHOOK_BATCH, ADDRESSED, FORM):
        for type_ in (endpoint.body, endpoint.answers):
            if type_ is not None:
                msgspec.convert(msgspec.json.decode(msgspec.json.encode(example_of(type_))), type_)
    for name, response in DOCUMENT["components"]["responses"].items():
        problem = msgspec.convert(response["content"]["application/problem+json"]["example"], ProblemDocument)
        assert f"Problem{problem.status}" == name


def test_the_documentation_is_for_everybody_and_loads_nothing_from_elsewhere(visitor: httpx.Client) -> None:
    page = visitor.get("/docs")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "http://" not in page.text.replace("http://www.w3.org/", "")
    assert "https://" not in page.text.replace("https://example.com", "")
    for method, path in ENDPOINTS:
        assert f">{path}</code>" in page.text, f"{method} {path}"


def test_what_is_read_is_exactly_as_described(manager: httpx.Client, workspace: Workspace, post: Post) -> None:
    asha = workspace.caller(
        "Asha",
        "Goa",
        sources=[{"source": "Ads", "weight": 2}],
        hours=[{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}],
        time_off=[{"from": "2020-01-05", "to": None}, {"from": None, "to": "2020-01-01"}],
        max_load=1,
        campaigns=["Diwali"],
    )
    bilal = workspace.caller("Bilal", status="paused")
    workspace.call("api.set_caller_status(%s::uuid, 'active')", bilal)
    leads = [
        post(
            name="Meera", phone="98123 45678", state="Goa", city="Panaji", metadata={"campaign": "diwali", "deep": [1]}
        ),
        post(name="Meera", phone="98123 45678", timestamp="2024-01-31T18:30:00.250+05:30"),
        post(external_id="E 1", email="nikhil@example.com", message="x", language="Hindi", lead_source="Ads"),
    ]
    ids = [lead.json()["lead_id"] for lead in leads]
    manager.patch(f"/api/leads/{ids[0]}/reassign", json={"caller_id": None, "reason": "again"})
    manager.post(f"/api/leads/{ids[1]}/close")
    manager.post(f"/api/leads/{ids[2]}/merge", json={"into": ids[0], "hand_over": "keep"})
    source = manager.get("/api/sources").json()["items"][0]["id"]
    rule = manager.get("/api/rules").json()["items"][0]["id"]
    uploaded = upload(manager, b"Name,Phone\nMeera,98123 45678\n")["id"]
    campaign = manager.get("/api/campaigns").json()["items"][0]["id"]
    things: dict[str, object] = {
        "caller_id": asha,
        "rule_id": rule,
        "source_id": source,
        "campaign_id": campaign,
        "import_id": uploaded,
    }
    disposition = manager.get("/api/dispositions").json()["items"][2]["id"]  # call back
    task = {"due_at": "2030-01-31T15:00"}
    call = {"disposition_id": disposition, "body": "At three", "seconds": 60, "task": task}
    logged = manager.post(f"/api/leads/{ids[0]}/activities", json=call)
    answered_as_described(logged, ENDPOINTS["POST", "/api/leads/{lead_id}/activities"])
    things |= {"disposition_id": disposition, "task_id": logged.json()["task"]["id"]}
    paused = manager.post("/api/callers/actions", json={"action": "pause", "ids": [bilal]})
    answered_as_described(paused, ENDPOINTS["POST", "/api/callers/actions"])
    things["action_id"] = paused.json()["id"]
    shown = {"list": "leads", "name": "Goa", "query": "state=Goa", "hides": ["city"]}
    view = manager.post("/api/saved-views", json=shown)
    answered_as_described(view, ENDPOINTS["POST", "/api/saved-views"])
    calendar = manager.post("/api/calendar").json()["address"]
    assert manager.post("/api/tokens", json={"name": "Sheet"}).status_code == 201
    read = 0
    for (method, path), endpoint in ENDPOINTS.items():
        if method == "GET" and path not in NOT_FUZZED:
            for lead_id in ids if "lead_id" in path else ids[:1]:
                response = manager.get(nobodys(path, lead_id=lead_id, **things))
                assert (path, response.status_code) == (path, 200)
                answered_as_described(response, endpoint)
                read += 1
    assert read >= 18
    assert manager.get(calendar).headers["content-type"].startswith("text/calendar")
    for lead in leads:
        answered_as_described(lead, WEBHOOK)


@pytest.mark.parametrize(
    "role", ["admin", *(pytest.param(role, marks=pytest.mark.long) for role in ("manager", "caller", "analyst"))]
)
def test_whatever_is_sent_the_answer_is_as_described(workspace: Workspace, gateway: Gateway, role: str) -> None:
    for name in ("Asha", "Bilal"):
        workspace.caller(name, "Goa")
    workspace.ingest(*({"name": f"Lead {number}", "state": "Goa"} for number in range(4)))
    phases = {"examples", "fuzzing"} | ({"coverage"} if EXAMPLES else set())
    paths = DOCUMENT["paths"].keys() - NOT_FUZZED
    with user(workspace, gateway, role) as client:
        for fuzzed in (paths - SIGNING_OUT, paths & SIGNING_OUT):
            description = {**DOCUMENT, "paths": {path: DOCUMENT["paths"][path] for path in sorted(fuzzed)}}
            seed = secrets.randbits(32) if EXAMPLES else 1
            report = fuzz(gateway.url, description, client.cookies, examples=EXAMPLES or 2, phases=phases, seed=seed)
            print(f"{role}: {report.cases} cases, {len(report.failures)} failures, {dict(report.statuses)}")
            assert not report.failures, "\n".join(report.failures)
            assert not any(status >= 500 for status in report.statuses)
            if not fuzzed & SIGNING_OUT:
                assert client.get("/api/session").status_code == 200, "the session is still there"
                assert report.cases > 50
                assert role != "admin" or report.statuses[403] == 0, "an admin may do everything"


def test_methods_are_refused_by_name_and_unknown_paths_by_problem(manager: httpx.Client) -> None:
    methods: dict[str, set[str]] = {}
    for (method, path), endpoint in ENDPOINTS.items():
        methods.setdefault(path, {"OPTIONS"}).update(
            {"GET", "HEAD"} if method == "GET" and endpoint.media_type == "application/json" else {method}
        )
    for path, known in methods.items():
        address = nobodys(path)
        options = manager.options(address)
        assert (path, options.status_code, set(options.headers["allow"].split(", "))) == (path, 204, known)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"} - known:
            response = manager.request(method, address)
            assert (path, method, response.status_code) == (path, method, 405)
            assert set(response.headers["allow"].split(", ")) == known
            assert response.headers["content-type"] == "application/problem+json"
        if "HEAD" in known:
            head, get = manager.head(address), manager.get(address)
            assert (head.status_code, head.content) == (get.status_code, b"")
            assert head.headers["content-type"] == get.headers["content-type"]
    assert manager.get("/api").headers["content-type"] == "application/problem+json"
    for path in ("/api/", "/api/nothing", "/api/callers/", "/api/callers/x", f"/api/leads/{NOBODY}/nothing"):
        for method in ("GET", "POST"):
            response = manager.request(method, path)
            assert (path, response.status_code, response.headers["content-type"]) == (
                path,
                404,
                "application/problem+json",
            )
