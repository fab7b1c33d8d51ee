"""Imports go on: files are read into rows, and rows become leads, by whichever gateway is there.

What is to be done, and who does it, api.claim_check() and api.advance_imports() know. A gateway that is killed loses
nothing: the rows of a file are read again by another one, and rows become leads in one transaction with their outcome.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from gateway.core.loop import Loop
from gateway.database.calls import Database, Unavailable
from gateway.http.bodies import encoded
from gateway.imports.child import Batch, Staged
from gateway.imports.file_problem import FileProblem
from gateway.imports.reader import batches_of
from gateway.imports.rows import Wanted
from gateway.imports.upload import kept_file
from gateway.sealing.sealing import Sealing

log = structlog.get_logger(__name__)

LEADS_IN_BATCH = 500
SECONDS_BETWEEN_LOOKS = 2.0
LONGEST_PAUSE = 10.0
# Only one import of a workspace advances at a time, so a slow workspace holds up only one of these.
ADVANCING_AT_ONCE = 2


class Importer:
    """Reads files and imports rows until it is stopped. The database is asked as `keeper`."""

    def __init__(self, keeper: Database, sealing: Sealing) -> None:
        self._keeper = keeper
        self._sealing = sealing
        works = (("checking imports", self.check_next), *[("importing", self.advance)] * ADVANCING_AT_ONCE)
        self._loops = [
            Loop(name, work, pause=SECONDS_BETWEEN_LOOKS, longest=LONGEST_PAUSE, outage=Unavailable)
            for name, work in works
        ]

    def start(self) -> None:
        """Begin. Succeeds while the server is down."""
        for loop in self._loops:
            loop.start()

    async def stop(self) -> None:
        """End. What is under way is called off, and done by the next gateway."""
        for loop in self._loops:
            await loop.stop()

    def wake(self) -> None:
        """There is something to do: do not wait for the next look."""
        for loop in self._loops:
            loop.wake()

    async def advance(self) -> bool:
        """Import the next rows of some import; whether there were any. Raises as Database.rows does."""
        return bool((await self._keeper.rows("advance_imports", LEADS_IN_BATCH))[0][0])

    async def check_next(self) -> bool:
        """Read a file that is to be checked; whether there was one. Raises as Database.rows does."""
        claimed = await self._keeper.rows("claim_check")
        if claimed:
            await self._check(claimed[0])
        return bool(claimed)

    async def _check(self, claimed: asyncpg.Record) -> None:
        workspace_id, import_id, turn = claimed["workspace_id"], claimed["import_id"], claimed["turn"]
        wanted = msgspec.json.decode(claimed["wanted"], type=Wanted)
        problem = None
        try:
            async with kept_file(self._keeper, self._sealing, workspace_id, import_id) as file:
                async for batch in batches_of(file, wanted):
                    if not await self._stage(workspace_id, import_id, turn, batch):
                        return
        except FileProblem as found:
            problem = str(found)
        await self._keeper.rows("finish_check", workspace_id, import_id, turn, problem)

    async def _stage(self, workspace_id: int, import_id: UUID, turn: int, batch: Batch) -> bool:
        rows = await staged_rows(self._sealing, workspace_id, batch.rows)
        answer = await self._keeper.rows("stage_rows", workspace_id, import_id, turn, encoded(rows), batch.empty)
        return bool(answer[0][0])


async def staged_rows(sealing: Sealing, workspace_id: int, rows: list[Staged]) -> list[dict[str, Any]] | list[Staged]:
    """Rows as api.stage_rows() takes them: leads and the cells of refused ones sealed where phones are."""
    if not sealing.seals:
        return rows
    sealed: list[dict[str, Any]] = []
    for row in rows:
        shown: dict[str, Any] = {"row": row.row, "reason": row.reason, "left_out": row.left_out, "notes": row.notes}
        if row.lead is not None:
            known = await sealing.seal(workspace_id, row.lead.get("phone"), row.lead.get("email"))
            names = ("phone", "email", "other_phones")
            hashes = {name: value for name in names if (value := getattr(known, name)) is not None}
            shown["lead"] = {**row.lead, **hashes, **({"sealed": known.values.decode()} if known.values else {})}
        if row.cells is not None:
            shown["cells"] = b64encode(sealing.seal_bytes(workspace_id, msgspec.json.encode(row.cells))).decode()
        sealed.append(shown)
    return sealed
