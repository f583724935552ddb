"""The engine on a real database: what it writes, and what customer stacks hear of their intents."""

from datetime import timedelta

import pytest

from boundary.wire import to_customer, words
from execution_stack.clob import jobs, model
from execution_stack.clob.service import feed
from execution_stack.intents import model as intents
from execution_stack.intents import service as intents_service
from tests.execution.clob import floor as floors
from tests.execution.clob import listening

pytestmark = pytest.mark.asyncio(loop_scope="module")
Op = model.Op
TimeInForce = intents.TimeInForce


async def orders(shard: floors.Shard) -> list[tuple[int, int, int, str]]:
    return await shard.rows(
        "SELECT id, open, filled, state::text FROM clob_order WHERE book = $1 ORDER BY id", shard.books[0]
    )


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
    assert await orders(shard) == [(1, 6, 4, "working"), (2, 0, 4, "filled")]
    states = await shard.rows("SELECT state::text FROM intent WHERE channel = $1 ORDER BY sequence", channel.ref)
    assert states == [("open",), ("closed",)]
    trades = await shard.rows(
        "SELECT number, price, lots, taker_side::text FROM clob_trade WHERE instrument = $1", instrument
    )
    assert trades == [(1, 100, 4, "buy")]


async def test_two_channels_each_have_dense_numbers_of_fills_and_hear_nothing_of_the_other(floor: floors.Floor) -> None:
    shard, one, other = await floor.shard(), await floor.channel(), await floor.channel()
    (instrument,) = shard.instruments
    for _ in range(3):
        await one.place(one.terms(instrument, "sell", 5, 100))
        await other.place(other.terms(instrument, "buy", 5, 100))
    await shard.run()
    for channel in (one, other):
        said = await listening.heard(floor, channel.ref)
        assert [each.fill for each in said if isinstance(each, to_customer.FillAllocated)] == [1, 2, 3]
        assert {each.intent.epoch for each in said} == {1}
        assert len(said) == 6


async def test_a_cancel_is_news_later_and_too_late_once_the_order_is_over(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,) = shard.instruments
    names = await channel.place(*(channel.terms(instrument, "buy", 7, 50 + at) for at in range(3)))
    assert await channel.cancel(names[1]) == [None]
    await shard.run()
    assert await channel.cancel(names[1], names[0]) == [intents.Refusal.TOO_LATE, None]
    await shard.run()
    ended = [
        (each.intent.index, each.lots, each.reason)
        for each in await listening.heard(floor, channel.ref)
        if isinstance(each, to_customer.IntentCancelled)
    ]
    assert ended == [(1, 7, words.CancelReason.REQUESTED), (0, 7, words.CancelReason.REQUESTED)]


async def test_an_amendment_to_a_total_counts_what_has_traded_on_its_way(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,) = shard.instruments
    names = await channel.place(*(channel.terms(instrument, "sell", 10, 100) for _ in range(2)))
    await channel.place(channel.terms(instrument, "buy", 14, 100, who=1))
    amended = [intents.Amendment(names[0], 100, 6, 6_000_000), intents.Amendment(names[1], 100, 7, 7_000_000)]
    assert await channel.amend(*amended) == [None, None]
    await shard.run()
    assert await orders(shard) == [(1, 0, 10, "filled"), (2, 3, 4, "working"), (3, 0, 14, "filled")]
    assert await channel.amend(intents.Amendment(names[1], 100, 4, 4_000_000)) == [None]
    await shard.run()
    assert (await orders(shard))[1] == (2, 0, 4, "cancelled"), "all that it shall ever trade has traded"


@pytest.mark.parametrize(
    "kind, tif, price, heard",
    [
        (intents.Kind.POST_ONLY, TimeInForce.DAY, 100, ("IntentRefused", words.RefusalCode.WOULD_TRADE)),
        (intents.Kind.LIMIT, TimeInForce.ALL_OR_NOTHING, 100, ("IntentCancelled", words.CancelReason.UNFILLED)),
        (intents.Kind.LIMIT, TimeInForce.AT_ONCE_OR_CANCEL, 99, ("IntentCancelled", words.CancelReason.UNFILLED)),
        (intents.Kind.MARKET, TimeInForce.DAY, 0, ("IntentCancelled", words.CancelReason.UNFILLED)),
    ],
)
async def test_an_end_without_a_rest_is_told_with_its_reason(
    floor: floors.Floor, kind: intents.Kind, tif: TimeInForce, price: int, heard: tuple[str, int]
) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,) = shard.instruments
    await channel.place(channel.terms(instrument, "sell", 3, 100))
    (name,) = await channel.place(channel.terms(instrument, "buy", 5, price, who=1, kind=kind, tif=tif))
    await shard.run()
    last = [each for each in await listening.heard(floor, channel.ref) if each.intent == listening.name(name)][-1]
    assert (type(last).__name__, getattr(last, "code", getattr(last, "reason", 0))) == heard


async def test_a_halted_book_refuses_and_an_operators_cancel_is_told_as_such(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,) = shard.instruments
    (kept,) = await channel.place(channel.terms(instrument, "sell", 3, 100))
    await shard.tell(model.Command(Op.HALT, type=2), model.Command(Op.FORCE_CANCEL, id=1))
    (late,) = await channel.place(channel.terms(instrument, "buy", 3, 100, who=1))
    await shard.run()
    said = {each.intent: each for each in await listening.heard(floor, channel.ref)}
    assert said[listening.name(kept)].reason == words.CancelReason.OPERATOR
    assert said[listening.name(late)].code == words.RefusalCode.TRADING_STOPPED
    assert await orders(shard) == [(1, 0, 0, "cancelled"), (2, 0, 0, "refused")]


async def test_the_clock_ends_dated_orders_and_the_day_ends_daily_ones(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,) = shard.instruments
    until = int(floor.time.now().timestamp()) + 60
    await channel.place(
        channel.terms(instrument, "buy", 1, 10, tif=TimeInForce.UNTIL_TIME, expires_at=until),
        channel.terms(instrument, "buy", 1, 11, tif=TimeInForce.DAY),
        channel.terms(instrument, "buy", 1, 12),
    )
    db = await floor.schema.connect("execution_worker", size=1)
    timers = jobs.Timers(db, floor.time)
    assert await timers.look() == 0
    floor.time.advance(timedelta(seconds=61))
    assert await timers.look() == 1
    await shard.run()
    assert [row[3] for row in await orders(shard)] == ["cancelled", "working", "working"]
    floor.time.advance(timedelta(days=1))
    assert await timers.look() >= 1
    assert await timers.look() == 0
    await shard.run()
    await db.close()
    assert [row[3] for row in await orders(shard)] == ["cancelled", "cancelled", "working"]
    expired = [
        each for each in await listening.heard(floor, channel.ref) if isinstance(each, to_customer.IntentExpired)
    ]
    assert [each.intent.index for each in expired] == [0, 1]


async def test_an_auction_fills_buyers_whose_rest_only_their_row_knows(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,) = shard.instruments
    await shard.tell(model.Command(Op.HALT, type=1))
    await channel.place(channel.terms(instrument, "buy", 10, 105), channel.terms(instrument, "sell", 4, 100, who=1))
    await shard.run()
    await shard.tell(model.Command(Op.RESUME))
    await shard.run()
    assert await orders(shard) == [(1, 6, 4, "working"), (2, 0, 4, "filled")]
    await channel.place(channel.terms(instrument, "sell", 6, 100, who=1))
    await shard.run()
    assert (await orders(shard))[0] == (1, 0, 10, "filled")


async def test_what_a_book_is_told_that_no_column_holds_is_refused_and_told_to_nobody(floor: floors.Floor) -> None:
    shard = await floor.shard()
    for command in (
        model.Command(Op.GRID, price=1, quantity=1 << 40, stop=1, display=1),
        model.Command(Op.BAND, price=-1),
        model.Command(Op.FORCE_CANCEL, id=-5),
        model.Command(99),
    ):
        with pytest.raises(model.BadCommand):
            await shard.tell(command)
    assert await shard.rows("SELECT count(*) FROM clob_command WHERE shard = $1", shard.number) == [(1,)]


async def test_the_feed_says_what_the_books_said_in_order(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(books=2), await floor.channel()
    for instrument in shard.instruments:
        await channel.place(channel.terms(instrument, "sell", 2, 100), channel.terms(instrument, "buy", 2, 100, who=1))
        await shard.run()
    newest = {each.shard: each.newest for each in await floor.gate.read("t", feed.shards)}[shard.number]
    batches = await floor.gate.read("t", lambda tx: feed.after(tx, shard.number, 0, 100))
    assert [each.number for each in batches] == list(range(1, newest + 1))
    said = [(instrument, event) for batch in batches for instrument, events in batch.events for event in events]
    assert {instrument for instrument, _ in said} == set(shard.instruments)
    traded = [
        (instrument, event.price, event.quantity) for instrument, event in said if event.kind == model.Kind.TRADED
    ]
    assert traded == [(instrument, 100, 2) for instrument in shard.instruments]
    assert [each.number for each in await floor.gate.read("t", lambda tx: feed.after(tx, shard.number, 1, 1))] == [2]


async def test_what_a_lost_history_placed_is_cancelled_in_the_book_and_told_to_nobody(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,) = shard.instruments
    await channel.place(channel.terms(instrument, "buy", 5, 10))
    (lost,) = await channel.place(channel.terms(instrument, "buy", 5, 11))
    await shard.run()
    heard = await listening.heard(floor, channel.ref)
    withdrawn = await floor.gate.run(
        "t", lambda tx: intents_service.withdraw(tx, channel.ref, 1, lost.sequence - 1, floors.LANES)
    )
    await shard.run()
    assert withdrawn == 1
    assert await orders(shard) == [(1, 5, 0, "working"), (2, 0, 0, "cancelled")]
    assert await listening.heard(floor, channel.ref) == heard


async def test_an_instrument_without_a_book_is_refused_as_halted(floor: floors.Floor) -> None:
    instrument, channel = await floor.listed(), await floor.channel()
    with pytest.raises(AssertionError, match="HALTED"):
        await channel.place(channel.terms(instrument.ref, "buy", 1, 10))
