"""One order with everything that an outsider needs to check it (`boundary/verify/allocation.py`)."""

from typing import Any
from uuid import UUID

from boundary.kernel import records
from boundary.kernel.runtime import transaction, verification
from execution_stack.aggregation import model
from execution_stack.aggregation.repo import orders, weighing
from execution_stack.allocation import service as fills
from execution_stack.intents import model as intents

FORMAT = "allocation/1"


async def document(tx: transaction.Tx, ref: UUID) -> dict[str, Any]:
    """Every version of the manifest that has left, with its place in the audit log, and every fill that is shared."""
    order = await orders.look(tx, ref)
    if order is None:
        raise model.UnknownOrder("there is no such order")
    manifests = [await _manifest(tx, order, each) for each in await orders.versions(tx, ref)]
    return {"format": FORMAT, "order": str(ref), "manifests": manifests, "fills": await _fills(tx, ref)}


async def newest(tx: transaction.Tx, limit: int) -> list[dict[str, Any]]:
    """What there is to be seen of orders without their members."""
    return [dict(row.items()) for row in await orders.newest(tx, limit)]


async def _manifest(tx: transaction.Tx, order: model.Order, version: orders.Version) -> dict[str, Any]:
    members = await weighing.members(tx, order.ref, version.number)
    manifested = model.Manifested(order.ref, version.number, version.root, version.members, version.lots)
    left = model.Left(order.ref, version.number, version.root, version.lots)
    return {
        "version": version.number,
        "instrument": str(order.pool.instrument),
        "side": list(intents.Side).index(intents.Side(order.pool.side)),
        "limit_ticks": order.pool.limit_ticks,
        "members": [
            [str(each.channel), each.epoch, each.sequence, each.position, str(each.participant), each.lots]
            for each in members
        ],
        "sealed": await _proof(tx, version.xid, manifested),
        "left": await _proof(tx, version.left_xid, left),
    }


async def _fills(tx: transaction.Tx, ref: UUID) -> list[dict[str, Any]]:
    return [
        {
            "number": each.number,
            "version": each.version,
            "lots": each.lots,
            "fee": each.fee,
            "improvement": each.improvement,
            "reverses": each.reverses,
            "shares": [[member, *share] for member, share, _ in await fills.shares_of(tx, ref, each.number)],
        }
        for each in await fills.recorded(tx, ref)
        if each.done
    ]


async def _proof(tx: transaction.Tx, xid: int, entry: records.Entry) -> dict[str, Any]:
    return await verification.proof(tx, await orders.entry(tx, xid, records.encode(entry)))
