"""What every venue's adapter makes of each way in which a venue can fail: a clear state, and nothing guessed."""

import asyncio
from datetime import timedelta

import pytest

from execution_stack.venues import model
from execution_stack.venues.rules import orders as order_rules
from tests.execution.venues import kalshi
from tests.execution.venues.conformance.stage import Stage

BEFORE = ("error_408_before", "error_500_before", "error_503_before", "reset_before")
AFTER = (
    "error_408_after",
    "error_500_after",
    "error_504_after",
    "reset_after",
    "malformed",
    "truncated",
    "wrong_type",
    "oversized",
)


@pytest.mark.parametrize("fault", AFTER)
async def test_taken_and_not_told_is_unknown_and_found_by_reading_back(stage: Stage, fault: str) -> None:
    await stage.fault(fault, "place")
    wanted, sent_at = stage.wanted(), stage.now()
    with pytest.raises(model.Unknown):
        await stage.venue.place(wanted)
    found = await stage.venue.order_by_client(wanted.client, market=stage.market, sent_at=sent_at)
    assert found is not None
    assert order_rules.agrees(wanted, found)
    assert len(await stage.kept(wanted)) == 1


@pytest.mark.parametrize("fault", BEFORE)
async def test_not_taken_and_not_told_is_unknown_until_it_can_no_longer_be_taken(stage: Stage, fault: str) -> None:
    await stage.fault(fault, "place")
    wanted, sent_at = stage.wanted(), stage.now()
    with pytest.raises(model.Unknown):
        await stage.venue.place(wanted)
    with pytest.raises(model.Silent):
        await stage.venue.order_by_client(wanted.client, market=stage.market, sent_at=sent_at)
    later = sent_at - timedelta(minutes=1)
    assert await stage.venue.order_by_client(wanted.client, market=stage.market, sent_at=later) is None
    assert await stage.kept(wanted) == []


@pytest.mark.parametrize("fault, there", [("silent_before", 0), ("silent_after", 1)])
async def test_no_answer_is_unknown(stage: Stage, clean: kalshi.Exchange, fault: str, there: int) -> None:
    await stage.fault(fault, "place")
    wanted = stage.wanted()
    async with clean.speaking(patience=timedelta(seconds=1)) as hasty:
        with pytest.raises(model.Unknown):
            await hasty.place(wanted)
    assert len(await stage.kept(wanted)) == there


async def test_what_is_taken_long_after_the_connection_broke_is_never_called_not_there(stage: Stage) -> None:
    await stage.fault("late_accept", "place", slow_ms=300)
    wanted, sent_at = stage.wanted(), stage.now()
    with pytest.raises(model.Unknown):
        await stage.venue.place(wanted)

    async def found() -> model.Order | None:
        try:
            back = await stage.venue.order_by_client(wanted.client, market=stage.market, sent_at=sent_at)
        except model.Silent:
            return None
        assert back is not None
        return back

    assert order_rules.agrees(wanted, await kalshi.eventually(found))


async def test_lists_that_lag_do_not_make_an_order_vanish(stage: Stage) -> None:
    await stage.control.tell("faults", lag_ms=60_000)
    wanted, sent_at = stage.wanted(), stage.now()
    await stage.venue.place(wanted)
    with pytest.raises(model.Silent):
        await stage.venue.order_by_client(wanted.client, market=stage.market, sent_at=sent_at - timedelta(seconds=30))


@pytest.mark.parametrize("fault", ["limited", "limited_retry_after"])
async def test_too_many_requests_is_known_not_to_have_happened(stage: Stage, fault: str) -> None:
    await stage.fault(fault, "place")
    wanted = stage.wanted()
    with pytest.raises(model.Limited) as limited:
        await stage.venue.place(wanted)
    assert limited.value.retry_after > timedelta()
    assert await stage.kept(wanted) == []
    assert (await stage.venue.place(wanted)).remaining == 1_000


async def test_a_storm_of_refusals_is_waited_out(stage: Stage) -> None:
    await stage.fault("limited", "place", times=2)
    wanted, attempts = stage.wanted(), 0
    while True:
        attempts += 1
        try:
            await stage.venue.place(wanted)
        except model.Limited as limited:
            await asyncio.sleep(limited.retry_after.total_seconds())
            continue
        break
    assert attempts == 3
    assert len(await stage.kept(wanted)) == 1


async def test_a_key_that_is_not_accepted_is_said_to_be(stage: Stage) -> None:
    await stage.fault("unauthorised", "place")
    wanted = stage.wanted()
    with pytest.raises(model.Unauthorised):
        await stage.venue.place(wanted)
    assert await stage.kept(wanted) == []


async def test_a_clock_that_is_off_is_said_to_be(stage: Stage) -> None:
    await stage.control.tell("clock", skew_ms=60_000)
    with pytest.raises(model.ClockSkew):
        await stage.venue.place(stage.wanted())


@pytest.mark.parametrize(
    "fault", ["malformed", "truncated", "wrong_type", "unknown_enum", "oversized", "error_500_before"]
)
@pytest.mark.parametrize("on", ["orders", "fills", "order"])
async def test_a_list_that_cannot_be_read_is_silence_and_no_list(stage: Stage, fault: str, on: str) -> None:
    await stage.quote()
    placed = await stage.venue.place(stage.wanted(600_000, 100))
    await stage.fault(fault, on)
    questions = {
        "orders": lambda: stage.venue.orders(market=stage.market),
        "fills": lambda: stage.venue.fills(order=placed.order),
        "order": lambda: stage.venue.order(placed.order),
    }
    with pytest.raises(model.Silent):
        await questions[on]()
    assert await questions[on]()


async def test_rows_of_the_catalogue_that_cannot_be_read_hide_no_others(stage: Stage) -> None:
    whole = await stage.venue.markets()
    await stage.fault("unknown_enum", "markets")
    page = await stage.venue.markets()
    assert (page.items, page.unread) == ((), len(whole.items))


@pytest.mark.parametrize("fault", ["error_500_after", "reset_after", "malformed", "error_408_before"])
async def test_a_cancel_without_an_answer_is_unknown_and_sent_once(stage: Stage, fault: str) -> None:
    placed = await stage.venue.place(stage.wanted())
    await stage.fault(fault, "cancel")
    sent = (await stage.control.dump())["seen"].get("cancel", 0)
    with pytest.raises(model.Unknown):
        await stage.venue.cancel(model.Handle(placed.order, stage.market))
    assert (await stage.control.dump())["seen"]["cancel"] == sent + 1
    found = await stage.venue.order(placed.order)
    assert found is not None
    assert (found.status is model.OrderStatus.RESTING) == fault.endswith("before")


async def test_a_fill_told_after_the_cancel_is_found_and_adds_up(stage: Stage) -> None:
    placed = await stage.venue.place(stage.wanted(300_000, 500))
    await stage.fault("late_fill", "cancel", slow_ms=200)
    done = await stage.venue.cancel(model.Handle(placed.order, stage.market))
    assert done.reduced == 400

    async def listed() -> tuple[model.Fill, ...]:
        return (await stage.venue.fills(order=placed.order)).items

    (fill,) = await kalshi.eventually(listed)
    assert fill.count + done.reduced == 500


async def test_a_fill_listed_twice_has_one_name(stage: Stage) -> None:
    await stage.quote()
    placed = await stage.venue.place(stage.wanted(600_000, 100))
    await stage.fault("duplicate_fill", "fills")
    fills = (await stage.venue.fills(order=placed.order)).items
    assert len(fills) == 2
    assert len({each.fill for each in fills}) == 1


async def test_an_order_that_is_not_what_we_asked_for_is_noticed(stage: Stage) -> None:
    await stage.fault("tampered", "place")
    wanted, sent_at = stage.wanted(), stage.now()
    with pytest.raises(model.Unknown):
        await stage.venue.place(wanted)
    found = await stage.venue.order_by_client(wanted.client, market=stage.market, sent_at=sent_at)
    assert found is not None
    assert not order_rules.agrees(wanted, found)


async def test_partials_of_one_contract_each_are_all_there(stage: Stage) -> None:
    await stage.quote(price="0.6000", count="20.00")
    await stage.fault("one_lot", "place")
    placed = await stage.venue.place(stage.wanted(600_000, 1_000))
    fills = (await stage.venue.fills(order=placed.order)).items
    assert [each.count for each in fills] == [100] * 10


@pytest.mark.parametrize("fault", ["error_500_after", "malformed", "wrong_type"])
async def test_a_batch_without_a_readable_answer_is_unknown_as_a_whole(stage: Stage, fault: str) -> None:
    await stage.fault(fault, "place_many")
    wanted = [stage.wanted(), stage.wanted()]
    with pytest.raises(model.Unknown):
        await stage.venue.place_many(wanted)
    assert [len(await stage.kept(each)) for each in wanted] == [1, 1]
