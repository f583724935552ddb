"""What this stack says: sequenced without a gap, named by its place, earlier names filled in where they were wanting."""

import asyncio

import pytest

from boundary.channel import transcript
from boundary.wire import frame, messages, to_execution, values
from customer_stack.gate.service import outbound
from tests.customer.gate.house import House, Side, intent

pytestmark = pytest.mark.asyncio(loop_scope="module")
AMEND = to_execution.AmendIntent(outbound.UNNAMED, 30, 5, 10**9)
CANCEL = to_execution.CancelIntent(outbound.UNNAMED)


def named(message: to_execution.AmendIntent | to_execution.CancelIntent, *place: int) -> messages.Message:
    name = values.MessageName(*place)
    if isinstance(message, to_execution.CancelIntent):
        return to_execution.CancelIntent(name)
    return to_execution.AmendIntent(name, message.limit_ticks, message.lots, message.cost_cap)


def said(body: bytes) -> list[messages.Message]:
    return list(messages.decode_body(body, frame.Direction.TO_EXECUTION))


async def test_cores_chain_without_a_gap_and_an_empty_outbox_makes_none(side: Side, house: House) -> None:
    position = transcript.START
    for count in (1, 3, 2):
        core = await side.sent(*(outbound.Said(intent(), house.ids.ref()) for _ in range(count)))
        assert (core.epoch, core.sequence, core.previous) == (1, position.due, position.head)
        assert core.core == transcript.core_hash(1, core.sequence, count, core.previous, core.body)
        position = transcript.after(position, core.core)
    assert (await house.run(lambda tx: outbound.turn(tx, side.channel))).core is None


async def test_an_amendment_gets_the_name_under_which_its_intent_went_out(side: Side, house: House) -> None:
    one, two = house.ids.ref(), house.ids.ref()
    await side.sent(outbound.Said(intent(), house.ids.ref()), outbound.Said(intent(), one))
    core = await side.sent(
        outbound.Said(AMEND, house.ids.ref(), about=one),
        outbound.Said(intent(), two),
        outbound.Said(CANCEL, house.ids.ref(), about=two),
        outbound.Said(CANCEL, house.ids.ref(), about=one),
    )
    assert said(core.body) == [named(AMEND, 1, 1, 1), intent(), named(CANCEL, 1, 2, 1), named(CANCEL, 1, 1, 1)]
    assert core.core == transcript.core_hash(1, 2, 4, core.previous, core.body), "the hash is of what leaves"


async def test_an_amendment_never_takes_the_name_of_another_channels_intent(house: House) -> None:
    here, there = await house.side(), await house.side()
    subject = house.ids.ref()
    await there.sent(outbound.Said(intent(), house.ids.ref()), outbound.Said(intent(), subject))
    core = await here.sent(outbound.Said(intent(), subject), outbound.Said(CANCEL, house.ids.ref(), about=subject))
    assert said(core.body)[1] == named(CANCEL, 1, 1, 0)


async def test_a_rolled_back_transaction_says_nothing_and_leaves_no_gap(side: Side, house: House) -> None:
    async def work(tx: object) -> None:
        await outbound.say(tx, side.channel, [outbound.Said(intent(), house.ids.ref())])
        raise ValueError("rolled back")

    with pytest.raises(ValueError, match="rolled back"):
        await house.run(work)
    assert (await side.sent(outbound.Said(intent(), house.ids.ref()))).sequence == 1


async def test_two_relays_at_once_sequence_every_message_once(side: Side, house: House) -> None:
    subjects = [house.ids.ref() for _ in range(40)]

    async def say(subject: object) -> None:
        await house.run(lambda tx: outbound.say(tx, side.channel, [outbound.Said(intent(), subject)]))

    async def sequence() -> list[tuple[int, int]]:
        core = (await house.run(lambda tx: outbound.turn(tx, side.channel))).core
        return [] if core is None else [(core.sequence, core.count)]

    found = await asyncio.gather(*(each for subject in subjects for each in (say(subject), sequence())))
    made = sorted(core for cores in found for core in cores or []) + await sequence()
    assert [number for number, _ in made] == list(range(1, len(made) + 1))
    assert sum(count for _, count in made) == 40
    rows = await house.superuser.fetch("SELECT subject FROM channel_subject WHERE channel = $1", side.channel)
    assert sorted(row[0] for row in rows) == sorted(subjects)


async def test_a_core_holds_no_more_than_fits_into_a_frame(side: Side, house: House) -> None:
    count = 2500
    told = [outbound.Said(intent(), house.ids.ref()) for _ in range(count)]
    await house.run(lambda tx: outbound.say(tx, side.channel, told))
    counts = []
    while core := (await house.run(lambda tx: outbound.turn(tx, side.channel))).core:
        assert len(core.body) <= frame.BODY_SIZE_MAX
        assert len(side.there.data(core)) <= frame.SIZE_MAX
        counts.append(core.count)
    assert sum(counts) == count
    assert max(counts) <= 1000


async def test_what_no_receiver_would_take_is_not_said(side: Side, house: House) -> None:
    broken = to_execution.ReserveRefs(0)
    with pytest.raises(ValueError, match="must not cross"):
        await house.run(lambda tx: outbound.say(tx, side.channel, [outbound.Said(broken, house.ids.ref())]))
    assert (await house.run(lambda tx: outbound.turn(tx, side.channel))).core is None
