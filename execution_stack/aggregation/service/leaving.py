"""What is sealed leaves: the desk is told in the transaction that notes it, and what it is told is committed first."""

from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from execution_stack.aggregation import model, ports
from execution_stack.aggregation.repo import orders
from execution_stack.aggregation.rules import pooling
from execution_stack.intents import model as intents


async def leave(tx: transaction.Tx, desk: ports.Desk, now: datetime) -> UUID | None:
    """Hand one sealed version to the desk; of which order, if there was one."""
    due = await orders.sealed(tx)
    if due is None:
        return None
    order = await orders.lock(tx, due.order)
    assert order is not None, "a manifest is of an order"
    await orders.left(tx, due.order, due.version, now)
    await audit.write(tx, model.Left(due.order, due.version, due.root, due.lots))
    if due.version == 1:
        await orders.set_state(tx, due.order, pooling.STATE.advance(order.state, model.StateEvent.LEAVE))
        pool = order.pool
        await desk.place(
            tx,
            model.Outgoing(
                due.order, pool.instrument, intents.Side(pool.side), pool.limit_ticks, pool.manner, due.lots
            ),
        )
    elif order.state is model.State.WORKING:
        before = await orders.lots(tx, due.order, due.version - 1)
        await desk.reduce(tx, due.order, by=before - due.lots)
    return due.order
