"""Links by which a person comes in and chooses a password: an invitation, or another password for a forgotten one.

The token in a link is made from the link's id and the gateway's own key, so that it is stored nowhere and can still be
written into an e-mail later. It stands behind the # of the address: browsers send that to nobody, so it is in no log.
"""

from __future__ import annotations

import base64
import hmac
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from starlette.requests import Request

from gateway.core.parts import part
from gateway.core.settings import Settings
from gateway.core.tokens import token_hash

PAGES = {"invitation": "/welcome", "reset": "/new-password"}


class NewLink(NamedTuple):
    """A link that is being made: its id, the hash of its token, the address of Fairlead that it begins with."""

    id: UUID
    token_hash: bytes
    page: str

    def for_database(self, *, by_mail: bool) -> dict[str, Any]:
        """As functions of schema `api` take it."""
        return {"id": str(self.id), "hash": self.token_hash.hex(), "page": self.page, "by_mail": by_mail}


def token_of(secret_key: bytes, link_id: UUID) -> str:
    """The token of a link."""
    digest = hmac.digest(secret_key, b"sign-in link " + link_id.bytes, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def address_of_link(secret_key: bytes, page: str, kind: str, link_id: UUID) -> str:
    """What a person opens."""
    return f"{page}{PAGES[kind]}#{token_of(secret_key, link_id)}"


def new_link(request: Request) -> NewLink:
    """A link for somebody whom the person who is signed in invites: it begins with the address that they use."""
    settings = part(request, Settings)
    return link_on(settings, settings.public_url or f"{request.base_url}".rstrip("/"))


def new_link_for_strangers(request: Request) -> NewLink:
    """A link for whoever says that they forgot a password.

    They choose the Host of the request, so it must not begin the link: somebody else gets that by e-mail.
    """
    settings = part(request, Settings)
    return link_on(settings, settings.public_url or settings.url)


def link_on(settings: Settings, page: str) -> NewLink:
    """A link that begins with this address."""
    link_id = uuid4()
    return NewLink(link_id, token_hash(token_of(settings.secret_key, link_id)), page)
