"""What programs show: personal tokens, and the access and refresh tokens of a grant.

    flp_<secret>             personal token
    <header>.<claims>.<mac>  access token: a JWT (HS256) that names its grant in `sid`, good for a quarter of an hour
    flr_<sid>.<secret>       refresh token: good once, for the next pair; `sid` stays the same

A token only says which session to look for; whether there still is one and what its user may do, the database says.
"""

from __future__ import annotations

import hmac
import secrets
import time
from typing import NamedTuple

import jwt

from gateway.core.tokens import token_hash

ACCESS_SECONDS = 15 * 60
PERSONAL = "flp_"
REFRESH = "flr_"

_ISSUER = "fairlead"
_ALGORITHM = "HS256"
_CLAIMS = ["iss", "sub", "ws", "iat", "exp", "jti", "sid"]


class Shown(NamedTuple):
    """What a request shows of its session: the kind, and the hash the session is known by.

    `owner`, (user, workspace), is what an access token claims about it.
    """

    kind: str
    token_hash: bytes
    owner: tuple[str, int] | None = None


class RefreshToken(NamedTuple):
    """A refresh token; `sid` is the part that stays the same."""

    sid: str
    secret: str

    @property
    def text(self) -> str:
        """As it is handed out."""
        return f"{REFRESH}{self.sid}.{self.secret}"

    @property
    def family_hash(self) -> bytes:
        """What the grant is known by."""
        return token_hash(self.sid)

    @property
    def refresh_hash(self) -> bytes:
        """What tells this token from earlier and later ones of the grant."""
        return token_hash(self.text)

    @classmethod
    def read(cls, text: str) -> RefreshToken | None:
        """The token in `text`, if it has the form of one."""
        sid, dot, secret = text.removeprefix(REFRESH).partition(".")
        return cls(sid, secret) if text.startswith(REFRESH) and sid and dot and secret else None


def new_refresh_token(sid: str | None = None) -> RefreshToken:
    """The next refresh token of a grant, or the first one of a new grant."""
    return RefreshToken(sid or secrets.token_urlsafe(16), secrets.token_urlsafe(32))


def new_personal_token() -> str:
    """A personal token; only its hash is stored."""
    return PERSONAL + secrets.token_urlsafe(32)


class AccessTokens:
    """Makes access tokens and reads what programs show, with a key derived from the gateway's own."""

    def __init__(self, secret_key: bytes) -> None:
        self._key = hmac.digest(secret_key, b"access tokens", "sha256")

    def issue(self, user_id: str, workspace_id: int, sid: str) -> str:
        """An access token of a grant."""
        now = int(time.time())
        claims = {
            "iss": _ISSUER,
            "sub": user_id,
            "ws": workspace_id,
            "iat": now,
            "exp": now + ACCESS_SECONDS,
            "jti": secrets.token_urlsafe(12),
            "sid": sid,
        }
        return jwt.encode(claims, self._key, _ALGORITHM)

    def read(self, token: str) -> Shown | None:
        """What a personal or access token shows; None if it is neither, forged, or expired."""
        if token.startswith(PERSONAL):
            return Shown("token", token_hash(token))
        try:
            claims = jwt.decode(token, self._key, [_ALGORITHM], {"require": _CLAIMS}, issuer=_ISSUER)
        except (jwt.InvalidTokenError, RecursionError):
            return None
        return Shown("grant", token_hash(claims["sid"]), (claims["sub"], claims["ws"]))
