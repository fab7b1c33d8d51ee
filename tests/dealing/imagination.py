"""Scenarios, made up by Hypothesis. Few values of everything, so that leads and callers often have them in common."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st

from tests.dealing import scenarios as happens
from tests.dealing.conditions import Group, Term
from tests.dealing.settings import EMAILS, EXTERNAL_IDS, NOTHING, PHONES, PLACES, Form, Profile, Rule, Shift, Terms
from tests.dealing.strategy_model import STRATEGIES

TIMEZONES = (
    "Asia/Kolkata",
    "UTC",
    "America/New_York",
    "America/St_Johns",
    "Europe/London",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
)

WEEKDAYS = frozenset(range(1, 6))
EVERY_DAY = frozenset(range(1, 8))
HOURS = (
    (),
    (Shift(WEEKDAYS, 9 * 60, 18 * 60),),
    (Shift(EVERY_DAY, 22 * 60, 6 * 60),),
    (Shift(frozenset({7}), 20 * 60 + 30, 4 * 60), Shift(frozenset({1, 3}), 0, 24 * 60)),
    (Shift(EVERY_DAY, 8 * 60, 13 * 60), Shift(frozenset({2, 4, 6}), 12 * 60, 12 * 60 - 1)),
)

T = TypeVar("T")
MANY = 63  # for numbers of leads and callers that count on
# What comes of calls, and what people say of how far a lead has come.
CALLS = ("miss", "reach", "reach", "lose", "qualify", "renew")


def mostly(usual: T, *others: T) -> st.SearchStrategy[T]:
    """The usual value three times out of four."""
    return st.sampled_from([usual] * 3 * len(others) + list(others))


forms = st.builds(
    Form,
    st.sampled_from(PLACES),
    source=st.sampled_from([None, "Google Ads", " google ads", "Website", "Referral"]),
    language=st.sampled_from([None, "Hindi", "hindi", "English"]),
    campaign=st.sampled_from([None, "Diwali 2026", "diwali-2026", "7"]),
    team=st.sampled_from([None, "North", "South"]),
    budget=st.sampled_from([None, 500, 5000, "5000"]),
    external_id=mostly(NOTHING, *EXTERNAL_IDS),
    phone=st.sampled_from([NOTHING] * len(PHONES) + list(PHONES)),
    second_phone=mostly(NOTHING, *PHONES),
    email=mostly(NOTHING, *EMAILS),
)

WORDS: dict[str, tuple[str | int, ...]] = {
    "city": ("Pune", "bombay", "Select"),
    "state": ("Goa", "MH", "keral"),
    "source": ("Google Ads", "googleads", "site"),
    "language": ("hindi", "English", "Tamil"),
    "campaign": ("DIWALI 2026", "7", "none"),
    "team": ("north", "East"),
    "metadata.budget": (500, "5,000", "5000", "much"),
}


@st.composite
def terms_of_conditions(draw: st.DrawFn) -> Term:
    """A comparison that some leads meet and others do not."""
    field = draw(st.sampled_from(sorted(WORDS)))
    words = st.sampled_from(WORDS[field])
    operator = draw(
        st.sampled_from(["is", "is_not", "is_one_of", "contains", "begins_with", "is_empty", "is_not_empty"])
    )
    if field == "metadata.budget":
        operator = draw(st.sampled_from([operator, "more_than", "less_than", "between"]))
    match operator:
        case "is_empty" | "is_not_empty":
            return Term(field, operator)
        case "is_one_of":
            return Term(field, operator, tuple(draw(st.lists(words, min_size=1, max_size=3))))
        case "more_than" | "less_than":
            bounds: tuple[str | int, ...] = (499, 500, "4,999", "2026-01-05")
            return Term(field, operator, (draw(st.sampled_from(bounds)),))
        case "between":
            return Term(field, operator, draw(st.sampled_from([(500, 5000), ("1", "500"), (501, 4999)])))
        case "contains" | "begins_with":
            return Term(field, operator, (str(draw(words))[: draw(st.integers(2, 9))].strip(),))
    return Term(field, operator, (draw(words),))


matches = st.sampled_from(["all", "any"])
inner = st.builds(Group, matches, st.lists(terms_of_conditions(), min_size=1, max_size=2).map(tuple))
conditions = st.builds(
    Group, matches, st.lists(st.one_of(terms_of_conditions(), inner), min_size=1, max_size=3).map(tuple)
)


def for_whom(rule: Rule, teams: frozenset[str], callers: frozenset[int]) -> Rule:
    """A rule for teams or callers by name, if any are given."""
    if teams or callers:
        return replace(rule, attributes=frozenset(), teams=frozenset() if callers else teams, callers=callers)
    return rule


plain_rules = st.builds(
    Rule,
    st.one_of(
        st.sampled_from([frozenset[str](), frozenset({"state"})]),
        st.frozensets(st.sampled_from(["state", "source", "language", "campaign", "team"]), max_size=2),
    ),
    strategy=st.sampled_from(STRATEGIES),
    on_exhausted=mostly("next", "queue"),
    is_on=mostly(True, False),
    condition=st.one_of(st.none(), st.none(), conditions),
    claim_minutes=st.sampled_from([None, 5, 30]),
    most_expiries=st.integers(1, 3),
    is_paused=mostly(False, False, True),
)
nobody: frozenset[int] = frozenset()
rules = st.builds(
    for_whom,
    plain_rules,
    mostly(frozenset[str](), frozenset({"North"}), frozenset({"NORTH", "South"}), frozenset({"West", "south"})),
    st.one_of(st.just(nobody), st.just(nobody), st.frozensets(st.integers(0, 5), max_size=3)),
)

campaigns = st.sampled_from(["Diwali 2026", "7"])
terms = st.builds(
    Terms,
    st.sampled_from(STRATEGIES),
    on_exhausted=mostly("queue", "next"),
    claim_minutes=st.sampled_from([None, 5]),
    is_paused=mostly(False, True),
)


@st.composite
def profiles(draw: st.DrawFn, start: datetime) -> Profile:
    """Somebody who can do most things, most of the time."""
    begins = (start + draw(st.sampled_from([timedelta(hours=h) for h in (-1, 2, 24)]))).replace(second=0, microsecond=0)
    ends = draw(st.sampled_from([begins + timedelta(minutes=10), begins + timedelta(hours=26), None]))
    return Profile(
        states=draw(st.frozensets(st.sampled_from(["Goa", "Kerala", "Maharashtra"]), min_size=draw(st.integers(0, 3)))),
        languages=draw(mostly(frozenset({"Hindi", "English"}), frozenset(), frozenset({"HINDI"}))),
        team=draw(st.sampled_from([None, "North", "south"])),
        campaigns=draw(mostly(frozenset({"Diwali 2026", "7"}), frozenset())),
        sources=draw(
            mostly(
                (("Google Ads", 2), ("website", 1)),
                (),
                (("Google ads", 0), ("google-ads", 3), ("Website", 5)),
                (("Website", 0), ("Google Ads", 1)),
            )
        ),
        weight=draw(st.sampled_from([1, 1, 2, 3, 30])),
        daily_limit=draw(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 6])),
        max_load=draw(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 6])),
        hours=draw(mostly(*HOURS)),
        time_off=draw(mostly((), ((begins, ends),))),
    )


def changes(start: datetime) -> st.SearchStrategy[happens.Step]:
    """Whatever may happen between arrivals."""
    number = st.one_of(st.integers(0, 1), st.integers(0, MANY))  # much happens to few
    return st.one_of(
        st.builds(happens.Hire, profiles(start)),
        st.builds(happens.Change, number, profiles(start)),
        st.builds(happens.Pause, number, st.booleans(), mostly(None, "route", "keep", 0, 1)),
        st.builds(happens.Disable, number, st.booleans()),
        st.builds(happens.Archive, number, st.sampled_from([None, "keep", 0, 1])),
        st.builds(happens.GiveAll, number, st.sampled_from(["route", 0, 1, 2])),
        st.builds(happens.AddRule, rules),
        st.builds(happens.ChangeRule, number, rules),
        st.builds(happens.DropRule, number),
        st.builds(happens.MoveRule, number),
        st.builds(happens.Campaign, campaigns, terms),
        st.builds(happens.Assign, campaigns, st.frozensets(number, max_size=3)),
        st.builds(happens.EndCampaign, campaigns),
        st.builds(happens.Give, number, st.one_of(st.none(), number)),
        *[
            st.builds(happens.Work, st.just(deed), number)
            for deed in ("claim", "close", "close", "reopen", "hold", "release", *CALLS)
        ],
        *[
            st.builds(happens.Wait, st.just(timedelta(**{unit: n})))
            for unit, n in (("seconds", 1), ("minutes", 5), ("minutes", 30), ("hours", 5), ("days", 1))
        ],
        st.builds(happens.WaitForMidnight, st.sampled_from([timedelta(milliseconds=ms) for ms in (-1, 0, 1, 90_000)])),
        st.just(happens.Tick()),
        st.builds(happens.Drain, st.booleans()),
        st.builds(happens.Relocate, st.sampled_from(TIMEZONES)),
    )


def regroupings() -> st.SearchStrategy[happens.Step]:
    """Merges of contacts and their undoing, mostly of the first few, so that merged ones are merged on and unmerged.

    And edits of what contacts are known by.
    """
    few = st.integers(0, 2)
    return st.one_of(
        st.builds(happens.Merge, few, st.integers(0, MANY), mostly("keep", 0, 1)),
        st.builds(happens.Merge, st.integers(0, MANY), few, mostly("keep", 0, 1)),
        st.builds(happens.Unmerge, few),
        st.builds(happens.Edit, st.integers(0, MANY), st.just("phone"), st.sampled_from(PHONES)),
        st.builds(happens.Edit, st.integers(0, MANY), st.just("email"), st.sampled_from(EMAILS)),
    )


@st.composite
def scenarios(draw: st.DrawFn) -> happens.Scenario:
    """A plan is made and callers are hired; then leads arrive, and between their arrivals things happen."""
    start = draw(st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
    steps: list[happens.Step] = [happens.AddRule(rule) for rule in draw(st.lists(rules, min_size=1, max_size=4))]
    steps += [happens.Hire(profile) for profile in draw(st.lists(profiles(start), min_size=2, max_size=6))]
    usual, regrouped = st.lists(changes(start), min_size=1, max_size=3), st.lists(regroupings(), min_size=1, max_size=5)
    for between in draw(st.lists(mostly(usual, regrouped).flatmap(lambda kind: kind), min_size=2, max_size=6)):
        steps.append(happens.Arrive(tuple(draw(st.lists(forms, min_size=1, max_size=9)))))
        steps += between
    steps.append(happens.Tick())
    return happens.Scenario(draw(st.sampled_from(TIMEZONES)), start, tuple(steps))
