"""/openapi.json: the API described by the very types that validate it, and by what is really mounted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec
from msgspec import UNSET
from starlette.convertors import UUIDConvertor
from starlette.routing import BaseRoute, Mount, compile_path

from gateway.core.problems import MEDIA_TYPE, ProblemDocument
from gateway.http.bodies import LARGEST_BODY
from gateway.http.endpoint import JSON, Endpoint
from gateway.http.endpoints import Integer, Resource
from gateway.http.examples import example_of
from gateway.http.handling import has_etag
from gateway.http.shapes import Shape

SCHEMAS = "#/components/schemas/{name}"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

DESCRIPTION = f"""\
Fairlead takes sales leads in and assigns each one to a caller.

**Signing in.** People sign in with `POST /api/session`, which sets a cookie; programs send a token as
`Authorization: Bearer <token>`. Both may do what their user's role permits. Senders of leads have a token of their
source, or sign what they send.

**Answers and problems.** All is JSON in UTF-8. Whatever is refused is a problem document (RFC 9457,
`{MEDIA_TYPE}`) that says what is wrong, and in `errors` at which field. A body is at most {LARGEST_BODY // 1024} KiB,
but for leads in bulk and files to import.
503 means that nothing was changed: the same request may be sent again after `Retry-After` seconds.

**Long lists** come in pages: send what `next` said as `after`, until it is null.

**Nobody's change is lost.** What can be edited has an `etag`, also in the header `ETag`. An edit that sends it as
`If-Match` is answered 412 if somebody else was faster. Without the header the last one wins.

**Nothing is done twice.** A write with an `Idempotency-Key` of your choice may be sent again within 24 hours, after a
timeout for instance: it is carried out once and answered as before, with `idempotency-replayed: true`. The key with
another request is refused with 422.
"""

WHY = {
    400: "The body is not JSON in UTF-8, or did not arrive whole.",
    401: "Nobody is signed in, or the token or signature is not right.",
    403: "The role does not permit it, or the request came from another site.",
    404: "There is no such thing, or it is not yours to see.",
    409: "Things are not as they would have to be; `detail` says why.",
    412: "It is not the version that `If-Match` names: somebody has changed it meanwhile.",
    413: "The body is larger than is taken here.",
    415: "The body is not sent as JSON, or packed in a way that is not known here.",
    422: "Something in the request is not as described here; `errors` names the fields.",
    429: "Too many requests; `Retry-After` says when to go on.",
    503: "The database cannot be reached just now. Nothing was changed; try again after `Retry-After` seconds.",
}

SECURITY: dict[str, Any] = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "fairlead_session",
        "description": "The cookie that signing in sets.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A personal token, or a short-lived one (JWT). Either may do what its user may.",
    },
    "source": {"type": "http", "scheme": "bearer", "description": "The token of a source of leads."},
    "webhookId": {"type": "apiKey", "in": "header", "name": "webhook-id", "description": "Standard Webhooks."},
    "webhookTimestamp": {"type": "apiKey", "in": "header", "name": "webhook-timestamp", "description": "Now."},
    "webhookSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Made with the source's secret over id, timestamp and body: see standardwebhooks.com.",
    },
}
SECURITY_BY: dict[str, list[dict[str, list[str]]]] = {
    "anybody": [],
    "sources": [{"source": []}, {"webhookId": [], "webhookTimestamp": [], "webhookSignature": []}],
}

HEADERS: dict[str, Any] = {
    "ETag": {"description": "The version of what is answered.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` if an earlier request with this Idempotency-Key was answered so.",
        "schema": {"const": "true"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
}
PARAMETERS: dict[str, Any] = {
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The etag that was read, in quotes: the edit is refused if it is not current any more.",
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The etag that is known, in quotes: 304 if it is current still.",
        "schema": {"type": "string"},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A text of your choice, new for each new request. Repeated with it, one is carried out once.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 300},
    },
}


def mounted(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, dict[str, Any], Endpoint]]:
    """Every endpoint there is, with its whole path and the convertors of its parameters."""
    for route in routes:
        if isinstance(route, Mount):
            yield from mounted(route.routes, prefix + route.path)
        elif isinstance(route, Resource):
            for endpoint in route.endpoints.values():
                yield prefix + route.path_format, route.param_convertors, endpoint


def document(routes: Sequence[BaseRoute], *besides: Endpoint) -> dict[str, Any]:
    """The OpenAPI 3.1 document of what is mounted, and of endpoints answered `besides`, which have whole paths."""
    found = [*((*compile_path(endpoint.path)[1:], endpoint) for endpoint in besides), *mounted(routes)]
    endpoints = [endpoint for _, _, endpoint in found]
    schemas, refs = _schemas(endpoints)
    paths: dict[str, Any] = {}
    for path, convertors, endpoint in found:
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, convertors, refs, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fairlead",
            "version": version("fairlead"),
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}, {"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(endpoint.tag for endpoint in endpoints)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {f"Problem{status}": _problem(status) for status in WHY},
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "securitySchemes": SECURITY,
        },
    }


def statuses(endpoint: Endpoint, *, has_path_parameters: bool) -> set[int]:
    """Every status of a problem that the endpoint may answer with."""
    found = {503, *endpoint.problems}
    if endpoint.body is not None:
        found |= {400, 413, 415, 422}
    if endpoint.takes is not None:
        found |= {400, 413, 422}
    if endpoint.query is not None:
        found |= {400, 422}
    if endpoint.takes_key:
        found |= {400, 413, 422}
    if endpoint.edits:
        found |= {412, 422}
    if has_path_parameters:
        found.add(404)
    if endpoint.by == "users":
        found |= {401, 403}
    elif endpoint.by == "anybody" and endpoint.method != "GET":
        found.add(403)
    return found


def _schemas(endpoints: Sequence[Endpoint]) -> tuple[dict[str, Any], dict[Any, Any]]:
    """The components, and the schema of each type by the type itself."""
    of_all = (type_ for one in endpoints for type_ in (one.body, one.answers, *(one.many or ())) if type_)
    types = list(dict.fromkeys(of_all))
    found, components = msgspec.json.schema_components([*types, ProblemDocument], ref_template=SCHEMAS)
    shapes = {shape.__name__: shape for shape in _subclasses(Shape)}
    for name, schema in components.items():
        if shape := shapes.get(name.split("_")[0]):
            _answered(schema, shape)
    return components, dict(zip(types, found, strict=False))


def _answered(schema: dict[str, Any], shape: Any) -> None:
    """Say of an answer what is not so of an input: all its fields are there, and there may come to be more."""
    optional = {field.encode_name for field in msgspec.structs.fields(shape) if field.default is UNSET}
    schema.pop("additionalProperties", None)
    schema["required"] = [name for name in schema["properties"] if name not in optional]
    for described in schema["properties"].values():
        described.pop("default", None)


def _subclasses(shape: type[Any]) -> Iterator[type[Any]]:
    for sub in shape.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def _operation(
    endpoint: Endpoint, convertors: dict[str, Any], refs: dict[Any, Any], schemas: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "tags": [endpoint.tag],
        "summary": endpoint.summary.rstrip("."),
        "description": endpoint.description,
        "parameters": [
            *_path_parameters(convertors),
            *_query_parameters(endpoint.query),
            *_header_parameters(endpoint),
        ],
        "responses": {str(endpoint.status): _success(endpoint, refs)},
    }
    if endpoint.by in SECURITY_BY:
        operation["security"] = SECURITY_BY[endpoint.by]
    if endpoint.body is not None:
        for name in sorted(endpoint.ignored):
            left_aside = {"readOnly": True, "description": "Decided by the server: left aside."}
            schemas[endpoint.body.__name__]["properties"].setdefault(name, left_aside)
        content = {"schema": refs[endpoint.body], "example": example_of(endpoint.body)}
        media_types = (JSON, *FORMS) if endpoint.is_form else (JSON,)
        described = dict.fromkeys(media_types, content)
        if endpoint.many is not None:
            described[JSON] = {**content, "schema": {"anyOf": [content["schema"], refs[endpoint.many[0]]]}}
        operation["requestBody"] = {"required": True, "content": described}
    if endpoint.takes is not None:
        binary = {"schema": {"type": "string", "format": "binary"}, "example": "the bytes of the file"}
        operation["requestBody"] = {"required": True, "content": {endpoint.takes: binary}}
    if _is_webhook(endpoint):
        again = {**_success(endpoint, refs), "description": "It was known already: the first answer again."}
        if endpoint.many is not None:
            again["description"] += " To many leads at once: what became of each, in their order."
            [content] = again["content"].values()
            again["content"] = {JSON: {**content, "schema": {"anyOf": [content["schema"], refs[endpoint.many[1]]]}}}
        operation["responses"]["200"] = again
    if endpoint.cacheable:
        operation["responses"]["304"] = {
            "description": "It is what `If-None-Match` names.",
            "headers": _headers("ETag"),
        }
    for status in sorted(statuses(endpoint, has_path_parameters=bool(convertors))):
        operation["responses"].setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    return operation


def _is_webhook(endpoint: Endpoint) -> bool:
    """Whether it takes one lead of a source, that may be known again by an Idempotency-Key."""
    return endpoint.by == "sources" and endpoint.status == 201


def _path_parameters(convertors: dict[str, Any]) -> list[dict[str, Any]]:
    parameters = []
    for name, convertor in convertors.items():
        schema: dict[str, Any] = {"type": "string", "minLength": 1}
        if isinstance(convertor, UUIDConvertor):
            schema = {"type": "string", "format": "uuid"}
        elif isinstance(convertor, Integer):
            schema = {"type": "integer", "minimum": 0, "maximum": convertor.largest}
        parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
    return parameters


def _query_parameters(query: Any) -> list[dict[str, Any]]:
    if query is None:
        return []
    _, components = msgspec.json.schema_components([query], ref_template=SCHEMAS)
    struct = components.pop(query.__name__)
    parameters = []
    for name, schema in struct["properties"].items():
        schema = dict(schema)
        # A parameter that is not given is not null, it is not there.
        if "anyOf" in schema:
            [schema] = [one for one in schema["anyOf"] if one != {"type": "null"}]
        elif schema.get("default", "") is None:
            del schema["default"]
        # An empty one counts as not given.
        required = name in struct.get("required", ())
        parameter = {"name": name, "in": "query", "required": required, "allowEmptyValue": True}
        if description := schema.pop("description", None):
            parameter["description"] = description
        parameters.append({**parameter, "schema": schema})
    return parameters


def _header_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    wanted = {
        "IfMatch": endpoint.edits,
        "IfNoneMatch": endpoint.cacheable,
        "IdempotencyKey": endpoint.takes_key or _is_webhook(endpoint),
    }
    return [{"$ref": f"#/components/parameters/{name}"} for name, is_taken in wanted.items() if is_taken]


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _success(endpoint: Endpoint, refs: dict[Any, Any]) -> dict[str, Any]:
    names = [
        *(["ETag"] if has_etag(endpoint.answers) else []),
        *(["Idempotency-Replayed"] if endpoint.takes_key else []),
    ]
    response: dict[str, Any] = {"description": HTTPStatus(endpoint.status).phrase}
    if names:
        response["headers"] = _headers(*names)
    if endpoint.answers is not None:
        content = {"schema": refs[endpoint.answers], "example": example_of(endpoint.answers)}
        if endpoint.media_type != JSON:
            content = {"schema": {"type": "string"}, "example": _stream(content["example"])}
        response["content"] = {endpoint.media_type: content}
    return response


def _stream(event: Any) -> str:
    text = msgspec.json.encode(event).decode()
    return f"id: {event['seq']}\ndata: {text}\n\n"


def _problem(status: int) -> dict[str, Any]:
    example: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": WHY[status].replace("`", ""),
    }
    if status == 422:
        example |= {"detail": "name: It is missing.", "errors": [{"field": "name", "message": "It is missing."}]}
    content = {"schema": {"$ref": SCHEMAS.format(name="ProblemDocument")}, "example": example}
    headers = {"headers": _headers("Retry-After")} if status in (429, 503) else {}
    return {"description": WHY[status], "content": {MEDIA_TYPE: content}, **headers}
