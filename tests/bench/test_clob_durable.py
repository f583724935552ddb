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
