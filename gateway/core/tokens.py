"""Tokens: how one is made, and what is stored of it."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """A token for a new source; only its hash is stored."""
    return f"fl_{secrets.token_urlsafe(32)}"


def token_hash(token: str | bytes) -> bytes:
    """What is stored of a token or a cookie: its SHA-256."""
    return hashlib.sha256(token if isinstance(token, bytes) else token.encode()).digest()
