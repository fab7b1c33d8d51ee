"""/api/fairness and /api/simulate: whether the past was fair, and what it would have been under other settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import anyio
import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.database import Database, Principal, TookTooLong
from gateway.people import call
from gateway.problems import FieldError, field_of, in_plain_words, invalid
from gateway.wire import CallerChange, RuleInput, Strategy, User, json_response, read_json, read_moment

PERIOD = ("from", "until")

# 100,000 leads take about 17 seconds.
SECONDS_TO_SIMULATE = 120
# Each keeps a core of the database busy: the others are for the leads that come in meanwhile.
_simulations = anyio.CapacityLimiter(2)


class Simulation(Struct, forbid_unknown_fields=True, rename={"since": "from"}):
    """A period, and what is to be different in it: the plan, the strategy of all its rules, callers by their ids."""

    since: str | None = None
    until: str | None = None
    rules: Annotated[list[RuleInput], Meta(max_length=100)] | None = None
    strategy: Strategy | None = None
    callers: Annotated[dict[str, Any], Meta(max_length=10_000)] | None = None


async def get_fairness(request: Request) -> Response:
    """GET /api/fairness: each caller's leads beside the share due; the last seven days, or from and until."""
    errors = [FieldError(name, "There is no such parameter.") for name in request.query_params if name not in PERIOD]
    period = _period(request.query_params, errors)
    if errors:
        raise invalid(*errors)
    return json_response(await call(request, "get_fairness", msgspec.json.encode(period).decode()))


async def simulate(request: Request) -> Response:
    """POST /api/simulate: the leads of a period dealt again under other settings, per caller; nothing of it is kept."""
    wanted = await read_json(request, Simulation)
    errors: list[FieldError] = []
    changes: dict[str, Any] = _period({"from": wanted.since or "", "until": wanted.until or ""}, errors)
    changes["callers"] = callers = _callers(wanted.callers or {}, errors)
    if errors:
        raise invalid(*errors)
    if wanted.rules is not None or wanted.strategy:
        changes["rules"] = await _rules(request, wanted)

    user: User = request.state.user
    database: Database = request.app.state.database
    principal = Principal(user.role, user.workspace_id, user.actor)
    body = msgspec.json.encode(changes).decode()
    try:
        async with _simulations:
            answer = await database.long_call(principal, "simulate", body, seconds=SECONDS_TO_SIMULATE)
    except TookTooLong as error:
        late = f"The leads of this period could not be dealt again in {SECONDS_TO_SIMULATE} seconds."
        raise invalid(FieldError("from", late, "Choose a shorter period.")) from error
    # The answer has everybody, archived callers too.
    if strangers := callers.keys() - {item["id"] for item in msgspec.json.decode(answer)["items"]}:
        raise invalid(*(FieldError(f"callers.{stranger}", "There is no such caller.") for stranger in strangers))
    return json_response(answer)


def _period(given: Mapping[str, str], errors: list[FieldError]) -> dict[str, Any]:
    period = {}
    for name in PERIOD:
        try:
            if given.get(name):
                period[name] = read_moment(given[name])
        except ValueError as error:
            errors.append(FieldError(name, str(error)))
    return period


def _callers(given: Mapping[str, object], errors: list[FieldError]) -> dict[str, CallerChange]:
    """Read one by one, because msgspec does not say at which key of a dict it found a mistake."""
    changes = {}
    for caller_id, change in given.items():
        try:
            changes[str(UUID(caller_id))] = msgspec.convert(change, CallerChange)
        except msgspec.ValidationError as error:
            field = field_of(error)
            errors.append(FieldError(f"callers.{caller_id}{field and '.' + field}", in_plain_words(error)))
        except ValueError:
            errors.append(FieldError(f"callers.{caller_id}", "It must be the id of a caller."))
    return changes


async def _rules(request: Request, wanted: Simulation) -> list[dict[str, Any]]:
    rules = wanted.rules if wanted.rules is not None else msgspec.json.decode(await call(request, "list_rules"))
    strategy = {"strategy": wanted.strategy} if wanted.strategy else {}
    return [{**msgspec.to_builtins(rule), **strategy} for rule in rules]


routes = [
    Route("/fairness", get_fairness),
    Route("/simulate", simulate, methods=["POST"]),
]
