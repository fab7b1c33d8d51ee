"""How many leads a source may hand in, by a clock that stands still between two leads."""

import pytest

from gateway.core.problems import Problem
from gateway.http.limits import Buckets, Limit, network_of


class Clock:
    """Tells the time it was set to, in seconds."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(buckets: Buckets, limit: Limit, *, source: int = 1, of: int) -> int:
    """How many of so many leads are let through at once."""
    for number in range(of):
        try:
            buckets.take(source, limit)
        except Problem:
            return number
    return of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::1", "::/64"),
        ("a socket", "a socket"),
        ("", ""),
    ],
)
def test_an_ipv6_address_counts_as_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_after_a_burst_leads_come_at_the_rate_allowed_and_no_faster() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    limit = Limit(per_minute=120, burst=10)
    assert taken(buckets, limit, of=20) == 10
    let_through = 0
    for _ in range(600):
        clock.now += 0.1
        let_through += taken(buckets, limit, of=5)
    assert let_through == pytest.approx(120, abs=1)
    clock.now += 3600
    assert taken(buckets, limit, of=20) == 10


def test_who_is_refused_is_told_when_to_come_back_and_is_then_let_through() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    limit = Limit(per_minute=8, burst=1)
    buckets.take(1, limit)
    with pytest.raises(Problem) as refusal:
        buckets.take(1, limit)
    assert refusal.value.status == 429
    assert refusal.value.headers["retry-after"] == "8"
    clock.now += 7.4
    with pytest.raises(Problem):
        buckets.take(1, limit)
    clock.now += 0.2
    buckets.take(1, limit)


def test_sources_have_a_bucket_each_and_a_new_limit_holds_at_once() -> None:
    buckets = Buckets(Clock())
    low = Limit(per_minute=1, burst=1)
    assert taken(buckets, low, of=9) == 1
    assert taken(buckets, low, source=2, of=9) == 1
    clock = Clock()
    buckets = Buckets(clock)
    assert taken(buckets, low, of=9) == 1
    clock.now += 0.1
    assert taken(buckets, Limit(per_minute=600, burst=60), of=9) == 1
