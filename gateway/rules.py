"""/api/rules: the plan by which leads are dealt; and /api/pools, who is in them now."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.people import call
from gateway.wire import RuleInput, RuleOrder, encoded, json_response, read_json

# A rule as it was read may be sent back: what only the server decides is left aside.
DECIDED_HERE = frozenset({"id", "version", "step"})


async def list_rules(request: Request) -> Response:
    """GET /api/rules: in the order they are tried."""
    return _items(await call(request, "list_rules"))


async def create_rule(request: Request) -> Response:
    """POST /api/rules: at the end of the plan."""
    rule = await read_json(request, RuleInput, ignored=DECIDED_HERE)
    created = await call(request, "create_rule", encoded(rule))
    response = json_response(created, 201)
    response.headers["location"] = f"/api/rules/{msgspec.json.decode(created)['id']}"
    return response


async def update_rule(request: Request) -> Response:
    """PUT /api/rules/{id}: replaces all of it but its place."""
    rule = await read_json(request, RuleInput, ignored=DECIDED_HERE)
    return json_response(await call(request, "update_rule", request.path_params["rule_id"], encoded(rule)))


async def archive_rule(request: Request) -> Response:
    """DELETE /api/rules/{id}: takes it out of the plan."""
    await call(request, "archive_rule", request.path_params["rule_id"])
    return Response(status_code=204)


async def order_rules(request: Request) -> Response:
    """PUT /api/rules/order: every rule of the plan, in its new order."""
    order = await read_json(request, RuleOrder)
    return _items(await call(request, "order_rules", order.ids))


async def list_pools(request: Request) -> Response:
    """GET /api/pools: every pool there is, with its members and how each stands."""
    return _items(await call(request, "list_pools"))


def _items(items: object) -> Response:
    return json_response(f'{{"items":{items}}}')


routes = [
    Route("/rules", list_rules),
    Route("/rules", create_rule, methods=["POST"]),
    Route("/rules/order", order_rules, methods=["PUT"]),
    Route("/rules/{rule_id:uuid}", update_rule, methods=["PUT"]),
    Route("/rules/{rule_id:uuid}", archive_rule, methods=["DELETE"]),
    Route("/pools", list_pools),
]
