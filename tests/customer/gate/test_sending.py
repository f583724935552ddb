"""Delivering: a core is sent until it is acknowledged for certain, given up if it cannot be read, never lost."""

import asyncio
import dataclasses
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio

from boundary.kernel import errors
from boundary.kernel.runtime import transcript_store
from boundary.wire import control, frame, messages, to_execution, words
from customer_stack.gate import model
from customer_stack.gate.adapters import http
from customer_stack.gate.service import exchanging, outbound, sending
from tests.boundary.channel import frames
from tests.customer.gate.house import House, Side, intent

pytestmark = pytest.mark.asyncio(loop_scope="module")
N = words.NackCode
Answer = Callable[["Desk", bytes], bytes]


@dataclasses.dataclass
class Desk:
    """A sender on a real database; each attempt is answered with the next line of the script."""

    side: Side
    script: list[Answer | errors.Refusal] = dataclasses.field(default_factory=list)
    sent: list[bytes] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        house = self.side.house
        line = exchanging.Line(self, self.there.ring, house.time, house.ids, lambda _: None)
        self.sender = sending.Sender(house.db, self.side.channel, line)

    @property
    def there(self) -> frames.End:
        return self.side.there

    async def post(self, body: bytes) -> bytes:
        self.sent.append(body)
        line = self.script.pop(0)
        if isinstance(line, errors.Refusal):
            raise line
        return line(self, body)

    async def said(self, count: int = 1) -> tuple[transcript_store.Core, list[uuid.UUID]]:
        """So many intents of our own, sequenced in one core, and what they are about."""
        subjects = [self.side.house.ids.ref() for _ in range(count)]
        return await self.side.sent(*(outbound.Said(intent(), subject) for subject in subjects)), subjects

    async def deliver(self, core: transcript_store.Core, *lines: Answer | errors.Refusal) -> list[frame.Header]:
        """Deliver until it has landed, and take note of it; the headers of what was sent."""
        self.script[:] = lines
        self.sent.clear()
        await asyncio.wait_for(self.sender._deliver(core), 5)
        await self.sender._record_and_take(take=False)
        assert not self.script, "every line was needed"
        return [frame.parse(each, frame.Direction.TO_EXECUTION).header for each in self.sent]

    async def deliver_in_vain(self, core: transcript_store.Core, line: Answer) -> None:
        """As long as anybody would wait; the answer is always the same."""
        self.script[:] = [line] * 500
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(self.sender._deliver(core), 0.2)
        assert self.sender._landed is None

    async def acked(self) -> int:
        found: int = await self.side.house.superuser.fetchval(
            "SELECT acked FROM channel_outbound WHERE channel = $1", self.side.channel
        )
        return found


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(sending, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(sending, "RETRY_SECONDS_MAX", 0.01)
    monkeypatch.setattr(sending, "_PATIENCE", dict.fromkeys(N, 0.001))
    return Desk(await house.side())


def ack(core: transcript_store.Core, /, **changes: Any) -> Answer:
    fields = {"epoch": core.epoch, "sequence": core.sequence, "core": core.core} | changes
    return lambda desk, _: desk.there.control(control.Ack(**fields))


def nack(code: words.NackCode, due: int = 1) -> Answer:
    def answer(desk: Desk, sent: bytes) -> bytes:
        asked = frame.split(sent)[0]
        about = frame.parse(asked, frame.Direction.TO_EXECUTION).header
        said = control.Nack(about.epoch, about.sequence, frame.digest(asked), code, 1, due, bytes(32))
        return desk.there.control(said)

    return answer


def seen(desk: Desk, sent: bytes) -> bytes:
    return desk.there.control(control.Seen(frame.digest(frame.split(sent)[0]), 1))


def forged(answer: Answer) -> Answer:
    def make(desk: Desk, sent: bytes) -> bytes:
        true = answer(desk, sent)
        return true[:-1] + bytes([true[-1] ^ 1])

    return make


async def test_a_core_is_sent_until_it_is_acknowledged_each_time_anew(desk: Desk) -> None:
    core, _ = await desk.said()
    headers = await desk.deliver(
        core,
        http.Unreachable("lost"),
        lambda desk, sent: b"200 OK",
        seen,
        forged(ack(core)),
        ack(core, core=bytes(32)),
        ack(core, sequence=2),
        ack(core, epoch=2),
        nack(N.EARLY),
        nack(N.NONCE_USED),
        nack(N.OUTSIDE_WINDOW),
        nack(N.UNSUPPORTED),
        ack(core),
    )
    assert {(each.kind, each.sequence, each.previous) for each in headers} == {(frame.Kind.DATA, 1, core.previous)}
    assert len({each.nonce for each in headers}) == len(headers) == 12
    assert await desk.acked() == 1


async def test_no_answer_but_its_own_acknowledgement_lands_a_core(desk: Desk) -> None:
    core, subjects = await desk.said()
    for line in (seen, nack(N.EARLY), nack(N.UNSUPPORTED), ack(core, core=bytes(32)), forged(ack(core))):
        await desk.deliver_in_vain(core, line)
    assert await desk.acked() == 0
    assert await desk.side.outcomes(subjects) == [("sent", None)]


async def test_an_unreadable_core_is_given_up_and_its_messages_count_as_refused(desk: Desk, house: House) -> None:
    core, subjects = await desk.said(2)
    last = await house.last_entry()
    headers = await desk.deliver(core, nack(N.MALFORMED), http.Unreachable("lost"), ack(core))
    assert [each.kind for each in headers] == [frame.Kind.DATA, frame.Kind.VOID, frame.Kind.VOID]
    void = messages.decode_control(frame.split(desk.sent[-1])[0][84:-32])
    assert isinstance(void, control.Void)
    assert (void.sequence, void.core) == (1, core.core)
    assert await desk.side.outcomes(subjects) == [("refused", None)] * 2
    assert await house.entries(last) == [model.SequenceVoided(desk.side.channel, 1, 1, core.core)]
    assert await desk.acked() == 1


async def test_a_restart_sends_a_void_for_what_was_given_up_and_never_the_core_again(desk: Desk) -> None:
    core, _ = await desk.said()
    desk.script[:] = [nack(N.MALFORMED), *[http.Unreachable("lost")] * 500]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(desk.sender._deliver(core), 0.2)
    restarted = Desk(desk.side)
    await restarted.sender._reload()
    (found,) = restarted.sender._again
    assert found.voided
    assert [each.kind for each in await restarted.deliver(found, ack(core))] == [frame.Kind.VOID]


@pytest.mark.parametrize("code", [N.EQUIVOCATION, N.HALTED, N.OTHER_EPOCH])
async def test_a_proven_halt_over_there_halts_here_too(desk: Desk, house: House, code: words.NackCode) -> None:
    core, _ = await desk.said()
    last = await house.last_entry()
    await desk.deliver_in_vain(core, nack(code))
    assert await desk.side.halted()
    halts = [each for each in await house.entries(last) if isinstance(each, model.ChannelHalted)]
    reason = {N.EQUIVOCATION: 1, N.HALTED: 2, N.OTHER_EPOCH: 5}[code]
    assert halts == [model.ChannelHalted(desk.side.channel, 1, 1, core.core, reason)], "once, however often it is said"
    assert await desk.acked() == 0


async def test_who_lost_what_it_acknowledged_was_restored_and_halts_the_channel(desk: Desk) -> None:
    first, _ = await desk.said()
    await desk.deliver(first, ack(first))
    second, _ = await desk.said()
    await desk.deliver_in_vain(second, nack(N.EARLY, due=1))
    assert await desk.side.halted()


async def test_a_forged_halt_halts_nothing(desk: Desk) -> None:
    core, _ = await desk.said()
    other = control.Nack(1, 1, bytes(32), N.EQUIVOCATION, 1, 1, bytes(32))
    await desk.deliver(core, forged(nack(N.EQUIVOCATION)), lambda desk, _: desk.there.control(other), ack(core))
    assert not await desk.side.halted()


async def test_an_acknowledgement_that_was_recorded_before_is_not_believed_for_the_next_core(desk: Desk) -> None:
    first, _ = await desk.said()
    recorded = ack(first)(desk, b"")
    await desk.deliver(first, lambda desk, sent: recorded)
    second, _ = await desk.said()
    assert len(await desk.deliver(second, lambda desk, sent: recorded, ack(second))) == 2
    assert await desk.acked() == 2


async def test_what_is_asked_names_nobody(desk: Desk, house: House) -> None:
    """The bytes that leave hold the reference that was attached and never the subject behind it."""
    subject, reference = house.ids.ref(), house.ids.ref()
    core = await desk.side.sent(outbound.Said(to_execution.ActivateRef(reference), subject))
    await desk.deliver(core, ack(core))
    assert reference.bytes in desk.sent[0]
    assert subject.bytes not in desk.sent[0]
