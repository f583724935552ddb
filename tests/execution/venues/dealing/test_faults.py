"""Nothing is sent twice and nothing is lost, whatever the exchange does and whenever the worker dies."""

import asyncio
import contextlib
import random  # noqa: TID251 -- seeds are printed
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from execution_stack.venues import model
from tests.execution.venues.dealing import dying_worker, simulation
from tests.execution.venues.dealing.desk import Desk

ROOT = Path(__file__).parents[4]
KILLED = -9

NOTHING: dict[str, object] = {"differences": [], "exposure error": 0, "sent twice": 0, "unknown": 0}


def judged(found: dict[str, object]) -> dict[str, object]:
    return {name: found[name] for name in NOTHING}


async def test_after_every_fault_both_records_are_the_same(desk: Desk) -> None:
    refs = await simulation.traded(desk, 60, 4, permille=150)
    found = await simulation.figures(desk, refs)
    assert judged(found) == NOTHING, found


@pytest.mark.faults
@pytest.mark.timeout(7200)
async def test_ten_thousand_orders_under_faults(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    refs = await simulation.traded(desk, 10_000, 7, permille=50, at_once=60)
    found = await simulation.figures(desk, refs)
    with capsys.disabled():
        sys.stdout.write(f"\n{found}\n")
    assert judged(found) == NOTHING


class Workers:
    """Workers as processes, one after the other."""

    def __init__(self, desk: Desk, keys: Path) -> None:
        self._arguments = [desk.schema.url("execution_worker"), desk.exchange.origin, str(keys)]

    async def run(self, step: str, times: int = 1, *, kill_after: float | None = None) -> int:
        command = [
            sys.executable,
            "-m",
            "tests.execution.venues.dealing.dying_worker",
            *self._arguments,
            step,
            str(times),
        ]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if kill_after is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(kill_after):
                    return await process.wait()
            process.kill()
        return await process.wait()


async def crossing(desk: Desk, chance: random.Random, count: int) -> list[UUID]:
    """Orders that rest, that fill and that do both, against a book that is there."""
    desk.exchange.step()
    refs = []
    for _ in range(count):
        order = await desk.place(
            side=chance.choice(["bid", "ask"]), ticks=chance.randint(5, 95), lots=chance.randint(1, 9) * 100,
            time_in_force=chance.choice([model.TimeInForce.GOOD_TILL_CANCELED, model.TimeInForce.IMMEDIATE_OR_CANCEL]),
        )  # fmt: skip
        refs.append(order.ref)
    return refs


async def died(desk: Desk, keys: Path, steps: list[str], seed: int) -> dict[str, object]:
    """A worker dies at each of these steps with others of its orders in flight; the last one lives."""
    chance = random.Random(seed)
    workers, refs = Workers(desk, keys), []
    for step in steps:
        refs += await crossing(desk, chance, 5)
        assert await workers.run(step, chance.randint(1, 4)) == KILLED, step
    assert await workers.run("none") == 0
    return await simulation.figures(desk, refs)


async def test_a_worker_that_dies_at_any_step_loses_nothing_and_sends_nothing_twice(
    desk: Desk, venue_keys: tuple[Path, bytes]
) -> None:
    found = await died(desk, venue_keys[0], list(dying_worker.STEPS), 3)
    assert judged(found) == NOTHING, found


@pytest.mark.faults
@pytest.mark.timeout(7200)
async def test_workers_that_die_twenty_times_at_each_step_lose_nothing(
    desk: Desk, venue_keys: tuple[Path, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(20)
    steps = [*dying_worker.STEPS] * 20
    chance.shuffle(steps)
    found = await died(desk, venue_keys[0], steps, 20)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(steps)} kills at named steps: {found}\n")
    assert judged(found) == NOTHING


@pytest.mark.faults
@pytest.mark.timeout(14400)
async def test_workers_that_die_at_random_lose_nothing(
    desk: Desk, venue_keys: tuple[Path, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    chance, kills = random.Random(500), 0
    workers, refs = Workers(desk, venue_keys[0]), []
    while kills < 500:
        refs += await crossing(desk, chance, 4)
        kills += await workers.run("none", kill_after=chance.uniform(0.5, 2.5)) == KILLED
    assert await workers.run("none") == 0
    found = await simulation.figures(desk, refs)
    with capsys.disabled():
        sys.stdout.write(f"\n{kills} kills at random: {found}\n")
    assert judged(found) == NOTHING
