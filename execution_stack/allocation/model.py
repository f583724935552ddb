"""A fill, and one intent's share of it."""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import errors, records


class Rule(enum.StrEnum):
    """Who got what proportional sharing left over."""

    EXACT = "exact"
    LARGEST_REMAINDER = "largest_remainder"


class Fill(NamedTuple):
    """What is to be shared: lots, and micro-USD."""

    lots: int
    fee: int
    improvement: int


class Share(NamedTuple):
    lots: int
    fee: int
    improvement: int


class Priced(NamedTuple):
    """A fill with its price on the instrument's grid, and what makes up for the difference."""

    lots: int
    ticks: int
    fee: int
    improvement: int


class Recorded(NamedTuple):
    """A fill of an omnibus order, as it was recorded. `number` counts the order's fills from 1."""

    order: UUID
    number: int
    version: int
    lots: int
    ticks: int
    fee: int
    improvement: int
    reverses: int | None
    filled_at: datetime
    shared: int
    """Members up to here have their shares."""
    done: bool

    @property
    def to_share(self) -> Fill:
        return Fill(self.lots, self.fee, self.improvement)


class Weight(NamedTuple):
    """A member of the order, and what it still wanted when the fill came."""

    number: int
    wanted: int
    channel: UUID
    epoch: int
    sequence: int
    position: int
    participant: UUID


class Told(NamedTuple):
    """One intent's share, as its customer stack is told."""

    epoch: int
    sequence: int
    position: int
    share: Share
    ticks: int
    rule: Rule
    filled_at: datetime


class FillTooLarge(errors.Conflict):
    """The venue reports more lots than the order had: nothing of it can be anybody's until people have looked."""

    code = "fill_too_large"


class UnknownFill(errors.NotFound):
    """There is no such fill, or it was taken back already."""

    code = "fill_unknown"


class Filled(records.Entry, frozen=True, tag="allocation.filled.v1"):
    """A fill was recorded; nothing of it is shared yet."""

    order: UUID
    number: records.Count
    version: records.Count
    lots: records.Count
    ticks: records.Count
    fee: records.Count
    improvement: records.Count


class Shared(records.Entry, frozen=True, tag="allocation.shared.v1"):
    """Members of an order, from one number to another, have their shares of a fill; the digest covers each of them."""

    order: UUID
    number: records.Count
    first: records.Count
    last: records.Count
    digest: records.Hash32


class Reversed(records.Entry, frozen=True, tag="allocation.reversed.v1"):
    """The venue took a fill back; all its shares are undone."""

    order: UUID
    number: records.Count
    reverses: records.Count
