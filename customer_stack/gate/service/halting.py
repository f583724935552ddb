"""Halts the channel, with its evidence."""

from uuid import UUID

from boundary.kernel.runtime import audit, transaction, transcript_store, transcript_tables
from customer_stack.gate import model


async def halt(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int, core: bytes, reason: str) -> bool:
    """Apply nothing more on the channel, and send nothing, until people have looked; whether it ran until now."""
    if not await transcript_store.halt(tx, channel, reason):
        return False
    number = 1 + transcript_tables.HALTS.index(reason)
    await audit.write(tx, model.ChannelHalted(channel, epoch, sequence, core, number))
    return True
