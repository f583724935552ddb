"""Windows close, and manifests are made: the first when a window closes, a further one when somebody wants less."""

from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from execution_stack.aggregation import model
from execution_stack.aggregation.formats import manifests
from execution_stack.aggregation.repo import orders, windows
from execution_stack.aggregation.rules import pooling
from execution_stack.intents import model as intents


async def close(tx: transaction.Tx, now: datetime) -> UUID | None:
    """Close one window whose time has come; which, if there was one."""
    ref = await windows.due(tx, now)
    if ref is None:
        return None
    await orders.number(tx, ref)
    order = await orders.lock(tx, ref)
    assert order is not None, "it is held"
    members = await orders.members(tx, ref)
    if not members:
        await orders.set_state(tx, ref, pooling.STATE.advance(order.state, model.StateEvent.END), now)
        return ref
    await _make(tx, order, 1, members, pooling.STATE.advance(order.state, model.StateEvent.CLOSE))
    return ref


async def revise(tx: transaction.Tx) -> UUID | None:
    """Make one version of all that members of one order want less; which, if anybody wanted less of anything.

    Nobody can have less than is filled already. While a version is on its way the next one waits: so there is never a
    doubt about which the venue goes by.
    """
    ref = await orders.changing(tx)
    if ref is None:
        return None
    order = await orders.lock(tx, ref)
    assert order is not None, "it is held"
    wanted = [(each.number, each.lots, max(each.target, each.filled)) for each in await orders.targets(tx, ref)]
    cuts = [each for each in wanted if each[2] < each[1]]
    await orders.settle(tx, ref, [number for number, before, after in wanted if after >= before])
    if not cuts:
        await orders.unchanged(tx, ref)
        return ref
    await orders.cut(tx, ref, order.version + 1, cuts)
    await _make(tx, order, order.version + 1, await orders.members(tx, ref), order.state)
    return ref


async def _make(
    tx: transaction.Tx, order: model.Order, version: int, members: tuple[model.Member, ...], state: model.State
) -> None:
    side = list(intents.Side).index(intents.Side(order.pool.side))
    manifest = model.Manifest(order.ref, version, order.pool.instrument, side, order.pool.limit_ticks, members)
    root = manifests.root(manifest)
    await orders.manifested(tx, manifest, root, state)
    await audit.write(tx, model.Manifested(order.ref, version, root, len(members), manifest.lots))
