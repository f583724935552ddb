"""A statement of a hundred thousand lines: imported and matched within a minute, in memory that does not grow with it."""

import asyncio
import gc
import resource
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from customer_stack.payments.formats import camt
from customer_stack.payments.service import importing
from customer_stack.payments.simulators.providers import server
from tests import stacks
from tests.customer.payments import conftest
from tests.customer.payments.test_deposits import HEAD, TAIL, entry, reference

LINES = 100_000
SECONDS_MAX = 60
GROWTH_MIB_MAX = 200


@pytest.fixture
async def house(customer_schema: stacks.StackDatabase, tmp_path: Path) -> AsyncIterator[conftest.House]:
    simulator = server.Server()
    await simulator.start()
    db = await customer_schema.connect("customer_worker", size=4)
    yield await conftest.made(customer_schema, db, simulator, tmp_path)
    await db.close()
    await simulator.stop()


def resident_mib() -> int:
    """Now, not at the highest: making the file took more than reading it may."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 20


@pytest.mark.bench
@pytest.mark.timeout(600)
async def test_a_hundred_thousand_lines_are_imported_and_matched(
    house: conftest.House, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [await house.customer(amount=1) for _ in range(50)]
    texts = [await reference(house, each) for each in people]
    lines = [entry(texts[n % 50] if n % 100 else "unknown", "1.00", f"B{n}") for n in range(LINES)]
    data = (HEAD.format(id="S", currency="EUR") + "".join(lines) + TAIL).encode()
    size = len(data) >> 20
    del lines
    loop = asyncio.get_running_loop()
    started = loop.time()
    reader = camt.Reader()
    parsed = sum(1 for at in range(0, len(data), 1 << 20) for _ in reader.feed(data[at : at + (1 << 20)]))
    parsed += sum(1 for _ in reader.end())
    parsing = loop.time() - started
    started = loop.time()
    kept = await importing.take(house.db, house.pay, "bank", data, UUID(int=5))
    taking = loop.time() - started
    del data
    gc.collect()
    before, started, burnt = resident_mib(), loop.time(), time.process_time()
    seen: list[int] = []
    assert await importing.read(house.db, house.pay, kept.id, progress=lambda _: seen.append(resident_mib()))
    taken, burnt, grown = loop.time() - started, time.process_time() - burnt, max(seen) - before
    found = await house.db.read("t", lambda tx: importing.show(tx, kept.id))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{LINES} lines, {size} MiB: parsed in {parsing:.1f} s, taken in {taking:.1f} s, checked, matched and booked "
            f"in {taken:.1f} s ({burnt:.1f} s of this process's CPU), {grown} MiB more at the most, progress {len(seen)} times\n"
        )
    assert (parsed, found.lines, found.booked, found.suspense) == (LINES, LINES, LINES * 99 // 100, LINES // 100)
    assert grown < GROWTH_MIB_MAX
    assert burnt <= SECONDS_MAX  # a machine with other work stretches the clock, and this much less
