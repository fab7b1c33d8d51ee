"""The rooms of sql/: what a file uses is made in its own room, or in one that install.sql includes before.

And what all its files have in common: no line too wide to read, no row of a table built by position.
"""

import re
from pathlib import Path

from gateway import ROOT

SQL = ROOT / "sql"
CORE = {
    *{"ground", "spelling", "people", "leads", "activities", "actions", "dashboard"},
    *{"intake", "events", "imports", "operations"},
}
"""Whose private functions are in schema core; those of the other rooms are in schema routing."""

UPWARD = {
    # The leads of a caller who leaves go on by the same deal as any other.
    ("callers/api.sql", "routing.hand_over_json"),
    ("people/users.sql", "routing.hand_over_json"),
    ("people/record.sql", "routing.hand_over_json"),
}

MADE = re.compile(r"^\s*(?:create|execute 'create) (?:function|view|type) (\w+\.\w+)", re.MULTILINE)
USED = re.compile(r"\b(?:core|routing|api|report)\.\w+")


def _statements(file: Path) -> str:
    """The SQL of a file without what only people read."""
    return re.sub(r"--.*|^comment on [^;]*?;$", "", file.read_text(), flags=re.MULTILINE)


def _rooms() -> dict[Path, str]:
    """The files in the order of install.sql, each with its room."""
    included = re.findall(r"^\\ir ((\w+)/\S+)$", (SQL / "install.sql").read_text(), re.MULTILINE)
    return {SQL / name: room for name, room in included}


def test_a_file_uses_only_what_its_own_room_or_one_before_it_makes() -> None:
    rooms = _rooms()
    floors = {room: floor for floor, room in enumerate(dict.fromkeys(rooms.values()))}
    made = {name: room for file, room in rooms.items() for name in MADE.findall(_statements(file))}
    uses = {(file, name) for file in rooms for name in USED.findall(_statements(file))}
    assert {name for _, name in uses} <= made.keys()
    upward = {(file, name) for file, name in uses if floors[made[name]] > floors[rooms[file]]}
    assert {(str(file.relative_to(SQL)), name) for file, name in upward} == UPWARD


def test_the_rooms_are_included_one_after_the_other() -> None:
    rooms = list(_rooms().values())
    before_the_end = rooms[: rooms.index("operations")]
    changes = [room for room, before in zip(before_the_end, ["", *before_the_end], strict=False) if room != before]
    assert len(changes) == len(set(changes)), "a room is entered twice"


def test_a_private_function_stands_in_the_schema_of_its_room() -> None:
    for file, room in _rooms().items():
        private = {name.partition(".")[0] for name in MADE.findall(_statements(file))} - {"api", "report"}
        assert private <= {"core" if room in CORE else "routing"}, file


def test_no_line_is_wider_than_a_page() -> None:
    wide = [
        f"{file.relative_to(SQL)}:{number}"
        for file in sorted(SQL.rglob("*.sql"))
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if len(line) > 120
    ]
    assert wide == []


def _rows_by_position(sql: str) -> list[str]:
    """Each `row(...)::crm.something` but `row(l.*)`, which is a row as it was read."""
    found = []
    for end in (match.start() for match in re.finditer(r"\)::crm\.", sql)):
        start, depth = end, 1
        while depth:
            start -= 1
            depth += {")": 1, "(": -1}.get(sql[start], 0)
        if sql[:start].endswith("row") and not re.fullmatch(r"\w+\.\*", sql[start + 1 : end]):
            found.append(sql[start - 3 : end + 1])
    return found


def test_no_row_of_a_table_or_type_of_crm_is_built_by_position() -> None:
    # It would fail, or put a value into another column, once a migration adds one.
    assert {str(file): rows for file in SQL.rglob("*.sql") if (rows := _rows_by_position(_statements(file)))} == {}
