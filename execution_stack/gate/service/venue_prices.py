"""Prices of venues, as the lossy channel tells them: the register's tickers with the book that the exchange showed last.

Prices that are torn or that nobody has confirmed for a while are taken back, so that nobody trades on them: the top is
none and the levels are empty until there are others. A source on its own, put before the register's.
"""

from collections.abc import Sequence

import msgspec

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from boundary.wire import market
from execution_stack.gate import ports
from execution_stack.venues.service import quoting


class Priced:
    """`gate.ports.MarketSource` over another one."""

    def __init__(self, inner: ports.MarketSource, time: clock.Clock) -> None:
        self._inner = inner
        self._clock = time

    async def tickers(self, tx: transaction.Tx) -> Sequence[ports.Ticker]:
        told = {each.quote.instrument: each for each in await quoting.pictures(tx, self._clock.now())}
        return [
            msgspec.structs.replace(each, prices=ticks(told[each.instrument])) if each.instrument in told else each
            for each in await self._inner.tickers(tx)
        ]


def ticks(picture: quoting.Picture) -> tuple[market.Tick, ...]:
    """What is told of one market."""
    quote = picture.quote
    bids = () if picture.stale else quote.bids[: market.LEVELS_MAX]
    asks = () if picture.stale else quote.asks[: market.LEVELS_MAX]
    bid, ask = (bids[0] if bids else (0, 0)), (asks[0] if asks else (0, 0))
    return (
        market.BookTop(quote.instrument, bid[0], bid[1], ask[0], ask[1]),
        market.BookLevels(
            quote.instrument,
            tuple(market.Level(each.ticks, each.lots) for each in bids),
            tuple(market.Level(each.ticks, each.lots) for each in asks),
        ),
    )
