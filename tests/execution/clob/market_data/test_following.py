"""Who follows the batches knows what the books know, wherever it begins; candles kept in tables are those of the trades."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from boundary.kernel.runtime import transaction
from execution_stack.clob import model
from execution_stack.clob.market_data import candles, day
from execution_stack.clob.service import following, history
from tests.execution.clob import flows
from tests.execution.clob.market_data import scribe, test_levels
from tests.stacks import StackDatabase

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
ONE, TWO = (uuid.UUID(int=4 << 76 | 2 << 62 | number) for number in (1, 2))
B, S = model.Side.BUY, model.Side.SELL
new = scribe.new


@pytest.fixture
async def writer(execution_schema: StackDatabase) -> AsyncIterator[scribe.Scribe]:
    connection = await execution_schema.superuser()
    yield scribe.Scribe(connection, NOON)
    await connection.close()


@pytest.fixture
async def gate(execution_schema: StackDatabase) -> AsyncIterator[transaction.Database]:
    db = await execution_schema.connect("execution_gate")
    yield db
    await db.close()


async def look(
    follower: following.Follower, db: transaction.Database, at: datetime
) -> dict[uuid.UUID, following.State]:
    """Until nothing is left to take in; what there is to say then."""
    found: dict[uuid.UUID, following.State] = {}
    for _ in range(50):
        await db.read("test.read", follower.read)
        while follower.has_unfolded:
            await db.run("test.fold", follower.fold)
        states = follower.states(int(at.timestamp()))
        if not states:
            return found
        found |= {each.instrument: each for each in states}
    raise AssertionError("there is always news")


async def anew(db: transaction.Database, at: datetime) -> dict[uuid.UUID, following.State]:
    """What a process knows that has just begun."""
    return await look(following.Follower(), db, at)


async def busy(writer: scribe.Scribe, seed: int, batches: int) -> None:
    """Every kind of command, for two books, and time goes by."""
    flow = flows.Flow(seed)
    for number in range(batches):
        told = []
        for each in (ONE, TWO):
            commands = [c for c in flow.commands(12) if all(-(1 << 63) <= int(n) < 1 << 63 for n in c)]
            told.append((each, [c for c in commands if fits(c)]))
        flow.heard(list(await writer.write(told, seconds=(number * 37) % 400)))


def fits(command: model.Command) -> bool:
    return all(0 <= int(number) <= model.PRICE_MAX for number in command[4:]) and all(
        0 <= int(number) < 256 for number in command[:4]
    )


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_follower_knows_what_the_book_knows_and_one_that_starts_again_the_same(
    writer: scribe.Scribe, gate: transaction.Database, seed: int
) -> None:
    for each in (ONE, TWO):
        await writer.open(each)
    follower, known = following.Follower(), dict[uuid.UUID, following.State]()
    for part in range(4):
        await busy(writer, seed + 10 * part, 6)
        if part == 1:
            await writer.picture()
        known |= await look(follower, gate, writer.now)
        fresh = await anew(gate, writer.now)
        for each in (ONE, TWO):
            own = test_levels.own(writer.books[each])
            if not (writer.books[each].state == model.State.OPEN and each not in known):
                assert known[each].picture == own._replace(bids=own.bids[:20], asks=own.asks[:20])
            assert known[each] == fresh[each]
            assert known[each].trades == tuple(writer.trades[each][-50:])
    assert sum(len(each) for each in writer.trades.values()) > 50


async def test_candles_in_the_tables_are_those_of_the_trades_and_may_be_made_again(
    writer: scribe.Scribe, gate: transaction.Database, execution_schema: StackDatabase
) -> None:
    for each in (ONE, TWO):
        await writer.open(each)
    follower = following.Follower()
    for part in range(5):
        await busy(writer, part, 4)
        await look(follower, gate, writer.now)
    before = await every_candle(gate)
    for (instrument, span), found in before.items():
        assert found == candles.fold(span, None, writer.trades[instrument])
    connection = await execution_schema.superuser()
    await connection.execute("TRUNCATE clob_candle, clob_candle_place")
    await connection.close()
    while await gate.run("test.keep", lambda tx: history.keep(tx, [ONE, TWO], 7)):
        pass
    assert await every_candle(gate) == before


async def every_candle(db: transaction.Database) -> dict[tuple[uuid.UUID, candles.Span], list[candles.Candle]]:
    """Page by page."""
    found = {}
    for instrument in (ONE, TWO):
        for span in candles.Span:
            held: list[candles.Candle] = []
            while True:
                after = held[-1].last if held else 0
                page = await db.read("test.page", lambda tx: history.spans(tx, instrument, span, after, 3))  # noqa: B023 -- awaited at once
                if not page:
                    break
                held += page
            found[instrument, span] = held
    return found


async def test_a_page_begins_with_the_candle_that_holds_the_next_trade(
    writer: scribe.Scribe, gate: transaction.Database
) -> None:
    await writer.open(ONE)
    for seconds in (0, 10, 60, 3600):
        await writer.tell(ONE, new(S, 50, 1), new(B, 50, 1), seconds=seconds)
    await look(following.Follower(), gate, writer.now)

    async def firsts(span: candles.Span, after: int) -> list[tuple[int, int]]:
        found = await gate.read("test.page", lambda tx: history.spans(tx, ONE, span, after, 10))
        return [(each.first, each.last) for each in found]

    minute, hour = candles.Span.MINUTE, candles.Span.HOUR
    assert await firsts(minute, 0) == [(1, 2), (3, 3), (4, 4)]
    assert await firsts(minute, 1) == [(1, 2), (3, 3), (4, 4)]
    assert await firsts(minute, 2) == [(3, 3), (4, 4)]
    assert await firsts(minute, 4) == []
    assert await firsts(hour, 2) == [(1, 3), (4, 4)]
    trades = await gate.read("test.trades", lambda tx: history.trades(tx, ONE, 2, 10))
    assert trades == writer.trades[ONE][2:]


async def test_two_processes_that_fold_at_the_same_time_fold_each_trade_once(
    writer: scribe.Scribe, gate: transaction.Database
) -> None:
    await writer.open(ONE)
    await writer.tell(ONE, *[new(side, 50, 1) for _ in range(40) for side in (S, B)])
    await transaction_race(gate)
    found = await gate.read("test.page", lambda tx: history.spans(tx, ONE, candles.Span.DAY, 0, 10))
    assert [(each.lots, each.first, each.last) for each in found] == [(40, 1, 40)]


async def transaction_race(db: transaction.Database) -> None:
    async def one() -> None:
        while await db.run("test.keep", lambda tx: history.keep(tx, [ONE], 9)):
            pass

    await asyncio.gather(*(one() for _ in range(8)))


async def test_an_auction_is_told_with_its_price_and_a_halt_with_what_rests(
    writer: scribe.Scribe, gate: transaction.Database
) -> None:
    await writer.open(ONE)
    follower = following.Follower()
    await writer.tell(ONE, new(B, 50, 5), model.Command(model.Op.HALT, type=model.State.AUCTION), new(S, 48, 3))
    state = (await look(follower, gate, writer.now))[ONE]
    assert (state.state, state.picture.bids, state.picture.asks) == (model.State.AUCTION, ((50, 5),), ((48, 3),))
    assert state.indication.lots == 3
    await writer.tell(ONE, model.Command(model.Op.HALT, type=model.State.HALTED))
    state = (await look(follower, gate, writer.now))[ONE]
    assert (state.state, state.indication.lots) == (model.State.HALTED, 0)
    await writer.tell(ONE, model.Command(model.Op.RESUME))
    state = (await look(follower, gate, writer.now))[ONE]
    assert (state.state, state.picture.bids, state.picture.asks) == (model.State.OPEN, ((50, 2),), ())
    assert [(each.lots, each.auction) for each in state.trades] == [(3, True)]


async def test_the_figures_of_the_day_change_as_time_goes_by_without_a_trade(
    writer: scribe.Scribe, gate: transaction.Database
) -> None:
    await writer.open(ONE)
    follower = following.Follower()
    await writer.tell(ONE, new(S, 50, 2), new(B, 50, 2))
    assert (await look(follower, gate, writer.now))[ONE].day == day.Figures(50, 50, 50, 50, 2, 1)
    later = datetime(2026, 5, 5, 12, 2, 0, tzinfo=UTC)
    assert (await look(follower, gate, later))[ONE].day == day.Figures()


async def test_a_missing_batch_is_seen_and_the_follower_begins_again(
    writer: scribe.Scribe, gate: transaction.Database, execution_schema: StackDatabase
) -> None:
    await writer.open(ONE)
    follower = following.Follower()
    await writer.tell(ONE, new(B, 50, 5))
    await look(follower, gate, writer.now)
    await writer.tell(ONE, new(B, 49, 5))
    await writer.tell(ONE, new(B, 48, 5))
    await writer.picture()
    connection = await execution_schema.superuser()
    await connection.execute("ALTER TABLE clob_batch DISABLE TRIGGER ALL")
    await connection.execute("DELETE FROM clob_batch WHERE number = 2")
    await connection.close()
    await gate.read("test.read", follower.read)
    assert follower.states(0) == []
    assert (await look(follower, gate, writer.now))[ONE].picture.bids == ((50, 5), (49, 5), (48, 5))
