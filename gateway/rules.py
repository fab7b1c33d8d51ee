"""/api/rules: the plan by which leads are assigned; and /api/pools, who is in them now."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.answers import Items, Pool, Rule
from gateway.endpoints import Endpoints
from gateway.people import call
from gateway.wire import RuleInput, RuleOrder, encoded, json_response

# A rule as it was read may be sent back: what only the server decides is left aside.
DECIDED_HERE = frozenset({"id", "version", "step", "etag"})

rules = Endpoints("Routing")


@rules.get("/rules", answers=Items[Rule])
async def list_rules(request: Request) -> Response:
    """List the rules of the plan.

    In the order in which they are tried.
    """
    return _items(await call(request, "list_rules"))


@rules.post("/rules", body=RuleInput, ignored=DECIDED_HERE, answers=Rule, status=201, problems=[409])
async def create_rule(request: Request, rule: RuleInput) -> Response:
    """Add a rule at the end of the plan.

    409 when another one has the name.
    """
    created = await call(request, "create_rule", encoded(rule))
    response = json_response(created, 201)
    response.headers["location"] = f"/api/rules/{msgspec.json.decode(created)['id']}"
    return response


@rules.put("/rules/order", body=RuleOrder, answers=Items[Rule], problems=[409])
async def order_rules(request: Request, order: RuleOrder) -> Response:
    """Put the plan in order.

    Send every rule of the plan. 409 when they are not exactly the plan's, because somebody has changed it meanwhile.
    """
    return _items(await call(request, "order_rules", order.ids))


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
    return json_response(await call(request, "update_rule", request.path_params["rule_id"], encoded(rule)))


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


def _items(items: object) -> Response:
    return json_response(f'{{"items":{items}}}')
