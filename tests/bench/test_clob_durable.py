"""The durable path of the book: appended by another process, matched, every row committed, outcomes in the outbox."""

import asyncio
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import pytest

from boundary.kernel import clock, ids
from execution_stack.clob import model
from execution_stack.clob.repo import matching as repo
from execution_stack.clob.service import matching, recovering, running
from tests import embedded, stacks
from tests.bench import conftest, figures
from tests.execution.clob import floor as floors

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS = 60.0
RATE = int(os.environ.get("CLOB_RATE", "60000"))  # what is offered; what is taken is measured


@pytest.fixture(scope="session")
def durable_execution(durable: embedded.Servers) -> str:
    return stacks.template(durable, "execution")


@pytest.fixture
async def floor(durable: embedded.Servers, durable_execution: str) -> AsyncIterator[floors.Floor]:
    async with durable.copied(durable_execution) as name:
        schema = stacks.StackDatabase(name, stacks.PLANS["execution"]._replace(database=name), durable)
        gate, engine, operator = [
            await schema.connect(f"execution_{role}", size=size)
            for role, size in (("gate", 2), ("engine", 4), ("operator", 1))
        ]
        superuser = await schema.superuser()
        time_ = clock.ManualClock(floors.NOW)
        yield floors.Floor(schema, gate, engine, operator, superuser, clock.SystemClock(), ids.SeededIds(9, time_))
        await superuser.close()
        for db in (gate, engine, operator):
            await db.close()


@pytest.mark.bench
@pytest.mark.timeout(600)
async def test_intents_are_matched_and_kept_as_fast_as_they_come(floor: floors.Floor, report: conftest.Report) -> None:
    shard, channel = await floor.shard(), await floor.channel(people=64)
    seconds = figures.seconds(SECONDS)
    (port,) = embedded.free_ports(1)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("EXECUTION_", "CUSTOMER_"))
    }
    engine = await asyncio.create_subprocess_exec(
        str(pathlib.Path(sys.executable).with_name("execution-stack")),
        *("engine", "--shard", str(shard.number)),
        env=environment
        | {
            "EXECUTION_DATABASE_URL": floor.schema.url("execution_engine"),
            "EXECUTION_OPERATIONS_PORT": str(port),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    load = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.clob_load", floor.schema.url("execution_gate")),
        *(str(channel.ref), str(shard.instruments[0]), str(seconds), str(RATE), *map(str, channel.people)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    started = time.monotonic()
    lags: list[float] = []
    done = asyncio.create_task(load.communicate())
    while not done.done():
        await asyncio.sleep(0.5)
        lags.append(await _lag_seconds(floor, shard.number))
    said, _ = await done
    placed, took, core, burnt = said.split()
    await shard.settled()
    taken = time.monotonic() - started
    engine.terminate()
    await engine.wait()
    usage = f"{os.getloadavg()[0]:.1f}"
    rate, lag = int(placed) / taken, sorted(lags[2:] or lags)
    rows = await shard.rows(
        "SELECT (SELECT count(*) FROM clob_order), (SELECT count(*) FROM clob_trade), (SELECT count(*) FROM clob_batch)"
    )
    report(figures.Figure("durable commands", figures.rate(rate, "commands"), goal="25,000/s", reached=rate >= 25_000))
    report(
        figures.Figure(
            "lag of the engine, p50 and max",
            f"{lag[len(lag) // 2] * 1000:.0f} {lag[-1] * 1000:.0f} ms",
            goal="500 ms",
            reached=lag[-1] <= 0.5,
        )
    )
    report(figures.Figure("orders, trades, batches", " ".join(f"{each:,}" for each in rows[0])))
    report(figures.Figure("a core of 1,000, median", f"{float(core) * 1000:.1f} ms"))
    report(figures.Figure("CPU of the load, load average", f"{float(burnt) / float(took):.2f} cores, {usage}"))
    assert int(placed) > 0


async def _lag_seconds(floor: floors.Floor, shard: int) -> float:
    """How old the oldest command is that was not matched and written yet."""
    found = await floor.superuser.fetchval(
        "SELECT extract(epoch FROM clock_timestamp() - min(j.at)) FROM clob_command j"
        " LEFT JOIN clob_cursor c USING (shard) WHERE j.shard = $1 AND j.no > coalesce(c.command, 0)"
        " AND j.no >= coalesce(c.command, 0) + 1",
        shard,
    )
    return float(found or 0)


@pytest.mark.bench
@pytest.mark.timeout(900)
async def test_a_million_live_orders_come_back_and_history_is_matched_again(
    floor: floors.Floor, report: conftest.Report
) -> None:
    """The engine writes a million resting orders and a snapshot; then a new one recovers, and all is replayed."""
    count = figures.scaled(1_000_000)
    shard = await floor.shard()
    for start in range(0, count, 50_000):
        rows = range(start + 1, min(start + 50_000, count) + 1)
        new = [
            (0, model.Command(1, at % 2, 0, 0, at % 500, at, 4_000 + at % 2 * 1_001 + at % 1_000, 10)) for at in rows
        ]
        await shard.append(new)
    started = time.monotonic()
    await shard.run(pace=running.Pace(commands=count, seconds=1 << 40))
    matched = time.monotonic() - started
    while not await shard.rows("SELECT 1 FROM clob_snapshot WHERE shard = $1", shard.number):
        await asyncio.sleep(0.1)
        await shard.run(pace=running.Pace(commands=1, seconds=0))
    started = time.monotonic()
    recovered = await shard.recovered()
    taken = time.monotonic() - started
    assert recovered.matcher.live == count
    report(figures.Figure("resting orders written by the engine", figures.rate(count / matched, "orders")))
    report(figures.Figure(f"recovery of {count:,} live orders", f"{taken:.2f} s", goal="5 s", reached=taken <= 5))
    started = time.monotonic()
    cursor = await floor.engine.read("bench", lambda tx: repo.cursor(tx, shard.number))
    assert cursor is not None
    again = await recovering.replay(floor.engine, shard.number, matching.Matcher(), recovering.START, cursor)
    taken = time.monotonic() - started
    assert again.matcher.digest() == recovered.matcher.digest()
    rate = count / taken
    report(
        figures.Figure(
            "replay, reading included", figures.rate(rate, "commands"), goal="300,000/s", reached=rate >= 3e5
        )
    )
