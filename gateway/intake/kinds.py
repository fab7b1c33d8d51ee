"""The kinds of senders: how each lets itself in, what its posts look like, and what its people have to do.

Kinds are rows of one table, kinds.toml, read and checked when the gateway starts. None has code of its own: every
mechanism there is (where the answers of a form stand, how a signature is made, which handshake is expected) is one of a
few, and a kind only names it. `understanding` reads posts by it, `signatures` checks who sent them.

Paths in the table are names with dots between them, and lead through lists to all of their elements.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

TABLE = Path(__file__).with_name("kinds.toml")
PLAIN = "plain"


class Answers(Struct, forbid_unknown_fields=True, frozen=True):
    """Where a form's answers stand: a list or an object at `at`, or JSON in a text.

    An answer is called by the first of `label`, paths within it, that says something; else by its own name, without
    what `prefix` (a pattern) finds at its beginning. Without `label` every member of an object is an answer, also of
    those in a list. `titles` is where the questions stand whose `id` or `ref` is that of the answer's `field`. What it
    says is the first of `value`, or all of it. `typed` says of a type, which stands at `type`, which field of a lead
    such an answer is, whatever it is called.
    """

    at: str
    label: tuple[str, ...] = ()
    value: tuple[str, ...] = ()
    titles: str = ""
    prefix: str = ""
    typed: dict[str, str] = {}


class Signature(Struct, forbid_unknown_fields=True, frozen=True):
    """How a sender signs. What each scheme signs, `signatures` says.

    `before` stands in the header before the signature, or is its name among several. `salt` is signed before the body.
    """

    scheme: Literal["body", "timed", "standard", "hubspot", "twilio"]
    header: str
    before: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    salt: str = ""


class Reply(Struct, forbid_unknown_fields=True, frozen=True):
    """What the sender wants to hear in place of our own answer."""

    media_type: str
    text: str


class Step(Struct, forbid_unknown_fields=True, frozen=True):
    """What somebody has to do at the sender; `copy` says what they paste there, if anything."""

    text: str
    copy: Literal["", "address"] = ""


class Kind(Struct, forbid_unknown_fields=True, frozen=True):
    """A kind of sender.

    Attributes:
        name: what people call it.
        steps: what to do at the sender.
        sample: a post of it, as JSON or as a form sends it, with an invented person.
        mapping: where the fields of a lead stand, in the words of a source's own mapping, which goes before it; answers
            stand under their names.
        each: the list each element of which is a lead of its own.
        answers: where answers stand that say themselves what they answer.
        only: what must be said for it to be a lead: for each path the texts, or none if it must only be there. An empty
            text: or nothing.
        never: what must not be said for it to be a lead, likewise.
        tests: what the name of a test lead begins with.
        marks: by what a post of it is known, and of no other kind: what must be there at which paths, and what that
            begins with; ~ stands before a pattern of the name of any field. Of several any will do.
        ignored: what to say of a post that is no lead.
        always: whether what is no lead of this kind is none either where the source is of no kind: such as a booking
            that was cancelled, which nobody means as a lead.
        bare: what to say of a lead that has neither name nor phone nor e-mail; empty to take it.
        key: the field of the body in which the sender's secret stands.
        signature: how it signs with the sender's secret.
        secret: what the sender's secret is called there; empty if it has none.
        handshake: what it asks before it sends anything.
        by_value: whether a field may be taken for the phone or the e-mail because it looks like one.
        by_get: whether its leads may come in the query of a GET.
        timezone: that of its times without an offset, if it is always the same.
        reply: what it wants to hear.
        left_out: fields of the body that are kept nowhere.
    """

    name: str
    steps: tuple[Step, ...]
    sample: str
    mapping: dict[str, str | list[str]] = {}
    each: str = ""
    answers: tuple[Answers, ...] = ()
    only: dict[str, tuple[str, ...]] = {}
    never: dict[str, tuple[str, ...]] = {}
    tests: tuple[str, ...] = ()
    marks: tuple[dict[str, str], ...] = ()
    ignored: str = "It is not about a new lead."
    always: bool = False
    bare: str = ""
    key: str = ""
    signature: Signature | None = None
    secret: str = ""
    handshake: Literal["", "meta", "linkedin"] = ""
    by_value: bool = False
    by_get: bool = False
    timezone: str = ""
    reply: Reply | None = None
    left_out: tuple[str, ...] = ()

    def with_mapping(self, own: str | None) -> str:
        """A source's own mapping, as JSON, and the kind's for the fields that it does not name."""
        given = msgspec.json.decode(own) if own else {}
        return msgspec.json.encode({**self.mapping, **given}).decode()


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by what the database calls it, plain first. Raises ValueError for a mistake in the table."""
    table: dict[str, Any] = tomllib.loads(TABLE.read_text())
    found = msgspec.convert(table, dict[str, Kind])
    for name, kind in found.items():
        if bool(kind.secret) != bool(kind.key or kind.signature):
            raise ValueError(f"kinds.toml: {name} has a secret without a use, or a use without its name")
    return {PLAIN: found.pop(PLAIN), **dict(sorted(found.items(), key=lambda one: one[1].name.casefold()))}


def kind_called(name: str | None) -> Kind | None:
    """The kind that the database calls so; None for plain, and for one that a newer gateway knows."""
    return None if name is None or name == PLAIN else kinds().get(name)


@cache
def keys_in_bodies() -> frozenset[str]:
    """The fields in which senders' keys stand: they are kept nowhere, whatever kind a source says it is."""
    return frozenset(kind.key for kind in kinds().values() if kind.key)
