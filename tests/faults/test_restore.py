"""A side that goes on from an older backup is found out as soon as a core crosses, and nothing is ever done twice."""

import asyncio
import uuid

import pytest

from customer_stack.gate import model as customer_model
from execution_stack.gate import model as execution_model
from tests.faults.pair import Pair


@pytest.fixture
async def busy(pair: Pair) -> tuple[Pair, uuid.UUID, list[uuid.UUID]]:
    """A channel over which something has gone, at rest."""
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    await pair.place(instrument, who, 100)
    await pair.answered(104)
    return pair, instrument, who


Busy = tuple[Pair, uuid.UUID, list[uuid.UUID]]


async def both_halt(pair: Pair) -> None:
    async def both() -> bool:
        return await pair.halted("customer") and await pair.halted("execution")

    await pair.until(both, 15)


async def test_a_customer_database_from_a_backup_is_found_out_by_what_it_sends(busy: Busy) -> None:
    pair, instrument, who = busy
    backup = await pair.back_up("customer")
    pair.start()
    await pair.place(instrument, who, 200)
    await pair.answered(304)
    await pair.restore("customer", backup)
    pair.start()
    await pair.place(instrument, who, 50)
    await both_halt(pair)
    assert await pair.look("execution", "SELECT count(*) FROM intent") == 300
    assert len(await pair.entries("execution", execution_model.ChannelHalted)) == 1
    assert len(await pair.entries("customer", customer_model.ChannelHalted)) == 1
    await pair.halt()


async def test_a_customer_database_from_a_backup_is_found_out_by_what_it_lacks(
    busy: Busy,
) -> None:
    pair, instrument, who = busy
    backup = await pair.back_up("customer")
    pair.start()
    await pair.list_instrument()
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 2 FROM instrument"))
    await pair.at_rest()
    await pair.restore("customer", backup)
    pair.receiver._lane(pair.channel)._acknowledged_at = 0  # as if the execution API had run for a minute
    pair.start()
    await pair.list_instrument()
    await pair.until(lambda: pair.halted("execution"), 15)
    await pair.place(instrument, who, 10)
    await both_halt(pair)
    assert await pair.look("execution", "SELECT count(*) FROM intent") == 100
    await pair.halt()


async def test_an_execution_database_from_a_backup_is_found_out_by_what_it_lacks(busy: Busy) -> None:
    pair, instrument, who = busy
    backup = await pair.back_up("execution")
    pair.start()
    await pair.place(instrument, who, 200)
    await pair.answered(304)
    await pair.restore("execution", backup)
    pair.start()
    await pair.place(instrument, who, 50)
    await pair.until(lambda: pair.halted("customer"), 15)
    await asyncio.sleep(0.5)
    assert await pair.look("execution", "SELECT count(*) FROM intent") == 100, "nothing is applied over the gap"
    assert len(await pair.entries("customer", customer_model.ChannelHalted)) == 1
    await pair.halt()


async def test_an_execution_database_from_a_backup_is_found_out_by_what_it_sends(busy: Busy) -> None:
    pair, _, _ = busy
    backup = await pair.back_up("execution")
    pair.start()
    await pair.list_instrument()
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 2 FROM instrument"))
    await pair.at_rest()
    await pair.restore("execution", backup)
    pair.start()
    await pair.list_instrument()
    await both_halt(pair)
    assert await pair.look("customer", "SELECT count(*) FROM instrument") == 2
    await pair.halt()
