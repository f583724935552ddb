"""Totals that both sides must have in common when exactly the named cores were applied: ours stated, theirs judged.

A customer stack knows what it was told. So what it was not told yet when it stated its totals is taken off ours: the
outcomes in cores after the one that it names, those that wait, and those of the very core that brings the totals. Ours
go out as a core of their own, right behind the one that they are about.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import prometheus_client

from boundary.channel import totals, transcript
from boundary.kernel import clock
from boundary.kernel.runtime import (
    audit,
    epoch_store,
    telemetry,
    totals_store,
    transaction,
    transcript_store,
    witness_store,
)
from boundary.wire import frame, messages, to_customer, to_execution, values, words
from execution_stack.gate import model, repo
from execution_stack.intents import service as intents
from execution_stack.participants import service as participants

DIFFERS = telemetry.Event("gate.channel_checkpoint_differs", channel=UUID)
JUDGED = prometheus_client.Counter(
    "channels_checkpoints", "Totals of customer stacks, by whether ours are the same", ["agreement"]
)
UNACKNOWLEDGED_MAX = 8


async def state(tx: transaction.Tx, channel: UUID, now: datetime) -> bool:
    """State our totals to a customer stack, unless it is far behind; whether they were stated.

    Nothing comes in or goes out on the channel meanwhile: the totals are about the very core before them.
    """
    await epoch_store.ends(tx, channel, lock=True)
    position = await witness_store.position(tx, channel)
    _, acked = await transcript_store.acknowledged(tx, channel)
    if position is None or position.halted or position.sent.sequence - acked > UNACKNOWLEDGED_MAX:
        return False
    if await totals_store.untold(tx, channel, position.sent.epoch, position.sent.sequence) > totals.UNTOLD_MAX:
        return False
    ours = await _totals(tx, channel, position.sent, position.received, ())
    message = to_customer.Checkpoint(
        clock.to_micros(now) // 1_000_000,
        values.ChannelHead(*position.sent),
        values.ChannelHead(*position.received),
        *ours,
    )
    after = position.sent
    body = messages.body([messages.encode(message)])
    core = transcript.core_hash(after.epoch, after.sequence + 1, 1, after.head, body)
    await totals_store.sequence_alone(tx, channel, after, body, core)
    await repo.add_checkpoint(tx, channel, model.Agreement.STATED, message.sent, message.received, ours, ours)
    await audit.write(
        tx, model.CheckpointStated(channel, after.epoch, after.sequence, position.received.sequence, *ours)
    )
    return True


async def hear(
    tx: transaction.Tx,
    channel: UUID,
    epoch: int,
    stated: to_execution.Checkpoint,
    so_far: Sequence[messages.Message],
) -> words.RefusalCode | None:
    """Judge a customer stack's totals; SO_FAR is what became of the messages before it in its core. Never halts."""
    sent, received = stated.sent, stated.received
    if (sent.epoch, received.epoch) != (epoch, epoch):
        return words.RefusalCode.WRONG_STATE
    ours_of_sent = await witness_store.received_at(tx, channel, *_place(sent))
    ours_of_received = await witness_store.sent_at(tx, channel, *_place(received))
    if ours_of_sent != _stored(sent) or ours_of_received != _stored(received):
        return words.RefusalCode.HASH_MISMATCH
    if await totals_store.untold(tx, channel, *_place(received)) > totals.UNTOLD_MAX:
        return words.RefusalCode.TOO_MANY
    ours = await _totals(tx, channel, _stored(received), _stored(sent), so_far)
    theirs = (stated.participants, stated.open_intents, stated.charged, stated.paid)
    agreement = model.Agreement.AGREES if ours == theirs else model.Agreement.DIFFERS
    JUDGED.labels(agreement.value).inc()
    await repo.add_checkpoint(tx, channel, agreement, sent, received, ours, theirs)
    agrees = agreement is model.Agreement.AGREES
    await audit.write(
        tx, model.CheckpointJudged(channel, epoch, received.sequence, sent.sequence, *ours, agrees=agrees)
    )
    if agrees:
        return None
    telemetry.emit(DIFFERS, "error", channel=channel)
    return words.RefusalCode.INCONSISTENT


async def _totals(
    tx: transaction.Tx,
    channel: UUID,
    told: witness_store.Place,
    applied: witness_store.Place,
    so_far: Sequence[messages.Message],
) -> tuple[int, int, int, int]:
    """As whoever was told up to one place and had said up to the other must have them."""
    untold: list[messages.Message] = list(so_far)
    for body in await totals_store.unheard(tx, channel, told.epoch, told.sequence):
        untold += messages.decode_body(body, frame.Direction.TO_CUSTOMER)
    for count, payload in await totals_store.waiting(tx, channel):
        untold += messages.decode_body(messages.array(count) + payload, frame.Direction.TO_CUSTOMER)
    effect = totals.effect(untold)
    return (
        await participants.activated(tx, channel, applied.epoch, applied.sequence),
        max(await intents.count_open(tx, channel) - effect.open_intents, 0),
        0,
        0,
    )


def _place(head: values.ChannelHead) -> tuple[int, int]:
    return head.epoch, head.sequence


def _stored(head: values.ChannelHead) -> witness_store.Place:
    return witness_store.Place(head.epoch, head.sequence, head.messages, head.head)
