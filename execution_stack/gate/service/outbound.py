"""What leaves for a customer stack: outcomes and news go into the outbox, cores are offered as answers."""

from collections.abc import Sequence
from uuid import UUID

from boundary.channel import transcript
from boundary.kernel.runtime import transaction, transcript_store
from boundary.wire import control, frame, messages


async def say(tx: transaction.Tx, channel: UUID, said: Sequence[messages.Message]) -> None:
    """Put messages into a channel's outbox, many in a row: they are sequenced when an answer can carry them."""
    await put(tx, channel, rows(said))


def rows(said: Sequence[messages.Message]) -> list[transcript_store.Waiting]:
    """As rows of the outbox."""
    found = messages.rows(said, lambda each: each, transcript_store.ROW_BYTES_MAX)
    return [transcript_store.Waiting(len(run), payload) for payload, run in found]


async def put(tx: transaction.Tx, channel: UUID, said: Sequence[transcript_store.Waiting]) -> None:
    for each in said:
        await transcript_store.put(tx, channel, each.payload, each.messages)


async def turn(
    tx: transaction.Tx,
    channel: UUID,
    said: Sequence[transcript_store.Waiting],
    acknowledged: transcript_store.Acknowledgement | None,
) -> transcript_store.Turn:
    """Sequence what waits in the channel's outbox, and what is said now."""
    return await transcript_store.turn(
        tx, channel, frame.BODY_SIZE_MAX - 8, _make, acknowledged=acknowledged, said=said
    )


async def _make(
    epoch: int, sequence: int, previous: bytes, rows: list[transcript_store.Waiting]
) -> tuple[bytes, bytes]:
    count = sum(row.messages for row in rows)
    body = messages.array(count) + b"".join(row.payload for row in rows)
    return body, transcript.core_hash(epoch, sequence, count, previous, body)


def void(core: transcript_store.Core) -> control.Void:
    """What is sent in the place of a core that the other side cannot read."""
    return control.Void(core.epoch, core.sequence, core.core)
