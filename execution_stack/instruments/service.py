"""Lists instruments and moves their state, and lets every customer stack know in the same transaction."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from boundary.kernel import clock
from boundary.kernel.runtime import audit, transaction
from execution_stack.instruments import model, ports, repo, rules


async def add(tx: transaction.Tx, instrument: model.Instrument, outbound: ports.Outbound) -> None:
    """Put an instrument into the register."""
    rules.check(instrument)
    if not await repo.add(tx, instrument):
        raise model.AlreadyListed("this reference or code is in the register")
    await audit.write(
        tx,
        model.Listed(
            instrument=instrument.ref,
            tick_size=instrument.tick_size,
            lot_size=instrument.lot_size,
            price_max=instrument.price_max,
            cap_lots=instrument.cap_lots,
            opens_at=clock.to_micros(instrument.opens_at),
            closes_at=clock.to_micros(instrument.closes_at),
            document=instrument.document,
        ),
    )
    await outbound.listed(tx, instrument)


async def move(tx: transaction.Tx, ref: UUID, event: model.StateEvent, outbound: ports.Outbound) -> model.Instrument:
    """Halt, resume or delist."""
    found = await repo.lock(tx, ref)
    if found is None:
        raise model.UnknownInstrument("there is no such instrument")
    moved = msgspec.structs.replace(found, state=rules.STATE.advance(found.state, event))
    await repo.set_state(tx, ref, moved.state)
    await audit.write(tx, model.StateChanged(ref, list(model.State).index(moved.state) + 1))
    await outbound.state_changed(tx, moved)
    return moved


async def price(tx: transaction.Tx, ref: UUID, ticks: int) -> None:
    """State a reference price for an instrument that has no book, or take it back with 0."""
    found = await repo.lock(tx, ref)
    if found is None or found.state is model.State.DELISTED:
        raise model.UnknownInstrument("there is no such instrument")
    if not 0 <= ticks <= found.price_max:
        raise model.BadPrice("a price is a whole number of ticks on the instrument's grid", price_max=found.price_max)
    await repo.set_price(tx, ref, ticks or None)
    await audit.write(tx, model.Priced(ref, ticks))


async def quoted(tx: transaction.Tx) -> list[model.Quoted]:
    """Every instrument that is not delisted, as market data."""
    return await repo.quoted(tx)


async def some(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, model.Instrument]:
    """Those of the references that are in the register."""
    return await repo.some(tx, sorted(set(refs)))


async def every(tx: transaction.Tx) -> list[model.Instrument]:
    return await repo.every(tx)
