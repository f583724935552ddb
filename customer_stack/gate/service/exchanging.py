"""One exchange: our frame and the word that we owe, out; the answer to it and perhaps a core, in.

Nothing is believed but genuine and timely frames, and an answer only if it is about the very frame that was sent.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

import prometheus_client

from boundary.channel import envelope
from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import telemetry, transcript_store
from boundary.wire import control, frame, keys, messages
from customer_stack.gate import ports

SKEW_MICROS_ALARM = 5_000_000
ALARM_EVERY_SECONDS = 10.0
WORD_SECONDS = 0.03

CLOCKS_APART = telemetry.Event("gate.clocks_apart", seconds=int)
SKEW = prometheus_client.Gauge(
    "channel_answer_skew_micros", "The execution stack's clock minus ours, at its last frame"
)

Word = control.Ack | control.Nack


class NotAnswered(errors.Unavailable):
    """What came back is no signed answer to what was sent, whatever its HTTP status said."""

    code = "channel_not_answered"


class Line:
    """Carries exchanges, any number at a time. `heard` takes the cores that come with answers."""

    def __init__(
        self,
        exchange: ports.Exchange,
        ring: keys.Ring,
        time: clock.Clock,
        random: ids.Ids,
        heard: Callable[[envelope.Arrived], None],
    ) -> None:
        self._post = exchange.post
        self._rings = ring
        self._clock = time
        self._heard = heard
        self._owed: Word | None = None
        self._owed_at = 0.0
        self._saying: Word | None = None
        self._alarmed_at = -ALARM_EVERY_SECONDS
        self.sealer = envelope.Sealer(ring, frame.Direction.TO_EXECUTION, time, random)
        self.answered: bytes | None = None
        """The digest of the last frame that was answered, until somebody has taken note of it."""

    def owe(self, word: Word) -> None:
        """Say this about the other side's cores with the next exchange; a later word takes the place of this one."""
        self._owed = word
        self._owed_at = asyncio.get_running_loop().time()

    def is_overdue(self) -> bool:
        """Whether the word that we owe found no exchange to go along with."""
        waiting = self._owed is not None and self._saying is not self._owed
        return waiting and asyncio.get_running_loop().time() - self._owed_at >= WORD_SECONDS

    async def ask(self, sealed: bytes, core: transcript_store.Core | None = None) -> control.Control:
        """The signed answer to a frame, which carries this core if it carries one. Raises `Refusal` for everything else
        that may come back.
        """
        word = self._saying = self._owed
        try:
            answer = await self._post(sealed + self.sealer.control(word) if word else sealed)
            said, brought = self._open(answer, sealed, core)
        finally:
            if self._saying is word:
                self._saying = None
        if self._owed is word:
            self._owed = None  # it has arrived; had no answer come, it would be said again
        self.answered = frame.digest(sealed)
        if brought is not None:
            self._heard(brought)
        return said

    def _open(
        self, answer: bytes, sealed: bytes, core: transcript_store.Core | None
    ) -> tuple[control.Control, envelope.Arrived | None]:
        now = self._clock.now()
        try:
            arrived = [self._verified(each, now) for each in frame.split(answer)]
            answers = [each for each in arrived if each.header.kind is frame.Kind.ACK]
            cores = [each for each in arrived if each.header.kind in {frame.Kind.DATA, frame.Kind.VOID}]
            if len(answers) != 1 or len(cores) > 1 or len(answers) + len(cores) != len(arrived):
                raise NotAnswered("an answer to one frame is one frame, and perhaps a core")
            said = messages.decode_control(answers[0].body)
        except (errors.Invalid, errors.Unauthenticated):
            raise NotAnswered("the answer does not verify") from None
        if not _is_about(said, sealed, core):
            raise NotAnswered("the answer is to another frame")
        return said, cores[0] if cores else None

    def _verified(self, data: bytes, now: datetime) -> envelope.Arrived:
        arrived = envelope.verify(data, self._rings, frame.Direction.TO_CUSTOMER, now)
        SKEW.set(arrived.skew_micros)
        since = asyncio.get_running_loop().time() - self._alarmed_at
        if abs(arrived.skew_micros) > SKEW_MICROS_ALARM and since >= ALARM_EVERY_SECONDS:
            self._alarmed_at += since
            telemetry.emit(CLOCKS_APART, "error", seconds=arrived.skew_micros // 1_000_000)
        if not arrived.timely:
            raise NotAnswered("the answer is outside the time window")
        return arrived


def _is_about(said: control.Control, sealed: bytes, core: transcript_store.Core | None) -> bool:
    """An acknowledgement names the very core that was sent, every other answer the very frame."""
    if isinstance(said, control.Ack):
        return core is not None and (said.epoch, said.sequence, said.core) == (core.epoch, core.sequence, core.core)
    answers = control.Seen | control.Nack | control.Compared
    return isinstance(said, answers) and said.digest == frame.digest(sealed)
