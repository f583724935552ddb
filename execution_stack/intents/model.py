"""An intent, its name, and the reasons for refusing one."""

import enum
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import records


class Side(enum.StrEnum):
    BUY = "buy"
    SELL = "sell"


class Kind(enum.StrEnum):
    LIMIT = "limit"
    MARKET = "market"
    POST_ONLY = "post_only"


class TimeInForce(enum.StrEnum):
    DAY = "day"
    UNTIL_CANCELLED = "until_cancelled"
    UNTIL_TIME = "until_time"
    AT_ONCE_OR_CANCEL = "at_once_or_cancel"
    ALL_OR_NOTHING = "all_or_nothing"


class State(enum.StrEnum):
    OPEN = "open"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    CLOSED = "closed"


class StateEvent(enum.StrEnum):
    CANCEL = "cancel"
    EXPIRE = "expire"
    CLOSE = "close"


class Refusal(enum.Enum):
    """The closed list of reasons; the gate turns each into the code that crosses."""

    UNKNOWN_PARTICIPANT = "unknown_participant"
    NOT_ACTIVE = "not_active"
    FROZEN = "frozen"
    CLOSED = "closed"
    UNKNOWN_INSTRUMENT = "unknown_instrument"
    HALTED = "halted"
    OUTSIDE_WINDOW = "outside_window"
    OFF_GRID = "off_grid"
    OVER_CAP = "over_cap"
    EXPIRED = "expired"
    INCONSISTENT = "inconsistent"
    UNKNOWN_INTENT = "unknown_intent"
    TOO_LATE = "too_late"
    STOPPED = "stopped"
    """An operator stopped trading: of everything, of this channel, instrument or participant."""
    RISK_LIMIT = "risk_limit"
    TOO_MANY = "too_many"
    """More orders open, or in a minute, than the participant may have."""


class Name(NamedTuple):
    """The place of an intent's message in its channel's transcript."""

    epoch: int
    sequence: int
    position: int


class Terms(msgspec.Struct, frozen=True):
    """What is wanted. `limit_ticks` is 0 for a market intent, `expires_at` (Unix seconds) 0 for none."""

    participant: UUID
    instrument: UUID
    side: Side
    kind: Kind
    time_in_force: TimeInForce
    limit_ticks: int
    lots: int
    cost_cap: int
    expires_at: int


class Amendment(NamedTuple):
    """New terms for an intent that is open."""

    name: Name
    limit_ticks: int
    lots: int
    cost_cap: int


class IntakeRecorded(records.Entry, frozen=True, tag="intents.intake_recorded.v2"):
    """The intents of one core: how many were accepted and refused; the digest covers, in order, every intent, the verdict on
    it, and all that risk found.
    """

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    accepted: records.Count
    refused: records.Count
    digest: records.Hash32


class IntentsCancelled(records.Entry, frozen=True, tag="intents.cancelled.v1"):
    """Open intents were cancelled at their customer stack's word; the digest covers their names in order."""

    channel: UUID
    count: records.Count
    digest: records.Hash32


class AmendmentsJudged(records.Entry, frozen=True, tag="intents.amendments_judged.v1"):
    """The amendments of one core: how many there were; the digest covers, in order, each one, its verdict, and what risk
    found.
    """

    channel: UUID
    count: records.Count
    digest: records.Hash32


class IntentAmended(records.Entry, frozen=True, tag="intents.amended.v1"):
    """An open intent has new terms."""

    channel: UUID
    epoch: records.Count
    sequence: records.Count
    position: records.Count
    limit_ticks: records.Count
    lots: records.Count
    cost_cap: records.Count
