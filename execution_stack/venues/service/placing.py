"""Takes orders and what is asked about them: rows, committed before anything leaves.

Whoever wants an order calls `place` in its own transaction; the worker sends what was committed. Nothing is taken while
the venue is killed, and nothing that its tick table does not have.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import audit, transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.model.dealing import CommandKind, Event, Instruction, Order, State
from execution_stack.venues.repo import accounts, markets
from execution_stack.venues.repo import commands as commands_repo
from execution_stack.venues.repo import orders as repo
from execution_stack.venues.rules import dealing as rules
from execution_stack.venues.service import moving

_KINDS = list(CommandKind)


async def place(tx: transaction.Tx, wanted: Sequence[Instruction], random: ids.Ids, now: datetime) -> list[Order]:
    """Record orders; all of them or, by raising, none."""
    found = await markets.of_instruments(tx, [each.instrument for each in wanted])
    for name in sorted({each.venue for each in found.values()}):
        if not await accounts.is_open(tx, name, hold=True):
            raise dealing.Killed("nothing new is sent to this venue")
    return [await _place(tx, each, found.get(each.instrument), random, now) for each in wanted]


async def _place(
    tx: transaction.Tx, wanted: Instruction, market: dealing.Market | None, random: ids.Ids, now: datetime
) -> Order:
    if market is None:
        raise dealing.UnknownMarket("no market of a venue stands behind this instrument")
    if market.status is not model.MarketStatus.ACTIVE:
        raise dealing.NotTrading("the market is not open for orders", status=market.status.value)
    price, count = rules.check(market.grid, wanted.ticks, wanted.lots)
    order = Order(
        ref=wanted.ref or random.ref(),
        client=random.ref(),
        venue=market.venue,
        instrument=wanted.instrument,
        market=market.market,
        side=wanted.side,
        price=price,
        count=count,
        time_in_force=wanted.time_in_force,
        expires_at=wanted.expires_at,
        post_only=wanted.post_only,
        reduce_only=wanted.reduce_only,
        state=State.RECORDED,
        venue_id=None,
        filled=0,
        reserved=rules.reserved(wanted.side, price, count, market.grid.payout),
        attempts=0,
        checked=False,
        refusal=None,
        sent_at=None,
        due_at=now,
        recorded_at=now,
        changed_at=now,
    )
    await repo.add(tx, order)
    ask = wanted.side is model.Side.ASK
    await audit.write(
        tx,
        entries.OrderRecorded(order.ref, order.client, order.instrument, ask, price, count, order.reserved),
    )
    return order


async def cancel(tx: transaction.Tx, listeners: moving.Listeners, ref: UUID, now: datetime) -> Order:
    """Ask for an order to be cancelled. One that has not left never does; one that may have is cancelled when it is
    known. Asking again is asking once.
    """
    return await _cancel(tx, listeners, await _live(tx, ref), now)


async def _cancel(tx: transaction.Tx, listeners: moving.Listeners, order: Order, now: datetime) -> Order:
    if order.state is State.RECORDED:
        return await moving.moved(tx, listeners, order, Event.CANCEL, now, due_at=None, checked=True)
    if not any(each.kind is CommandKind.CANCEL for each in await commands_repo.pending(tx, order.ref)):
        await _add(tx, order, CommandKind.CANCEL, now)
    return order


async def decrease(tx: transaction.Tx, ref: UUID, lots: int, now: datetime) -> int:
    """Let no more than so many lots rest; the number of the command. Nothing left means `cancel`."""
    order = await _live(tx, ref)
    count = await _count(tx, order, lots)
    if not 0 < count < order.count - order.filled:
        raise dealing.BadInstruction("a decrease leaves less than there is, and more than nothing")
    return await _add(tx, order, CommandKind.DECREASE, now, count=count)


async def amend(tx: transaction.Tx, ref: UUID, ticks: int, lots: int, random: ids.Ids, now: datetime) -> int:
    """Another price and another total, what was filled already included; the number of the command."""
    order = await _live(tx, ref)
    market = await _market(tx, order)
    price, count = rules.check(market.grid, ticks, lots)
    if count <= order.filled or (price, count) == (order.price, order.count):
        raise dealing.BadInstruction("an amendment changes something, and leaves more than was filled")
    if not await accounts.is_open(tx, order.venue, hold=True):
        raise dealing.Killed("nothing new is sent to this venue")
    client = random.ref()
    await repo.add_client(tx, client, order.ref)
    return await _add(tx, order, CommandKind.AMEND, now, price=price, count=count, client=client)


async def _live(tx: transaction.Tx, ref: UUID) -> Order:
    order = await moving.held(tx, ref)
    if order.state not in dealing.OPEN:
        raise dealing.OrderOver("the order is over")
    return order


async def _market(tx: transaction.Tx, order: Order) -> dealing.Market:
    market = (await markets.of_instruments(tx, [order.instrument])).get(order.instrument)
    if market is None:
        raise dealing.UnknownMarket("no market of a venue stands behind this instrument")
    return market


async def _count(tx: transaction.Tx, order: Order, lots: int) -> int:
    return lots * (await _market(tx, order)).grid.lot


async def _add(
    tx: transaction.Tx,
    order: Order,
    kind: CommandKind,
    now: datetime,
    *,
    price: int | None = None,
    count: int | None = None,
    client: UUID | None = None,
) -> int:
    number = await commands_repo.add(tx, order.ref, kind, now, price=price, count=count, client=client)
    entry = entries.CommandRecorded(order.ref, number, _KINDS.index(kind) + 1, price or 0, count or 0)
    await audit.write(tx, entry)
    return number


async def cancel_all(tx: transaction.Tx, listeners: moving.Listeners, venue: dealing.Name, now: datetime) -> int:
    """Ask for everything that is open to be cancelled; how much that was."""
    refs = [each.ref for each in await repo.open_ones(tx, venue)]
    still = [each for each in (await repo.lock(tx, refs)).values() if each.state in dealing.OPEN]
    for each in still:
        await _cancel(tx, listeners, each, now)
    return len(still)
