"""How a deploy waits for other sessions: it says so, for a stated time, and nobody queues behind it for long.

A session that waits for the strongest lock of a table blocks everybody who uses the table. So the deploy locks nothing
while a long transaction is open. Then it locks everything in one statement, which gives up after a moment and is tried
again. A deadlock ends the try of the deploy, not the storing of a lead, where the server lets us choose.
"""

import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
from psycopg import errors, sql

Say = Callable[[str], None]

TURN = "fairlead migrate"
SECONDS_OF_LOCKING = 1.5
SECONDS_BETWEEN_LOOKS = 0.5
LONGEST_PAUSE = 4.0
SECONDS_BETWEEN_WORDS = 15.0
MOST_NAMED = 3

TRY_AGAIN = (errors.DeadlockDetected, errors.LockNotAvailable, errors.QueryCanceled, errors.SerializationFailure)

HOLDERS = """
    select coalesce(l.pid, 0), l.virtualtransaction, a.application_name, a.usename::text, a.state,
      extract(epoch from clock_timestamp() - a.xact_start)::float,
      array_agg(distinct l.relation::regclass::text order by l.relation::regclass::text)
    from pg_locks l
    join pg_class c on c.oid = l.relation
    join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('crm', 'core', 'routing', 'api', 'report')
    left join pg_stat_activity a on a.pid = l.pid
    where l.granted and l.locktype = 'relation' and l.pid is distinct from pg_backend_pid() and c.relkind <> 'i'
      and l.database = (select d.oid from pg_database d where d.datname = current_database())
    group by 1, 2, 3, 4, 5, 6 order by 6 desc nulls last
"""
RELATIONS = """
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('crm', 'core', 'routing', 'api', 'report') and c.relkind in ('r', 'p', 'v')
    order by n.nspname <> 'crm', c.relname <> 'leads', n.nspname, c.relname
"""


class GaveUp(Exception):
    """The time to wait is over; the message names what the deploy waited for."""


class Holder(NamedTuple):
    """A transaction that holds locks on Fairlead's tables or views; `seconds` is how long it has been open."""

    pid: int
    transaction: str
    application: str | None
    user: str | None
    state: str | None
    seconds: float | None
    relations: list[str]

    def __str__(self) -> str:
        if self.pid == 0:
            return "a prepared transaction (see pg_prepared_xacts)"
        who = f"{self.application or 'a session'} of user {self.user or '?'} (process {self.pid})"
        how = "idle in a transaction" if (self.state or "").startswith("idle") else "in a transaction"
        since = f" opened {self.seconds:.0f} s ago" if self.seconds is not None else ""
        more = f" and {len(self.relations) - 1} more" if len(self.relations) > 1 else ""
        return f"{who}, {how}{since}, which uses {self.relations[0]}{more}"


class Patience:
    """The time that one deploy may wait in all. `say` gets what it waits for, at once and when that changes."""

    def __init__(self, seconds: float, say: Say) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds
        self._say = say
        self._said, self._said_at = "", 0.0

    def pause(self, seconds: float, whom: str, for_whom: str) -> None:
        """Wait a little for `for_whom`, and say so unless `whom` was named just before. Raises GaveUp."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise GaveUp(for_whom)
        if whom != self._said or time.monotonic() > self._said_at + SECONDS_BETWEEN_WORDS:
            self._said, self._said_at = whom, time.monotonic()
            self._say(f"waiting for {for_whom}")
        time.sleep(min(left, seconds * random.uniform(0.7, 1)))

    def take_turn(self, connection: psycopg.Connection[Any]) -> None:
        """Let no other deploy of this database run until the connection ends. Raises GaveUp."""
        while True:
            row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [TURN]).fetchone()
            if row == (True,):
                return
            self.pause(SECONDS_BETWEEN_LOOKS, TURN, "another `fairlead migrate` or a starting gateway to finish")

    def repeat(self, connection: psycopg.Connection[Any], attempt: Callable[[], None]) -> None:
        """Call `attempt` once nothing blocks it, and again after an error that may pass. Raises GaveUp."""
        pause = SECONDS_BETWEEN_LOOKS
        while True:
            self._let_long_ones_end(connection)
            try:
                return attempt()
            except TRY_AGAIN as error:
                self.pause(pause, type(error).__name__, f"quieter traffic ({error.diag.message_primary})")
                pause = min(pause * 2, LONGEST_PAUSE)

    def _let_long_ones_end(self, connection: psycopg.Connection[Any]) -> None:
        """Return once every transaction that uses our tables began within the last moment, as those of leads do."""
        before = _holders(connection)
        while before:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            now = _holders(connection)
            if not (long_ones := [holder for key, holder in now.items() if key in before]):
                return
            rest = f" and {len(long_ones) - MOST_NAMED} more" if len(long_ones) > MOST_NAMED else ""
            told = "; ".join(str(holder) for holder in long_ones[:MOST_NAMED]) + rest
            self.pause(0, repr(sorted(before.keys() & now.keys())), told)
            before = now


def _holders(connection: psycopg.Connection[Any]) -> dict[tuple[int, str], Holder]:
    with connection.transaction():
        connection.execute("set local role none")  # the owner may see less of other sessions
        rows = connection.execute(HOLDERS).fetchall()
    return {(holder.pid, holder.transaction): holder for holder in (Holder(*row) for row in rows)}


def lock_all(connection: psycopg.Connection[Any]) -> None:
    """Take the strongest lock on every table and view of ours, leads first, in this transaction, at once or not at all.

    Raises psycopg.errors.QueryCanceled when that takes too long, DeadlockDetected.
    """
    relations = [sql.Identifier(*row) for row in connection.execute(RELATIONS).fetchall()]
    if not relations:
        return
    connection.execute("select set_config('statement_timeout', %s, true)", [f"{SECONDS_OF_LOCKING * 1000:.0f}ms"])
    connection.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.SQL(", ").join(relations)))
    connection.execute("set local statement_timeout = 0")
