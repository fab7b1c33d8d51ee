"""A lead read from what a sender posts, and what is said about it when it will not do.

Almost every body decodes at once into `Lead`. Only when that fails is it read again field by field: for numbers that a
sheet sends for text, for fields that are not ours (kept in the metadata), for the names that people give to ours.

Only what makes a lead unknowable refuses it. What does not fit a field is kept in the metadata as `<field>_given`, as
it was sent; the field is empty then, or has what fits of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Raw

from gateway.core.amounts import read_budget
from gateway.core.date_objects import read_any_date
from gateway.core.dates import ANYWHERE, Customs
from gateway.core.field_names import DETAILS, PARTS_OF_NAME, alike, is_further
from gateway.core.json_faults import why_no_json
from gateway.core.mending import SUSPECT, as_utf8, mended_json
from gateway.core.nothing import AS_WRITTEN, nothing_in, says_nothing
from gateway.core.phone_countries import country_called, of_country
from gateway.core.problems import FieldError, Problem, invalid
from gateway.core.readable import MOST_LEVELS, is_too_deep, readable
from gateway.core.timelines import Months, read_timeline
from gateway.intake.envelopes import broken_in, opened, taken_out
from gateway.intake.form_fields import fields_of, read_encoded
from gateway.intake.kinds import keys_in_bodies
from gateway.intake.labels import SeveralPeople, understood
from gateway.intake.lead import LONGEST, NO_METADATA, Fields, Lead
from gateway.intake.mapping import Mapping
from gateway.intake.names import OWN, PERSONAL, WAYS_TO_KNOW_A_LEAD, field_known_as
from gateway.intake.nested_places import place_within
from gateway.intake.points import AMONG_PHONES, FEWEST_DIGITS, holds_points, may_be, points_in, same_as
from gateway.intake.values import is_wrapped, single, text_of, unwrapped

Decoded = TypeVar("Decoded")


class _Unfit(ValueError):
    """A value that cannot be used: what is wrong with it, and a hint."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class _Fitting(NamedTuple):
    """What of a value fits a field, None for nothing; whether that is all, and whether nothing stands beside it."""

    text: str | None
    is_all: bool
    is_bare: bool


# Of these a part is better than nothing. Of a phone, an e-mail or an id it would be another one.
CUT = frozenset(LONGEST) - {"phone", "email", "external_id", "source_row_id"}
LEAST_DIGITS_OF_A_NUMBER = 10
MOST_OBJECTS = 3
MAY_BE_NESTED = re.compile(rb"[{\[]")
MAY_BE_NOTHING = frozenset(("name", *PARTS_OF_NAME, *DETAILS, "email", "city", "state"))
MOST_BYTES_OF_NOTHING = 60
# What identifies somebody as an e-mail address, as routing.keys_of() has it.
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
AS_PHONE = re.compile(r"(?=(?:[^0-9]*[0-9]){7})[+(]?[0-9][0-9 ()./-]*")
# What Facebook fills in for each answer of a test lead.
DUMMY = "<test lead: dummy data"
assert {*OWN} == {*Lead.__struct_fields__} - {"metadata"}
_encode = msgspec.json.Encoder().encode
_decode_lead = msgspec.json.Decoder(Lead).decode
_decode_fields = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_any = msgspec.json.Decoder().decode


def read_lead(
    body: bytes, mapping: Mapping | None = None, customs: Customs = ANYWHERE, *, as_written: bool = False
) -> Lead:
    """The lead in a JSON body, in the sender's own words if there is a `mapping`; dates as its `customs` have them.

    What stands for nothing, such as N/A, is left out of some fields, unless all is to be read `as_written`.
    Raises Problem 400 or 422, or an error that `errors` turns into 400.
    """
    if b"\\u" in body and SUSPECT.search(body):
        body = mended_json(body)
    if mapping is None:
        try:
            body.decode()  # metadata is passed on unread, and one byte that is not UTF-8 would spoil a whole batch
            lead = _decode_lead(body)
            nothing = AS_WRITTEN
            if lead.name in nothing or lead.city in nothing or lead.state in nothing or lead.email in nothing:
                if not as_written:
                    raise _Unfit("It says nothing.")
            if lead.email is not None and (is_wrapped(lead.email) or "@" not in lead.email or " " in lead.email):
                raise _Unfit("It must be an address alone.")
            if lead.phone is not None and "@" in lead.phone:
                raise _Unfit("It must be a phone alone.")
            if lead.timestamp is not None:
                lead.timestamp = _timestamp(lead.timestamp, customs)
            if lead.country is not None and lead.phone is not None:
                lead.phone = _of_country(lead.phone, lead.country, {}, customs)
            if lead.budget is not None:
                lead.budget = _budget(lead.budget, customs)
            if lead.timeline_months is not None:
                lead.timeline_months = _all_months(lead.timeline_months)
            if lead.metadata is not NO_METADATA:
                lead.metadata = _metadata(lead.metadata)
            return _identifiable(lead)
        except (msgspec.DecodeError, UnicodeDecodeError, _Unfit):
            pass
    return read_fields(decoded(body, _decode_fields), mapping, customs, as_written=as_written)


def read_form(body: bytes, mapping: Mapping | None = None, customs: Customs = ANYWHERE) -> Lead:
    """The lead in an application/x-www-form-urlencoded body. Raises Problem 400 or 422."""
    return read_fields(fields_of(read_encoded(body)), mapping, customs)


def decoded(body: bytes, decode: Callable[[bytes], Decoded], charset: str = "") -> Decoded:
    """What `decode` reads in a body that should be JSON; in one that is nearly JSON too.

    Raises Problem 400 where it is none, or the msgspec.ValidationError of another shape than `decode` wants.
    """
    body = as_utf8(body, charset)
    try:
        return decode(body)
    except msgspec.ValidationError:
        # Some programs encode twice.
        if body.lstrip()[:1] == b'"' and (inner := opened(body.strip())) is not None:
            return decode(inner)
        raise
    except msgspec.DecodeError as error:
        try:
            return decode(mended_json(body))
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            what, remedy = why_no_json(body, error)
            raise Problem(400, f"{what.replace('It', 'The body', 1)} {remedy}".rstrip()) from None


def read_example(body: bytes, customs: Customs = ANYWHERE) -> Lead:
    """A lead for a preview, as `read_lead` reads one; but it need not say who it is of."""
    return _read_fields(_readable(decoded(body, _decode_fields)), {}, [], customs)


def read_typed(body: bytes, customs: Customs = ANYWHERE) -> Lead:
    """A lead that somebody typed in, of whom one can ask what is wrong. Raises Problem 400 or 422."""
    errors: list[FieldError] = []
    lead = _read_fields(_readable(decoded(body, _decode_fields)), {}, errors, customs)
    if errors:
        raise invalid(*errors)
    return _identifiable(lead)


def read_fields(
    fields: Fields, mapping: Mapping | None = None, customs: Customs = ANYWHERE, *, as_written: bool = False
) -> Lead:
    """The lead in what was posted, field by field, each JSON. Raises Problem 422."""
    fields = _readable(fields)
    for key in keys_in_bodies():
        fields.pop(key, None)
    errors: list[FieldError] = []
    found, aside = (taken_out(fields), {}) if mapping is None else mapping.applied(fields)
    if not as_written:
        found = _without_nothing(found)
    lead = _read_fields(found, aside, errors, customs)
    return _identifiable(lead, lambda: errors or broken_in(found))


def _without_nothing(fields: Fields) -> Fields:
    """The fields without texts that stand for nothing, such as N/A, where a name, an e-mail or a place should be."""
    return {
        name: raw
        for name, raw in fields.items()
        if len(bytes(raw)) > MOST_BYTES_OF_NOTHING
        or bytes(raw)[:1] != b'"'
        or (field := field_known_as(name)) not in MAY_BE_NOTHING
        or not says_nothing(str(_decode_any(raw)).strip(), nothing_in(str(field)))
    }


def _read_fields(fields: Fields, others: Fields, errors: list[FieldError], customs: Customs = ANYWHERE) -> Lead:
    """The lead, and in `errors` what was wrong with fields that are kept in the metadata for it.

    `others` are metadata, whatever their names.
    """
    lead = Lead()
    given: Fields = {}
    unknown: Fields = {}
    for name, raw in fields.items():
        try:
            if name in LONGEST:
                text, is_all, is_bare = _text(name, raw)
                setattr(lead, name, text)
                if not (is_all and is_bare):
                    given[f"{name}_given" if not is_all else f"{name}s"] = raw
                    if text is None:
                        errors.append(FieldError(name, *_unfit_text(name)))
            elif name == "timestamp":
                lead.timestamp = _timestamp(_decode_any(raw), customs)
            elif name == "budget":
                lead.budget = _budget(_decode_any(raw), customs)
            elif name == "timeline_months":
                if (months := _timeline(_decode_any(raw))) is not None:
                    lead.timeline_months = months.months
                    if not months.is_all:
                        given["timeline_months_given"] = raw
            elif name == "metadata":
                lead.metadata = _metadata(raw)
            else:
                unknown[name] = raw
        except _Unfit as error:
            given[f"{name}_given"] = raw
            errors.append(FieldError(name, str(error), error.hint))
    if unknown:
        _understand(lead, unknown, customs)
        if any(map(MAY_BE_NESTED.search, unknown.values())):
            # Who is known by one object may be told more of by another.
            for _ in range(MOST_OBJECTS):
                if _has(lead, "phone") and _has(lead, "email"):
                    break
                if not _understand_within(lead, unknown, errors):
                    break
            _find_place_within(lead, unknown)
    if (lead.email and not ADDRESS.fullmatch(lead.email.strip())) or (lead.phone and "@" in lead.phone):
        _sort_out(lead, given)
    if lead.phone and (unknown or lead.country):
        lead.phone = _of_country(lead.phone, lead.country or "", unknown, customs)
    if given or unknown or others:
        # What the sender put into metadata wins over a field of the same name beside it.
        sent = {} if lead.metadata is NO_METADATA else _decode_fields(lead.metadata)
        lead.metadata = Raw(_encode(_storable({**given, **unknown, **others, **sent})))
    return lead


def _text(field: str, raw: Raw) -> _Fitting:
    """What of a value fits the field."""
    value = _decode_any(raw)
    text, is_all = text_of(value)
    is_bare = True
    if field in ("phone", "email") and isinstance(value, dict | list) and (found := points_in(field, value)).texts:
        text, is_all, is_bare = ", ".join(found.texts), found.is_all, found.is_bare
    if field == "email" and text is not None and is_wrapped(text):
        text, alone = unwrapped(text)
        is_all = is_all and alone
    if text is None or len(text) <= LONGEST[field]:
        return _Fitting(text, is_all, is_bare)
    return _Fitting(text[: LONGEST[field]] if field in CUT else None, is_all=False, is_bare=True)


def _unfit_text(field: str) -> tuple[str, str]:
    return f"It must be text of at most {LONGEST[field]:,} characters.", "Shorten it, or send it in metadata."


def _understand(lead: Lead, unknown: Fields, customs: Customs) -> None:
    """Take from `unknown` what goes by another name of a field that is still empty, and further phones."""
    known = {name: field for name, raw in unknown.items() if (field := _field_of(name, raw)) is not None}
    for name, field in sorted(known.items(), key=lambda one: _comes_later(*one)):
        present = getattr(lead, field, None)
        if not _is_empty(present) and (field not in ("phone", "email") or may_be(field, present)):
            if field == "phone" and _add_phone(lead, name, unknown[name]):
                del unknown[name]
            continue
        if field in READ:
            if _take_read(lead, field, _decode_any(unknown[name]), customs):
                del unknown[name]
            continue
        text, is_all, is_bare = _text(field, unknown[name])
        # Of several addresses the first is the e-mail, and all are kept as they were sent.
        if not (is_all or field in ("phone", "email", "name")) or _is_empty(text) or not _is_called(name, field, text):
            continue
        setattr(lead, field, text)
        if is_all and is_bare:
            del unknown[name]
        if not _is_empty(present):
            unknown[f"{field}_given"] = Raw(_encode(present))


def _sort_out(lead: Lead, given: Fields) -> None:
    """Put an e-mail in the place of the phone, and a phone in that of the e-mail, where they belong.

    What is no e-mail is none, and what could not be put anywhere is kept in `given`.
    """
    phone, email = lead.phone or "", (lead.email or "").strip()
    if email and not ADDRESS.fullmatch(email):
        lead.email = None
        if AS_PHONE.fullmatch(email):
            phone = f"{phone} / {email}" if phone and email not in phone else email
        else:
            given.setdefault("email_given", Raw(_encode(email)))
    if found := AMONG_PHONES.search(phone):
        rest = f"{phone[: found.start()]} {phone[found.end() :]}"
        is_phone = sum(map(str.isdigit, rest)) >= FEWEST_DIGITS
        if not lead.email:
            lead.email = found[0]
        elif lead.email.strip().casefold() != found[0].casefold():
            given.setdefault("phone_given", Raw(_encode(phone)))
        if not is_phone and any(map(str.isalnum, rest.replace("mailto", ""))):
            given.setdefault("phone_given", Raw(_encode(phone)))
        phone = rest.strip(" /,;|-") if is_phone else ""
    lead.phone = phone or None


def _take_read(lead: Lead, field: str, value: Any, customs: Customs) -> bool:
    """Whether all of a value that has to be read, such as a date, is in its field now."""
    try:
        read = READ[field](value, customs)
    except _Unfit:
        return False
    if isinstance(read, Months):
        lead.timeline_months = read.months
        return read.is_all
    setattr(lead, field, read)
    return read is not None


def _of_country(phone: str, country: str, unknown: Fields, customs: Customs) -> str:
    """The phone with its country: what a field of its own says, which stays where it is, or that of the person."""
    if phone.endswith("]"):
        return phone
    told = [
        (means, text_of(_decode_any(raw)).text or "")
        for name, raw in unknown.items()
        if (means := country_called(name)) is not None
    ]
    for means, text in [*sorted(told), ("country", country)]:  # the phone's own code goes before the person's country
        if text and (joined := of_country(phone, text, means, customs.country)) != phone:
            return joined
    return phone


def _field_of(name: str, raw: Raw) -> str | None:
    """The field that is meant by a name; an object that is called a contact is no phone."""
    field = field_known_as(name)
    is_object = field in ("phone", "email") and bytes(raw)[:1] in (b"{", b"[")
    return None if is_object and holds_points(name) is None else field


def _comes_later(name: str, field: str) -> bool:
    """Whether another field says the same better: an alternate number, a nickname."""
    return (field == "phone" and is_further(name)) or (field == "name" and "nick" in name.casefold())


def _is_called(name: str, field: str, text: str | None) -> bool:
    """Whether a text can be the field that its name says. What is but called a number is mostly that of an order."""
    if (
        field == "phone"
        and name.strip().casefold() == "number"
        and sum(map(str.isdigit, text or "")) < LEAST_DIGITS_OF_A_NUMBER
    ):
        return False
    return may_be(field, text)


def _add_phone(lead: Lead, name: str, raw: Raw) -> bool:
    """Whether what is called a phone became one beside that of a lead, and need not be kept by its name.

    WhatsApp's says more than a number, and stays where it is, too; what is but called a number says less.
    """
    text, is_all, is_bare = _text("phone", raw)
    called = alike(name)
    if text is None or not may_be("phone", text) or called == "number":
        return False
    is_new = same_as("phone", text) not in {same_as("phone", one) for one in re.split(r" / |, ", str(lead.phone))}
    phones = f"{lead.phone} / {text}" if is_new else str(lead.phone)
    if len(phones) > LONGEST["phone"]:
        return False
    lead.phone = phones
    return is_all and is_bare and "whatsapp" not in called


def _nested_in(unknown: Fields) -> Fields:
    """The objects and lists; JSON in a text is one, too."""
    return {
        name: Raw(inner)
        for name, raw in unknown.items()
        if MAY_BE_NESTED.search(raw) and (inner := opened(bytes(raw))) is not None and not is_too_deep(inner)
    }


def _understand_within(lead: Lead, unknown: Fields, errors: list[FieldError]) -> bool:
    """Take from one of the objects and lists among `unknown` who is to be called; whether there was anything."""
    nested = _nested_in(unknown)
    empty = {field for field in PERSONAL if not _has(lead, field)}
    if not _is_empty(lead.name):
        empty -= {*PARTS_OF_NAME}
    known = {field: getattr(lead, field) for field in ("name", "phone", "email") if _has(lead, field)}
    try:
        places = understood({name: _decode_any(raw) for name, raw in nested.items()}, empty, known)
    except msgspec.DecodeError:  # a text that only begins like JSON
        return False
    except SeveralPeople as error:
        hint = "Send a list with each of them, or choose in the mapping of the source which one the lead is."
        errors.append(FieldError("phone", str(error), hint))
        return False
    if not places:
        return False
    found, aside = Mapping(places).applied(nested)
    phones: list[str] = []
    for place in places:
        raw = found.pop(place)
        field = place.partition("_")[0]
        text, is_all, is_bare = _text(field, raw)
        if field == "phone" and text is not None:
            phones.append(text)
            text = " / ".join(phones)[: LONGEST["phone"]]
        setattr(lead, field, text)
        if not (is_all and is_bare):
            found[f"{place}_given" if not is_all else f"{field}s"] = raw
    for name in nested:
        del unknown[name]
    unknown.update(found, **aside)
    return True


def _has(lead: Lead, field: str) -> bool:
    return not _is_empty(getattr(lead, field, None))


def _find_place_within(lead: Lead, unknown: Fields) -> None:
    """Take from addresses within `unknown` where the lead is; a postal code and a country stand beside it then."""
    nested = _nested_in(unknown)
    known = {field: text for field in ("city", "state") if not _is_empty(text := getattr(lead, field))}
    known |= {name: "" for name in unknown if name not in nested}
    try:
        places = place_within({name: _decode_any(raw) for name, raw in nested.items()}, known)
    except msgspec.DecodeError:  # a text that only begins like JSON
        return
    if not places:
        return
    found, aside = Mapping(places).applied(nested)
    for field in ("city", "state"):
        if (raw := found.pop(field, None)) is not None:
            text, is_all, _ = _text(field, raw)
            setattr(lead, field, text)
            if not is_all:
                found[f"{field}_given"] = raw
    for name in nested:
        del unknown[name]
    unknown.update(found, **aside)


def _is_empty(text: object) -> bool:
    return text is None or (isinstance(text, str) and not text.strip())


def _storable(metadata: Fields) -> Fields:
    """What is nested deeper than every program can read back is kept as the text of its JSON."""
    return {
        name: Raw(_encode(bytes(raw).decode())) if is_too_deep(bytes(raw)) else raw for name, raw in metadata.items()
    }


def _identifiable(lead: Lead, found: Callable[[], Sequence[FieldError]] = tuple) -> Lead:
    """The lead, if anything tells whose it is. Raises Problem 422 with what was `found` to be wrong with it.

    A name that came in parts only is made of them. A test lead of Facebook says that it is one.
    """
    if _is_empty(lead.name) and (lead.first_name or lead.last_name):
        parts = [part.strip() for part in (lead.first_name, lead.last_name) if part]
        lead.name = " ".join(filter(None, parts))[: LONGEST["name"]]
    if (lead.name and lead.name.startswith(DUMMY)) or (lead.phone and DUMMY in lead.phone):
        said = {} if lead.metadata is NO_METADATA else _decode_fields(lead.metadata)
        lead.metadata = Raw(_encode({**said, "is_test": True}))
    for name in WAYS_TO_KNOW_A_LEAD:
        value = getattr(lead, name)
        if value and not value.isspace():
            return lead
    hint = f"Send one of {', '.join(WAYS_TO_KNOW_A_LEAD)}."
    raise invalid(*(found() or [FieldError("phone", "The lead has no name, phone, e-mail or id.", hint)]))


def _readable(fields: Fields) -> Fields:
    return {name.replace("\0", "\ufffd"): Raw(_readable_value(bytes(raw))) for name, raw in fields.items()}


def _readable_value(raw: bytes) -> bytes:
    return readable(mended_json(raw) if b"\\u" in raw and SUSPECT.search(raw) else raw)


def _metadata(raw: Raw) -> Raw:
    if bytes(raw).startswith(b"{") and not is_too_deep(bytes(raw)):
        return Raw(readable(bytes(raw)))
    if bytes(raw) in (b"null", b'""', b"[]"):
        return NO_METADATA
    hint = 'Send an object such as {"campaign": "spring"}.'
    raise _Unfit(f"It must be a JSON object of at most {MOST_LEVELS} levels.", hint)


def _budget(value: Any, customs: Customs) -> str | None:
    """A range of numbers as PostgreSQL writes it. Raises _Unfit."""
    value = single(value)
    if _is_empty(value) or value in ([], {}):
        return None
    read = read_budget(value, customs.country)
    if read is None and isinstance(value, list | dict):
        read = read_budget(text_of(value).text, customs.country)
    if read is None:
        hint = "Send it as 500000, 10-15 lakh or up to 2 cr, in the money of the workspace's country."
        raise _Unfit("It is no amount that can be read.", hint)
    return read


def _timeline(value: Any) -> Months | None:
    """Within how many months. Raises _Unfit."""
    value = single(value)
    if _is_empty(value):
        return None
    read = read_timeline(text_of(value).text if isinstance(value, list | dict) else value)
    if read is None:
        raise _Unfit("It is no time that can be read.", "Send it in months, or as 3 months, immediate or next quarter.")
    return read


def _all_months(value: Any) -> int | None:
    """The same, where the number says all. Raises _Unfit."""
    read = _timeline(value)
    if read is not None and not read.is_all:
        raise _Unfit("It says more than a number.")
    return None if read is None else read.months


def _timestamp(value: Any, customs: Customs) -> str | None:
    """ISO 8601, without offset where the sender gave none, of 10 characters for a date. Raises _Unfit."""
    if value is None or (isinstance(value, str) and (not value or value.isspace())):
        return None
    read = read_any_date(value, customs)
    if read is None:
        raise _Unfit("It is no date and time that can be read.", "Send it as 2026-11-05T21:30:00+05:30.")
    return read


# Fields that are no texts: what is sent for them is read.
READ: dict[str, Callable[[Any, Customs], Any]] = {
    "timestamp": _timestamp,
    "budget": _budget,
    "timeline_months": lambda value, _: _timeline(value),
}
