"""A gateway that is started as root does not serve as root: it goes on as the account of the embedded server.

What needs root (a port below 1024, making the account) is done before. First the gateway tries whether the account can
read the files that it needs and reach the database. If it cannot, the gateway stays root and says why.
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
from gateway.database.embedded import EmbeddedError, unprivileged_account

# Files of each folder that is read while serving: the interpreter, its library, packages, our code, pages.
NEEDED = (sys.executable, os.__file__, psycopg.__file__, __file__, str(ROOT / "ui" / "frame" / "base.html"))


def give_up_root(database_url: str) -> str | None:
    """If this process is root, become an account without powers for good. Returns why it could not, else None."""
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
    """Let the account pass through the folders above the files that it needs; it need not list them."""
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
