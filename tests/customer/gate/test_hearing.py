"""Cores from the execution side are applied in their order, whichever answer brought them, and what is wrong is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio

from boundary.kernel.runtime import transcript_store
from boundary.wire import control, frame, to_customer, values, words
from customer_stack.gate import model
from customer_stack.gate.service import exchanging, hearing
from tests.boundary.kernel.runtime import loopback
from tests.customer.gate.house import House, Side

pytestmark = pytest.mark.asyncio(loop_scope="module")
N = words.NackCode


class Words:
    """What the ear wants said, in order, in the place of a line."""

    def __init__(self) -> None:
        self.said: list[exchanging.Word] = []

    def owe(self, word: exchanging.Word) -> None:
        self.said.append(word)


class Room(NamedTuple):
    """An ear at work, and what it says."""

    side: Side
    ear: hearing.Ear
    words: Words
    work: "asyncio.Task[None]"

    def hear(self, *sent: bytes) -> None:
        for data in sent:
            self.ear.hear(self.side.arrived(data))

    async def says(self, *expected: exchanging.Word) -> None:
        """Exactly this, after all that was heard so far."""
        with contextlib.suppress(TimeoutError):
            await loopback.until(lambda: len(self.words.said) >= len(expected), 2)
        assert self.words.said == list(expected)
        self.words.said.clear()

    async def due(self) -> int:
        found: int = await self.side.house.superuser.fetchval(
            "SELECT due FROM channel_inbound WHERE channel = $1", self.side.channel
        )
        return found

    def chain(self, count: int) -> list[transcript_store.Core]:
        """So many cores, one after the other."""
        made = []
        for _ in range(count):
            core = news(self.side)
            self.side.there.went(core)
            made.append(core)
        return made


def news(side: Side) -> transcript_store.Core:
    refs = (side.house.ids.ref(),)
    return side.there.core(to_customer.RefsIssued(values.MessageName(1, 1, 0), refs))


def ack(core: transcript_store.Core) -> control.Ack:
    return control.Ack(1, core.sequence, core.core)


@pytest_asyncio.fixture(loop_scope="module")
async def room(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    monkeypatch.setattr(hearing, "EARLY_SECONDS", 0.1)
    side = await house.side()
    ear, said = hearing.Ear(house.db, side.hearing, halted=False), Words()
    work = asyncio.create_task(ear.loop(said))
    yield Room(side, ear, said, work)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_cores_in_their_order_are_applied_and_acknowledged(room: Room) -> None:
    for core in room.chain(3):
        room.hear(room.side.there.data(core))
        await room.says(ack(core))
    assert await room.due() == 4


async def test_cores_in_any_order_are_applied_in_theirs(room: Room) -> None:
    chain = room.chain(5)
    room.hear(*(room.side.there.data(chain[number]) for number in (4, 2, 0, 3, 1)))
    await room.says(*map(ack, chain))


async def test_a_gap_that_stays_is_told_with_what_is_due(room: Room) -> None:
    first, second, third = room.chain(3)
    room.hear(room.side.there.data(first))
    await room.says(ack(first))
    data = room.side.there.data(third)
    room.hear(data)
    await asyncio.sleep(0.05)
    assert room.words.said == [], "it has a moment to close by itself"
    await room.says(control.Nack(1, 3, frame.digest(data), N.EARLY, 1, 2, first.core))
    room.hear(room.side.there.data(second))
    await room.says(ack(second), ack(third))


async def test_the_first_core_that_is_heard_may_be_early_too(room: Room) -> None:
    first, second = room.chain(2)
    data = room.side.there.data(second)
    room.hear(data)
    await asyncio.sleep(0.05)
    assert room.words.said == []
    await room.says(control.Nack(1, 2, frame.digest(data), N.EARLY, 1, 1, bytes(32)))
    room.hear(room.side.there.data(first))
    await room.says(ack(first), ack(second))


async def test_a_core_again_is_acknowledged_and_not_applied_again(room: Room, house: House) -> None:
    (core,) = room.chain(1)
    last = await house.last_entry()
    room.hear(room.side.there.data(core))
    await room.says(ack(core))
    room.hear(room.side.there.data(core))
    await room.says(ack(core))
    assert await house.entries(last) == [model.CoreApplied(room.side.channel, 1, 1, 1, core.core)]


async def test_what_cannot_be_read_is_told_and_may_be_voided(room: Room) -> None:
    unreadable = room.side.there.core_of(b"\xc1", 1)
    data = room.side.there.data(unreadable)
    room.hear(data)
    await room.says(control.Nack(1, 1, frame.digest(data), N.MALFORMED, 1, 1, bytes(32)))
    room.hear(room.side.there.void(unreadable))
    await room.says(ack(unreadable))
    assert await room.due() == 2


async def test_two_histories_halt_the_channel_and_end_the_work(room: Room) -> None:
    core, fork = news(room.side), news(room.side)
    room.hear(room.side.there.data(core))
    await room.says(ack(core))
    data = room.side.there.data(fork)
    room.hear(data)
    await room.says(control.Nack(1, 1, frame.digest(data), N.EQUIVOCATION, 1, 2, core.core))
    await asyncio.wait_for(room.work, 2)
    assert await room.side.halted()


async def test_a_flood_of_early_cores_takes_no_more_room_than_there_is(room: Room) -> None:
    chain = room.chain(60)
    room.hear(*(room.side.there.data(core) for core in reversed(chain)))
    assert sorted(room.ear._parked) == list(range(1, hearing.PARKED_MAX + 1)), "the nearest are kept"
    await room.says(*map(ack, chain[: hearing.PARKED_MAX]))
