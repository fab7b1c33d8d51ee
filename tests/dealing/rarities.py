"""Scenarios that have gone wrong, or might, and are seldom made up."""

from datetime import UTC, datetime, timedelta

from tests.dealing.scenarios import AddRule, Arrive, Hire, Scenario, Step, Wait
from tests.dealing.settings import PHONES, PLACES, Form, Profile, Rule

BY_STATE = AddRule(Rule(frozenset({"state"}), "round_robin", "next", True, None, None, 3))
OF_GOA = Hire(Profile(states=frozenset({"Goa"})))
FROM_GOA, FROM_KERALA = (Form(PLACES[place], phone=PHONES[0]) for place in (0, 2))
LATER = Wait(timedelta(seconds=1))


def scenario(*steps: Step) -> Scenario:
    """Somewhere, some time."""
    return Scenario("UTC", datetime(2026, 1, 1, tzinfo=UTC), steps)


# A lead that nobody can take waits, until somebody gets another of its contact: on arrival, or when both have waited.
AWAITED = scenario(BY_STATE, OF_GOA, Arrive((FROM_KERALA,)), LATER, Arrive((FROM_GOA,)), LATER)
AWAITED_IN_THE_QUEUE = scenario(BY_STATE, Arrive((FROM_KERALA, FROM_GOA)), LATER, OF_GOA, LATER, LATER)
