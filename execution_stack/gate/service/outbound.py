"""What leaves for a customer stack: outcomes and news go into the outbox, cores are offered as answers."""

from collections.abc import Sequence
from uuid import UUID

from boundary.channel import transcript
from boundary.kernel.runtime import transaction, transcript_store
from boundary.wire import control, frame, messages, words


async def say(tx: transaction.Tx, channel: UUID, said: Sequence[messages.Message]) -> None:
    """Put messages into a channel's outbox, many in a row: they are sequenced when an answer can carry them."""
    for payload, run in messages.rows(said, lambda each: each, transcript_store.ROW_BYTES_MAX):
        await transcript_store.put(tx, channel, payload, len(run))


async def next_core(tx: transaction.Tx, channel: UUID) -> transcript_store.Core | None:
    """Sequence what waits in the channel's outbox."""
    return await transcript_store.next_core(tx, channel, frame.BODY_SIZE_MAX - 8, _make)


async def _make(
    epoch: int, sequence: int, previous: bytes, rows: list[transcript_store.Waiting]
) -> tuple[bytes, bytes]:
    count = sum(row.messages for row in rows)
    body = messages.array(count) + b"".join(row.payload for row in rows)
    return body, transcript.core_hash(epoch, sequence, count, previous, body)


def void(core: transcript_store.Core) -> control.Void:
    """What is sent in the place of a core that the other side cannot read."""
    return control.Void(core.epoch, core.sequence, core.core, max(len(core.body), 1), words.VoidReason.MALFORMED)
