"""Prices as clients read them, over REST and WebSocket alike: whole ticks, whole lots, times in UTC."""

from datetime import datetime
from uuid import UUID

import msgspec

from customer_stack.prices import model


class LevelView(msgspec.Struct, frozen=True):
    ticks: int
    lots: int


class IndicationView(msgspec.Struct, frozen=True):
    """At which price an auction would end now, and how much would trade."""

    ticks: int
    lots: int


class BookView(msgspec.Struct, frozen=True):
    """A book by price, the best first, at one sequence of its own. `indication` is there in an auction alone."""

    instrument: UUID
    sequence: int
    phase: str
    indication: IndicationView | None
    bids: list[LevelView]
    asks: list[LevelView]


class TradeView(msgspec.Struct, frozen=True):
    """`number` counts the trades of the instrument without a gap. `side` is the taker's; in an auction the buyer's."""

    number: int
    ticks: int
    lots: int
    side: str
    auction: bool
    at: str


class CandleView(msgspec.Struct, frozen=True):
    """`first` and `last` are the numbers of its trades: the next candle begins with `last` + 1."""

    opens_at: str
    open: int
    high: int
    low: int
    close: int
    lots: int
    first: int
    last: int


class TickerView(msgspec.Struct, frozen=True):
    """The day is the last 24 hours, to the minute. Null where nothing was traded, or nobody asks or bids."""

    instrument: UUID
    phase: str
    last: int | None
    last_at: str | None
    bid: LevelView | None
    ask: LevelView | None
    open: int | None
    high: int | None
    low: int | None
    change: int | None
    lots: int
    trades: int


def book(of: model.Book, depth: int | None = None) -> BookView:
    indication = IndicationView(of.indicative_ticks, of.indicative_lots) if of.indicative_ticks else None
    bids, asks = ([LevelView(*level) for level in side[:depth]] for side in (of.bids, of.asks))
    return BookView(of.instrument, of.sequence, of.phase.value, indication, bids, asks)


def trade(of: model.Trade) -> TradeView:
    return TradeView(of.number, of.ticks, of.lots, of.side.value, of.auction, moment(of.at))


def candle(of: model.Candle) -> CandleView:
    return CandleView(moment(of.opens_at), *of[1:])


def ticker(of: model.Book) -> TickerView:
    traded = of.day_trades > 0
    return TickerView(
        instrument=of.instrument,
        phase=of.phase.value,
        last=of.trade_ticks or None,
        last_at=moment(of.trade_at) if of.trade_at else None,
        bid=LevelView(*of.bids[0]) if of.bids else None,
        ask=LevelView(*of.asks[0]) if of.asks else None,
        open=of.day_open if traded else None,
        high=of.day_high if traded else None,
        low=of.day_low if traded else None,
        change=of.trade_ticks - of.day_open if traded else None,
        lots=of.day_lots,
        trades=of.day_trades,
    )


def moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
