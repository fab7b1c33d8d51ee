"""Reading a lead: what is accepted, and which field each refusal names."""

import json
from typing import Any

import msgspec
import pytest

from gateway.core.problems import Problem
from gateway.core.readable import decode_any
from gateway.http.errors import problem_of
from gateway.intake.reading import read_form, read_lead


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


@pytest.mark.parametrize(
    ("around", "kept"), [('{"metadata": {"deep": %s}}', '{\\"deep\\":%s}'), ('{"deep": %s}', "%s")]
)
def test_what_is_nested_deeper_than_can_be_read_back_is_kept_as_text(around: str, kept: str) -> None:
    body = '{"name": "Asha", ' + around[1:]
    assert '["[[[["]' in stored_json(body % ("[" * 45 + '["[[[["]' + "]" * 45))
    deep = "[" * 60 + "]" * 60
    assert f'"{kept % deep}"' in stored_json((body % deep).replace('"deep": ', '"deep":'))


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
    ("given", "read", "metadata"),
    [
        # A list of one is that one, several are one text; a field that is an object says what its value is.
        ({"state": ["Goa"]}, {"state": "Goa"}, {}),  # a drop-down of Contact Form 7
        ({"phone": ["9801000141"]}, {"phone": "9801000141"}, {}),
        ({"message": ["B.Sc.", " ", "B.Com."]}, {"message": "B.Sc., B.Com."}, {}),
        ({"phone": [9801000141, "9801000142"]}, {"phone": "9801000141, 9801000142"}, {}),
        ({"city": {"value": "Pune"}}, {"city": "Pune"}, {}),  # HubSpot's properties
        ({"city": {"value": "Pune", "id": 7}}, {"city": "Pune"}, {"city_given": {"value": "Pune", "id": 7}}),
        ({"city": [{"label": "Pune"}]}, {"city": "Pune"}, {}),  # a choice of Typeform
        ({"name": {"last": "Rao", "first": "Asha"}}, {"name": "Asha Rao"}, {}),  # JotForm, WPForms
        ({"phone": {"full": "(981) 234-5678"}}, {"phone": "(981) 234-5678"}, {}),  # JotForm
        ({"phone": {"country_code": "+91", "phone_number": "98123"}}, {"phone": "+91 98123"}, {}),
        ({"email": "mailto:a@b.example"}, {"email": "a@b.example"}, {}),
        ({"email": " MailTo:a@b.example?subject=Hi"}, {"email": "a@b.example"}, {}),
        ({"email": "<a@b.example>"}, {"email": "a@b.example"}, {}),
        ({"email": '"Rao, A." <a@b.example>'}, {"email": "a@b.example"}, {"email_given": '"Rao, A." <a@b.example>'}),
        # Several addresses: the first is the e-mail, and all are kept.
        (
            {"email": "a@b.example / c@d.example"},
            {"email": "a@b.example"},
            {"email_given": "a@b.example / c@d.example"},
        ),
        ({"email": "a@b.example c@d.example"}, {"email": "a@b.example"}, {"email_given": "a@b.example c@d.example"}),
        (
            {"email": ["a@b.example", "c@d.example"]},
            {"email": "a@b.example"},
            {"email_given": ["a@b.example", "c@d.example"]},
        ),
        (
            {"email": "A <a@b.example>, C <c@d.example>"},
            {"email": "a@b.example"},
            {"email_given": "A <a@b.example>, C <c@d.example>"},
        ),
        (
            {"email": ", ".join(f"m{n}@long.example" for n in range(40))},
            {"email": "m0@long.example"},
            {"email_given": ", ".join(f"m{n}@long.example" for n in range(40))},
        ),
        (
            {"Email Address": "a@b.example; c@d.example"},
            {"email": "a@b.example"},
            {"Email Address": "a@b.example; c@d.example"},
        ),
        ({"email": ["Asha <a@b.example>"]}, {"email": "a@b.example"}, {"email_given": ["Asha <a@b.example>"]}),
        ({"email": "a:b"}, {}, {"email_given": "a:b"}),
        ({"city": []}, {}, {}),  # PHP's nothing
        ({"city": {}}, {}, {}),
        ({"city": [None, ""]}, {}, {}),
        # What cannot be the field is kept beside it, and costs nothing.
        ({"state": False}, {}, {"state_given": False}),
        ({"phone": True}, {}, {"phone_given": True}),
        ({"city": {"a": 1}}, {}, {"city_given": {"a": 1}}),
        ({"city": [["a"], {"b": True}]}, {"city": "a"}, {"city_given": [["a"], {"b": True}]}),
        ({"metadata": "text"}, {}, {"metadata_given": "text"}),
        ({"metadata": [1]}, {}, {"metadata_given": [1]}),
        ({"timestamp": "soon"}, {}, {"timestamp_given": "soon"}),
        ({"timestamp": "2024-13-01"}, {}, {"timestamp_given": "2024-13-01"}),
        ({"timestamp": 1e300}, {}, {"timestamp_given": "1e+300"}),
        ({"timestamp": True}, {}, {"timestamp_given": True}),
        ({"timestamp": {}}, {}, {"timestamp_given": {}}),
        ({"timestamp": ["2024-01-31"]}, {"timestamp": "2024-01-31"}, {}),
        # Unless the sender keeps something of the name there.
        ({"state": False, "metadata": {"state_given": "mine"}}, {}, {"state_given": "mine"}),
        ({"state": False, "state_given": "mine"}, {}, {"state_given": "mine"}),
        # Too long: a part is better than nothing, but of a phone, an e-mail or an id it would be another one.
        ({"city": "x" * 201}, {"city": "x" * 200}, {"city_given": "x" * 201}),
        ({"message": "x" * 10_001}, {"message": "x" * 10_000}, {"message_given": "x" * 10_001}),
        ({"phone": "1" * 1001}, {}, {"phone_given": "1" * 1001}),
        ({"email": "x" * 321}, {}, {"email_given": "x" * 321}),
        ({"external_id": "x" * 201}, {}, {"external_id_given": "x" * 201}),
        # PostgreSQL stores no NUL.
        ({"message": "a\0b"}, {"message": "a\ufffdb"}, {}),
        ({"metadata": {"a\0": ["\0"]}, "\0": "\0"}, {}, {"a\ufffd": ["\ufffd"], "\ufffd": "\ufffd"}),
    ],
)
def test_a_side_field_never_costs_the_lead(
    given: dict[str, Any], read: dict[str, Any], metadata: dict[str, Any]
) -> None:
    lead = stored({"source_row_id": "7", **given})
    assert lead.pop("metadata", {}) == metadata
    assert lead == {"source_row_id": "7", **read}


DEVIKA = {"name": "Devika Rane", "first_name": "Devika", "last_name": "Rane"}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"Full Name": "Asha", "Phone Number": "98123 45678"}, {"name": "Asha", "phone": "98123 45678"}),
        ({"First Name": "Devika", "Last Name": "Rane"}, DEVIKA),
        ({"last_name": "Rane", "fname": "Devika"}, DEVIKA),
        ({"Mobile": "98777 51638", "State": "Kerala"}, {"phone": "98777 51638", "state": "Kerala"}),
        ({"Email": "devika@example.com"}, {"email": "devika@example.com"}),
        ({"your-name": "Asha", "your-email": "a@b.example"}, {"name": "Asha", "email": "a@b.example"}),
        ({"फोन": "98123 45678", "शहर": "पुणे"}, {"phone": "98123 45678", "city": "पुणे"}),
        ({"EXTERNAL ID": "E1", "Source Row ID": 17}, {"external_id": "E1", "source_row_id": "17"}),
        ({"Timestamp": "2024-01-31"}, {"timestamp": "2024-01-31"}),
        ({"name": "Asha", "Full Name": "X"}, {"name": "Asha", "metadata": {"Full Name": "X"}}),
        ({"name": "", "Full Name": "Asha"}, {"name": "Asha"}),
        ({"phone": "98777 51637", "Mobile": "9"}, {"phone": "98777 51637", "metadata": {"Mobile": "9"}}),
        ({"phone": "N/A", "Mobile": "98777 51638"}, {"phone": "98777 51638", "metadata": {"phone_given": "N/A"}}),
        (
            {"email": "a@b.example; c@d.example"},
            {"email": "a@b.example", "metadata": {"email_given": "a@b.example; c@d.example"}},
        ),
        ({"email": "none", "E-mail": "a@b.example"}, {"email": "a@b.example"}),
        ({"email": "ask", "E-mail": "a@b.example"}, {"email": "a@b.example", "metadata": {"email_given": "ask"}}),
        # What is too uncertain to be taken without a mapping: ids, sources, and what no phone or e-mail can be.
        (
            {"name": "A", "id": "contact-form", "utm_source": "x"},
            {"name": "A", "metadata": {"id": "contact-form", "utm_source": "x"}},
        ),
        ({"name": "A", "number": 3, "mail": "no"}, {"name": "A", "metadata": {"number": 3, "mail": "no"}}),
        ({"name": "A", "Mobile": True}, {"name": "A", "metadata": {"Mobile": True}}),
    ],
)
def test_what_people_call_our_fields_is_understood_without_a_mapping(
    given: dict[str, Any], read: dict[str, Any]
) -> None:
    assert {"source_row_id": "7", **read} == stored(
        {**given} if "Source Row ID" in given else {"source_row_id": "7", **given}
    )


@pytest.mark.parametrize(
    ("lead", "fields"),
    [
        ({"name": True}, ["name"]),
        ({"phone": "1" * 1001}, ["phone"]),
        (
            {"name": True, "phone": [True], "timestamp": "soon", "metadata": 1},
            ["name", "phone", "timestamp", "metadata"],
        ),
        ({"city": "Pune"}, ["phone"]),
        ({"name": "  ", "phone": ""}, ["phone"]),
        ({"name": [], "phone": {}}, ["phone"]),
        ({}, ["phone"]),
        ([], ["body"]),
        ("text", ["body"]),
    ],
)
def test_only_a_lead_that_is_nobodys_is_refused_and_all_that_was_wrong_is_told(lead: object, fields: list[str]) -> None:
    with pytest.raises((Problem, msgspec.ValidationError)) as refusal:
        read_lead(json.dumps(lead).encode())
    problem = problem_of(refusal.value)
    assert problem.status == 422
    assert [error.field for error in problem.errors] == fields
    assert all(error.message for error in problem.errors)


def test_a_backslash_before_u0000_is_no_nul() -> None:
    assert stored({"name": "Asha", "message": r"\u0000"})["message"] == r"\u0000"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut short"),
        pytest.param(b"name=Asha", id="a form"),
        pytest.param(b'{"name": "A"} x', id="more after it"),
        pytest.param(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="too deep"),
    ],
)
def test_what_is_no_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises((Problem, RecursionError)) as refusal:
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


@pytest.mark.parametrize(
    ("given", "read"),
    [
        # data[Phone] of a form, fields[name][value] of Elementor.
        ({"data": {"Phone": "98123 45678", "Name": "Asha"}}, {"name": "Asha", "phone": "98123 45678"}),
        (
            {"fields": {"name": {"value": "Asha"}, "email": {"value": "a@b.example"}}, "form": {"name": "Contact"}},
            {"name": "Asha", "email": "a@b.example", "metadata": {"form": {"name": "Contact"}}},
        ),
        # Facebook's and Google's lists of fields.
        (
            {
                "field_data": [
                    {"name": "full_name", "values": ["Asha"]},
                    {"name": "phone_number", "values": ["98123 45678"]},
                ]
            },
            {"name": "Asha", "phone": "98123 45678"},
        ),
        (
            {
                "lead": {"first_name": "Asha", "last_name": "Rao", "mobile": 9812345678},
                "owner": {"email": "r@b.example"},
            },
            {"name": "Asha Rao", "phone": "9812345678", "metadata": {"owner": {"email": "r@b.example"}}},
        ),
        # Whose they are is not sure.
        ({"agent": {"phone": "98123 45678"}}, {"metadata": {"agent": {"phone": "98123 45678"}}}),
        (
            {"a": {"phone": "98123 45678"}, "b": {"phone": "98123 45679"}},
            {"metadata": {"a": {"phone": "98123 45678"}, "b": {"phone": "98123 45679"}}},
        ),
        (
            {"fields": [{"title": "Phone", "id": "1234567"}]},
            {"metadata": {"fields": [{"title": "Phone", "id": "1234567"}]}},
        ),
        ({"data": {"phone": "n/a"}}, {"metadata": {"data": {"phone": "n/a"}}}),
        # The payload's own fields say whom to call.
        (
            {"phone": "1", "data": {"phone": "98123 45678"}},
            {"phone": "1", "metadata": {"data": {"phone": "98123 45678"}}},
        ),
    ],
)
def test_who_is_to_be_called_is_found_within_a_payload_if_it_is_sure(
    given: dict[str, Any], read: dict[str, Any]
) -> None:
    assert stored({"source_row_id": "7", **given}) == {"source_row_id": "7", **read}
