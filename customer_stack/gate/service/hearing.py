"""Applies the execution stack's cores in their order, one transaction each, whichever answer brought them.

What came before its turn waits here; when its turn does not come, the execution stack is told which core is due.
"""

import asyncio
import functools

from boundary.channel import envelope
from boundary.kernel import errors
from boundary.kernel.runtime import telemetry, transaction
from boundary.wire import control, words
from customer_stack.gate.service import exchanging, inbound

PARKED_MAX = 16
EARLY_SECONDS = 0.25
RETRY_SECONDS = 0.5

CORE_REFUSED = telemetry.Event("gate.core_refused", reason=words.NackCode, sequence=int)
NOT_APPLIED = telemetry.Event("gate.core_not_applied", code=telemetry.Word)


class Ear:
    def __init__(self, db: transaction.Database, hearing: inbound.Hearing, *, halted: bool) -> None:
        self._db = db
        self._hearing = hearing
        self._halted = halted
        self._parked: dict[int, envelope.Arrived] = {}
        self._stirred = asyncio.Event()
        self._due = 0
        """Which core is due, as far as we know; 0 before the first was judged."""

    def hear(self, arrived: envelope.Arrived) -> None:
        """Take a verified core for later. What finds no room is offered again, as it is not acknowledged."""
        sequence = arrived.header.sequence
        if len(self._parked) >= PARKED_MAX:
            highest = max(self._parked)
            if sequence >= highest:
                return
            del self._parked[highest]
        self._parked[sequence] = arrived
        self._stirred.set()

    async def loop(self, line: exchanging.Line) -> None:
        """Apply what is due until the channel is found halted."""
        while True:
            in_vain = not await self._stirs(EARLY_SECONDS if self._parked else None)
            try:
                if await self._apply(line, in_vain=in_vain):
                    return
            except (errors.Unavailable, errors.OutcomeUnknown) as refusal:
                telemetry.emit(NOT_APPLIED, "warning", code=telemetry.Word(refusal.code))
                await asyncio.sleep(RETRY_SECONDS)
                self._stirred.set()

    async def _stirs(self, seconds: float | None) -> bool:
        """Wait for another core, but not for ever when one waits for the one before it; whether any came."""
        try:
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
        except TimeoutError:
            return False
        self._stirred.clear()
        return True

    async def _apply(self, line: exchanging.Line, *, in_vain: bool) -> bool:
        """Everything up to the first gap; whether the channel is halted. A gap that stays is told to the other side."""
        while self._parked:
            sequence = min(self._parked)
            if 0 < self._due < sequence and not in_vain:
                return False
            verdict = await self._take(self._parked[sequence])
            self._due = verdict.due
            if not verdict.early or in_vain:
                line.owe(verdict.word)
            if verdict.early:
                return False
            if isinstance(verdict.word, control.Nack):
                telemetry.emit(CORE_REFUSED, "error", reason=verdict.word.code, sequence=sequence)
            if verdict.halted and not self._halted:
                return True
            self._parked.pop(sequence, None)
        return False

    async def _take(self, arrived: envelope.Arrived) -> inbound.Verdict:
        content = inbound.read(arrived)
        work = functools.partial(inbound.take, hearing=self._hearing, arrived=arrived, content=content)
        return await self._db.run("gate.hear", work)
