"""Whatever a network does to exchanges: every intent is applied once, and both sides tell the same story."""

import pytest

from tests.faults import network
from tests.faults.pair import Pair


async def test_without_faults_everything_arrives(pair: Pair) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(10)
    await pair.place(instrument, who, 2000)
    await pair.answered(2011)
    facts = await pair.holds()
    assert facts.intents == facts.outcomes["accepted"] == 2000
    await pair.halt()


@pytest.mark.parametrize("kind", network.Fault)
async def test_a_network_that_does_one_thing_badly(pair: Pair, kind: network.Fault) -> None:
    pair.network.kinds, pair.network.rate = (kind,), 0.3
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(10)
    await pair.place(instrument, who, 1000, 20)
    await pair.answered(1011)
    assert (await pair.holds()).intents == 1000
    assert pair.network.happened[kind] > 0
    await pair.halt()
