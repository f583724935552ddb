"""What every venue's adapter does with orders when nothing goes wrong, and when the venue says no."""

import asyncio
from datetime import timedelta

import pytest

from boundary.kernel import clock, ids
from execution_stack.venues import model
from execution_stack.venues.rules import orders as order_rules
from tests.execution.venues import kalshi
from tests.execution.venues.conformance.stage import Stage

FOK, IOC = model.TimeInForce.FILL_OR_KILL, model.TimeInForce.IMMEDIATE_OR_CANCEL


async def test_an_order_rests_is_read_back_and_is_what_was_wanted(stage: Stage) -> None:
    wanted = stage.wanted()
    placed = await stage.venue.place(wanted)
    assert (placed.filled, placed.remaining) == (0, 1_000)
    found = await stage.venue.order(placed.order)
    assert found is not None
    assert order_rules.agrees(wanted, found)
    assert found == await stage.venue.order_by_client(wanted.client, market=stage.market, sent_at=stage.now())
    assert found.status is model.OrderStatus.RESTING


async def test_an_order_that_meets_others_fills_at_their_price_and_is_charged(stage: Stage) -> None:
    await stage.quote(price="0.4000", count="3.00")
    await stage.quote(price="0.4100", count="20.00")
    placed = await stage.venue.place(stage.wanted(450_000, 1_000))
    assert (placed.filled, placed.remaining) == (1_000, 0)
    fills = (await stage.venue.fills(order=placed.order)).items
    assert sorted((each.price, each.count, each.taker) for each in fills) == [
        (400_000, 300, True),
        (410_000, 700, True),
    ]
    fees = {each.price: each.fee for each in fills}
    assert fees == {
        400_000: 50_400,
        410_000: 118_600,
    }  # 0.07 x 3 x 0.4 x 0.6; 0.07 x 7 x 0.41 x 0.59, up to a centicent
    found = await stage.venue.order(placed.order)
    assert found is not None
    assert (found.taker_cost, found.taker_fees) == (3 * 400_000 + 7 * 410_000, sum(fees.values()))


async def test_money_and_position_move_by_exactly_what_the_fills_say(stage: Stage) -> None:
    before = await stage.venue.balance()
    await stage.quote(price="0.4000", count="10.00")
    placed = await stage.venue.place(stage.wanted(400_000, 250))
    (fill,) = (await stage.venue.fills(order=placed.order)).items
    after = await stage.venue.balance()
    assert before.available - after.available == 400_000 * 250 // 100 + fill.fee
    held = {each.market: each for each in (await stage.venue.positions()).items}[stage.market]
    assert (held.count, held.exposure, held.fees) == (250, 1_000_000, fill.fee)


async def test_an_ask_without_a_position_buys_the_other_side(stage: Stage) -> None:
    await stage.quote("bid", "0.7000", "10.00")
    placed = await stage.venue.place(stage.wanted(700_000, 400, side=model.Side.ASK))
    (fill,) = (await stage.venue.fills(order=placed.order)).items
    assert (fill.side, fill.price, fill.count) == (model.Side.ASK, 700_000, 400)
    held = {each.market: each for each in (await stage.venue.positions()).items}[stage.market]
    assert (held.count, held.exposure) == (-400, 4 * 300_000)


async def test_a_resting_order_is_filled_by_others_down_to_one_lot(stage: Stage) -> None:
    placed = await stage.venue.place(stage.wanted(300_000, 300))
    for count in ("0.01", "0.99", "2.00"):
        await stage.control.tell("take", ticker=stage.market, side="ask", price="0.3000", count=count)
    fills = (await stage.venue.fills(order=placed.order)).items
    assert [each.count for each in fills] == [200, 99, 1]
    assert not any(each.taker or each.fee for each in fills)
    found = await stage.venue.order(placed.order)
    assert found is not None
    assert (found.status, found.filled, found.remaining) == (model.OrderStatus.EXECUTED, 300, 0)


async def test_cancelling_tells_how_much_rested_and_twice_is_refused(stage: Stage) -> None:
    placed = await stage.venue.place(stage.wanted())
    handle = model.Handle(placed.order, stage.market)
    assert (await stage.venue.cancel(handle)).reduced == 1_000
    with pytest.raises(model.Refused) as refused:
        await stage.venue.cancel(handle)
    assert refused.value.reason is model.Code.ORDER_UNKNOWN


async def test_an_order_is_decreased_and_amended_under_a_further_id(stage: Stage) -> None:
    wanted = stage.wanted(200_000, 1_000)
    placed = await stage.venue.place(wanted)
    assert (await stage.venue.decrease(model.Handle(placed.order, stage.market), to=300)).remaining == 300
    before, further = await stage.venue.order(placed.order), ids.SystemIds().ref()
    assert before is not None
    await stage.venue.amend(before, client=further, price=210_000, total=500)
    after = await stage.venue.order_by_client(further, market=stage.market, sent_at=stage.now())
    assert after is not None
    assert (after.order, after.price, after.remaining) == (placed.order, 210_000, 500)


async def test_an_amendment_that_crosses_fills(stage: Stage) -> None:
    await stage.quote(price="0.6000", count="1.00")
    placed = await stage.venue.place(stage.wanted(200_000, 300))
    before = await stage.venue.order(placed.order)
    assert before is not None
    done = await stage.venue.amend(before, client=ids.SystemIds().ref(), price=600_000, total=300)
    assert (done.filled, done.remaining) == (100, 200)


async def test_a_batch_has_an_outcome_for_each_in_their_order(stage: Stage) -> None:
    wanted = [stage.wanted(100_000), stage.wanted(100_500), stage.wanted(110_000)]
    first, second, third = await stage.venue.place_many(wanted)
    assert isinstance(first, model.Placed)
    assert isinstance(third, model.Placed)
    assert isinstance(second, model.Refused)
    assert (first.client, second.reason, third.client) == (wanted[0].client, model.Code.PRICE, wanted[2].client)
    handles = [model.Handle(each, stage.market) for each in (third.order, ids.SystemIds().ref(), first.order)]
    gone, unknown, also = await stage.venue.cancel_many(handles)
    assert isinstance(gone, model.Cancelled)
    assert isinstance(also, model.Cancelled)
    assert isinstance(unknown, model.Refused)
    assert (gone.order, also.order) == (third.order, first.order)


async def test_everything_that_rests_is_cancelled_at_once(stage: Stage) -> None:
    placed = [await stage.venue.place(stage.wanted(100_000 + each * 10_000)) for each in range(3)]
    await stage.venue.cancel_all()
    found = [await stage.venue.order(each.order) for each in placed]
    assert {each.status for each in found if each} == {model.OrderStatus.CANCELED}


@pytest.mark.parametrize(
    "price, count, more, reason",
    [
        (505_000, 100, {}, model.Code.PRICE),
        (500_000, 0, {}, model.Code.COUNT),
        (500_000, 10**10, {}, model.Code.FUNDS),
        (990_000, 100, {"post_only": True}, model.Code.POST_ONLY_CROSSES),
        (100_000, 100, {"time_in_force": FOK}, model.Code.NOT_FILLABLE),
        (500_000, 100, {"reduce_only": True, "time_in_force": IOC}, model.Code.INVALID),
        (500_000, 100, {"group": "3b23c1c7-f4ef-4f0d-8b9a-9e53c61f1a0d"}, model.Code.GROUP),
    ],
)
async def test_a_refusal_has_its_reason_and_nothing_happened(
    stage: Stage, price: int, count: int, more: dict[str, object], reason: model.Code
) -> None:
    await stage.quote()
    wanted = stage.wanted(price, count, **more)
    with pytest.raises(model.Refused) as refused:
        await stage.venue.place(wanted)
    assert refused.value.reason is reason
    assert all(each["fill_count_fp"] == each["remaining_count_fp"] == "0.00" for each in await stage.kept(wanted))


async def test_an_unknown_market_is_refused(stage: Stage) -> None:
    stage.market = "KXNONE-1"
    with pytest.raises(model.Refused) as refused:
        await stage.venue.place(stage.wanted())
    assert refused.value.reason is model.Code.MARKET_UNKNOWN


@pytest.mark.parametrize(
    "do, reason", [({"do": "pause"}, model.Code.MARKET_CLOSED), ({"do": "close"}, model.Code.MARKET_CLOSED)]
)
async def test_a_paused_or_closed_market_takes_nothing(stage: Stage, do: dict[str, str], reason: model.Code) -> None:
    await stage.control.tell("market", ticker=stage.market, **do)
    with pytest.raises(model.Refused) as refused:
        await stage.venue.place(stage.wanted())
    assert refused.value.reason is reason


async def test_a_paused_exchange_says_so_takes_no_order_and_still_cancels(stage: Stage) -> None:
    placed = await stage.venue.place(stage.wanted())
    await stage.control.tell("exchange_state", trading=False)
    assert (await stage.venue.status()).trading_active is False
    with pytest.raises(model.Refused) as refused:
        await stage.venue.place(stage.wanted())
    assert refused.value.reason is model.Code.EXCHANGE_PAUSED
    assert (await stage.venue.cancel(model.Handle(placed.order, stage.market))).reduced == 1_000


async def test_the_same_client_id_is_never_a_second_order(stage: Stage) -> None:
    wanted = stage.wanted()
    await stage.venue.place(wanted)
    with pytest.raises(model.Duplicate):
        await stage.venue.place(wanted)
    (again,) = await stage.venue.place_many([wanted])
    assert isinstance(again, model.Duplicate)
    assert len(await stage.kept(wanted)) == 1


async def test_of_a_hundred_at_once_under_one_client_id_one_is_an_order(stage: Stage) -> None:
    wanted = stage.wanted()
    outcomes = await asyncio.gather(*(stage.venue.place(wanted) for _ in range(100)), return_exceptions=True)
    assert [type(each) for each in outcomes].count(model.Placed) == 1
    assert [type(each) for each in outcomes].count(model.Duplicate) == 99
    assert len(await stage.kept(wanted)) == 1


async def test_cancels_go_through_when_orders_have_used_up_their_share(stage: Stage, clean: kalshi.Exchange) -> None:
    placed = await stage.venue.place(stage.wanted(100_000))
    await clean.tell("limits", write=[1, 80])
    await stage.venue.limits()

    async def go_on() -> None:
        while True:
            await stage.venue.place(stage.wanted(100_000))

    with pytest.raises(model.Limited) as limited:
        await go_on()
    assert limited.value.retry_after.total_seconds() > 1
    assert (await clean.dump())["seen"]["place"] > 0
    assert (await stage.venue.cancel(model.Handle(placed.order, stage.market))).reduced == 1_000


async def test_what_was_never_sent_is_none_only_once_it_no_longer_can_be_taken(stage: Stage) -> None:
    never = ids.SystemIds().ref()
    with pytest.raises(model.Silent):
        await stage.venue.order_by_client(never, market=stage.market, sent_at=stage.now())
    long_ago = clock.SystemClock().now() - timedelta(minutes=5)
    assert await stage.venue.order_by_client(never, market=stage.market, sent_at=long_ago) is None


@pytest.mark.parametrize(
    "result, value, pays", [("yes", "1", 600), ("no", "0", 0), ("scalar", "0.3700", 222), ("void", "1", 240)]
)
async def test_a_settlement_pays_what_the_result_says(stage: Stage, result: str, value: str, pays: int) -> None:
    await stage.quote(price="0.4000", count="6.00")
    await stage.venue.place(stage.wanted(400_000, 600))
    await stage.control.tell("market", ticker=stage.market, do="determine", result=result, value=value)
    await stage.control.tell("market", ticker=stage.market, do="settle")
    (found,) = [each for each in (await stage.venue.settlements()).items if each.market == stage.market]
    assert (found.result.value, found.revenue, found.yes_count, found.yes_cost) == (
        result,
        pays * 10_000,
        600,
        2_400_000,
    )
    told = await stage.venue.market(stage.market)
    assert told is not None
    assert told.status is model.MarketStatus.FINALIZED


async def test_a_busted_trade_is_gone_from_fills_position_and_money(stage: Stage) -> None:
    before = await stage.venue.balance()
    await stage.quote(price="0.4000", count="5.00")
    placed = await stage.venue.place(stage.wanted(400_000, 500))
    (fill,) = (await stage.venue.fills(order=placed.order)).items
    await stage.control.tell("bust", trade_id=str(fill.fill))
    assert (await stage.venue.fills(order=placed.order)).items == ()
    found = await stage.venue.order(placed.order)
    assert found is not None
    assert (found.filled, found.status) == (0, model.OrderStatus.CANCELED)
    assert await stage.venue.balance() == before or (await stage.venue.balance()).available == before.available


async def test_lists_come_in_pages_that_end(stage: Stage) -> None:
    page = await stage.venue.markets()
    seen = [each.ticker for each in page.items]
    assert page.unread == 0
    assert stage.market in seen
    assert len(seen) == len(set(seen))
    assert {each.ticker for each in (await stage.venue.series()).items} >= {"KXRAINCMB", "KXQUICK"}
    assert (await stage.venue.events(series="KXRATELK")).items


async def test_a_tick_table_with_three_ranges_is_kept_to(stage: Stage, ticker: str) -> None:
    stage.market = await stage.control.market(f"{ticker}-T", structure="tapered_deci_cent")
    assert (await stage.venue.place(stage.wanted(55_000, 100))).remaining == 100
    with pytest.raises(model.Refused):
        await stage.venue.place(stage.wanted(555_000, 100))
    found = await stage.venue.market(stage.market)
    assert found is not None
    assert (found.grid.tick, found.grid.tick_size, found.grid.price_max) == (1_000, 10, 999)
