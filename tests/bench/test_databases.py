"""How long a test waits for a database of its own."""

import statistics
import time

import pytest

from tests import embedded
from tests.bench import conftest, figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]


async def test_a_copy_of_the_template(
    servers: embedded.Servers, customer_template: str, report: conftest.Report
) -> None:
    taken = []
    for _ in range(figures.scaled(40, 5)):
        started = time.perf_counter()
        name = await servers.copy(customer_template)
        taken.append((time.perf_counter() - started) * 1e3)
        await servers.drop(name)
    median = statistics.median(taken)
    value = f"median {median:.1f} ms, p99 {figures.percentile(taken, 0.99):.1f} ms"
    report(figures.Figure("a database for one test, test cluster", value, None, "≤ 20 ms", median <= 20))
