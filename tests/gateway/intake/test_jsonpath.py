"""Paths of mappings are those of RFC 9535, all of them; the quick way leads where the library does; time is bound."""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake.jsonpath import MOST_VALUES, Budget, TooMuch, find, steps_of
from gateway.intake.mapping import Mapping, check_place
from gateway.intake.queries import COST_OF_VALUE, NoPath, locations, query_of
from gateway.intake.reading import read_lead
from tests.support import Workspace

# After the tables of RFC 9535, with values of our own. Section 2.3.1 to 2.3.5, 2.4, 2.5, 2.1.3.
PAYLOAD: dict[str, Any] = {
    "o": {"j j": {"k.k": 3}, "a": 1, "b": None},
    "'": {"@": 2},
    "l": ["a", "b", "c", "d", "e", "f", "g"],
    "f": [3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}],
    "g": {"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}},
    "e": "f",
    "x": [{"id": 103, "v": 1}, {"id": "103", "v": 2}, {"id": True, "v": 3}, {"id": 1, "v": 4}, {"id": 1.0, "v": 5}],
    "n": [{"f": {"ref": "a"}, "v": 1}, {"f": {"ref": "b"}, "v": 2}, {"f": [], "v": 3}, {"v": 4}],
}
PATHS: list[tuple[str, list[Any]]] = [
    ("$.o['j j']", [{"k.k": 3}]),
    ("$.o['j j']['k.k']", [3]),
    ('$.o["j j"]["k.k"]', [3]),
    ("$[\"'\"]['@']", [2]),
    ("$['\\'']['@']", [2]),
    ("$.o.b", [None]),
    ("$.o.c", []),
    ("$.l[1]", ["b"]),
    ("$.l[-2]", ["f"]),
    ("$.l[7]", []),
    ("$.l[-8]", []),
    ("$.l[1:3]", ["b", "c"]),
    ("$.l[5:]", ["f", "g"]),
    ("$.l[1:5:2]", ["b", "d"]),
    ("$.l[5:1:-2]", ["f", "d"]),
    ("$.l[::-1]", ["g", "f", "e", "d", "c", "b", "a"]),
    ("$.l[1:3:0]", []),
    ("$.l[0, 3]", ["a", "d"]),
    ("$.l[0:2, 5]", ["a", "b", "f"]),
    ("$.l[0, 0]", ["a", "a"]),
    ("$.o[*]", [{"k.k": 3}, 1, None]),
    ("$.o.*", [{"k.k": 3}, 1, None]),
    ("$.g['p', 'q']", [1, 2]),
    ("$.f[?@.b == 'kilo']", [{"b": "kilo"}]),
    ("$.f[?(@.b == 'kilo')]", [{"b": "kilo"}]),
    ("$.f[?@ > 3.5]", [5, 4, 6]),
    ("$.f[?@.b]", [{"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}]),
    ('$.f[?@ < 2 || @.b == "k"]', [1, {"b": "k"}]),
    ("$.f[?match(@.b, '[jk]')]", [{"b": "j"}, {"b": "k"}]),
    ("$.f[?search(@.b, '[jk]')]", [{"b": "j"}, {"b": "k"}, {"b": "kilo"}]),
    ("$.f[?!match(@.b, '[jk]') && @.b]", [{"b": {}}, {"b": "kilo"}]),
    ("$.g[?@ > 1 && @ < 4]", [2, 3]),
    ("$.g[?@.u || @.x]", [{"u": 6}]),
    ("$.f[?@.b == $.x]", []),
    ("$.f[?@ == @][0]", []),
    ("$.o[?@ == null]", [None]),
    ("$.o[?@.nothing == $.nothing]", [{"k.k": 3}, 1, None]),
    ("$.f[?length(@.b) > 3]", [{"b": "kilo"}]),
    ("$.n[?count(@.*) == 1].v", [4]),
    ("$.n[?value(@..ref) == 'b'].v", [2]),
    ("$..ref", ["a", "b"]),
    ("$..['k.k']", [3]),
    ("$.g..u", [6]),
    ("$..[?@.ref == 'b'].ref", ["b"]),
    # A number is not the text of its digits, and true is not 1.
    ("$.x[?@.id==103].v", [1]),
    ("$.x[?@.id=='103'].v", [2]),
    ("$.x[?@.id==true].v", [3]),
    ("$.x[?@.id==1].v", [4, 5]),
    ("$.x[?@.id==1.0].v", [4, 5]),
    ("$.x[?@.id==-1e2].v", []),
    # As Typeform's answers are found (bug_reports 17), also where some have no such field.
    ("$.n[?@.f.ref=='b'].v", [2]),
    ("$.n[?@['f'][\"ref\"]=='b'].v", [2]),
    ("$.n[?@.f.ref!='b'].v", [1, 3, 4]),
    ("$.n[?@.f.ref=='b' && @.v==2].v", [2]),
    # A filter of a filter knows the payload still.
    ("$.n[?@[?@.ref == $.n[1].f.ref]].v", [2]),
]
# No path, and at which character it ceases to be one.
NONE = {
    "$": 2,
    "$.": 3,
    "$x": 2,
    "$..": 4,
    "$.a.": 5,
    "$.a[": 5,
    "$.a[]": 4,
    "$.a['b]": 6,
    "$.a[01]": 5,
    "$.a[-0]": 5,
    "$.a[1,]": 7,
    "$.a b": 5,
    "$.a[?@.b=1]": 9,
    "$.a[?@.*==1]": 9,
    "$.a[?1]": 6,
    "$.a[?f(@)]": 6,
    "$.a[?length(@.*)>1]": 6,
}


def found(path: str, payload: dict[str, Any]) -> list[Any]:
    """What the path leads to, by the library."""
    values = []
    for where in locations(query_of(path), payload, Budget()):
        value: Any = payload
        for step in where:
            value = value[step]
        values.append(value)
    return values


def found_quickly(path: str, payload: dict[str, Any]) -> list[Any] | None:
    """What the path leads to, by the quick way; None where it does not go."""
    steps = steps_of(path)
    return None if steps is None else [holder[key] for holder, key, _ in find(({"": payload}, "", ()), steps, Budget())]


@pytest.mark.parametrize(("path", "values"), PATHS)
def test_a_path_leads_where_rfc_9535_says(path: str, values: list[Any]) -> None:
    check_place(path)
    assert found(path, PAYLOAD) == values
    assert found_quickly(path, PAYLOAD) in (values, None)


NAMES = st.sampled_from(["a", "b", "name", "é", "x y"])
VALUES = st.recursive(
    st.sampled_from([1, 0, True, False, 1.0, "1", "", "a", None]),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=10,
)
STEPS = st.one_of(
    st.sampled_from([".a", ".b", "['x y']", ".é", "[0]", "[1]", "[-1]", "[*]", ".*"]),
    st.builds(
        "[?@{}=={}]".format,
        st.sampled_from([".a", "['x y']", ".name.b", ".a['a']"]),
        st.sampled_from(["1", "'1'", '"a"', "true", "false", "1.0", "''"]),
    ),
)


@given(st.dictionaries(NAMES, VALUES, max_size=4), st.lists(STEPS, max_size=4))
def test_the_quick_way_leads_where_the_library_does(payload: dict[str, Any], steps: list[str]) -> None:
    path = "$.a" + "".join(steps)
    assert found_quickly(path, payload) == found(path, payload)


@pytest.mark.parametrize(("path", "at"), NONE.items())
def test_what_is_no_path_is_told_at_the_character(path: str, at: int) -> None:
    with pytest.raises(NoPath) as error:
        check_place(path)
    assert (path, error.value.at) == (path, at)
    assert len(str(error.value)) > 10


def test_a_wrong_path_is_refused_in_words_at_its_character(manager: httpx.Client, workspace: Workspace) -> None:
    path = f"/api/sources/{workspace.source_id}"
    for answer in (
        manager.patch(path, json={"mapping": {"phone": ["Mobile", "$.a[?@.b=1]"]}}),
        manager.post(f"{path}/try", json={"mapping": {"phone": "$.a[?@.b=1]"}, "payload": {}}),
    ):
        [error] = answer.json()["errors"]
        assert error["field"] == "mapping.phone"
        assert "at character 9, " in error["message"]
        assert "==" in error["message"]
    mapping = {"phone": "$..phones[?search(@, '^9')]", "name": "$.contact['first', 'last']"}
    payload = {"contact": {"phones": ["020", "98123"], "last": "Rao"}, "x": 1}
    trial = manager.post(f"{path}/try", json={"mapping": mapping, "payload": payload}).json()
    assert trial["lead"] == {"name": "Rao", "phone": "98123", "metadata": {"contact": {"phones": ["020"]}, "x": 1}}
    assert manager.patch(path, json={"mapping": mapping}).status_code == 200


WIDE: dict[str, Any] = {"name": "Asha", "a": [{"b": [{"c": n} for n in range(20)]} for _ in range(MOST_VALUES // 20)]}
DEEP: dict[str, Any] = {"name": "Asha", "a": json.loads('{"a":' * 300 + "7" + "}" * 300)}


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("$..nothing", WIDE),
        ("$.a[*].b[*].nothing", WIDE),
        ("$.a[*].b[?@.c==-1]", WIDE),
        ("$.a[?@.b[?@.c>30]]", WIDE),
        ("$..[?@..[?@..[?@..nothing]]]", {"name": "Asha", "a": WIDE["a"][:9]}),
        ("$..nothing", DEEP),
        ("$[?match(@, '(a|aa)+b')]", {"name": "Asha", "t": "a" * 900 + "cb"}),
        ("$[?search(@, $.p)]", {"name": "Asha", "p": "(a|a?)+[bc]", "t": "a" * 900 + "db"}),
    ],
)
def test_no_payload_makes_a_path_take_long_and_its_lead_is_taken(path: str, payload: dict[str, Any]) -> None:
    # What is counted bounds the time; a pattern has its own bound.
    with pytest.raises(TooMuch):
        list(locations(query_of(path), payload, Budget(MOST_VALUES // 10)))
    lead = read_lead(msgspec.json.encode(payload), Mapping({"message": path}))
    assert (lead.name, lead.message) == ("Asha", None)
    assert msgspec.json.decode(lead.metadata).keys() == payload.keys() - {"name"}
    assert COST_OF_VALUE > 1


def test_a_name_as_forms_nest_it_is_a_place() -> None:
    body = b'{"data": {"Phone": "98123"}, "fields": {"name": {"value": "Asha"}}}'
    lead = read_lead(body, Mapping({"phone": "data[Phone]", "name": "fields[name][value]"}))
    assert (lead.phone, lead.name) == ("98123", "Asha")
    lead = read_lead(b'{"data[Phone]": "1", "name": "x"}', Mapping({"phone": "data[Phone]"}))
    assert lead.phone == "1"
