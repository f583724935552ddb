"""Reads that totals are worked out from: what was said and is not heard yet, and a core that is sequenced by itself."""

from uuid import UUID

from boundary.kernel.runtime import transaction, transcript_store, witness_store

_WAITING = "SELECT count, payload FROM channel_outbox WHERE channel = $1 ORDER BY id"
_WAITING_COUNT = "SELECT coalesce(sum(count), 0)::bigint FROM channel_outbox WHERE channel = $1"
_UNHEARD = "SELECT body FROM channel_sent WHERE channel = $1 AND epoch = $2 AND sequence > $3 ORDER BY sequence"
_UNHEARD_COUNT = """
SELECT coalesce(sum(count), 0)::bigint FROM channel_sent WHERE channel = $1 AND epoch = $2 AND sequence > $3"""


async def waiting(tx: transaction.Tx, channel: UUID) -> list[tuple[int, bytes]]:
    """What is not sequenced yet: rows of so many encoded messages."""
    return [(row["count"], row["payload"]) for row in await tx.fetch(_WAITING, channel)]


async def unheard(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> list[bytes]:
    """The bodies of the cores after this one."""
    return [row["body"] for row in await tx.fetch(_UNHEARD, channel, epoch, sequence)]


async def untold(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> int:
    """How many messages were said after this core, sequenced or not: to be asked before they are read."""
    sequenced: int = await tx.value(_UNHEARD_COUNT, channel, epoch, sequence)
    return sequenced + int(await tx.value(_WAITING_COUNT, channel))


async def sequence_alone(
    tx: transaction.Tx, channel: UUID, after: witness_store.Place, body: bytes, core: bytes
) -> None:
    """A core of one message behind this place, which the caller holds."""
    await transcript_store.sequenced(tx, channel, after.epoch, after.sequence + 1, 1, after.head, core, body)
