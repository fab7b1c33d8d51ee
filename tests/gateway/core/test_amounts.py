"""Budgets and timelines as people write them. Beside a case: where such a text was seen."""

from __future__ import annotations

from decimal import Decimal

from gateway.core.amounts import read_budget, written_budget
from gateway.core.timelines import read_timeline

# What is written, in which country, and what it is.
BUDGETS: list[tuple[object, str, str | None]] = [
    ("10-15 lakh", "IN", "[1000000,1500000]"),
    ("5L", "IN", "[500000,500000]"),
    ("2 cr", "IN", "[20000000,20000000]"),
    ("1.5 Cr", "IN", "[15000000,15000000]"),
    ("50 lakhs - 1 crore", "IN", "[5000000,10000000]"),  # forms of real estate: "50L - 1Cr"
    ("25k-30k INR", "IN", "[25000,30000]"),
    ("5000 - 1 lakh", "IN", "[5000,100000]"),
    ("Rs. 5,00,000/-", "IN", "[500000,500000]"),
    ("₹ 5,00,000 to 10,00,000", "IN", "[500000,1000000]"),
    ("५ लाख", "IN", "[500000,500000]"),
    ("upto 5 lac", "IN", "(,500000]"),
    ("under 50k", "IN", "(,50000]"),
    ("< $10,000", "US", "(,10000]"),  # HubSpot's usual options for a budget: "<$10,000"
    ("$10,000+", "US", "[10000,)"),  # Typeform's templates: "$10,000+"
    ("more than 2 crore", "IN", "[20000000,)"),
    ("5 lakh and above", "IN", "[500000,)"),
    ("between 10 and 15 lakh", "IN", "[1000000,1500000]"),
    ("from 10 to 15 lakh", "IN", "[1000000,1500000]"),
    ("approx 50K", "IN", "[50000,50000]"),
    ("$2k", "US", "[2000,2000]"),
    ("$2k", "IN", None),
    ("100 - 200 USD", "IN", None),
    ("£1.5m", "GB", "[1500000,1500000]"),
    ("R$ 1.500,50", "BR", "[1500.5,1500.5]"),
    ("10.000", "BR", "[10000,10000]"),
    ("10.000", "IN", "[10,10]"),
    ("1 000 000", "IN", "[1000000,1000000]"),
    (50000, "IN", "[50000,50000]"),
    (5.5, "IN", "[5.5,5.5]"),
    ({"least": 1, "most": None}, "IN", "[1,)"),
    ({"least": None, "most": None}, "IN", None),
    ({"least": 2, "most": 1}, "IN", None),
    ("10-15", "IN", None),
    ("15-10 lakh", "IN", None),
    ("not decided", "IN", None),
    ("5 lakh per annum", "IN", None),
    ("-5", "IN", None),
    ("9" * 40, "IN", None),
    ("1e5", "IN", None),
    (float("nan"), "IN", None),
    (True, "IN", None),
    ("5" * 200, "IN", None),
]
TIMELINES: list[tuple[object, int | None, bool]] = [
    ("3 months", 3, True),
    ("Immediate", 0, True),
    ("ASAP", 0, True),
    ("Immediately!", 0, True),
    ("this week", 0, True),
    ("within 90 days", 3, True),
    ("in 15 days", 1, True),
    ("2 weeks", 1, True),
    ("1 year", 12, True),
    ("two months", 2, True),
    ("less than 3 months", 3, True),
    ("3 महीने", 3, True),
    ("1-3 months", 3, False),  # Salesforce's and HubSpot's usual options: "1-3 months", "6+ months"
    ("3 to 6 months", 6, False),
    ("6+ months", 6, False),
    ("more than 6 months", 6, False),
    ("after 3 months", 3, False),
    ("next quarter", 6, False),
    ("this quarter", 3, False),
    ("next year", 24, False),
    ("3", 3, True),
    (3, 3, True),
    (2.5, 3, True),
    ("later", None, False),
    ("not decided yet", None, False),
    ("2026-12-01", None, False),
    (-1, None, False),
    (10_000, None, False),
    (True, None, False),
    ("", None, False),
]


def test_a_budget_is_read_as_people_write_it() -> None:
    for text, country, expected in BUDGETS:
        assert (text, country, read_budget(text, country)) == (text, country, expected)


def test_a_budget_that_is_written_is_read_as_it_was() -> None:
    ends: list[tuple[Decimal | None, Decimal | None]] = [
        (None, Decimal(500_000)),
        (Decimal(500_000), None),
        (Decimal("10.5"), Decimal("10.5")),
        (Decimal(0), Decimal(10**15)),
        (Decimal("0.1"), Decimal(1000)),
    ]
    for least, most in ends:
        for country in ("IN", "BR", "DE", "US"):
            read = read_budget(written_budget(least, most), country)
            assert read == f"{'(' if least is None else f'[{least}'},{')' if most is None else f'{most}]'}"


def test_a_timeline_is_read_as_people_write_it() -> None:
    for text, months, is_all in TIMELINES:
        read = read_timeline(text)
        assert (text, read and read.months, bool(read and read.is_all)) == (text, months, is_all)
