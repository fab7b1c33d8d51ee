"""Passwords: made, hashed, compared. What people type in goes through `check`, which counts the failures."""

from __future__ import annotations

import functools
import secrets
from typing import NamedTuple

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from gateway.database import Database
from gateway.problems import Problem

# Each hash takes tens of MiB and a core for tens of milliseconds: more at once would starve the leads.
_at_once = anyio.CapacityLimiter(2)
_hasher = PasswordHasher()


class Checked(NamedTuple):
    """A password that was right: whose it is, and the hash it was compared with."""

    email: str
    password_hash: str


def new_password() -> str:
    """A password to be shown once."""
    return secrets.token_urlsafe(12)


def password_hash(password: str) -> str:
    """Its Argon2id hash in PHC form, as `api.create_user` takes it."""
    return _hasher.hash(password)


async def hashed(password: str) -> str:
    """Its hash, made aside so that the gateway goes on meanwhile."""
    return await anyio.to_thread.run_sync(password_hash, password, limiter=_at_once)


async def check(keeper: Database, email: str, password: str, address: str) -> Checked | None:
    """Whether the password is that of the account; None if it is wrong or there is no such account.

    Raises Problem 429 while the account or the network address must wait, whatever the password; or Unavailable.
    """
    email = email.strip().lower()
    known = (await keeper.rows("check_sign_in", email, address))[0]
    if known["wait"]:
        raise too_many(known["wait"])
    # The same work is done for a name nobody has, so that answers do not tell which addresses are known.
    stored: str | None = known["password_hash"]
    right = await anyio.to_thread.run_sync(_matches, stored, password, limiter=_at_once)
    if right and stored is not None:
        return Checked(email, stored)
    if wait := (await keeper.rows("refuse_sign_in", email, address))[0][0]:
        raise too_many(wait)
    return None


def too_many(wait: int) -> Problem:
    """429: nobody may try for `wait` seconds."""
    time = f"{wait} second{'s' if wait > 1 else ''}" if wait < 90 else f"{round(wait / 60)} minutes"
    return Problem(429, f"Too many failed attempts. Try again in {time}.", headers={"retry-after": str(wait)})


def _matches(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _hash_of_nobody(), password)
    except (Argon2Error, InvalidHashError):
        return False


@functools.cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())
