"""The headers that every answer has beside its own: the one place that decides.

Pages may run and load what is ours and nothing else; anything else is data, which a browser neither runs nor frames nor
keeps. What an answer says of itself stays: the files of a release, for one, say how long they may be kept.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core import request_ids

Headers = list[tuple[bytes, bytes]]

# Not even kept for the back button: after signing out, nothing is left to look at.
EVERY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]
DATA = [*EVERY, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")]
PAGE = [
    *EVERY,
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        b"connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"referrer-policy", b"same-origin"),
]
KNOWN = frozenset(name for name, _ in PAGE)
# A year. Said only to who came by TLS: over plain HTTP it means nothing.
ONLY_TLS = (b"strict-transport-security", b"max-age=31536000")


def completed(given: Iterable[tuple[bytes, bytes]], scheme: str) -> Headers:
    """The headers of an answer to the current request, of `scheme` (http or https), with those it lacks."""
    headers = list(given)
    names = dict(headers)
    wanted = PAGE if names.get(b"content-type", b"").startswith(b"text/html") else DATA
    if KNOWN.isdisjoint(names):
        headers += wanted
    else:
        headers += [header for header in wanted if header[0] not in names]
    if scheme == "https":
        headers.append(ONLY_TLS)
    if request_id := request_ids.current():
        headers.append((request_ids.HEADER, request_id.encode()))
    return headers
