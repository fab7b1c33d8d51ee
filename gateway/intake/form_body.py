"""What a form on a page sends, in each of the ways there are, as fields of JSON. Of files the names alone are kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec
from msgspec import Raw
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.core.problems import Problem
from gateway.intake.form_fields import MOST_FIELDS, Pairs, charset_of, fields_of, read_encoded

MOST_FILES = 20
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
# Where the names of a form's files go, by its fields.
FILES = "files"

_encode = msgspec.json.Encoder().encode
_decode_fields = msgspec.json.Decoder(dict[str, Raw]).decode


async def read_form_body(body: bytes, content_type: str) -> dict[str, Raw]:
    """The fields that were filled in; several of one name, such as boxes ticked, are one text.

    Raises Problem 400 or 415, or an error that `errors` turns into 400 or 422.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        body.decode()
        return _decode_fields(body)
    if media_type not in (FORM, MULTIPART):
        raise Problem(415, "Send the form as browsers do, or as JSON.")
    filled: dict[str, list[str]] = {}
    for name, value in await read_pairs(body, content_type):
        if value.strip():
            filled.setdefault(name, []).append(value)
    return fields_of((name, ", ".join(values)) for name, values in filled.items())


async def read_pairs(body: bytes, content_type: str = FORM) -> Pairs:
    """Names and values in the body of a form, of either media type. Raises Problem 400."""
    if content_type.strip().lower().startswith(MULTIPART):
        return await _read_parts(body, content_type)
    return read_encoded(body, charset_of(content_type))


async def _read_parts(body: bytes, content_type: str) -> Pairs:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    headers = Headers({"content-type": content_type})
    parser = MultiPartParser(headers, whole(), max_fields=MOST_FIELDS, max_files=MOST_FILES)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:  # KeyError: no boundary is named
        raise Problem(400, f"The form cannot be read: {error}") from error
    pairs: Pairs = []
    for name, value in form.multi_items():
        # Browsers write a quote within a name as %22.
        name = name.replace("%22", '"')
        if isinstance(value, str):
            pairs.append((name, value))
        elif value.filename:
            pairs.append((f"{FILES}[{name.replace('[', '(').replace(']', ')')}]", value.filename))
    await form.close()
    return pairs
