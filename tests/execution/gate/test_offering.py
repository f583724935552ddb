"""The way back: cores go out with answers until they are acknowledged for certain, or given up, and not after."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from boundary.channel import envelope, transcript
from boundary.kernel import clock
from boundary.wire import control, frame, messages, to_execution, words
from execution_stack.gate import model
from execution_stack.gate.service import offering, receiving
from tests.boundary.channel import frames
from tests.execution.gate.house import House, Wire, ack_of, added

pytestmark = pytest.mark.asyncio(loop_scope="module")
N = words.NackCode
RESERVE = to_execution.ReserveRefs(1)


async def test_a_core_is_offered_until_it_is_acknowledged_and_not_after(
    wire: Wire, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = wire.end.core(RESERVE)
    first = (await wire.ask(wire.end.data(core))).core
    assert first is not None
    assert (await wire.ask(wire.end.heartbeat())).core is None, "on its way: not offered again at once"
    monkeypatch.setattr(offering, "AGAIN_SECONDS", 0.0)
    again = (await wire.ask(wire.end.heartbeat())).core
    assert again is not None
    assert (again.body, again.header.sequence) == (first.body, first.header.sequence)
    assert again.header.nonce != first.header.nonce
    monkeypatch.undo()
    restarted = Wire(house, house.receiver(wire.end), wire.ends)
    anew = (await restarted.ask(wire.end.heartbeat())).core
    assert anew is not None, "a new process offers what was never acknowledged"
    assert anew.body == first.body
    wire.end.went(core)
    assert len(await restarted.news(answer=frames.Answer(None, anew))) == 1
    assert (await restarted.ask(wire.end.heartbeat())).core is None
    later = Wire(house, house.receiver(wire.end), wire.ends)
    assert (await later.ask(wire.end.heartbeat())).core is None


async def test_an_acknowledgement_travels_with_the_next_core(wire: Wire, house: House) -> None:
    first, acked = wire.end.core(RESERVE), "SELECT acked FROM channel_outbound WHERE channel = $1"
    answer = await wire.ask(wire.end.data(first))
    assert answer.core is not None
    wire.end.went(first)
    was = await house.superuser.fetchval(acked, wire.end.channel)
    wire.end.take(answer.core)
    second = wire.end.core(RESERVE)
    answer = await wire.ask(wire.end.data(second) + wire.end.control(wire.end.owed))
    assert answer.said == ack_of(second)
    assert await house.superuser.fetchval(acked, wire.end.channel) == was + 1
    assert answer.core is not None
    assert answer.core.header.previous == wire.end.heard.head


async def test_only_the_true_timely_acknowledgement_of_a_core_counts(house: House) -> None:
    wire = await house.admitted(2)
    core = wire.end.core(RESERVE)
    sent = (await wire.ask(wire.end.data(core))).core
    other = (await wire.ask(wire.ends[1].data(wire.ends[1].core(RESERVE)), wire.ends[1])).core
    assert sent is not None
    assert other is not None
    wire.end.take(sent)
    wire.ends[1].take(other)
    true, theirs = wire.end.owed, wire.ends[1].owed
    assert true is not None
    assert theirs is not None
    acked = "SELECT acked FROM channel_outbound WHERE channel = $1"
    before, contents = await house.superuser.fetchval(acked, wire.end.channel), await house.contents()
    for false in (
        wire.end.control(msgspec.structs.replace(true, core=bytes(32))),
        wire.end.control(msgspec.structs.replace(true, sequence=true.sequence + 1)),
        wire.end.control(msgspec.structs.replace(true, epoch=2)),
        wire.end.control(msgspec.structs.replace(true, core=theirs.core)),
        wire.end.control(theirs),
        wire.end.control(true, later=timedelta(seconds=-30.1)),
        wire.end.control(true, later=timedelta(seconds=30.1)),
    ):
        assert await wire.receiver.exchange(false) == b""
    assert added(contents, await house.contents()) == {}
    await wire.receiver.exchange(wire.end.control(true))
    assert await house.superuser.fetchval(acked, wire.end.channel) == before + 1


def refused(wire: Wire, core: envelope.Arrived, code: words.NackCode, later: float = 0, **changes: Any) -> bytes:
    """The other side's word that it did not apply a core of the receiver's."""
    here, header = wire.end.heard, core.header
    fields = {"due_epoch": here.epoch, "due_sequence": here.due, "head": here.head} | changes
    nack = control.Nack(header.epoch, header.sequence, frame.digest(core.data), code, **fields)
    return wire.end.control(nack, later=timedelta(seconds=later))


async def offered(wire: Wire) -> envelope.Arrived:
    """A core of the receiver's that was not acknowledged yet."""
    core = wire.end.core(RESERVE)
    answer = await wire.ask(wire.end.data(core))
    wire.end.went(core)
    assert answer.core is not None
    return answer.core


async def test_a_core_that_the_other_side_lacks_is_offered_again_at_once(wire: Wire) -> None:
    core = await offered(wire)
    assert (await wire.ask(wire.end.heartbeat())).core is None
    again = await wire.ask(wire.end.heartbeat() + refused(wire, core, N.EARLY))
    assert again.core is not None
    assert again.core.body == core.body


async def test_a_core_that_the_other_side_cannot_read_is_given_up_for_good(wire: Wire, house: House) -> None:
    core = await offered(wire)
    for receiver in (wire.receiver, house.receiver(wire.end)):
        told = wire.end.heartbeat() + refused(wire, core, N.MALFORMED)
        (_, void) = frame.split(await receiver.exchange(told))
        received = frame.parse(void, frame.Direction.TO_CUSTOMER)
        assert (received.header.kind, received.header.sequence) == (frame.Kind.VOID, core.header.sequence)
        said = messages.decode_control(received.body)
        assert isinstance(said, control.Void)
        assert said.core == transcript.core_hash(
            1, core.header.sequence, core.header.count, core.header.previous, core.body
        )


async def test_a_core_is_given_up_only_when_it_is_the_one_that_is_due(wire: Wire, house: House) -> None:
    first = await offered(wire)
    second = await offered(wire)
    told = refused(wire, second, N.MALFORMED)
    assert wire.end.heard.due == first.header.sequence
    await wire.receiver.exchange(told)
    voids = "SELECT count(*) FROM channel_void WHERE channel = $1"
    assert await house.superuser.fetchval(voids, wire.end.channel) == 0
    wire.end.take(first)
    await wire.receiver.exchange(wire.end.control(wire.end.owed) + wire.end.heartbeat())
    await wire.receiver.exchange(refused(wire, second, N.MALFORMED))
    assert await house.superuser.fetchval(voids, wire.end.channel) == 1


async def test_a_halt_over_there_halts_here_and_nothing_of_the_word_is_kept(wire: Wire, house: House) -> None:
    core, last = await offered(wire), await house.last_entry()
    planted = {"head": b"Nimal Perera".ljust(32), "due_sequence": 94_771_234_567}
    told = refused(wire, core, N.EQUIVOCATION, **planted)
    await wire.receiver.exchange(told)
    acked = await house.superuser.fetchval("SELECT acked FROM channel_outbound WHERE channel = $1", wire.end.channel)
    assert await house.entries(last) == [model.ChannelHalted(wire.end.channel, 1, acked + 1, frame.digest(told), 1)]
    dumped = [row for _, row in await house.contents()]
    for bytes_ in (b"Nimal", (94_771_234_567).to_bytes(8, "big")[3:]):
        assert not [row for row in dumped if bytes_.hex() in row]
    said = await wire.told(wire.end.data(wire.end.core(RESERVE)))
    assert isinstance(said, control.Nack)
    assert said.code is N.HALTED


async def test_who_twice_claims_to_lack_what_it_acknowledged_was_restored_and_halts_the_channel(
    wire: Wire, house: House
) -> None:
    core = await offered(wire)
    before = wire.end.heard
    wire.end.take(core)
    await wire.receiver.exchange(wire.end.control(wire.end.owed))
    wire.end.heard = before
    halted = "SELECT halted FROM channel_inbound WHERE channel = $1"
    for later in (0, 3, 29):  # such words may have been overtaken by the acknowledgement
        await wire.receiver.exchange(refused(wire, core, N.EARLY, later))
    assert await house.superuser.fetchval(halted, wire.end.channel) is False
    house.time.advance(timedelta(seconds=31))  # nothing older can still be on its way
    try:
        for later, expected in ((0, False), (1.9, False), (2, True)):
            await wire.receiver.exchange(refused(wire, core, N.EARLY, later))
            assert await house.superuser.fetchval(halted, wire.end.channel) is expected
    finally:
        house.time.advance(timedelta(seconds=-31))


async def test_an_empty_exchange_is_answered_when_there_is_news_or_after_a_while(
    wire: Wire, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "HOLD_SECONDS_MAX", 0.4)
    loop = asyncio.get_running_loop()
    started = loop.time()
    beat = wire.end.heartbeat()
    answer = await wire.ask(beat)
    assert answer.said == control.Seen(frame.digest(beat), clock.to_micros(house.time.now()))
    assert answer.core is None
    assert 0.4 <= loop.time() - started < 1.5
    waiting = asyncio.create_task(wire.ask(wire.end.heartbeat()))
    await asyncio.sleep(0.05)
    started = loop.time()
    listed = await house.list_instrument()
    answer = await waiting
    assert answer.core is not None
    assert [each.instrument for each in wire.end.take(answer.core)] == [listed.ref]
    assert loop.time() - started < 0.35
