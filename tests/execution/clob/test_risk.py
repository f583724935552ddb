"""Risk and our own books: what ends and fills is given back, and what stops trading reaches the book's journal."""

import uuid

import pytest

from boundary.kernel import ids
from execution_stack.clob import model
from execution_stack.gate.service import channels, governing
from execution_stack.instruments import model as instruments
from execution_stack.instruments import service as instruments_service
from execution_stack.intents import model as intents
from execution_stack.intents import service as intents_service
from execution_stack.risk import model as risk
from execution_stack.risk.service import judging, stopping
from tests.execution.clob import floor as floors
from tests.execution.clob import listening
from tests.execution.risk import desk as desks

pytestmark = pytest.mark.asyncio(loop_scope="module")
BOOKS = governing.Books()
TICK = 10_000


async def counted(shard: floors.Shard, who: uuid.UUID) -> tuple[int, ...]:
    """Orders and value that are open, and what has traded today."""
    rows = await shard.rows("SELECT open_orders, open_value, traded FROM risk_account WHERE participant = $1", who)
    return tuple(rows[0])


async def held(shard: floors.Shard, who: uuid.UUID) -> tuple[int, ...]:
    rows = await shard.rows("SELECT long_lots, long_value, short_lots FROM risk_holding WHERE participant = $1", who)
    return tuple(rows[0])


async def test_what_fills_is_traded_and_held_and_what_ends_is_free_again(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,), (seller, buyer) = shard.instruments, channel.people[:2]
    (sell,) = await channel.place(channel.terms(instrument, "sell", 10, 100, who=0))
    await channel.place(channel.terms(instrument, "buy", 4, 105, who=1))
    assert await counted(shard, buyer) == (1, 4 * 105 * TICK, 0)
    await shard.run()
    assert await counted(shard, buyer) == (0, 0, 4 * 100 * TICK), "at the price that it was, not at the limit"
    assert await held(shard, buyer) == (4, 4 * 100 * TICK, 0)
    assert await counted(shard, seller) == (1, 6 * 100 * TICK, 4 * 100 * TICK)
    await channel.cancel(sell)
    await shard.run()
    assert await counted(shard, seller) == (0, 0, 4 * 100 * TICK)
    assert await held(shard, seller) == (0, 0, 4)


async def test_what_a_book_refuses_or_kills_at_once_holds_nothing(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,), (seller, buyer) = shard.instruments, channel.people[:2]
    await channel.place(channel.terms(instrument, "sell", 1, 100, who=0))
    at_once = intents.TimeInForce.AT_ONCE_OR_CANCEL
    await channel.place(
        channel.terms(instrument, "buy", 5, 100, who=1, tif=at_once),
        channel.terms(instrument, "buy", 5, 99, who=1, tif=at_once),
    )
    await shard.run()
    assert await counted(shard, buyer) == (0, 0, 100 * TICK)
    assert await counted(shard, seller) == (0, 0, 100 * TICK)


async def test_an_amendment_after_a_part_has_traded_leaves_nothing_behind_for_good(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,), seller = shard.instruments, channel.people[0]
    (name,) = await channel.place(channel.terms(instrument, "sell", 10, 100, who=0))
    await channel.place(channel.terms(instrument, "buy", 4, 100, who=1))
    await shard.run()
    assert await channel.amend(intents.Amendment(name, 120, 8, 10_000_000)) == [None]
    await shard.run()
    assert (await counted(shard, seller))[0] == 1
    await channel.cancel(name)
    await shard.run()
    assert (await counted(shard, seller))[:2] == (0, 0)


async def test_whoever_leaves_is_cancelled_in_the_book(floor: floors.Floor) -> None:
    shard, channel = await floor.shard(), await floor.channel()
    (instrument,), (who, other) = shard.instruments, channel.people[:2]
    await channel.place(
        channel.terms(instrument, "sell", 10, 100, who=0), channel.terms(instrument, "sell", 10, 101, who=1)
    )
    await shard.run()
    now = floor.time.now()
    left = await floor.gate.run(
        "test.leave",
        lambda tx: intents_service.leave(tx, channel.ref, [who], now, judging.Desk(), floors.LANES),
    )
    assert left == [], "what comes of it is the book's news"
    await shard.run()
    assert await counted(shard, who) == (0, 0, 0)
    assert (await counted(shard, other))[0] == 1
    said = [type(each).__name__ for each in await listening.heard(floor, channel.ref)]
    assert said.count("IntentCancelled") == 1


async def test_a_stop_and_a_halt_of_the_register_reach_the_books_journal(floor: floors.Floor) -> None:
    shard = await floor.shard()
    (instrument,) = shard.instruments

    async def state() -> int:
        await shard.run()
        rows = await shard.rows("SELECT count(*) FROM clob_command WHERE shard = $1", shard.number)
        return int(rows[0][0])

    before = await state()
    stop = await floor.operator.run(
        "test.kill",
        lambda tx: stopping.kill(tx, risk.Scope.INSTRUMENT, instrument, ids.SystemIds(), channels.Admitted(), BOOKS),
    )
    assert stop.subject == instrument
    assert await state() == before + 1
    for event in (instruments.StateEvent.HALT, instruments.StateEvent.RESUME):
        await floor.operator.run(
            "test.move",
            lambda tx, event=event: instruments_service.move(tx, instrument, event, desks.Silence(), BOOKS),
        )
    assert await state() == before + 2, "the stop keeps the book halted, so nothing resumes it"


async def test_an_instrument_without_a_book_has_nothing_to_halt(floor: floors.Floor) -> None:
    async def none(tx: object) -> None:
        await BOOKS.halt(tx, ids.SystemIds().ref())  # type: ignore[arg-type]  # a transaction, as any other

    await floor.operator.run("test.halt", none)
    assert model.NoBook.code
