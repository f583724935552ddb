"""Which cores go out with answers: one that was not acknowledged for a while, or what waits to be sequenced.

A core that got lost with its answer is offered again after a second, and then with more and more patience. Few are out
at once, so that a customer stack which hears nothing does not make its backlog into a pile of cores.
"""

import asyncio
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction, transcript_store
from execution_stack.gate.service import outbound

OUT_MAX = 8
AGAIN_SECONDS = 1.0
AGAIN_SECONDS_MAX = 60.0
TIMES_MAX = 10
LOOK_AGAIN_SECONDS = 5.0


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

    async def next(self, tx: transaction.Tx) -> transcript_store.Core | None:
        """A core for an answer. `made` says afterwards that the transaction was committed."""
        await self._look(tx)
        overdue = self.overdue()
        if overdue is not None:
            found = await transcript_store.unacknowledged(tx, self._channel, after=overdue - 1, limit=1)
            if found and found[0].sequence == overdue:
                return found[0]
            self._out.pop(overdue)
        if len(self._out) >= OUT_MAX:
            return None
        return await outbound.next_core(tx, self._channel)

    async def waits(self, tx: transaction.Tx) -> bool:
        """Whether `next` would find something new."""
        return len(self._out) < OUT_MAX and await transcript_store.waits(tx, self._channel)

    def overdue(self) -> int | None:
        now = _now()
        return min((sequence for sequence, offer in self._out.items() if offer.is_overdue(now)), default=None)

    def made(self, core: transcript_store.Core) -> None:
        before = self._out.get(core.sequence, NEVER)
        times = 0 if before.at == NEVER.at else min(before.times + 1, TIMES_MAX)
        self._out[core.sequence] = Offer(_now(), times)

    def acknowledged(self, sequence: int) -> None:
        """It and all before it were applied."""
        self._out = {each: offer for each, offer in self._out.items() if each > sequence}

    def again(self, sequence: int) -> None:
        """The other side seems to lack this core and what came after it: do not wait any longer."""
        self._out = {each: offer if each < sequence else NEVER for each, offer in self._out.items()}

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
