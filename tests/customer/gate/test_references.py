"""Opaque references: attached to one subject each, once, however many ask at the same moment."""

import asyncio
import uuid
from collections.abc import Sequence

import pytest

from boundary.wire import frame, messages, to_customer, to_execution, values, words
from customer_stack.gate import model, repo
from customer_stack.gate.service import outbound, references
from tests.customer.gate.house import House, Side, added

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def stocked(side: Side, count: int) -> list[uuid.UUID]:
    """So many references, issued by the execution stack."""
    refs = tuple(side.house.ids.ref() for _ in range(count))
    await side.hear(to_customer.RefsIssued(values.MessageName(1, 10**6, 0), refs))
    return list(refs)


async def attach(side: Side, subject: uuid.UUID) -> uuid.UUID:
    return await side.house.run(lambda tx: references.attach(tx, side.channel, subject, side.house.ids))


async def states(side: Side) -> dict[str, int]:
    rows = await side.house.superuser.fetch(
        "SELECT state::text, count(*) FROM channel_reference WHERE channel = $1 GROUP BY 1", side.channel
    )
    return {row[0]: row[1] for row in rows}


async def waiting(side: Side) -> list[messages.Message]:
    """What leaves next, in order."""
    found: list[messages.Message] = []
    while core := (await side.house.run(lambda tx: outbound.turn(tx, side.channel))).core:
        found += messages.decode_body(core.body, frame.Direction.TO_EXECUTION)
    return found


async def replenished(side: Side) -> bool:
    return await side.house.run(lambda tx: references.replenish(tx, side.channel, side.house.ids))


def activations(refs: Sequence[uuid.UUID]) -> set[messages.Message]:
    return {to_execution.ActivateRef(ref) for ref in refs}


async def test_attaching_activates_in_the_same_transaction(side: Side, house: House) -> None:
    refs = await stocked(side, 3)
    subject = house.ids.ref()
    reference = await attach(side, subject)
    assert reference in refs
    assert await waiting(side) == [to_execution.ActivateRef(reference)]
    assert await attach(side, subject) == reference, "and again it is the same"
    assert await waiting(side) == [], "with nothing more to say"
    assert await states(side) == {"spare": 2, "attached": 1}


async def test_what_is_rolled_back_attaches_nothing(side: Side, house: House) -> None:
    await stocked(side, 1)
    before = await house.contents()

    class Broken(Exception):  # noqa: N818 -- breaks a transaction, and nothing else
        pass

    async def work(tx: object) -> None:
        await references.attach(tx, side.channel, house.ids.ref(), house.ids)
        raise Broken

    with pytest.raises(Broken):
        await house.run(work)
    assert added(before, await house.contents()) == {}


async def test_a_hundred_attachments_of_one_subject_at_once_are_one(side: Side, house: House) -> None:
    refs = await stocked(side, 100)
    subject = house.ids.ref()
    found = await asyncio.gather(*(attach(side, subject) for _ in range(100)))
    assert len(set(found)) == 1
    assert found[0] in refs
    assert await states(side) == {"spare": 99, "attached": 1}
    assert await waiting(side) == [to_execution.ActivateRef(found[0])]


async def test_a_hundred_subjects_at_once_get_a_hundred_references(side: Side, house: House) -> None:
    refs = await stocked(side, 100)
    found = await asyncio.gather(*(attach(side, house.ids.ref()) for _ in range(100)))
    assert set(found) == set(refs)
    assert await states(side) == {"attached": 100}
    assert set(await waiting(side)) == activations(refs)


async def test_an_empty_stock_is_an_answer_and_attaches_nobody(side: Side, house: House) -> None:
    await stocked(side, 50)
    results = await asyncio.gather(*(attach(side, house.ids.ref()) for _ in range(60)), return_exceptions=True)
    refused = [each for each in results if isinstance(each, model.NoReferences)]
    assert len(refused) == 10
    assert refused[0].code == "references_exhausted"
    assert len({each for each in results if isinstance(each, uuid.UUID)}) == 50


async def test_a_reference_of_another_channel_is_not_taken(side: Side, house: House) -> None:
    await stocked(await house.side(), 5)
    with pytest.raises(model.NoReferences):
        await attach(side, house.ids.ref())


async def test_after_a_restore_what_was_not_attached_is_burnt_and_never_attached(side: Side, house: House) -> None:
    await stocked(side, 5)
    kept = house.ids.ref()
    reference = await attach(side, kept)
    assert await house.run(lambda tx: references.burn_unattached(tx, side.channel)) == 4
    assert await states(side) == {"attached": 1, "burnt": 4}
    assert await attach(side, kept) == reference
    with pytest.raises(model.NoReferences):
        await attach(side, house.ids.ref())
    await stocked(side, 1)
    await attach(side, house.ids.ref())


# --- keeping references in stock


async def test_a_low_stock_asks_once_and_a_full_one_not_at_all(side: Side, house: House) -> None:
    assert await replenished(side) is True
    assert await replenished(side) is False
    assert await waiting(side) == [to_execution.ReserveRefs(references.RESERVE)]
    assert await replenished(side) is False, "on its way is asked for"
    full = await house.side()
    await stocked(full, references.STOCK_LOW)
    assert await replenished(full) is False
    assert await waiting(full) == []


async def asked(side: Side) -> values.MessageName:
    """The name of a reservation that was just sequenced."""
    assert await replenished(side) is True
    core = (await side.house.run(lambda tx: outbound.turn(tx, side.channel))).core
    assert core is not None
    return values.MessageName(core.epoch, core.sequence, 0)


async def test_a_reservation_is_open_until_it_is_answered_whatever_the_answer_is(side: Side, house: House) -> None:
    issued = await asked(side)
    await side.hear(to_customer.RefsIssued(issued, (house.ids.ref(),)))
    refused = await asked(side)
    await side.hear(to_customer.MessageRefused(refused, words.RefusalCode.TOO_MANY))
    voided = await asked(side)
    await house.run(lambda tx: repo.void(tx, side.channel, voided.epoch, voided.sequence))
    await asked(side)


async def test_the_refusal_of_another_message_leaves_a_reservation_open(side: Side, house: House) -> None:
    await asked(side)
    await side.sent(outbound.Said(to_execution.ActivateRef(house.ids.ref()), house.ids.ref()))
    await side.hear(
        to_customer.MessageRefused(values.MessageName(1, 2, 0), words.RefusalCode.UNKNOWN_REF),
        to_customer.MessageRefused(values.MessageName(1, 99, 0), words.RefusalCode.TOO_MANY),
    )
    assert await replenished(side) is False
