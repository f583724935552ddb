"""An omnibus order, who is in it, and the manifest that says so."""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors, records
from execution_stack.intents import model as intents


class Manner(enum.StrEnum):
    """How an order may trade. Intents that may trade in different ways are never pooled."""

    RESTING = "resting"
    AT_ONCE = "at_once"
    ALL_OR_NOTHING = "all_or_nothing"
    """Alone in its order: whether all of it can be had is a question about it alone."""
    POST_ONLY = "post_only"


class State(enum.StrEnum):
    GATHERING = "gathering"
    MANIFESTED = "manifested"
    """Closed to newcomers; waits until the manifest is sealed."""
    LEAVING = "leaving"
    """With the desk. The venue may or may not have it."""
    WORKING = "working"
    ENDED = "ended"


class StateEvent(enum.StrEnum):
    CLOSE = "close"
    LEAVE = "leave"
    WORK = "work"
    END = "end"


class Reason(enum.StrEnum):
    """Why an intent is to have less of an order than before, or nothing more."""

    REQUESTED = "requested"
    EXPIRED = "expired"
    PARTICIPANT = "participant"
    INSTRUMENT = "instrument"
    OPERATOR = "operator"
    AMENDED = "amended"


class Pool(NamedTuple):
    """What intents must have in common to become one order."""

    instrument: UUID
    side: str
    limit_ticks: int
    manner: Manner


class Member(NamedTuple):
    """One intent in an order. `number` is its priority, from 0: the earliest first."""

    number: int
    channel: UUID
    epoch: int
    sequence: int
    position: int
    participant: UUID
    lots: int


class Manifest(msgspec.Struct, frozen=True):
    """Who is in an order from this version on, with how much that is not filled yet. Buying is side 0."""

    order: UUID
    version: int
    instrument: UUID
    side: int
    limit_ticks: int
    members: tuple[Member, ...]

    @property
    def lots(self) -> int:
        return sum(each.lots for each in self.members)


class Order(NamedTuple):
    """An omnibus order. Its reference is also the name under which the venue knows it."""

    ref: UUID
    pool: Pool
    state: State
    version: int
    """The newest manifest's."""
    obeyed: int
    """The manifest's by which the venue goes, as far as it has answered."""
    lots: int


class Outgoing(NamedTuple):
    """What the desk is asked to place, under this reference and no other."""

    ref: UUID
    instrument: UUID
    side: intents.Side
    limit_ticks: int
    manner: Manner
    lots: int


class Why(enum.StrEnum):
    """How what was left of an intent came to its end."""

    REQUESTED = "requested"
    UNFILLED = "unfilled"
    PARTICIPANT = "participant"
    INSTRUMENT = "instrument"
    OPERATOR = "operator"
    VENUE = "venue"
    EXPIRED = "expired"


class Ending(NamedTuple):
    """So many lots of an intent were not filled and never will be."""

    name: intents.Name
    lots: int
    why: Why


class VenueFill(NamedTuple):
    """What a venue filled of an order: the money in micro-USD, for all of the lots together."""

    ref: UUID
    lots: int
    cost: int
    fee: int
    filled_at: datetime


class Limits(NamedTuple):
    """When a window closes: after so many milliseconds, so many intents, or so much money, whichever is first."""

    millis: int = 50
    members_max: int = 100_000
    notional_max: int = 10**12


class UnknownOrder(errors.NotFound):
    """There is no such omnibus order."""

    code = "omnibus_order_unknown"


class Manifested(records.Entry, frozen=True, tag="aggregation.manifested.v1"):
    """Who is in an omnibus order with how much: the root covers every member. Sealed before the order leaves."""

    order: UUID
    version: records.Count
    root: records.Hash32
    members: records.Count
    lots: records.Count


class Left(records.Entry, frozen=True, tag="aggregation.left.v1"):
    """An order, or a change of it to this version, was handed to the desk; `root` is the manifest that it obeys."""

    order: UUID
    version: records.Count
    root: records.Hash32
    lots: records.Count


class Ended(records.Entry, frozen=True, tag="aggregation.ended.v1"):
    """An omnibus order is over: so many lots were filled, and so many were not."""

    order: UUID
    filled: records.Count
    unfilled: records.Count
