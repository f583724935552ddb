"""Which cores go out with answers: one that was not acknowledged for a while, or what waits to be sequenced.

A core that got lost with its answer is offered again after a second, and then with more and more patience. Few are out
at once, so that a customer stack which hears nothing does not make its backlog into a pile of cores.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction, transcript_store
from execution_stack.gate.service import outbound

OUT_MAX = 8
AGAIN_SECONDS = 1.0
AGAIN_SECONDS_MAX = 60.0
TIMES_MAX = 10
LOOK_AGAIN_SECONDS = 5.0
BUSY_SECONDS = 0.05


class Offer(msgspec.Struct, frozen=True):
    """When a core was last put into an answer, and how often before."""

    at: float
    times: int

    def is_overdue(self, now: float) -> bool:
        return now - self.at >= min(AGAIN_SECONDS * 2.0**self.times, AGAIN_SECONDS_MAX)


NEVER = Offer(float("-inf"), 0)


class Offers:
    """A process's memory of one channel's offers. The database knows what is not acknowledged; this knows since when."""

    def __init__(self, channel: UUID) -> None:
        self._channel = channel
        self._out: dict[int, Offer] = {}
        self._looked_at: float | None = None
        self._asked_at = float("-inf")

    async def next(
        self,
        tx: transaction.Tx,
        said: Sequence[transcript_store.Waiting] = (),
        acknowledged: transcript_store.Acknowledgement | None = None,
    ) -> transcript_store.Core | None:
        """A core for an answer, after what the question acknowledged; what is said now goes with it, or waits its turn.

        `made` says afterwards that the transaction was committed.
        """
        self._asked_at = _now()
        await self._look(tx)
        upto = acknowledged.sequence if acknowledged else 0
        overdue = self.overdue(upto)
        if overdue is None and self._has_room(upto):
            turn = await outbound.turn(tx, self._channel, said, acknowledged)
            self._acknowledged(turn.acked)
            return turn.core
        await outbound.put(tx, self._channel, said)
        await self.hear(tx, acknowledged)
        return None if overdue is None else await self._again(tx, overdue)

    async def hear(self, tx: transaction.Tx, acknowledged: transcript_store.Acknowledgement | None) -> None:
        """Take note of an acknowledgement where no core is offered."""
        self._acknowledged(await transcript_store.acknowledge(tx, self._channel, acknowledged))

    async def _again(self, tx: transaction.Tx, sequence: int) -> transcript_store.Core | None:
        found = await transcript_store.unacknowledged(tx, self._channel, after=sequence - 1, limit=1)
        if found and found[0].sequence == sequence:
            return found[0]
        self._out.pop(sequence, None)
        return None

    async def news(self, tx: transaction.Tx) -> bool:
        """Whether `next` would find something; a look that locks and writes nothing."""
        return self.overdue() is not None or (self._has_room() and await transcript_store.waits(tx, self._channel))

    def is_busy(self) -> bool:
        """Whether somebody has just asked for a core: then the next look can wait."""
        return _now() - self._asked_at < BUSY_SECONDS

    def overdue(self, upto: int = 0) -> int | None:
        now = _now()
        return min((each for each, offer in self._out.items() if each > upto and offer.is_overdue(now)), default=None)

    def _has_room(self, upto: int = 0) -> bool:
        return sum(each > upto for each in self._out) < OUT_MAX

    def made(self, core: transcript_store.Core) -> None:
        before = self._out.get(core.sequence, NEVER)
        times = 0 if before.at == NEVER.at else min(before.times + 1, TIMES_MAX)
        self._out[core.sequence] = Offer(_now(), times)

    def _acknowledged(self, sequence: int | None) -> None:
        """It and all before it were applied."""
        if sequence is not None:
            self._out = {each: offer for each, offer in self._out.items() if each > sequence}

    def again(self, sequence: int) -> None:
        """The other side seems to lack this core and what came after it: do not wait any longer."""
        self._out = {each: offer if each < sequence else NEVER for each, offer in self._out.items()}

    def restart(self) -> None:
        """The places in another epoch are others."""
        self._out = {}
        self._looked_at = None

    def forget(self) -> None:
        """A transaction failed, or would not say how it ended: look what there is."""
        self._looked_at = None

    async def _look(self, tx: transaction.Tx) -> None:
        """What this process did not offer itself: before its start, by another one, or in a commit without an answer."""
        now = _now()
        if self._looked_at is not None and now - self._looked_at < LOOK_AGAIN_SECONDS:
            return
        unknown = NEVER if self._looked_at is None else Offer(now, 0)  # another process may have offered it just now
        waiting = await transcript_store.unacknowledged_sequences(tx, self._channel)
        self._out = {each: self._out.get(each, unknown) for each in waiting}
        self._looked_at = now


def _now() -> float:
    return asyncio.get_running_loop().time()
