"""A halted channel says nothing more but that it lives, and goes on when people have opened a new epoch."""

import asyncio

from boundary.wire import frame
from customer_stack.gate.service import relay
from tests.faults.pair import Pair


async def test_a_halted_channel_sends_no_data_and_goes_on_in_a_new_epoch(pair: Pair) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    await pair.place(instrument, who, 10)
    await pair.answered(14)
    await pair.look("customer", "UPDATE channel_inbound SET halted = true RETURNING halted")
    await pair.look("execution", "UPDATE channel_inbound SET halted = true RETURNING halted")
    await asyncio.sleep(2 * relay.RENEW_SECONDS)
    kinds: list[frame.Kind] = []
    real = pair.network.forward

    async def watched(body: bytes) -> bytes:
        kinds.extend(frame.parse(each, frame.Direction.TO_EXECUTION).header.kind for each in frame.split(body))
        return await real(body)

    pair.network.forward = watched
    await pair.place(instrument, who, 20)
    await asyncio.sleep(0.5)
    assert frame.Kind.DATA not in kinds
    assert await pair.look("customer", "SELECT sum(count)::int FROM channel_outbox") == 20
    await pair.reopened()
    await pair.answered(34)
    assert await pair.look("execution", "SELECT count(*) FROM intent") == 30
    assert await pair.look("execution", "SELECT count(*) FROM intent WHERE epoch = 2") == 20
    assert {frame.Kind.DATA, frame.Kind.HEARTBEAT} <= set(kinds)
    assert not (await pair.facts()).faults
    await pair.halt()


async def test_two_histories_halt_both_sides_and_no_other_core_is_applied(pair: Pair) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    await pair.at_rest()
    await pair.look("customer", "UPDATE channel_outbound SET head = '\\x" + "ab" * 32 + "' RETURNING due")
    await pair.place(instrument, who, 10)
    await pair.until(lambda: pair.halted("customer"), 10)
    assert await pair.halted("execution")
    await pair.place(instrument, who, 10)
    await asyncio.sleep(1.5)
    assert await pair.look("execution", "SELECT count(*) FROM intent") == 0
    await pair.halt()
