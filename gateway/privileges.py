"""Who started the gateway as root need not have it serve as root: it goes on as the account of the embedded server.

What root is needed for (a port below 1024, the account itself) is done before. Whether the account can read what the
gateway goes on reading, and reach the database, is tried first: where it cannot, the gateway stays root and says why.
"""

from __future__ import annotations

import os
import pwd
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from gateway import ROOT
from gateway.embedded import EmbeddedError, unprivileged_account

# What is opened while serving: programs and code of ours and of others, pages.
NEEDED = (sys.executable, os.__file__, psycopg.__file__, __file__, str(ROOT / "ui" / "templates" / "base.html"))


def give_up_root(database_url: str) -> str | None:
    """Become an account without powers, for good, if this process is root; why it could not, else None."""
    if os.geteuid() != 0:
        return None
    try:
        account = unprivileged_account()
    except EmbeddedError as error:
        return str(error)
    _open_the_way()
    with _as(account):
        reason = _lacks(database_url)
    if reason is None:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        os.environ["HOME"] = account.pw_dir
    return reason


def _open_the_way() -> None:
    """The account has to get through to what it needs; it need not list what is on the way."""
    for path in map(Path, NEEDED):
        for parent in (*path.parents, *path.resolve().parents):
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                with suppress(OSError):
                    parent.chmod(mode | stat.S_IXOTH)


@contextmanager
def _as(account: pwd.struct_passwd) -> Iterator[None]:
    groups, home = os.getgroups(), os.environ.get("HOME", "/")
    os.environ["HOME"] = account.pw_dir
    os.setgroups([])
    os.setegid(account.pw_gid)
    os.seteuid(account.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
        os.environ["HOME"] = home


def _lacks(database_url: str) -> str | None:
    for path in NEEDED:
        if not os.access(path, os.R_OK, effective_ids=True):
            return f"{path} can only be read by root"
    try:
        psycopg.connect(database_url, connect_timeout=10).close()
    except psycopg.Error as error:
        return f"without root the database cannot be reached ({str(error).splitlines()[0]})"
    return None
