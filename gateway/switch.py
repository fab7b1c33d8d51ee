"""The moment in which a deploy becomes visible: no call that began with the old code goes on with the new tables.

Whoever waits for our locks is in the midst of such a call. Ended, the gateway makes the call again, with the new code.
But others begin while we commit. So a second session queues up before them, for the first table that posts read: it
comes next after us, ends whoever queued behind it, and goes. What waits outside of any call is not active.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

# Who we may not end is left alone.
END_OLD_CALLS = """
    select pg_terminate_backend(a.pid)
    from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
    where a.datname = current_database() and a.application_name = 'fairlead' and a.state = 'active'
      and a.pid <> pg_backend_pid() and pg_has_role(r.oid, 'usage')
      and (not r.rolsuper or (select i.rolsuper from pg_roles i where i.rolname = current_user))
"""
IS_QUEUED = "select exists (select from pg_locks where pid = %s and not granted)"
FIRST_TABLE = sql.SQL("lock table crm.sources in access exclusive mode")
SECONDS_TO_FOLLOW = 5.0


class Follower:
    """The second session, for one deploy of the database at `url`. Where it cannot be had, the deploy goes without."""

    def __init__(self, url: str, owner: str) -> None:
        self._url = url
        self._owner = owner
        self._process = 0
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)

    def end_old_calls(self, connection: psycopg.Connection[Any]) -> None:
        """To be the last before the commit on `connection`, which has the locks: queue up behind it, and end calls."""
        self._thread.start()
        until = time.monotonic() + SECONDS_TO_FOLLOW
        while self._thread.is_alive() and time.monotonic() < until:
            if connection.execute(IS_QUEUED, [self._process]).fetchone() == (True,):
                break
            time.sleep(0.01)
        connection.execute("set local role none")
        connection.execute(END_OLD_CALLS)

    def wait(self) -> None:
        """Return once it has gone, whatever became of the deploy."""
        if self._thread.ident is not None:
            self._thread.join()

    def _follow(self) -> None:
        with suppress(psycopg.Error), psycopg.connect(self._url) as connection:
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(self._owner)))
            connection.execute(f"set local lock_timeout = '{2 * SECONDS_TO_FOLLOW:.0f}s'".encode())
            self._process = connection.info.backend_pid
            connection.execute(FIRST_TABLE)
            connection.execute("set local role none")
            connection.execute(END_OLD_CALLS)
