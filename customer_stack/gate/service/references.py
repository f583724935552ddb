"""Opaque references: minted by the execution stack in advance, attached to a subject of ours here, once.

A reference that a restore brought back unattached is burnt: it may have been attached after the backup was made.
"""

from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import audit, transaction
from boundary.wire import to_execution
from customer_stack.gate import model, repo
from customer_stack.gate.service import outbound

STOCK_LOW = 500
RESERVE = 1000


async def attach(tx: transaction.Tx, channel: UUID, subject: UUID, random: ids.Ids) -> UUID:
    """The reference of a subject, attached now if it has none; its activation leaves in the same transaction."""
    await repo.hold_subject(tx, subject)
    known = await repo.reference_of(tx, subject)
    if known is not None:
        return known
    activation = random.ref()
    reference = await repo.attach(tx, channel, subject, activation)
    if reference is None:
        raise model.NoReferences("no references are in stock; try again in a moment")
    await outbound.say(tx, channel, [outbound.Said(to_execution.ActivateRef(reference), activation)])
    return reference


async def replenish(tx: transaction.Tx, channel: UUID, random: ids.Ids) -> bool:
    """Ask for more when the stock is low and nothing was asked for yet; whether it asked."""
    if await repo.stock(tx, channel) >= STOCK_LOW or await repo.reservation_is_open(tx, channel):
        return False
    subject = random.ref()
    await repo.note_reservation(tx, channel, subject)
    await outbound.say(tx, channel, [outbound.Said(to_execution.ReserveRefs(RESERVE), subject)])
    return True


async def burn_unattached(tx: transaction.Tx, channel: UUID) -> int:
    """After a restore: give up every reference that nobody stands behind here; how many."""
    burnt = await repo.burn(tx, channel)
    if burnt:
        await audit.write(tx, model.ReferencesBurnt(channel, burnt))
    return burnt
