"""Records fills exactly once, however and however often they are told; takes back what the venue takes back.

What the venue says was filled is what we own, so a fill is recorded whatever state its order is in. A fill that should
not be stops the venue, after it was recorded.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import prometheus_client

from boundary.kernel import primitives
from boundary.kernel.runtime import audit, transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.model.dealing import Difference, FindingKind, Held, Order
from execution_stack.venues.repo import commands as commands_repo
from execution_stack.venues.repo import fills as repo
from execution_stack.venues.repo import orders as orders_repo
from execution_stack.venues.rules import dealing as rules
from execution_stack.venues.service import killing, moving

FILLS = prometheus_client.Counter("venue_fills", "Fills by what became of them", ["outcome"])


async def record(
    tx: transaction.Tx, venue: dealing.Name, listeners: moving.Listeners, told: Sequence[model.Fill], now: datetime
) -> list[model.Fill]:
    """Record what is new of these; those whose order is not known here (yet) come back."""
    by_venue, by_client = await orders_repo.named(
        tx, venue, [each.order for each in told], [each.client for each in told if each.client]
    )
    owner = {
        each.fill: by_venue.get(each.order) or (by_client.get(each.client) if each.client else None) for each in told
    }
    orders = await orders_repo.lock(tx, [ref for ref in owner.values() if ref is not None])
    rows: list[tuple[model.Fill, Order]] = []
    strays: list[model.Fill] = []
    for fill in {each.fill: each for each in told}.values():
        ref = owner[fill.fill]
        if ref is None:
            strays.append(fill)
        else:
            rows.append((fill, orders[ref]))
    if not rows:
        return strays
    amended = await commands_repo.amending(tx, sorted(orders))
    new = await repo.add(tx, venue, rows)
    await _compare(tx, venue, listeners, [row for row in rows if row[0].fill not in new], now)
    for fill, order in sorted((row for row in rows if row[0].fill in new), key=lambda row: (row[0].at, row[0].fill)):
        orders[order.ref] = await _one(
            tx, venue, listeners, orders[order.ref], fill, now, most=max(order.count, amended.get(order.ref, 0))
        )
    FILLS.labels("recorded").inc(len(new))
    FILLS.labels("doubled").inc(len(told) - len(new) - len(strays))
    return strays


async def _one(
    tx: transaction.Tx,
    venue: dealing.Name,
    listeners: moving.Listeners,
    order: Order,
    fill: model.Fill,
    now: datetime,
    *,
    most: int,
) -> Order:
    event = rules.filled(order, fill.count, most)
    total = order.filled + fill.count
    names: dict[str, object] = {} if order.venue_id else {"venue_id": fill.order}
    after = await moving.written(
        tx, order, event, now, filled=total, due_at=order.due_at or now, checked=False, **names
    )
    await repo.hold(tx, venue, _held(order, fill.side, fill.price, fill.count, fill.fee))
    await audit.write(
        tx, entries.Filled(order.ref, primitives.sha256(fill.fill.bytes), fill.price, fill.count, fill.fee)
    )
    for listener in listeners:
        await listener.filled(tx, after, fill)
    await moving.ended(tx, listeners, order, after, now)
    if (fill.market, fill.side) != (order.market, order.side):
        await _contradicts(tx, venue, listeners, FindingKind.FILL_DIFFERS, order, fill.fill, now)
    if total > most or order.state is dealing.State.REFUSED:
        await _contradicts(tx, venue, listeners, FindingKind.OVERFILLED, order, fill.fill, now)
    return after


def _held(order: Order, side: model.Side, price: int, count: int, fee: int) -> Held:
    """What one fill adds to a position."""
    money = rules.amount(price, count)
    if side is model.Side.BID:
        return Held(order.instrument, order.market, count, 0, money, 0, fee)
    return Held(order.instrument, order.market, 0, count, 0, money, fee)


async def _compare(
    tx: transaction.Tx,
    venue: dealing.Name,
    listeners: moving.Listeners,
    rows: Sequence[tuple[model.Fill, Order]],
    now: datetime,
) -> None:
    """A name that is told again with another content is a contradiction."""
    known = await repo.some(tx, venue, [fill.fill for fill, _ in rows])
    for fill, order in rows:
        here = known[fill.fill]
        there = (order.ref, fill.side, fill.price, fill.count, fill.fee)
        if (here.order, here.side, here.price, here.count, here.fee) != there:
            await _contradicts(tx, venue, listeners, FindingKind.FILL_DIFFERS, order, fill.fill, now)


async def _contradicts(
    tx: transaction.Tx,
    venue: dealing.Name,
    listeners: moving.Listeners,
    kind: FindingKind,
    order: Order,
    fill: UUID,
    now: datetime,
) -> None:
    difference = Difference(kind=kind, order=order.ref, fill=fill, market=order.market)
    await killing.found(tx, listeners, venue, difference, now)


async def bust(tx: transaction.Tx, venue: dealing.Name, listeners: moving.Listeners, ref: UUID, fill: UUID) -> bool:
    """The venue took a fill back: a row of its own, and figures without it. Whether that is news."""
    order = await moving.held(tx, ref)
    found = (await repo.some(tx, venue, [fill])).get(fill)
    if found is None or found.order != ref or not await repo.bust(tx, venue, fill, ref):
        return False
    await repo.take_back(tx, _held(order, found.side, found.price, found.count, found.fee))
    left = max(order.count - found.count, 0)  # what was taken back is never filled again
    after = msgspec.structs.replace(order, filled=order.filled - found.count, count=left)
    await orders_repo.save(tx, after)
    await audit.write(tx, entries.Busted(ref, primitives.sha256(fill.bytes), found.count))
    for listener in listeners:
        await listener.busted(tx, after, fill)
    FILLS.labels("busted").inc()
    return True
