"""A channel that is admitted while the register changes misses nothing and hears nothing twice."""

import asyncio
import uuid

import pytest

from boundary.wire import frame, messages, to_customer
from execution_stack.gate.service import announcements, channels
from execution_stack.instruments import model as instruments
from execution_stack.instruments import service as instruments_service
from tests.execution.gate.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROUNDS = 15


async def told(house: House, channel: uuid.UUID) -> list[messages.Message]:
    """Everything that waits for a channel, in order."""
    rows = await house.superuser.fetch(
        "SELECT count, payload FROM channel_outbox WHERE channel = $1 ORDER BY id", channel
    )
    return [
        each
        for row in rows
        for each in messages.decode_body(messages.array(row["count"]) + row["payload"], frame.Direction.TO_CUSTOMER)
    ]


async def test_an_instrument_that_is_listed_during_an_admission_is_heard_of_once(house: House) -> None:
    operators = await house.schema.connect("execution_operator", size=8)
    announcer = announcements.Announcer()
    try:
        for _ in range(ROUNDS):
            new = [house.ids.ref() for _ in range(3)]
            made = [house.unlisted() for _ in range(3)]
            await asyncio.gather(
                *(operators.run("test.admit", lambda tx, c=each: channels.register(tx, c)) for each in new),
                *(
                    operators.run("test.add", lambda tx, i=each: instruments_service.add(tx, i, announcer))
                    for each in made
                ),
            )
            for channel in new:
                heard = [
                    e.instrument for e in await told(house, channel) if isinstance(e, to_customer.InstrumentListed)
                ]
                assert len(heard) == len(set(heard)), "nothing twice"
                assert {each.ref for each in made} <= set(heard), "nothing missed"
    finally:
        await operators.close()


async def test_a_halt_during_an_admission_is_the_last_word_that_the_channel_hears(house: House) -> None:
    operators = await house.schema.connect("execution_operator", size=8)
    announcer = announcements.Announcer()
    halt = instruments.StateEvent.HALT
    try:
        for _ in range(ROUNDS):
            listed = await house.list_instrument()
            new = [house.ids.ref() for _ in range(3)]
            await asyncio.gather(
                *(operators.run("test.admit", lambda tx, c=each: channels.register(tx, c)) for each in new),
                operators.run("test.halt", lambda tx, r=listed.ref: instruments_service.move(tx, r, halt, announcer)),
            )
            for channel in new:
                about = [type(e) for e in await told(house, channel) if getattr(e, "instrument", None) == listed.ref]
                assert about == [to_customer.InstrumentListed, to_customer.InstrumentHalted]
    finally:
        await operators.close()
