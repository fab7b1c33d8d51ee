"""What a sender may post as a lead, and what is said about it when it will not do.

Almost every body decodes at once into `Lead`. Only when that fails is it read again field by field: for numbers that a
sheet sends for text, for fields that are not ours (kept in the metadata), for an error about each field that is wrong.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from gateway.core.dates import ANYWHERE, Customs, read_date
from gateway.core.problems import FieldError, Problem, in_plain_words, invalid
from gateway.core.readable import is_too_deep, readable
from gateway.intake.mapping import Mapping

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

    A phone may be as long as anything: several numbers, names and labels beside them.
    """

    name: Annotated[str, Meta(max_length=200)] | None = None
    phone: str | None = None
    email: Annotated[str, Meta(max_length=320)] | None = None
    external_id: Annotated[str, Meta(max_length=200)] | None = None
    source_row_id: Annotated[str, Meta(max_length=200)] | None = None
    timestamp: str | int | float | None = None
    lead_source: Annotated[str, Meta(max_length=200)] | None = None
    city: Annotated[str, Meta(max_length=200)] | None = None
    state: Annotated[str, Meta(max_length=200)] | None = None
    language: Annotated[str, Meta(max_length=100)] | None = None
    message: Annotated[str, Meta(max_length=10_000)] | None = None
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
        "Numbers are taken for text; fields that are not listed here go to the metadata."
    },
)


class _Unfit(ValueError):
    """A value that cannot be used: what is wrong with it, and a hint."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


TEXT_FIELDS = {
    field.name: field.type for field in msgspec.structs.fields(Lead) if field.name not in ("timestamp", "metadata")
}
WAYS_TO_KNOW_A_LEAD = ("name", "phone", "email", "external_id", "source_row_id")
ESCAPED_NUL = b"\\u0000"

_encode = msgspec.json.Encoder().encode
_decode_lead = msgspec.json.Decoder(Lead).decode
_decode_fields = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_any = msgspec.json.Decoder().decode


def read_lead(body: bytes, mapping: Mapping | None = None, customs: Customs = ANYWHERE) -> Lead:
    """The lead in a JSON body, in the sender's own words if there is a `mapping`; dates as its `customs` have them.

    Raises Problem 422, or an error that `errors` turns into 400.
    """
    body.decode()  # metadata is passed on unread, and one byte that is not UTF-8 would spoil a whole batch
    if mapping is None and ESCAPED_NUL not in body:
        try:
            lead = _decode_lead(body)
            if lead.timestamp is not None:
                lead.timestamp = _timestamp(lead.timestamp, customs)
            if lead.metadata is not NO_METADATA:
                lead.metadata = _metadata(lead.metadata)
            return _identifiable(lead)
        except (msgspec.ValidationError, _Unfit):
            pass
    return read_fields(_decode_fields(body), mapping, customs)


def read_form(body: bytes, mapping: Mapping | None = None, customs: Customs = ANYWHERE) -> Lead:
    """The lead in an application/x-www-form-urlencoded body. Raises Problem 400 or 422."""
    return read_fields({name: Raw(_encode(value)) for name, value in read_pairs(body)}, mapping, customs)


def read_pairs(body: bytes) -> list[tuple[str, str]]:
    """Names and values in an application/x-www-form-urlencoded body. Raises Problem 400."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as error:
        raise Problem(400, f"The form cannot be read: {error}.") from error


def read_example(body: bytes) -> Lead:
    """A lead for a preview, as `read_lead` reads one; but it need not say who it is of."""
    return _read_fields(_readable(_decode_fields(body)), {})


def read_fields(fields: dict[str, Raw], mapping: Mapping | None = None, customs: Customs = ANYWHERE) -> Lead:
    """The lead in what was posted, field by field, each JSON. Raises Problem 422."""
    fields = _readable(fields)
    if mapping is None:
        return _identifiable(_read_fields(fields, {}, customs))
    return _identifiable(_read_fields(*mapping.applied(fields), customs))


def _read_fields(fields: dict[str, Raw], others: dict[str, Raw], customs: Customs = ANYWHERE) -> Lead:
    """`others` are metadata, whatever their names. What is no time is kept there, and costs nothing but the time."""
    lead = Lead()
    errors: list[FieldError] = []
    for name, raw in fields.items():
        try:
            if ESCAPED_NUL in bytes(raw) and _contains_nul(_decode_any(raw)):
                raise _Unfit("It contains a NUL character.", r"Leave out \u0000.")
            if name == "metadata":
                lead.metadata = _metadata(raw)
            elif name == "timestamp":
                if is_too_deep(bytes(raw)):
                    raise _too_deep()
                try:
                    lead.timestamp = _timestamp(_decode_any(raw), customs)
                except _Unfit:
                    others["timestamp_given"] = raw
            elif name in TEXT_FIELDS:
                setattr(lead, name, msgspec.convert(_text(_decode_any(raw)), TEXT_FIELDS[name]))
            elif "\0" in name:
                raise _Unfit("Its name contains a NUL character.", "Rename the field.")
            elif is_too_deep(bytes(raw)):
                raise _too_deep()
            else:
                others[name] = raw
        except msgspec.ValidationError as error:
            errors.append(FieldError(name, in_plain_words(error)))
        except _Unfit as error:
            errors.append(FieldError(name, str(error), error.hint))
    if errors:
        raise invalid(*errors)
    if others:
        # What the sender put into metadata wins over a field of the same name beside it.
        given = {} if lead.metadata is NO_METADATA else _decode_fields(lead.metadata)
        lead.metadata = Raw(_encode({**others, **given}))
    return lead


def _identifiable(lead: Lead) -> Lead:
    for name in WAYS_TO_KNOW_A_LEAD:
        value = getattr(lead, name)
        if value and not value.isspace():
            return lead
    raise invalid(
        FieldError(
            "phone", "There is nothing to call or know this lead by.", f"Send one of {', '.join(WAYS_TO_KNOW_A_LEAD)}."
        )
    )


def _text(value: Any) -> str | None:
    """Text, or a number as a sheet writes it: 12345.0 is 12345."""
    match value:
        case str() | None:
            return value
        case bool() | list() | dict():
            raise _Unfit("It must be text.", "Send other values in metadata.")
        case float() if value.is_integer() and abs(value) < 1e16:  # all digits of a larger one are not its own
            return str(int(value))
    return str(value)


def _readable(fields: dict[str, Raw]) -> dict[str, Raw]:
    return {name: Raw(readable(bytes(raw))) for name, raw in fields.items()}


def _too_deep() -> _Unfit:
    return _Unfit("It is nested too deeply.", "Send a flatter object.")


def _metadata(raw: Raw) -> Raw:
    if bytes(raw).startswith(b"{"):
        if is_too_deep(bytes(raw)):
            raise _too_deep()
        return Raw(readable(bytes(raw)))
    if bytes(raw) in (b"null", b'""'):
        return NO_METADATA
    raise _Unfit("It must be a JSON object.", 'Send an object such as {"campaign": "spring"}.')


def _timestamp(value: Any, customs: Customs) -> str | None:
    """ISO 8601, without offset where the sender gave none, of 10 characters for a date. Raises _Unfit."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None or (isinstance(value, str) and (not value or value.isspace())):
        return None
    read = read_date(value, customs)
    if read is None:
        raise _Unfit("It is not a date and time we can read.")
    return read


def _contains_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case list():
            return any(map(_contains_nul, value))
        case dict():
            return any("\0" in name or _contains_nul(inner) for name, inner in value.items())
    return False
