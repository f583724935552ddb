"""Takes exchanges in: every frame verified first, then one transaction for all that the exchange does.

A core's effects, its place in the transcript, the outcomes and the answer's core are committed together, so a crash
before the answer leaves a core that is applied, and its sender will hear so when it asks again.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

import msgspec
import prometheus_client

from boundary.channel import envelope
from boundary.kernel import clock, ids
from boundary.kernel.runtime import audit, telemetry, transaction, transcript_store
from boundary.wire import control, frame, keys, messages, words
from execution_stack.gate import model
from execution_stack.gate.service import channels, clocks, halting, judging, lanes, outbound, reopening
from execution_stack.intents import ports as intents

BODY_BYTES_MAX = 2 * frame.SIZE_MAX
EARLY_SECONDS_MAX = 1.0
EARLY_LOOK_SECONDS = 0.05
HOLD_SECONDS_MAX = 4.0
LOOK_SECONDS = 0.02
HEARD_EVERY_SECONDS = 2.0

ANSWERED = prometheus_client.Counter("channel_frames", "Verified frames by answer", ["answer"])
CORE_REFUSED = telemetry.Event("gate.core_refused_there", channel=UUID, reason=words.NackCode, sequence=int)

Word = control.Ack | control.Nack
_HALTS = {words.NackCode.EQUIVOCATION: "equivocation", words.NackCode.HALTED: "other_side"}


class Exchange(msgspec.Struct, frozen=True):
    """The verified frames of one request: at most one that asks, at most one that tells about our cores."""

    asking: envelope.Arrived | None
    content: judging.Content | reopening.Question | words.NackCode | None
    telling: envelope.Arrived | None
    word: Word | None
    ring: keys.Ring


class Result(msgspec.Struct, frozen=True):
    """What the transaction decided."""

    answer: control.Control | None
    early: bool = False
    core: transcript_store.Core | None = None


class Receiver:
    """What the one route needs. Its memory only spares work: everything that counts is in the database."""

    def __init__(
        self,
        db: transaction.Database,
        rings: keys.Rings,
        time: clock.Clock,
        random: ids.Ids,
        draining: Callable[[], bool] = lambda: False,
        routes: intents.Lanes = intents.NO_LANES,
    ) -> None:
        self._db = db
        self._routes = routes
        self._rings = rings
        self._clock = time
        self._ids = random
        self._draining = draining
        self._lanes: dict[UUID, lanes.Lane] = {}
        self._clocks = clocks.Clocks()

    async def exchange(self, body: bytes) -> bytes:
        """Everything that one request brings, and the answer to it."""
        taken = self._open(body)
        sealer = envelope.Sealer(taken.ring, frame.Direction.TO_CUSTOMER, self._clock, self._ids)
        result = await self._decide(taken)
        frames = [sealer.control(result.answer)] if result.answer is not None else []
        if result.core is not None:
            core = result.core
            frames.append(sealer.void(core, outbound.void(core)) if core.voided else sealer.data(core))
        return b"".join(frames)

    def _open(self, body: bytes) -> Exchange:
        """Verify every frame before anything is done with any."""
        frames = frame.split(body)
        if not 1 <= len(frames) <= 2:
            raise frame.Malformed("an exchange carries one or two frames")
        now = self._clock.now()
        arrived = [envelope.verify(each, self._rings, frame.Direction.TO_EXECUTION, now) for each in frames]
        asking = [each for each in arrived if each.header.kind is not frame.Kind.ACK]
        telling = [each for each in arrived if each.header.kind is frame.Kind.ACK]
        if len(asking) > 1 or len(telling) > 1 or len({each.ring.channel for each in arrived}) > 1:
            raise frame.Malformed("an exchange carries one frame that asks and one that tells, of one channel")
        word = messages.decode_control(telling[0].body) if telling else None
        if word is not None and not isinstance(word, Word):
            raise frame.Malformed("cores are acknowledged or refused, nothing else is said of them")
        self._clocks.note(arrived[0].ring.channel, arrived[0].skew_micros)
        _ = arrived[0].ring.active  # who could not answer does nothing
        timely = word if telling and telling[0].timely else None
        content = judging.read(asking[0]) if asking else None
        return Exchange(
            asking[0] if asking else None, content, telling[0] if telling else None, timely, arrived[0].ring
        )

    async def _decide(self, taken: Exchange) -> Result:
        """One transaction; a core that came early waits a moment for the one before it."""
        loop = asyncio.get_running_loop()
        lane = self._lane(taken.ring.channel)
        sequence = taken.asking.header.sequence if taken.asking else 0
        deadline = loop.time() + EARLY_SECONDS_MAX
        while True:
            await lane.turn(sequence, min(EARLY_LOOK_SECONDS, deadline - loop.time()))
            try:
                result = await self._db.run("gate.exchange", lambda tx: self._transact(tx, lane, taken))
            except BaseException:
                lane.offers.forget()
                raise
            await lane.note(result.answer)
            if not result.early or loop.time() >= deadline:
                break
        ANSWERED.labels(type(result.answer).__name__ if result.answer else "none").inc()
        if result.core is not None:
            lane.offers.made(result.core)
        elif isinstance(taken.content, reopening.Question):
            lane.restart()
        elif isinstance(result.answer, control.Seen):
            return msgspec.structs.replace(result, core=await self._hold(lane))
        return result

    async def _hold(self, lane: lanes.Lane) -> transcript_store.Core | None:
        """An empty exchange waits for something to say, so that news does not wait for the next question.

        Of two on one channel the later holds: whoever asked before may long be gone, and a core with it.
        """
        loop = asyncio.get_running_loop()
        holder = lane.holder = object()
        deadline = loop.time() + HOLD_SECONDS_MAX
        while loop.time() < deadline and not self._draining():
            await asyncio.sleep(LOOK_SECONDS)
            if lane.holder is not holder:
                break
            if lane.offers.is_busy() or not await self._db.read("gate.look", lane.offers.news):
                continue
            try:
                core = await self._db.run("gate.offer", lane.offers.next)
            except BaseException:
                lane.offers.forget()
                raise
            if core is not None:
                lane.offers.made(core)
                return core
        return None

    def _lane(self, channel: UUID) -> lanes.Lane:
        """Made for verified frames only, so there are no more of them than keys."""
        if channel not in self._lanes:
            self._lanes[channel] = lanes.Lane(channel, clock.to_micros(self._clock.now()))
        return self._lanes[channel]

    async def _transact(self, tx: transaction.Tx, lane: lanes.Lane, taken: Exchange) -> Result:
        """Rows are held in one order everywhere: the channel, what comes in, what goes out. Two exchanges never cross."""
        judged = await self._judge(tx, lane, taken)
        acknowledged = None
        if isinstance(taken.word, control.Ack):
            acknowledged = transcript_store.Acknowledgement(taken.word.epoch, taken.word.sequence, taken.word.core)
        if taken.telling is not None and taken.word is not None:
            await self._hear(tx, lane, taken.word, taken.telling)
        answer = judged.answer if judged else None
        if isinstance(taken.content, reopening.Question):
            return Result(answer)
        if isinstance(answer, control.Nack) and answer.code in {words.NackCode.EARLY, words.NackCode.OUTSIDE_WINDOW}:
            await lane.offers.hear(tx, acknowledged)
            return Result(answer, early=answer.code is words.NackCode.EARLY)
        if judged is not None and judged.again:
            lane.offers.again(0)  # our answer got lost, and perhaps a core with it
        return Result(answer, core=await lane.offers.next(tx, judged.said if judged else (), acknowledged))

    async def _judge(self, tx: transaction.Tx, lane: lanes.Lane, taken: Exchange) -> judging.Judgement | None:
        asking, now = taken.asking, self._clock.now()
        if asking is None:
            return None
        if not asking.timely:  # perhaps recorded long ago: it opens no link and is given no core
            position = await judging.held(tx, lane.channel)
            return judging.Judgement(await judging.refuse(tx, asking, words.NackCode.OUTSIDE_WINDOW, position))
        await self._note_heard(tx, lane, asking.data)
        if isinstance(taken.content, reopening.Question):
            digest = frame.digest(asking.data)
            said = await reopening.answer(tx, lane.channel, taken.content, digest, clock.to_micros(now), self._routes)
            return judging.Judgement(said)
        if taken.content is None:
            return judging.Judgement(control.Seen(frame.digest(asking.data), clock.to_micros(now)))
        return await judging.judge(tx, asking, taken.content, now, self._ids, self._routes)

    async def _hear(self, tx: transaction.Tx, lane: lanes.Lane, word: Word, telling: envelope.Arrived) -> None:
        """What the other side says of our cores: applied up to here, or why not. Kept of it is only what we know too."""
        channel, at_micros = lane.channel, telling.header.at_micros
        if isinstance(word, control.Ack):
            lane.acknowledged(at_micros)
            return
        position = await judging.held(tx, channel)
        epoch, acked = await transcript_store.acknowledged(tx, channel)
        if word.code is not words.NackCode.EARLY:
            telemetry.emit(CORE_REFUSED, "error", channel=channel, reason=word.code, sequence=acked + 1)
        if word.due_epoch != epoch or position.halted:
            return
        lost = word.due_sequence <= acked and lane.claims_loss(at_micros)
        reason = "lost" if lost else _HALTS.get(word.code)
        if reason is not None:
            await halting.halt(tx, channel, epoch, acked + 1, frame.digest(telling.data), reason)
            return
        await lane.offers.hear(tx, transcript_store.Acknowledgement(epoch, word.due_sequence - 1, word.head))
        if word.code is words.NackCode.MALFORMED and word.sequence == word.due_sequence:
            core = await transcript_store.void(tx, channel, epoch, word.sequence)
            if core is not None:
                await audit.write(tx, model.OwnSequenceVoided(channel, epoch, word.sequence, core))
        if word.code in {words.NackCode.EARLY, words.NackCode.MALFORMED}:
            lane.offers.again(word.due_sequence)

    async def _note_heard(self, tx: transaction.Tx, lane: lanes.Lane, data: bytes) -> None:
        """The link's row is written every few seconds, not for every frame."""
        now = asyncio.get_running_loop().time()
        if now - lane.heard_at >= HEARD_EVERY_SECONDS:
            await channels.heard(tx, lane.channel, frame.digest(data), self._clock.now())
            lane.heard_at = now
