"""Judging on a real database: a core as one set, counters that come back, and a hundred at once of which one may pass."""

import asyncio
import uuid
from datetime import timedelta

import pytest

from boundary.kernel.runtime import transaction
from execution_stack.participants import model as participants
from execution_stack.risk import model
from execution_stack.risk.service import judging, setting
from tests.execution.risk.desk import NOW, STANDING, Desk, order, refusals

pytestmark = pytest.mark.asyncio(loop_scope="module")
C = model.Cause


async def test_earlier_orders_of_a_core_count_for_later_ones_of_the_same(desk: Desk) -> None:
    who, what = await desk.participant(open_notional=250, open_orders=10), await desk.instrument()
    found = await desk.judge(*(order(who, what, value) for value in (100, 100, 100, 50, 1)))
    assert [refusals(each) for each in found] == [[], [], [C.OPEN_NOTIONAL], [], [C.OPEN_NOTIONAL]]
    assert await desk.account(who) == (3, 250, 0)
    assert [refusals(each) for each in await desk.judge(order(who, what, 1))] == [[C.OPEN_NOTIONAL]]


async def test_everything_is_found_at_once_and_kept_and_warnings_too(desk: Desk) -> None:
    who = await desk.participant(order_value=50, open_notional=90, daily_volume=90, open_orders=5)
    what = await desk.instrument()
    (found,) = await desk.judge(order(who, what, 100))
    assert refusals(found) == [C.ORDER_VALUE, C.DAILY_VOLUME, C.OPEN_NOTIONAL]
    (fine,) = await desk.judge(order(who, what, 45))
    assert fine == (model.Finding(C.ORDER_VALUE, False, 45, 50),)
    kept = await desk.operator.read("test.kept", lambda tx: judging.findings(tx, who, 10))
    assert [(each.cause, each.refuses, each.value, each.bound) for each in reversed(kept)] == [
        (C.ORDER_VALUE, True, 100, 50),
        (C.DAILY_VOLUME, True, 100, 90),
        (C.OPEN_NOTIONAL, True, 100, 90),
        (C.ORDER_VALUE, False, 45, 50),
    ]
    assert {(each.channel, each.instrument) for each in kept} == {(desk.channel, what)}


async def test_what_ends_is_given_back_and_what_fills_counts_as_traded_and_held(desk: Desk) -> None:
    who = await desk.participant(daily_volume=300, position_value=250)
    what = await desk.instrument()
    await desk.judge(order(who, what, 100), order(who, what, 100))
    await desk.settle(model.Ended(order(who, what, 100)))
    assert await desk.account(who) == (1, 100, 0)
    await desk.settle(model.Filled(order(who, what, 40, lots=4), 30, 0))
    await desk.settle(model.Filled(order(who, what, 60, lots=6), 60, 1))
    assert await desk.account(who) == (0, 0, 90)
    assert [refusals(each) for each in await desk.judge(order(who, what, 161), order(who, what, 160))] == [
        [C.POSITION_VALUE],
        [],
    ], "what is held counts at what it cost"
    sale = order(who, what, 50, model.Side.SELL, 10)
    assert [refusals(each) for each in await desk.judge(sale)] == [[]], "what only closes is not refused for it"
    (found,) = await desk.judge(order(who, what, 1))
    assert refusals(found) == [C.DAILY_VOLUME, C.POSITION_VALUE]
    (tomorrow,) = await desk.judge(order(who, what, 1), now=NOW + timedelta(days=1))
    assert refusals(tomorrow) == [C.POSITION_VALUE], "another day in UTC, the same position"


async def test_a_release_of_more_than_was_open_leaves_nothing_negative(desk: Desk) -> None:
    who, what = await desk.participant(), await desk.instrument()
    await desk.settle(model.Ended(order(who, what, 2**40)), model.Ended(order(who, what)))
    assert await desk.account(who) == (0, 0, 0)


async def test_an_amendment_replaces_what_stood_and_only_more_is_asked(desk: Desk) -> None:
    who, what = await desk.participant(open_notional=100, open_orders=1), await desk.instrument()
    await desk.judge(order(who, what, 80))

    def amended(before: int, after: int, lots: int = 10) -> model.Wanted:
        return model.Wanted(order(who, what, after, lots=lots), STANDING, before=order(who, what, before), name="one")

    found = await desk.judge_all([amended(80, 100), amended(80, 101), amended(80, 60), amended(80, 100)])
    assert [refusals(each) for each in found] == [[], [C.OPEN_NOTIONAL], [], []]
    assert await desk.account(who) == (1, 100, 0)
    await desk.as_operator(lambda tx: setting.set_of_participant(tx, who, {"open_notional": 10, "open_orders": 0}))
    found = await desk.judge_all([amended(100, 90), amended(100, 90, lots=11)])
    assert [bool(refusals(each)) for each in found] == [False, True], "less passes whatever the limit has become"
    assert await desk.account(who) == (1, 90, 0)


async def test_a_limit_of_a_participant_goes_before_the_default_and_that_of_an_instrument_beside_both(
    desk: Desk,
) -> None:
    retail = participants.Category.RETAIL
    who, other, what = await desk.participant(order_value=70), await desk.participant(), await desk.instrument()
    await desk.as_operator(lambda tx: setting.set_default(tx, retail, 1, {"order_value": 90}))

    async def passes() -> list[list[int]]:
        tried = (60, 70, 71, 90, 91, 10**6)
        found = [await desk.judge(*(order(each, what, value) for value in tried)) for each in (who, other)]
        return [[value for value, one in zip(tried, some, strict=True) if not refusals(one)] for some in found]

    assert await passes() == [[60, 70], [60, 70, 71, 90]]
    await desk.as_operator(lambda tx: setting.set_of_instrument(tx, what, {"order_value": 65}))
    assert await passes() == [[60], [60]]
    await desk.as_operator(lambda tx: setting.set_of_instrument(tx, what, {"order_value": None}))
    await desk.as_operator(lambda tx: setting.set_of_participant(tx, who, {"order_value": None}))
    assert await passes() == [[60, 70, 71, 90], [60, 70, 71, 90]]
    await desk.as_operator(lambda tx: setting.set_default(tx, retail, None, {"order_value": None}))
    assert await passes() == [[60, 70, 71, 90, 91, 10**6]] * 2


async def test_lists_say_what_one_participant_trades_and_nobody_else(desk: Desk) -> None:
    who, other = await desk.participant(), await desk.participant()
    one, two = await desk.instrument(), await desk.instrument()

    async def causes() -> list[list[C]]:
        return [refusals(each) for each in await desk.judge(order(who, one), order(who, two), order(other, one))]

    async def put(what: uuid.UUID, listing: model.Listing | None) -> None:
        await desk.as_operator(lambda tx: setting.set_symbol(tx, who, what, listing))

    await put(one, model.Listing.BLOCK)
    assert await causes() == [[C.BLOCKED, C.NOT_ALLOWED][:1], [], []]
    await put(two, model.Listing.ALLOW)
    assert await causes() == [[C.BLOCKED, C.NOT_ALLOWED], [], []]
    await put(one, model.Listing.ALLOW)
    await put(two, None)
    assert await causes() == [[], [C.NOT_ALLOWED], []]


async def test_refusals_in_a_row_lead_to_a_pause_also_those_of_other_rules(desk: Desk) -> None:
    who, what = await desk.participant(order_value=50, cooldown_after=2, cooldown_seconds=60), await desk.instrument()
    bad, fine = order(who, what, 100), order(who, what, 1)
    wrong = model.Wanted(fine, STANDING, refused=True)
    found = await desk.judge_all([wrong, model.Wanted(bad, STANDING), model.Wanted(fine, STANDING)])
    assert [refusals(each) for each in found] == [[], [C.ORDER_VALUE], [C.COOLING_DOWN]]
    assert [refusals(each) for each in await desk.judge(fine, now=NOW + timedelta(seconds=59))] == [[C.COOLING_DOWN]]
    assert [refusals(each) for each in await desk.judge(fine, now=NOW + timedelta(seconds=60))] == [[]]


async def test_a_minute_takes_so_many_and_gives_them_back_as_it_passes(desk: Desk) -> None:
    who, what = await desk.participant(orders_per_minute=3), await desk.instrument()
    found = await desk.judge(*[order(who, what)] * 4)
    assert [refusals(each) for each in found] == [[], [], [], [C.ORDERS_PER_MINUTE]]
    for seconds, passes in ((59, False), (70, True)):
        (each,) = await desk.judge(order(who, what), now=NOW + timedelta(seconds=seconds))
        assert (refusals(each) == []) is passes


@pytest.mark.parametrize(
    "limits",
    [
        {"open_orders": 1},
        {"open_notional": 100},
        {"daily_volume": 100},
        {"position_value": 100},
        {"orders_per_minute": 1},
    ],
)
async def test_of_a_hundred_at_once_where_one_may_pass_one_passes(desk: Desk, limits: dict[str, int]) -> None:
    who, what = await desk.participant(**limits), await desk.instrument()
    found = await asyncio.gather(*(desk.judge(order(who, what, 100)) for _ in range(100)))
    assert sum(not refusals(each) for (each,) in found) == 1
    assert await desk.account(who) == (1, 100, 0)


async def test_orders_and_fills_of_many_at_once_meet_in_no_deadlock_and_lose_nothing(desk: Desk) -> None:
    refs, what = [await desk.participant() for _ in range(6)], await desk.instrument()

    async def both(turn: int) -> None:
        some = refs[turn % 6 :] + refs[: turn % 6]
        await desk.judge(*(order(each, what) for each in some))
        await desk.settle(*(model.Filled(order(each, what), 100, 1) for each in reversed(some)))

    await asyncio.gather(*(both(turn) for turn in range(12)))
    assert [await desk.account(each) for each in refs] == [(0, 0, 1200)] * 6


async def test_a_core_of_two_thousand_is_judged_by_a_handful_of_statements(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs, what = [await desk.participant() for _ in range(20)], await desk.instrument()
    await desk.judge(*(order(each, what) for each in refs))
    said: list[object] = []
    for name in ("fetch", "execute"):
        real = getattr(transaction.Tx, name)

        async def counted(self: transaction.Tx, *args: object, _real: object = real) -> object:
            said.append(args[0])
            return await _real(self, *args)  # type: ignore[operator]  # the method that was there

        monkeypatch.setattr(transaction.Tx, name, counted)
    found = await desk.judge(*(order(refs[number % 20], what) for number in range(2000)))
    assert len(found) == 2000
    assert len(said) == 4, "the register's lock, the accounts' lock, one read, one write"
