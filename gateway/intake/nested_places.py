"""Where the lead is, in the addresses within what is posted: `address: {city, state}`, Shopify's default_address.

Only in what is the lead's own: a company's address, or where a shop is, tells nothing of who asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.core.field_names import alike
from gateway.core.nothing import NOTHING, says_nothing
from gateway.intake.envelopes import ENVELOPES
from gateway.intake.jsonpath import Step, written
from gateway.intake.labels import BUYERS, OF_A_PERSON, PERSONS
from gateway.intake.names import field_known_as
from gateway.intake.values import text_of

DEEPEST = 6
MOST_LOOKED_AT = 200
# What holds an address, the surest first.
ADDRESSES = (
    BUYERS,
    frozenset(
        (
            *("address", "addresses", "defaultaddress", "homeaddress", "mailingaddress", "primaryaddress", "residence"),
            *("contactaddress", "permanentaddress", "currentaddress", "customeraddress", "address1", "postaladdress"),
            *("streetaddress", "physicaladdress", "personaladdress", "fulladdress", "addr"),
        )
    ),
    PERSONS | OF_A_PERSON,
    frozenset(("location", "locations", "place", "geo", "iplocation", "geolocation", "locationdata")),
    frozenset(("shipping", "shippingaddress", "deliveryaddress", "shipto", "workaddress", "officeaddress")),
)
AROUND = ENVELOPES.union(("object", "item", "items"), *ADDRESSES)
# What else says where a place is: it stays in the metadata, where the database looks for it.
POSTAL = frozenset(("zip", "zipcode", "postalcode", "postcode", "pincode", "pin", "plz", "cep", "postal"))
COUNTRY = frozenset(("country", "countrycode", "countryname", "countryiso", "countryisocode", "isocountrycode"))

Steps = tuple[Step, ...]


def place_within(payload: dict[str, Any], known: Mapping[str, str]) -> dict[str, str | list[str]]:
    """A mapping for the city and state of the likeliest address, with postal code and country under their own names.

    `known` is what stands by these names already: an address of another city or state is another one's.
    """
    found = [one for one in _addresses(payload) if not _differs(one[1], known)]
    if not found:
        return {}
    _, place = min(found, key=lambda one: one[0])
    return {name: written(steps) for name, (steps, _) in place.items() if name not in known}


def _addresses(payload: dict[str, Any]) -> Iterator[tuple[int, dict[str, tuple[Steps, str]]]]:
    """Every address with its rank: for each field its place and what it says."""
    waiting: list[tuple[Steps, Any]] = [((Step(name),), value) for name, value in reversed(payload.items())]
    for _ in range(MOST_LOOKED_AT):
        if not waiting:
            return
        steps, value = waiting.pop()
        last = next((alike(step.key) for step in reversed(steps) if isinstance(step.key, str)), "")
        if last not in AROUND or len(steps) > DEEPEST:
            continue
        if isinstance(value, list):
            waiting += reversed([((*steps, Step(number)), one) for number, one in enumerate(value[:10])])
        elif isinstance(value, dict):
            rank = next((rank for rank, names in enumerate(ADDRESSES) if last in names), None)
            if rank is not None and (place := _place_in(steps, value)):
                yield rank, place
            waiting += reversed([((*steps, Step(name)), one) for name, one in value.items()])


def _place_in(steps: Steps, holder: dict[str, Any]) -> dict[str, tuple[Steps, str]]:
    place: dict[str, tuple[Steps, str]] = {}
    for name, value in holder.items():
        field = name if alike(name) in POSTAL | COUNTRY else field_known_as(name)
        text = text_of(value).text if field in ("city", "state") or alike(name) in POSTAL | COUNTRY else None
        if field and text and not text.isspace() and not says_nothing(text.strip(), NOTHING):
            place.setdefault(field, ((*steps, Step(name)), text.strip()))
    return place


def _differs(place: Mapping[str, tuple[Steps, str]], known: Mapping[str, str]) -> bool:
    return any(
        name in place and name in known and place[name][1].casefold() != known[name].strip().casefold()
        for name in ("city", "state")
    )
