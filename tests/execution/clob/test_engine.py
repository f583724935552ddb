"""The engine on a real database: what it writes, and that it goes on where it stood, whatever happened."""

import pytest

from boundary.wire import to_customer
from execution_stack.clob import model
from tests.execution.clob import floor as floors
from tests.execution.clob import listening

pytestmark = pytest.mark.asyncio(loop_scope="module")
Op = model.Op


async def test_an_intent_becomes_an_order_and_its_fill_is_told_to_both(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,) = shard.instruments
    (sell,) = await channel.place(channel.terms(instrument, "sell", 10, 100, who=0))
    (buy,) = await channel.place(channel.terms(instrument, "buy", 4, 101, who=1))
    await shard.run()
    said = await listening.heard(floor, channel.ref)
    names = {listening.name(sell): "sell", listening.name(buy): "buy"}
    assert [(type(each).__name__, names[each.intent]) for each in said] == [
        ("IntentWorking", "sell"),
        ("IntentWorking", "buy"),
        ("FillAllocated", "buy"),
        ("FillAllocated", "sell"),
    ]
    fills = [each for each in said if isinstance(each, to_customer.FillAllocated)]
    assert [(each.fill, each.lots, each.price, each.fee) for each in fills] == [(1, 4, 100, 0), (2, 4, 100, 0)]
    orders = await shard.rows(
        "SELECT id, open, filled, state::text FROM clob_order WHERE book = $1 ORDER BY id", shard.books[0]
    )
    assert orders == [(1, 6, 4, "working"), (2, 0, 4, "filled")]
    states = await shard.rows("SELECT state::text FROM intent WHERE channel = $1 ORDER BY sequence", channel.ref)
    assert states == [("open",), ("closed",)]
    trades = await shard.rows(
        "SELECT number, price, lots, taker_side::text FROM clob_trade WHERE instrument = $1", instrument
    )
    assert trades == [(1, 100, 4, "buy")]
