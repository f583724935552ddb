"""How fast a quote is made, and how many conversions there are in a second: clearance, use, postings and audit."""

import asyncio
import time

import msgspec
import pytest

from boundary.kernel import ids
from customer_stack.fx import model
from customer_stack.fx.model import policy
from customer_stack.fx.service import converting, quotes
from deploy.local import postgres
from tests import stacks
from tests.bench import cleared, conftest, cpu, figures
from tests.customer.fx import conftest as house

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

CUSTOMERS = figures.scaled(3000, 100)
CALLERS = 256
WIDE = msgspec.structs.replace(
    house.TERMS, customer_open_max=10**15, pair_open_max=10**15, lifetime_seconds=3600, feeds=(
        policy.Feed("currencycloud", 3600, 3600), policy.Feed("cbsl", 86_400, 3600),
    )
)  # fmt: skip


async def made(exchange: house.Exchange, count: int, callers: int) -> tuple[list[model.Quote], list[float]]:
    """So many quotes, and how many milliseconds each took."""
    numbers, found, taken = iter(range(count)), [], []

    async def caller() -> None:
        for number in numbers:
            wanted = exchange.wanted("1000.00", account=exchange.customers[number % CUSTOMERS])
            began = time.perf_counter()
            quote = await exchange.db.run(
                "fx.quote", lambda tx, wanted=wanted: quotes.create(tx, exchange.desk, wanted)
            )
            taken.append((time.perf_counter() - began) * 1000)
            found.append(quote)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return found, taken


class Cost:
    """CPU milliseconds of this process and of the server since it was made: what a thing costs on a busy machine too."""

    def __init__(self, cluster: postgres.Cluster) -> None:
        assert cluster.process is not None
        self._server = cluster.process.pid
        self._before = self._now()

    def _now(self) -> float:
        return time.process_time() + cpu.seconds(self._server)

    def of(self, count: int) -> str:
        return f"{(self._now() - self._before) * 1000 / count:.2f} ms of CPU each"


async def converted(exchange: house.Exchange, converter: converting.Converter, ready: list[model.Quote]) -> float:
    """How many in a second."""
    waiting = iter(ready)

    async def caller() -> None:
        for quote in waiting:
            await converter.submit(exchange.command(quote))

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return len(ready) / (time.perf_counter() - began)


async def test_quotes_and_conversions(
    durable_cluster: postgres.Cluster, durable_schema: stacks.StackDatabase, report: conftest.Report
) -> None:
    found = msgspec.structs.replace(house.POLICY, pairs=(WIDE,))
    exchange = await house.opened(durable_schema, found, CUSTOMERS)
    await exchange.both()
    await cleared.admit(durable_schema, exchange.worker, exchange.customers)
    count = figures.scaled(6000, 300)
    await made(exchange, 50, 1)
    cost = Cost(durable_cluster)
    _, alone = await made(exchange, count // 6, 1)
    report(figures.Figure("fx: a quote", cost.of(count // 6)))
    ready, together = await made(exchange, count, 4)
    for name, taken in (("one after the other", alone), ("four at a time", together)):
        value = figures.percentile(taken, 0.99)
        report(figures.Figure(f"fx: a quote, {name}, p99", f"{value:.2f} ms", None, "10 ms", value <= 10))
        report(figures.Figure(f"fx: a quote, {name}, median", f"{figures.percentile(taken, 0.5):.2f} ms"))
    product = cleared.clearance(ids.SystemIds(), found)
    for name, clearance, part in (
        ("a clearance that only writes", exchange.clearance, ready[: count // 4]),
        ("the product's clearance", product, ready[count // 4 :]),
    ):
        desk = exchange.desk._replace(clearance=clearance)
        cost, rate = Cost(durable_cluster), await converted(exchange, converting.Converter(exchange.db, desk), part)
        report(figures.Figure(f"fx: a conversion, {name}", cost.of(len(part))))
        reached = rate >= 1500
        said = figures.rate(rate, "conversions")
        report(figures.Figure(f"fx: conversions, {name}, {CALLERS} callers", said, None, "1,500", reached))
    await exchange.db.close()
    await exchange.worker.close()
