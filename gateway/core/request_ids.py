"""Every request has an id: the one it came with, else one made here.

It stands in the answer (`X-Request-Id`), in every line of the log about the request, in problem documents, and in the
events and leads that the request brings about.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from itertools import count

HEADER = b"x-request-id"

_is_usable = re.compile(rb"[A-Za-z0-9._-]{1,100}").fullmatch
# Made for every lead that comes in, so it costs no system call: what is random is drawn once per process.
_process = secrets.token_hex(5)
_numbers = count(1)
_current: ContextVar[str] = ContextVar("request_id", default="")


def begin(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The id of a request with these headers; `current()` from here on in this task and those it starts."""
    request_id = ""
    for name, value in headers:
        if name == HEADER and _is_usable(value):
            request_id = value.decode()
            break
    else:
        request_id = f"{_process}-{next(_numbers):x}"
    _current.set(request_id)
    return request_id


def current() -> str:
    """The id of the request that is being answered; empty when there is none."""
    return _current.get()
