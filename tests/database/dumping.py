"""What a database is made of, to compare two of them."""

import re
import subprocess
from pathlib import Path

from gateway.database.embedded import Server


def schema(server: Server, url: str) -> list[str]:
    """All definitions, owners, rights and comments in the database, as pg_dump writes them."""
    command: list[str | Path] = [server.binaries / "pg_dump", "--schema-only", url]
    dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # Each dump has a random word in \restrict.
    return [line for line in dump.splitlines() if not re.match(r"\\(un)?restrict ", line)]
