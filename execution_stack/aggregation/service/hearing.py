"""What the desk says of orders that have left. It says nothing twice, and of an end only when every fill is recorded."""

from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from execution_stack.aggregation import model, ports
from execution_stack.aggregation.repo import orders
from execution_stack.aggregation.rules import pooling
from execution_stack.intents import model as intents
from execution_stack.intents import service as intake

_WHY = {
    model.Reason.REQUESTED: model.Why.REQUESTED,
    model.Reason.EXPIRED: model.Why.EXPIRED,
    model.Reason.PARTICIPANT: model.Why.PARTICIPANT,
    model.Reason.INSTRUMENT: model.Why.INSTRUMENT,
    model.Reason.OPERATOR: model.Why.OPERATOR,
}
_STATE = {model.Why.EXPIRED: intents.State.EXPIRED}


async def working(tx: transaction.Tx, outbound: ports.Outbound, ref: UUID) -> None:
    """The venue has it. Everybody in it hears so, with the root of the manifest that was sealed before it left."""
    order = await _known(tx, ref)
    await orders.set_state(tx, ref, pooling.STATE.advance(order.state, model.StateEvent.WORK))
    await orders.set_obeyed(tx, ref, 1)
    root = await orders.root(tx, ref, 1)
    for channel, names in (await orders.names(tx, ref)).items():
        await outbound.working(tx, channel, names, root)


async def obeys(tx: transaction.Tx, outbound: ports.Outbound, ref: UUID, version: int) -> None:
    """The venue goes by this version now, and every fill before that is shared: who has less hears how much less."""
    await _known(tx, ref)
    await orders.set_obeyed(tx, ref, version)
    changed = await orders.changed(tx, ref, version)
    done = [each for each in changed if each.target is not None and each.target <= each.lots]
    endings: dict[UUID, list[model.Ending]] = {}
    for each in done:
        lost = each.before - max(each.lots, each.filled)
        if each.reason is not None and each.reason is not model.Reason.AMENDED and lost > 0:
            endings.setdefault(each.channel, []).append(model.Ending(each.name, lost, _WHY[each.reason]))
    await orders.settle(tx, ref, [each.number for each in done])
    await _tell(tx, outbound, endings)


async def ended(tx: transaction.Tx, outbound: ports.Outbound, ref: UUID, why: model.Why, now: datetime) -> None:
    """Nothing more will come of it, and every fill is shared: what was not filled is over, for this reason."""
    order = await _known(tx, ref)
    endings: dict[UUID, list[model.Ending]] = {}
    unfilled = await orders.unfilled(tx, ref)
    for each in unfilled:
        endings.setdefault(each.channel, []).append(model.Ending(each.name, each.lots, why))
    await orders.close(tx, ref)
    await orders.set_state(tx, ref, pooling.STATE.advance(order.state, model.StateEvent.END), now)
    left_over = sum(each.lots for each in unfilled)
    await audit.write(tx, model.Ended(ref, order.lots - left_over, left_over))
    await _tell(tx, outbound, endings)


async def _tell(tx: transaction.Tx, outbound: ports.Outbound, endings: dict[UUID, list[model.Ending]]) -> None:
    for channel, said in sorted(endings.items()):
        for state in (intents.State.CANCELLED, intents.State.EXPIRED):
            names = [each.name for each in said if _STATE.get(each.why, intents.State.CANCELLED) is state]
            if names:
                await intake.finish(tx, channel, names, state)
        await outbound.over(tx, channel, said)


async def _known(tx: transaction.Tx, ref: UUID) -> model.Order:
    order = await orders.lock(tx, ref)
    if order is None:
        raise model.UnknownOrder("there is no such order")
    return order
