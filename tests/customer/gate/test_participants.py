"""What is said of a participant: its level and status, once it has a reference, and never anything of whom."""

import pytest

from boundary.wire import to_execution, words
from customer_stack.gate.service import participants
from tests.customer.gate.house import House, Side
from tests.customer.gate.test_references import stocked, waiting

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_attaching_admits_at_a_level_behind_the_activation(side: Side, house: House) -> None:
    [reference] = await stocked(side, 1)
    told = participants.Participants(side.channel, house.ids)
    subject = house.ids.ref()
    assert await house.run(lambda tx: told.attach(tx, subject, 2))
    eligible = words.ParticipantStatus.ELIGIBLE
    admitted = to_execution.SetParticipantStatus(reference, eligible, words.Level.TWO, words.Category.RETAIL)
    assert await waiting(side) == [to_execution.ActivateRef(reference), admitted]
    assert await house.run(lambda tx: told.attach(tx, subject, 3)), "a higher level is said of the same reference"
    [again] = await waiting(side)
    assert isinstance(again, to_execution.SetParticipantStatus)
    assert (again.participant, again.level) == (reference, words.Level.THREE)


async def test_an_empty_stock_attaches_and_says_nothing(side: Side, house: House) -> None:
    told = participants.Participants(side.channel, house.ids)
    assert not await house.run(lambda tx: told.attach(tx, house.ids.ref(), 1))
    assert await waiting(side) == []


async def test_a_freeze_and_its_end_are_said_of_who_has_a_reference_alone(side: Side, house: House) -> None:
    await stocked(side, 1)
    told = participants.Participants(side.channel, house.ids)
    subject, stranger = house.ids.ref(), house.ids.ref()
    await house.run(lambda tx: told.attach(tx, subject, 1))
    await waiting(side)
    await house.run(lambda tx: told.freeze(tx, stranger, 1))
    assert await waiting(side) == []
    await house.run(lambda tx: told.freeze(tx, subject, 1))
    await house.run(lambda tx: told.thaw(tx, subject, 1))
    statuses = [each.status for each in await waiting(side) if isinstance(each, to_execution.SetParticipantStatus)]
    assert statuses == [words.ParticipantStatus.FROZEN, words.ParticipantStatus.ELIGIBLE]
