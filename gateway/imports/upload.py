"""A file on its way into the database, and out of it again: in pieces, sealed where phones are.

So any gateway can go on with an import, whichever took the file.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import IO, Any
from uuid import UUID

import msgspec

from gateway.database.calls import Database
from gateway.http.bodies import encoded
from gateway.imports.child import Outline
from gateway.imports.reader import outline_of
from gateway.sealing.sealing import Sealing

LARGEST_FILE = 100 * 1024**2
PIECE_BYTES = 1024**2
# The number of the piece that says what the file looks like.
OUTLINE = 0
# Control characters, and characters that reverse the direction of text.
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")

Call = Callable[..., Awaitable[Any]]


async def keep_file(call: Call, sealing: Sealing, workspace_id: int, file: IO[bytes], file_name: str, size: int) -> str:
    """Make an import of a file; the import as JSON. Nothing is kept of what cannot be read.

    `call` calls a function of schema `api` for the person who uploads. Raises FileProblem, or as `call` does.
    """
    outline = await outline_of(file)
    sheets = [
        {
            "number": sheet.number,
            "name": sheet.name,
            "rows": sheet.rows,
            "columns": sheet.columns,
            "is_hidden": sheet.is_hidden,
            "hidden_rows": sheet.hidden_rows,
            "hidden_columns": sheet.hidden_columns,
            "merged_cells": sheet.merged_rows,
        }
        for sheet in outline.sheets
    ]
    found = {
        "file_name": UNSEEN.sub(" ", file_name).strip() or "file",
        "kind": outline.kind,
        "size": size,
        "sheets": sheets,
        "encoding": outline.encoding,
        "delimiter": outline.delimiter,
    }
    import_id = await call("create_import", encoded(found))
    file.seek(0)
    piece, number = msgspec.json.encode(outline), OUTLINE
    while piece:
        await call("add_import_piece", import_id, number, sealing.seal_bytes(workspace_id, piece))
        piece, number = file.read(PIECE_BYTES), number + 1
    finished: str = await call("finish_upload", import_id)
    return finished


async def read_outline(call: Call, sealing: Sealing, workspace_id: int, import_id: UUID) -> Outline:
    """What the file of an import looks like. Raises as `call` does: LD404, LD409 once it is forgotten."""
    kept = await sealing.open_bytes(workspace_id, await call("read_import_outline", import_id))
    return msgspec.json.decode(kept, type=Outline)


@asynccontextmanager
async def kept_file(keeper: Database, sealing: Sealing, workspace_id: int, import_id: UUID) -> AsyncIterator[IO[bytes]]:
    """The file of an import, as a file that has no name and is gone afterwards. Raises Unavailable."""
    with tempfile.TemporaryFile() as file:
        number = OUTLINE + 1
        while rows := await keeper.rows("read_import_piece", workspace_id, import_id, number):
            file.write(await sealing.open_bytes(workspace_id, rows[0]["content"]))
            number += 1
        file.flush()
        yield file
