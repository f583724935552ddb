"""A book by price, a trade, a candle, the figures of a day; and what is asked for because it was missed."""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors


class Phase(enum.StrEnum):
    OPEN = "open"
    AUCTION = "auction"
    HALTED = "halted"


class Span(enum.StrEnum):
    """How long a candle lasts, as clients write it."""

    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    QUARTER = "15m"
    HOUR = "1h"
    FOUR_HOURS = "4h"
    DAY = "1d"


class Series(enum.StrEnum):
    """What there is a history of."""

    TRADES = "trades"
    MINUTE = "minute"
    FIVE_MINUTES = "five_minutes"
    QUARTER = "quarter"
    HOUR = "hour"
    FOUR_HOURS = "four_hours"
    DAY = "day"


class Side(enum.StrEnum):
    BUY = "buy"
    SELL = "sell"


Level = tuple[int, int]
"""Ticks, and the lots that are shown there."""


class Book(msgspec.Struct, frozen=True):
    """The newest that was heard of one book. Of a day without a trade the figures are 0."""

    instrument: UUID
    sequence: int
    phase: Phase
    indicative_ticks: int
    indicative_lots: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    trade_number: int
    trade_ticks: int
    trade_at: datetime | None
    day_open: int
    day_high: int
    day_low: int
    day_lots: int
    day_trades: int
    revision: int = 0
    """Grows with every state that was written, whatever became of the feed meanwhile."""


class Trade(NamedTuple):
    """By its number in its book: dense, from 1. `side` is the taker's, in an auction the buyer's."""

    number: int
    ticks: int
    lots: int
    side: Side
    auction: bool
    at: datetime


class Candle(NamedTuple):
    """`first` and `last` are the numbers of its trades."""

    opens_at: datetime
    open: int
    high: int
    low: int
    close: int
    lots: int
    first: int
    last: int


class Wanted(NamedTuple):
    """A history that is not complete: what follows this trade is to be asked for."""

    instrument: UUID
    series: Series
    after: int


class NoBook(errors.NotFound):
    """Nothing was heard of a book of this instrument; it may have none."""

    code = "no_book"


class MalformedMessage(errors.Invalid):
    """What came over the WebSocket is no message of this protocol."""

    code = "malformed_message"


class UnknownChannel(errors.Invalid):
    """There is no such channel to subscribe to."""

    code = "unknown_channel"


class TooManySubscriptions(errors.RateLimited):
    """A connection holds as many subscriptions as one may; `most` says how many."""

    code = "too_many_subscriptions"


class TooManyConnections(errors.RateLimited):
    """As many WebSockets are open as this process, or one network, may have."""

    code = "too_many_connections"
