"""A participant as this side knows one: a reference, a status, two small codes."""

import enum
from uuid import UUID

import msgspec

from boundary.kernel import records


class Status(enum.StrEnum):
    ISSUED = "issued"
    ELIGIBLE = "eligible"
    FROZEN = "frozen"
    CLOSED = "closed"


class StatusEvent(enum.StrEnum):
    ACTIVATE = "activate"
    ADMIT = "admit"
    FREEZE = "freeze"
    CLOSE = "close"


class Category(enum.StrEnum):
    """What kind of investor the customer side attests; execution rules may differ by it."""

    RETAIL = "retail"
    PROFESSIONAL = "professional"
    INSTITUTION = "institution"


class Standing(msgspec.Struct, frozen=True):
    """What an operation by this participant may be judged on."""

    status: Status
    level: int
    category: Category


class Change(msgspec.Struct, frozen=True):
    """One wish of a customer stack about one of its participants."""

    participant: UUID
    event: StatusEvent
    level: int = 1
    category: Category = Category.RETAIL


class Refusal(enum.Enum):
    """Why a change was not made."""

    UNKNOWN = "unknown"
    NOT_ACTIVE = "not_active"
    ALREADY_ACTIVE = "already_active"
    CLOSED = "closed"


class RefsMinted(records.Entry, frozen=True, tag="participants.refs_minted.v1"):
    """References were drawn for a channel; their digest stands for all of them, in order."""

    channel: UUID
    count: records.Count
    digest: records.Hash32


class StandingsChanged(records.Entry, frozen=True, tag="participants.standings_changed.v1"):
    """Statuses were changed at a customer stack's word; the digest covers reference, status, level and category."""

    channel: UUID
    count: records.Count
    digest: records.Hash32
