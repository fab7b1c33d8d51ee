"""Posting one message to an address that a customer typed in: nowhere inside the network, and never for long.

The name is resolved here, every address it has must be a public one, and it is that address that is connected to, so
that no second answer of a name server can lead elsewhere. Redirects are not followed, and of the answer only the
beginning is read.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Literal, NamedTuple

import httpx

TIME_LIMITS = httpx.Timeout(10, connect=5)
# For all of it: name, connection, request and answer, of every address tried.
MOST_SECONDS = 20
MOST_ADDRESSES = 3
MOST_OF_ANSWER = 2000

# Networks whose addresses stand for IPv4 ones, which a translator on the way would reach.
TRANSLATED = IPv6Network("64:ff9b::/96")


class Outcome(NamedTuple):
    """What came of a try: whether it was delivered, what was answered, and for how many seconds to wait, if it said."""

    result: Literal["delivered", "failed", "gone"]
    answer: str
    wait_seconds: int | None = None


# Status, headers and beginning of the body of an answer -> what it means.
Read = Callable[[int, Mapping[str, str], bytes], Outcome]


class NotAllowed(Exception):
    """An address that may not be posted to; the message says why."""


def new_client() -> httpx.AsyncClient:
    """The client for `post`. A connection is used once: the next one to the same address may be for another name."""
    return httpx.AsyncClient(
        timeout=TIME_LIMITS, follow_redirects=False, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
    )


def check_url(text: str, *, allow_private: bool) -> httpx.URL:
    """The URL, checked as far as it can be without a look-up of its name. Raises NotAllowed."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise NotAllowed("It is no URL.") from None
    if url.scheme not in ("https", "http") or not url.host or url.userinfo:
        raise NotAllowed("It must be a URL that begins with https://, without a user name or password.")
    if url.scheme == "http" and not allow_private:
        raise NotAllowed("It must begin with https://.")
    try:
        literal = ip_address(url.host)
    except ValueError:
        return url
    _refuse_private(literal, allow_private=allow_private)
    return url


async def post(
    client: httpx.AsyncClient,
    address: str,
    body: bytes,
    headers: dict[str, str],
    *,
    allow_private: bool,
    read: Read | None = None,
) -> Outcome:
    """Post `body` to the URL `address`. Whatever goes wrong is an outcome; what an answer means, `read` may know."""
    try:
        async with asyncio.timeout(MOST_SECONDS):
            url = check_url(address, allow_private=allow_private)
            trouble = "the name has no address"
            for ip in (await _resolve(url, allow_private=allow_private))[:MOST_ADDRESSES]:
                try:
                    return await _post(client, url, ip, body, headers, read or outcome_of)
                except httpx.ConnectError as error:
                    trouble = _words(error)
            return Outcome("failed", f"No connection: {trouble}")
    except NotAllowed as error:
        return Outcome("failed", f"Not sent: {error}")
    except (TimeoutError, httpx.TimeoutException):
        return Outcome("failed", "No answer in time")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Outcome("failed", f"No answer: {_words(error)}")


async def _post(
    client: httpx.AsyncClient, url: httpx.URL, ip: str, body: bytes, headers: dict[str, str], read: Read
) -> Outcome:
    name = url.raw_host.decode("ascii")
    request = client.build_request(
        "POST",
        url.copy_with(host=ip),
        content=body,
        headers={"host": url.netloc.decode("ascii"), "accept-encoding": "identity", **headers},
        # The certificate must be that of the name, not of the number.
        extensions={"sni_hostname": name.strip("[]")},
    )
    response = await client.send(request, stream=True)
    try:
        beginning = b""
        async for chunk in response.aiter_raw():
            beginning += chunk
            if len(beginning) >= MOST_OF_ANSWER:
                break
    finally:
        await response.aclose()
    return read(response.status_code, response.headers, beginning[:MOST_OF_ANSWER])


def outcome_of(status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """What an answer means by the rules of HTTP."""
    answer = _said(status, body)
    if 200 <= status < 300:
        return Outcome("delivered", answer)
    if status == HTTPStatus.GONE:
        return Outcome("gone", answer)
    return Outcome("failed", answer, _wait_seconds(headers.get("retry-after")))


async def _resolve(url: httpx.URL, *, allow_private: bool) -> list[str]:
    """Every address of the URL's host. Raises NotAllowed if one of them is private, or OSError."""
    port = url.port or (443 if url.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(url.raw_host.decode("ascii").strip("[]"), port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        _refuse_private(ip_address(address.partition("%")[0]), allow_private=allow_private)
    return addresses


def _refuse_private(address: IPv4Address | IPv6Address, *, allow_private: bool) -> None:
    if not allow_private and not _is_public(address):
        raise NotAllowed(f"{address} is an address inside a network.")


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        return inner is None or _is_public(inner)
    return True


def _said(status: int, body: bytes) -> str:
    """Status and beginning of an answer, as one line."""
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    text = re.sub(r"[\s\x00-\x1f\x7f]+", " ", body.decode(errors="replace")).strip()
    return f"{phrase}: {text[:500]}" if text else phrase


def _words(error: Exception) -> str:
    """What went wrong, without what only programmers understand."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate is not trusted ({cause.verify_message})"
        if isinstance(cause, socket.gaierror):
            return "there is no such name"
        cause = cause.__cause__ or cause.__context__
    return str(error)[:300] or type(error).__name__


def _wait_seconds(retry_after: str | None) -> int | None:
    """Retry-After in seconds from now; None if there is none that can be read."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return min(int(retry_after.strip()[:9]), 2**31 - 1)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0, int((until - datetime.now(UTC)).total_seconds()))
