"""Web Push: a message that only one browser can read (RFC 8291), and who sends it (VAPID, RFC 8292)."""

from __future__ import annotations

import base64
import hmac
import time

import http_ece
import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.core.settings import Settings

# Order of the curve P-256 (FIPS 186-5).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# The longest that push services take is 24 hours.
SECONDS_GOOD = 12 * 3600
# For how long a push service keeps a message for a browser that is off: later nobody needs to be told.
SECONDS_KEPT = 4 * 3600


class Voucher:
    """Says who sends, to every push service: a key derived from the gateway's own, so that all gateways have the same.

    `public` is what browsers are given when they subscribe, in base64url.
    """

    def __init__(self, settings: Settings) -> None:
        # 512 bits for a number of 256: the remainder is even enough (FIPS 186-5, A.2.1).
        digest = hmac.digest(settings.secret_key, b"web push", "sha512")
        self._key = ec.derive_private_key(int.from_bytes(digest) % (ORDER - 1) + 1, ec.SECP256R1())
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
        self._contact = settings.mail_server.sender if settings.mail_server else settings.admin_email

    def header(self, endpoint: str) -> str:
        """What stands in `Authorization` of a message to this address."""
        url = httpx.URL(endpoint)
        claims = {
            "aud": f"{url.scheme}://{url.netloc.decode('ascii')}",
            "exp": int(time.time()) + SECONDS_GOOD,
            "sub": f"mailto:{self._contact}",
        }
        return f"vapid t={jwt.encode(claims, self._key, algorithm='ES256')}, k={self.public}"


class Subscription(msgspec.Struct):
    """A browser, as api.claim_notices() gives it."""

    id: str
    endpoint: str
    p256dh: bytes
    auth: bytes


class Shown(msgspec.Struct):
    """What a browser shows: the newest of a tag takes the place of the others, and a click opens `url`."""

    title: str
    body: str
    url: str
    tag: str


def message_for(subscription: Subscription, shown: Shown, voucher: Voucher) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a message. Raises ValueError for keys that are none."""
    body = http_ece.encrypt(
        msgspec.json.encode(shown),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=subscription.p256dh,
        auth_secret=subscription.auth,
        version="aes128gcm",
    )
    return body, {
        "authorization": voucher.header(subscription.endpoint),
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(SECONDS_KEPT),
        "urgency": "high",
        "topic": shown.tag,
    }


def is_key(key: bytes) -> bool:
    """Whether this is a public key of a browser: a point of the curve, uncompressed."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    except ValueError:
        return False
    return len(key) == 65
