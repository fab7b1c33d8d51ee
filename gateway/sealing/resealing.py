"""Sealing what is stored already: leads that stand in the clear, and leads sealed with an older data key.

Both go through each workspace in the order of ids, some hundred leads a transaction, and may be stopped at any time:
what is done need not be done again. `tell` hears how many leads were done.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway.database.administration import Administration
from gateway.sealing.keys import Sealer, is_hash

LEADS_IN_BATCH = 500
# So often may a number come in the clear while it is known sealed; after that it stays in the clear.
MOST_PLACES = 20
FIRST = UUID(int=0)


class Lead(NamedTuple):
    """A row of api.list_clear_leads()."""

    id: UUID
    phone: str | None
    email: str | None
    sealed: bytes | None
    other_phones: list[str] | None
    phone_given: str | None

    def phones(self) -> list[str]:
        """All that it says as a phone."""
        return [phone for phone in (self.phone, *(self.other_phones or ()), self.phone_given) if phone is not None]


Tell = Callable[[int], None]


def seal_stored(admin: Administration, sealer: Sealer, tell: Tell) -> None:
    """Seal every lead that stands in the clear, and what its contact is known by."""
    for workspace in admin.workspaces().values():
        after: UUID | None = FIRST
        while after is not None:
            with admin.transaction():
                rows = admin.rows("list_clear_leads", workspace, after, LEADS_IN_BATCH)
                leads = [Lead(*row) for row in rows]
                after = leads[-1].id if leads else None
                if leads:
                    tell(_seal(admin, sealer, workspace, leads))


def reseal(admin: Administration, sealer: Sealer, tell: Tell) -> None:
    """Seal every lead with the newest data key that is sealed with another one."""
    for workspace in admin.workspaces().values():
        after = FIRST
        while leads := admin.rows("list_sealed_leads", workspace, after, sealer.newest, LEADS_IN_BATCH):
            after = leads[-1][0]
            anew = [
                {
                    "id": lead_id,
                    "before": _base64(sealed),
                    "sealed": _base64(sealer.seal(workspace, sealer.open(workspace, sealed))),
                }
                for lead_id, sealed in leads
            ]
            admin.call("reseal_leads", workspace, _json(anew))
            tell(len(leads))


def _seal(admin: Administration, sealer: Sealer, workspace: int, batch: list[Lead]) -> int:
    """Seal the values of these leads; how many leads are done with."""
    phones = sorted({phone for lead in batch for phone in lead.phones() if not is_hash(phone)})
    emails = sorted({lead.email for lead in batch if lead.email is not None and not is_hash(lead.email)})
    values = [("phone", phone) for phone in phones] + [("email", email) for email in emails]
    chosen = _choose(admin, sealer, workspace, values, 1)
    if taken := [value for value in values if value not in chosen]:
        chosen |= _choose(admin, sealer, workspace, taken, MOST_PLACES)
    # Leads with one phone are sealed together, and so are those with an e-mail that gets another hash than its first.
    apart = [email for email in emails if chosen.get(("email", email)) != sealer.hash_of(workspace, "email", email)]
    leads = {
        lead.id: lead for lead in (Lead(*row) for row in admin.rows("list_leads_saying", workspace, phones, apart))
    }
    leads.update({lead.id: lead for lead in batch})
    stored = [_sealed(sealer, workspace, lead, chosen) for lead in leads.values()]
    keys = [{"kind": kind, "value": value, "hash": hashed} for (kind, value), hashed in chosen.items()]
    admin.call("store_sealed", workspace, _json(lead for lead, _ in stored), _json(keys))
    return sum(all(is_hash(value) for value in said) for _, said in stored)


def _choose(
    admin: Administration, sealer: Sealer, workspace: int, values: list[tuple[str, str]], places: int
) -> dict[tuple[str, str], str]:
    """The hash of each value, out of so many; none for those of which all are taken."""
    possible = [
        {
            "kind": kind,
            "value": value,
            "hashes": [sealer.hash_of(workspace, kind, value, place) for place in range(places)],
        }
        for kind, value in values
    ]
    rows = admin.rows("choose_hashes", workspace, _json(possible))
    return {(kind, value): hashed for kind, value, hashed in rows if hashed is not None}


def _sealed(
    sealer: Sealer, workspace: int, lead: Lead, chosen: dict[tuple[str, str], str]
) -> tuple[dict[str, Any], list[str]]:
    """A lead as api.store_sealed() takes it, and the phones and e-mail that it then says."""
    known: dict[str, str] = {}
    if lead.sealed is not None:
        with suppress(ValueError):
            known = sealer.open(workspace, lead.sealed)
    values: dict[str, str] = {}

    def hashed(kind: str, value: str | None) -> str | None:
        if value is None:
            return None
        found = chosen.get((kind, value), value)
        if found != value:
            values[found] = value
        elif value in known:
            values[value] = known[value]
        return found

    phone, email, given = hashed("phone", lead.phone), hashed("email", lead.email), hashed("phone", lead.phone_given)
    others = [hashed("phone", other) or "" for other in lead.other_phones or ()]
    stored = {"id": lead.id, "phone": phone, "other_phones": others or None, "email": email, "phone_given": given}
    said = [value for value in (phone, email, given, *others) if value is not None]
    return {**stored, "sealed": _base64(sealer.seal(workspace, values))}, said


def _base64(sealed: bytes) -> str:
    return b64encode(sealed).decode()


def _json(items: Iterable[dict[str, Any]]) -> Jsonb:
    return Jsonb(
        [{name: str(value) if isinstance(value, UUID) else value for name, value in item.items()} for item in items]
    )
