"""Every strategy deals as it is defined, in batches of any size, whoever comes and goes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.conftest import Connect
from tests.dealing.strategy_model import STRATEGIES, UNLIMITED, Member, PoolModel
from tests.dealing.strategy_pools import DEAL, Pool, callers

IDS = list(callers(50))
TODAY = date(2026, 1, 1)


@pytest.fixture
def connection(connect: Connect) -> psycopg.Connection[Any]:
    """One connection for all examples: strategies store nothing."""
    connection = connect()
    connection.execute(DEAL)
    return connection


@dataclass(frozen=True)
class Deal:
    """Leads dealt to these members, and the sizes of the batches they may come in."""

    strategy: str
    members: tuple[Member, ...]
    batches: tuple[int, ...]


@st.composite
def members(draw: st.DrawFn) -> tuple[Member, ...]:
    """Some of eight callers. Often the same weights as before, so that circles go on."""
    chosen = draw(st.lists(st.sampled_from(IDS[:8]), min_size=1, max_size=8, unique=True))
    return tuple(
        Member(
            caller,
            weight=draw(st.one_of(st.just(caller.int % 30 + 1), st.integers(1, 30))),
            turns=draw(st.one_of(st.just(UNLIMITED), st.integers(1, 6))),
            given=draw(st.integers(0, 3)),
            load=draw(st.integers(0, 12)),
            max_load=draw(st.sampled_from([0, 0, 3, 6, 10])),
        )
        for caller in chosen
    )


@st.composite
def stories(draw: st.DrawFn, strategy: str) -> list[Deal]:
    """Deals of one pool, between which callers come and go, nothing changes, or another strategy has a turn."""
    present = draw(members())
    deals = []
    for _ in range(draw(st.integers(1, 6))):
        present = draw(st.one_of(st.just(present), members()))
        current = draw(st.sampled_from([strategy] * 9 + ["random" if strategy == "weighted" else "weighted"]))
        deals.append(Deal(current, present, tuple(draw(st.lists(st.integers(1, 9), min_size=1, max_size=5)))))
    return deals


@pytest.mark.parametrize("strategy", STRATEGIES)
@settings(max_examples=settings().max_examples // 2)  # there are five
@given(data=st.data())
def test_at_once_is_one_by_one_is_the_definition(
    strategy: str, data: st.DataObject, connection: psycopg.Connection[Any]
) -> None:
    story = data.draw(stories(strategy))
    workspace, key = data.draw(st.sampled_from([(1, "global"), (2, "state:goa"), (2, "campaign:sommer-für-alle")]))
    model = PoolModel(workspace, key)
    at_once, one_by_one, in_batches = (Pool(connection, workspace, key) for _ in range(3))
    for deal in story:
        leads = sum(deal.batches)
        expected = model.deal(deal.strategy, deal.members, TODAY, leads)
        assert at_once.deal(deal.strategy, deal.members, TODAY, [leads]) == expected
        assert one_by_one.deal(deal.strategy, deal.members, TODAY, [1] * leads) == expected
        assert in_batches.deal(deal.strategy, deal.members, TODAY, deal.batches) == expected
        assert at_once.pointer == one_by_one.pointer == in_batches.pointer
        event("turns ran out" if len(expected) < leads else "turns were left")


@pytest.mark.long
def test_weighted_is_never_a_whole_lead_off_the_exact_share(connection: psycopg.Connection[Any]) -> None:
    random = Random(1)
    worst = 0.0
    for _ in range(500):
        weights = [random.randint(1, 30) for _ in range(random.randint(2, 50))]
        batches = [random.randint(1, 60) for _ in range(sum(weights) * 2 // 30 + 1)]
        pool = [Member(caller, weight) for caller, weight in zip(IDS, weights, strict=False)]
        dealt = Pool(connection).deal("weighted", pool, TODAY, batches)
        assert len(dealt) == sum(batches)
        worst = max(worst, worst_deviation(weights, dealt))
    print(f"\nworst deviation from the exact share: {worst:.4f} leads")
    assert worst < 1


def test_weighted_is_hardly_a_lead_off_when_callers_come_and_go(connection: psycopg.Connection[Any]) -> None:
    random = Random(2)
    worst = 0.0
    for _ in range(20):
        everybody = [Member(caller, random.choice([1, 1, 2, 5, 10, 30])) for caller in IDS[: random.randint(4, 20)]]
        pool = Pool(connection)
        for _ in range(15):
            present = [m for m in everybody if random.random() < 0.8] or everybody
            leads = random.randint(1, 2 * sum(m.weight for m in present))
            dealt = pool.deal("weighted", present, TODAY, [leads])
            worst = max(worst, worst_deviation([m.weight for m in present], dealt, [m.caller for m in present]))
    print(f"\nworst deviation from the exact share since the last change: {worst:.4f} leads")
    assert worst < 2


def worst_deviation(weights: Sequence[int], dealt: Sequence[UUID], ids: Sequence[UUID] = IDS) -> float:
    """How far anybody ever was from the exact share, ahead or behind, in leads."""
    total = sum(weights)
    place = {caller: number for number, caller in enumerate(ids)}
    behind = [0] * len(weights)  # in parts of a lead, total parts each
    worst = 0
    for caller in dealt:
        behind = [b + w for b, w in zip(behind, weights, strict=True)]
        behind[place[caller]] -= total
        worst = max(worst, max(behind), -min(behind))
    return worst / total


# The 99.9 % quantiles of the chi-square distribution.
CRITICAL = {2: 13.816, 3: 16.266}


def chi_square(dealt: Sequence[UUID], pool: Sequence[Member]) -> float:
    """How far the counts are from the odds."""
    counts = Counter(dealt)
    total = sum(m.weight for m in pool)
    expected = {m.caller: len(dealt) * m.weight / total for m in pool}
    return sum((counts[caller] - e) ** 2 / e for caller, e in expected.items())


def test_weighted_random_draws_by_the_odds(connection: psycopg.Connection[Any]) -> None:
    pool = [Member(caller, weight) for caller, weight in zip(IDS, (1, 2, 3, 4), strict=False)]
    dealt = Pool(connection).deal("weighted_random", pool, TODAY, [100_000])
    print(f"\nchi-square of 100,000 draws: {chi_square(dealt, pool):.3f}")
    assert chi_square(dealt, pool) < CRITICAL[3]
    assert dealt == Pool(connection).deal("weighted_random", pool, TODAY, [100_000])
    assert dealt != Pool(connection, key="state:goa").deal("weighted_random", pool, TODAY, [100_000])


def test_weighted_random_draws_by_the_odds_of_those_left_when_turns_run_out(
    connection: psycopg.Connection[Any],
) -> None:
    pool = [Member(caller, weight) for caller, weight in zip(IDS, (1, 2, 3, 4), strict=False)]
    limited = [*pool[:2], Member(IDS[2], weight=3, turns=15_000), pool[3]]
    dealt = Pool(connection).deal("weighted_random", limited, TODAY, [100_000])
    end = max(number for number, caller in enumerate(dealt, 1) if caller == IDS[2])
    # The lead that used the turns up is no draw by chance: it is why the part ends there.
    before, after = chi_square(dealt[: end - 1], pool), chi_square(dealt[end:], [*pool[:2], pool[3]])
    print(f"\nchi-square of {end - 1:,} draws before the turns ran out: {before:.3f}")
    print(f"chi-square of {100_000 - end:,} draws after: {after:.3f}")
    assert Counter(dealt)[IDS[2]] == 15_000
    assert before < CRITICAL[3]
    assert after < CRITICAL[2]
    assert dealt == Pool(connection).deal("weighted_random", limited, TODAY, [100_000])


def test_weighted_random_draws_do_not_depend_on_each_other(connection: psycopg.Connection[Any]) -> None:
    pool = [Member(caller) for caller in IDS[:2]]
    dealt = Pool(connection).deal("weighted_random", pool, TODAY, [100_000])
    pairs = Counter(pairwise(dealt))
    assert sum((count - 25_000) ** 2 / 25_000 for count in pairs.values()) < CRITICAL[3]


def test_random_gives_everybody_one_turn_a_round_in_ever_new_order(connection: psycopg.Connection[Any]) -> None:
    pool = [Member(caller) for caller in IDS[:5]]
    dealt = Pool(connection).deal("random", pool, TODAY, [7] * 1000)
    rounds = Counter(tuple(dealt[start : start + 5]) for start in range(0, 7000, 5))
    assert all(sorted(order) == IDS[:5] for order in rounds)
    assert len(rounds) == 120


def test_ties_of_the_least_loaded_are_not_always_broken_in_favour_of_the_same_caller(
    connection: psycopg.Connection[Any],
) -> None:
    pool = [Member(caller, max_load=10) for caller in IDS[:5]]
    firsts = Counter(
        Pool(connection).deal("least_loaded", pool, date.fromordinal(TODAY.toordinal() + day), [1])[0]
        for day in range(200)
    )
    assert len(firsts) == 5
    assert max(firsts.values()) < 80
