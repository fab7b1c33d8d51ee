"""Which state a postal code is in: the beginnings of codes that tell it, the longest of which counts."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from gateway.database.place_names import PlaceName, State, keys

_tables = tomllib.loads(Path(__file__).with_name("places.toml").read_text("utf-8"))
# How the codes of a country are written, where they are known: a regular expression of PostgreSQL.
PATTERNS: dict[str, str] = _tables["postal_patterns"]
PREFIXES: dict[str, dict[str, str]] = _tables["postal_prefixes"]
# A code that no package knows is taken to be where its neighbours are, which have this many first digits in common.
SHORTEST_PREFIX = 3

States = frozenset[str]


class PinCode(NamedTuple):
    """A postal code of India: the state of most of its post offices, the states of all, and their districts."""

    code: str
    main: str
    state_names: list[str]
    districts: list[str]


def pin_codes(all_states: list[State]) -> list[PinCode]:
    """All of India's."""
    from indian_pincode import get_details, get_pincodes, list_states

    state_of = {key: state.name for state in all_states if state.country == "IN" for key in keys(state.name)}
    called = {name: state_of[keys(name.removeprefix("THE "))[0]] for name in list_states()}
    every = (get_details(code) for code in get_pincodes())
    return [
        PinCode(
            found["pincode"],
            called[found["state"]],
            [called[state] for state in found["states"]],
            found["districts"],
        )
        for found in every
        if found and found["state"]
    ]


def postal_names(all_states: list[State], pins: list[PinCode]) -> Iterator[PlaceName]:
    """A row for each beginning of a postal code and each state that it may mean."""
    name_of = {(state.country, state.code): state.name for state in all_states}
    for country, by_state in PREFIXES.items():
        for code, texts in by_state.items():
            for text in texts.split():
                yield PlaceName(country, "postal_code", text.lower(), name_of[country, code])
    for country, codes in (("IN", _indian(pins)), ("US", _american(name_of))):
        for prefix, state_names in shortest_prefixes(codes):
            yield from (PlaceName(country, "postal_code", prefix, state_name) for state_name in sorted(state_names))


def shortest_prefixes(
    codes: Mapping[str, States], prefix: str = "", inherited: States = frozenset()
) -> Iterator[tuple[str, States]]:
    """Few beginnings from which the states of every code, all of one length, are told by the longest that fits."""
    usual = inherited
    if len(prefix) >= SHORTEST_PREFIX:
        usual = Counter(codes.values()).most_common(1)[0][0]
        if usual != inherited:
            yield prefix, usual
    if any(state_names != usual for state_names in codes.values()):
        below: dict[str, dict[str, States]] = defaultdict(dict)
        for code, state_names in codes.items():
            below[code[: len(prefix) + 1]][code] = state_names
        for longer in sorted(below.keys() - {prefix}):
            yield from shortest_prefixes(below[longer], longer, usual)


def _indian(pins: list[PinCode]) -> dict[str, States]:
    """A second state counts only where it has a code of its own nearby: post offices are entered wrongly, too."""
    nearby = {(pin.code[:SHORTEST_PREFIX], pin.main) for pin in pins}
    return {
        pin.code: frozenset(
            [pin.main, *(other for other in pin.state_names if (pin.code[:SHORTEST_PREFIX], other) in nearby)]
        )
        for pin in pins
    }


def _american(name_of: dict[tuple[str, str], str]) -> dict[str, States]:
    """Those of states; the army's post offices are in none."""
    from zipcodes import list_all

    return {
        row["zip_code"]: frozenset([name_of["US", row["state"]]])
        for row in list_all()
        if row["country"] == "US" and ("US", row["state"]) in name_of
    }
