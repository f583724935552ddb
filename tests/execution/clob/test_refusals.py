"""Whatever is malformed, out of range or not allowed is refused with a code, and the digest stays; both books."""

from typing import Any

import pytest

from execution_stack.clob import model
from tests.execution.clob.trading import BUY, SELL, Market, Op, Tif, Type

HUGE = (1 << 63) - 1
NEW: dict[str, Any] = {"op": Op.NEW, "price": 100, "quantity": 10}
TABLE: list[tuple[str, dict[str, Any]]] = [
    ("bad_command", {"op": 0}),
    ("bad_command", {"op": 99}),
    ("bad_command", NEW | {"side": 2}),
    ("bad_command", NEW | {"type": 4}),
    ("bad_command", NEW | {"tif": 8}),
    ("bad_participant", NEW | {"user": model.USERS_MAX}),
    ("bad_participant", {"op": Op.MASS_CANCEL, "user": model.USERS_MAX}),
    *(("bad_quantity", NEW | {"quantity": each}) for each in (0, -1, model.QUANTITY_MAX + 1, HUGE, -HUGE - 1)),
    *(("bad_display", NEW | {"display": each}) for each in (-1, 11, HUGE, -HUGE - 1)),
    ("bad_display", NEW | {"quantity": 1001, "display": 1}),
    ("bad_display", NEW | {"display": 1, "type": Type.MARKET}),
    ("bad_display", NEW | {"display": 1, "type": Type.STOP, "stop": 100}),
    ("bad_display", NEW | {"display": 1, "tif": Tif.IOC}),
    *(("bad_price", NEW | {"price": each}) for each in (0, -1, model.PRICE_MAX + 1, HUGE, -HUGE - 1)),
    *(("bad_stop", NEW | {"type": Type.STOP, "stop": each}) for each in (0, -1, model.PRICE_MAX + 1, HUGE)),
    *(("bad_expiry", NEW | {"tif": Tif.GTD, "time": each}) for each in (0, -1, 50, model.TIME_MAX + 1, HUGE)),
    ("bad_id", NEW | {"id": 1}),
    ("bad_id", NEW | {"id": -1}),
    *(("unknown_order", {"op": Op.CANCEL, "id": each}) for each in (0, -1, 99, HUGE, -HUGE - 1)),
    *(("unknown_order", {"op": Op.AMEND, "id": each, "quantity": 1, "price": 1}) for each in (0, 99, HUGE)),
    *(("unknown_order", {"op": Op.FORCE_CANCEL, "id": each}) for each in (0, -7, 99, HUGE)),
    *(("bad_quantity", {"op": Op.AMEND, "id": 1, "price": 90, "quantity": each}) for each in (0, -1, HUGE)),
    *(("bad_price", {"op": Op.AMEND, "id": 1, "price": each, "quantity": 5}) for each in (0, -1, HUGE)),
    ("stop_parked", {"op": Op.AMEND, "id": 2, "price": 90, "quantity": 5}),
    ("post_would_cross", NEW | {"price": 110, "tif": Tif.POST}),
    *(("bad_time", {"op": Op.TIME, "time": each}) for each in (-1, 0, 49, 50, model.TIME_MAX + 1, HUGE)),
    ("bad_command", {"op": Op.HALT, "type": 0}),
    ("bad_command", {"op": Op.HALT, "type": 3}),
    ("same_state", {"op": Op.RESUME}),
    ("bad_configuration", {"op": Op.GRID}),
    ("bad_configuration", {"op": Op.GRID, "price": 10, "quantity": 9, "stop": 1, "display": 1}),
    ("bad_configuration", {"op": Op.GRID, "price": 1, "quantity": HUGE, "stop": 1, "display": 1}),
    ("bad_configuration", {"op": Op.GRID, "price": 1, "quantity": 9, "stop": 0, "display": 1}),
    ("bad_configuration", {"op": Op.GRID, "price": 1, "quantity": 9, "stop": 1, "display": -1}),
    *(("bad_configuration", {"op": Op.BAND, "price": each}) for each in (-1, model.PRICE_MAX + 1, HUGE)),
    *(("bad_configuration", {"op": Op.VOLUME, "quantity": each}) for each in (-1, HUGE)),
    ("bad_configuration", {"op": Op.VOLUME, "time": -1}),
    ("bad_participant", {"op": Op.PARTICIPANT, "user": model.USERS_MAX}),
    *(("bad_configuration", {"op": Op.PARTICIPANT, each: -1}) for each in ("price", "quantity", "stop")),
    *(("bad_configuration", {"op": Op.PARTICIPANT, each: HUGE}) for each in ("price", "quantity", "stop")),
    ("bad_configuration", {"op": Op.PARTICIPANT, "side": 2}),
    ("bad_configuration", {"op": Op.RULES, "type": 4}),
]


@pytest.fixture
def busy(market: Market) -> Market:
    """A book with a bid (1), a parked stop (2) and an ask (3), at time 50."""
    market.new(BUY, 10, 90)
    market.stop(BUY, 5, 200)
    market.new(SELL, 10, 110)
    market.tell(Op.TIME, time=50)
    return market


@pytest.mark.parametrize("code, command", TABLE)
def test_a_refused_command_leaves_no_trace(busy: Market, code: str, command: dict[str, Any]) -> None:
    before, seq = busy.digest, busy.book.seq
    said = busy.tell(**command)
    assert (busy.refusal, len(said)) == (code, 1)
    assert (busy.digest, busy.book.seq) == (before, seq)


@pytest.mark.parametrize("field", model.Command._fields)
def test_what_fits_no_field_is_a_fault_of_the_caller(busy: Market, field: str) -> None:
    before = busy.digest
    command = model.Command(Op.NEW, price=100, quantity=1)._replace(**{field: 1 << 64})
    with pytest.raises(OverflowError):
        busy.book.submit(*command)
    assert busy.digest == before


@pytest.mark.parametrize(
    "code, command",
    [
        ("off_tick", {"price": 101, "quantity": 10}),
        ("off_lot", {"price": 100, "quantity": 11}),
        ("off_lot", {"price": 100, "quantity": 10, "display": 3}),
        ("off_tick", {"type": Type.STOP, "stop": 101, "quantity": 10}),
        ("bad_price", {"price": 88, "quantity": 10}),
        ("bad_price", {"price": 122, "quantity": 10}),
        ("bad_stop", {"type": Type.STOP, "stop": 122, "quantity": 10}),
    ],
)
def test_the_grid_and_the_static_band(market: Market, code: str, command: dict[str, Any]) -> None:
    market.tell(Op.GRID, price=90, quantity=120, stop=2, display=5)
    order = market.new(BUY, 10, 100)
    before = market.digest
    market.tell(Op.NEW, **command)
    assert market.refusal == code
    market.amend(order, 10, 101)
    assert market.refusal == "off_tick"
    market.amend(order, 9, 100)
    assert market.refusal == "off_lot"
    assert market.digest == before


@pytest.mark.parametrize(
    "limits, code", [((5, 0, 0), "order_too_large"), ((0, 2, 0), "too_many_open"), ((0, 0, 899), "too_much_open")]
)
def test_limits_of_a_participant(market: Market, limits: tuple[int, int, int], code: str) -> None:
    """Limits that are set late count what was open before."""
    first = market.new(BUY, 4, 100, user=1)
    market.tell(Op.PARTICIPANT, user=1, quantity=limits[0], price=limits[1], stop=limits[2])
    second = market.stop(BUY, 4, 100, user=1)
    assert second
    assert market.new(BUY, 6, 100, user=1) == 0
    assert market.refusal == code
    assert market.new(BUY, 6, 100, user=2)
    market.cancel(first, user=1)
    market.cancel(second, user=1)
    assert market.new(BUY, 5, 100, user=1)


def test_trades_give_room_again(market: Market) -> None:
    market.tell(Op.PARTICIPANT, user=1, stop=1000)
    market.new(BUY, 10, 100, user=1)
    assert market.new(BUY, 1, 1, user=1) == 0
    market.new(SELL, 4, 100, user=2)
    assert market.new(BUY, 4, 100, user=1)
    assert market.new(BUY, 1, 1, user=1) == 0


def test_a_closed_book_takes_orders_of_those_it_knows(market: Market) -> None:
    market.tell(Op.RULES, side=1)
    assert market.new(BUY, 1, 100, user=1) == 0
    assert market.refusal == "bad_participant"
    market.tell(Op.PARTICIPANT, user=1)
    order = market.new(BUY, 1, 100, user=1)
    assert order
    market.tell(Op.PARTICIPANT, user=1, side=1)
    assert market.new(BUY, 1, 100, user=1) == 0
    market.cancel(order, user=1)
    assert market.ended == [(order, "by_owner")]
