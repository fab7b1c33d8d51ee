"""/api/account/notices and /api/push-subscriptions: what a person is told when the page is not in front."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.core.problems import FieldError, invalid
from gateway.core.settings import Settings
from gateway.events.outgoing import NotAllowed, check_url
from gateway.events.web_push import Voucher, is_key
from gateway.http.bodies import encoded, json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.http.shapes import NO_NUL, Items

notices = Endpoints("Account")

Kind = Literal["new_leads", "claims_running_out", "call_backs"]
Key = Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]


class NoticeChoices(Struct, forbid_unknown_fields=True):
    """What a person is told of, and whether by e-mail, too."""

    kinds: Annotated[list[Kind], Meta(max_length=10)]
    by_email: bool = False


class Notices(NoticeChoices):
    """The choices, whether e-mails can be sent at all, and the public key that a browser subscribes with."""

    can_mail: bool = False
    key: str = ""


class SubscriptionKeys(Struct):
    """The keys of a browser's subscription, in base64url."""

    p256dh: Key
    auth: Key


class PushSubscriptionInput(Struct):
    """A subscription as a browser's `PushSubscription.toJSON()` gives it."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=1000, pattern=NO_NUL)]
    keys: SubscriptionKeys


class PushSubscription(Struct):
    """A browser in which a person is told. `failed_at`: the last message could not be sent."""

    id: UUID
    endpoint: str
    created_at: datetime
    failed_at: datetime | None


@notices.get("/account/notices", answers=Notices)
async def get_notices(request: Request) -> Response:
    """Read what one is told of."""
    return _answer(request, await call(request, "get_notice_choices"))


@notices.put("/account/notices", body=NoticeChoices, answers=Notices)
async def set_notices(request: Request, choices: NoticeChoices) -> Response:
    """Choose what one is told of when the page is not in front.

    In which browsers, `/api/push-subscriptions` says. E-mails come at most every five minutes, with all there is.
    """
    if choices.by_email and part(request, Settings).mail_server is None:
        raise invalid(FieldError("by_email", "No mail server is set.", "Start Fairlead with FAIRLEAD_SMTP_URL."))
    return _answer(request, await call(request, "set_notice_choices", encoded(choices)))


@notices.get("/push-subscriptions", answers=Items[PushSubscription])
async def list_push_subscriptions(request: Request) -> Response:
    """List the browsers in which one is told."""
    return json_response(f'{{"items":{await call(request, "list_push_subscriptions")}}}')


@notices.post("/push-subscriptions", body=PushSubscriptionInput, answers=PushSubscription, status=201)
async def create_push_subscription(request: Request, subscription: PushSubscriptionInput) -> Response:
    """Be told in a browser, by Web Push. A person has ten of them; the next takes the place of the oldest."""
    try:
        check_url(subscription.endpoint, allow_private=part(request, Settings).allow_private_destinations)
    except NotAllowed as error:
        raise invalid(FieldError("endpoint", str(error))) from None
    p256dh, auth = _bytes(subscription.keys.p256dh), _bytes(subscription.keys.auth)
    if not is_key(p256dh):
        raise invalid(FieldError("keys.p256dh", "It is no public key of a browser."))
    if len(auth) != 16:
        raise invalid(FieldError("keys.auth", "It is no secret of a browser: it has 16 bytes."))
    given = {
        "endpoint": subscription.endpoint,
        "p256dh": base64.b64encode(p256dh).decode(),
        "auth": base64.b64encode(auth).decode(),
    }
    return json_response(await call(request, "create_push_subscription", encoded(given)), 201)


notices.delete(
    "/push-subscriptions/{subscription_id:uuid}",
    "Be told in a browser no more.",
    calls="archive_push_subscription",
    status=204,
)


def _answer(request: Request, choices: str) -> Response:
    settings = part(request, Settings)
    about = {"can_mail": settings.mail_server is not None, "key": part(request, Voucher).public}
    return json_response(f"{choices.rstrip()[:-1]},{encoded(about)[1:]}")


def _bytes(key: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(key.replace("+", "-").replace("/", "_") + "=" * (-len(key) % 4))
    except (binascii.Error, ValueError):
        return b""
