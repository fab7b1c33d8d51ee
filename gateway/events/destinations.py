"""/api/destinations and /api/deliveries: where events are sent to, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.core.problems import FieldError, invalid
from gateway.core.settings import Settings
from gateway.events.deliverer import signing_secret
from gateway.events.outgoing import NotAllowed, check_url
from gateway.events.texts import PLACEHOLDERS, USUAL_TEMPLATE, unknown_placeholders
from gateway.http.bodies import encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import LARGEST_INT, Endpoints
from gateway.http.records import Record
from gateway.http.shapes import NO_NUL, ETag, Name, Page, Shape, Words

destinations = Endpoints("Destinations")

Kind = Literal["webhook", "email", "slack", "teams", "google_chat", "telegram"]
Status = Literal["waiting", "delivered", "failed"]
Address = Annotated[str, Meta(min_length=1, max_length=2000, pattern=NO_NUL)]
Template = Annotated[str, Meta(min_length=1, max_length=2000, pattern=NO_NUL)]
Kinds = Annotated[list[Words], Meta(min_length=1, max_length=50)]


class LastDelivery(Struct):
    """What came of the newest delivery that was tried."""

    status: Status
    answer: str
    seq: int


class DestinationInput(Struct, forbid_unknown_fields=True):
    """A destination as an admin writes it: `address` is a URL or an e-mail address.

    `template` is what is said in Slack, Teams, Google Chat or Telegram; null: as it is usual.
    """

    name: Name
    kind: Kind
    address: Address
    events: Kinds = field(default_factory=lambda: ["alert.*"])
    template: Template | None = None


class Destination(Shape, DestinationInput, kw_only=True):
    """Where events are sent to. `events` are kinds (lead.assigned), beginnings of kinds (alert.*), or all (*).

    `off_reason` says why the gateway has switched it off. `generation` is the number of its signing secret.
    """

    id: int
    is_on: bool
    off_reason: str | None
    generation: int
    rotated_at: datetime | None
    created_at: datetime
    etag: ETag


class ListedDestination(Destination, kw_only=True):
    """A destination with how many deliveries wait for it, up to 1000."""

    waiting: int
    last: LastDelivery | None


class Destinations(Struct):
    """Every destination, and whether e-mails can be sent at all.

    `template` is the usual one of a chat, and `placeholders` are all that may stand in one, each with a sample.
    """

    items: list[ListedDestination]
    can_mail: bool
    template: str
    placeholders: dict[str, str]


class DestinationChange(Struct, forbid_unknown_fields=True):
    """What is to be changed of a destination."""

    name: Name | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    events: Kinds | UnsetType = UNSET
    template: Template | UnsetType | None = UNSET
    is_on: bool | UnsetType = UNSET


class WithSecret(Struct):
    """A destination and its signing secret, which is not shown again; an e-mail has none."""

    destination: Destination
    secret: str | None


class Receiver(Struct):
    """The destination of a delivery."""

    id: int
    name: str
    kind: Kind


class LeadOfDelivery(Struct):
    """The lead that an event is about."""

    id: UUID
    name: str | None


class Delivery(Struct):
    """One event (`seq`, of the kind `event`) on its way to one destination."""

    destination: Receiver
    seq: int
    event: str | None
    lead: LeadOfDelivery | None
    status: Status
    tries: int
    created_at: datetime
    next_try_at: datetime | None
    answer: str | None
    finished_at: datetime | None


class DeliveryQuery(Struct, forbid_unknown_fields=True):
    """Which deliveries; `after` is where a page ended."""

    destination_id: Annotated[int, Meta(ge=1, le=LARGEST_INT)] | None = None
    status: Status | None = None
    after: Annotated[str, Meta(pattern="^[0-9]{1,18}-[0-9]{1,9}$")] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


destination = Record(destinations, "destination", "/destinations/{destination_id:int}", Destination, DestinationInput)


@destination.list(answers=Destinations)
async def list_destinations(request: Request) -> Response:
    """List the destinations of events."""
    items = await call(request, "list_destinations")
    about = {
        "can_mail": part(request, Settings).mail_server is not None,
        "template": USUAL_TEMPLATE,
        "placeholders": PLACEHOLDERS,
    }
    return json_response(f'{{"items":{items},{encoded(about)[1:]}')


@destination.create(answers=WithSecret, once=True, problems=[409], ignored=frozenset(), location="destination.id")
async def create_destination(request: Request, destination: DestinationInput) -> Response:
    """Add a destination, for what happens from now on.

    Webhooks are posted as {"type", "timestamp", "data"}, and signed as Standard Webhooks are with the secret in the
    answer. Slack, Teams, Google Chat and Telegram are told in a text.
    """
    _check_template(destination.template)
    if destination.template is not None and destination.kind in ("webhook", "email"):
        raise invalid(FieldError("template", "Only a text in a chat has a template."))
    if destination.kind != "email":
        _check_address(request, destination.address)
    elif part(request, Settings).mail_server is None:
        raise invalid(FieldError("kind", "No mail server is set.", "Start Fairlead with FAIRLEAD_SMTP_URL."))
    return _with_secret(request, await call(request, "create_destination", encoded(destination)), 201)


def _check_change(request: Request, change: DestinationChange) -> None:
    _check_template(change.template)
    # Whether it is a webhook, the database knows; no e-mail address that it takes looks like this.
    if change.address is not UNSET and ("://" in change.address or "@" not in change.address):
        _check_address(request, change.address)


destination.change(
    "Change a destination, or switch it on or off.",
    "What happens while it is off is not sent later; what was waiting before is.",
    body=DestinationChange,
    before=_check_change,
)
destination.archive("Remove a destination; what waits for it is not sent any more.")


@destination.post("/rotate", answers=WithSecret, once=True)
async def rotate_destination(request: Request) -> Response:
    """Give a webhook a new signing secret.

    For a day every message is signed with the one before as well.
    """
    rotated = await call(request, "rotate_destination", request.path_params["destination_id"])
    return _with_secret(request, rotated, 200)


destination.post(
    "/test",
    "Send a test: the event destination.tested, to this destination alone and past whatever waits.",
    calls="test_destination",
    answers=Delivery,
    status=202,
)
destinations.get(
    "/deliveries",
    "List deliveries of the last 30 days, the newest event first.",
    calls="list_deliveries",
    query=DeliveryQuery,
    answers=Page[Delivery, str],
)
destinations.post(
    "/deliveries/{destination_id:int}/{seq:bigint}/retry",
    "Try a delivery again at once, whether it waits or was given up.",
    calls="retry_delivery",
    answers=Delivery,
    status=202,
)


def _check_address(request: Request, address: str) -> None:
    try:
        check_url(address.strip(), allow_private=part(request, Settings).allow_private_destinations)
    except NotAllowed as error:
        raise invalid(FieldError("address", str(error))) from None


def _check_template(template: str | UnsetType | None) -> None:
    unknown = unknown_placeholders(template) if isinstance(template, str) else []
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise invalid(FieldError("template", f"There is no {{{unknown[0]}}}.", f"There are {known}."))


def _with_secret(request: Request, destination: str, status: int) -> Response:
    known = msgspec.json.decode(destination)
    secret = None
    if known["kind"] == "webhook":
        secret = signing_secret(part(request, Settings).secret_key, known["id"], known["generation"])
    return json_response(f'{{"destination":{destination},"secret":{encoded(secret)}}}', status)
