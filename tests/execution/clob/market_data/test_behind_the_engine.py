"""Market data behind the real engine: commands in the journal, its batches in the tables, and what a follower makes of it."""

import random  # noqa: TID251 -- seeded, and of the tests alone

import pytest

from execution_stack.clob import model
from execution_stack.clob.market_data import candles
from execution_stack.clob.service import following, history
from tests.execution.clob import floor as floors
from tests.execution.clob.market_data import test_levels

pytestmark = pytest.mark.asyncio(loop_scope="module")
Op = model.Op


async def look(floor: floors.Floor, follower: following.Follower) -> dict[object, following.State]:
    found: dict[object, following.State] = {}
    for _ in range(50):
        await floor.gate.read("test.read", follower.read)
        while follower.has_unfolded:
            await floor.gate.run("test.fold", follower.fold)
        said = follower.states(int(floor.time.now().timestamp()))
        if not said:
            return found
        found |= {each.instrument: each for each in said}
    raise AssertionError("there is always news")


def some(seed: int, count: int, ids: list[int]) -> list[tuple[int, model.Command]]:
    """Orders, cancels, icebergs, stops, halts and auctions, for two books; `ids` are those that each gave last."""
    chance, found = random.Random(seed), list[tuple[int, model.Command]]()
    for number in range(count):
        side, price = chance.randrange(2), chance.randrange(90, 111)
        kind = chance.random()
        if kind < 0.02:
            command = model.Command(Op.HALT, type=chance.choice([1, 2]))
        elif kind < 0.05:
            command = model.Command(Op.RESUME)
        elif kind < 0.2:
            command = model.Command(Op.CANCEL, id=chance.randrange(1, ids[number % 2] + 2))
        else:
            stop = chance.randrange(90, 111)
            shapes = [
                {},
                {},
                {"tif": 1},
                {"display": 3},
                {"type": 2, "price": 0, "stop": stop},
                {"type": 1, "price": 0},
            ]
            fields = {"price": price, "quantity": chance.randrange(3, 40)} | chance.choice(shapes)
            ids[number % 2] += 1
            command = model.Command(Op.NEW, side=side, id=ids[number % 2], **fields)
        found.append((number % 2, command))
    return found


async def test_a_follower_knows_what_the_engine_wrote_wherever_it_begins(floor: floors.Floor) -> None:
    shard = await floor.shard(books=2)
    follower = following.Follower()
    known = dict[object, following.State]()
    ids = [0, 0]
    for part in range(4):
        await shard.append(some(part, 150, ids))
        await shard.run()
        known |= await look(floor, follower)
        fresh = await look(floor, following.Follower())
        matcher = await shard.again()
        for number, instrument in zip(shard.books, shard.instruments, strict=True):
            own = test_levels.own(matcher._books[number])
            assert known[instrument] == fresh[instrument]
            assert known[instrument].picture == own._replace(bids=own.bids[:20], asks=own.asks[:20])
    for instrument in shard.instruments:
        trades = await floor.gate.read("test.trades", lambda tx, of=instrument: history.trades(tx, of, 0, 100_000))
        rows = await shard.rows("SELECT count(*), sum(lots) FROM clob_trade WHERE instrument = $1", instrument)
        assert rows == [(len(trades), sum(each.lots for each in trades))]
        assert len(trades) > 20
        for span in candles.Span:
            kept = await floor.gate.read(
                "test.candles", lambda tx, of=instrument, span=span: history.spans(tx, of, span, 0, 100_000)
            )
            assert kept == candles.fold(span, None, trades)
