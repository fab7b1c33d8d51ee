"""What goes over the wire: the JSON shapes the gateway reads and writes, and reading a body within its limits."""

from __future__ import annotations

import zlib
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from gateway.core.moments import read_moment
from gateway.core.problems import FieldError, Problem, in_plain_words, invalid

Shape = TypeVar("Shape")
Parameters = TypeVar("Parameters", bound=Struct)

LARGEST_BODY = 1024 * 1024
# How zlib is to unpack what is packed so. Deflate comes with zlib's header or, from some programs, without.
PACKED = {
    b"": (),
    b"identity": (),
    b"gzip": (zlib.MAX_WBITS | 16,),
    b"x-gzip": (zlib.MAX_WBITS | 16,),
    b"deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}
MOST_PACKINGS = 2


async def read_body(receive: Receive, content_length: bytes | None, largest: int = LARGEST_BODY) -> bytes:
    """The whole body of a request, as it came.

    Raises Problem 413 as soon as it is known to be larger than `largest` bytes.
    """
    if content_length is not None and content_length.isdigit() and int(content_length) > largest:
        raise too_large(largest)
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        if len(body) > largest:
            break
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise Problem(400, "The client went away before its body was complete.")
    if len(body) > largest:
        raise too_large(largest)
    return body


def too_large(largest: int) -> Problem:
    """413: more than `largest` bytes."""
    return Problem(413, f"The body is larger than {largest // 1024:,} KiB. Send less at a time, without attachments.")


def unpacked(body: bytes, encoding: bytes | None, largest: int = LARGEST_BODY) -> bytes:
    """The body without its Content-Encoding: gzip, deflate, or several of these.

    Raises Problem 400 for what is not packed so, 413 where it unpacks to more than `largest` bytes, 415 for others.
    """
    names = [name.strip() for name in (encoding or b"").lower().split(b",")]
    kinds = [PACKED[name] for name in reversed(names) if name in PACKED]
    if len(kinds) < len(names) or len(kinds) > MOST_PACKINGS:
        detail = "The body's Content-Encoding is not known here. Send it as it is, or by gzip or deflate."
        raise Problem(415, detail, headers={"accept-encoding": "gzip, deflate"})
    for kind in filter(None, kinds):
        body = _inflated(body, kind, largest)
    return body


def _inflated(body: bytes, kinds: tuple[int, ...], largest: int) -> bytes:
    for kind in kinds:
        unpacking = zlib.decompressobj(kind)
        try:
            found = unpacking.decompress(body, largest + 1)
        except zlib.error:
            continue
        if len(found) > largest:
            raise too_large(largest)
        if unpacking.eof:
            return found
    raise Problem(400, "The body is not packed as its Content-Encoding says, or was cut off.")


async def read_json(
    request: Request, shape: type[Shape], *, ignored: frozenset[str] = frozenset(), largest: int = LARGEST_BODY
) -> Shape:
    """The request's JSON body as `shape`, without the top-level fields named in `ignored`.

    Raises Problem 413 or 415, or the msgspec error that `errors` turns into 400 or 422.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(415, "Send the body as JSON, with the header Content-Type: application/json.")
    body = await read_body(request.receive, request.headers.get("content-length", "").encode(), largest)
    value: Any = msgspec.json.decode(body)
    if ignored and isinstance(value, dict):
        value = {name: field for name, field in value.items() if name not in ignored}
    return msgspec.convert(value, shape)


def read_query(request: Request, shape: type[Parameters]) -> Parameters:
    """The query's parameters as `shape`; an empty one counts as not given.

    Raises Problem 400 if they are not UTF-8, or 422 naming each mistake.
    """
    known = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    errors: list[FieldError] = []
    given: dict[str, object] = {}
    for name, text in _pairs(request):
        if name not in known:
            errors.append(FieldError(name, "There is no such parameter.", f"There are: {', '.join(known)}."))
        elif known[name].name in given:
            errors.append(FieldError(name, "It must be there once."))
        elif text:
            try:
                given[known[name].name] = msgspec.convert(text, _without_null(known[name].type), strict=False)
            except msgspec.ValidationError as error:
                errors.append(FieldError(name, in_plain_words(error)))
    errors += [
        FieldError(name, "It is missing.")
        for name, field in known.items()
        if field.required and field.name not in given
    ]
    if errors:
        raise invalid(*errors)
    return shape(**given)


def _pairs(request: Request) -> list[tuple[str, str]]:
    try:
        return parse_qsl(request.url.query, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise Problem(400, "The query is not UTF-8, or has too many parameters.") from None


def _without_null(type_: Any) -> Any:
    """A parameter that is not given is not null: `null` would be a text like any other."""
    kept = [one for one in get_args(type_) if one is not NoneType]
    return kept[0] if get_origin(type_) in (Union, UnionType) and len(kept) == 1 else type_


def encoded(value: object) -> str:
    """JSON as text, which is how the database takes it."""
    return msgspec.json.encode(value).decode()


def check_moments(**given: str | None) -> dict[str, str]:
    """Those given, each as `read_moment` reads it. Raises Problem 422 naming those that are neither date nor time."""
    moments: dict[str, str] = {}
    errors: list[FieldError] = []
    for name, text in given.items():
        try:
            if text is not None:
                moments[name] = read_moment(text)
        except ValueError as error:
            errors.append(FieldError(name, str(error)))
    if errors:
        raise invalid(*errors)
    return moments


def json_response(body: str | bytes | object, status: int = 200) -> Response:
    """A JSON response; text and bytes are taken to be JSON already, as jsonb arrives from the database."""
    encoded = body if isinstance(body, str | bytes) else msgspec.json.encode(body)
    return Response(encoded, status, media_type="application/json")
