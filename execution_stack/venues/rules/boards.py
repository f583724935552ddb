"""The newest prices of watched markets, as a fold over the venue's news. Pure: it knows no time but what it is told."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from execution_stack.venues import model
from execution_stack.venues.model import dealing

DEPTH = 20


class Board:
    """One market's book and last price. Torn until a whole book has come, and again whenever something was missed."""

    def __init__(self) -> None:
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.last: int | None = None
        self.source_at: datetime | None = None
        self.torn = True

    def whole(self, book: model.Book) -> None:
        self.bids = {each.price: each.count for each in book.bids}
        self.asks = {each.price: each.count for each in book.asks}
        self.torn = False

    def change(self, delta: model.BookDelta) -> None:
        """A count that falls below nothing shows that something was missed."""
        side = self.bids if delta.side is model.Side.BID else self.asks
        count = side.get(delta.price, 0) + delta.change
        if count < 0:
            self.torn = True
        if count > 0:
            side[delta.price] = count
        else:
            side.pop(delta.price, None)
        self.source_at = delta.at or self.source_at


class Boards:
    """All of them, and which have changed since somebody asked."""

    def __init__(self) -> None:
        self._boards: dict[str, Board] = {}
        self._dirty: set[str] = set()

    def take(self, news: model.News) -> None:
        match news:
            case model.Ticker():
                board = self._board(news.market)
                board.last, board.source_at = news.last, news.at
            case model.BookSnapshot():
                self._board(news.book.market).whole(news.book)
            case model.BookDelta():
                board = self._board(news.market)
                if not board.torn:
                    board.change(news)
            case model.BookTorn():
                self._tear(news.markets)
            case model.Disconnected():
                self._tear(list(self._boards))
            case _:
                return

    def _board(self, market: str) -> Board:
        self._dirty.add(market)
        return self._boards.setdefault(market, Board())

    def _tear(self, markets: Iterable[str]) -> None:
        for each in markets:
            self._board(each).torn = True

    def changed(self) -> set[str]:
        """The markets of which there is news; asking again finds none."""
        found, self._dirty = self._dirty, set()
        return found

    def quote(self, market: str, instrument: UUID, grid: model.Grid, now: datetime) -> dealing.Quote:
        """As the register of instruments counts; what lies off its grid is left out, as nobody could trade there."""
        board = self._boards[market]
        last = board.last if board.last is not None and board.last % grid.tick == 0 else None
        return dealing.Quote(
            instrument=instrument,
            bids=_levels(board.bids, grid, best=max),
            asks=_levels(board.asks, grid, best=min),
            last=None if last is None else last // grid.tick,
            torn=board.torn,
            source_at=board.source_at,
            heard_at=now,
        )


def _levels(side: Mapping[int, int], grid: model.Grid, best: object) -> tuple[dealing.QuoteLevel, ...]:
    ordered = sorted(side, reverse=best is max)
    return tuple(
        dealing.QuoteLevel(price // grid.tick, side[price] // grid.lot)
        for price in ordered
        if price % grid.tick == 0 and side[price] >= grid.lot
    )[:DEPTH]
