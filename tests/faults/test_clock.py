"""Clocks that go wrong: within the window nothing happens, outside it nothing crosses, and it heals by itself."""

import asyncio
from datetime import timedelta

import pytest

from customer_stack.gate.service import exchanging, sending
from tests.faults.pair import Pair


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "RETRY_SECONDS_MAX", 0.3)


@pytest.mark.parametrize("seconds", [-2, 2, -29, 29])
async def test_a_clock_within_the_window_hinders_nothing(pair: Pair, seconds: int) -> None:
    pair.time.by = timedelta(seconds=seconds)
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    await pair.place(instrument, who, 100)
    await pair.answered(104)
    assert (await pair.holds()).intents == 100
    await pair.halt()


@pytest.mark.parametrize("seconds", [-31, 31, -600, 600])
async def test_a_clock_outside_the_window_is_alarmed_and_what_waits_crosses_when_it_is_right_again(
    pair: Pair, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(exchanging.telemetry, "emit", lambda event, *_, **__: told.append(event.name))
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    await pair.at_rest()
    before = await pair.look("execution", "SELECT count(*) FROM channel_received")
    pair.time.by = timedelta(seconds=seconds)
    await pair.place(instrument, who, 100)
    await asyncio.sleep(0.7)
    assert await pair.look("execution", "SELECT count(*) FROM channel_received") == before
    assert exchanging.CLOCKS_APART.name in told
    pair.time.by = timedelta()
    await pair.answered(104)
    assert (await pair.holds()).intents == 100
    await pair.halt()


async def test_a_clock_that_jumps_back_doubles_nothing(pair: Pair) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    for seconds in (0, -20, 15, -25, 0):
        pair.time.by = timedelta(seconds=seconds)
        await pair.place(instrument, who, 100, 10)
        await asyncio.sleep(0.05)
    await pair.answered(504)
    assert (await pair.holds()).intents == 500
    await pair.halt()
