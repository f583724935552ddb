"""An order's life at the venue: recorded before it leaves, read back after, filled once, over for good."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from boundary.kernel import errors, records
from execution_stack.venues import model
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.model.dealing import CommandKind, FindingKind, State
from execution_stack.venues.repo import accounts, commands
from execution_stack.venues.service import killing, placing, polling, reading, sending
from execution_stack.venues.simulators.kalshi import lives
from tests.execution.venues.dealing.desk import NAME, OTHER, TICKER, Desk

CENTS = 10_000


def rest(desk: Desk, side: str, cents: int, contracts: int, ticker: str = TICKER) -> None:
    desk.exchange.makers.rest(ticker, side, cents * CENTS, contracts * 100)


def take(desk: Desk, side: str, cents: int, contracts: int) -> int:
    return desk.exchange.makers.take(TICKER, side, cents * CENTS, contracts * 100)


async def asked(desk: Desk, ref: UUID) -> list[dealing.Command]:
    return await desk.run(lambda tx: commands.every(tx, ref))


async def clean(desk: Desk) -> None:
    report, error = await desk.error()
    assert (report.differences, error) == ((), 0)


async def test_an_order_is_recorded_sent_read_back_and_rests(desk: Desk) -> None:
    order = await desk.place(ticks=10)
    assert (order.state, order.venue_id, order.sent_at) == (State.RECORDED, None, None)
    assert order.reserved == 10 * CENTS * 10
    assert not desk.exchange.exchange.orders
    await desk.settle()
    after = await desk.order(order.ref)
    assert (after.state, after.checked, after.due_at, after.attempts) == (State.WORKING, True, None, 1)
    assert str(after.venue_id) in desk.exchange.exchange.orders
    await clean(desk)


async def test_fills_end_an_order_and_are_told_once_and_make_a_position(desk: Desk) -> None:
    rest(desk, "ask", 40, 6)
    order = await desk.place(ticks=45, lots=1000)
    await desk.settle()
    assert ((await desk.order(order.ref)).state, (await desk.order(order.ref)).filled) == (State.PARTIALLY_FILLED, 600)
    assert take(desk, "ask", 45, 4) == 400
    await desk.poll()
    await desk.poll()
    after = await desk.order(order.ref)
    assert (after.state, after.filled, after.reserved) == (State.FILLED, 1000, 0)
    assert [what for what, _ in desk.ears.told] == ["filled", "filled", "over"]
    await desk.settle()
    await clean(desk)


async def test_a_listener_that_cannot_take_a_fill_is_told_again(desk: Desk) -> None:
    rest(desk, "ask", 40, 10)
    order = await desk.place(ticks=45, lots=1000)
    desk.ears.fails = True
    await desk.sender.turn()
    await asyncio.gather(*desk.sender._orders.tasks)
    with pytest.raises(ValueError, match="cannot take"):
        await desk.poll()
    assert (await desk.order(order.ref)).filled == 0
    desk.ears.fails = False
    await desk.poll()
    await desk.settle()
    assert (await desk.order(order.ref)).state is State.FILLED
    assert [what for what, _ in desk.ears.told] == ["filled", "over"]


@pytest.mark.parametrize(
    "fault",
    ["silent_after", "error_500_after", "error_408_after", "reset_after", "malformed", "truncated", "oversized"],
)
async def test_what_was_taken_without_an_answer_is_found_and_never_sent_again(desk: Desk, fault: str) -> None:
    desk.fault(fault, on="place", silent_ms=1_500)
    order = await desk.place(ticks=10)
    await desk.settle()
    after = await desk.order(order.ref)
    assert (after.state, after.attempts) == (State.WORKING, 1)
    assert desk.exchange.seen["place"] == 1
    await clean(desk)


@pytest.mark.parametrize("fault", ["silent_before", "reset_before"])
async def test_what_never_arrived_is_sent_again_under_the_same_id_and_not_before_that_is_known(
    desk: Desk, fault: str
) -> None:
    desk.fault(fault, on="place", silent_ms=1_500)
    order = await desk.place(ticks=10)
    await desk.settle()
    after = await desk.order(order.ref)
    assert (after.state, after.attempts, after.client) == (State.WORKING, 2, order.client)
    assert [each.client for each in desk.exchange.exchange.orders.values()] == [str(order.client)]
    moved = await entries_of(desk, entries.OrderMoved)
    states = [list(State)[each.state - 1] for each in moved]
    assert states[:4] == [State.SENDING, State.UNKNOWN, State.RECORDED, State.SENDING] or states[:3] == [
        State.UNKNOWN, State.RECORDED, State.WORKING,
    ]  # fmt: skip
    await clean(desk)


async def entries_of(desk: Desk, kind: type[records.Entry]) -> list[entries.OrderMoved]:
    rows = await desk.run(lambda tx: tx.fetch("SELECT payload FROM audit_entry ORDER BY id"))
    found = [records.decode(row["payload"], records.Entry) for row in rows]
    return [each for each in found if isinstance(each, entries.OrderMoved) and isinstance(each, kind)]


async def test_an_unknown_order_keeps_its_money_and_is_not_sent_while_it_may_arrive(desk: Desk) -> None:
    desk.fault("silent_before", on="place", silent_ms=1_500)
    order = await desk.place(ticks=10)
    await desk.sender.turn()
    await asyncio.gather(*desk.sender._orders.tasks)
    unknown = await desk.order(order.ref)
    assert (unknown.state, unknown.reserved) == (State.UNKNOWN, order.reserved)
    await desk.sender.turn()
    assert desk.exchange.seen["place"] == 1


async def test_an_order_that_was_cancelled_while_unknown_and_never_arrived_is_cancelled(desk: Desk) -> None:
    desk.fault("silent_before", on="place", silent_ms=1_500)
    order = await desk.place(ticks=10)
    await desk.sender.turn()
    await asyncio.gather(*desk.sender._orders.tasks)
    await desk.run(lambda tx: placing.cancel(tx, desk.deal.listeners, order.ref, desk.now()))
    await desk.settle()
    assert (await desk.order(order.ref)).state is State.CANCELLED
    assert desk.exchange.seen["place"] == 1
    await clean(desk)


async def test_a_refusal_is_final_and_says_why(desk: Desk) -> None:
    rest(desk, "ask", 40, 10)
    order = await desk.place(ticks=45, post_only=True)
    await desk.settle()
    after = await desk.order(order.ref)
    assert (after.state, after.refusal, after.reserved) == (State.REFUSED, model.Code.POST_ONLY_CROSSES, 0)
    await clean(desk)


@pytest.mark.parametrize("fault", ["limited", "unauthorised"])
async def test_what_is_known_not_to_have_happened_waits_and_goes_again(desk: Desk, fault: str) -> None:
    desk.fault(fault, on="place")
    order = await desk.place(ticks=10)
    await desk.settle()
    after = await desk.order(order.ref)
    assert (after.state, after.attempts) == (State.WORKING, 2)
    assert len(desk.exchange.exchange.orders) == 1


@pytest.mark.parametrize("fault", ["", "reset_before", "error_500_after"])
async def test_a_cancel_is_done_when_the_order_shows_it(desk: Desk, fault: str) -> None:
    order = await desk.place(ticks=10)
    await desk.settle()
    if fault:
        desk.fault(fault, on="cancel", silent_ms=1_500)
    await desk.run(lambda tx: placing.cancel(tx, desk.deal.listeners, order.ref, desk.now()))
    await desk.run(lambda tx: placing.cancel(tx, desk.deal.listeners, order.ref, desk.now()))
    await desk.settle()
    assert (await desk.order(order.ref)).state is State.CANCELLED
    assert [(each.kind, each.state.value) for each in await asked(desk, order.ref)] == [(CommandKind.CANCEL, "done")]
    await clean(desk)


@pytest.mark.parametrize("fault", ["", "error_500_after"])
async def test_a_decrease_and_an_amendment_are_what_the_order_shows(desk: Desk, fault: str) -> None:
    order = await desk.place(ticks=10, lots=1000)
    await desk.settle()
    if fault:
        desk.fault(fault, on="decrease", silent_ms=1_500)
        desk.fault(fault, on="amend")
    await desk.run(lambda tx: placing.decrease(tx, order.ref, 700, desk.now()))
    await desk.settle()
    assert ((await desk.order(order.ref)).count, (await desk.order(order.ref)).reserved) == (700, 70 * CENTS)
    await desk.run(lambda tx: placing.amend(tx, order.ref, 12, 900, desk.deal.ids, desk.now()))
    await desk.settle()
    after = await desk.order(order.ref)
    assert (after.price, after.count, after.state, after.client == order.client) == (
        12 * CENTS,
        900,
        State.WORKING,
        False,
    )
    assert len(desk.exchange.exchange.orders) == 1
    await clean(desk)


async def test_an_amendment_that_makes_room_for_more_does_not_end_an_order_early(desk: Desk) -> None:
    """Filled to its old size while the answer to the amendment is out: there is more to come."""
    order = await desk.place(ticks=50, lots=500)
    await desk.settle()
    desk.fault("silent_after", on="amend", silent_ms=1_500)
    await desk.run(lambda tx: placing.amend(tx, order.ref, 50, 1000, desk.deal.ids, desk.now()))
    await desk.sender.turn()
    await asyncio.sleep(0.2)
    assert take(desk, "ask", 50, 5) == 500
    await desk.poll()
    assert (await desk.order(order.ref)).state is State.PARTIALLY_FILLED
    await desk.settle()
    assert take(desk, "ask", 50, 5) == 500
    await desk.poll()
    await desk.settle()
    after = await desk.order(order.ref)
    assert (after.state, after.filled) == (State.FILLED, 1000)
    await clean(desk)


async def test_a_late_fill_after_a_cancel_is_ours(desk: Desk) -> None:
    order = await desk.place(ticks=50, lots=1000)
    await desk.settle()
    rest(desk, "ask", 60, 3)
    desk.fault("late_fill", on="cancel", slow_ms=400)
    await desk.run(lambda tx: placing.cancel(tx, desk.deal.listeners, order.ref, desk.now()))
    await desk.settle()
    await asyncio.sleep(0.5)
    await desk.poll()
    await desk.settle()
    await clean(desk)


async def test_a_fill_that_is_told_with_another_content_stops_the_venue(desk: Desk) -> None:
    rest(desk, "ask", 40, 10)
    await desk.place(ticks=45, lots=1000)
    await desk.settle()
    (told,) = (await desk.deal.venue.fills()).items
    forged = model.Fill(**{field: getattr(told, field) for field in told.__struct_fields__} | {"count": told.count + 1})
    await desk.run(lambda tx: polling.heard(tx, desk.deal, [forged]))
    assert [each.kind for each in await found(desk)] == [FindingKind.FILL_DIFFERS]
    with pytest.raises(dealing.Killed):
        await desk.place()


async def found(desk: Desk) -> list[dealing.Difference]:
    return await desk.run(lambda tx: accounts.findings(tx, NAME))


async def test_a_body_that_was_tampered_with_is_noticed_and_everything_is_cancelled(desk: Desk) -> None:
    other = await desk.place(ticks=10)
    await desk.settle()
    desk.fault("tampered", on="place")
    order = await desk.place(ticks=11)
    await desk.settle()
    assert [each.kind for each in await found(desk)] == [FindingKind.ORDER_DIFFERS]
    assert [(await desk.order(each.ref)).state for each in (other, order)] == [State.CANCELLED, State.CANCELLED]
    assert all(each.status != "resting" for each in desk.exchange.exchange.orders.values())
    with pytest.raises(dealing.Unsettled):
        await desk.run(lambda tx: killing.revive(tx, NAME))
    assert await desk.run(lambda tx: killing.revive(tx, NAME, accept=True)) == 1
    await desk.place()


async def test_a_bust_is_a_reversal_of_its_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BUSTED_AFTER", timedelta())
    rest(desk, "ask", 40, 10)
    order = await desk.place(ticks=45, lots=1000)
    await desk.settle()
    (told,) = (await desk.deal.venue.fills()).items
    desk.exchange.exchange.bust(str(told.fill))
    report = await desk.compared()
    assert report.differences == ()
    after = await desk.order(order.ref)
    assert (after.state, after.filled) == (State.FILLED, 0)
    assert [what for what, _ in desk.ears.told] == ["filled", "over", "busted"]
    await clean(desk)
    assert await desk.run(lambda tx: tx.value("SELECT count(*) FROM venue_fill")) == 1


async def test_what_the_venue_cancels_by_itself_is_noticed_without_the_stream(desk: Desk) -> None:
    order = await desk.place(ticks=10)
    await desk.settle()
    market = desk.exchange.exchange.markets[TICKER]
    desk.exchange.exchange.sweep(market, every=True)
    assert await polling.resting(desk.db, desk.deal) == 1
    await desk.settle()
    assert (await desk.order(order.ref)).state is State.CANCELLED
    await clean(desk)


async def test_an_order_expires(desk: Desk) -> None:
    until = desk.now().replace(microsecond=0) + timedelta(seconds=3)
    order = await desk.place(ticks=10, expires_at=until)
    await desk.settle()
    await asyncio.sleep(max(0, (until - desk.now()).total_seconds()) + 0.2)
    desk.exchange.step()
    await polling.resting(desk.db, desk.deal)
    await desk.settle()
    assert (await desk.order(order.ref)).state is State.EXPIRED


async def test_a_kill_refuses_what_is_new_and_cancels_what_is_open_wherever_it_is(desk: Desk) -> None:
    resting = await desk.place(ticks=10)
    await desk.settle()
    desk.fault("silent_after", on="place", silent_ms=1_500)
    unknown = await desk.place(ticks=11)
    await desk.sender.turn()
    await asyncio.gather(*desk.sender._orders.tasks)
    recorded = await desk.place(ticks=12)
    assert await desk.run(lambda tx: killing.kill(tx, desk.deal.listeners, NAME, dealing.Cause.OPERATOR, desk.now()))
    assert not await desk.run(
        lambda tx: killing.kill(tx, desk.deal.listeners, NAME, dealing.Cause.OPERATOR, desk.now())
    )
    with pytest.raises(dealing.Killed):
        await desk.place()
    await desk.settle()
    states = [(await desk.order(each.ref)).state for each in (resting, unknown, recorded)]
    assert states == [State.CANCELLED] * 3
    assert desk.exchange.seen["place"] == 2
    await clean(desk)
    await desk.run(lambda tx: killing.revive(tx, NAME))
    await desk.place(ticks=10)
    await desk.settle()


async def test_a_kill_and_an_order_at_the_same_moment_leave_nothing_behind(desk: Desk) -> None:
    async def placed() -> UUID | None:
        try:
            return (await desk.place(ticks=10)).ref
        except dealing.Killed:
            return None

    kill = desk.run(lambda tx: killing.kill(tx, (), NAME, dealing.Cause.OPERATOR, desk.now()))
    refs = [
        each
        for each in (await asyncio.gather(*(placed() for _ in range(8)), kill, *(placed() for _ in range(8))))
        if isinstance(each, UUID)
    ]
    await desk.settle()
    assert {(await desk.order(ref)).state for ref in refs} <= {State.CANCELLED}
    assert all(each.status != "resting" for each in desk.exchange.exchange.orders.values())


async def test_a_hundred_workers_send_an_order_once(desk: Desk) -> None:
    order = await desk.place(ticks=10)
    claims = await asyncio.gather(
        *(desk.run(lambda tx: sending.claim(tx, desk.deal, orders=1, commands=1)) for _ in range(100))
    )
    assert [each.ref for orders, _ in claims for each in orders] == [order.ref]


async def test_an_answer_to_an_earlier_attempt_changes_nothing_about_a_later_one(desk: Desk) -> None:
    order = await desk.place(ticks=10)
    orders, _ = await desk.run(lambda tx: sending.claim(tx, desk.deal, orders=1, commands=0))
    await desk.run(lambda tx: tx.execute("UPDATE venue_order SET attempts = 2 WHERE ref = $1", order.ref))
    refused = sending.Answer(failure=model.Refused(model.Code.FUNDS))
    await desk.run(lambda tx: sending.sent(tx, desk.deal, orders[0], refused))
    assert (await desk.order(order.ref)).state is State.SENDING


@pytest.mark.parametrize(
    "wrong",
    [{"ticks": 0}, {"ticks": 100}, {"lots": 0}, {"lots": -1}, {"ticks": 2**62}, {"lots": 2**62}],
)
async def test_an_order_that_makes_no_sense_leaves_no_trace(desk: Desk, wrong: dict[str, int]) -> None:
    with pytest.raises(errors.Invalid):
        await desk.place(**wrong)
    assert await desk.run(lambda tx: tx.value("SELECT count(*) FROM venue_order")) == 0


async def test_a_market_that_does_not_trade_takes_no_order(desk: Desk) -> None:
    await desk.run(lambda tx: tx.execute("UPDATE venue_market SET status = 'inactive'"))
    with pytest.raises(dealing.NotTrading):
        await desk.place()


async def test_settlements_are_facts_with_revisions(desk: Desk) -> None:
    rest(desk, "ask", 40, 10, OTHER)
    await desk.place(ticker=OTHER, ticks=450, lots=1000)
    await desk.settle()
    exchange, market = desk.exchange.exchange, desk.exchange.exchange.markets[OTHER]
    lives.close(exchange, market)
    lives.determine(exchange, market, "scalar", 370_000)
    lives.settle(exchange, market)
    assert await polling.settlements(desk.db, desk.deal) == 1
    assert await polling.settlements(desk.db, desk.deal) == 0
    assert desk.ears.told[-1] == ("settled", (desk.instruments[OTHER], 1, model.Result.SCALAR))
    await clean(desk)
    (told,) = (await desk.deal.venue.settlements()).items
    revised = model.Settlement(**{f: getattr(told, f) for f in told.__struct_fields__} | {"result": model.Result.VOID})
    assert await desk.run(lambda tx: polling.settled(tx, desk.deal, revised))
    assert desk.ears.told[-1] == ("settled", (desk.instruments[OTHER], 2, model.Result.VOID))


async def test_what_somebody_else_does_with_the_account_is_found(desk: Desk) -> None:
    rest(desk, "ask", 40, 10)
    stranger = model.Wanted(desk.deal.ids.ref(), TICKER, model.Side.BID, 45 * CENTS, 300)
    await desk.deal.venue.place(stranger)
    report = await desk.compared()
    kinds = {each.kind for each in report.differences}
    assert kinds == {
        FindingKind.ORDER_STRAY, FindingKind.FILL_STRAY, FindingKind.POSITION_DIFFERS, FindingKind.BALANCE_DIFFERS,
    }  # fmt: skip
    with pytest.raises(dealing.Killed):
        await desk.place()
