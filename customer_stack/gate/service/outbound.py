"""What this stack says: business transactions put messages into the outbox, the relay sequences them.

A message that speaks of an earlier one (amend, cancel) is written with a place held free; the earlier one's name is
filled in while sequencing, because it has none before. So nobody here ever chooses a name.
"""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from boundary.channel import transcript
from boundary.kernel import canonical
from boundary.kernel.runtime import transaction, transcript_store
from boundary.wire import frame, messages, to_execution, values
from customer_stack.gate import repo

UNNAMED = values.MessageName(1, 1, 0)
_NAMED: Any = to_execution.AmendIntent | to_execution.CancelIntent


class Said(NamedTuple):
    """A message, what it is about in our own terms, and the subject of an earlier message that it speaks of."""

    message: messages.Message
    subject: UUID
    about: UUID | None = None


async def say(tx: transaction.Tx, channel: UUID, said: Sequence[Said]) -> None:
    """In the transaction of the business that it follows from; in as few rows as fit."""
    for about, run in itertools.groupby(said, key=lambda each: each.about):
        if about is None:
            await _put(tx, channel, list(run))
            continue
        for each in run:
            await transcript_store.put_named(tx, channel, messages.encode(each.message), [each.subject], about)


async def _put(tx: transaction.Tx, channel: UUID, said: Sequence[Said]) -> None:
    for payload, run in messages.rows(said, lambda each: each.message, transcript_store.ROW_BYTES_MAX):
        await transcript_store.put_named(tx, channel, payload, [each.subject for each in run])


async def turn(
    tx: transaction.Tx, channel: UUID, acknowledged: transcript_store.Acknowledgement | None = None
) -> transcript_store.Turn:
    """Sequence what waits in the outbox, and write down under which name each subject went out.

    What is known to be applied over there is noted on the way.
    """

    async def make(
        epoch: int, sequence: int, previous: bytes, rows: list[transcript_store.Waiting]
    ) -> tuple[bytes, bytes]:
        await _fill(tx, channel, epoch, sequence, rows)
        subjects = [subject for row in rows for subject in row.subjects]
        body = messages.array(len(subjects)) + b"".join(row.payload for row in rows)
        await repo.name_subjects(tx, channel, epoch, sequence, subjects)
        return body, transcript.core_hash(epoch, sequence, len(subjects), previous, body)

    return await transcript_store.turn(
        tx, channel, frame.BODY_SIZE_MAX - 8, make, acknowledged=acknowledged, named=True
    )


async def _fill(
    tx: transaction.Tx, channel: UUID, epoch: int, sequence: int, rows: list[transcript_store.Waiting]
) -> None:
    """Put the names of earlier messages where places were held free.

    What speaks of a subject that never went out names itself: that is no intent, so it is refused and holds up nobody.
    """
    wanted = {row.about for row in rows if row.about is not None}
    if not wanted:
        return
    names = {subject: values.MessageName(*name) for subject, name in (await repo.names_of(tx, channel, wanted)).items()}
    index = 0
    for place, row in enumerate(rows):
        for offset, subject in enumerate(row.subjects):
            names.setdefault(subject, values.MessageName(epoch, sequence, index + offset))
        if row.about is not None:
            name = names.get(row.about, values.MessageName(epoch, sequence, index))
            unnamed: to_execution.AmendIntent | to_execution.CancelIntent = canonical.unpack(row.payload, _NAMED)
            rows[place] = row._replace(payload=messages.encode(msgspec.structs.replace(unnamed, intent=name)))
        index += row.messages
