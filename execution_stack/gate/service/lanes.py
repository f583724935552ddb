"""What a process remembers of one channel between exchanges: it spares work and decides nothing that counts."""

import asyncio
from uuid import UUID

from boundary.channel import envelope
from boundary.wire import control, words
from execution_stack.gate.service import offering

LOSS_MICROS = 2_000_000


class Lane:
    def __init__(self, channel: UUID, now_micros: int) -> None:
        self.channel = channel
        self.offers = offering.Offers(channel)
        self.heard_at = -1e9
        self.holder: object | None = None
        """The heartbeat that holds its answer back until there are news."""
        self._due = 0
        """Which core is due, as far as this process knows; 0 before it has judged one."""
        self._moved = asyncio.Condition()
        self._acknowledged_at = now_micros + envelope.WINDOW_MICROS
        self._lost_at: int | None = None

    async def turn(self, sequence: int, seconds: float) -> None:
        """Wait so long while another core is due before this one: the database would only let it wait there."""
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: not 0 < self._due < sequence)
        except TimeoutError:
            return

    async def note(self, answer: control.Control | None) -> None:
        """Learn from an answer which core is due."""
        match answer:
            case control.Ack(sequence=sequence):
                self._due = max(self._due, sequence + 1)
            case control.Nack(code=words.NackCode.EARLY, due_sequence=due):
                self._due = due
            case _:
                return
        async with self._moved:
            self._moved.notify_all()

    def restart(self) -> None:
        """The channel may stand in another epoch now: what was known of places in the old one says nothing any more."""
        self.offers.restart()
        self._due = 0
        self._lost_at = None

    def acknowledged(self, at_micros: int) -> None:
        """The other side acknowledged a core, by a frame made at this time of its clock."""
        self._acknowledged_at = max(self._acknowledged_at, at_micros)
        self._lost_at = None

    def claims_loss(self, at_micros: int) -> bool:
        """Whether the other side really lacks what it acknowledged, which only an older backup explains.

        A word may be overtaken on its way. So it takes two of them, made seconds apart and after any acknowledgement
        that we know of; just after a start we know of none, and wait until nothing older can still be on its way.
        """
        if at_micros <= self._acknowledged_at:
            return False
        self._lost_at = at_micros if self._lost_at is None else self._lost_at
        return at_micros - self._lost_at >= LOSS_MICROS
