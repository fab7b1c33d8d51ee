"""What a form on a page sends, in each of the three ways there are, as fields of JSON. Files are left aside."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec
from msgspec import Raw
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.core.problems import Problem
from gateway.intake.lead import read_pairs

MOST_FIELDS = 200

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
    if media_type == "application/x-www-form-urlencoded":
        pairs = read_pairs(body)
    elif media_type == "multipart/form-data":
        pairs = await _read_parts(body, content_type)
    else:
        raise Problem(415, "Send the form as browsers do, or as JSON.")
    filled: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip():
            filled.setdefault(name, []).append(value)
    return {name: Raw(_encode(", ".join(values))) for name, values in filled.items()}


async def _read_parts(body: bytes, content_type: str) -> list[tuple[str, str]]:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(Headers({"content-type": content_type}), whole(), max_fields=MOST_FIELDS)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:  # KeyError: no boundary is named
        raise Problem(400, f"The form cannot be read: {error}") from error
    # Browsers write a quote within a name as %22.
    pairs = [(name.replace("%22", '"'), value) for name, value in form.multi_items() if isinstance(value, str)]
    await form.close()
    return pairs
