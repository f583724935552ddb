"""Candles, folded from trades one after the other. A fold that is begun again from the first trade comes to the same.

A span begins at a whole multiple of its length since 1970 in UTC. Each candle says which trades it holds by their dense
numbers, so whoever has some candles of a span knows whether one between them is missing. Time only goes forward: a trade
whose clock stands before its candle's is counted in that candle.
"""

import enum
from collections.abc import Iterable
from typing import NamedTuple


class Trade(NamedTuple):
    """One trade, by its number in its book: dense, from 1. `side` is the taker's; `at` are seconds since 1970."""

    number: int
    price: int
    lots: int
    side: int
    auction: bool
    at: int


class Span(enum.IntEnum):
    """How long a candle lasts, in seconds."""

    MINUTE = 60
    FIVE_MINUTES = 300
    QUARTER = 900
    HOUR = 3_600
    FOUR_HOURS = 14_400
    DAY = 86_400


class Candle(NamedTuple):
    opens_at: int
    open: int
    high: int
    low: int
    close: int
    lots: int
    first: int
    """The number of its first trade; `last` is that of its newest."""
    last: int


def fold(span: Span, newest: Candle | None, trades: Iterable[Trade]) -> list[Candle]:
    """The newest candle as it is after these trades, if they changed it, and those that follow it, oldest first."""
    found: list[Candle] = []
    now, changed = newest, False
    for trade in trades:
        opens_at = trade.at - trade.at % span
        if now is not None and opens_at <= now.opens_at:
            high, low = max(now.high, trade.price), min(now.low, trade.price)
            now = Candle(now.opens_at, now.open, high, low, trade.price, now.lots + trade.lots, now.first, trade.number)
        else:
            if now is not None and changed:
                found.append(now)
            price = trade.price
            now = Candle(opens_at, price, price, price, price, trade.lots, trade.number, trade.number)
        changed = True
    return [*found, now] if now is not None and changed else []
