"""What is said of prices, on the lossy channel: tags 300 to 399, from the execution stack to a customer stack alone.

Each message is the whole newest state of one thing about one instrument, never a step: whoever misses ten and hears the
eleventh has missed nothing. No participant, no order, no intent is named here, and nothing of it enters a transcript.
"""

from typing import Annotated

import msgspec

from boundary.wire import provenance, values, words

CHOSEN = provenance.CHOSEN
LEVELS_MAX = 20

Instrument = Annotated[values.Ref, provenance.REGISTERED]
PriceOrNone = Annotated[int, msgspec.Meta(ge=0, le=values.TICKS_MAX), values.Unit.TICKS, values.Zero("none")]
LotsOrNone = Annotated[int, msgspec.Meta(ge=0, le=values.LOTS_MAX), values.Unit.LOTS, values.Zero("none")]


class Level(values.Part, frozen=True):
    ticks: Annotated[values.Ticks, CHOSEN]
    lots: Annotated[values.Lots, CHOSEN]


Side = Annotated[tuple[Level, ...], msgspec.Meta(min_length=0, max_length=LEVELS_MAX)]
"""The best price first."""


class Since(values.Message, frozen=True, tag=300):
    """The first message of each update: what follows is all that changed after this sequence of the feed.

    After 0 it is a snapshot: what is not in it, or in the updates that continue it, is no more.
    """

    sequence: Annotated[values.Count, provenance.RECOMPUTED]


class Status(values.Message, frozen=True, tag=301):
    instrument: Instrument
    state: Annotated[words.MarketState, CHOSEN]


class ReferencePrice(values.Message, frozen=True, tag=302):
    """What an operator states for an instrument that has no book; nobody need trade at it."""

    instrument: Instrument
    ticks: Annotated[PriceOrNone, CHOSEN]


class BookTop(values.Message, frozen=True, tag=303):
    """The best of either side, and how much there is at it."""

    instrument: Instrument
    bid_ticks: Annotated[PriceOrNone, CHOSEN]
    bid_lots: Annotated[LotsOrNone, CHOSEN]
    ask_ticks: Annotated[PriceOrNone, CHOSEN]
    ask_lots: Annotated[LotsOrNone, CHOSEN]


class BookLevels(values.Message, frozen=True, tag=304):
    """Both sides, by price and not by order."""

    instrument: Instrument
    bids: Side
    asks: Side


class LastTrade(values.Message, frozen=True, tag=305):
    instrument: Instrument
    ticks: Annotated[values.Ticks, CHOSEN]
    lots: Annotated[values.Lots, CHOSEN]
    traded_at: Annotated[values.Second, CHOSEN]


Tick = Status | ReferencePrice | BookTop | BookLevels | LastTrade
Market = Since | Tick
