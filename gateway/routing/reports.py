"""/api/fairness and /api/simulate: whether the past was fair, and what it would have been under other settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.conditions import spelled
from gateway.core.parts import part
from gateway.core.problems import FieldError, field_of, in_plain_words, invalid
from gateway.database.calls import Databases, Principal, TookTooLong
from gateway.http.bodies import check_moments, encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import Moment
from gateway.routing.shapes import Fairness, RuleInput, SimulationAnswer, Strategy

# 100,000 leads take about 17 seconds.
SECONDS_TO_SIMULATE = 120

reports = Endpoints("Reports")


class CallerChange(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is to be different about a caller; the rest is as it is now. `daily_limit` and `max_load` 0: unlimited."""

    status: Literal["active", "paused"] | UnsetType = UNSET
    daily_limit: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType = UNSET
    weight: Annotated[int, Meta(ge=1, le=1000)] | UnsetType = UNSET
    max_load: Annotated[int, Meta(ge=0, le=1000)] | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class Period(Struct, forbid_unknown_fields=True, rename={"since": "from"}):
    """A period; the last seven days if nothing is given."""

    since: Annotated[Moment, Meta(description="Its beginning: a date, or a time in ISO 8601.")] | None = None
    until: Annotated[Moment, Meta(description="Its end, which is not part of it.")] | None = None


class Simulation(Struct, forbid_unknown_fields=True, rename={"since": "from"}):
    """A period, and what is to be different in it: the plan, the strategy of all its rules, callers by their ids."""

    since: Moment | None = None
    until: Moment | None = None
    rules: Annotated[list[RuleInput], Meta(max_length=200)] | None = None
    strategy: Strategy | None = None
    callers: Annotated[dict[str, Any], Meta(max_length=10_000)] | None = None


@reports.get("/fairness", query=Period, answers=Fairness, long=True)
async def get_fairness(request: Request, period: Period) -> Response:
    """See whether a period was fair.

    Each caller's leads beside the share due.
    """
    try:
        return json_response(await call(request, "get_fairness", encoded(_moments(period))))
    except TookTooLong as error:
        raise invalid(FieldError("from", "This period has too many leads.", "Choose a shorter one.")) from error


@reports.post("/simulate", body=Simulation, answers=SimulationAnswer, changes=False, problems=[409], long=True)
async def simulate(request: Request, wanted: Simulation) -> Response:
    """Try the leads of a period under other settings.

    The answer says for each caller what happened and what would have; nothing of it is kept. It may take a while.
    409 when two rules have one name.
    """
    errors: list[FieldError] = []
    callers = _callers(wanted.callers or {}, errors)
    if errors:
        raise invalid(*errors)
    changes: dict[str, Any] = {**_moments(wanted), "callers": callers}
    if wanted.rules is not None or wanted.strategy:
        changes["rules"] = await _rules(request, wanted)

    principal: Principal = request.state.session.principal
    database = part(request, Databases).people
    try:
        answer = await database.long_call(principal, "simulate", encoded(changes), seconds=SECONDS_TO_SIMULATE)
    except TookTooLong as error:
        late = f"The simulation of this period takes longer than {SECONDS_TO_SIMULATE} seconds."
        raise invalid(FieldError("from", late, "Choose a shorter period.")) from error
    # The answer has everybody, archived callers too.
    if strangers := callers.keys() - {item["id"] for item in msgspec.json.decode(answer)["items"]}:
        raise invalid(*(FieldError(f"callers.{stranger}", "There is no such caller.") for stranger in strangers))
    return json_response(answer)


def _moments(period: Period | Simulation) -> dict[str, str]:
    return check_moments(**{"from": period.since, "until": period.until})


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
    given = [{**msgspec.to_builtins(rule), **strategy} for rule in rules]
    return [{**rule, "condition": spelled(rule["condition"])} for rule in given]
