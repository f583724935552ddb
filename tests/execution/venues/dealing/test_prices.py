"""Prices of the exchange on their way to customer stacks: as they stand, and taken back when nobody vouches for them."""

from datetime import timedelta

import msgspec

from boundary.kernel import clock, ids
from boundary.wire import market
from execution_stack.gate import ports
from execution_stack.gate.service import feed, venue_prices
from execution_stack.venues.model import dealing
from execution_stack.venues.repo import markets
from execution_stack.venues.service import quoting
from tests.execution.venues.dealing.desk import TICKER, Desk


class Register:
    """Two instruments: one of the exchange and one that has no prices there."""

    def __init__(self, *instruments: object) -> None:
        self._instruments = instruments

    async def tickers(self, tx: object) -> list[ports.Ticker]:
        return [ports.Ticker(each, "listed", None) for each in self._instruments]  # type: ignore[arg-type]  # references


async def test_the_top_and_the_levels_of_an_exchange_cross_and_stale_ones_are_taken_back(desk: Desk) -> None:
    ours, other = desk.instruments[TICKER], desk.deal.ids.ref()
    levels = (dealing.QuoteLevel(40, 600), dealing.QuoteLevel(39, 100))
    quote = dealing.Quote(
        instrument=ours, bids=levels, asks=(dealing.QuoteLevel(42, 300),), last=41, torn=False, source_at=desk.now(),
        heard_at=desk.now(),
    )  # fmt: skip
    await desk.run(lambda tx: markets.put_quotes(tx, [quote]))
    gate = await desk.schema.connect("execution_gate")
    time = clock.ManualClock(desk.now())
    source = venue_prices.Priced(Register(ours, other), time)
    told = {each.instrument: each.prices for each in await gate.read("test", source.tickers)}
    assert told[other] == ()
    assert told[ours] == (
        market.BookTop(ours, 40, 600, 42, 300),
        market.BookLevels(ours, (market.Level(40, 600), market.Level(39, 100)), (market.Level(42, 300),)),
    )
    news = feed.Feed(ids.SystemIds())
    assert news.take(await gate.read("test", source.tickers))
    assert not news.take(await gate.read("test", source.tickers))
    time.advance(quoting.STALE + timedelta(seconds=1))
    gone = (market.BookTop(ours, 0, 0, 0, 0), market.BookLevels(ours, (), ()))
    assert {each.instrument: each.prices for each in await gate.read("test", source.tickers)}[ours] == gone
    assert news.take(await gate.read("test", source.tickers))
    torn = msgspec.structs.replace(quote, torn=True, heard_at=time.now())
    await desk.run(lambda tx: markets.put_quotes(tx, [torn]))
    assert {each.instrument: each.prices for each in await gate.read("test", source.tickers)}[ours] == gone
    await gate.close()
