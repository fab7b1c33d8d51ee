"""The shape of a lead as a sender posts it, and of what its sender is answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

Fields = dict[str, Raw]

NO_METADATA = Raw()


class SignedBy(Struct, forbid_unknown_fields=True):
    """Whose signature it is."""

    source: Annotated[int, Meta(ge=0, description="The source that signed; without it all are tried.")] | None = None


class AssignedCaller(Struct):
    """The caller a lead went to."""

    id: UUID
    name: str


class Answer(Struct):
    """What a sender learns about its lead. `duplicate`: it was known; `duplicate_of`: its contact has that open one."""

    lead_id: UUID
    assigned_caller: AssignedCaller | None
    assignment_status: Literal["assigned", "queued", "closed"]
    assignment_reason: str
    duplicate: bool
    duplicate_of: UUID | None


class Lead(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One lead as posted. Lengths, in characters, are those of the columns of crm.leads.

    A phone may be long: several numbers, names and labels beside them. Once it is read, `budget` is a range as
    PostgreSQL writes it, and `timeline_months` a number.
    """

    name: Annotated[str, Meta(max_length=200)] | None = None
    phone: Annotated[str, Meta(max_length=1000)] | None = None
    email: Annotated[str, Meta(max_length=320)] | None = None
    external_id: Annotated[str, Meta(max_length=200)] | None = None
    source_row_id: Annotated[str, Meta(max_length=200)] | None = None
    timestamp: str | int | float | None = None
    lead_source: Annotated[str, Meta(max_length=200)] | None = None
    city: Annotated[str, Meta(max_length=200)] | None = None
    state: Annotated[str, Meta(max_length=200)] | None = None
    language: Annotated[str, Meta(max_length=100)] | None = None
    message: Annotated[str, Meta(max_length=10_000)] | None = None
    first_name: Annotated[str, Meta(max_length=100)] | None = None
    last_name: Annotated[str, Meta(max_length=100)] | None = None
    company: Annotated[str, Meta(max_length=200)] | None = None
    job_title: Annotated[str, Meta(max_length=200)] | None = None
    country: Annotated[str, Meta(max_length=100)] | None = None
    medium: Annotated[str, Meta(max_length=100)] | None = None
    term: Annotated[str, Meta(max_length=200)] | None = None
    product: Annotated[str, Meta(max_length=200)] | None = None
    budget: str | int | float | dict[str, Any] | None = None
    authority: Annotated[str, Meta(max_length=200)] | None = None
    timeline_months: str | int | float | None = None
    metadata: Raw = NO_METADATA

    def said(self) -> dict[str, Any]:
        """The fields it has."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value not in (None, Raw())}

    def stored_as(
        self,
        source_id: int,
        generation: int | None,
        request_id: str,
        idempotency_key: str | None,
        sealed: bytes = b"",
        other_phones: list[str] | None = None,
    ) -> bytes:
        """The lead as one element of the array that api.ingest_leads() takes; `sealed` is base64.

        `other_phones` are hashes, where `sealed` stands for what they are.
        """
        # Written around the encoded lead, which always has a field, so that it need not be copied into another type.
        key = b'"idempotency_key":%b,' % _encode(idempotency_key) if idempotency_key else b""
        if sealed:
            key += b'"sealed":"%b",' % sealed
        if other_phones:
            key += b'"other_phones":%b,' % _encode(other_phones)
        # The characters of a request id stand in JSON as they are.
        begin = (
            b'{"source_id":%d,"request_id":"%b",' % (source_id, request_id.encode())
            if generation is None
            else b'{"source_id":%d,"generation":%d,"request_id":"%b",' % (source_id, generation, request_id.encode())
        )
        return begin + key + _encode(self)[1:]


# What a sender may post, as the documentation shows it: `Lead` as leniently as it is read.
LeadInput = msgspec.defstruct(
    "LeadInput",
    [
        (field.name, dict[str, Any] | None if field.name == "metadata" else field.type | float, None)
        for field in msgspec.structs.fields(Lead)
    ],
    namespace={
        "__doc__": "A lead as posted. One of name, phone, email, external_id and source_row_id must be there. "
        "Numbers and lists are taken for text, and what people call these fields (Mobile, Full Name) for their names. "
        "Fields that are not listed here go to the metadata, and so does what does not fit, as `<field>_given`."
    },
)


LONGEST: dict[str, int] = {
    field.name: schema["maxLength"]
    for field in msgspec.structs.fields(Lead)
    for schema in msgspec.json.schema(field.type).get("anyOf", ())
    if "maxLength" in schema
}
_encode = msgspec.json.Encoder().encode
