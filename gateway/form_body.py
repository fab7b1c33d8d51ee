"""What a form on a page sends, in each of the three ways there are, as fields of JSON. Files are left aside."""

from __future__ import annotations

import re

import msgspec
from msgspec import Raw

from gateway.problems import Problem
from gateway.submission import read_pairs

MOST_FIELDS = 200
BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,200})"?', re.IGNORECASE)
# As browsers write them: a quote within a name is %22.
NAME = re.compile(r'(?:^|[;\s])name="([^"]*)"', re.IGNORECASE)
FILE = re.compile(r"(?:^|[;\s])filename\*?=", re.IGNORECASE)

_encode = msgspec.json.Encoder().encode
_decode_fields = msgspec.json.Decoder(dict[str, Raw]).decode


def read_form_body(body: bytes, content_type: str) -> dict[str, Raw]:
    """The fields that were filled in; several of one name, such as boxes ticked, are one text.

    Raises Problem 400 or 415, or an error that `problems` turns into 400 or 422.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        body.decode()
        return _decode_fields(body)
    if media_type == "application/x-www-form-urlencoded":
        pairs = read_pairs(body)
    elif media_type == "multipart/form-data":
        pairs = _read_parts(body, content_type)
    else:
        raise Problem(415, "Send the form as browsers do, or as JSON.")
    filled: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip():
            filled.setdefault(name, []).append(value)
    return {name: Raw(_encode(", ".join(values))) for name, values in filled.items()}


def _read_parts(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """The text fields of a multipart/form-data body, as RFC 7578 and browsers have it."""
    found = BOUNDARY.search(content_type)
    parts = (b"\r\n" + body).split(b"\r\n--" + found[1].encode()) if found else []
    if not 2 <= len(parts) <= MOST_FIELDS + 2 or not parts[-1].startswith(b"--"):
        raise Problem(400, f"The form cannot be read: it is not whole, or has more than {MOST_FIELDS} fields.")
    pairs = []
    for part in parts[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        headers = head.decode().split("\r\n")
        disposition = next((line for line in headers if line.lower().startswith("content-disposition:")), "")
        name = NAME.search(disposition)
        if name and not FILE.search(disposition):
            pairs.append((name[1].replace("%22", '"'), value.decode()))
    return pairs
