"""A thousand clients on one book at ten changes a second: how long a change takes from its commit to the last of them."""

import asyncio
import contextlib
import json
import os
import sys
import time

import pytest

from tests.bench import conftest, cpu, figures
from tests.customer.prices import house, test_processes
from tests.customer.prices.house import ONE
from tests.stacks import StackDatabase

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

CLIENTS = 1_000
PACE = 0.1
GOAL_MILLIS = 150
GOAL_BYTES = 100


async def feed(made: house.House, stop: asyncio.Event) -> None:
    """Ten states a second, each with the moment of its making in it."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while not stop.is_set():
        due += PACE
        await made.book(ONE, ((100_200, time.monotonic_ns() // 1000), (100_150, 40)), ((100_250, 70),))
        await asyncio.sleep(max(0.0, due - loop.time()))


async def test_a_thousand_clients_on_one_book(customer_schema: StackDatabase, report: conftest.Report) -> None:
    port, clients, seconds = test_processes.free(), figures.scaled(CLIENTS, 20), figures.scaled(20, 3)
    db = await customer_schema.connect("customer_worker")
    made = house.House(db, db)
    await made.listed(ONE)
    line = [sys.executable, "-m", "tests.customer.prices.serving", str(port), str(test_processes.free())]
    stop = asyncio.Event()
    served = await asyncio.create_subprocess_exec(*line, customer_schema.url("customer_api"), "2000")
    feeding = asyncio.create_task(feed(made, stop))
    try:
        await up(port)
        load = [sys.executable, "-m", "tests.bench.streaming_load", str(port), str(clients), str(seconds), str(ONE)]
        before = cpu.seconds(served.pid)
        running = await asyncio.create_subprocess_exec(*load, stdout=asyncio.subprocess.PIPE)
        out, _ = await running.communicate()
        spent = (cpu.seconds(served.pid) - before) / (seconds + 1)
        found = json.loads(out)
    finally:
        stop.set()
        await feeding
        served.kill()
        await served.wait()
        await db.close()
    busy = f"load {os.getloadavg()[0]:.1f}, server {spent:.2f} and clients {found['cpu']:.2f} of a core"
    said = f"p50 {found['p50']:.0f}, p99 {found['p99']:.0f}, max {found['max']:.0f} ms; {busy}"
    name = f"{clients} WebSocket clients, one book, 10 changes/s: commit to client"
    report(figures.Figure(name, said, None, f"p99 <= {GOAL_MILLIS} ms", found["p99"] <= GOAL_MILLIS))
    pace = f"{found['changes'] / clients / seconds:.1f}/s each, {found['least'] / seconds:.1f}/s the least, {found['gaps']} gaps"
    report(figures.Figure("changes that arrived", pace))
    size = f"{found['bytes']:.0f} bytes"
    report(figures.Figure("a change of a book", size, None, f"<= {GOAL_BYTES} bytes", found["bytes"] <= GOAL_BYTES))
    assert found["gaps"] == 0


async def up(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.1)
