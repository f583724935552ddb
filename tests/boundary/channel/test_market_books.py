"""Books from the execution stack's batches to what customers are shown: two real databases, a network that forgets."""

import contextlib
import random  # noqa: TID251 -- seeded, and of the tests alone
import uuid
from collections.abc import AsyncIterator
from typing import NamedTuple

import msgspec
import pytest

from boundary.channel import market as channel
from boundary.kernel import errors
from boundary.wire import market, messages
from customer_stack.gate.service import remembering
from customer_stack.prices import model, repo
from customer_stack.prices.service import keeping
from execution_stack.clob import model as clob
from tests.boundary.channel import test_market_both_sides as sides
from tests.boundary.channel.test_market_both_sides import both  # noqa: F401 -- a fixture
from tests.execution.clob.market_data import scribe, test_levels
from tests.stacks import StackDatabase

B, S = clob.Side.BUY, clob.Side.SELL
new = scribe.new
ALL = 1 << 40


class World(NamedTuple):
    both: sides.Both
    writer: scribe.Scribe

    def memory(self) -> remembering.Memory:
        ring = sides.customer_keyring.Keyring(self.both.channel, self.both.held).ring
        return remembering.Memory(
            self.both.customer, self.both.network, ring, keeping.Prices(), self.both.time, self.both.ids
        )

    async def trade(self, instrument: uuid.UUID, *prices: int, seconds: int = 0) -> None:
        for price in prices:
            await self.writer.tell(instrument, new(S, price, 2), new(B, price, 2), seconds=seconds)

    async def book(self, instrument: uuid.UUID) -> model.Book:
        (found,) = await self.both.customer.read("test.book", lambda tx: repo.some(tx, [instrument]))
        return found

    async def trades(self, instrument: uuid.UUID) -> list[model.Trade]:
        found = await self.both.customer.read(
            "test.trades", lambda tx: repo.trades_before(tx, instrument, ALL, 100_000)
        )
        return found[::-1]

    async def candles(self, instrument: uuid.UUID, span: model.Span) -> list[tuple[int, ...]]:
        found = await self.both.customer.read(
            "test.candles", lambda tx: repo.candles_before(tx, instrument, span, ALL, 100_000)
        )
        return [(int(each.opens_at.timestamp()), *each[1:]) for each in found[::-1]]

    async def execution_candles(self, instrument: uuid.UUID, span: model.Span) -> list[tuple[int, ...]]:
        of = sides.following.candles.Span[span.name]
        found = await self.both.gate.read(
            "test.candles", lambda tx: sides.following.history.spans(tx, instrument, of, 0, 100_000)
        )
        return [tuple(each) for each in found]

    async def complete(self, instrument: uuid.UUID) -> None:
        """The customer side has exactly what was traded."""
        said = self.writer.trades[instrument]
        told = [(t.number, t.ticks, t.lots, t.side.value, t.auction) for t in await self.trades(instrument)]
        assert told == [(t.number, t.price, t.lots, clob.Side(t.side).name.lower(), t.auction) for t in said]
        for span in model.Span:
            assert await self.candles(instrument, span) == await self.execution_candles(instrument, span)


@pytest.fixture
async def world(
    both: sides.Both,  # noqa: F811 -- the fixture
    execution_schema: StackDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    monkeypatch.setattr(sides.following, "BATCHES_MAX", 10_000)  # one look takes in everything
    connection = await execution_schema.superuser()
    yield World(both, scribe.Scribe(connection, sides.NOW))
    await connection.close()


async def test_a_book_its_trades_and_its_candles_arrive_as_they_are(world: World) -> None:
    ref = await world.both.list_instrument()
    await world.writer.open(ref)
    ear = world.both.ear()
    await world.writer.tell(ref, new(B, 40, 5), new(B, 41, 7), new(S, 45, 3))
    await ear.listen()
    found = await world.book(ref)
    own = test_levels.own(world.writer.books[ref])
    assert (found.sequence, found.bids, found.asks) == own
    assert (found.phase, found.trade_number, found.day_trades) == (model.Phase.OPEN, 0, 0)
    await world.writer.tell(ref, new(S, 41, 2), new(B, 45, 3))
    await ear.listen()
    found = await world.book(ref)
    assert (found.trade_number, found.trade_ticks, found.day_open, found.day_high, found.day_lots) == (2, 45, 41, 45, 5)
    await world.complete(ref)


async def test_what_was_traded_before_anybody_listened_is_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market, "PAGE_MAX", 7)
    ref = await world.both.list_instrument()
    await world.writer.open(ref)
    for number in range(30):
        await world.trade(ref, 40 + number % 9, 43, 41, seconds=50)
    ear, memory = world.both.ear(), world.memory()
    await ear.listen()
    while await memory.ask():
        pass
    await world.complete(ref)
    assert not await memory.ask(), "nothing is asked for twice"


@pytest.mark.parametrize("seed", [1, 2])
async def test_lost_frames_and_restarts_of_either_side_leave_nothing_out(world: World, seed: int) -> None:
    chance = random.Random(seed)
    refs = [await world.both.list_instrument() for _ in range(2)]
    for each in refs:
        await world.writer.open(each)
    ear, memory = world.both.ear(), world.memory()
    for step in range(60):
        for ref in refs:
            await world.trade(ref, *(chance.randrange(30, 60) for _ in range(chance.randrange(30))), seconds=7)
        world.both.network.down = chance.random() < 0.4
        if step == 20:
            world.both.network.answering = world.both.market()
        if step == 40:
            ear, memory = world.both.ear(), world.memory()
        for work in (ear.listen, memory.ask):
            try:
                await work()
            except errors.Unavailable:
                assert world.both.network.down
    world.both.network.down = False
    await ear.listen()
    await ear.listen()
    while await memory.ask():
        pass
    for ref in refs:
        await world.complete(ref)
        found, own = await world.book(ref), test_levels.own(world.writer.books[ref])
        assert (found.sequence, found.bids, found.asks) == (own.sequence, own.bids[:20], own.asks[:20])


async def test_an_auction_and_a_halt_are_shown(world: World) -> None:
    ref = await world.both.list_instrument()
    await world.writer.open(ref)
    ear = world.both.ear()
    halt = clob.Command(clob.Op.HALT, type=clob.State.AUCTION)
    await world.writer.tell(ref, new(B, 50, 5), halt, new(S, 48, 3))
    await ear.listen()
    found = await world.book(ref)
    assert (found.phase, found.indicative_lots) == (model.Phase.AUCTION, 3)
    assert 48 <= found.indicative_ticks <= 50
    await world.writer.tell(ref, clob.Command(clob.Op.RESUME))
    await ear.listen()
    found = await world.book(ref)
    assert (found.phase, found.indicative_ticks) == (model.Phase.OPEN, 0)
    assert (await world.trades(ref))[0].auction


async def test_of_an_instrument_that_is_not_announced_yet_it_is_told_again_until_it_is(world: World) -> None:
    ref = await world.both.list_instrument()
    await world.writer.open(ref)
    stranger = world.both.ids.ref()
    ear = world.both.ear()
    await world.trade(ref, 44)
    await ear.listen()
    known = ear.latest.books[ref]
    ear.latest.unwritten(sides.listening.ports.Heard(books=(known,)))
    ear.latest.books[stranger] = msgspec.structs.replace(known, instrument=stranger)
    ear.latest._booked.add(stranger)
    for _ in range(3):
        await ear.listen()
        assert ear.latest._booked == {stranger}
    listing = sides.customer_ports.Listing(
        stranger, "clob", "security_token", 10_000, 1_000_000, 99, 500, sides.NOW, sides.NOW, bytes(32)
    )
    await world.both.customer.run("test.listed", lambda tx: sides.markets.Register().listed(tx, [listing]))
    await ear.listen()
    assert ear.latest._booked == set()
    assert (await world.book(stranger)).trade_ticks == 44


async def test_no_name_of_an_order_or_of_a_participant_is_in_what_is_told(world: World) -> None:
    """The bytes of everything that is said of a book are the same whoever traded, and whatever their orders are called."""
    refs = [await world.both.list_instrument() for _ in range(2)]
    for each in refs:
        await world.writer.open(each)
    said: list[list[bytes]] = []
    for number, ref in enumerate(refs):
        buyer, seller = (7, 8) if number else (500_001, 500_002)
        for _ in range(number * 40):  # other names of orders, and other sequences
            await world.writer.tell(ref, new(B, 1, 1, user=3))
        await world.writer.tell(ref, clob.Command(clob.Op.MASS_CANCEL, user=3))
        orders = [new(B, 44, 9, user=buyer, display=2), new(S, 46, 3, user=seller), new(S, 44, 4, user=seller)]
        await world.writer.tell(ref, *orders)
        told: list[bytes] = []
        market_ = world.both.market()
        await market_._look()
        for tick in market_._feed.after(channel.NOTHING).ticks:
            if tick.instrument == ref:
                plain = {"instrument": refs[0]} | ({"sequence": 1} if isinstance(tick, market.BookState) else {})
                told.append(messages.encode(msgspec.structs.replace(tick, **plain)))
        said.append(sorted(told))
    assert said[0] == said[1]


async def test_what_was_traded_of_an_instrument_that_is_delisted_now_is_still_told(world: World) -> None:
    ref = await world.both.list_instrument()
    await world.writer.open(ref)
    ear, memory = world.both.ear(), world.memory()
    await world.trade(ref, 44)
    await ear.listen()
    await world.trade(ref, *range(30, 59), *range(30, 59))
    await ear.listen()
    await world.both.move(ref, sides.instruments.StateEvent.DELIST)
    await ear.listen()
    while await memory.ask():
        pass
    await world.complete(ref)


async def test_a_history_that_nobody_can_complete_does_not_keep_others_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "AT_ONCE", 2)
    ref = await world.both.list_instrument()
    await world.writer.open(ref)
    await world.trade(ref, *range(30, 59), *range(30, 59))
    for _ in range(4):
        lost = (world.both.ids.ref(), "trades", 1, 5)
        await world.both.customer.run(
            "test.lost",
            lambda tx, row=lost: tx.execute(
                "INSERT INTO price_history VALUES ($1, $2::text::price_series, $3, $4)", *row
            ),
        )
    ear, memory = world.both.ear(), world.memory()
    await ear.listen()
    for _ in range(20):
        with contextlib.suppress(errors.NotFound):
            await memory.ask()
    await world.complete(ref)


async def test_a_number_that_no_word_holds_does_not_silence_the_others(world: World) -> None:
    refs = [await world.both.list_instrument() for _ in range(2)]
    for each in refs:
        await world.writer.open(each)
    huge = 1 << 40
    await world.writer.tell(refs[0], new(S, huge, huge), *[new(B, huge - 1, huge)] * 3)
    await world.trade(refs[1], 44)
    await world.both.ear().listen()
    assert (await world.book(refs[1])).trade_ticks == 44
    assert (await world.book(refs[0])).asks == ((10**9, huge),)


async def test_a_question_about_an_instrument_that_nobody_lists_is_refused(world: World) -> None:
    ring = sides.customer_keyring.Keyring(world.both.channel, world.both.held).ring
    listener = channel.Listener(ring, world.both.time, world.both.ids)
    question = market.HistoryAfter(world.both.ids.ref(), market.words.Series.TRADES, 0)
    with pytest.raises(errors.NotFound):
        await world.both.network.post(listener.ask(question))


async def test_a_question_of_a_channel_that_nobody_admitted_is_refused(world: World) -> None:
    stranger = world.both.ids.ref()
    held = sides.frames.held({stranger: {9: world.both.ids.token(32)}})
    telling = sides.telling.Market(
        world.both.gate, sides.keyring.Keyring(held), sides.telling.Register(), sides.following.Follower(),
        world.both.time, world.both.ids,
    )  # fmt: skip
    ring = sides.customer_keyring.Keyring(stranger, held).ring
    listener = channel.Listener(ring, world.both.time, world.both.ids)
    question = market.HistoryAfter(world.both.ids.ref(), market.words.Series.DAY, 0)
    with pytest.raises(sides.model.UnknownChannel):
        await telling.answer(listener.ask(question))
