"""What becomes of a lead once it is read, whichever way it came: sealed, put in the next batch, counted, answered."""

from __future__ import annotations

import asyncio
from functools import cache

import asyncpg
import msgspec

from gateway.core import request_ids
from gateway.core.counting import Counts
from gateway.core.problems import FieldError, Problem
from gateway.intake.batcher import Batcher
from gateway.intake.lead import Answer, AssignedCaller, Lead
from gateway.intake.sources import Source, refused
from gateway.sealing.sealing import Sealing

_encode = msgspec.json.Encoder().encode


class Taking:
    """Takes the leads of recognised sources. What `begin` gives out, `finish` tells of once it is there."""

    def __init__(self, batcher: Batcher, counts: Counts, sealing: Sealing) -> None:
        self._batcher = batcher
        self._leads = cache(counts.leads.labels)
        self._sealing = sealing

    async def begin(self, source: Source, lead: Lead, key: str | None = None) -> asyncio.Future[asyncpg.Record]:
        """Put a lead in the next batch; `key` is its Idempotency-Key. Raises as Sealing.seal and Batcher.add do."""
        sealed = await self._sealing.seal(source.workspace_id, lead.phone, lead.email)
        lead.phone, lead.email = sealed.phone, sealed.email
        stored = lead.stored_as(
            source.id, source.generation, request_ids.current(), key, sealed.values, sealed.other_phones
        )
        return self._batcher.add(source.workspace_id, stored)

    def finish(self, source: Source, row: asyncpg.Record) -> tuple[int, bytes]:
        """Count a lead that is committed: 201 or 200, and the JSON of its `Answer`. Raises Problem 400 or 401."""
        answer = _answer(row)
        outcome = "duplicate" if row["duplicate"] else row["assignment_status"]
        self._leads(source.workspace_id, source.name, outcome).inc()
        return answer


def _answer(row: asyncpg.Record) -> tuple[int, bytes]:
    lead_id, caller_id = row["lead_id"], row["caller_id"]
    if lead_id is None:
        if row["assignment_reason"] is not None:
            hint = (
                "Give a caller a weight for this source, or turn off “Only if a caller takes it” on the source's page."
            )
            error = FieldError("source", row["assignment_reason"], hint)
            raise Problem(400, f"{error.message}.", errors=[error])
        raise refused("This source has been revoked, or its key has expired since it was rotated.")
    caller = None if caller_id is None else AssignedCaller(caller_id, row["caller_name"])
    duplicate = row["duplicate"]
    answer = Answer(lead_id, caller, row["assignment_status"], row["assignment_reason"], duplicate, row["duplicate_of"])
    return 200 if duplicate else 201, _encode(answer)
