"""What the desk says of orders that have left. It says nothing twice, and of an end only when every fill is recorded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from execution_stack.aggregation import model, ports
from execution_stack.aggregation.repo import orders
from execution_stack.aggregation.rules import pooling
from execution_stack.aggregation.service import gathering
from execution_stack.allocation import model as allocation
from execution_stack.allocation import rules as sharing_rules
from execution_stack.allocation import service as sharing
from execution_stack.instruments import service as instruments
from execution_stack.intents import model as intents
from execution_stack.intents import service as intake

_WHY = {
    model.Reason.REQUESTED: model.Why.REQUESTED,
    model.Reason.EXPIRED: model.Why.EXPIRED,
    model.Reason.PARTICIPANT: model.Why.PARTICIPANT,
    model.Reason.INSTRUMENT: model.Why.INSTRUMENT,
    model.Reason.OPERATOR: model.Why.OPERATOR,
}


async def working(tx: transaction.Tx, outbound: ports.Outbound, ref: UUID) -> None:
    """The venue has it. Everybody in it hears so, with the root of the manifest that was sealed before it left."""
    order = await _known(tx, ref)
    await orders.set_state(tx, ref, pooling.STATE.advance(order.state, model.StateEvent.WORK))
    await orders.set_obeyed(tx, ref, 1)
    root = await orders.root(tx, ref, 1)
    for channel, names in (await orders.names(tx, ref)).items():
        await outbound.working(tx, channel, names, root)


async def filled(tx: transaction.Tx, around: ports.Around, ref: UUID, fill: model.VenueFill) -> bool:
    """The venue filled some of it; whether that was news. Shared out later, under the manifest it obeyed then."""
    order = await _known(tx, ref)
    if order.state is model.State.LEAVING:  # the fill overtook the word that the order is there
        await working(tx, around.outbound, ref)
        order = await _known(tx, ref)
    known = await instruments.some(tx, [order.pool.instrument])
    buying = order.pool.side == intents.Side.BUY.value
    tick_size = known[order.pool.instrument].tick_size
    ticks, improvement = sharing_rules.on_grid(fill.cost, fill.lots, tick_size, buying=buying)
    priced = allocation.Priced(fill.lots, ticks, fill.fee, improvement)
    return await sharing.record(tx, ref, fill.ref, order.obeyed, priced, fill.filled_at)


async def obeys(tx: transaction.Tx, ref: UUID, version: int) -> None:
    """The venue goes by this version now. What follows waits until every fill before that is shared."""
    await _known(tx, ref)
    await orders.note_obeys(tx, ref, version)


async def over(tx: transaction.Tx, ref: UUID, why: model.Why | None) -> None:
    """Nothing more will come of it; likewise. Without a reason the venue did all that it was asked for."""
    await _known(tx, ref)
    await orders.note_over(tx, ref, why)


async def settle(tx: transaction.Tx, around: ports.Around, now: datetime) -> UUID | None:
    """Work out what was noted of one order, now that its fills are shared; of which, if there was one."""
    noted = await orders.settled(tx)
    if noted is None:
        return None
    if noted.obeying is not None:
        await _obey(tx, around, noted.ref, noted.obeying, now)
    if noted.over:
        await _end(tx, around, noted.ref, noted.why, now)
    return noted.ref


async def _obey(tx: transaction.Tx, around: ports.Around, ref: UUID, version: int, now: datetime) -> None:
    """Who has less hears how much less, and who was to be elsewhere with other terms goes there."""
    await orders.set_obeyed(tx, ref, version)
    changed = await orders.changed(tx, ref, version)
    done = [each for each in changed if each.target is not None and each.target <= each.lots]
    endings: dict[UUID, list[model.Ending]] = {}
    moving: dict[UUID, list[intents.Name]] = {}
    complete: dict[UUID, list[intents.Name]] = {}
    for each in done:
        lost = each.before - max(each.lots, each.filled)
        if each.reason is model.Reason.AMENDED:
            moving.setdefault(each.channel, []).append(each.name)
        elif each.reason is not None and lost > 0:
            endings.setdefault(each.channel, []).append(model.Ending(each.name, lost, _WHY[each.reason]))
        else:
            complete.setdefault(each.channel, []).append(each.name)
    await orders.settle(tx, ref, [each.number for each in done])
    await _tell(tx, around.outbound, endings)
    for channel, names in sorted(complete.items()):
        await around.outbound.complete(tx, channel, names)
    await _again(tx, around, moving, now)


async def _end(tx: transaction.Tx, around: ports.Around, ref: UUID, why: model.Why | None, now: datetime) -> None:
    """What was not filled is over for this reason.

    Without a reason the venue filled all that it was asked for. Whoever wants more all the same, because a reduction
    for others crossed a fill, is pooled again.
    """
    order = await _known(tx, ref)
    if order.obeyed < order.version:  # nothing can be filled any more, so what was to be taken off is off
        await _obey(tx, around, ref, order.version, now)
    endings: dict[UUID, list[model.Ending]] = {}
    again: dict[UUID, list[intents.Name]] = {}
    unfilled = await orders.unfilled(tx, ref)
    for each in unfilled:
        wish = _WHY.get(each.reason) if each.reason else None
        over = wish or why
        if over is not None:
            endings.setdefault(each.channel, []).append(model.Ending(each.name, each.lots, over))
        else:
            again.setdefault(each.channel, []).append(each.name)
    await orders.close(tx, ref)
    await orders.set_state(tx, ref, pooling.STATE.advance(order.state, model.StateEvent.END), now)
    left_over = sum(each.lots for each in unfilled)
    await audit.write(tx, model.Ended(ref, order.lots - left_over, left_over))
    await _tell(tx, around.outbound, endings)
    await _again(tx, around, again, now)


async def _again(
    tx: transaction.Tx, around: ports.Around, names: Mapping[UUID, Sequence[intents.Name]], now: datetime
) -> None:
    """Into windows once more, with what is not filled yet, under the terms of today."""
    for channel in sorted(names):
        terms = await intake.open_terms(tx, channel, names[channel])
        had = await orders.filled_in_all(tx, channel, list(terms))
        known = await instruments.some(tx, [each.instrument for each in terms.values()])
        wanted = [(name, each, each.lots - had.get(name, 0)) for name, each in terms.items()]
        complete = [name for name, _, left in wanted if left <= 0]
        if complete:
            await around.outbound.complete(tx, channel, complete)
        wanted = [each for each in wanted if each[2] > 0]
        await gathering.join(tx, channel, wanted, known, now, around.random, around.limits)


async def _tell(tx: transaction.Tx, outbound: ports.Outbound, endings: dict[UUID, list[model.Ending]]) -> None:
    for channel, said in sorted(endings.items()):
        await outbound.over(tx, channel, said)


async def _known(tx: transaction.Tx, ref: UUID) -> model.Order:
    order = await orders.lock(tx, ref)
    if order is None:
        raise model.UnknownOrder("there is no such order")
    return order
