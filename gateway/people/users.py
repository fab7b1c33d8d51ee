"""/api/users: the people of the workspace, for its admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.bodies import encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import NO_NUL, ETag, Name, Shape
from gateway.people import passwords
from gateway.people.account import refuse_tokens, with_secret
from gateway.people.leaving import HandedOver, HandOver

users = Endpoints("People")

Role = Literal["admin", "manager", "caller", "analyst"]


class UserInput(Struct, forbid_unknown_fields=True):
    """A person who is to sign in. `caller_id`: which caller they are, for the role caller."""

    email: Annotated[str, Meta(max_length=320, pattern=NO_NUL)]
    name: Name
    role: Role
    caller_id: UUID | None = None


class UserChange(Struct, forbid_unknown_fields=True):
    """What is to be different about a person."""

    name: Name | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    caller_id: UUID | UnsetType | None = UNSET
    disabled: bool | UnsetType = UNSET
    hand_over: HandOver | UnsetType = UNSET


class IsCaller(Struct):
    """The caller that a person is, and whether it is there at all."""

    id: UUID
    name: str
    standing: Literal["free", "archived", "disabled", "paused", "away"]


class Person(Shape, UserInput, kw_only=True):
    """A person who signs in. `locked_until`: too many sign-ins failed, and until then all are refused.

    `caller` is the caller they are, which is disabled as long as they are.
    """

    id: UUID
    caller: IsCaller | None
    disabled: bool
    created_at: datetime
    has_factor: bool
    last_used_at: datetime | None
    locked_until: datetime | None
    etag: ETag


class ChangedPerson(Person, kw_only=True):
    """A person after a change, and what became of the open leads of their caller, if they were moved."""

    handed_over: HandedOver | UnsetType = UNSET


class NewPerson(Person, kw_only=True):
    """A person just added. `password` is shown this once."""

    password: str


class Password(Struct):
    """A password just made. It is shown this once."""

    password: str


user = Record(users, "user", "/users/{user_id:uuid}", Person, UserInput, changed=ChangedPerson)
user.list("List the people.", "By name, those who are disabled last.")


@user.create(answers=NewPerson, once=True, problems=[409], ignored=frozenset())
async def add_user(request: Request, person: UserInput) -> Response:
    """Add a person.

    The answer holds the password made for them.
    """
    password = passwords.new_password()
    added = await call(request, "add_user", encoded(person), await passwords.hashed(password))
    return json_response(with_secret(added, "password", password), 201)


user.change(
    "Change a person.",
    "What is not given stays. Roles hold at once; a person who is disabled loses all sessions and personal tokens. The "
    "last admin can be neither demoted nor disabled. When a person is disabled, the open leads of their caller go "
    "where `hand_over` says.",
    body=UserChange,
)
user.delete(
    "/factor",
    "Remove a person's second factor.",
    "For a person who lost it. If the workspace requires one, they set up another at the next sign-in.",
    name="take_factor_off",
    calls="remove_factor",
    before=refuse_tokens,
    answers=Person,
)


@user.post("/password", answers=Password, once=True)
async def reset_password(request: Request) -> Response:
    """Give a person another password.

    The answer holds it. Ends all their sessions and personal tokens.
    """
    password = passwords.new_password()
    await call(request, "reset_password", request.path_params["user_id"], await passwords.hashed(password))
    return json_response(Password(password))
