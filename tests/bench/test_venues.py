"""The exchange's adapter: orders signed and sent, changes of a book applied, a gap mended.

Rates are per second of this process's own processor time, for the machine may have other work; beside them is what the
clock on the wall said.
"""

import asyncio
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from boundary.kernel import clock, ids
from execution_stack.venues import model
from execution_stack.venues.adapters.kalshi import client, signing
from execution_stack.venues.rules import ladders
from tests.bench import conftest, figures, venue_feed
from tests.execution.venues import kalshi

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]
AT_ONCE = 32
Heard = tuple[float, model.News]


async def test_orders_are_signed_and_sent(tmp_path: pathlib.Path, report: conftest.Report) -> None:
    count = figures.scaled(3_000, 200)
    with kalshi.running(tmp_path) as exchange:
        market = await exchange.market("KXBENCH-1")
        await exchange.tell("limits", read=[10_000_000, 10_000_000], write=[10_000_000, 10_000_000])
        async with exchange.speaking() as venue:
            chance, left = ids.SystemIds(), iter(range(count))

            async def sender() -> None:
                for number in left:
                    price = 10_000 * (1 + number % 40)
                    await venue.place(model.Wanted(chance.ref(), market, model.Side.BID, price, 100))

            started, used = time.perf_counter(), time.process_time()
            await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
            wall, busy = time.perf_counter() - started, time.process_time() - used
        signer = signing.FileKey("k1", exchange.keys / "k1.pem")
        signing_seconds = await _signing(signer)
    value = f"{figures.rate(count / busy, 'orders')} of one core; {figures.rate(count / wall, 'orders')} by the clock"
    share = signing_seconds * count / busy
    report(
        figures.Figure("orders signed (RSA 3072) and sent (ratio: signing)", value, share, "300/s", count / busy >= 300)
    )


async def _signing(signer: signing.FileKey) -> float:
    used = time.process_time()
    for _ in range(100):
        await signer.sign(b"1795176000123POST/trade-api/v2/portfolio/events/orders")
    return (time.process_time() - used) / 100


@pytest.fixture
def feed() -> Iterator[tuple[int, int]]:
    """A port, and how many changes are told there."""
    port, count = kalshi._free(), figures.scaled(100_000, 5_000)
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.venue_feed", str(port), str(count)])
    try:
        kalshi._wait(port, process)
        yield port, count
    finally:
        process.terminate()
        process.wait()


async def test_changes_of_a_book_are_applied(
    tmp_path: pathlib.Path, feed: tuple[int, int], report: conftest.Report
) -> None:
    port, count = feed
    kalshi.make_key(tmp_path, "k1")
    ring = signing.Ring(signing.FileKey("k1", tmp_path / "k1.pem"))
    venue = client.Client(f"http://127.0.0.1:{port}", ring, clock.SystemClock(), ids.SystemIds())
    ladder, stream = ladders.Ladder(venue_feed.MARKET), venue.stream([venue_feed.MARKET])
    applied, started, used = 0, time.perf_counter(), time.process_time()
    async for news in stream:
        if isinstance(news, model.BookSnapshot):
            ladder.snapshot(news)
        elif isinstance(news, model.BookDelta):
            assert ladder.delta(news)
            applied += 1
            if applied == count:
                break
    wall, busy = time.perf_counter() - started, time.process_time() - used
    await stream.close()
    await venue.close()
    value = f"{figures.rate(count / busy, 'changes')} of one core; {figures.rate(count / wall, 'changes')} by the clock"
    report(figures.Figure("changes of a book read and applied", value, None, "20,000/s", count / busy >= 20_000))


async def test_a_gap_is_mended(tmp_path: pathlib.Path, report: conftest.Report) -> None:
    gaps, took = figures.scaled(100, 5), []
    with kalshi.running(tmp_path) as exchange:
        market = await exchange.market("KXBENCH-1")
        async with exchange.speaking() as venue:
            stream, news = venue.stream([market]), asyncio.Queue[Heard]()

            async def listen() -> None:
                async for each in stream:
                    news.put_nowait((time.perf_counter(), each))

            task = asyncio.create_task(listen())
            await _until(news, model.BookSnapshot)
            for number in range(gaps):
                await exchange.tell("faults", fault="stream_dropped", on="stream")
                for side, price in (("bid", "0.4000"), ("ask", "0.6000"), ("bid", f"0.3{number % 10}00")):
                    await exchange.tell("rest", ticker=market, side=side, price=price, count="1.00")
                torn = await _until(news, model.BookTorn)
                took.append(await _until(news, model.BookSnapshot) - torn)
            await stream.close()
            task.cancel()
    value = f"median {statistics.median(took) * 1000:.1f} ms, worst {max(took) * 1000:.0f} ms of {gaps}"
    report(figures.Figure("from a gap to a consistent book", value, None, "2 s", max(took) <= 2))


async def _until(news: "asyncio.Queue[Heard]", kind: type[object]) -> float:
    """When news of this kind was heard."""
    while True:
        at, each = await news.get()
        if isinstance(each, kind):
            return at
