"""Sequences what waits in the outbox and delivers it, up to three cores at a time, until each is acknowledged.

What arrives while cores are on their way gathers in the outbox: so batches grow with the load, and a lone message
waits for nobody. An acknowledgement covers every core before it too, since the other side applies them in order.
"""

import asyncio
from uuid import UUID

import msgspec
import prometheus_client

from boundary.kernel import errors
from boundary.kernel.runtime import audit, tasks, telemetry, transaction, transcript_store
from boundary.wire import control, words
from customer_stack.gate import model, repo
from customer_stack.gate.service import exchanging, halting, outbound

IN_FLIGHT_MAX = 3
FULL_MESSAGES = 500
GATHER_SECONDS = 0.005
LOOK_SECONDS_IDLE = 0.03
ACTIVE_SECONDS = 1.0
RETRY_SECONDS = 0.1
RETRY_SECONDS_MAX = 3.0
DATABASE_SECONDS_MAX = 1.0
LONG_SECONDS = 30.0
DRAIN_SECONDS = 1.0
RELOAD_MAX = 8

NOT_ANSWERED = telemetry.Event("gate.not_answered", code=telemetry.Word)
NOT_SEQUENCED = telemetry.Event("gate.not_sequenced", code=telemetry.Word)
NACKED = telemetry.Event("gate.nacked", reason=words.NackCode, sequence=int)
CORES = prometheus_client.Counter("channel_cores", "Cores by what became of an attempt to deliver", ["outcome"])
MESSAGES = prometheus_client.Counter("channel_messages", "Messages acknowledged")
ACKNOWLEDGED_SECONDS = prometheus_client.Histogram(
    "channel_acknowledged_seconds",
    "From the start of the transaction that said something to the other side's signed word that it is applied",
    buckets=(0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.1, 0.3, 1, 3, 10),
)
IN_FLIGHT = prometheus_client.Gauge("channel_in_flight", "Cores on their way")

NOTHING = transcript_store.Turn(None, None)
_PATIENCE = {
    words.NackCode.EARLY: RETRY_SECONDS,
    words.NackCode.NONCE_USED: 0.0,
    words.NackCode.OUTSIDE_WINDOW: RETRY_SECONDS_MAX,
    words.NackCode.UNSUPPORTED: LONG_SECONDS,  # the receiver ships first: until it does, this core waits
    words.NackCode.MALFORMED: LONG_SECONDS,  # of a void, or of a core that is applied: nothing that sending could mend
}
"""How long a core rests after each refusal."""

_HALTS = {
    words.NackCode.EQUIVOCATION: "equivocation",
    words.NackCode.HALTED: "other_side",
    words.NackCode.OTHER_EPOCH: "other_epoch",  # one side is from before the last reopening
}


class Sender:
    """The memory of one turn at carrying the channel. What it knows is in the database too, but for who is flying."""

    def __init__(self, db: transaction.Database, channel: UUID, line: exchanging.Line) -> None:
        self._db = db
        self._channel = channel
        self._line = line
        self._flying: dict[int, asyncio.Task[None]] = {}
        self._again: list[transcript_store.Core] = []
        self._knows_all = False
        self._highest = 0
        self._acked = 0
        self._landed: transcript_store.Core | None = None
        self._since: dict[int, list[float]] = {}
        self._taken_at = 0.0
        self._is_full = False
        self._halted = False
        self._stirred = asyncio.Event()

    async def loop(self, stop: asyncio.Event) -> None:
        """Until told to stop, or until the channel is found halted. What flies then has a moment to land."""
        patience = RETRY_SECONDS
        try:
            while not stop.is_set() and not self._halted:
                try:
                    await self._turn()
                    patience = RETRY_SECONDS
                except (errors.Unavailable, errors.OutcomeUnknown) as refusal:
                    telemetry.emit(NOT_SEQUENCED, "warning", code=telemetry.Word(refusal.code))
                    self._knows_all = False
                    await asyncio.sleep(patience)
                    patience = min(patience * 2, DATABASE_SECONDS_MAX)
                await self._rest()
            if self._flying and not self._halted:
                await asyncio.wait(self._flying.values(), timeout=DRAIN_SECONDS)
                await self._record_and_take(take=False)
        finally:
            await tasks.end_quietly(self._flying.values())
            IN_FLIGHT.set(0)

    async def _turn(self) -> None:
        """Send again what is not acknowledged, before anything new; then take note of what landed, and take more."""
        self._clear()
        if not self._knows_all and not self._again:
            await self._reload()
        while self._again and len(self._flying) < IN_FLIGHT_MAX:
            self._fly(self._again.pop(0))
        room = self._knows_all and not self._again and len(self._flying) < IN_FLIGHT_MAX
        take = room and (not self._flying or self._is_full or self._since_taken() >= GATHER_SECONDS)
        if take or (self._landed is not None and not room):
            await self._record_and_take(take=take)

    def _clear(self) -> None:
        """Forget those who have landed. One that ended in a defect takes the sender with it."""
        for sequence, task in list(self._flying.items()):
            if task.done():
                del self._flying[sequence]
                if not task.cancelled():
                    task.result()
        IN_FLIGHT.set(len(self._flying))

    async def _rest(self) -> None:
        """Until a core lands, or it is time to look whether something waits."""
        active = bool(self._flying) or self._since_taken() < ACTIVE_SECONDS
        seconds = GATHER_SECONDS if active else LOOK_SECONDS_IDLE
        if self._is_full and len(self._flying) < IN_FLIGHT_MAX:
            return
        try:
            async with asyncio.timeout(seconds):  # wait_for may swallow a cancellation until Python 3.12
                await self._stirred.wait()
        except TimeoutError:
            return
        self._stirred.clear()

    def _since_taken(self) -> float:
        return asyncio.get_running_loop().time() - self._taken_at

    async def _reload(self) -> None:
        """What the database knows to be on its way: after a start, or when it would not say how a commit ended."""

        async def work(tx: transaction.Tx) -> tuple[int, list[transcript_store.Core]]:
            _, acked = await transcript_store.acknowledged(tx, self._channel)
            return acked, await transcript_store.unacknowledged(
                tx, self._channel, after=self._highest, limit=RELOAD_MAX
            )

        acked, self._again = await self._db.read("gate.reload", work)
        self._acked = max(self._acked, acked)
        self._knows_all = len(self._again) < RELOAD_MAX

    async def _record_and_take(self, *, take: bool) -> None:
        landed = self._landed
        known = transcript_store.Acknowledgement(landed.epoch, landed.sequence, landed.core) if landed else None

        async def work(tx: transaction.Tx) -> transcript_store.Turn:
            turn = NOTHING
            if take and (known or await transcript_store.waits(tx, self._channel)):
                turn = await outbound.turn(tx, self._channel, known)
            elif known:
                await transcript_store.acknowledge(tx, self._channel, known)
            if turn.core is None and known:
                await transcript_store.lazily(tx)
            return turn

        started = asyncio.get_running_loop().time()
        core, _, rows = await self._db.run("gate.turn", work)
        if self._landed is landed:
            self._landed = None
        self._is_full = core is not None and core.count >= FULL_MESSAGES
        if core is not None:
            self._taken_at = asyncio.get_running_loop().time()
            self._since[core.sequence] = [started - row.age for row in rows]
            self._fly(core)

    def _fly(self, core: transcript_store.Core) -> None:
        self._highest = max(self._highest, core.sequence)
        if core.sequence > self._acked:
            task = self._flying[core.sequence] = asyncio.create_task(self._deliver(core))
            task.add_done_callback(lambda _: self._stirred.set())

    async def _deliver(self, core: transcript_store.Core) -> None:
        """Send one core until it is acknowledged, each time in a fresh envelope."""
        patience = RETRY_SECONDS
        while True:
            known = self._acked
            try:
                said = await self._line.ask(self._sealed(core), core)
                if isinstance(said, control.Nack):
                    core = await self._refused(said, core, known)
                    continue
                if not isinstance(said, control.Ack):
                    raise exchanging.NotAnswered("the answer is no word about a core")
            except errors.Refusal as refusal:
                CORES.labels("not_answered").inc()
                telemetry.emit(NOT_ANSWERED, "warning", code=telemetry.Word(refusal.code))
                await asyncio.sleep(patience)
                patience = min(patience * 2, RETRY_SECONDS_MAX)
            else:
                self._land(core)
                return

    def _sealed(self, core: transcript_store.Core) -> bytes:
        sealer = self._line.sealer
        return sealer.void(core, _void(core)) if core.voided else sealer.data(core)

    def _land(self, core: transcript_store.Core) -> None:
        """It and all before it are applied: whoever still waits for an answer about those need not."""
        CORES.labels("acknowledged").inc()
        if core.sequence > self._acked:
            self._acked, self._landed = core.sequence, core
            MESSAGES.inc(core.count)
            self._observe(core.sequence)
        for sequence, task in self._flying.items():
            if sequence < core.sequence:
                task.cancel()

    def _observe(self, upto: int) -> None:
        """How long everything took that is now known to be applied; what a process before us took is not known."""
        now = asyncio.get_running_loop().time()
        for sequence in [each for each in self._since if each <= upto]:
            for since in self._since.pop(sequence):
                ACKNOWLEDGED_SECONDS.observe(now - since)

    async def _refused(self, nack: control.Nack, core: transcript_store.Core, known: int) -> transcript_store.Core:
        """What the refusal of a genuine frame means; `known` is what was acknowledged when it was sent."""
        CORES.labels(nack.code.name.lower()).inc()
        came_back = nack.due_epoch == core.epoch and nack.due_sequence <= known  # it has lost what it acknowledged
        if nack.code is not words.NackCode.EARLY or came_back:
            telemetry.emit(NACKED, "error", reason=nack.code, sequence=core.sequence)
        reason = "lost" if came_back else _HALTS.get(nack.code)
        if reason is not None:
            await self._halt(core, reason)
        if nack.code is words.NackCode.MALFORMED and not core.voided and nack.due_sequence <= core.sequence:
            return await self._void(core)
        await asyncio.sleep(_PATIENCE.get(nack.code, LONG_SECONDS))
        return core

    async def _void(self, core: transcript_store.Core) -> transcript_store.Core:
        """Give it up, with what it said: written here first, so that it is never sent as it was again."""

        async def work(tx: transaction.Tx) -> None:
            if await transcript_store.void(tx, self._channel, core.epoch, core.sequence) is not None:
                await repo.void(tx, self._channel, core.epoch, core.sequence)
                await audit.write(tx, model.SequenceVoided(self._channel, core.epoch, core.sequence, core.core))

        await self._db.run("gate.void", work)
        return msgspec.structs.replace(core, voided=True)

    async def _halt(self, core: transcript_store.Core, reason: str) -> None:
        await self._db.run(
            "gate.halt", lambda tx: halting.halt(tx, self._channel, core.epoch, core.sequence, core.core, reason)
        )
        self._halted = True
        self._stirred.set()


def _void(core: transcript_store.Core) -> control.Void:
    return control.Void(core.epoch, core.sequence, core.core)
