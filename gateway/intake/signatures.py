"""Whether a sender made what it posts: its secret in the body, or a signature made with it.

The schemes:

- body: HMAC-SHA256 of the body (Meta, Typeform, Tally, LinkedIn).
- timed: HMAC-SHA256 of time, a dot, and the body, in a header `t=…,v1=…` (Calendly, TikTok).
- standard: Standard Webhooks, also under the names of Svix.
- hubspot: HMAC-SHA256 of method, address, body and time in milliseconds (X-HubSpot-Signature-v3).
- twilio: HMAC-SHA1 of the address and the sorted fields of the form; of JSON, the address says the SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, parse_qsl

from standardwebhooks import Webhook, WebhookVerificationError

from gateway.core.problems import Problem
from gateway.intake.kinds import Signature

SECONDS_OFF = 300


class Signed(NamedTuple):
    """A request as it was signed: its address as the sender wrote it, its headers with names in lower case."""

    method: str
    urls: tuple[str, ...]
    headers: dict[bytes, bytes]
    body: bytes


def check(signature: Signature, secret: str, request: Signed) -> None:
    """Raises Problem 401 unless the request was signed with the secret a moment ago."""
    if not _SCHEMES[signature.scheme](signature, secret, request):
        raise Problem(401, f"The signature was refused: {signature.header} is missing, too old, or wrong.")


def standard_names(headers: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """The headers of Standard Webhooks under their own names where they came under Svix's."""
    given = {name: headers.get(b"svix-" + name) for name in (b"id", b"timestamp", b"signature")}
    return {**headers, **{b"webhook-" + name: value for name, value in given.items() if value is not None}}


def _body(signature: Signature, secret: str, request: Signed) -> bool:
    given = _header(signature, request)
    wanted = signature.before + _digest(signature, secret, signature.salt.encode() + request.body)
    return _same(given, wanted)


def _timed(signature: Signature, secret: str, request: Signed) -> bool:
    parts = [part.strip().partition("=") for part in _header(signature, request).split(",")]
    at = next((value for name, _, value in parts if name == "t"), "")
    if not _is_now(at):
        return False
    wanted = _digest(signature, secret, at.encode() + b"." + request.body)
    return any(_same(value, wanted) for name, _, value in parts if name == signature.before)


def _standard(_signature: Signature, secret: str, request: Signed) -> bool:
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in standard_names(request.headers).items()}
    try:
        Webhook(secret).verify(request.body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: a secret or a header in no known form
        return False
    return True


def _hubspot(signature: Signature, secret: str, request: Signed) -> bool:
    at = request.headers.get(b"x-hubspot-request-timestamp", b"")
    if not _is_now(at[:-3].decode("latin-1")):
        return False
    given = _header(signature, request)
    method = request.method.encode()
    return any(
        _same(given, _digest(signature, secret, method + url.encode() + request.body + at)) for url in request.urls
    )


def _twilio(signature: Signature, secret: str, request: Signed) -> bool:
    given = _header(signature, request)
    form = request.headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded")
    fields = sorted(set(parse_qsl(request.body.decode("latin-1"), keep_blank_values=True))) if form else []
    said = "".join(name + value for name, value in fields)
    for url in request.urls:
        digest = parse_qs(url.partition("?")[2]).get("bodySHA256", [""])[0]
        if not form and request.body and not _same(digest.lower(), hashlib.sha256(request.body).hexdigest()):
            continue
        wanted = hmac.digest(secret.encode(), (url + said).encode(), "sha1")
        if _same(given, base64.b64encode(wanted).decode()):
            return True
    return False


_SCHEMES: dict[str, Callable[[Signature, str, Signed], bool]] = {
    "body": _body,
    "timed": _timed,
    "standard": _standard,
    "hubspot": _hubspot,
    "twilio": _twilio,
}


def _header(signature: Signature, request: Signed) -> str:
    return request.headers.get(signature.header.lower().encode(), b"").decode("latin-1")


def _digest(signature: Signature, secret: str, signed: bytes) -> str:
    digest = hmac.digest(secret.encode(), signed, "sha256")
    return digest.hex() if signature.encoding == "hex" else base64.b64encode(digest).decode()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _is_now(seconds: str) -> bool:
    return seconds.isdecimal() and len(seconds) < 12 and abs(time.time() - int(seconds)) <= SECONDS_OFF
