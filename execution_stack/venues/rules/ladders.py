"""A book kept up to date from a snapshot and what changed since.

A ladder is torn until its first snapshot, and again as soon as something does not fit: a level below nothing, or a
message out of step. A torn ladder says nothing.
"""

from execution_stack.venues import model


class Ladder:
    def __init__(self, market: str) -> None:
        self.market = market
        self.torn = True
        self.sequence = 0
        self._levels: dict[model.Side, dict[int, int]] = {model.Side.BID: {}, model.Side.ASK: {}}

    def snapshot(self, found: model.BookSnapshot) -> None:
        self._levels[model.Side.BID] = {each.price: each.count for each in found.book.bids}
        self._levels[model.Side.ASK] = {each.price: each.count for each in found.book.asks}
        self.sequence, self.torn = found.sequence, False

    def delta(self, found: model.BookDelta) -> bool:
        """Whether the book still holds together; what is older than the book changes nothing."""
        if self.torn or found.sequence <= self.sequence:
            return not self.torn
        levels = self._levels[found.side]
        count = levels.get(found.price, 0) + found.change
        self.sequence = found.sequence
        if count > 0:
            levels[found.price] = count
        elif count == 0:
            levels.pop(found.price, None)
        else:
            self.tear()
        return not self.torn

    def tear(self) -> None:
        self.torn = True

    def best(self, side: model.Side) -> int | None:
        prices = self._levels[side]
        if self.torn or not prices:
            return None
        return max(prices) if side is model.Side.BID else min(prices)

    def book(self, depth: int | None = None) -> model.Book:
        """Best first, so many levels of each side; nothing while torn."""
        if self.torn:
            return model.Book(self.market, (), ())
        bids = sorted(self._levels[model.Side.BID].items(), reverse=True)[:depth]
        asks = sorted(self._levels[model.Side.ASK].items())[:depth]
        return model.Book(
            self.market, tuple(model.Level(*each) for each in bids), tuple(model.Level(*each) for each in asks)
        )
