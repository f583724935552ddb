"""What becomes of a customer stack's core: judged by the transcript, applied if it is due, refused with evidence if not."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
import prometheus_client

from boundary.channel import envelope, transcript
from boundary.kernel import errors, ids
from boundary.kernel.runtime import audit, transaction, transcript_store
from boundary.wire import control, frame, messages, words
from execution_stack.gate import model
from execution_stack.gate.service import effects, halting, outbound, reopening
from execution_stack.intents import ports as intents

APPLIED = prometheus_client.Counter("channel_messages_applied", "Messages applied")
REPEATED = prometheus_client.Counter("channels_refusals_repeated", "Frames refused again for the same reason")

Position = transcript_store.Inbound


class Content(msgspec.Struct, frozen=True):
    """What a frame that asks holds: the hash of its core, and its messages; none of one that was given up."""

    core: bytes
    received: tuple[messages.Message, ...] | None


class Judgement(NamedTuple):
    """The answer to a core; what follows from it, if it was applied; and whether it had been applied before."""

    answer: control.Control
    said: Sequence[transcript_store.Waiting] = ()
    again: bool = False


def read(asking: envelope.Arrived) -> Content | reopening.Question | words.NackCode | None:
    """Strictly, before any transaction begins; or why it cannot be read. A heartbeat holds nothing."""
    header = asking.header
    try:
        match header.kind:
            case frame.Kind.VOID:
                void = messages.decode_control(asking.body)
                if isinstance(void, control.Void) and (void.epoch, void.sequence) == (header.epoch, header.sequence):
                    return Content(void.core, None)
            case frame.Kind.DATA:
                received = messages.decode_body(asking.body, frame.Direction.TO_EXECUTION)
                if len(received) == header.count:
                    return Content(_core(header, asking.body), received)
            case frame.Kind.REOPEN:
                asked = messages.decode_control(asking.body)
                if isinstance(asked, reopening.Question):
                    return asked
            case _:
                return None
    except messages.Unsupported:
        return words.NackCode.UNSUPPORTED
    except errors.Invalid:
        pass
    return words.NackCode.MALFORMED


async def judge(
    tx: transaction.Tx,
    asking: envelope.Arrived,
    content: Content | words.NackCode,
    now: datetime,
    random: ids.Ids,
    routes: intents.Lanes = intents.NO_LANES,
) -> Judgement:
    """Judge a core by the transcript, and apply it if it is the one that is due."""
    channel, header = asking.ring.channel, asking.header
    if isinstance(content, words.NackCode):
        return Judgement(await _unreadable(tx, asking, content))
    found = await transcript_store.lock_and_spend(
        tx, channel, header.nonce, epoch=header.epoch, sequence=header.sequence, previous=header.previous
    )
    position, fresh = _admitted(found)
    if position.halted:
        return Judgement(_nack(asking, words.NackCode.HALTED, position))
    here = transcript.Position(position.epoch, position.due, position.head)
    past = header.sequence < position.due
    verdict = transcript.judge(
        here,
        epoch=header.epoch,
        sequence=header.sequence,
        previous=header.previous,
        core=content.core,
        stored=await transcript_store.stored_core(tx, channel, header.epoch, header.sequence) if past else None,
    )
    if verdict is not transcript.Verdict.NEXT:
        again = verdict is transcript.Verdict.AGAIN
        return Judgement(await _against(tx, asking, verdict, content.core, position), again=again)
    if not fresh:
        return Judgement(await refuse(tx, asking, words.NackCode.NONCE_USED, position))
    context = effects.Context(channel, header.epoch, header.sequence, now, random, routes)
    said = await _apply(tx, asking, content, position, context)
    if said is None:
        return Judgement(await refuse(tx, asking, words.NackCode.MALFORMED, position))
    return Judgement(control.Ack(header.epoch, header.sequence, content.core), said)


async def _unreadable(tx: transaction.Tx, asking: envelope.Arrived, code: words.NackCode) -> control.Nack:
    """What cannot be read is judged when it is due, like everything else: so its place is known, and its hash stored."""
    header, position = asking.header, await held(tx, asking.ring.channel)
    if position.halted:
        return _nack(asking, words.NackCode.HALTED, position)
    if header.epoch == position.epoch and header.sequence > position.due:
        return _nack(asking, words.NackCode.EARLY, position)
    return await refuse(tx, asking, code, position)


async def held(tx: transaction.Tx, channel: UUID) -> Position:
    """How far the channel has come, held until the transaction ends."""
    position = await transcript_store.lock_inbound(tx, channel)
    return _admitted(None if position is None else (position, False))[0]


def _admitted(found: tuple[Position, bool] | None) -> tuple[Position, bool]:
    if found is None:
        raise model.UnknownChannel("no operator has admitted this channel")
    return found


async def _against(
    tx: transaction.Tx,
    asking: envelope.Arrived,
    verdict: transcript.Verdict,
    core: bytes,
    position: Position,
) -> control.Control:
    """The answer to a core that must have no effect."""
    header = asking.header
    if verdict is transcript.Verdict.AGAIN:
        return control.Ack(header.epoch, header.sequence, core)
    if verdict is transcript.Verdict.EARLY:
        return _nack(asking, words.NackCode.EARLY, position)
    if verdict is transcript.Verdict.OTHER_EPOCH:
        return await refuse(tx, asking, words.NackCode.OTHER_EPOCH, position)
    came = _core(header, asking.body)  # worked out here even for a void, which may claim any hash
    await halting.halt(tx, asking.ring.channel, header.epoch, header.sequence, came, "equivocation")
    return _nack(asking, words.NackCode.EQUIVOCATION, position)


async def _apply(
    tx: transaction.Tx,
    asking: envelope.Arrived,
    content: Content,
    position: Position,
    context: effects.Context,
) -> Sequence[transcript_store.Waiting] | None:
    """All that a core does, and its place in the transcript; what follows is said by whoever makes the answer. None of
    a core that is given up, though we never found it unreadable.
    """
    channel, header = asking.ring.channel, asking.header
    said: Sequence[transcript_store.Waiting] = ()
    count = header.count
    if content.received is None:
        malformed = int(words.NackCode.MALFORMED)
        found = await transcript_store.refused_count(tx, channel, position, content.core, malformed)
        if found is None:
            return None
        count = found
        await audit.write(tx, model.SequenceVoided(channel, header.epoch, header.sequence, content.core))
    else:
        said = outbound.rows(await effects.apply(tx, context, content.received))
        APPLIED.inc(len(content.received))
    await transcript_store.received(tx, channel, header.epoch, header.sequence, content.core, count)
    return said


async def refuse(
    tx: transaction.Tx, asking: envelope.Arrived, code: words.NackCode, position: Position
) -> control.Nack:
    """No effect, but evidence, once for each core and reason, however often it comes: where we stood when it came, for
    the place that it claims is part of what is refused.
    """
    channel, header, number = asking.ring.channel, asking.header, int(code)
    if await transcript_store.refused(tx, channel, position, _core(header, asking.body), number, header.count):
        digest = frame.digest(asking.data)
        entry = model.FrameRefused(channel, position.epoch, position.due, digest, len(asking.data), number)
        await audit.write(tx, entry)
    else:
        REPEATED.inc()
    return _nack(asking, code, position)


def _core(header: frame.Header, body: bytes) -> bytes:
    return transcript.core_hash(header.epoch, header.sequence, header.count, header.previous, body)


def _nack(asking: envelope.Arrived, code: words.NackCode, due: transcript_store.Inbound) -> control.Nack:
    header = asking.header
    return control.Nack(
        header.epoch, max(header.sequence, 1), frame.digest(asking.data), code, due.epoch, due.due, due.head
    )
