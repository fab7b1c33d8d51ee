"""Names of places: every Indian state by its capital, and what else people call things."""

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.database.migrate import migrate
from gateway.database.place_names import NO_CITIES, PLACEHOLDERS, keys
from gateway.database.postal_codes import shortest_prefixes
from tests.conftest import Connect

CAPITALS = {
    "Port Blair": "Andaman and Nicobar Islands",
    "Amaravati": "Andhra Pradesh",
    "Itanagar": "Arunachal Pradesh",
    "Dispur": "Assam",
    "Patna": "Bihar",
    "Chandigarh": "Chandigarh",
    "Raipur": "Chhattisgarh",
    "Daman": "Dadra and Nagar Haveli and Daman and Diu",
    "New Delhi": "Delhi",
    "Panaji": "Goa",
    "Gandhinagar": "Gujarat",
    "Gurugram": "Haryana",
    "Shimla": "Himachal Pradesh",
    "Srinagar": "Jammu and Kashmir",
    "Ranchi": "Jharkhand",
    "Bengaluru": "Karnataka",
    "Thiruvananthapuram": "Kerala",
    "Leh": "Ladakh",
    "Kavaratti": "Lakshadweep",
    "Bhopal": "Madhya Pradesh",
    "Mumbai": "Maharashtra",
    "Imphal": "Manipur",
    "Shillong": "Meghalaya",
    "Aizawl": "Mizoram",
    "Kohima": "Nagaland",
    "Bhubaneswar": "Odisha",
    "Puducherry": "Puducherry",
    "Ludhiana": "Punjab",
    "Jaipur": "Rajasthan",
    "Gangtok": "Sikkim",
    "Chennai": "Tamil Nadu",
    "Hyderabad": "Telangana",
    "Agartala": "Tripura",
    "Lucknow": "Uttar Pradesh",
    "Dehradun": "Uttarakhand",
    "Kolkata": "West Bengal",
}
OTHER_CITY_NAMES = {
    "Bombay": "Maharashtra",
    "Poona": "Maharashtra",
    "Bangalore": "Karnataka",
    "Madras": "Tamil Nadu",
    "Calcutta": "West Bengal",
    "Trivandrum": "Kerala",
    "Baroda": "Gujarat",
    "Gurgaon": "Haryana",
    "Gorakhpur": "Uttar Pradesh",
    "मुंबई": "Maharashtra",
    "चेन्नई": "Tamil Nadu",
}
OTHER_STATE_NAMES = {
    "MH": "Maharashtra",
    "IN-MH": "Maharashtra",
    "Orissa": "Odisha",
    "Uttaranchal": "Uttarakhand",
    "Pondicherry": "Puducherry",
    "NCT of Delhi": "Delhi",
    "Delhi NCR": "Delhi",
    "J&K": "Jammu and Kashmir",
    "Jammu & Kashmir": "Jammu and Kashmir",
    "TG": "Telangana",
    "TS": "Telangana",
    "CT": "Chhattisgarh",
    "OR": "Odisha",
    "Tamil Nādu": "Tamil Nadu",
}


@pytest.fixture
def connection(connect: Connect) -> psycopg.Connection:
    return connect()


def state_of(connection: psycopg.Connection, kind: str, name: str) -> str | None:
    query = "select state_name from crm.place_names where country = 'IN' and kind = %s and key = core.place_key(%s)"
    row = connection.execute(query, [kind, name]).fetchone()
    return row[0] if row else None


def test_every_indian_state_is_known_by_its_capital(connection: psycopg.Connection) -> None:
    names = connection.execute("select name from crm.states where country = 'IN'").fetchall()
    assert {name for (name,) in names} == set(CAPITALS.values())
    assert {city: state_of(connection, "city", city) for city in CAPITALS} == CAPITALS


def test_cities_are_known_by_their_other_names(connection: psycopg.Connection) -> None:
    assert {city: state_of(connection, "city", city) for city in OTHER_CITY_NAMES} == OTHER_CITY_NAMES


def test_states_are_known_by_codes_and_older_names(connection: psycopg.Connection) -> None:
    assert {name: state_of(connection, "state", name) for name in OTHER_STATE_NAMES} == OTHER_STATE_NAMES


def test_every_state_of_every_country_is_known_by_its_own_name(connection: psycopg.Connection) -> None:
    lost = connection.execute(
        """select s.* from crm.states s where not exists (
             select from crm.place_names p where p.country = s.country and p.kind = 'state' and p.state_name = s.name
               and p.key = core.place_key(s.name))"""
    ).fetchall()
    assert lost == []


def test_the_loader_makes_keys_as_the_database_does(connection: psycopg.Connection) -> None:
    names = [
        "Tamil Nādu",
        "J & K",
        "Thiruvananthapuram",
        "SÃO Paulo",
        "St. John's",
        "मुंबई",
        "Coeur d'Alene",
        "24 Parganas",
    ]
    for name in names:
        row = connection.execute("select core.place_key(%s)", [name]).fetchone()
        assert row is not None
        assert row[0] in keys(name)


def test_what_a_form_says_for_nothing_is_no_place(connection: psycopg.Connection) -> None:
    found = connection.execute("select * from crm.place_names where key = any(%s)", [list(PLACEHOLDERS)]).fetchall()
    assert found == []
    known = connection.execute("select key from unnest(%s::text[]) key where not core.is_no_place(key)", [[*NO_CITIES]])
    assert known.fetchall() == []


def test_a_state_keeps_the_name_by_which_leads_have_it(connection: psycopg.Connection, database_url: str) -> None:
    connection.execute("delete from crm.place_names where country = 'AE'")
    connection.execute("update crm.states set name = 'Dubayy', slug = 'dubayy' where country = 'AE' and code = 'DU'")
    connection.execute("insert into crm.states (country, code, name, slug) values ('AE', 'XX', 'Gone', 'gone')")
    connection.execute("delete from crm.reference_data where name = 'places'")
    assert migrate(database_url) is True
    found = connection.execute("select core.find_state('AE', 'دبي'), core.find_state('AE', 'Gone')").fetchone()
    assert found == ("Dubayy", None)


codes = st.dictionaries(
    st.text("12", min_size=5, max_size=5), st.frozensets(st.sampled_from("ABC"), min_size=1), min_size=1
)


@given(codes)
def test_the_longest_beginning_tells_the_states_of_every_postal_code(codes: dict[str, frozenset[str]]) -> None:
    prefixes = dict(shortest_prefixes(codes))
    for code, states in codes.items():
        assert prefixes[max((begin for begin in prefixes if code.startswith(begin)), key=len)] == states


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("Pune MH,/&-() 411of\n—"), max_size=30) | st.text(max_size=30))
def test_any_text_can_be_read_as_a_place(shared_url: str, text: str) -> None:
    with psycopg.connect(shared_url) as connection:
        found = connection.execute(
            "select core.find_states(c, %s, s) from unnest('{IN,US,AE}'::text[]) c, unnest('{t,f}'::boolean[]) s",
            [text.replace("\0", "")],
        ).fetchall()
    assert all(states is not None for (states,) in found)
