"""Reading a lead: what is accepted, and which field each refusal names."""

import json
from typing import Any

import msgspec
import pytest

from gateway.core.problems import Problem
from gateway.core.readable import decode_any
from gateway.http.errors import problem_of
from gateway.intake.lead import read_form, read_lead


def stored(lead: dict[str, Any]) -> dict[str, Any]:
    """The lead as the database would get it."""
    element: dict[str, Any] = json.loads(read_lead(json.dumps(lead).encode()).stored_as(7, 2, "r-1", None))
    assert (element.pop("source_id"), element.pop("generation"), element.pop("request_id")) == (7, 2, "r-1")
    return element


def stored_json(body: str) -> str:
    """A lead's JSON as the database would get it."""
    return read_lead(body.encode()).stored_as(7, 2, "r-1", None).decode()


def test_every_field_of_the_form_is_handed_on() -> None:
    lead = {
        "name": "Asha",
        "phone": "+919812345678",
        "email": "asha@example.com",
        "external_id": "E1",
        "source_row_id": "R1",
        "timestamp": "2024-01-31T13:00:00+00:00",
        "lead_source": "Google Ads",
        "city": "Pune",
        "state": "Maharashtra",
        "language": "Marathi",
        "message": "Call me",
        "metadata": {"campaign": "spring", "nested": [1, {"deep": None}]},
    }
    assert stored(lead) == lead


def test_fields_that_are_not_ours_are_kept_in_the_metadata() -> None:
    lead = {"name": "Asha", "utm_source": "x", "source_id": 99, "score": 1.5, "metadata": {"campaign": "spring"}}
    assert stored(lead) == {
        "name": "Asha",
        "metadata": {"utm_source": "x", "source_id": 99, "score": 1.5, "campaign": "spring"},
    }


@pytest.mark.parametrize(
    "number", ["1" * 4301, "-" + "9" * 31, "1e400", "1E131071", "-1.5e-400", "0." + "1" * 40, "1e31", "1e+0000031"]
)
@pytest.mark.parametrize("around", ['{"metadata": {"n": %s}}', '{"n": %s}', '{"a": [{"n": [%s]}]}'])
def test_a_number_that_could_not_be_read_back_is_kept_as_text(number: str, around: str) -> None:
    lead = stored_json(('{"name": "Asha", ' + around[1:]) % number)
    assert f'"{number}"' in lead
    assert number not in lead.replace(f'"{number}"', "")


def test_every_other_number_stays_one_and_what_looks_like_one_in_a_text_stays_as_it_is() -> None:
    metadata = {"a": [0, -1.5, 1e-30, 10**18, 1e30, True], "b": 'id 1e400 "1e400" \\', "1e400": "9" * 40}
    assert stored({"name": "Asha", "metadata": metadata}) == {"name": "Asha", "metadata": metadata}
    assert decode_any('{"n": [1e400, 7]}') == {"n": ["1e400", 7]}


@pytest.mark.parametrize("around", ['{"metadata": {"deep": %s}}', '{"deep": %s}'])
def test_what_is_nested_deeper_than_can_be_read_back_is_refused(around: str) -> None:
    body = '{"name": "Asha", ' + around[1:]
    assert '["[[[["]' in stored_json(body % ("[" * 45 + '["[[[["]' + "]" * 45))
    with pytest.raises(Problem) as refused:
        stored_json(body % ("[" * 60 + "]" * 60))
    [error] = refused.value.errors
    assert error.message == "It is nested too deeply."
    assert error.field in body


@pytest.mark.parametrize(
    ("given", "text"), [(9812345678, "9812345678"), (9812345678.0, "9812345678"), (9.8e9, "9800000000"), (1.5, "1.5")]
)
def test_numbers_from_sheets_become_text(given: float, text: str) -> None:
    assert stored({"phone": given, "source_row_id": given, "external_id": given}) == {
        "phone": text,
        "source_row_id": text,
        "external_id": text,
    }


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31 18:30:00", "2024-01-31T18:30:00"),
        ("2024-01-31T18:30:00Z", "2024-01-31T18:30:00+00:00"),
        ("2024-01-31T18:30:00.250+05:30", "2024-01-31T13:00:00.250000+00:00"),
        ("2024-01-31T18:30:00-23:04", "2024-02-01T17:34:00+00:00"),
        (1706704200, "2024-01-31T12:30:00+00:00"),
        (1706704200000, "2024-01-31T12:30:00+00:00"),
        (1706704200.5, "2024-01-31T12:30:00.500000+00:00"),
        ("1706704200", "2024-01-31T12:30:00+00:00"),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_timestamps_are_read_however_they_come(given: object, read: str | None) -> None:
    assert stored({"name": "Asha", "timestamp": given}).get("timestamp") == read


@pytest.mark.parametrize("empty", [None, "", {}])
def test_empty_metadata_is_no_mistake(empty: object) -> None:
    assert stored({"name": "Asha", "metadata": empty}).get("metadata", {}) == {}


@pytest.mark.parametrize(
    ("lead", "field"),
    [
        ({"name": True}, "name"),
        ({"name": "Asha", "phone": ["1"]}, "phone"),
        ({"name": "Asha", "city": {"a": 1}}, "city"),
        ({"name": "x" * 201}, "name"),
        ({"phone": "1" * 41}, "phone"),
        ({"email": "x" * 321}, "email"),
        ({"name": "Asha", "message": "x" * 10_001}, "message"),
        ({"name": "A\0sha"}, "name"),
        ({"name": "Asha", "metadata": {"a": ["\0"]}}, "metadata"),
        ({"name": "Asha", "metadata": {"a\0": 1}}, "metadata"),
        ({"name": "Asha", "utm": "\0"}, "utm"),
        ({"name": "Asha", "metadata": "text"}, "metadata"),
        ({"name": "Asha", "metadata": [1]}, "metadata"),
        ({"name": "Asha", "timestamp": "\0"}, "timestamp"),
        ({"city": "Pune"}, "phone"),
        ({"name": "  ", "phone": ""}, "phone"),
        ({}, "phone"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_every_refusal_names_its_field(lead: object, field: str) -> None:
    with pytest.raises((Problem, msgspec.ValidationError)) as refusal:
        read_lead(json.dumps(lead).encode())
    problem = problem_of(refusal.value)
    assert problem.status == 422
    assert [error.field for error in problem.errors] == [field]


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(Problem) as refusal:
        read_lead(b'{"name": true, "phone": [], "email": [], "metadata": 1}')
    assert [error.field for error in refusal.value.errors] == ["name", "phone", "email", "metadata"]
    assert all(error.hint for error in refusal.value.errors)


def test_a_backslash_before_u0000_is_no_nul() -> None:
    assert stored({"name": "Asha", "message": r"\u0000"})["message"] == r"\u0000"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut short"),
        pytest.param(b"name=Asha", id="a form"),
        pytest.param(b'{"name": "A"} x', id="more after it"),
        pytest.param(b'{"name": "\xff"}', id="not UTF-8"),
        pytest.param(b'{"name": "A", "metadata": {"a": "\xff"}}', id="metadata not UTF-8"),
        pytest.param(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="too deep"),
    ],
)
def test_what_is_no_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)) as refusal:
        read_lead(body)
    assert problem_of(refusal.value).status == 400


def test_a_simple_form_is_a_lead_too() -> None:
    lead = read_form(b"name=Asha+K&phone=%2B919812345678&timestamp=2024-01-31&utm_source=ads&city=")
    assert json.loads(lead.stored_as(7, 2, "r-1", "k")) == {
        "source_id": 7,
        "generation": 2,
        "request_id": "r-1",
        "idempotency_key": "k",
        "name": "Asha K",
        "phone": "+919812345678",
        "timestamp": "2024-01-31",
        "city": "",
        "metadata": {"utm_source": "ads"},
    }
