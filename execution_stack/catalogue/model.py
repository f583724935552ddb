"""Catalogue keys, what they sign, and documents that wait for people."""

import enum
from datetime import datetime

import msgspec

from boundary.kernel import errors, records


class KeyState(enum.StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


class HeldState(enum.StrEnum):
    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"


class HeldEvent(enum.StrEnum):
    PUBLISH = "publish"
    REFUSE = "refuse"


class Outcome(enum.StrEnum):
    """What became of a text that a venue's catalogue brought."""

    PUBLISHED = "published"
    KNOWN = "known"
    HELD = "held"
    REFUSED = "refused"
    UNUSABLE = "unusable"
    """No document at all: too large, or not text."""


class Key(msgspec.Struct, frozen=True):
    public_key: bytes
    state: KeyState
    registered_at: datetime
    revoked_at: datetime | None


class Held(msgspec.Struct, frozen=True):
    """`findings` counts what the sweep found; what and where, `execution-stack venue catalogue show` says anew."""

    document: bytes
    size: int
    findings: int
    state: HeldState
    held_at: datetime


class Content(msgspec.Struct, frozen=True, array_like=True):
    """What a catalogue key signs of a document."""

    hash: bytes
    size: int
    kind: str
    media: str


class UnknownKey(errors.NotFound):
    """No such catalogue key is registered here."""

    code = "catalogue_key_unknown"


class KeyRegistered(errors.Conflict):
    """The key is registered already, or is none."""

    code = "catalogue_key_registered"


class KeyNotActive(errors.Forbidden):
    """The key with which this worker signs is not registered, or revoked."""

    code = "catalogue_key_not_active"


class BadSignature(errors.Forbidden):
    """The signature is not this key's over this document."""

    code = "catalogue_signature_invalid"


class NotHeld(errors.NotFound):
    """No document with this hash waits here."""

    code = "catalogue_not_held"


class KeyAdmitted(records.Entry, frozen=True, tag="catalogue.key_admitted.v1"):
    """Two operators let a key sign what comes from venues' catalogues."""

    public_key: records.Hash32
    statement: records.Hash32


class KeyRevoked(records.Entry, frozen=True, tag="catalogue.key_revoked.v1"):
    """From now on nothing that the key signs is published."""

    public_key: records.Hash32
    statement: records.Hash32


class Signed(records.Entry, frozen=True, tag="catalogue.signed.v1"):
    """A document was published under a catalogue key's signature."""

    document: records.Hash32
    public_key: records.Hash32


class Waits(records.Entry, frozen=True, tag="catalogue.held.v1"):
    """The sweep found something in a document; it waits for two operators."""

    document: records.Hash32
    findings: records.Count


class Judged(records.Entry, frozen=True, tag="catalogue.judged.v1"):
    """People decided about a document that waited."""

    document: records.Hash32
    published: bool
