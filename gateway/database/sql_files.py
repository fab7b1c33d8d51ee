"""Reads the SQL scripts of `sql/` as psql does and runs them on a connection. Errors name file and line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from gateway import ROOT


class MigrationError(RuntimeError):
    """The database cannot be brought to this version; the message says why and what to do."""


@dataclass(frozen=True)
class Piece:
    """A run of lines from one SQL file; `line` is the number of the first, from 1."""

    file: Path
    line: int
    text: str


def pieces(file: Path) -> Iterator[Piece]:
    r"""The SQL of a psql script, with each `\ir` replaced by the file it names and other backslash lines left out."""
    lines: list[str] = []
    start = 1
    for number, line in enumerate(file.read_text().splitlines(keepends=True), 1):
        if not line.startswith("\\"):
            lines.append(line)
            continue
        if "".join(lines).strip():
            yield Piece(file, start, "".join(lines))
        lines, start = [], number + 1
        if include := re.fullmatch(r"\\(?:ir|include_relative)\s+'?([^'\s]+)'?\s*", line):
            included = file.parent / include[1]
            if not included.is_file():
                raise MigrationError(f"{_shown(file)}:{number}: there is no file {include[1]}")
            yield from pieces(included)
    if "".join(lines).strip():
        yield Piece(file, start, "".join(lines))


def run(connection: psycopg.Connection, piece: Piece) -> None:
    """Execute a piece in the open transaction. A `begin;` or `commit;` in it is left out: that is for psql.

    Raises MigrationError, psycopg.OperationalError for what may be tried again.
    """
    text = re.sub(r"^(begin|commit);$", "", piece.text, flags=re.MULTILINE)
    try:
        connection.execute(text.encode())
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise explained(error, piece) from error


def explained(error: psycopg.Error, piece: Piece) -> MigrationError:
    """The error with the place it came from: file and line as far as PostgreSQL tells."""
    place = _shown(piece.file)
    if error.diag.statement_position:
        place += f":{piece.line + piece.text[: int(error.diag.statement_position) - 1].count(chr(10))}"
    more = [text for text in (error.diag.message_detail, error.diag.message_hint, error.diag.context) if text]
    return MigrationError("\n".join([f"{place}: {error.diag.message_primary or error}", *more]))


def _shown(file: Path) -> str:
    return str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
