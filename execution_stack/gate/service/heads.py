"""Signed heads: ours, stated every so often; the other side's, judged, and kept as a witness keeps them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
import prometheus_client

from boundary.channel import witness
from boundary.kernel import audit_bytes, clock, errors
from boundary.kernel.runtime import audit, telemetry, transaction, verification, witness_store
from boundary.wire import messages, to_customer, to_execution, values
from execution_stack.gate import model, repo
from execution_stack.gate.service import halting, outbound

NOT_BELIEVED = telemetry.Event("gate.channel_heads_not_believed", channel=UUID, fault=witness.Fault)
AGE = prometheus_client.Gauge(
    "channels_heads_age_seconds", "Since a customer stack's signed heads were last found good", ["channel"]
)
FORMAT = "channel-heads/1"
_KINDS: Mapping[str, type[to_customer.SignedHeads] | type[to_execution.SignedHeads]] = {
    "ours": to_customer.SignedHeads,
    "theirs": to_execution.SignedHeads,
}


class Kept(msgspec.Struct, frozen=True):
    """Heads as an outsider judges them: the bytes that were signed, with their signatures."""

    channel: UUID
    origin: str
    verdict: str
    statement: str
    signature: str
    audit: str
    audit_key: str
    audit_signature: str
    summary: str


class Export(msgspec.Struct, frozen=True):
    """What `channel heads --json` prints and `boundary/verify/heads.py` reads."""

    format: str
    stack: str
    heads: list[Kept]


async def state(tx: transaction.Tx, channel: UUID, seed: bytes, now: datetime) -> bool:
    """Put our signed heads into the channel's outbox, if they are due; whether they were."""
    position, sealed = await witness_store.position(tx, channel), await witness_store.audit_head(tx)
    if position is None or position.halted or sealed is None:
        return False
    if not witness.is_due(await _traffic(tx, channel, position)):
        return False
    await witness_store.hold(tx, channel)
    position = await witness_store.position(tx, channel)
    if position is None or position.halted or not witness.is_due(await _traffic(tx, channel, position)):
        return False  # somebody else was faster
    heads = witness.sign(
        to_customer.SignedHeads,
        seed,
        channel,
        at_micros=clock.to_micros(now),
        sent=values.ChannelHead(*position.sent),
        received=values.ChannelHead(*position.received),
        audit=values.AuditHead(*sealed),
    )
    await witness_store.add(tx, channel, "ours", "stated", _stored(heads))
    await audit.write(tx, model.HeadsStated(channel, messages.statement_hash(heads, channel)))
    await outbound.say(tx, channel, [heads])
    return True


async def _traffic(tx: transaction.Tx, channel: UUID, position: witness_store.Position) -> witness.Traffic | None:
    found = await witness_store.last(tx, channel, "ours")
    if found is None:
        return None
    heads, millis = found
    if (heads.sent.epoch, heads.received.epoch) != (position.sent.epoch, position.received.epoch):
        return None
    heard = await witness_store.heard_since_stated(tx, channel)
    crossed = position.sent.messages - heads.sent.messages + position.received.messages - heads.received.messages
    moved = position.sent.sequence != heads.sent.sequence
    return witness.Traffic(crossed, 1 + 2 * heard, moved, millis)


async def hear(
    tx: transaction.Tx,
    channel: UUID,
    place: tuple[int, int],
    heads: to_execution.SignedHeads,
    keys: Collection[bytes],
    now: datetime,
) -> witness.Fault | None:
    """Judge the other side's heads by our own transcript; what contradicts it is kept too, and halts the channel.

    `place` is the epoch and sequence of the core that brought them.
    """
    sent, received = heads.sent, heads.received
    before = await witness_store.last(tx, channel, "theirs")
    known = witness.Known(
        epoch=place[0],
        keys=keys,
        before=None if before is None else _heads(to_execution.SignedHeads, before[0]),
        sent=_place(await witness_store.received_at(tx, channel, sent.epoch, sent.sequence)),
        received=_place(await witness_store.sent_at(tx, channel, received.epoch, received.sequence)),
    )
    fault = witness.judge(heads, channel, known, clock.to_micros(now))
    statement = messages.statement_hash(heads, channel)
    if fault is None:
        await witness_store.add(tx, channel, "theirs", "holds", _stored(heads))
        await audit.write(tx, model.HeadsWitnessed(channel, statement))
        return None
    telemetry.emit(NOT_BELIEVED, "error", channel=channel, fault=fault)
    await audit.write(tx, model.HeadsNotBelieved(channel, statement, int(fault)))
    if fault >= witness.Fault.CONTRADICTS_TRANSCRIPT:
        await witness_store.add(tx, channel, "theirs", "contradicts", _stored(heads))
    if fault.halts:
        await halting.halt(tx, channel, *place, statement, "heads")
    return fault


async def overdue(tx: transaction.Tx) -> list[tuple[UUID, int]]:
    """Channels that are open and whose heads can be checked, but have not been stated for too long; since when."""
    missed = []
    for channel, age in await witness_store.ages(tx):
        AGE.labels(channel).set(age or 0)
        if (age is None or age > witness.OVERDUE_SECONDS) and await repo.is_witnessed(tx, channel):
            missed.append((channel, int(age or 0)))
    return missed


async def export(tx: transaction.Tx, limit: int) -> Export:
    """The newest heads of every channel, ours and those that we witnessed."""
    return Export(FORMAT, "execution", [_kept(each) for each in await witness_store.newest(tx, limit)])


def witnessed_audit_head(found: Export) -> verification.Head:
    """The newest audit head that the other side signed and we kept, as its own `audit verify` takes it."""
    for each in found.heads:
        if each.origin == "theirs" and each.verdict == "holds":
            data = bytes.fromhex(each.audit)
            return verification.Head(
                size=int.from_bytes(data[13:21], "big"),
                root=data[21:53].hex(),
                chain=data[53:85].hex(),
                at=int.from_bytes(data[85:93], "big"),
                public_key=each.audit_key,
                signature=each.audit_signature,
            )
    raise errors.NotFound("no heads of the other stack were witnessed yet")


def _kept(stated: witness_store.Stated) -> Kept:
    heads = _heads(_KINDS[stated.origin], stated.heads)
    head = stated.heads.audit
    return Kept(
        channel=stated.channel,
        origin=stated.origin,
        verdict=stated.verdict,
        statement=messages.statement(heads, stated.channel).hex(),
        signature=heads.signature.hex(),
        audit=audit_bytes.head_bytes(head.size, head.root, head.chain, head.at_micros).hex(),
        audit_key=head.key.hex(),
        audit_signature=head.signature.hex(),
        summary=f"sent {heads.sent.epoch}.{heads.sent.sequence}  received {heads.received.epoch}.{heads.received.sequence}"
        f"  audit {head.size}",
    )


def _heads(
    kind: type[to_customer.SignedHeads] | type[to_execution.SignedHeads], stored: witness_store.Heads
) -> to_customer.SignedHeads | to_execution.SignedHeads:
    at, sent, received, head, key, signature = stored
    return kind(at, values.ChannelHead(*sent), values.ChannelHead(*received), values.AuditHead(*head), key, signature)


def _stored(heads: values.Heads) -> witness_store.Heads:
    return witness_store.Heads(
        heads.at_micros,
        witness_store.Place(*msgspec.structs.astuple(heads.sent)),
        witness_store.Place(*msgspec.structs.astuple(heads.received)),
        witness_store.Audit(*msgspec.structs.astuple(heads.audit)),
        heads.key,
        heads.signature,
    )


def _place(stored: witness_store.Place | None) -> values.ChannelHead | None:
    return None if stored is None else values.ChannelHead(*stored)
