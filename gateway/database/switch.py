"""The moment in which a deploy becomes visible: no call that began with the old code goes on with the new tables.

A session that waits for the locks of the deploy is in such a call. The deploy ends the session, and its gateway makes
the call again with the new code. But other calls begin while the deploy commits. So a second session, the follower,
queues for the first table that posts read. It gets the lock right after the deploy, ends the sessions that queued
behind it, and ends. A session outside of any call is not active, and is left alone.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

# Sessions that we have no right to end are left alone.
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
    """The second session of one deploy of the database at `url`. If it cannot connect, the deploy does without."""

    def __init__(self, url: str, owner: str) -> None:
        self._url = url
        self._owner = owner
        self._process = 0
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)

    def end_old_calls(self, connection: psycopg.Connection[Any]) -> None:
        """Queue behind `connection`, which has the locks, and end old calls. Call it right before the commit."""
        self._thread.start()
        until = time.monotonic() + SECONDS_TO_FOLLOW
        while self._thread.is_alive() and time.monotonic() < until:
            if connection.execute(IS_QUEUED, [self._process]).fetchone() == (True,):
                break
            time.sleep(0.01)
        connection.execute("set local role none")
        connection.execute(END_OLD_CALLS)

    def wait(self) -> None:
        """Return once the follower has ended, whether the deploy succeeded or not."""
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
