"""Devices known to an account: a browser that has signed in to it keeps a cookie that says so, signed by the gateway.

The cookie opens nothing. With it, the failed sign-ins of this device are counted apart from those of strangers, who
could otherwise lock the owner out by guessing.
"""

from __future__ import annotations

import hmac
import re
import secrets

COOKIE = "fairlead_device"
LIFETIME_SECONDS = 400 * 24 * 3600
# A browser that several people share remembers the last few of them.
MOST_ACCOUNTS = 5

_FORM = re.compile(rf"([0-9a-f]{{32}})((?:\.[0-9a-f]{{32}}){{1,{MOST_ACCOUNTS}}})")


class Devices:
    """Signs device cookies and reads them, with a key derived from the gateway's own."""

    def __init__(self, secret_key: bytes) -> None:
        self._key = hmac.digest(secret_key, b"known devices", "sha256")

    def known(self, cookie: str | None, email: str) -> str | None:
        """The name of the device, if the account with this address has been signed in to with it."""
        found = _FORM.fullmatch(cookie or "")
        if found is None:
            return None
        wanted = self._mark(found[1], email)
        marks = found[2][1:].split(".")
        return f"device {found[1]}" if any(hmac.compare_digest(mark, wanted) for mark in marks) else None

    def remembered(self, cookie: str | None, email: str) -> str:
        """The cookie of a device that has just signed in to the account; `cookie` is the one it had."""
        found = _FORM.fullmatch(cookie or "")
        device, marks = (found[1], found[2][1:].split(".")) if found else (secrets.token_hex(16), [])
        mark = self._mark(device, email)
        return ".".join([device, mark, *(other for other in marks if other != mark)][: MOST_ACCOUNTS + 1])

    def _mark(self, device: str, email: str) -> str:
        return hmac.digest(self._key, f"{device} {email.strip().lower()}".encode(), "sha256").hex()[:32]
