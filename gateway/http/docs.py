"""/openapi.json, and what /docs shows of it: the document in the order and the words in which people read it.

No packaged reference: RapiDoc, OpenAPI Explorer and Scalar need inline styles, which our Content-Security-Policy
forbids, Swagger UI has texts of too little contrast, and a browser would load 0.7 to 4.4 MB of script for any of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.core.parts import part

METHODS = ("get", "post", "put", "patch", "delete")


class Field(NamedTuple):
    """A field of a body or an answer, or a parameter of a path, a query or a header (its `place`)."""

    name: str
    type: Markup
    required: bool
    limits: str
    description: Markup
    place: str = ""


class Content(NamedTuple):
    """What is sent or answered: type as HTML, its fields, an example."""

    type: Markup
    fields: list[Field]
    example: str


class Reply(NamedTuple):
    """An answer: its status, what it means, its headers, its content."""

    status: str
    description: Markup
    headers: list[str]
    content: Content | None


class Operation(NamedTuple):
    """An endpoint as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: Markup
    who: str
    parameters: list[Field]
    body: Content | None
    replies: list[Reply]
    problems: list[Reply]
    curl: str


class Group(NamedTuple):
    """The endpoints under one heading."""

    id: str
    name: str
    operations: list[Operation]


class Shape(NamedTuple):
    """A type that others refer to."""

    name: str
    description: Markup
    fields: list[Field]


class Description(NamedTuple):
    """The description of the API, as JSON."""

    json: bytes


async def openapi_json(request: Request) -> Response:
    """GET /openapi.json, for everybody: it describes no data."""
    body = part(request, Description).json
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"cache-control": "no-cache", "etag": etag, "x-content-type-options": "nosniff"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, "application/json")


routes = [Route("/openapi.json", openapi_json)]


class Reader:
    """Reads an OpenAPI document for the page."""

    def __init__(self, document: bytes) -> None:
        self._document: dict[str, Any] = msgspec.json.decode(document)

    @property
    def version(self) -> str:
        """The version of Fairlead."""
        return str(self._document["info"]["version"])

    @property
    def introduction(self) -> list[Markup]:
        """What to know beforehand, in paragraphs."""
        return [prose(part) for part in self._document["info"]["description"].split("\n\n")]

    @property
    def groups(self) -> list[Group]:
        """The endpoints, by tag."""
        found: dict[str, list[Operation]] = {tag["name"]: [] for tag in self._document["tags"]}
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if method in item:
                    found[item[method]["tags"][0]].append(self._operation(method, path, item[method]))
        return [Group(_slug(tag), tag, operations) for tag, operations in found.items()]

    @property
    def shapes(self) -> list[Shape]:
        """The types, by name."""
        schemas = self._document["components"]["schemas"]
        return [
            Shape(name, prose(schema.get("description", "")), list(self._fields(schema)))
            for name, schema in sorted(schemas.items())
            if "properties" in schema
        ]

    def _operation(self, method: str, path: str, given: dict[str, Any]) -> Operation:
        replies = [self._reply(status, response) for status, response in sorted(given["responses"].items())]
        parameters = [self._resolved(parameter) for parameter in given["parameters"]]
        body = given.get("requestBody")
        content = self._content(body) if body else None
        return Operation(
            given["operationId"],
            method.upper(),
            path,
            given["summary"],
            prose(given["description"]),
            _who(given.get("security")),
            [self._parameter(parameter) for parameter in parameters],
            content,
            [reply for reply in replies if reply.status < "400"],
            [reply for reply in replies if reply.status >= "400"],
            self._curl(method, path, given, content),
        )

    def _parameter(self, given: dict[str, Any]) -> Field:
        schema = given["schema"]
        description = prose(given.get("description", ""))
        required = given.get("required", False)
        return Field(given["name"], self._type(schema), required, limits(schema), description, given["in"])

    def _reply(self, status: str, given: dict[str, Any]) -> Reply:
        response = self._resolved(given)
        content = self._content(response) if "content" in response else None
        return Reply(status, prose(response["description"]), list(response.get("headers", ())), content)

    def _content(self, given: dict[str, Any]) -> Content:
        media = next(iter(given["content"].values()))
        schema, example = media["schema"], media["example"]
        fields = list(self._fields(self._resolved(schema)))
        text = example if isinstance(example, str) else _indented(example)
        return Content(self._type(schema), fields, text)

    def _fields(self, schema: dict[str, Any]) -> Iterator[Field]:
        required = schema.get("required", ())
        for name, inner in schema.get("properties", {}).items():
            if not inner.get("readOnly"):
                description = prose(inner.get("description", ""))
                yield Field(name, self._type(inner), name in required, limits(inner), description)

    def _resolved(self, given: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in given:
            return given
        found: Any = self._document
        for step in given["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return dict(found)

    def _type(self, schema: dict[str, Any]) -> Markup:
        match schema:
            case {"$ref": ref}:
                name = ref.rpartition("/")[2]
                title = self._document["components"]["schemas"][name].get("title", name)
                return Markup('<a href="#shape-{}">{}</a>').format(name, title)
            case {"anyOf": choices}:
                return Markup(" or ").join(self._type(choice) for choice in choices)
            case {"enum": values}:
                return Markup(", ").join(Markup("<code>{}</code>").format(value) for value in values)
            case {"const": value}:
                return Markup("<code>{}</code>").format(value)
            case {"type": "array", "items": items}:
                return Markup("list of {}").format(self._type(items))
            case {"type": "string", "format": form}:
                return escape({"uuid": "id", "date-time": "time"}.get(form, form))
            case {"type": name}:
                return escape({"string": "text", "integer": "whole number", "boolean": "true or false"}.get(name, name))
        return escape("anything")

    @staticmethod
    def _curl(method: str, path: str, given: dict[str, Any], body: Content | None) -> str:
        wanted = "" if method == "get" else f"-X {method.upper()} "
        lines = [f'curl {wanted}"$FAIRLEAD{path}"']
        if given.get("security") != []:
            lines.append('-H "Authorization: Bearer $TOKEN"')
        if body:
            compact = re.sub(r"\s*\n\s*", " ", body.example).replace("'", r"'\''")
            lines += ["-H 'Content-Type: application/json'", f"-d '{compact}'"]
        return " \\\n  ".join(lines)


def prose(text: str) -> Markup:
    """A text with `code` and **emphasis** as HTML."""
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", html))


def limits(schema: dict[str, Any]) -> str:
    """What bounds a value, in words."""
    if "anyOf" in schema:
        inner = "; ".join(filter(None, (limits(choice) for choice in schema["anyOf"])))
        return "; ".join(filter(None, (inner, _default(schema))))
    bounds = [
        _range(schema.get("minLength"), schema.get("maxLength"), " characters"),
        _range(schema.get("minimum"), schema.get("maximum"), ""),
        _range(schema.get("minItems"), schema.get("maxItems"), " items"),
        _default(schema),
    ]
    return "; ".join(filter(None, bounds))


def _default(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return "" if default in (None, [], "") else f"{msgspec.json.encode(default).decode()} if not given"


def _range(least: int | None, most: int | None, unit: str) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f"at least {least:,}{unit}"
    return f"{least:,} to {most:,}{unit}" if least is not None else f"at most {most:,}{unit}"


def _indented(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text.lower())


def _who(security: list[dict[str, Any]] | None) -> str:
    if security is None:
        return "Signed in, or with a token"
    return "With a source's token or signature" if security else "Anybody"
