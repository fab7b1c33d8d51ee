"""Passwords: made, hashed, compared. What people type in goes through `check`, which counts the failures."""

from __future__ import annotations

import functools
import re
import secrets
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from gateway.core.problems import FieldError, Problem, invalid
from gateway.database.calls import Database

SHORTEST = 10
HINT = "Three or four words that do not belong together make a good one."
# Of 4: at this one, 10^8 guesses do not find it.
LEAST_SCORE = 3
MOST_LOOKED_AT = 72

# Each hash takes tens of MiB and a core for tens of milliseconds: more at once would starve the leads.
_at_once = anyio.CapacityLimiter(2)
_hasher = PasswordHasher()


class Way(NamedTuple):
    """Where a sign-in comes from: its network, and its device if the account knows that."""

    network: str
    device: str | None = None


class Checked(NamedTuple):
    """A right password: whose it is, the hash it was compared with, and the second factor, if there is one.

    `factor` is the encrypted secret of that, `last_step` the step of the last code that was taken.
    """

    email: str
    password_hash: str
    user_id: UUID
    factor: bytes | None
    last_step: int


def weakness_of(password: str, about: Iterable[str]) -> str | None:
    """Why a password is easy to guess; None if it is not.

    It must be long, and must not be common, a pattern, or made of the words in `about`: address, name, workspace. The
    kinds of its characters do not matter.
    """
    from zxcvbn import zxcvbn  # imported here: it is rarely needed, and its lists take a moment to load

    if len(password.strip()) < SHORTEST:
        return f"It must have {SHORTEST} characters or more."
    words = [word for text in about for word in (text, re.sub(r"\W+", "", text), *re.split(r"\W+", text)) if word]
    found = zxcvbn(password[:MOST_LOOKED_AT], user_inputs=[*words, "fairlead"])
    if found["score"] >= LEAST_SCORE:
        return None
    return str(found["feedback"]["warning"] or "It is easy to guess.")


async def refuse_weak(password: str, about: Iterable[str], field: str) -> None:
    """Raises Problem 422 at the field for a password that is easy to guess. Runs in a thread, as hashing does."""
    if weakness := await anyio.to_thread.run_sync(weakness_of, password, about, limiter=_at_once):
        raise invalid(FieldError(field, weakness, HINT))


def new_password() -> str:
    """A password to be shown once."""
    return secrets.token_urlsafe(12)


def password_hash(password: str) -> str:
    """Its Argon2id hash in PHC form, as `api.create_user` takes it."""
    return _hasher.hash(password)


async def hashed(password: str) -> str:
    """Its hash, made aside so that the gateway goes on meanwhile."""
    return await anyio.to_thread.run_sync(password_hash, password, limiter=_at_once)


async def check(keeper: Database, email: str, password: str, way: Way) -> Checked | None:
    """Whether the password is that of the account; None if it is wrong or there is no such account.

    Raises Problem 429 while the account or the network must wait, whatever the password; or Unavailable.
    """
    email = email.strip().lower()
    known = (await keeper.rows("check_sign_in", email, *way))[0]
    if known["wait"]:
        raise too_many(known["wait"])
    # The same work is done for a name nobody has, so that answers do not tell which addresses are known.
    stored: str | None = known["password_hash"]
    right = await anyio.to_thread.run_sync(_matches, stored, password, limiter=_at_once)
    if right and stored is not None:
        return Checked(email, stored, known["user_id"], known["factor"], known["last_step"] or 0)
    await count_failure(keeper, email, way)
    return None


async def count_failure(keeper: Database, email: str, way: Way) -> None:
    """Count a wrong password or code. Raises Problem 429 when the account must wait now; or Unavailable."""
    if wait := (await keeper.rows("refuse_sign_in", email, *way))[0][0]:
        raise too_many(wait)


def too_many(wait: int, what: str = "Too many failed attempts.") -> Problem:
    """429: nobody may try for `wait` seconds."""
    time = f"{wait} second{'s' if wait > 1 else ''}" if wait < 90 else f"{round(wait / 60)} minutes"
    return Problem(429, f"{what} Try again in {time}.", headers={"retry-after": str(wait)})


def _matches(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _hash_of_nobody(), password)
    except (Argon2Error, InvalidHashError):
        return False


@functools.cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())
