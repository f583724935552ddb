"""Scripted market makers: seeded, so that a book can be had again, and never short of money.

Each step a maker of each market takes its quotes back, moves its idea of the price a little, quotes three levels on
both sides, and sometimes trades against what rests there.
"""

from boundary.kernel import ids
from execution_stack.venues.simulators.kalshi import books
from execution_stack.venues.simulators.kalshi.exchange import Asked, Exchange, RejectionError
from execution_stack.venues.simulators.kalshi.markets import Market

LEVELS = 3
_SIZES = (100, 300, 500, 1_000, 2_500, 10_000)


class Makers:
    def __init__(self, exchange: Exchange, seed: int) -> None:
        self._exchange = exchange
        self._chance = ids.SeededIds(seed)
        self.taking = True

    def step(self) -> None:
        if not (self._exchange.trading_active and self._exchange.exchange_active):
            return
        for market in list(self._exchange.markets.values()):
            if market.status == "active":
                self._quote(market)

    def take(self, ticker: str, side: str, price: int, count: int) -> int:
        """Trade against the book by command; how much that was."""
        return self._place(self._exchange.markets[ticker], side, price, count, "immediate_or_cancel")

    def rest(self, ticker: str, side: str, price: int, count: int) -> None:
        self._place(self._exchange.markets[ticker], side, price, count, "good_till_canceled")

    def clear(self, market: Market) -> None:
        for order in [each for each in market.book.orders() if each.member == "maker"]:
            self._exchange.cancel(order.id, "maker")

    def _quote(self, market: Market) -> None:
        self.clear(market)
        market.fair = min(940_000, max(60_000, market.fair + (self._draw(5) - 2) * 10_000))
        for level in range(1, LEVELS + 1):
            for side, away in ((books.BID, -1), (books.ASK, 1)):
                price = market.fair + away * level * 10_000
                self._place(market, side, price, _SIZES[self._draw(len(_SIZES))], "good_till_canceled")
        if self.taking and self._draw(3) == 0:
            side = (books.BID, books.ASK)[self._draw(2)]
            best = market.book.best(books.ASK if side == books.BID else books.BID)
            if best is not None:
                self._place(market, side, best, _SIZES[self._draw(3)], "immediate_or_cancel")

    def _place(self, market: Market, side: str, price: int, count: int, tif: str) -> int:
        if not market.allows(price):
            return 0
        try:
            order = self._exchange.place(Asked(market.ticker, "", side, count, price, tif, "maker"), member="maker")
        except RejectionError:
            return 0
        return order.filled

    def _draw(self, below: int) -> int:
        return int.from_bytes(self._chance.token(4), "big") % below
