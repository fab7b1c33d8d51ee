"""Conditions of rules, and what each says of a lead in the model's words."""

from collections.abc import Callable

from tests.dealing.settings import Form


def _has_budget(lead: Form) -> bool:
    return isinstance(lead.budget, int) and lead.budget >= 1000


def _has_no_budget(lead: Form) -> bool:
    # Whether text is less than a number cannot be said, so its opposite cannot be either.
    return lead.budget is None or (isinstance(lead.budget, int) and lead.budget < 1000)


CONDITIONS: dict[str, Callable[[Form], bool]] = {
    '$.city == "Pune"': lambda lead: lead.city == "Pune",
    '$.language == "Hindi" && $.state != "Goa"': lambda lead: lead.language == "Hindi" and lead.state != "Goa",
    '$.city == "Pune" || $.state == "Goa"': lambda lead: lead.city == "Pune" or lead.state == "Goa",
    '$.source like_regex "^google" flag "i"': lambda lead: (lead.source or "").strip().lower().startswith("google"),
    "exists($.metadata.team)": lambda lead: lead.team is not None,
    "$.metadata.budget >= 1000": _has_budget,
    "!($.metadata.budget >= 1000)": _has_no_budget,
    "$.language > 5": lambda _: False,
}
