"""An example of everything that goes over the wire, made from its type: so there is one for each, and it is valid."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

ID = "01980c5e-7a00-7000-8000-000000000001"
TIME = "2026-01-05T09:30:00+05:30"

# What a field of this name holds, so that examples read like life. Where its type does not take that, the type decides.
BY_NAME: dict[str, Any] = {
    "name": "Meera Joshi",
    "email": "meera@example.com",
    "phone": "+911000000001",
    "other_phones": ["+911000000002"],
    "city": "Pune",
    "state": "Maharashtra",
    "state_given": "MH",
    "possible_states": ["Bihar", "Maharashtra"],
    "states": ["Maharashtra", "Goa"],
    "languages": ["Marathi", "Hindi"],
    "language": "Marathi",
    "campaigns": ["Diwali"],
    "team": "West",
    "role": "Senior",
    "daily_limit": 20,
    "max_load": 10,
    "lead_source": "Google Ads",
    "source": "Google Ads",
    "message": "Please call after six.",
    "first_name": "Meera",
    "last_name": "Joshi",
    "company": "Acme Foods",
    "job_title": "Head of Purchasing",
    "medium": "cpc",
    "term": "crm for sales",
    "product": "Starter plan",
    "budget": "10-15 lakh",
    "authority": "She decides",
    "timeline_months": 3,
    "source_row_id": "row 17",
    "external_id": "customer 4711",
    "timestamp": TIME,
    "metadata": {"campaign": "Diwali"},
    "from": "2026-01-05",
    "until": "2026-01-12",
    "to": "2026-01-12",
    "since": "2026-01-05",
    "days": [1, 2, 3, 4, 5],
    "reason": "Speaks Marathi",
    "hand_over": "keep",
    "assignment_reason": "No state: city Pune is in Maharashtra",
    "condition": {"match": "all", "terms": [{"field": "city", "operator": "is", "values": ["Pune"]}]},
    "old_condition": None,
    "sentence": "Leads whose city is Pune",
    "attributes": ["state"],
    "teams": [],
    "callers": [],
    "hidden_by": None,
    "claim_minutes": 15,
    "timezone": "Asia/Kolkata",
    "country": "IN",
    "workspace_name": "Acme Sales",
    "password": "a long password",
    "present": "a long password",
    "new": "a longer password",
    "kind": "lead.assigned",
    "actor": "intake",
    "assigned_by": "system",
    "pool": "state:maharashtra",
    "key": "state:maharashtra",
    "rule": "state",
    "detail": "next in turn",
    "outcome": "chosen",
    "data": {"reason": "State Maharashtra"},
    "missing": [],
    "duplicate_of": None,
    "queued_at": None,
    "closed_at": None,
    "archived_at": None,
    "ended_at": None,
    "strategy": "round_robin",
    "is_paused": False,
    "etag": "3ffcb56065c90b48",
    "next": None,
    "sites": ["https://example.com"],
    "thanks_url": "https://example.com/thanks",
    "mapping": {"phone": "Mobile No."},
    "payload": {"Full Name": "Meera Joshi", "Mobile No.": "+911000000001"},
    "place": "Mobile No.",
    "at": TIME,
    "due_at": TIME,
    "due_on": None,
    "due_date": "2026-01-05",
    "done_at": None,
    "done_by": None,
    "withdrawn_at": None,
    "title": "Call Meera Joshi",
    "body": "Wants to know the price.",
    "lacks": "state,campaign",
    "close_reason": None,
    "created_by": "Asha Rao",
    "by": "Asha Rao",
}
BY_STRUCT: dict[str, dict[str, Any]] = {
    "HandOverInput": {"to": "route"},
    "Answer": {"duplicate": False},
    "AssignedCaller": {"name": "Asha Rao"},
    "Hours": {"from": "09:00", "to": "18:00"},
    "CallerInput": {"name": "Asha Rao"},
    "Caller": {"name": "Asha Rao"},
    "Named": {"name": "Asha Rao"},
    "LeadCampaign": {"name": "Diwali"},
    "CampaignInput": {"name": "Diwali"},
    "CampaignCard": {"name": "Diwali", "key": "diwali"},
    "Campaign": {"name": "Diwali", "key": "diwali"},
    "CampaignCaller": {"name": "Asha Rao"},
    "CampaignDay": {"date": "2026-01-05"},
    "DispositionInput": {"name": "Call back", "task_hours": None, "closes_as": None, "needs_note": False},
    "Disposition": {"name": "Call back", "task_hours": None, "closes_as": None, "needs_note": False},
    "DispositionName": {"name": "Call back"},
    "ActivityInput": {"external_id": None, "kind": "call"},
    "Closing": {"status": "lost", "reason": "Bought elsewhere"},
    "StatusInput": {"status": "lost", "reason": "Bought elsewhere"},
    "LeadsAction": {"filter": None, "callers": [ID]},
    "RuleInput": {"name": "Pune"},
    "Rule": {"name": "Pune"},
    "Workspace": {"name": "Acme Sales"},
    "WorkspaceChange": {"name": "Acme Sales"},
    "Source": {"name": "Google Ads"},
    "FieldMapping": {
        "name": ["First name", "Last name"],
        "phone": "Mobile No.",
        "email": "$.contact.emails[0]",
        "message": "$.answers[?@.question=='comments'].text",
    },
    "Form": {"key": "9f86d081884c7d659a2feaa0c55ad015"},
    "Found": {"value": "+911000000001", "field": "phone"},
    "Readiness": {"status": "ready"},
    "Simulation": {"rules": None, "strategy": "weighted", "callers": {ID: {"daily_limit": 30}}},
}


def example_of(type_: Any) -> Any:
    """A valid example of a type, as JSON decodes it."""
    return _example(inspect.type_info(type_), "")


def _example(info: inspect.Type, name: str) -> Any:
    if isinstance(info, inspect.Metadata):
        return _example(info.type, name)
    if isinstance(info, inspect.StructType):
        return {field.encode_name: _field(info, field) for field in info.fields}
    if isinstance(info, inspect.UnionType):
        others = [inner for inner in info.types if not isinstance(inner, inspect.NoneType)]
        return _example(others[0], name)
    if isinstance(info, inspect.CollectionType):
        return [_example(info.item_type, name)]
    return _scalar(info, name)


def _scalar(info: inspect.Type, name: str) -> Any:
    match info:
        case inspect.LiteralType():
            return info.values[0]
        case inspect.UUIDType():
            return ID
        case inspect.DateTimeType():
            return TIME
        case inspect.BoolType():
            return True
        case inspect.IntType():
            return 1 if info.ge is None else max(info.ge, 1)
        case inspect.FloatType():
            return 12.5
        case inspect.DictType():
            return {}
    return name or "Goa"


@cache
def _declared(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The declared types of a struct's fields, by what they are called in JSON."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(struct)}


def _field(struct: inspect.StructType, field: inspect.Field) -> Any:
    """What is written down for the field where its type takes that, else what its type makes of itself."""
    name = field.encode_name
    declared = _declared(struct.cls)[name]
    for written in (BY_STRUCT.get(struct.cls.__name__, {}), BY_NAME):
        if name in written:
            try:
                msgspec.convert(written[name], declared)
                return written[name]
            except msgspec.ValidationError:
                pass
    return _example(field.type, name)
