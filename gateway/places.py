"""Reference data about places."""

from collections.abc import Callable

import psycopg


def load(connection: psycopg.Connection, tell: Callable[[str], None]) -> bool:
    """Fill the reference tables unless they are up to date; True if they were filled."""
    return False
