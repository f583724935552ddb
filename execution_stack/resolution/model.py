"""Holdings, resolutions, payouts."""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import errors, records


class Kind(enum.StrEnum):
    RESOLVED = "resolved"
    VOIDED = "voided"
    """Every position gets back what it cost."""
    AMENDED = "amended"
    """Replaces the value of the revision before."""


class State(enum.StrEnum):
    PAYING = "paying"
    PAID = "paid"
    REPLACED = "replaced"


class Step(enum.StrEnum):
    """What is left to be done under a revision."""

    REVERSE = "reverse"
    """Payouts of the revision before are taken back first."""
    PAY = "pay"
    NOTHING = "nothing"


class Trade(NamedTuple):
    """What somebody got, or gave up, of an instrument. `money` is what it cost or brought, fees included."""

    channel: UUID
    participant: UUID
    lots: int
    money: int


class Resolution(NamedTuple):
    """One revision. `value` is micro-USD per lot; none if the event was voided."""

    instrument: UUID
    revision: int
    kind: Kind
    value: int | None
    state: State
    step: Step
    decided_at: datetime


class Holding(NamedTuple):
    """A position: `cost` is what was paid for all lots less what was had for those sold, never below zero."""

    channel: UUID
    participant: UUID
    lots: int
    cost: int


class Payout(NamedTuple):
    channel: UUID
    participant: UUID
    lots: int
    amount: int


class AlreadyResolved(errors.Conflict):
    """The event has this outcome already."""

    code = "event_already_resolved"


class NotResolved(errors.Conflict):
    """There is no outcome that could be amended."""

    code = "event_not_resolved"


class TooMuch(errors.Conflict):
    """More lots were sold or taken back than were held: somebody must look before anything goes on."""

    code = "holding_too_small"


class Decided(records.Entry, frozen=True, tag="resolution.decided.v1"):
    """An event's outcome; `kind` counts the kinds in the order of the enum, from 1; a voided event's value is 0."""

    instrument: UUID
    revision: records.Count
    kind: records.Count
    value: records.Count


class Paid(records.Entry, frozen=True, tag="resolution.paid.v1"):
    """Positions were paid under a revision; the digest covers each of them in order."""

    instrument: UUID
    revision: records.Count
    count: records.Count
    amount: records.Count
    digest: records.Hash32


class TakenBack(records.Entry, frozen=True, tag="resolution.taken_back.v1"):
    """Payouts of a revision were reversed; the digest covers each of them in order."""

    instrument: UUID
    revision: records.Count
    count: records.Count
    amount: records.Count
    digest: records.Hash32
