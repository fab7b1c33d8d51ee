"""What is encrypted, and with which keys.

A key of the environment (FAIRLEAD_ENCRYPTION_KEYS) encrypts data keys, which are stored; a data key encrypts phones
and e-mails; the index key beside it makes the hashes that stand in their place and that they are found by. So another
key of the environment needs only the few data keys to be wrapped again, and another data key leaves the hashes as they
are.

All of it is AES-256-GCM with random nonces, and HMAC-SHA256 cut to 128 bits.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.settings import Settings, SettingsError
from gateway.database.administration import Administration
from gateway.sealing.phones import identifies

KEY_BYTES = 32
NONCE_BYTES = 12
ID_BYTES = 2
HASH = re.compile(r"sealed[:-][0-9a-f]{32}")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode


class UnknownKey(Exception):
    """Something is sealed with a data key that was not there when the keys were read."""


class Sealer:
    """Seals with the newest data key, and opens with whichever it was. `newest` is the number of that key."""

    def __init__(self, data_keys: dict[int, bytes], index_key: bytes) -> None:
        self._ciphers = {number: AESGCM(key) for number, key in data_keys.items()}
        self._index_key = index_key
        self.newest = max(data_keys)

    def hash_of(self, workspace_id: int, kind: str, value: str, place: int = 0, *, is_nobody: bool = False) -> str:
        """What stands for a phone or e-mail in its one spelling: "sealed:" and its keyed hash.

        "sealed-" for what identifies nobody, as its form says or `is_nobody`. `place` other than 0: another hash of it,
        where the first is taken.
        """
        text = f"{workspace_id} {kind} {place} {value}".encode()
        digest = hmac.digest(self._index_key, text, "sha256").hex()[:32]
        return f"sealed{':' if identifies(kind, value) and not is_nobody else '-'}{digest}"

    def seal(self, workspace_id: int, values: dict[str, str]) -> bytes:
        """What each hash stands for, encrypted: number of the data key, nonce, ciphertext."""
        return self.seal_bytes(workspace_id, _encode(values))

    def seal_bytes(self, workspace_id: int, content: bytes) -> bytes:
        """Anything at all, encrypted in the same way."""
        number = self.newest.to_bytes(ID_BYTES)
        nonce = os.urandom(NONCE_BYTES)
        return number + nonce + self._ciphers[self.newest].encrypt(nonce, content, _bound_to(workspace_id))

    def open(self, workspace_id: int, sealed: bytes) -> dict[str, str]:
        """What hashes were sealed to stand for. Raises as `open_bytes` does."""
        return _decode(self.open_bytes(workspace_id, sealed))

    def open_bytes(self, workspace_id: int, sealed: bytes) -> bytes:
        """What was sealed. Raises UnknownKey, or ValueError for what was not sealed for this workspace."""
        cipher = self._ciphers.get(int.from_bytes(sealed[:ID_BYTES]))
        if cipher is None:
            raise UnknownKey
        try:
            nonce, ciphertext = sealed[ID_BYTES:][:NONCE_BYTES], sealed[ID_BYTES + NONCE_BYTES :]
            return cipher.decrypt(nonce, ciphertext, _bound_to(workspace_id))
        except InvalidTag:
            raise ValueError("it was not sealed for this workspace, or was altered") from None


def is_hash(text: str) -> bool:
    """Whether a phone or e-mail is the hash of a sealed one."""
    return HASH.fullmatch(text) is not None


def fingerprint(key: bytes) -> str:
    """What a key of the environment is called where it may be read."""
    return hashlib.sha256(key).hexdigest()[:16]


def new_data_key(wrapping: bytes, number: int, index_key: bytes | None = None) -> bytes:
    """A new data key, wrapped; with a new index key unless one is given."""
    return _wrap(wrapping, number, os.urandom(KEY_BYTES) + (index_key or os.urandom(KEY_BYTES)))


def unwrapped(rows: Iterable[Any], keys: Sequence[bytes]) -> dict[int, tuple[bytes, bytes]]:
    """Data key and index key of each row of api.read_sealing_keys(), by number.

    Raises SettingsError when a row is wrapped by a key that is not among the given ones.
    """
    known = {fingerprint(key): key for key in keys}
    found: dict[int, tuple[bytes, bytes]] = {}
    for number, key_id, wrapped, *_ in rows:
        if key_id not in known:
            raise SettingsError(
                f"FAIRLEAD_ENCRYPTION_KEYS lacks the key {key_id}, by which data key {number} of this database is "
                "encrypted: put it back, behind the others"
            )
        both = AESGCM(known[key_id]).decrypt(bytes(wrapped[:NONCE_BYTES]), bytes(wrapped[NONCE_BYTES:]), _row(number))
        found[number] = both[:KEY_BYTES], both[KEY_BYTES:]
    return found


def rewrapped(key: bytes, number: int, pair: tuple[bytes, bytes]) -> bytes:
    """A data key and its index key, wrapped by `key`."""
    return _wrap(key, number, b"".join(pair))


def sealer_of(rows: Iterable[Any], keys: Sequence[bytes]) -> Sealer:
    """A sealer with the keys of these rows. Raises SettingsError as `unwrapped` does."""
    pairs = unwrapped(rows, keys)
    return Sealer({number: data for number, (data, _) in pairs.items()}, next(iter(pairs.values()))[1])


def sealer_for(admin: Administration, settings: Settings) -> Sealer | None:
    """The sealer of a database, with a first data key if it had none; None where nothing is to be sealed.

    Raises SettingsError when the setting does not fit the database.
    """
    rows = admin.rows("read_sealing_keys")
    keys = settings.encryption_keys
    if not keys:
        if rows:
            raise SettingsError("phones and e-mails of this database are sealed: set FAIRLEAD_ENCRYPTION_KEYS")
        return None
    if not rows:
        admin.call("add_sealing_key", 1, fingerprint(keys[0]), new_data_key(keys[0], 1))
        rows = admin.rows("read_sealing_keys")  # another process may have made it first
    return sealer_of(rows, keys)


def _wrap(key: bytes, number: int, both: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, both, _row(number))


def _row(number: int) -> bytes:
    return b"fairlead data key %d" % number


def _bound_to(workspace_id: int) -> bytes:
    return b"fairlead workspace %d" % workspace_id
