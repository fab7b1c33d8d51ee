"""/api/rules: the plan by which leads are assigned; and /api/pools, who is in them now."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.bodies import encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import Items
from gateway.routing.conditions import SYNONYMS, spelled
from gateway.routing.shapes import (
    ListedRule,
    Pool,
    Rule,
    RuleField,
    RuleInput,
    RuleOrder,
    RuleReach,
    RuleTrial,
    TrialAnswer,
)

# A rule as it was read may be sent back: what only the server decides is left aside.
DECIDED_HERE = frozenset({"id", "version", "step", "etag", "sentence", "old_condition", "hidden_by"})

rules = Endpoints("Routing")


@rules.get("/rules", answers=Items[ListedRule])
async def list_rules(request: Request) -> Response:
    """List the rules of the plan.

    In the order in which they are tried.
    """
    return _items(await call(request, "list_rules"))


@rules.post("/rules", body=RuleInput, ignored=DECIDED_HERE, answers=Rule, status=201, problems=[409])
async def create_rule(request: Request, rule: RuleInput) -> Response:
    """Add a rule to the plan.

    It is put before the first rule that takes everything, else at the end. 409 when another one has the
    name, or the plan has 200 rules.
    """
    created = await call(request, "create_rule", _given(rule))
    response = json_response(created, 201)
    response.headers["location"] = f"/api/rules/{msgspec.json.decode(created)['id']}"
    return response


@rules.put("/rules/order", body=RuleOrder, answers=Items[ListedRule], problems=[409])
async def order_rules(request: Request, order: RuleOrder) -> Response:
    """Put the plan in order.

    Send every rule of the plan. 409 when they are not exactly the plan's, because somebody has changed it meanwhile.
    """
    return _items(await call(request, "order_rules", order.ids))


@rules.get("/rules/reach", answers=Items[RuleReach])
async def reach_rules(request: Request) -> Response:
    """See which rules are reached.

    For each rule of the plan: how many of the newest leads it fits, and whether a rule before it takes everything.
    """
    return _items(await call(request, "reach_rules"))


@rules.get("/rules/fields", answers=Items[RuleField])
async def list_rule_fields(request: Request) -> Response:
    """List the fields of conditions.

    With the most frequent values of the newest leads. Fields that identify a person have no values.
    """
    fields = msgspec.json.decode(await call(request, "list_rule_fields"))
    answer = [{**field, "synonyms": SYNONYMS.get(field["name"], [])} for field in fields]
    return _items(msgspec.json.encode(answer).decode())


@rules.post("/rules/trial", body=RuleTrial, answers=TrialAnswer, changes=False)
async def try_rule(request: Request, rule: RuleTrial) -> Response:
    """Try a rule that is being written.

    The answer says how many of the newest leads it would fit, and describes them in words. Nothing is stored.
    """
    return json_response(await call(request, "try_rule", _given(rule)))


@rules.get("/rules/{rule_id:uuid}", answers=Rule, cacheable=True)
async def get_rule(request: Request) -> Response:
    """Read a rule.

    Archived ones too; those have no `step`.
    """
    return json_response(await call(request, "get_rule", request.path_params["rule_id"]))


@rules.put("/rules/{rule_id:uuid}", body=RuleInput, ignored=DECIDED_HERE, answers=Rule, problems=[409], edits="rule")
async def update_rule(request: Request, rule: RuleInput) -> Response:
    """Replace a rule.

    All of it but its place: what is not given is as for a new rule. 409 when it is archived, or another has the name.
    """
    return json_response(await call(request, "update_rule", request.path_params["rule_id"], _given(rule)))


@rules.delete("/rules/{rule_id:uuid}", status=204, edits="rule")
async def archive_rule(request: Request) -> Response:
    """Take a rule out of the plan.

    Those after it move up.
    """
    await call(request, "archive_rule", request.path_params["rule_id"])
    return Response(status_code=204)


@rules.get("/pools", answers=Items[Pool])
async def list_pools(request: Request) -> Response:
    """List the pools.

    Every pool that some caller is in, with its members and how each stands at this moment.
    """
    return _items(await call(request, "list_pools"))


def _given(rule: RuleInput | RuleTrial) -> str:
    """A rule as the database takes it. Raises Problem 422."""
    rule.condition = spelled(rule.condition)
    return encoded(rule)


def _items(items: object) -> Response:
    return json_response(f'{{"items":{items}}}')
