"""/api/users: the people of the workspace, for its admins, and for managers who may invite some."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.core.problems import FieldError, invalid
from gateway.core.settings import Settings
from gateway.http.bodies import encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.records import Record
from gateway.http.shapes import NO_NUL, ETag, Name, Shape
from gateway.people import passwords
from gateway.people.account import refuse_tokens, with_secret
from gateway.people.leaving import HandedOver, HandOver
from gateway.people.links import address_of_link, new_link

users = Endpoints("People")

Role = Literal["admin", "manager", "caller", "analyst"]
By = Literal["email", "link"]


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


class SentLink(Struct):
    """The last link by which a person was to come in. `answer`: what the mail server said, if that took no e-mail.

    `state`: the e-mail is waiting, was sent or has failed; the link was made to be copied; or it was used, revoked, or
    has expired.
    """

    id: UUID
    kind: Literal["invitation", "reset"]
    state: Literal["waiting", "sent", "failed", "made", "used", "revoked", "expired"]
    created_at: datetime
    expires_at: datetime
    answer: str | None


class Person(Shape, UserInput, kw_only=True):
    """A person who signs in. `locked_until`: too many sign-ins failed, and until then all are refused.

    `invited`: they have not come in yet, which they do by their `link`. `caller` is the caller they are, which is
    disabled as long as they are.
    """

    id: UUID
    caller: IsCaller | None
    disabled: bool
    created_at: datetime
    has_factor: bool
    invited: bool
    link: SentLink | None
    last_used_at: datetime | None
    locked_until: datetime | None
    etag: ETag


class ChangedPerson(Person, kw_only=True):
    """A person after a change, and what became of the open leads of their caller, if they were moved."""

    handed_over: HandedOver | UnsetType = UNSET


class Invitation(UserInput, forbid_unknown_fields=True, kw_only=True):
    """A person who is to come in by a link: sent by e-mail, or shown to be copied; without `by` as it can be."""

    by: By | None = None


class LinkInput(Struct, forbid_unknown_fields=True):
    """How a link reaches its person: by e-mail, or copied; without `by` as it can be."""

    by: By | None = None


class InvitedPerson(Person, kw_only=True):
    """A person and their new link. `url` is that link, where it is not sent by e-mail."""

    url: str | None


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


@users.post("/users/invitations", body=Invitation, answers=InvitedPerson, status=201, problems=[409, 429])
async def invite_user(request: Request, invitation: Invitation) -> Response:
    """Invite a person.

    They get a link, good once and for seven days, by which they choose a password. It is sent by e-mail, or, where no
    e-mails can be sent or `by` says so, is in the answer. Managers invite callers and analysts, if an admin lets them.
    """
    by_mail = goes_by_mail(request, invitation.by)
    person = msgspec.to_builtins(invitation)
    del person["by"]
    link = new_link(request)
    invited = await call(request, "invite_user", encoded(person), encoded(link.for_database(by_mail=by_mail)))
    return json_response(with_url(request, invited, link.page), 201)


@user.post("/link", body=LinkInput, answers=InvitedPerson, problems=[409, 429])
async def send_link(request: Request, given: LinkInput) -> Response:
    """Send a person a link.

    To one who has not come in yet, the invitation again; to others, a link to set another password, good for a day.
    The link before it is no longer good.
    """
    link = new_link(request)
    made = encoded(link.for_database(by_mail=goes_by_mail(request, given.by)))
    return json_response(
        with_url(request, await call(request, "send_link", request.path_params["user_id"], made), link.page)
    )


user.delete(
    "/link",
    "Revoke a person's link.",
    "409 when there is none that could be used.",
    name="revoke_link",
    calls="revoke_link",
    answers=Person,
)
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


def goes_by_mail(request: Request, by: By | None) -> bool:
    """Whether a link goes by e-mail. Raises Problem 422 if it is to and cannot."""
    can_mail = part(request, Settings).mail_server is not None
    if by == "email" and not can_mail:
        raise invalid(FieldError("by", "No mail server is set.", "Start Fairlead with FAIRLEAD_SMTP_URL."))
    return can_mail and by != "link"


class _Linked(Struct):
    link: SentLink


def with_url(request: Request, person: str, page: str) -> str:
    """A person as JSON, with the address of their link on `page` if it was made to be copied."""
    link = msgspec.json.decode(person, type=_Linked).link
    secret_key = part(request, Settings).secret_key
    url = address_of_link(secret_key, page, link.kind, link.id) if link.state == "made" else None
    return with_secret(person, "url", url)


@user.post("/password", answers=Password, once=True)
async def reset_password(request: Request) -> Response:
    """Give a person another password.

    The answer holds it. Ends all their sessions and personal tokens.
    """
    password = passwords.new_password()
    await call(request, "reset_password", request.path_params["user_id"], await passwords.hashed(password))
    return json_response(Password(password))
