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


async def some(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, model.Instrument]:
    """Those of the references that are in the register."""
    return await repo.some(tx, sorted(set(refs)))


async def every(tx: transaction.Tx) -> list[model.Instrument]:
    return await repo.every(tx)
