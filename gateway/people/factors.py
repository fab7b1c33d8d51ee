"""The second factor: codes that an app makes from a secret and the time (TOTP, RFC 6238), and recovery codes.

A secret is stored encrypted with a key derived from the gateway's own, and bound to its person. Which code was used
last, and which recovery codes are left, the database keeps.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import time
from base64 import b32encode
from typing import NamedTuple
from uuid import UUID

import pyotp
import segno
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

log = structlog.get_logger(__name__)

ISSUER = "Fairlead"
STEP_SECONDS = 30
# Phones' clocks are a little off: the code before and the one after are taken, too.
STEPS_OFF = (0, -1, 1)
RECOVERY_CODES = 10
NONCE_BYTES = 12

_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_BETWEEN = re.compile(r"[\s-]+")


class Taken(NamedTuple):
    """How the database knows a code that may be right: by its step, or by its SHA-256 if it is a recovery code."""

    step: int | None = None
    recovery: bytes | None = None


class NewSecret(NamedTuple):
    """A secret in four forms: to be typed, as the URI that apps take, as a QR code of that URI, and encrypted."""

    text: str
    uri: str
    qr: str
    sealed: bytes


class Factors:
    """Makes secrets and checks codes."""

    def __init__(self, secret_key: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(secret_key, b"second factors", "sha256"))

    def new_secret(self, user_id: UUID, email: str) -> NewSecret:
        """A secret for a person; the picture is a data: URI of a QR code."""
        text = pyotp.random_base32()
        uri = pyotp.TOTP(text).provisioning_uri(name=email, issuer_name=ISSUER)
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), user_id.bytes)
        return NewSecret(text, uri, segno.make(uri, micro=False).svg_data_uri(scale=5, border=4, light="#fff"), sealed)

    def taken(self, user_id: UUID, sealed: bytes, last_step: int, code: str) -> Taken | None:
        """How the database knows the code: right and later than the last, or a recovery code. None for a wrong one."""
        code = _BETWEEN.sub("", code).lower()
        if not _CODE.fullmatch(code):
            return Taken(recovery=hash_of(code))
        try:
            text = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], user_id.bytes).decode()
        except InvalidTag:
            log.error("a second factor was made with another secret key", user=str(user_id))
            return None
        now = int(time.time()) // STEP_SECONDS
        for step in (now + off for off in STEPS_OFF):
            if step > last_step and hmac.compare_digest(pyotp.TOTP(text).generate_otp(step), code):
                return Taken(step=step)
        return None


def new_recovery_codes() -> list[str]:
    """Codes to be shown once, each of 80 random bits."""
    found = (b32encode(os.urandom(10)).decode().lower() for _ in range(RECOVERY_CODES))
    return ["-".join(re.findall("....", code)) for code in found]


def hash_of(code: str) -> bytes:
    """The SHA-256 of a recovery code; case, spaces and hyphens do not matter."""
    return hashlib.sha256(_BETWEEN.sub("", code).lower().encode()).digest()
