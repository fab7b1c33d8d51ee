"""Whatever happens in whatever order, PostgreSQL deals every lead to the caller that the requirement names."""

from typing import Any

import psycopg
import pytest
from hypothesis import example, given

from tests.conftest import Connect
from tests.dealing import outcomes
from tests.dealing.database import WORKSPACE, Database
from tests.dealing.imagination import scenarios
from tests.dealing.model import Model
from tests.dealing.rarities import AWAITED, AWAITED_IN_THE_QUEUE
from tests.dealing.scenarios import Scenario, play
from tests.dealing.strategy_pools import callers

IDS = list(callers(100))


@pytest.fixture
def connection(connect: Connect) -> psycopg.Connection[Any]:
    """One connection for all examples; each is a transaction that is rolled back."""
    return connect()


@pytest.fixture
def warnings(connection: psycopg.Connection[Any]) -> list[str]:
    """What PostgreSQL warns of: where routing fails, inserts and ticks go on with a warning."""
    heard: list[str] = []
    connection.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
    return heard


@pytest.mark.long
@given(scenario=scenarios())
@example(scenario=AWAITED)
@example(scenario=AWAITED_IN_THE_QUEUE)
def test_every_lead_goes_where_the_requirement_says(
    scenario: Scenario, connection: psycopg.Connection[Any], warnings: list[str]
) -> None:
    model = Model(WORKSPACE, scenario.timezone, IDS)
    play(model, scenario)

    with connection.transaction(force_rollback=True):
        at_once = Database(connection, scenario, IDS)
        play(at_once, scenario)
        assert warnings == []
        assert outcomes.cards_by_database(at_once) == outcomes.cards_by_model(model)
        assert outcomes.progress_by_database(at_once) == outcomes.progress_by_model(model)
        assert outcomes.queue_by_database(at_once) == outcomes.queue_by_model(model)
        assert outcomes.pools_by_database(at_once) == outcomes.pools_by_model(model)
        assert outcomes.counters_by_database(at_once) == outcomes.counters_by_model(model)
        assert outcomes.contacts_by_database(at_once) == outcomes.contacts_by_model(model)
        assert outcomes.conflicts_by_database(at_once) == outcomes.conflicts_by_model(model)
        for lead, explained in zip(model.leads, outcomes.explained_by_database(at_once), strict=True):
            expected = outcomes.explained_by_model(lead)
            assert expected is None or explained == expected
        assert connection.execute("select * from routing.verify()").fetchall() == []
        log = outcomes.log(at_once)

    with connection.transaction(force_rollback=True):
        one_by_one = Database(connection, scenario, IDS, one_by_one=True)
        play(one_by_one, scenario)
        assert outcomes.pools_by_database(one_by_one) == outcomes.pools_by_model(model)
        assert outcomes.log(one_by_one) == log
        assert connection.execute("select * from routing.verify()").fetchall() == []
