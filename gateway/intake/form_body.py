"""What a form on a page sends, in each of the ways there are, as fields of JSON. Of files the names alone are kept."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.core.mending import as_utf8
from gateway.core.problems import Problem
from gateway.intake.form_fields import MOST_FIELDS, Pairs, charset_of, read_encoded

MOST_FILES = 20
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
LINES = "text/plain"
LINE_ENDS = re.compile(rb"[\r\n]")
# Where the names of a form's files go, by its fields.
FILES = "files"


async def read_pairs(body: bytes, content_type: str = FORM) -> Pairs:
    """Names and values in the body of a form, of either media type. Raises Problem 400."""
    if content_type.strip().lower().startswith(MULTIPART):
        return await _read_parts(body, content_type)
    if content_type.strip().lower().startswith(LINES) and b"&" not in body and LINE_ENDS.search(body.strip()):
        return _read_lines(as_utf8(body, charset_of(content_type)).decode())
    return read_encoded(body, charset_of(content_type))


def _read_lines(text: str) -> Pairs:
    """A name and a value in each line, as browsers send a form of the type text/plain; else it goes on."""
    pairs: Pairs = []
    for line in text.splitlines():
        name, sign, value = line.partition("=")
        if sign and name and not name.isspace():
            pairs.append((name.strip(), value))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}\n{line}".rstrip())
    if len(pairs) > MOST_FIELDS:
        raise Problem(400, f"The form cannot be read: it has more than {MOST_FIELDS} fields.")
    return pairs


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
