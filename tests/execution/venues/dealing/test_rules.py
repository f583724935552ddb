"""The machines of orders and commands, pair by pair, and what fills and a venue's word come to."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.kernel import states as kernel_states
from execution_stack.venues import model
from execution_stack.venues.model import dealing
from execution_stack.venues.model.dealing import CommandEvent, CommandKind, CommandState, Event, State
from execution_stack.venues.rules import dealing as rules
from execution_stack.venues.rules import states

NOW = datetime(2026, 11, 20, tzinfo=UTC)
GRID = model.Grid((model.Range(10_000, 990_000, 10_000),), 10_000, 1)
ORDER = dealing.Order(
    ref=UUID(int=1, version=4), client=UUID(int=2, version=4), venue=dealing.Name.KALSHI, instrument=UUID(int=3, version=4),
    market="KX", side=model.Side.BID, price=500_000, count=1_000, time_in_force=model.TimeInForce.GOOD_TILL_CANCELED,
    expires_at=None, post_only=False, reduce_only=False, state=State.WORKING, venue_id=UUID(int=4), filled=0, reserved=0,
    attempts=1, checked=False, refusal=None, sent_at=NOW, due_at=None, recorded_at=NOW, changed_at=NOW,
)  # fmt: skip
THEIRS = model.Order(
    order=UUID(int=4), client=ORDER.client, market="KX", side=model.Side.BID, price=500_000,
    status=model.OrderStatus.RESTING, initial=1_000, filled=0, remaining=1_000, taker_cost=0, maker_cost=0, taker_fees=0,
    maker_fees=0, placed_at=NOW, updated_at=NOW, expires_at=None, group=None,
)  # fmt: skip


@pytest.mark.parametrize("state, event", states.ORDER.illegal_pairs())
def test_what_the_table_of_orders_does_not_allow_is_refused(state: State, event: Event) -> None:
    with pytest.raises(kernel_states.IllegalTransition):
        states.ORDER.advance(state, event)


@pytest.mark.parametrize("state, event", states.COMMAND.illegal_pairs())
def test_what_the_table_of_commands_does_not_allow_is_refused(state: CommandState, event: CommandEvent) -> None:
    with pytest.raises(kernel_states.IllegalTransition):
        states.COMMAND.advance(state, event)


def test_only_what_was_recorded_is_sent_and_only_what_is_known_to_be_absent_is_recorded_again() -> None:
    begins = [state for (state, event) in states.ORDER.transitions if event is Event.BEGIN]
    again = {pair for pair, to in states.ORDER.transitions.items() if to is State.RECORDED}
    assert begins == [State.RECORDED]
    assert again == {(State.SENDING, Event.POSTPONE), (State.UNKNOWN, Event.MISS)}


@pytest.mark.parametrize(
    "change, differs",
    [
        ({}, False),
        ({"market": "KXOTHER"}, True),
        ({"side": model.Side.ASK}, True),
        ({"price": 510_000}, True),
        ({"remaining": 999}, True),
        ({"remaining": 1_001}, True),
        ({"filled": 400, "remaining": 600}, False),
        ({"filled": 1_001, "remaining": 0, "status": model.OrderStatus.EXECUTED}, True),
        ({"filled": 300, "remaining": 0, "status": model.OrderStatus.CANCELED}, False),
    ],
)
def test_an_order_that_is_not_what_was_sent_is_noticed(change: dict[str, object], differs: bool) -> None:
    assert rules.differs(ORDER, msgspec.structs.replace(THEIRS, **change), None) is differs


def test_while_an_amendment_is_on_its_way_either_form_is_as_meant() -> None:
    asked = dealing.Command(
        order=ORDER.ref, number=1, kind=CommandKind.AMEND, price=600_000, count=2_000, client=UUID(int=5, version=4),
        state=CommandState.UNKNOWN, attempts=1, sent_at=NOW, due_at=NOW,
    )  # fmt: skip
    amended = msgspec.structs.replace(THEIRS, price=600_000, remaining=2_000)
    assert not rules.differs(ORDER, THEIRS, asked)
    assert not rules.differs(ORDER, amended, asked)
    assert rules.differs(ORDER, amended, None)
    assert rules.differs(ORDER, msgspec.structs.replace(amended, price=700_000), asked)


@pytest.mark.parametrize("ticks, lots", [(0, 1), (100, 1), (-1, 1), (50, 0), (50, -5), (50, 10**9 + 1), (10**12, 1)])
def test_an_instruction_off_the_grid_is_refused(ticks: int, lots: int) -> None:
    with pytest.raises((dealing.BadInstruction, model.OffGrid)):
        rules.check(GRID, ticks, lots)


def test_a_price_between_the_steps_of_a_range_is_refused() -> None:
    tapered = model.Grid((model.Range(1_000, 99_000, 1_000), model.Range(100_000, 900_000, 10_000)), 1_000, 1)
    assert rules.check(tapered, 7, 100) == (7_000, 100)
    with pytest.raises(model.OffGrid):
        rules.check(tapered, 101, 100)


FILL = st.tuples(st.sampled_from(["bid", "ask"]), st.integers(1, 99), st.integers(1, 500), st.integers(0, 50))


@given(st.lists(FILL, max_size=30), st.sampled_from([0, 370_000, 1_000_000]))
def test_cash_by_totals_is_cash_fill_by_fill(fills: list[tuple[str, int, int, int]], value: int) -> None:
    """Walking fill by fill, paying for what opens and being paid for what closes, comes to the same as the totals."""
    cash = net = bought = sold = cost = proceeds = fees = 0
    for side, cents, contracts, fee in fills:
        price, sign = cents * 10_000, 1 if side == "bid" else -1
        closing = min(contracts, max(0, -net * sign))
        mine = price if side == "bid" else model.DOLLAR - price
        cash += closing * (model.DOLLAR - mine) - (contracts - closing) * mine - fee
        net += sign * contracts
        fees += fee
        if side == "bid":
            bought, cost = bought + contracts, cost + contracts * price
        else:
            sold, proceeds = sold + contracts, proceeds + contracts * price
    held = dealing.Held(ORDER.instrument, "KX", bought * 100, sold * 100, cost, proceeds, fees)
    assert rules.cash([held], []) == cash
    revenue = max(0, net) * value + max(0, -net) * (model.DOLLAR - value)
    assert rules.cash([held], [revenue]) == cash + revenue


def test_what_is_unknown_is_asked_about_often_enough() -> None:
    waited = timedelta()
    for _ in range(60):
        wait = rules.asks_again(NOW, NOW + waited)
        assert rules.ASK <= wait <= rules.ASK_MAX
        waited += wait
    assert timedelta(seconds=60) > rules.LEASE
