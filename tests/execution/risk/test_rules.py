"""What passes and what does not: each check alone, their order, and laws against a model that only keeps a list."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution_stack.risk import model, rules

C, BUY, SELL = model.Cause, model.Side.BUY, model.Side.SELL
WHO, WHAT = uuid.UUID("1e7f8a3e-51c2-4e7b-9a40-c1d2e3f40517"), uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516")
NOW = 1_777_896_000  # 12:00 UTC on 4 May 2026
DAY = NOW // 86_400
ACCOUNT = rules.at(model.Account(), NOW)
NOTHING = model.Holding()
NO_LIMITS = model.Limits()


def order(value: int = 100, side: model.Side = BUY, lots: int = 10) -> model.Order:
    return model.Order(WHO, WHAT, side, lots, value)


def bounds(*causes: model.Cause, here: model.Limits = NO_LIMITS, **limits: int) -> model.Bounds:
    return model.Bounds(model.Limits(**limits), here, causes)


def causes(found: Sequence[model.Finding], *, refuses: bool = True) -> list[model.Cause]:
    return [each.cause for each in found if each.refuses is refuses]


def test_without_limits_everything_passes_and_nothing_is_found() -> None:
    assert rules.judge(order(10**15), ACCOUNT, NOTHING, bounds(), NOW) == ()


LONG = model.Holding(long_lots=50, long_value=500, sell_lots=5, sell_value=60, open_orders=1)
BUSY = ACCOUNT._replace(traded=400, open_orders=3, open_value=300, placed=(1, 0, 2, 0, 0, 0, 1))
AT_LIMIT: list[tuple[model.Cause, dict[str, Any], model.Order, int]] = [
    (C.ORDER_VALUE, {"order_value": 100}, order(100), 100),
    (C.ORDER_VALUE, {"here": model.Limits(order_value=100)}, order(100), 100),
    (C.ORDER_VALUE, {"order_value": 900, "here": model.Limits(order_value=100)}, order(100), 100),
    (C.DAILY_VOLUME, {"daily_volume": 800}, order(100), 800),
    (C.OPEN_ORDERS, {"open_orders": 4}, order(), 4),
    (C.OPEN_ORDERS_HERE, {"here": model.Limits(open_orders=2)}, order(), 2),
    (C.OPEN_NOTIONAL, {"open_notional": 400}, order(100), 400),
    (C.OPEN_NOTIONAL_HERE, {"here": model.Limits(open_notional=160)}, order(100), 160),
    (C.POSITION_VALUE, {"position_value": 600}, order(100), 600),
    (C.POSITION_VALUE, {"here": model.Limits(position_value=600)}, order(100), 600),
    (C.POSITION_VALUE, {"position_value": 160}, order(100, SELL, 46), 160),
    (C.ORDERS_PER_MINUTE, {"orders_per_minute": 5}, order(), 5),
]


@pytest.mark.parametrize("cause, limits, wanted, value", AT_LIMIT)
def test_a_limit_may_be_reached_and_not_passed(
    cause: model.Cause, limits: dict[str, Any], wanted: model.Order, value: int
) -> None:
    found = rules.judge(wanted, BUSY, LONG, bounds(**limits), NOW)
    assert set(found) <= {model.Finding(cause, False, value, value)}, "at most a warning"

    def lower(number: int | None) -> int | None:
        return None if number is None else min(number, value - 1)

    less = {
        name: msgspec.structs.replace(each, **{f: lower(getattr(each, f)) for f in each.__struct_fields__})
        if isinstance(each, model.Limits)
        else lower(each)
        for name, each in limits.items()
    }
    found = rules.judge(wanted, BUSY, LONG, bounds(**less), NOW)
    assert found == (model.Finding(cause, True, value, value - 1),)


def test_all_that_refuses_is_found_in_the_documented_order() -> None:
    account = BUSY._replace(cooling_until=NOW + 1)
    stops = tuple(list(C)[:6])
    nothing = dict.fromkeys((each for each in model.FIGURES if not each.startswith("cooldown")), 0)
    here = model.Limits(order_value=0, open_orders=0, open_notional=0, position_value=0)
    found = rules.judge(order(), account, LONG, bounds(*stops, here=here, **nothing), NOW)
    assert causes(found) == list(C)


def test_a_warning_is_given_from_eighty_percent_on_and_once_for_a_sum() -> None:
    limits = bounds(open_orders=10)
    found = [
        causes(rules.judge(order(), ACCOUNT._replace(open_orders=number), NOTHING, limits, NOW), refuses=False)
        for number in range(10)
    ]
    assert found == [[]] * 7 + [[C.OPEN_ORDERS]] + [[]] * 2
    big = [bool(rules.judge(order(value), ACCOUNT, NOTHING, bounds(order_value=100), NOW)) for value in (79, 80, 100)]
    assert big == [False, True, True]


@pytest.mark.parametrize("value", [10**15, 10**18, 2**63 - 1])
def test_no_sum_leaves_what_can_be_kept_even_without_a_limit(value: int) -> None:
    account = ACCOUNT._replace(open_value=rules.VALUE_MAX - value + 1)
    found = rules.judge(order(value), account, NOTHING, bounds(), NOW)
    assert C.OPEN_NOTIONAL in causes(found)
    assert all(each.value <= rules.VALUE_MAX for each in found)


def test_an_order_that_only_closes_is_not_refused_for_the_position() -> None:
    limits = bounds(position_value=0)
    assert rules.judge(order(10**6, SELL, 45), ACCOUNT, LONG, limits, NOW) == ()
    assert causes(rules.judge(order(10**6, SELL, 46), ACCOUNT, LONG, limits, NOW)) == [C.POSITION_VALUE]
    short = model.Holding(short_lots=10, short_value=100)
    assert rules.judge(order(10**6, BUY, 10), ACCOUNT, short, limits, NOW) == ()
    assert causes(rules.judge(order(10**6, BUY, 11), ACCOUNT, short, limits, NOW)) == [C.POSITION_VALUE]


def test_a_day_ends_at_midnight_utc_and_what_is_open_counts_on_the_next() -> None:
    account = BUSY._replace(traded=400)
    limits = bounds(daily_volume=700)
    midnight = (DAY + 1) * 86_400
    assert causes(rules.judge(order(1), rules.at(account, midnight - 1), NOTHING, limits, NOW)) == [C.DAILY_VOLUME]
    after = rules.at(account, midnight)
    assert (after.day, after.traded, after.open_value) == (DAY + 1, 0, 300)
    assert causes(rules.judge(order(400), after, NOTHING, limits, NOW)) == []
    assert causes(rules.judge(order(401), after, NOTHING, limits, NOW)) == [C.DAILY_VOLUME]


def test_a_clock_that_goes_back_gives_nothing_back() -> None:
    later = rules.at(BUSY, NOW + 86_400)._replace(traded=5, placed=(3, 0, 0, 0, 0, 0, 0))
    assert rules.at(later, NOW) == later


def test_a_cooldown_begins_after_so_many_refusals_in_a_row_and_ends_by_itself() -> None:
    limits = model.Limits(order_value=50, cooldown_after=3, cooldown_seconds=30)
    each, account = bounds(order_value=50), ACCOUNT
    refused = rules.judge(order(), account, NOTHING, each, NOW)
    for _ in range(2):
        account = rules.refuse(account, limits, refused, NOW)
    account, _ = rules.take(order(1), account, NOTHING)
    assert account.refusals == 0, "one that passes begins anew"
    for _ in range(3):
        account = rules.refuse(account, limits, refused, NOW)
    assert (account.refusals, account.cooling_until) == (0, NOW + 30)
    cooling = rules.judge(order(1), account, NOTHING, each, NOW + 29)
    assert causes(cooling) == [C.COOLING_DOWN]
    assert rules.refuse(account, limits, cooling, NOW + 29) == account, "it does not feed itself"
    assert rules.judge(order(1), account, NOTHING, each, NOW + 30) == ()


@pytest.mark.parametrize("cause", sorted(model.UNCOUNTED))
def test_stops_are_nobodys_fault(cause: model.Cause) -> None:
    limits = model.Limits(cooldown_after=1)
    assert rules.refuse(ACCOUNT, limits, (model.Finding(cause, True),), NOW) == ACCOUNT
    assert rules.refuse(ACCOUNT, limits, (), NOW).cooling_until == NOW + rules.COOLDOWN_SECONDS


@pytest.mark.parametrize(
    "figures, of_instrument",
    [
        ({"order_value": -1}, False),
        ({"order_value": 10**18 + 1}, False),
        ({"nothing": 1}, False),
        ({"daily_volume": 1}, True),
        ({"cooldown_after": 1}, True),
        ({"orders_per_minute": None}, True),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(figures: dict[str, int | None], of_instrument: bool) -> None:
    with pytest.raises(model.BadLimit):
        rules.check_limits(figures, of_instrument=of_instrument)


# --- laws


class Naive:
    """Keeps every order that passed with what is left of it, and every trade, and adds them up anew each time."""

    def __init__(self) -> None:
        self.open: list[list[Any]] = []
        self.trades: list[tuple[int, int]] = []
        self.taken: list[int] = []

    def traded(self, now: int) -> int:
        return sum(paid for at, paid in self.trades if at // 86_400 == now // 86_400)

    def open_value(self) -> int:
        return sum(value for _, _, value in self.open)


steps = st.lists(
    st.tuples(
        st.sampled_from(["place", "place", "place", "fill", "part", "release"]),
        st.integers(0, 30),
        st.integers(1, 9),
        st.sampled_from([BUY, SELL]),
        st.integers(0, 40_000),
    ),
    max_size=60,
)
LIMITS = {"open_orders": 6, "open_notional": 900, "daily_volume": 1500, "orders_per_minute": 5, "position_value": 800}


@settings(max_examples=150, deadline=None)
@given(steps)
def test_counters_are_what_a_list_of_everything_says_and_no_limit_is_ever_passed(
    story: list[tuple[str, int, int, model.Side, int]],
) -> None:
    naive, account, holding, now = Naive(), model.Account(), model.Holding(), NOW
    limits = bounds(**LIMITS)
    for what, wait, lots, side, pick in story:
        now += wait
        account = rules.at(account, now)
        if what == "place":
            wanted = order((pick % 40 + 1) * lots, side, lots)
            if not rules.refuses(rules.judge(wanted, account, holding, limits, now)):
                account, holding = rules.take(wanted, account, holding)
                naive.open.append([side, lots, wanted.value])
                naive.taken.append(now)
        elif naive.open:
            number = pick % len(naive.open)
            on, left, value = naive.open[number]
            part = left if what != "part" else min(lots, left)
            share = value * part // left
            last = part == left
            if last:
                naive.open.pop(number)
            else:
                naive.open[number] = [on, left - part, value - share]
            if what == "release":
                account, holding = rules.release(order(share, on, part), account, holding)
            else:
                filled = model.Filled(order(share, on, part), share, last)
                account, holding = rules.fill(filled, account, holding)
                naive.trades.append((now, share))
        assert (account.open_orders, account.open_value) == (len(naive.open), naive.open_value())
        assert account.traded == naive.traded(now)
        assert holding.open_orders == len(naive.open)
        assert holding.buy_lots == sum(left for at, left, _ in naive.open if at is BUY)
        assert holding.sell_value == sum(value for at, _, value in naive.open if at is SELL)
        assert min(holding.long_lots, holding.short_lots) == 0
        assert account.open_orders <= LIMITS["open_orders"]
        assert account.open_value <= LIMITS["open_notional"]
        assert account.traded + account.open_value <= LIMITS["daily_volume"] or now // 86_400 != DAY
    for first in naive.taken:
        assert sum(first <= each < first + 60 for each in naive.taken) <= LIMITS["orders_per_minute"]


@given(st.lists(st.tuples(st.sampled_from([BUY, SELL]), st.integers(1, 50), st.integers(0, 5000)), max_size=30))
def test_what_is_held_is_what_was_bought_less_what_was_sold(trades: list[tuple[model.Side, int, int]]) -> None:
    holding, net = model.Holding(), 0
    for side, lots, paid in trades:
        _, holding = rules.fill(model.Filled(order(0, side, lots), paid, 0), ACCOUNT, holding)
        net += lots if side is BUY else -lots
        assert holding.long_lots - holding.short_lots == net
        assert (holding.long_value == 0) or holding.long_lots > 0
        assert (holding.short_value == 0) or holding.short_lots > 0


def test_seconds_are_those_of_the_clock() -> None:
    assert rules.seconds(datetime(2026, 5, 4, 12, tzinfo=UTC)) == NOW
