"""What is said of prices, on the lossy channel: tags 300 to 399.

To a customer stack, each message is the whole newest state of one thing about one instrument, never a step: whoever misses
ten and hears the eleventh has missed nothing. What was missed for ever is the history of trades and candles, so there is
one question that a customer stack may ask, `HistoryAfter`, and two answers to it. A trade has a dense number in its book,
and a candle says which numbers it holds: so whoever has some of a history knows what is missing.

No participant, no order, no intent is named here, and nothing of it enters a transcript.
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


SHOWN_MAX = 20
PRINTS_MAX = 50
PAGE_MAX = 500
NUMBER_MAX = (1 << 40) - 1
SUM_MAX = 10**18

TradeNumber = Annotated[int, msgspec.Meta(ge=1, le=NUMBER_MAX)]
"""Counts the trades of one instrument from 1, without a gap."""
AfterNumber = Annotated[int, msgspec.Meta(ge=0, le=NUMBER_MAX), values.Zero("from the beginning")]
LotsSum = Annotated[int, msgspec.Meta(ge=0, le=SUM_MAX), values.Unit.LOTS]
"""A sum over orders or trades; what is more than this is told as this."""


class Shown(values.Part, frozen=True):
    """A price, and what all orders at it show together."""

    ticks: Annotated[values.Ticks, CHOSEN]
    lots: Annotated[LotsSum, CHOSEN]


ShownSide = Annotated[tuple[Shown, ...], msgspec.Meta(min_length=0, max_length=SHOWN_MAX)]
"""The best price first."""


class BookState(values.Message, frozen=True, tag=306):
    """A book by price, as it is at one sequence of its own, which no restart begins anew.

    In an auction both sides may overlap; then the indicative price and volume say how it would end now.
    """

    instrument: Instrument
    sequence: Annotated[values.Count, CHOSEN]
    phase: Annotated[words.BookPhase, CHOSEN]
    indicative_ticks: Annotated[PriceOrNone, CHOSEN]
    indicative_lots: Annotated[LotsSum, CHOSEN]
    bids: ShownSide
    asks: ShownSide


class Print(values.Part, frozen=True):
    """One trade, as everybody may see it."""

    ticks: Annotated[values.Ticks, CHOSEN]
    lots: Annotated[values.Lots, CHOSEN]
    side: Annotated[words.Side, CHOSEN]
    kind: Annotated[words.PrintKind, CHOSEN]
    traded_at: Annotated[values.Second, CHOSEN]


class Prints(values.Message, frozen=True, tag=307):
    """The newest trades, the oldest of them first; the last one has this number, the one before it the number below."""

    instrument: Instrument
    last: Annotated[TradeNumber, CHOSEN]
    prints: Annotated[tuple[Print, ...], msgspec.Meta(min_length=1, max_length=PRINTS_MAX)]


class Candle(values.Part, frozen=True):
    """Begins at a whole multiple of its span, in UTC. `first` and `last` are the numbers of its trades."""

    opens_at: Annotated[values.Second, CHOSEN]
    open_ticks: Annotated[values.Ticks, CHOSEN]
    high_ticks: Annotated[values.Ticks, CHOSEN]
    low_ticks: Annotated[values.Ticks, CHOSEN]
    close_ticks: Annotated[values.Ticks, CHOSEN]
    lots: Annotated[LotsSum, CHOSEN]
    first: Annotated[TradeNumber, CHOSEN]
    last: Annotated[TradeNumber, CHOSEN]


class CandleState(values.Message, frozen=True, tag=308):
    """The newest candle of a span."""

    instrument: Instrument
    span: Annotated[words.CandleSpan, CHOSEN]
    candle: Candle


class DayFigures(values.Message, frozen=True, tag=309):
    """Of the last 24 hours, to the minute; all zero if nothing was traded."""

    instrument: Instrument
    open_ticks: Annotated[PriceOrNone, CHOSEN]
    high_ticks: Annotated[PriceOrNone, CHOSEN]
    low_ticks: Annotated[PriceOrNone, CHOSEN]
    close_ticks: Annotated[PriceOrNone, CHOSEN]
    lots: Annotated[LotsSum, CHOSEN]
    trades: Annotated[AfterNumber, CHOSEN]


class HistoryAfter(values.Message, frozen=True, tag=320):
    """The one question, to execution: what follows this trade in a history. Nothing of it is stored."""

    instrument: Instrument
    series: Annotated[words.Series, CHOSEN]
    after: Annotated[AfterNumber, CHOSEN]


class PrintsAfter(values.Message, frozen=True, tag=321):
    """The trades that follow, the oldest first and without a gap; none, when there is none yet."""

    instrument: Instrument
    after: Annotated[AfterNumber, provenance.RECOMPUTED]
    prints: Annotated[tuple[Print, ...], msgspec.Meta(min_length=0, max_length=PAGE_MAX)]


class CandlesAfter(values.Message, frozen=True, tag=322):
    """The candles that hold trades after that one, the oldest first and without a gap."""

    instrument: Instrument
    span: Annotated[words.CandleSpan, CHOSEN]
    after: Annotated[AfterNumber, provenance.RECOMPUTED]
    candles: Annotated[tuple[Candle, ...], msgspec.Meta(min_length=0, max_length=PAGE_MAX)]


Tick = Status | ReferencePrice | BookTop | BookLevels | LastTrade | BookState | Prints | CandleState | DayFigures
Market = Since | Tick
"""What an update is made of."""
Question = HistoryAfter
Page = PrintsAfter | CandlesAfter
Everything = Market | Question | Page
