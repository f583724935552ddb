"""An order's life at the venue: recorded before it leaves, read back after, filled once, over for good."""

from execution_stack.venues.model.dealing import State
from tests.execution.venues.dealing.desk import Desk


async def test_an_order_is_recorded_sent_read_back_and_rests(desk: Desk) -> None:
    order = await desk.place(ticks=10)
    assert (order.state, order.venue_id, order.sent_at) == (State.RECORDED, None, None)
    assert not desk.exchange.exchange.orders
    await desk.settle()
    after = await desk.order(order.ref)
    assert (after.state, after.checked, after.due_at) == (State.WORKING, True, None)
    assert str(after.venue_id) in desk.exchange.exchange.orders
    report, error = await desk.error()
    assert (report.differences, error, report.orders) == ((), 0, 1)
