"""/api/callers/table: callers and people by a table that is pasted, or a file.

What is sent is opened by the process that opens files of leads. What its columns are is found by their headings, or,
where it has none, by their values. It is only looked at; the rows are sent back to be saved, once somebody has seen
what becomes of them.
"""

from __future__ import annotations

import re
import tempfile
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.field_names import alike
from gateway.core.parts import part
from gateway.core.problems import FieldError, invalid
from gateway.core.settings import Settings
from gateway.http.bodies import encoded, json_response, read_body
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import NO_NUL, Count, Name, Words
from gateway.imports.child import Table
from gateway.imports.file_problem import FileProblem
from gateway.imports.reader import table_of
from gateway.people.links import address_of_link, new_link
from gateway.people.users import By, Person, Role, goes_by_mail

staff = Endpoints("Callers")

MOST_ROWS = 1000
LARGEST_TABLE = 5 * 1024**2
BYTES = "application/octet-stream"

# What people call the columns, as `alike` compares it.
CALLED = {
    "name": "name fullname callername employeename agentname username agent caller employee staff staffname telecaller "
    "naam नाम salesperson rep salesrep",
    "first_name": "firstname givenname fname forename",
    "last_name": "lastname surname familyname lname",
    "email": "email emailid emailaddress mail mailid login loginid officialemail workemail",
    "states": "state states region regions territory territories area areas location locations zone zones statecovered "
    "statescovered राज्य",
    "languages": "language languages lang speaks spokenlanguages languagesspoken languageknown languagesknown भाषा",
    "daily_limit": "dailylimit limit cap dailycap perday leadsday leadsdaily leadsperday leadsaday maxperday maxleads "
    "dailyleads quota dailyquota capacity",
    "team": "team teamname group department dept",
    "role": "role designation title jobtitle position access accesslevel",
}
FIELD_OF = {name: field for field, names in CALLED.items() for name in names.split()}
# As people call the roles of those who sign in. Any other text is what a caller is called, such as Senior caller.
ROLES: dict[str, Role] = {
    **dict.fromkeys(("admin", "administrator", "owner"), "admin"),
    **dict.fromkeys(("manager", "teamlead", "teamleader", "supervisor", "lead"), "manager"),
    **dict.fromkeys(("caller", "telecaller", "agent", "rep", "salesrep", "operator", "executive"), "caller"),
    **dict.fromkeys(("analyst", "readonly", "viewer"), "analyst"),
}
UNLIMITED = {"", "nolimit", "unlimited", "none", "any", "∞"}
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
WRITTEN_EMAIL = re.compile(r"<([^<>\s]+@[^<>\s]+)>|^mailto:(\S+)$", re.IGNORECASE)
BETWEEN = re.compile(r"[,;/|\n•]+|\s+(?:and|&)\s+")


class TableLook(Struct, forbid_unknown_fields=True):
    """How a table is to be read.

    `fields`: what each column is, with commas between, where that is not as it was found. `sign_in`: those with an
    e-mail are to be invited.
    """

    fields: Annotated[str, Meta(max_length=1000, pattern="^[a-z_,]*$")] | None = None
    sign_in: Literal["yes", "no"] = "yes"


class StaffRow(Struct, forbid_unknown_fields=True):
    """A row: a caller, or somebody else who signs in. `faults`: what could not be read, by field."""

    row: Annotated[int, Meta(ge=1, le=1_100_000)]
    name: Annotated[str, Meta(max_length=200, pattern=NO_NUL)] | None = None
    email: Annotated[str, Meta(max_length=320, pattern=NO_NUL)] | None = None
    states: Annotated[str, Meta(max_length=2000, pattern=NO_NUL)] | None = None
    languages: Annotated[list[Words], Meta(max_length=50)] | None = None
    daily_limit: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    team: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] | None = None
    title: Annotated[str, Meta(max_length=100, pattern=NO_NUL)] | None = None
    role: Role | None = None
    faults: dict[str, Name] = {}


class StaffColumn(Struct):
    """A column of the table: its heading, its first values, and what it is; empty: nothing that is kept."""

    heading: str
    samples: list[str]
    field: str


class StaffVerdict(Struct):
    """What becomes of a row: `faults` say, by field, why it is left out. `states` are those it names."""

    row: int
    outcome: Literal["made", "updated", "left_out"]
    states: list[str]
    invites: bool
    faults: dict[str, str]


class StaffTable(Struct):
    """A table, and what would become of its rows."""

    columns: list[StaffColumn]
    rows: list[StaffRow]
    verdicts: list[StaffVerdict]


class StaffInput(Struct, forbid_unknown_fields=True):
    """Rows to be saved, all or none. With `sign_in` those with an e-mail are invited: by e-mail, or by links."""

    rows: Annotated[list[StaffRow], Meta(min_length=1, max_length=MOST_ROWS)]
    sign_in: bool = True
    by: By | None = None


class LinkedPerson(Person, kw_only=True):
    """A person who was invited, with the link where it is not sent by e-mail."""

    url: str | None = None


class SavedStaff(Struct):
    """How many callers and people were made, updated and left out, and who was invited."""

    made: Count
    updated: Count
    left_out: Count
    invited: list[LinkedPerson]


@staff.post("/callers/table", takes=BYTES, query=TableLook, answers=StaffTable, changes=False, largest=LARGEST_TABLE)
async def look_at_table(request: Request, look: TableLook) -> Response:
    """Look at a table of callers and people.

    The body is the file (.xlsx, .xls, .ods, .csv), or the text that was pasted, of up to 1,000 rows. Columns are found
    by their headings, in any usual spelling, or by their values. Nothing is kept. 422 says what is wrong with it.
    """
    body = await read_body(request.receive, request.headers.get("content-length", "").encode(), LARGEST_TABLE)
    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.flush()
        try:
            table = await table_of(file, MOST_ROWS + 1)
        except FileProblem as problem:
            raise invalid(FieldError("file", str(problem))) from problem
    columns, rows = read_table(table, look.fields.split(",") if look.fields else None)
    options = encoded({"sign_in": look.sign_in == "yes"})
    verdicts = await call(request, "check_staff", encoded(rows), options)
    return json_response(StaffTable(columns, rows, msgspec.json.decode(verdicts, type=list[StaffVerdict])))


@staff.put("/callers/table", body=StaffInput, answers=SavedStaff, largest=LARGEST_TABLE, problems=[409, 429])
async def save_table(request: Request, given: StaffInput) -> Response:
    """Save callers and people.

    Rows are as /callers/table gave them. All of it is done in one transaction; rows with faults are left out. Who is
    there by e-mail, or else by name, is updated: what a row does not say stays.
    """
    links = [new_link(request) for _ in given.rows] if given.sign_in else []
    by_mail = goes_by_mail(request, given.by)
    made = encoded([link.for_database(by_mail=by_mail) for link in links])
    saved = await call(request, "save_staff", encoded(given.rows), encoded({"sign_in": given.sign_in}), made)
    answer = msgspec.json.decode(saved, type=SavedStaff)
    secret_key = part(request, Settings).secret_key
    for person in answer.invited:
        if person.link and person.link.state == "made":
            person.url = address_of_link(secret_key, links[0].page, person.link.kind, person.link.id)
    return json_response(answer)


def read_table(table: Table, fields: list[str] | None) -> tuple[list[StaffColumn], list[StaffRow]]:
    """Columns and rows of a table. Raises Problem 422 for more than 1,000 rows, or none with a name or an e-mail."""
    rows = [(number, [cell.strip() for cell in cells]) for number, cells in table.rows if any(map(str.strip, cells))]
    headings = rows[0][1] if rows and _is_heading(rows[0][1]) else []
    below = rows[1:] if headings else rows
    if len(below) > MOST_ROWS:
        raise invalid(FieldError("file", f"There are more than {MOST_ROWS:,} rows.", "Send them in several parts."))
    if not below:
        raise invalid(FieldError("file", "There are no rows.", "Paste a row for each caller."))
    width = max(len(cells) for _, cells in rows)
    columns = []
    for index in range(width):
        heading = headings[index] if index < len(headings) else ""
        values = [cells[index] for _, cells in below if index < len(cells) and cells[index]]
        columns.append(StaffColumn(heading, list(dict.fromkeys(values))[:3], _field_of(heading)))
    _find_by_values(columns, below)
    if fields is not None:
        for column, field in zip(columns, fields, strict=False):
            column.field = field if field in {*CALLED, ""} else ""
    if not {"name", "first_name", "email"} & {column.field for column in columns}:
        hint = "Write above each column what is in it, such as Name, E-mail, States."
        raise invalid(FieldError("file", "No column has names.", hint))
    return columns, [_row_of(number, cells, columns) for number, cells in below]


def _is_heading(cells: list[str]) -> bool:
    """Whether a first row names the columns: one of them at least, and no cell is an e-mail address."""
    return any(_field_of(cell) for cell in cells) and not any(EMAIL.search(cell) for cell in cells)


def _field_of(heading: str) -> str:
    key = alike(re.sub(r"\(.*?\)", "", heading) or heading) if heading else ""
    return FIELD_OF.get(key) or FIELD_OF.get(alike(heading) if heading else "", "")


def _find_by_values(columns: list[StaffColumn], below: list[tuple[int, list[str]]]) -> None:
    """Find what columns without a heading are: e-mail addresses and numbers by how they look; the first text is names.

    The second text is states, where nothing else is said to be.
    """
    found = {column.field for column in columns}
    texts = []
    for index, column in enumerate(columns):
        if column.field or column.heading:
            continue
        values = [cells[index] for _, cells in below if index < len(cells) and cells[index]]
        if not values:
            continue
        if all(EMAIL.search(value) for value in values) and "email" not in found:
            column.field = "email"
        elif all(re.fullmatch(r"[0-9]{1,4}", value) for value in values) and "daily_limit" not in found:
            column.field = "daily_limit"
        elif all(any(letter.isalpha() for letter in value) for value in values):
            texts.append(column)
        found.add(column.field)
    missing = [field for field in ("name", "states", "languages") if field not in found]
    for column, field in zip(texts, missing, strict=False):
        column.field = field


def _row_of(number: int, cells: list[str], columns: list[StaffColumn]) -> StaffRow:
    said: dict[str, str] = {}
    for index, column in enumerate(columns):
        value = cells[index] if index < len(cells) else ""
        if column.field and value and column.field not in said:
            said[column.field] = value
    faults: dict[str, str] = {}
    name = said.get("name") or " ".join(filter(None, (said.get("first_name"), said.get("last_name"))))
    row = StaffRow(
        row=number,
        name=_short(" ".join(name.split()), 200, "name", faults),
        email=_short(_email_of(said.get("email", "")), 320, "email", faults),
        states=_short(said.get("states", ""), 2000, "states", faults),
        team=_short(said.get("team", ""), 100, "team", faults),
        daily_limit=_limit_of(said.get("daily_limit"), faults),
        faults=faults,
    )
    if row.name and row.name[0] in "=+@":
        faults["name"] = "This looks like a formula. Paste the values."
    if given := said.get("languages"):
        languages = [one.strip() for one in BETWEEN.split(given) if one.strip()]
        if len(languages) > 50 or any(len(one) > 100 for one in languages):
            faults["languages"] = "These are too many, or too long."
        else:
            row.languages = list(dict.fromkeys(languages))
    if given := said.get("role"):
        row.role = ROLES.get(alike(given))
        row.title = None if row.role else _short(given, 100, "role", faults)
    return row


def _email_of(text: str) -> str:
    """The address in `Asha <asha@example.com>` and mailto:."""
    found = WRITTEN_EMAIL.search(text)
    return (found[1] or found[2]) if found else text


def _limit_of(text: str | None, faults: dict[str, str]) -> int | None:
    if text is None:
        return None
    if alike(text) in UNLIMITED:
        return 0
    found = re.fullmatch(r"\s*([0-9]{1,6})(?:\.0+)?\s*(?:leads?)?\s*(?:(?:/|per|a)\s*day)?\s*", text, re.IGNORECASE)
    if found is None:
        faults["daily_limit"] = "Write a whole number; 0 or nothing for no limit."
        return None
    return int(found[1])


def _short(text: str, most: int, field: str, faults: dict[str, str]) -> str | None:
    if len(text) > most or "\0" in text:
        faults[field] = f"It is longer than {most} characters."
        return None
    return text or None
