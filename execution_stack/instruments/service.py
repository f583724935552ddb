"""Lists instruments, changes them and moves their state; every customer stack and the book hear in the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel.runtime import audit, transaction
from execution_stack.instruments import model, ports, repo, rules

OVER_MAX = 100
"""How many one transaction closes, so that none lasts long."""


async def hold(tx: transaction.Tx) -> None:
    """Let nothing in the register move until the transaction ends. Take it before reading what is decided by."""
    await repo.hold(tx)


async def hold_alone(tx: transaction.Tx) -> None:
    """Wait for all who decide by the register, and let nobody begin to until the transaction ends."""
    await repo.hold_alone(tx)


async def add(
    tx: transaction.Tx, instrument: model.Instrument, outbound: ports.Outbound, books: ports.Books | None = None
) -> None:
    """Put an instrument into the register."""
    rules.check(instrument)
    if not await repo.add(tx, instrument):
        raise model.AlreadyListed("this reference or code is in the register")
    await audit.write(tx, rules.listed(instrument))
    await outbound.listed(tx, instrument)
    if books is not None and instrument.route is model.Route.CLOB:
        await books.grid(tx, instrument)
        if instrument.state is model.State.HALTED:
            await books.halt(tx, instrument.ref)


async def change(
    tx: transaction.Tx,
    ref: UUID,
    wanted: model.Terms,
    now: datetime,
    outbound: ports.Outbound,
    orders: ports.Orders,
    books: ports.Books | None = None,
) -> model.Instrument:
    """Give an instrument other terms; saying the same again changes nothing and tells nobody."""
    await repo.hold_alone(tx)
    found = await repo.lock(tx, ref)
    if found is None:
        raise model.UnknownInstrument("there is no such instrument")
    changed = rules.change(found, wanted, now, await orders.open_in(tx, ref))
    if changed == found:
        return found
    await repo.change(tx, changed)
    await audit.write(tx, rules.changed(changed))
    await outbound.changed(tx, changed)
    moved = (changed.price_max, changed.grid) != (found.price_max, found.grid)
    if books is not None and moved and changed.route is model.Route.CLOB:
        await books.grid(tx, changed)
    return changed


async def move(
    tx: transaction.Tx,
    ref: UUID,
    event: model.StateEvent,
    outbound: ports.Outbound,
    books: ports.Books | None = None,
) -> model.Instrument:
    """Halt, resume, close, resolve or delist."""
    await repo.hold_alone(tx)
    found = await repo.lock(tx, ref)
    if found is None:
        raise model.UnknownInstrument("there is no such instrument")
    return await _moved(tx, found, event, outbound, books)


async def _moved(
    tx: transaction.Tx,
    found: model.Instrument,
    event: model.StateEvent,
    outbound: ports.Outbound,
    books: ports.Books | None,
) -> model.Instrument:
    moved = msgspec.structs.replace(found, state=rules.STATE.advance(found.state, event))
    await repo.set_state(tx, found.ref, moved.state)
    await audit.write(tx, rules.state_changed(moved))
    await outbound.state_changed(tx, moved)
    if books is not None and moved.route is model.Route.CLOB:
        if moved.state is model.State.LISTED:
            await books.resume(tx, found.ref)
        elif found.state is model.State.LISTED:
            await books.halt(tx, found.ref)
    return moved


async def close_over(
    tx: transaction.Tx, now: datetime, outbound: ports.Outbound, books: ports.Books | None = None
) -> list[UUID]:
    """Close those whose window is over, a few at a time; which they were."""
    if not await repo.over(tx, now, 1):
        return []
    await repo.hold_alone(tx)
    closed: list[UUID] = []
    for ref in await repo.over(tx, now, OVER_MAX):
        found = await repo.lock(tx, ref)
        if found is not None and found.state in rules.TRADING and found.closes_at <= now:
            await _moved(tx, found, model.StateEvent.CLOSE, outbound, books)
            closed.append(ref)
    return closed


async def price(tx: transaction.Tx, ref: UUID, ticks: int) -> None:
    """State a reference price for an instrument that has no book, or take it back with 0."""
    found = await repo.lock(tx, ref)
    if found is None or found.state is model.State.DELISTED:
        raise model.UnknownInstrument("there is no such instrument")
    if ticks and not rules.is_price(found, ticks):
        raise model.BadPrice("a price is a whole number of ticks on the instrument's grid", price_max=found.price_max)
    await repo.set_price(tx, ref, ticks or None)
    await audit.write(tx, model.Priced(ref, ticks))


async def quoted(tx: transaction.Tx) -> list[model.Quoted]:
    """Every instrument that is not delisted, as market data."""
    return await repo.quoted(tx)


async def some(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, model.Instrument]:
    """Those of the references that are in the register."""
    return await repo.some(tx, sorted(set(refs)))


async def one(tx: transaction.Tx, name: str) -> model.Instrument:
    """By its reference or its code."""
    try:
        found = (await repo.some(tx, [UUID(name)])).get(UUID(name))
    except ValueError:
        found = await repo.by_code(tx, name) if rules.is_code(name) else None
    if found is None:
        raise model.UnknownInstrument("there is no such instrument")
    return found


async def every(tx: transaction.Tx) -> list[model.Instrument]:
    return await repo.every(tx)


async def search(
    tx: transaction.Tx,
    *,
    route: model.Route | None = None,
    product: model.Product | None = None,
    state: model.State | None = None,
    code: str | None = None,
) -> list[model.Instrument]:
    """Those of a route, a product, a state, or whose code begins so; in the order of their codes."""
    return await repo.search(tx, route, product, state, code)
