"""Both sides work out the same totals for the same cores, whatever is on its way meanwhile; a difference is told."""

import asyncio
import functools

import pytest

from boundary.kernel import clock
from boundary.kernel.runtime import telemetry, transaction
from customer_stack.gate import model as customer_model
from customer_stack.gate.service import checkpoints as customer_checkpoints
from customer_stack.gate.service import drill
from execution_stack.gate import model as execution_model
from execution_stack.gate.service import checkpoints as execution_checkpoints
from execution_stack.gate.service import offering, receiving
from tests.faults.pair import Pair

JUDGED = "SELECT count(*) FROM channel_checkpoint WHERE agreement::text = $1"


@pytest.fixture(autouse=True)
def found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A core that the worker sequenced is found by the receiver when it looks what is not acknowledged."""
    monkeypatch.setattr(offering, "LOOK_AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(offering, "AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(receiving, "HOLD_SECONDS_MAX", 0.3)


async def state(pair: Pair, side: str) -> bool:
    """As the worker's job does it."""
    now = clock.SystemClock().now()

    async def work(db: transaction.Database) -> bool:
        if side == "customer":
            ours = functools.partial(customer_checkpoints.state, channel=pair.channel, now=now, random=pair.random)
            return await db.run("gate.checkpoint", ours, begin=transaction.SNAPSHOT)
        return await db.run("gate.checkpoint", lambda tx: execution_checkpoints.state(tx, pair.channel, now))

    return await pair.as_worker(side, work)


async def judged(pair: Pair, side: str, agreement: str, count: int = 1) -> None:
    await pair.until(lambda: pair.look(side, f"SELECT ({JUDGED}) >= $2", agreement, count), 15)


async def test_both_sides_come_to_the_same(pair: Pair) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    await pair.place(instrument, await pair.participants(7), 40)
    await pair.answered(48)
    assert await state(pair, "customer")
    assert await state(pair, "execution")
    await judged(pair, "execution", "agrees")
    await judged(pair, "customer", "agrees")
    row = "SELECT (participants, open_intents, charged, paid)::text FROM channel_checkpoint WHERE agreement::text = $1"
    for side in ("customer", "execution"):
        assert {await pair.look(side, row, word) for word in ("stated", "agrees")} == {"(7,40,0,0)"}
        assert await pair.look(side, JUDGED, "differs") == 0
    await pair.at_rest()
    await pair.holds()
    await pair.halt()


async def test_they_come_to_the_same_while_intents_are_on_their_way(pair: Pair) -> None:
    """Totals are about named cores, not about the moment."""
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    placing = asyncio.create_task(pair.place(instrument, who, 1500, batch=5))
    stated = {"customer": 0, "execution": 0}
    while not placing.done():
        for side in stated:
            stated[side] += await state(pair, side)
        more = functools.partial(drill.participants, channel=pair.channel, count=1, random=pair.random)
        await pair.customer.run("test.who", lambda tx, m=more: m(tx))
    await placing
    await judged(pair, "execution", "agrees", stated["customer"])
    await judged(pair, "customer", "agrees", stated["execution"])
    assert min(stated.values()) >= 2
    assert [await pair.look(side, JUDGED, "differs") for side in stated] == [0, 0]
    await pair.at_rest()
    await pair.halt()


PLANTED = {
    "customer": "UPDATE channel_tally SET open_intents = open_intents + 1 RETURNING 1",
    "execution": "UPDATE intent SET state = 'closed' WHERE position = 3 RETURNING 1",
}


@pytest.mark.parametrize("side", list(PLANTED))
async def test_a_difference_is_told_and_halts_nothing(pair: Pair, side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    await pair.place(instrument, await pair.participants(3), 10)
    await pair.answered(14)
    await pair.look(side, PLANTED[side])
    told: list[object] = []
    monkeypatch.setattr(telemetry, "emit", lambda event, *_, **__: told.append(event))
    for each in ("customer", "execution"):
        assert await state(pair, each)
    for each, model in (("customer", customer_model), ("execution", execution_model)):
        await judged(pair, each, "differs")
        (entry,) = await pair.entries(each, model.CheckpointJudged)
        assert not entry.agrees
        assert not await pair.halted(each)
    assert {customer_checkpoints.DIFFERS, execution_checkpoints.DIFFERS} <= set(told)
    assert await pair.look(
        "execution",
        "SELECT open_intents_differ AND NOT participants_differ FROM channel_checkpoint WHERE agreement = 'differs'",
    )
    await pair.place(instrument, [pair.random.ref()], 1)
    await pair.halt()
