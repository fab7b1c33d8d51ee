"""Every answer has the headers that fit it, whichever route it comes from."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.convertors import IntegerConvertor
from starlette.routing import BaseRoute, Mount, Route

from gateway.app import create_app
from gateway.core.settings import Settings
from gateway.http.endpoints import Resource
from gateway.http.headers import DATA, ONLY_TLS, PAGE
from tests.support import SECRET_KEY

SETTINGS = Settings("postgresql:///x", Path("/"), "127.0.0.1", 1, SECRET_KEY.encode(), "admin@fairlead.example", None)
WEBHOOK = ("POST", "/api/leads/webhook")
CACHED = {"/static/": "public, max-age=31536000, immutable", "/openapi.json": "no-cache", "/docs": "no-cache"}


def requests_of(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """A method and an address for everything that can be asked for."""
    for route in routes:
        if isinstance(route, Mount):
            if route.routes:
                yield from requests_of(route.routes, prefix + route.path)
            else:
                yield "GET", f"{prefix}{route.path}/built/app.css"
        elif isinstance(route, Route):
            path = route.path_format
            for name in route.param_convertors:
                is_number = isinstance(route.param_convertors[name], IntegerConvertor)
                path = path.replace(f"{{{name}}}", "1" if is_number else "01900000-0000-7000-8000-000000000000")
            methods = route.endpoints if isinstance(route, Resource) else route.methods
            yield from ((method, prefix + path) for method in sorted(methods or ()))


EVERYTHING = [*requests_of(create_app(SETTINGS).routes), WEBHOOK, ("POST", "/api/leads/webhook/batch")]


def check(response: httpx.Response) -> None:
    """What must be true of any answer."""
    is_page = response.headers.get("content-type", "").startswith("text/html")
    for name, value in PAGE if is_page else DATA:
        expected = value.decode()
        if name == b"cache-control":
            expected = next((value for path, value in CACHED.items() if response.url.path.startswith(path)), expected)
        assert response.headers.get_list(name.decode()) == [expected], (response.request, name)
    assert len(response.headers.get_list("x-request-id")) == 1, response.request
    assert ONLY_TLS[0].decode() not in response.headers, response.request
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_every_route_answers_strangers_with_its_headers(visitor: httpx.Client) -> None:
    assert len(EVERYTHING) > 50
    for method, path in EVERYTHING:
        with visitor.stream(method, path) as response:
            check(response)


def test_every_route_answers_who_is_signed_in_with_its_headers(manager: httpx.Client) -> None:
    statuses = set()
    for method, path in EVERYTHING:
        if method == "GET":
            with manager.stream(method, path) as response:
                check(response)
                statuses.add(response.status_code)
    assert {200, 404} <= statuses <= {200, 400, 404, 405, 422}


@pytest.mark.parametrize("path", ["/", "/login", "/api/session", "/api/leads/webhook", "/healthz", "/nothing"])
def test_tls_is_insisted_on_only_by_tls(visitor: httpx.Client, path: str) -> None:
    by_tls = visitor.get(path, headers={"x-forwarded-proto": "https"})
    assert by_tls.headers.get_list("strict-transport-security") == ["max-age=31536000"]
    assert "strict-transport-security" not in visitor.get(path).headers
