"""Keeps what the gate hears of prices (`gate.ports.Prices`): states replace each other, histories grow without a gap.

A trade or a candle that does not follow what is known is not kept: it is noted that something newer was heard of, and
what lies between is asked for in order. Of trades that are older than a new listener it wants so many and no more.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from customer_stack.gate import ports
from customer_stack.markets import model as markets_model
from customer_stack.markets import service as markets
from customer_stack.prices import model, repo

TRADES_BEFORE_MAX = 10_000
"""How many trades before the first that is heard a new listener asks for. Of candles it asks for all."""

_NOTHING = repo.Reached(0, 0)

Page = ports.TradesHeard | ports.CandlesHeard


class Prices:
    async def heard(
        self, tx: transaction.Tx, place: tuple[int, int], heard: ports.Heard, now: datetime
    ) -> frozenset[UUID]:
        if not await repo.reach(tx, *place, now):
            return frozenset()
        await markets.Quotes().heard(tx, place, heard.quotes, anew=heard.anew, now=now)
        parts = (heard.quotes, heard.books, heard.trades, heard.candles)
        reasons = await markets.untradable(tx, sorted({each.instrument for part in parts for each in part}))
        unknown = frozenset(each for each, reason in reasons.items() if reason is markets_model.Untradable.UNKNOWN)
        pages: list[Page] = [*heard.trades, *heard.candles]
        await self._histories(tx, [each for each in pages if each.instrument not in unknown])
        books = [_book(each) for each in heard.books if each.instrument not in unknown]
        if books:
            await repo.put(tx, books)
        return unknown

    async def missed(self, tx: transaction.Tx, limit: int) -> list[ports.Missed]:
        return [ports.Missed(each.instrument, each.series.value, each.after) for each in await repo.wanted(tx, limit)]

    async def filled(self, tx: transaction.Tx, page: Page, after: int) -> bool:
        """Nothing is taken of a page that came after somebody else filled the same."""
        await repo.lock(tx)
        series = _series(page)
        place = (await repo.reached(tx, [page.instrument])).get((page.instrument, series), _NOTHING)
        if place.reached != after or not _last(page):
            return False
        await self._histories(tx, [page])
        return True

    async def _histories(self, tx: transaction.Tx, pages: Iterable[Page]) -> None:
        """Take what follows; of what does not, note that it is there."""
        pages = list(pages)
        if not pages:
            return
        known = await repo.reached(tx, [each.instrument for each in pages])
        places: dict[repo.Key, repo.Reached] = {}
        trades: list[tuple[UUID, model.Trade]] = []
        candles: list[tuple[UUID, model.Span, model.Candle]] = []
        for page in pages:
            key = (page.instrument, _series(page))
            before = known.get(key) or _begun(page)
            last = _last(page)
            follows = _first(page) <= before.reached + 1 <= last
            if follows and isinstance(page, ports.TradesHeard):
                trades += [(page.instrument, _trade(each)) for each in page.trades if each.number > before.reached]
            elif follows and isinstance(page, ports.CandlesHeard):
                span = model.Span[page.span.upper()]
                candles += [(page.instrument, span, _candle(each)) for each in page.candles]
            place = repo.Reached(last if follows else before.reached, max(before.newest, last))
            if place != known.get(key):
                places[key] = place
        await repo.add_trades(tx, trades)
        await repo.put_candles(tx, candles)
        await repo.set_reached(tx, places)


def _begun(page: Page) -> repo.Reached:
    """Where the history of somebody begins who hears of an instrument for the first time."""
    if isinstance(page, ports.CandlesHeard):
        return _NOTHING
    return repo.Reached(max(0, page.after - TRADES_BEFORE_MAX), 0)


def _series(page: Page) -> model.Series:
    return model.Series.TRADES if isinstance(page, ports.TradesHeard) else model.Series(page.span)


def _first(page: Page) -> int:
    return page.after + 1 if isinstance(page, ports.TradesHeard) else page.candles[0].first if page.candles else 1


def _last(page: Page) -> int:
    """The newest trade that it tells of; 0 if it is empty."""
    if isinstance(page, ports.TradesHeard):
        return page.trades[-1].number if page.trades else 0
    return page.candles[-1].last if page.candles else 0


def _book(heard: ports.BookHeard) -> model.Book:
    return model.Book(**msgspec.structs.asdict(heard) | {"phase": model.Phase(heard.phase)})


def _trade(heard: ports.TradeHeard) -> model.Trade:
    return model.Trade(heard.number, heard.ticks, heard.lots, model.Side(heard.side), heard.auction, heard.at)


def _candle(heard: ports.CandleHeard) -> model.Candle:
    return model.Candle(
        heard.opens_at, heard.open, heard.high, heard.low, heard.close, heard.lots, heard.first, heard.last
    )
