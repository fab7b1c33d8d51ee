"""/api/rules: the plan by which leads are assigned; and /api/pools, who is in them now."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.conditions import SYNONYMS, spelled
from gateway.http.bodies import json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import Items
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

rules = Endpoints("Routing")


def _spell(_request: Request, rule: RuleInput | RuleTrial) -> None:
    """Each field of the condition by its one name. Raises Problem 422."""
    rule.condition = spelled(rule.condition)


rule = Record(rules, "rule", "/rules/{rule_id:uuid}", Rule, RuleInput, listed=ListedRule)
rule.list("List the rules of the plan.", "In the order in which they are tried.")
rule.create(
    "Add a rule to the plan.",
    "It is put before the first rule that takes everything, else at the end. 409 when another one has the name, or the "
    "plan has 200 rules.",
    before=_spell,
    problems=[409],
)
rules.put(
    "/rules/order",
    "Put the plan in order.",
    "Send every rule of the plan. 409 when they are not exactly the plan's, because somebody has changed it meanwhile.",
    calls="order_rules(ids)",
    body=RuleOrder,
    answers=Items[ListedRule],
    problems=[409],
)
rules.get(
    "/rules/reach",
    "See which rules are reached.",
    "For each rule of the plan: how many of the newest leads it fits, and whether a rule before it takes everything.",
    calls="reach_rules",
    answers=Items[RuleReach],
)


@rules.get("/rules/fields", answers=Items[RuleField])
async def list_rule_fields(request: Request) -> Response:
    """List the fields of conditions.

    With the most frequent values of the newest leads. Fields that identify a person have no values.
    """
    fields = msgspec.json.decode(await call(request, "list_rule_fields"))
    return json_response({"items": [{**field, "synonyms": SYNONYMS.get(field["name"], [])} for field in fields]})


rules.post(
    "/rules/trial",
    "Try a rule that is being written.",
    "The answer says how many of the newest leads it would fit, and describes them in words. Nothing is stored.",
    calls="try_rule",
    before=_spell,
    body=RuleTrial,
    answers=TrialAnswer,
    changes=False,
)
rule.get("Read a rule.", "Archived ones too; those have no `step`.", cacheable=True)
rule.replace(
    "Replace a rule.",
    "All of it but its place: what is not given is as for a new rule. 409 when it is archived, or another has the "
    "name.",
    before=_spell,
)
rule.archive("Take a rule out of the plan.", "Those after it move up.")
rule.post(
    "/restore",
    "Put an archived rule back into the plan.",
    "Where it was. 409 when it is in the plan, or another has its name.",
    calls="restore_rule",
)
rules.get(
    "/pools",
    "List the pools.",
    "Every pool that some caller is in, with its members and how each stands at this moment.",
    calls="list_pools",
    answers=Items[Pool],
)
