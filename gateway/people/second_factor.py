"""The own second factor: setting it up, turning it off, new recovery codes. Each needs the password again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.parts import part
from gateway.core.problems import FieldError, invalid
from gateway.http.bodies import json_response
from gateway.http.call import call
from gateway.http.endpoints import Endpoints
from gateway.people.account import check_present, refuse_tokens
from gateway.people.factors import Factors, hash_of, new_recovery_codes
from gateway.people.sessions import Session

second_factor = Endpoints("Account")


class SecondFactor(Struct):
    """Whether there is a second factor. `recovery_codes`: how many are left; `is_required`: everybody needs one."""

    is_on: bool
    added_at: datetime | None
    recovery_codes: int
    is_required: bool


class Present(Struct, forbid_unknown_fields=True):
    """The current password."""

    present: Annotated[str, Meta(max_length=1000)]


class FactorSecret(Struct):
    """The secret from which an app makes codes: as text, as a URI, and as a QR code of that URI (a data: URI)."""

    secret: str
    uri: str
    qr: str


class FactorCode(Struct, forbid_unknown_fields=True):
    """The code that the app shows."""

    code: Annotated[str, Meta(max_length=100)]


class RecoveryCodes(Struct):
    """Each code signs in once in place of a lost factor. They are shown only now."""

    recovery_codes: list[str]


second_factor.get(
    "/account/factor",
    "Tell whether the own account has a second factor.",
    calls="get_factor",
    answers=SecondFactor,
)


@second_factor.post("/account/factor", body=Present, answers=FactorSecret, changes=False, problems=[409, 429])
async def begin_factor(request: Request, given: Present) -> Response:
    """Begin to set up a second factor.

    The answer holds the secret for an app that makes codes from it (TOTP). It is on once its first code was sent.
    """
    refuse_tokens(request)
    await check_present(request, given.present)
    session: Session = request.state.session
    secret = part(request, Factors).new_secret(session.user.id, session.user.email)
    await call(request, "begin_factor", secret.sealed)
    return json_response(FactorSecret(secret.text, secret.uri, secret.qr))


@second_factor.put("/account/factor", body=FactorCode, answers=RecoveryCodes, changes=False, problems=[409])
async def confirm_factor(request: Request, given: FactorCode) -> Response:
    """Turn on the second factor that was begun, with its first code.

    The answer holds ten recovery codes.
    """
    refuse_tokens(request)
    sealed = await call(request, "read_factor")
    taken = part(request, Factors).taken(request.state.session.user.id, sealed, 0, given.code)
    if taken is None or taken.step is None:
        hint = "Enter the six digits that the app shows now; check that the phone's clock is right."
        raise invalid(FieldError("code", "This is not the code.", hint))
    codes = new_recovery_codes()
    await call(request, "confirm_factor", taken.step, [hash_of(code) for code in codes])
    return json_response(RecoveryCodes(codes))


@second_factor.post(
    "/account/factor/recovery-codes", body=Present, answers=RecoveryCodes, changes=False, problems=[404, 429]
)
async def renew_recovery_codes(request: Request, given: Present) -> Response:
    """Make new recovery codes.

    The old ones do not work any more.
    """
    refuse_tokens(request)
    await check_present(request, given.present)
    codes = new_recovery_codes()
    await call(request, "renew_recovery_codes", [hash_of(code) for code in codes])
    return json_response(RecoveryCodes(codes))


@second_factor.post("/account/factor/remove", body=Present, status=204, problems=[404, 409, 429])
async def remove_factor(request: Request, given: Present) -> Response:
    """Turn the own second factor off.

    409 when the workspace requires one.
    """
    refuse_tokens(request)
    await check_present(request, given.present)
    await call(request, "remove_own_factor")
    return Response(status_code=204)
