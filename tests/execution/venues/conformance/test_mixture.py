"""Every fault at random against many orders: in the end our record is the venue's, and no order was ever two."""

import collections
import pathlib
from datetime import timedelta

import pytest

from execution_stack.venues import model
from tests.execution.venues import kalshi
from tests.execution.venues.conformance import driver

WINDOW_MS = 3_000
ACCEPTANCE = timedelta(milliseconds=WINDOW_MS + 500)
PATIENCE = timedelta(seconds=2)


async def _mixed(tmp_path: pathlib.Path, seed: int, count: int, permille: int) -> collections.Counter[str]:
    with kalshi.running(tmp_path, "--seed", str(seed), "--window-ms", str(WINDOW_MS)) as exchange:
        market = await exchange.market("KXMIX-1")
        await exchange.tell("faults", slow_ms=40, silent_ms=10_000)
        await exchange.tell("steps", times=3)
        async with exchange.speaking(patience=PATIENCE, acceptance=ACCEPTANCE) as venue:
            for number, on in enumerate(("place", "cancel", "order", "fills")):
                await exchange.tell("mixture", seed=seed + number, permille=permille, on=on)
            work = driver.Driver(venue, market, seed)
            for _ in range(2):
                await work.run(count // 2, 50)
                await exchange.tell("steps", times=2)
            await exchange.tell("faults", fault=None)
            dumped = await exchange.dump()
            assert driver.compare(work, await work.every_fill(), dumped, market) == []
            assert len(work.outcomes) == count
            clients = [each["client_order_id"] for each in dumped["orders"]]
            assert len(clients) == len(set(clients))
            await _position(venue, market, work)
        return work.states + collections.Counter(dumped["struck"])


async def _position(venue: object, market: str, work: driver.Driver) -> None:
    """Contracts held are bids filled less asks filled."""
    orders = [each for each in work.outcomes.values() if isinstance(each, model.Order)]
    ours = sum(each.filled * (1 if each.side is model.Side.BID else -1) for each in orders)
    held = {each.market: each.count for each in (await venue.positions()).items}  # type: ignore[attr-defined]  # a venue
    assert held.get(market, 0) == ours


async def test_a_hundred_orders_with_one_in_six_gone_wrong(tmp_path: pathlib.Path) -> None:
    seen = await _mixed(tmp_path, seed=5, count=100, permille=160)
    assert seen["venue_outcome_unknown"] > 0


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(5))
async def test_two_thousand_orders_with_one_in_six_gone_wrong(tmp_path: pathlib.Path, seed: int) -> None:
    seen = await _mixed(tmp_path, seed=100 + seed, count=2_000, permille=160)
    print(f"seed {100 + seed}: {dict(seen)}")  # noqa: T201 -- a long run is run to be read
