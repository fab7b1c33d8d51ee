"""Whatever happens in whatever order, PostgreSQL deals every lead to the caller that the requirement names."""

from typing import Any

import psycopg
import pytest
from hypothesis import event, given

from tests.conftest import Connect
from tests.dealing.scenarios import Scenario, scenarios
from tests.dealing.worlds import Database, explained, play_model


@pytest.fixture
def connection(connect: Connect) -> psycopg.Connection[Any]:
    """One connection for all examples; each is a transaction that is rolled back."""
    return connect()


@given(scenario=scenarios)
def test_every_lead_goes_where_the_requirement_says(scenario: Scenario, connection: psycopg.Connection[Any]) -> None:
    model = play_model(scenario)
    expected = [lead.holder for lead in model.leads]
    event(f"{len(expected) // 10 * 10} leads and more, {'some' if None in expected else 'none'} of which waits")

    with connection.transaction(force_rollback=True):
        at_once = Database(connection, scenario, one_by_one=False)
        assert at_once.holders() == expected
        for number, lead in enumerate(model.leads):
            if lead.attempts or lead.holder is None:
                assert at_once.explanation(number) == explained(model, number)
            else:
                assert at_once.explanation(number) == [("By hand", [(lead.holder, "chosen")], set())]
        assert connection.execute("select * from routing.verify()").fetchall() == []

    with connection.transaction(force_rollback=True):
        one_by_one = Database(connection, scenario, one_by_one=True)
        assert one_by_one.holders() == expected
        assert connection.execute("select * from routing.verify()").fetchall() == []
