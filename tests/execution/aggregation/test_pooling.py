"""What is pooled with what, and every step an order's state may take."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from boundary.kernel import ids, states
from execution_stack.aggregation import model
from execution_stack.aggregation.rules import pooling
from execution_stack.instruments import model as instruments
from execution_stack.intents import model as intents

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
RANDOM = ids.SeededIds(5)
INSTRUMENT = instruments.Instrument(
    ref=RANDOM.ref(),
    code="RAIN-1",
    route=instruments.Route.OMNIBUS,
    product=instruments.Product.EVENT_CONTRACT,
    state=instruments.State.LISTED,
    tick_size=100,
    lot_size=10_000,
    price_max=99,
    cap_lots=10**6,
    opens_at=NOW - timedelta(days=1),
    closes_at=NOW + timedelta(days=1),
    document=bytes(32),
)
TERMS = intents.Terms(
    RANDOM.ref(), INSTRUMENT.ref, intents.Side.BUY, intents.Kind.LIMIT, intents.TimeInForce.UNTIL_CANCELLED, 40, 5,
    20_000, 0,
)  # fmt: skip


def pooled(**change: object) -> model.Pool:
    return pooling.pool(msgspec.structs.replace(TERMS, **change), INSTRUMENT)


@pytest.mark.parametrize(
    "change, manner, limit",
    [
        ({}, model.Manner.RESTING, 40),
        ({"time_in_force": intents.TimeInForce.DAY}, model.Manner.RESTING, 40),
        ({"time_in_force": intents.TimeInForce.AT_ONCE_OR_CANCEL}, model.Manner.AT_ONCE, 40),
        ({"kind": intents.Kind.POST_ONLY}, model.Manner.POST_ONLY, 40),
        ({"kind": intents.Kind.MARKET, "limit_ticks": 0}, model.Manner.AT_ONCE, 99),
        ({"kind": intents.Kind.MARKET, "limit_ticks": 0, "side": intents.Side.SELL}, model.Manner.AT_ONCE, 1),
        ({"time_in_force": intents.TimeInForce.ALL_OR_NOTHING}, model.Manner.ALL_OR_NOTHING, 40),
    ],
)
def test_how_an_intent_may_trade_decides_with_whom_it_is_pooled(
    change: dict[str, object], manner: model.Manner, limit: int
) -> None:
    found = pooled(**change)
    assert (found.instrument, found.manner, found.limit_ticks) == (INSTRUMENT.ref, manner, limit)


def test_the_same_wish_is_one_pool_whoever_has_it_and_another_price_or_side_is_another() -> None:
    assert pooled() == pooled(participant=RANDOM.ref(), lots=9, cost_cap=99_000)
    assert len({pooled(), pooled(limit_ticks=41), pooled(side=intents.Side.SELL)}) == 3


def test_a_state_moves_only_as_the_table_says() -> None:
    allowed = {
        ("gathering", "close"): "manifested",
        ("gathering", "end"): "ended",
        ("manifested", "leave"): "leaving",
        ("manifested", "end"): "ended",
        ("leaving", "work"): "working",
        ("leaving", "end"): "ended",
        ("working", "end"): "ended",
    }
    for state in model.State:
        for event in model.StateEvent:
            if (state.value, event.value) in allowed:
                assert pooling.STATE.advance(state, event).value == allowed[state.value, event.value]
            else:
                with pytest.raises(states.IllegalTransition):
                    pooling.STATE.advance(state, event)
