"""Totals that both sides must have in common when exactly the named cores were applied: ours stated, theirs judged.

What the execution stack told us up to a core, we have; so ours are about the last core that was applied here. Theirs
come as a core of their own, right behind the one that they are about: then nothing lies between.
"""

from datetime import datetime
from uuid import UUID

import prometheus_client

from boundary.kernel import clock, ids
from boundary.kernel.runtime import audit, telemetry, transaction, witness_store
from boundary.wire import to_customer, to_execution, values
from customer_stack.gate import model, repo
from customer_stack.gate.service import outbound

DIFFERS = telemetry.Event("gate.checkpoint_differs")
JUDGED = prometheus_client.Counter(
    "channel_checkpoints", "Totals of the execution stack, by what they were found to be", ["agreement"]
)


async def state(tx: transaction.Tx, channel: UUID, now: datetime, random: ids.Ids) -> bool:
    """Put our totals into the outbox; whether they were stated. In one snapshot."""
    position = await witness_store.position(tx, channel)
    if position is None or position.halted:
        return False
    ours = await repo.totals(tx, channel, position.sent.epoch, position.sent.sequence)
    message = to_execution.Checkpoint(
        clock.to_micros(now) // 1_000_000,
        values.ChannelHead(*position.sent),
        values.ChannelHead(*position.received),
        *ours,
    )
    await outbound.say(tx, channel, [outbound.Said(message, random.ref())])
    await repo.add_checkpoint(tx, channel, model.Agreement.STATED, message.sent, message.received, ours, ours)
    sent, received = position.sent, position.received
    await audit.write(tx, model.CheckpointStated(channel, sent.epoch, sent.sequence, received.sequence, *ours))
    return True


async def hear(
    tx: transaction.Tx, channel: UUID, place: tuple[int, int], stated: to_customer.Checkpoint
) -> model.Agreement | None:
    """Judge the execution stack's totals; none if they are not about the core before this one. Never halts."""
    sent, received = stated.sent, stated.received
    told = await witness_store.received_at(tx, channel, sent.epoch, sent.sequence)
    said = await witness_store.sent_at(tx, channel, received.epoch, received.sequence)
    if (sent.epoch, sent.sequence + 1) != place or (told, said) != (_stored(sent), _stored(received)):
        JUDGED.labels("not_comparable").inc()
        return None
    ours = await repo.totals(tx, channel, received.epoch, received.sequence)
    theirs = (stated.participants, stated.open_intents, stated.charged, stated.paid)
    agreement = model.Agreement.AGREES if ours == theirs else model.Agreement.DIFFERS
    JUDGED.labels(agreement.value).inc()
    await repo.add_checkpoint(tx, channel, agreement, sent, received, ours, theirs)
    agrees = agreement is model.Agreement.AGREES
    await audit.write(
        tx, model.CheckpointJudged(channel, sent.epoch, received.sequence, sent.sequence, *ours, agrees=agrees)
    )
    if not agrees:
        telemetry.emit(DIFFERS, "error")
    return agreement


def _stored(head: values.ChannelHead) -> witness_store.Place:
    return witness_store.Place(head.epoch, head.sequence, head.messages, head.head)
