"""What every venue's adapter tells of a stream: books in step or torn, never wrong, and news of what is ours."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from execution_stack.venues import model
from execution_stack.venues.rules import ladders
from tests.execution.venues import kalshi
from tests.execution.venues.conformance.stage import Stage


class Listener:
    """Reads a stream and keeps its books and all that it was told."""

    def __init__(self, market: str) -> None:
        self.ladder = ladders.Ladder(market)
        self.news: list[model.News] = []
        self.torn = 0

    async def listen(self, stream: Any) -> None:
        async for each in stream:
            self.news.append(each)
            if isinstance(each, model.BookSnapshot):
                self.ladder.snapshot(each)
            elif isinstance(each, model.BookDelta):
                assert self.ladder.delta(each), "a delta that does not fit was passed on"
            elif isinstance(each, model.BookTorn | model.Disconnected):
                self.torn += 1
                self.ladder.tear()

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.news if isinstance(each, kind)]

    async def heard(self, check: Callable[[], Any]) -> Any:
        async def found() -> Any:
            return check()

        return await kalshi.eventually(found)


@pytest.fixture
async def listener(stage: Stage) -> AsyncIterator[Listener]:
    found, stream = Listener(stage.market), stage.venue.stream([stage.market])
    task = asyncio.create_task(found.listen(stream))
    await found.heard(lambda: not found.ladder.torn)
    yield found
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await stream.close()


async def _same(stage: Stage, listener: Listener) -> bool:
    return not listener.ladder.torn and listener.ladder.book() == await stage.venue.book(stage.market)


async def _moves(stage: Stage, times: int) -> None:
    """The book changes: quotes come, and some are taken."""
    for number in range(times):
        await stage.quote("ask", f"0.6{number % 10}00", f"{number + 1}.00")
        await stage.quote("bid", f"0.3{number % 10}00", f"{number + 1}.50")
        await stage.control.tell("take", ticker=stage.market, side="bid", price="0.6000", count="0.50")


async def test_a_book_from_the_stream_is_the_book(stage: Stage, listener: Listener) -> None:
    await _moves(stage, 5)
    assert await kalshi.eventually(lambda: _same(stage, listener))
    assert listener.torn == 0


async def test_asks_are_told_in_prices_of_yes(stage: Stage, listener: Listener) -> None:
    await stage.quote("ask", "0.6300", "4.00")
    (delta,) = await listener.heard(lambda: listener.of(model.BookDelta))
    assert (delta.side, delta.price, delta.change) == (model.Side.ASK, 630_000, 400)


@pytest.mark.parametrize(
    "fault",
    ["stream_dropped", "stream_reordered", "stream_malformed", "stream_unknown", "stream_cut", "stream_oversized"],
)
async def test_a_stream_that_goes_wrong_tears_the_book_and_mends_it(
    stage: Stage, listener: Listener, fault: str
) -> None:
    await stage.fault(fault, "stream")
    await _moves(stage, 3)
    await listener.heard(lambda: listener.torn)
    assert await kalshi.eventually(lambda: _same(stage, listener))


async def test_a_message_told_twice_counts_once(stage: Stage, listener: Listener) -> None:
    await stage.fault("stream_doubled", "stream", times=3)
    await _moves(stage, 3)
    assert await kalshi.eventually(lambda: _same(stage, listener))
    assert listener.torn == 0


async def test_a_stream_that_goes_wrong_all_the_time_ends_with_the_right_book(stage: Stage, listener: Listener) -> None:
    mixed = ["stream_dropped", "stream_reordered", "stream_malformed", "stream_doubled", "stream_unknown"]
    await stage.control.tell("mixture", seed=11, permille=200, on="stream", of=mixed)
    await _moves(stage, 15)
    await stage.control.tell("faults", fault=None)
    await _moves(stage, 1)
    assert await kalshi.eventually(lambda: _same(stage, listener))


async def test_own_fills_and_orders_are_told_and_a_doubled_fill_has_one_name(stage: Stage, listener: Listener) -> None:
    await stage.quote()
    await stage.fault("duplicate_fill", "stream")
    placed = await stage.venue.place(stage.wanted(600_000, 300))
    fills = await listener.heard(lambda: len(listener.of(model.OwnFill)) > 1 and listener.of(model.OwnFill))
    (listed,) = (await stage.venue.fills(order=placed.order)).items
    assert {each.fill.fill for each in fills} == {listed.fill}
    assert (fills[0].fill.fee, fills[0].fill.count, fills[0].fill.client) == (listed.fee, 300, placed.client)
    orders = await listener.heard(lambda: listener.of(model.OwnOrder))
    assert orders[-1].order.status is model.OrderStatus.EXECUTED


async def test_what_becomes_of_a_market_is_told(stage: Stage, listener: Listener) -> None:
    await stage.control.tell("market", ticker=stage.market, do="pause")
    await stage.control.tell("market", ticker=stage.market, do="resume")
    await stage.control.tell("market", ticker=stage.market, do="determine", result="scalar", value="0.3700")
    await stage.control.tell("market", ticker=stage.market, do="settle")
    told = await listener.heard(
        lambda: (
            len(found := [each for each in listener.of(model.Lifecycle) if each.market == stage.market]) > 3 and found
        )
    )
    words = model.LifecycleEvent
    assert [each.event for each in told] == [words.DEACTIVATED, words.ACTIVATED, words.DETERMINED, words.SETTLED]
    assert (told[2].result, told[2].value) == (model.Result.SCALAR, 370_000)


async def test_a_ticker_says_the_top_of_the_book(stage: Stage, listener: Listener) -> None:
    await stage.quote("ask", "0.6000", "7.00")
    await stage.quote("bid", "0.4000", "3.00")
    seen = await listener.heard(lambda: [each for each in listener.of(model.Ticker) if each.bid])
    assert (seen[-1].bid, seen[-1].ask, seen[-1].bid_count, seen[-1].ask_count) == (400_000, 600_000, 300, 700)


async def test_other_markets_can_be_watched_while_it_runs(stage: Stage, ticker: str) -> None:
    second = await stage.control.market(f"{ticker}-B")
    stream, books = stage.venue.stream([stage.market]), set[str]()

    async def listen() -> None:
        async for each in stream:
            if isinstance(each, model.BookSnapshot):
                books.add(each.book.market)

    async def has() -> bool:
        return wanted in books

    task = asyncio.create_task(listen())
    wanted = stage.market
    assert await kalshi.eventually(has)
    await stream.watch([second])
    wanted = second
    assert await kalshi.eventually(has)
    await stream.close()
    task.cancel()


async def test_a_key_that_is_not_accepted_is_a_clear_state_and_is_waited_out(
    stage: Stage, clean: kalshi.Exchange
) -> None:
    await clean.tell("clock", skew_ms=60_000)
    stream, found = stage.venue.stream([stage.market]), Listener(stage.market)
    task = asyncio.create_task(found.listen(stream))
    await found.heard(lambda: model.Disconnected(model.Loss.UNAUTHORISED) in found.news)
    await clean.tell("clock", skew_ms=0)
    await found.heard(lambda: model.Connected() in found.news)
    await stream.close()
    task.cancel()
